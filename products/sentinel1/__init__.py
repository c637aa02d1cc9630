"""Sentinel-1 EW and IW ground-range detected products."""
