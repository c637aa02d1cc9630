"""The part of a scene near its altimeter records: looked at in windows, and nowhere else."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import xarray as xr

from .windows import Window, windows_around

#: Side of the square of pixels around a record whose mean backscatter it is given [pixel]:
#: about the resolution of an EW image (93 m x 87 m at 40 m pixels).
MEAN_SIDE = 3

#: Levels of lead probability at which a map is cut into nested masks, the middles of equal shares
#: of 0..1: as often as one of them, drawn at random, has a lead at a place, so probable is a lead
#: there to within half a share.
LEVELS = (0.125, 0.375, 0.625, 0.875)

#: State of a pixel that was not imaged, or not looked at.
UNSEEN = 0


class LeadFinder(NamedTuple):
    """Whatever turns a window of a scene into lead probability."""

    find: Callable[[xr.Dataset], xr.Dataset]  #: window -> ``lead_probability``, nan where unseen
    halo: Callable[[float], int]  #: pixel spacing [m] -> pixels around a window that bear on it
    threshold: float  #: the probability from which a pixel is a lead
    description: str  #: method and options, for the record
    #: Its probabilities from which a lead is as probable as LEVELS: those themselves where a lead
    #: is what the probability counts.
    levels: tuple[float, ...] = LEVELS


class Corridor(NamedTuple):
    """What was seen near the records of one scene."""

    #: (lines, samples) uint8: UNSEEN, or one more than the number of ``edges`` that the lead
    #: probability reaches
    state: np.ndarray
    edges: tuple[float, ...]  #: of that probability, increasing: ``levels`` and ``threshold``
    levels: tuple[float, ...]  #: of nested masks of equal weight, increasing
    threshold: float  #: the probability from which a pixel is a lead
    first_line: int  #: of the scene, at which ``state`` begins
    first_sample: int
    images: dict[str, np.ndarray]  #: name -> (n,) float32: image values at the records


def corridor_of(
    probability: np.ndarray,
    threshold: float,
    levels: tuple[float, ...] = LEVELS,
    first_line: int = 0,
    first_sample: int = 0,
) -> Corridor:
    """Return the corridor of a window's lead probability (lines, samples), nan where unseen."""
    edges = tuple(sorted({*levels, threshold}))
    state = state_of(probability, edges)
    return Corridor(state, edges, levels, threshold, first_line, first_sample, {})


def state_of(probability: np.ndarray, edges: tuple[float, ...]) -> np.ndarray:
    """Return the states (uint8) of pixels of some lead probability, nan where unseen."""
    state = (~np.isnan(probability)).astype(np.uint8)
    for edge in edges:
        state += probability >= edge
    return state


def lead_mask(corridor: Corridor, edge: float) -> np.ndarray:
    """Return which pixels reach one of the corridor's edges of lead probability, bool."""
    return corridor.state >= 2 + corridor.edges.index(edge)


def lead_share(corridor: Corridor) -> np.ndarray:
    """Return the share of the levels that a pixel of each state reaches, float64 (states,)."""
    reached = np.cumsum([0, 0, *(edge in corridor.levels for edge in corridor.edges)])
    return reached / len(corridor.levels)


def survey(
    scene: xr.Dataset,
    line: np.ndarray,
    sample: np.ndarray,
    reach: np.ndarray,
    leads: LeadFinder,
) -> Corridor:
    """Look for leads within reach of some pixels of a scene.

    Parameters
    ----------
    scene : dataset
        A canonical scene.
    line, sample : array (n,), float64
        Pixels inside the image, one at least.
    reach : array (n,), float64
        Distance around each to look at [m].
    leads : LeadFinder

    Returns
    -------
    Corridor
        Its images are those of backscatter, a mean over ``MEAN_SIDE`` pixels squared of what is
        not nan, and of the incidence angle where the scene has one.
    """
    shape = (scene.sizes["line"], scene.sizes["sample"])
    spacing = (scene.attrs["pixel_spacing_line_m"], scene.attrs["pixel_spacing_sample_m"])
    halo = max(leads.halo(float(np.mean(spacing))), MEAN_SIDE)
    pixels = np.ceil(reach[:, None] / np.asarray(spacing)).astype(np.int64)
    windows = windows_around(line, sample, pixels, shape, halo)
    low = np.array([min(w[i].start for w in windows) for i in range(2)])
    high = np.array([max(w[i].stop for w in windows) for i in range(2)])
    edges = tuple(sorted({*leads.levels, leads.threshold}))
    state = np.full(high - low, UNSEEN, dtype=np.uint8)
    names = [str(n) for n in scene.data_vars if str(n).startswith("sigma0_")]
    names += ["incidence_angle"] if "incidence_angle" in scene else []
    images = {n: np.full(line.size, np.nan, dtype=np.float32) for n in names}
    nearest = np.stack([np.rint(line), np.rint(sample)]).astype(int)
    nearest = np.clip(nearest, 0, np.array(shape)[:, None] - 1)

    def look(core: Window) -> None:
        window, inside = _with_halo(scene, core, halo)
        window = window.assign({n: window[n].load() for n in names})
        probability = leads.find(window)["lead_probability"].values[inside]
        rows, columns = (slice(c.start - n, c.stop - n) for c, n in zip(core, low, strict=True))
        state[rows, columns] = state_of(probability, edges)
        within = [(at >= c.start) & (at < c.stop) for at, c in zip(nearest, core, strict=True)]
        here = np.flatnonzero(within[0] & within[1])
        at = (
            nearest[0, here] - int(window["line"][0]),
            nearest[1, here] - int(window["sample"][0]),
        )
        for name in names:
            images[name][here] = _local_mean(window[name].values, *at)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(look, windows))
    return Corridor(state, edges, leads.levels, leads.threshold, int(low[0]), int(low[1]), images)


def _with_halo(
    scene: xr.Dataset, core: Window, halo: int
) -> tuple[xr.Dataset, tuple[slice, slice]]:
    """Return the window of a core and its halo, and where in the window the core lies."""
    top, left = (max(0, c.start - halo) for c in core)
    window = scene.isel(
        line=slice(top, core[0].stop + halo), sample=slice(left, core[1].stop + halo)
    )
    inside = (
        slice(core[0].start - top, core[0].stop - top),
        slice(core[1].start - left, core[1].stop - left),
    )
    return window, inside


def _local_mean(image: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return the mean of the pixels around some pixels that are not nan; nan where it is nan."""
    reach = np.arange(MEAN_SIDE) - MEAN_SIDE // 2
    rows = np.clip(row[:, None, None] + reach[:, None], 0, image.shape[0] - 1)
    columns = np.clip(column[:, None, None] + reach[None, :], 0, image.shape[1] - 1)
    patch = image[rows, columns]
    good = np.isfinite(patch)
    count = good.sum(axis=(1, 2))
    total = np.where(good, patch, 0.0).sum(axis=(1, 2))
    mean = np.divide(total, count, out=np.full(row.shape, np.nan), where=count > 0)
    return np.where(np.isfinite(image[row, column]), mean, np.nan)
