"""``iceco densify --validate-swot``: every method beside referees, as tables, files and figures."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import typer
import xarray as xr

from ..drawing.saving import save_figure
from ..drift.displacement import Drift
from ..models.densify.attributes import Origin
from ..models.densify.densify import Densified, Prepared, Request, map_grid_by
from ..models.densify.mapping import Tried
from ..models.densify.output import write_grid
from ..models.validation.atl10 import LONGEST_LAG_S, judge_by_laser, open_granules
from ..models.validation.comparison import Comparison
from ..models.validation.figures import (
    plot_distributions,
    plot_maps,
    plot_reliability,
    plot_spectra,
)
from ..models.validation.report import table, write_json
from ..models.validation.swot_freeboard import height_above, tested_cells
from ..models.validation.validate import comparisons, judge, on_common_cells, open_swaths
from ..products.beside import folder_beside
from ..products.freeboard_grid import open_freeboard_grid
from .densify_files import Files

DEEPEST_SNOW_M = 5.0
#: Methods whose maps are drawn beside the referee.
MAPS = 3


class Referees(NamedTuple):
    """Opened measurements that judge maps."""

    swaths: list[xr.Dataset]
    lasers: list[xr.Dataset]
    snow_depth: float | None  #: [m]; None where not told

    @property
    def any(self) -> bool:
        """Whether there is a referee."""
        return bool(self.swaths or self.lasers)


class Mapping(NamedTuple):
    """A map, and what other maps on its cells are made from."""

    ready: Prepared
    tried: Tried
    result: Densified  #: by the method asked for
    request: Request
    origin: Origin
    drift: Drift


def open_referees(files: Files, snow_depth: float | None) -> Referees:
    """Return the referees among some files.

    Raises
    ------
    ValueError
        If a file cannot be read, a swath has no good cell, or a depth of snow [m] is out of
        bounds or for nothing.
    """
    if snow_depth is not None and not 0.0 <= snow_depth <= DEEPEST_SNOW_M:
        raise ValueError(
            f"--snow-depth must lie between 0 and {DEEPEST_SNOW_M:g} m, got {snow_depth}"
        )
    if snow_depth is not None and not (files.swot or files.atl10):
        raise ValueError("--snow-depth is for --validate-swot and --validate-atl10; name one")
    swaths = open_swaths(files.swot)
    for swath in swaths:
        tested_cells(swath, height_above(swath, None))
    return Referees(swaths, open_granules(files.atl10), snow_depth)


def times_of(referees: Referees, target: np.datetime64) -> list[np.datetime64]:
    """Return the first and last time at which lasers that count saw ice, as drift is wanted."""
    day = np.timedelta64(round(LONGEST_LAG_S), "s")
    times = [np.clip(laser["time"].values, target - day, target + day) for laser in referees.lasers]
    return [end for each in times for end in (each.min(), each.max())]


def validate(mapping: Mapping, referees: Referees, folder: Path) -> dict[str, Any]:
    """Map by all methods tried, and write them into a folder with scores and figures.

    Returns
    -------
    dict
        The scores by referee, as in ``scores.json``.

    Raises
    ------
    ValueError
        If a referee sees nothing of the map, or does not find its own sea level.
    """
    depth = _snow(referees.snow_depth, mapping.origin.kind)
    found: dict[str, Any] = {}
    with folder_beside(folder) as part:
        grids = [open_freeboard_grid(path) for path in _write_all(mapping, part)]
        if referees.swaths:
            compared = on_common_cells(comparisons(grids, referees.swaths, depth))
            found["swot"] = judge(compared)
            _draw(compared, found["swot"], mapping.result.method, part)
        if referees.lasers:
            found["atl10"] = judge_by_laser(grids, referees.lasers, depth, mapping.drift)
        write_json(found, part / "scores.json")
        (part / "scores.txt").write_text(words_of(found), encoding="utf-8")
    return found


def words_of(found: dict[str, Any]) -> str:
    """Return the scores of all referees as text."""
    return "\n".join(table(scores) for scores in found.values())


def _write_all(mapping: Mapping, folder: Path) -> list[Path]:
    """Write the grid of each method; return where."""
    places = []
    for name in mapping.tried.scores:
        chosen = name == mapping.result.method
        grid = mapping.result if chosen else map_grid_by(mapping.ready, mapping.tried, name)
        places.append(folder / f"{name}.nc")
        write_grid(grid, mapping.request, mapping.origin, places[-1])
    return places


def _draw(compared: list[Comparison], scores: dict[str, Any], chosen: str, folder: Path) -> None:
    """Draw all methods, the chosen one in front; maps of it and of the best of the others."""
    level = next(iter(scores["resolutions"].values()))["methods"]
    ranked = sorted(
        compared, key=lambda one: (one.name != chosen, level[one.name]["all"]["crps"][0])
    )
    for name, figure in (
        ("maps", plot_maps(ranked[:MAPS])), ("distributions", plot_distributions(ranked)),
        ("spectra", plot_spectra(ranked)), ("reliability", plot_reliability(ranked)),
    ):  # fmt: skip
        save_figure(figure, folder / f"{name}.png")


def _snow(depth: float | None, kind: str) -> float:
    """Return the depth of the snow [m] to take off, and say so where none is known but matters."""
    if depth is None and kind != "total":
        typer.echo(
            f"the map is of {kind} freeboard, SWOT and ICESat-2 see the top of the snow: none is "
            "taken off (--snow-depth METRES), and how deep Ku and Ka band see into it is not known",
            err=True,
        )
    return depth or 0.0
