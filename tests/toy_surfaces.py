"""Plain seas and ice for altimeter passes: one straight lead across the track, or none."""

import numpy as np

from iceco.simulate.orbits import Pass, fly_over
from iceco.simulate.sea import Sea
from iceco.simulate.surface import Kind, Surface

EPOCH = np.datetime64("2019-03-01T12:00:00", "ns")
FREEBOARD, SNOW_DEPTH = 0.15, 0.1  # m
ANOMALY = 0.07  # m


def overhead(kind, count: int) -> Pass:
    """A pass at 20 Hz over one place in the Beaufort Sea, its middle record there at the epoch."""
    return fly_over(kind, -140.0, 75.0, EPOCH, 0.05, count)


def lead_across(track: Pass, width: float, texture: float = 0.0, swapped: bool = False):
    """Ice with a lead of calm water across the track under its middle record [m on the plane].

    Swapped it is a belt of ice in water.
    """
    middle = track.x.size // 2
    x0, y0, heading = track.x[middle], track.y[middle], track.heading[middle]

    def surface_at(x, y, seconds):
        beyond = (x - x0) * np.cos(heading) + (y - y0) * np.sin(heading)
        lead = (np.abs(beyond) < 0.5 * width) != swapped

        def where(water, ice):
            return np.where(lead, water, ice).astype(np.float32)

        kind = np.where(lead, Kind.CALM_WATER, Kind.FIRST_YEAR).astype(np.uint8)
        return Surface(
            kind,
            where(0.0, 1.5),
            where(0.0, SNOW_DEPTH),
            where(0.0, FREEBOARD),
            where(0.0, 0.05),
            where(texture, 0.0),
        )

    return surface_at


def changing_sea(x, y, seconds):
    """A sea whose every term differs and changes along the track."""
    along = np.asarray(x) / 1e5 + np.asarray(seconds) / 100.0
    terms = (-4.2, ANOMALY, -2.3, -0.03, -0.05, 0.11, 0.02, 0.16, 0.03, -0.02, -0.06, 0.004)
    changes = (0.3, 0.0, 0.02, 0.01, 0.005, 0.02, 0.01, 0.04, 0.002, 0.004, 0.01, 0.0005)
    return Sea(
        *(a + b * np.sin(along + i) for i, (a, b) in enumerate(zip(terms, changes, strict=True)))
    )
