"""A network that sees, in SAR scenes, what freeboard to expect between the tracks."""
