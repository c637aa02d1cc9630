"""A known ice world, written as agency files."""
