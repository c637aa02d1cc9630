"""A quick look at a map: the image, the tracks, the freeboard, and how sure it is."""

from pathlib import Path
from typing import Any

import numpy as np

from ...products.beside import written_beside
from .densify import Densified

ENDINGS = (".png", ".pdf", ".svg")
DOTS_PER_INCH = 180
SIZE = (11.0, 9.4)  # inch
#: Colours run between these percentiles of what is shown.
LOW, HIGH = 2.0, 98.0
#: The scale bar is the round length nearest to this share of a panel's width.
BAR_SHARE = 0.25
#: A gap in a swath is so many times as wide as a cell.
GAP = 4.0
#: Most cells along the longer side of a panel.
MOST_CELLS = 900


def check_figure_name(path: Path) -> None:
    """Refuse the name of a picture that ``draw_map`` would not draw.

    Raises
    ------
    ValueError
        If it does not end in .png, .pdf or .svg, or its folder is not there.
    """
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path}: pictures are drawn as {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent} to write it in")


def draw_map(result: Densified, title: str, path: Path) -> None:
    """Draw backscatter, observations, mapped freeboard and its uncertainty.

    Parameters
    ----------
    result : Densified
    title : str
    path : Path
        A .png, .pdf or .svg; appears whole or not at all.
    """
    from matplotlib.figure import Figure

    check_figure_name(path)
    figure = Figure(figsize=SIZE, layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    shown = _shown(result)
    x, y, freeboard, sigma, image = _parted(
        result.grid.x[shown] / 1e3, result.grid.y[shown] / 1e3, result.field.mean[shown],
        result.field.sigma[shown], result.backscatter[shown],
    )  # fmt: skip
    low, high = np.nanpercentile(np.append(freeboard.ravel(), result.points.freeboard), [LOW, HIGH])
    same = {"cmap": "viridis", "vmin": low, "vmax": high}
    _panel(figure, panels[0, 0], (x, y, image), "(a) HV backscatter", "[dB]",
           {"cmap": "gray", **_limits(image)})  # fmt: skip
    dots = panels[0, 1].scatter(
        result.points.x / 1e3, result.points.y / 1e3, 9, result.points.freeboard, **same
    )
    figure.colorbar(dots, ax=panels[0, 1], label="[m]", extend="both", shrink=0.85)
    panels[0, 1].set_title("(b) observed freeboard", loc="left", fontsize="medium")
    _panel(figure, panels[1, 0], (x, y, freeboard), f"(c) mapped freeboard: {result.method}",
           "[m]", same)  # fmt: skip
    _panel(figure, panels[1, 1], (x, y, sigma), "(d) its standard deviation", "[m]",
           {"cmap": "cividis", **_limits(sigma)})  # fmt: skip
    for axes in panels.ravel():
        axes.set_aspect("equal")
        axes.set_facecolor("0.92")
        axes.tick_params(labelsize="small")
    panels[1, 0].set_xlim(np.nanmin(x), np.nanmax(x))
    panels[1, 0].set_ylim(np.nanmin(y), np.nanmax(y))
    for axes in panels[1]:
        axes.set_xlabel(f"x of {result.grid.plane.crs} [km]", fontsize="small")
    for axes in panels[:, 0]:
        axes.set_ylabel(f"y of {result.grid.plane.crs} [km]", fontsize="small")
    _scale_bar(panels[1, 1])
    figure.suptitle(title, fontsize="medium")
    with written_beside(path) as part:
        figure.savefig(part, format=path.suffix[1:], dpi=DOTS_PER_INCH)


def _shown(result: Densified) -> tuple[slice, slice]:
    """Return rows and columns that hold everything mapped, thinned to what a picture can show."""
    there = np.isfinite(result.field.mean)
    spans = []
    for axis in (1, 0):
        found = np.flatnonzero(there.any(axis=axis))
        step = 1 + (found[-1] - found[0]) // MOST_CELLS
        spans.append(slice(found[0], found[-1] + 1, step))
    return spans[0], spans[1]


def _parted(x: np.ndarray, y: np.ndarray, *images: np.ndarray) -> list[np.ndarray]:
    """Return places and images with two empty columns on the banks of a gap in the swath."""
    step = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1)).mean(axis=0)
    wide = np.flatnonzero(step > GAP * np.median(step))
    if wide.size == 0:
        return [x, y, *images]
    at = int(wide[0]) + 1
    banks = [
        np.stack([2 * v[:, at - 1] - v[:, at - 2], 2 * v[:, at] - v[:, at + 1]], axis=1)
        for v in (x, y)
    ]
    banks += [np.full((x.shape[0], 2), np.nan)] * len(images)
    return [np.insert(v, [at, at], bank, axis=1)
            for v, bank in zip((x, y, *images), banks, strict=True)]  # fmt: skip


def _panel(
    figure: Any,
    axes: Any,
    values: tuple[np.ndarray, np.ndarray, np.ndarray],
    title: str,
    unit: str,
    colours: dict[str, Any],
) -> None:
    x, y, shown = values
    axes.set_title(title, loc="left", fontsize="medium")
    if not np.isfinite(shown).any():
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center")
        return
    mesh = axes.pcolormesh(x, y, np.ma.masked_invalid(shown), shading="nearest", rasterized=True,
                           **colours)  # fmt: skip
    figure.colorbar(mesh, ax=axes, label=unit, extend="both", shrink=0.85)


def _limits(values: np.ndarray) -> dict[str, float]:
    """Return the limits of colours for values of which some may be nan."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return {}
    low, high = np.percentile(known, [LOW, HIGH])
    return {"vmin": float(low), "vmax": float(high)}


def _scale_bar(axes: Any) -> None:
    """Draw a bar of a round length in a corner."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    wanted = BAR_SHARE * (right - left)
    power = 10.0 ** np.floor(np.log10(wanted))
    length = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    x, y = right - 0.05 * (right - left) - length, bottom + 0.05 * (top - bottom)
    axes.plot([x, x + length], [y, y], color="black", linewidth=4, solid_capstyle="butt")
    axes.plot([x, x + length], [y, y], color="white", linewidth=1.5, solid_capstyle="butt")
    axes.text(
        x + length / 2, y + 0.02 * (top - bottom), f"{length:g} km", ha="center", va="bottom",
        fontsize="small", bbox={"facecolor": "white", "alpha": 0.7, "pad": 1, "linewidth": 0},
    )  # fmt: skip
