"""The ice as radar altimeters see it."""
