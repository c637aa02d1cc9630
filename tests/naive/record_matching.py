"""Which records meet which scenes, one record and one scene at a time."""

import numpy as np
import shapely


def naive_meetings(records, scenes, max_lag, reach):
    """Return the set of (scene, track, record) within the lag and the reach."""
    found = set()
    for scene, row in enumerate(scenes.itertuples()):
        begin, end = (np.datetime64(t, "ns") for t in (row.start_datetime, row.end_datetime))
        footprint = shapely.from_wkb(row.footprint)
        for track in range(len(records.splits) - 1):
            for i in range(records.splits[track], records.splits[track + 1]):
                in_time = begin - max_lag <= records.time[i] <= end + max_lag
                if row.crs != records.crs or not in_time or np.isnan(records.x[i]):
                    continue
                if footprint.distance(shapely.Point(records.x[i], records.y[i])) <= reach:
                    found.add((scene, track, i))
    return found
