"""From measurement to geophysics."""
