"""The ice: a field that drifts, cracks and freezes, as functions of place and time."""
