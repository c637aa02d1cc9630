"""What part of the ice an altimeter's echo comes from, and how much of it is lead.

Of a pulse-limited altimeter it is the circle lit by the leading edge of the pulse; of a SAR
altimeter the Doppler beam's strip of it, as long as the beam along the track and as wide across as
that circle.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ._label_kernels import mean_share

SPEED_OF_LIGHT = 299_792_458.0  # m/s, SI
EARTH_RADIUS = 6_371_000.0  # m, mean

#: Points that stand for a footprint: 32 beside the 128 of the position make 4096 for each record.
POINTS = 32

#: Least share of a footprint that must be seen for its share of lead to be given.
LEAST_SEEN = 0.5


class Radar(NamedTuple):
    """What a footprint follows from."""

    altitude: float  #: above the ellipsoid, where the product gives none [m]
    bandwidth: float  #: as used [Hz]
    doppler_length: float  #: along-track size of the Doppler beam in SAR modes [m]


#: By mission; altitudes and resolutions as in Raney (1998), Wingham et al. (2006) and Donlon et
#: al. (2012); AltiKa uses 480 of its 500 MHz.
RADARS = {
    "al": Radar(800_000.0, 480e6, np.nan),
    "c2": Radar(717_200.0, 320e6, 297.0),
    "s3a": Radar(814_500.0, 320e6, 336.0),
    "s3b": Radar(814_500.0, 320e6, 336.0),
}


class Footprint(NamedTuple):
    """Sizes of an echo's footprint on the ground; arrays (n,) [m]."""

    along: np.ndarray  #: half its length along the track
    across: np.ndarray  #: half its breadth
    strip: bool  #: a strip with straight ends, of SAR modes, or an ellipse


def pulse_limited_radius(altitude: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return the radius [m] of the circle lit by a compressed pulse, sqrt(c h / (alpha B)).

    alpha = 1 + h / R is what the Earth's curvature does (Chelton et al. 1989, eq. 10).

    Parameters
    ----------
    altitude : array, float [m]
    bandwidth : float [Hz]
    """
    alpha = 1.0 + altitude / EARTH_RADIUS
    return np.sqrt(SPEED_OF_LIGHT * altitude / (alpha * bandwidth))


def footprint_of(records: xr.Dataset) -> Footprint | None:
    """Return the footprints of a track's records; None for a mission not in ``RADARS``."""
    radar = RADARS.get(records.attrs["mission"])
    if radar is None:
        return None
    altitude = np.full(records.sizes["time"], radar.altitude)
    if "altitude" in records:
        given = records["altitude"].values
        altitude = np.where(np.isfinite(given), given, altitude)
    radius = pulse_limited_radius(altitude, radar.bandwidth)
    if records.attrs["mode"] == "LRM":
        return Footprint(radius, radius, strip=False)
    return Footprint(np.full(radius.shape, radar.doppler_length / 2), radius, strip=True)


def spread_over(footprint: Footprint, heading: np.ndarray) -> np.ndarray:
    """Return points (n, POINTS, 2) that stand for footprints, evenly [m on the ground, x and y].

    Parameters
    ----------
    footprint : Footprint
    heading : array (n,), float [rad]
        Of the flight, from x towards y.
    """
    rank = np.arange(POINTS)
    if footprint.strip:
        unit = np.stack(
            [2 * (rank + 0.5) / POINTS - 1, 2 * ((rank + 0.5) * _GOLDEN % 1.0) - 1], axis=-1
        )
        points = unit[:, ::-1]
    else:
        radius, turn = np.sqrt((rank + 0.5) / POINTS), 2 * np.pi * _GOLDEN * rank
        points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1)
    along = points[:, 0] * footprint.along[:, None]
    across = points[:, 1] * footprint.across[:, None]
    cosine, sine = np.cos(heading)[:, None], np.sin(heading)[:, None]
    return np.stack([cosine * along - sine * across, sine * along + cosine * across], axis=-1)


#: The golden section: multiples of it fill a circle, or the unit interval, evenly.
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def lead_fraction(
    state: np.ndarray,
    share: np.ndarray,
    line: np.ndarray,
    sample: np.ndarray,
    offset: np.ndarray,
) -> np.ndarray:
    """Return the expected share of footprints that is lead, (n,); nan where too little is seen.

    Parameters
    ----------
    state : array (lines, samples), uint8
        Of the pixels of a window; 0 unseen.
    share : array (states,), float64
        Probability of a lead in a pixel of each state.
    line, sample : array (n, k), float64
        In pixels of the window: where each footprint's middle may be.
    offset : array (n, m, 2), float64
        Lines and samples from there to points that stand for the footprint.
    """
    mean = np.empty(len(line))
    lines, samples = (np.ascontiguousarray(offset[..., i]) for i in (0, 1))
    mean_share(state, share, line, sample, lines, samples, LEAST_SEEN, mean)
    return mean
