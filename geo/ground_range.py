"""Slant range of the pixels of a ground-range detected image.

The processor lays slant range out on the ground with a polynomial that it updates about once a
second, for the mean terrain height of the whole swath at that azimuth.  Beside an ice cap the
update moves the far-range *sea* by tens of metres a second, which a geolocation grid of one node
in three seconds cannot follow: take the grid's lines where the polynomial was updated.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RangeConversion:
    """Polynomials from ground to slant range: sum over i of c_i (ground range - origin)**i."""

    #: Times of the updates, seconds after the orbit's epoch, increasing, float64 (k,).
    time: np.ndarray
    #: Ground range at which each polynomial's argument is 0 [m], float64 (k,).
    origin: np.ndarray
    #: c_0, c_1, ... of each update [m, 1, 1 / m, ...], float64 (k, order + 1).
    coefficients: np.ndarray

    def __post_init__(self) -> None:
        if self.time.size == 0 or not (np.diff(self.time) > 0).all():
            raise ValueError(
                "a range conversion needs a polynomial or more, their times increasing"
            )


def update_lines(
    conversion: RangeConversion, first_line_time: float, line_interval: float, line_count: int
) -> np.ndarray:
    """Return the lines at which the polynomial was updated, with the image's first and last.

    Parameters
    ----------
    conversion : RangeConversion
    first_line_time : float [s]
        After the orbit's epoch.
    line_interval : float [s]
    line_count : int

    Returns
    -------
    array (n,), float64
        0-based, increasing, with fractions; the nodes' lines for ``fit_geolocation``.
    """
    line = (conversion.time - first_line_time) / line_interval
    within = (line > 1.0) & (line < line_count - 2.0)
    return np.concatenate([[0.0], line[within], [line_count - 1.0]])


def ground_to_slant_range(
    conversion: RangeConversion, t: np.ndarray, ground_range: np.ndarray
) -> np.ndarray:
    """Return slant ranges on the rows t and columns ground_range.

    Linear in time between updates, constant before the first and after the last.  Sentinel-1's
    annotated grid takes the nearest update instead: both agree at the updates.

    Parameters
    ----------
    conversion : RangeConversion
    t : array (n,), float [s]
        Line times after the orbit's epoch.
    ground_range : array (m,), float [m]
        From the first pixel's centre: sample number times pixel spacing.

    Returns
    -------
    array (n, m), float64 [m]
    """
    at_updates = np.stack(
        [
            np.polynomial.polynomial.polyval(ground_range - origin, coefficients)
            for origin, coefficients in zip(conversion.origin, conversion.coefficients, strict=True)
        ]
    )
    last = len(conversion.time) - 1
    place = np.interp(t, conversion.time, np.arange(last + 1.0))
    before = np.floor(place).astype(int)
    after = np.minimum(before + 1, last)
    weight = (place - before)[:, None]
    return at_updates[before] * (1.0 - weight) + at_updates[after] * weight
