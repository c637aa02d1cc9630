"""Echoes of a pass on one axis of range and in absolute power: the radargram.

What a product delivers moves with its tracker and its gain.  With both undone the ice is level
and of one brightness, and a lead beside the track draws its hyperbola, alpha d2 / 2h below the
ice edge, from before it is crossed until after.

References
----------
Helm, V., Humbert, A., and Miller, H. (2014), Elevation and elevation change of Greenland and
Antarctica derived from CryoSat-2, The Cryosphere, 8, 1539-1559, doi:10.5194/tc-8-1539-2014: the
threshold first-maximum retracker, TFMRA.
Zakharova, E. A., et al. (2015), Sea ice leads detection using SARAL/AltiKa altimeter, Marine
Geodesy, 38, 522-533, doi:10.1080/01490419.2015.1019655: power with the gain undone.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from . import _kernels
from .power import (
    along_track,
    echoes,
    gate_spacing,
    noise_gates,
    stretches,
    to_backscatter,
    window_height,
)

GATES = 128  # samples of the common axis
SPACING_M = 0.3125  # m, between them: that of AltiKa's gates
FIRST_M = -8.0  # m, range of the first one beyond the reference

CROWD_M = 0.6  # m: range of edges of ice, its ridges, speckle, and leads at nadir
CROWD_SHARE = 0.3  # of the most edges that any interval holds make a crowd
TREND_ECHOES = 200  # in a block whose median is a knot of the ice edge's trend
STEEPEST = 3e-4  # 1, slope of the sea along a pass, 0.3 m/km: steeper is land
TRENDS = 2  # times that the trend of the ice edge is sought
FIRST_MAXIMUM = 0.15  # share of the maximum that a first local one must reach (Ricker et al. 2014)
REFERENCE_ECHOES = 50  # records on either side: 9 km at 40 Hz, 17 km at 20 Hz
LONGEST_GAP = np.timedelta64(10, "s")  # 70 km: beyond, the ice edge is looked for anew


class Radargram(NamedTuple):
    """A pass of n echoes; see ``radargram``."""

    power: np.ndarray  #: (n, GATES) float32, backscatter at FIRST_M + k SPACING_M, linear
    packed: np.ndarray  #: (n, GATES) float32, the product's own window, its maximum 1
    edge: np.ndarray  #: (n,) float64, height of the leading edge above the ellipsoid [m]
    reference: np.ndarray  #: (n,) float64, height of the ice edge: of range 0 on the axis [m]
    along: np.ndarray  #: (n,) float64, ground distance from the first record [m]


def radargram(track: xr.Dataset) -> Radargram:
    """Return the echoes of a track on the common axis.

    Power between gates is interpolated linearly, the power itself and not its logarithm: the
    noise keeps its mean, nothing rings beside a lead 30 dB above the ice as it would in a
    band-limited interpolation of power that is sampled below its Nyquist rate, and a sample
    depends on two gates, so that a missing one does not spread.  Nothing is smoothed.

    Parameters
    ----------
    track : xr.Dataset
        With ``waveform``; a track or collocations of one mission and mode, in order of time
        within each meeting.  ``range_correction`` may be missing.

    Returns
    -------
    Radargram
        ``power`` is nan outside the window, and where echo, gain or range are missing; clipped
        echoes are as they are.  ``edge`` is where the echo has half of its first maximum
        (TFMRA50), nan without one: over a lead beside the track that is the lead's, not the
        ice's.  ``reference`` does not follow it there; see ``ice_edge``.

    Raises
    ------
    ValueError
        If the track has no echoes, or of several missions.
    """
    echo, spacing = echoes(track), gate_spacing(track)
    along, gate0 = along_track(track), window_height(track)
    scale, noise = to_backscatter(track), noise_gates(track)
    edges = leading_edges(echo, noise)
    edge = gate0 - edges.gate[:, 1] * spacing
    reference = np.empty(edge.size)
    for part in stretches(track, LONGEST_GAP):
        reference[part] = ice_edge(edge[part], along[part])
    start = (gate0 - reference + FIRST_M) / spacing
    power = resampled(echo, start, SPACING_M / spacing, scale)
    return Radargram(power, packed(echo), edge, reference, along)


class LeadingEdges(NamedTuple):
    """Of n echoes; nan where there is none."""

    gate: np.ndarray  #: (n, 3) float64, of 5, 50 and 95 % of the first maximum
    first: np.ndarray  #: (n,) float64, gate of the first maximum


def leading_edges(echo: np.ndarray, noise: tuple[int, int]) -> LeadingEdges:
    """Return the leading edges of echoes (n, gates), float32, as TFMRA finds them.

    ``noise`` are the first and after the last gate whose mean is noise; edges lie behind them.
    """
    edges = LeadingEdges(np.empty((len(echo), 3)), np.empty(len(echo)))
    _kernels.leading_edges(echo, *noise, FIRST_MAXIMUM, *edges)
    return edges


def ice_edge(edge: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Return the height of the ice edge along a stretch of a pass, (n,) [m].

    Over a lead beside the track the leading edge is the lead's, and late: by up to 5 m, for 4 km
    before and after it.  But it is so at ever other delays, while the edges of ice, and of leads
    at nadir, lie within decimetres.  So the ice edge is where the edges around crowd: the median
    of those in the interval of ``CROWD_M`` that holds most of them.  That holds where ice is the
    first to be seen in but a quarter of the echoes, and where sidelobes of a lead come early.
    Since nothing but those comes before the ice, the upper of two crowds is the ice.

    Parameters
    ----------
    edge : array (n,), float64 [m]
        Height of the leading edges, nan for none.
    along : array (n,), float64 [m]
        Not falling.

    Returns
    -------
    array (n,), float64
        nan where there is no edge within ``REFERENCE_ECHOES`` records.
    """
    slope = np.zeros(edge.size)
    for _ in range(TRENDS):
        slope = _trend(slope + _crowd(edge - slope), along)
    return slope + _crowd(edge - slope)


