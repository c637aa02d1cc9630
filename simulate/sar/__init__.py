"""The ice as Sentinel-1 sees it."""
