"""From echoes along a track to freeboard: retracking, heights, sea level, snow, thickness."""
