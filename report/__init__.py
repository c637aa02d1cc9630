"""What a run directory holds, as one page that opens anywhere."""
