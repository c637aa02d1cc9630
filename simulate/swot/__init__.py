"""The ice as SWOT sees it."""
