"""Fields of freeboard judged by SWOT: every method on the same cells, by distance and age."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...products.freeboard_grid import open_freeboard_grid
from ...products.recognise import identify, open_product
from ...products.swot import with_corrections_of
from .comparison import Comparison, coarser, compare, on_cells, usable
from .referee import as_kind, same_samples, swot_on_grid
from .scores import Prediction, Truth, judge_cells, reliability, score
from .spectra import Spectra, resolved_wavelength, spectra
from .swot_freeboard import SideModel, swot_freeboard
from .swot_water import COARSE_M as BLIND_M

#: Limits of the bins of distance to the nearest observation [km], and of its age [h].
DISTANCES_KM = (0.0, 1.0, 5.0, 15.0, 60.0)
AGES_H = (0.0, 6.0, 24.0, 72.0, 240.0)
COARSE_M = 2_000.0  # at which finer fields are judged first
#: Length of the pieces of which spectra are made [m]: along track, and of one side across it.
ALONG_M, ACROSS_M = 128_000.0, 48_000.0
#: Gives a mean sea surface [m above WGS 84] at longitudes and latitudes [degree].
MeanSeaSurface = Callable[[np.ndarray, np.ndarray], np.ndarray]


def validate_on_swot(
    grids: Sequence[Path],
    swaths: Sequence[Path],
    snow_depth: float = 0.0,
    mean_sea_surface: MeanSeaSurface | None = None,
    sides: SideModel | None = None,
) -> dict[str, Any]:
    """Return how fields compare with SWOT, ready for JSON.

    Parameters
    ----------
    grids : sequence of Path
        Files of ``iceco densify``, each at its swath's time; one method may have several.
    swaths : sequence of Path
        L2 Expert and Unsmoothed, L3.  An Unsmoothed L2 file needs the Expert one of its pass; an
        Expert one alone needs open water, or a grid on its samples that tells leads.
    snow_depth : float
        By which SWOT's total freeboard is turned into the kind that a grid tells [m].
    mean_sea_surface : callable, optional
        The one that the altimeters were referred to.
    sides : SideModel, optional

    Raises
    ------
    ValueError
        If a file is of another kind, or no grid meets a swath.
    """
    fields = [open_freeboard_grid(path) for path in grids]
    passes = open_swaths(swaths)
    return judge(comparisons(fields, passes, snow_depth, mean_sea_surface, sides))


def open_swaths(paths: Sequence[Path]) -> list[xr.Dataset]:
    """Return the swaths of files, an Unsmoothed one in place of the Expert one of its pass.

    Raises
    ------
    ValueError
        If a file is not SWOT's, or an Unsmoothed one lacks its Expert one.
    """
    opened = []
    for path in paths:
        if (kind := identify(path)) != "swot":
            raise ValueError(f"{path}: is of kind {kind}, not a swath of SWOT")
        opened.append(open_product(path))
    whole = {_pass(s): s for s in opened if "sea_level_anomaly" in s}
    bare = [s for s in opened if "sea_level_anomaly" not in s]
    for swath in bare:
        if _pass(swath) not in whole:
            raise ValueError(
                f"{swath.attrs['source']}: has no tides and no atmosphere to take off; give the "
                "Expert file of the same pass as well"
            )
    finer = {_pass(s): with_corrections_of(s, whole[_pass(s)]) for s in bare}
    return list((whole | finer).values())


def comparisons(
    grids: Sequence[xr.Dataset],
    swaths: Sequence[xr.Dataset],
    snow_depth: float = 0.0,
    mean_sea_surface: MeanSeaSurface | None = None,
    sides: SideModel | None = None,
) -> list[Comparison]:
    """Return every grid beside the swath nearest in time that sees it, on the grid's cells.

    Raises
    ------
    ValueError
        If a grid meets no swath.
    """
    seen = []
    for swath in swaths:
        places = (swath["longitude"].values, swath["latitude"].values)
        surface = None if mean_sea_surface is None else mean_sea_surface(*places)
        seen.append(swot_freeboard(swath, surface, leads_of_grids(swath, grids), sides))
    found = []
    for grid in grids:
        kind = grid.attrs["freeboard_kind"] or "total"
        name = grid.attrs["method"] or Path(grid.attrs["source"]).stem
        beside = [
            compare(name, grid, as_kind(swot_on_grid(s, f, grid), kind, snow_depth))
            for s, f in zip(swaths, seen, strict=True)
        ]
        met = [one for one in beside if usable(one).any()]
        if not met:
            raise ValueError(
                f"{swaths[0].attrs['source']}: SWOT sees no cell that is mapped; give the pass "
                "that the grid was made for, and tracks beneath it"
            )
        found.append(min(met, key=lambda one: np.nanmedian(np.abs(one.referee.lag_s))))
    return found


def leads_of_grids(swath: xr.Dataset, grids: Sequence[xr.Dataset]) -> np.ndarray | None:
    """Return the lead probability (lines, pixels) that grids on a swath's samples tell, if any.

    Only for swaths too coarse to show leads in their own backscatter: a finer one finds them
    where they are at its own time, whatever the ice did since the scene.
    """
    if swath.attrs["cell_size_m"] < BLIND_M and "sigma0" in swath:
        return None
    for grid in grids:
        if "lead_probability" in grid and same_samples(swath, grid):
            leads: np.ndarray = grid["lead_probability"].values
            return leads if np.isfinite(leads).any() else None
    return None


def judge(compared: Sequence[Comparison]) -> dict[str, Any]:
    """Return the scores of all methods, at 2 km and where fields are finer at their own cells.

    Returns
    -------
    dict
        ``resolutions``: for each, ``methods``: for each, the scores of ``all`` cells and of each
        bin (see ``scores.score``), ``reliability`` and ``resolved_wavelength_km`` along and across
        track; ``referee_sigma_m`` is the floor.  Methods on grids of one shape are judged on the
        cells that all of them know.
    """
    levels: dict[str, list[Comparison]] = {}
    for one in on_common_cells(compared):
        times = round(COARSE_M / one.cell_size_m)
        # The cells that a laser crosses fill no coarse one: nothing is left to judge there.
        if times > 1 and usable(coarse := coarser(one, times)).any():
            levels.setdefault("2 km", []).append(coarse)
        levels.setdefault(_words(one.cell_size_m), []).append(one)
    return {
        "referee": "SWOT",
        "grids": len(compared),
        "resolutions": {
            name: _judge_level(ones) for name, ones in sorted(levels.items(), key=_coarse_first)
        },
    }


def strata(one: Comparison) -> dict[str, np.ndarray]:
    """Return the cells of each bin, bool: all, by distance to the nearest track, by age."""
    found = {"all": np.ones(one.mean.shape, dtype=bool)}
    for values, limits, words, unit in (
        (one.distance_m / 1e3, DISTANCES_KM, "distance", "km"),
        (np.abs(one.age_s) / 3600.0, AGES_H, "age", "h"),
    ):
        for low, high in pairwise(limits):
            found[f"{words} {low:g}-{high:g} {unit}"] = (values >= low) & (values < high)
    return found


def on_common_cells(compared: Sequence[Comparison]) -> list[Comparison]:
    """Return the comparisons without cells that another method on the same cells lacks."""
    together: dict[tuple, np.ndarray] = {}
    keys = [(one.mean.shape, one.referee.freeboard.tobytes()) for one in compared]
    for key, one in zip(keys, compared, strict=True):
        together[key] = usable(one) & together.get(key, np.True_)
    return [
        one._replace(mean=np.where(together[key], one.mean, np.nan))
        for key, one in zip(keys, compared, strict=True)
    ]


def _judge_level(ones: Sequence[Comparison]) -> dict[str, Any]:
    methods: dict[str, list[Comparison]] = {}
    for one in ones:
        methods.setdefault(one.name, []).append(one)
    return {"methods": {name: _judge_method(its) for name, its in methods.items()}}


def _judge_method(ones: Sequence[Comparison]) -> dict[str, Any]:
    known = [usable(one) for one in ones]
    truth, said = _pool(ones, known)
    judged = judge_cells(truth, said)
    bins = [strata(one) for one in ones]
    told: dict[str, Any] = {}
    for name in bins[0]:
        here = np.concatenate([b[name][k] for b, k in zip(bins, known, strict=True)])
        if scores := score(judged, here):
            told[name] = scores
    shares, held = reliability(judged)
    lags = np.concatenate([o.referee.lag_s[k] for o, k in zip(ones, known, strict=True)])
    return told | {
        "reliability": {"share": shares.tolist(), "held": held.tolist()},
        "referee_sigma_m": float(np.sqrt(np.mean(truth.sigma**2 + truth.shared_sigma**2))),
        "lag_s": float(np.median(np.abs(lags))),
        "resolved_wavelength_km": _resolved(ones, known),
    }


def _pool(ones: Sequence[Comparison], cells: Sequence[np.ndarray]) -> tuple[Truth, Prediction]:
    parts = [on_cells(one, c, i) for i, (one, c) in enumerate(zip(ones, cells, strict=True))]
    truth = Truth(*(np.concatenate(v) for v in zip(*(t for t, _ in parts), strict=True)))
    means, sigmas, quantiles = zip(*(p for _, p in parts), strict=True)
    told = None if any(q is None for q in quantiles) else np.concatenate(quantiles, axis=1)
    return truth, Prediction(np.concatenate(means), np.concatenate(sigmas), told)


def spectra_of(one: Comparison, known: np.ndarray) -> Mapping[str, Spectra | None]:
    """Return the spectra of a comparison along and across track, None where there is too little."""
    truth, field = (np.where(known, v, np.nan) for v in (one.referee.freeboard, one.mean))
    noise = float(np.sqrt(np.mean(one.referee.sigma[known] ** 2))) if known.any() else 0.0
    size = one.cell_size_m
    along = min(round(ALONG_M / size), truth.shape[0])
    across = min(round(ACROSS_M / size), truth.shape[1])
    return {
        "along": spectra(truth, field, size, along, noise),
        "across": spectra(truth.T, field.T, size, across, noise),
    }


def _resolved(ones: Sequence[Comparison], known: Sequence[np.ndarray]) -> dict[str, float | None]:
    """Return the median over grids of the resolved wavelengths [km]; None where none is."""
    found: dict[str, list[float]] = {"along": [], "across": []}
    for one, cells in zip(ones, known, strict=True):
        for way, density in spectra_of(one, cells).items():
            if density is not None:
                found[way].append(resolved_wavelength(density) / 1e3)
    return {way: _median(values) for way, values in found.items()}


def _median(values: list[float]) -> float | None:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.median(finite)) if finite else None


def _pass(swath: xr.Dataset) -> tuple[int, int]:
    return int(swath.attrs["cycle_number"]), int(swath.attrs["pass_number"])


def _words(size: float) -> str:
    return f"{size / 1e3:g} km" if size >= 1e3 else f"{size:g} m"


def _coarse_first(level: tuple[str, list[Comparison]]) -> float:
    return -level[1][0].cell_size_m
