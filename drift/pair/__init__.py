"""Ice drift from two images of the same ice."""
