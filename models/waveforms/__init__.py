"""Echoes as time series: what they show of leads, and how far the closest one is."""