def _trend(height: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Return straight lines through the medians of blocks, drawn on to the ends of the pass.

    On a slope, as that of the geoid, crowds are spread, and a window at the end of a pass is
    biased: heights are sought about their trend.  Slopes of land are taken as none, so that a
    coast does not spoil the sea beside it: what the trend has lost, the crowds give back.
    """
    known = np.flatnonzero(np.isfinite(height))
    if known.size < 2:
        return np.zeros(height.size)
    blocks = np.array_split(known, max(2, known.size // TREND_ECHOES))
    x = np.array([along[block].mean() for block in blocks])
    y = np.array([np.median(height[block]) for block in blocks])
    step = np.diff(x)
    slope = np.diff(y) / np.where(step > 0.0, step, np.inf)
    slope[np.abs(slope) > STEEPEST] = 0.0
    knots = np.concatenate([[0.0], np.cumsum(slope * step)])
    before, after = np.minimum(along - x[0], 0.0), np.maximum(along - x[-1], 0.0)
    return np.interp(along, x, knots) + slope[0] * before + slope[-1] * after


def _crowd(values: np.ndarray) -> np.ndarray:
    """Return where values crowd within ``REFERENCE_ECHOES`` records of each, (n,)."""
    middle = np.empty(values.size)
    _kernels.running_crowd(
        np.ascontiguousarray(values), REFERENCE_ECHOES, CROWD_M, CROWD_SHARE, middle
    )
    return middle


def resampled(echo: np.ndarray, start: np.ndarray, step: float, scale: np.ndarray) -> np.ndarray:
    """Return scale x echo at gates start + k step for ``GATES`` k, (n, GATES) float32."""
    out = np.empty((len(echo), GATES), np.float32)
    _kernels.resample(echo, start, step, scale, out)
    return out


def packed(echo: np.ndarray) -> np.ndarray:
    """Return echoes over their own maxima in ``GATES`` samples, (n, GATES) float32.

    Oversampled gates are averaged; other numbers of gates are interpolated.
    """
    highest = echo.max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(highest > 0.0, 1.0 / highest, np.nan).astype(np.float32)
    gates = echo.shape[1]
    if gates % GATES == 0:
        mean = echo.reshape(len(echo), GATES, -1).mean(axis=2) if gates > GATES else echo
        return mean * scale[:, None]
    return resampled(echo, np.zeros(len(echo)), (gates - 1) / (GATES - 1), scale)
