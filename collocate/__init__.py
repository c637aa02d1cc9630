"""Tracks and scenes joined: altimeter records labelled by the leads of a SAR image."""
