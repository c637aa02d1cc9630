"""Monthly means of freeboard over regions and grid cells, with uncertainty that does not vanish."""
