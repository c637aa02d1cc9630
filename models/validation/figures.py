"""Figures of a validation: maps on one scale, distributions, spectra, honesty of intervals.

Colours are those of Okabe and Ito (2008), which colour-blind readers tell apart; lines differ in
their strokes besides.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from ...drift.quick_look import DOTS_PER_INCH, check_figure_name
from ...products.beside import written_beside
from .comparison import Comparison, on_cells, usable
from .distributions import mixture
from .scores import judge_cells, reliability
from .spectra import Spectra
from .validate import spectra_of

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STROKES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 3)))
REFEREE_COLOUR = "black"
MISSING_COLOUR = "0.85"
#: Colours of maps run from zero to this percentile of the referee; differences to the other.
HIGHEST_PERCENT, LARGEST_PERCENT = 98.0, 95.0
#: Freeboards between these percentiles are shown as distributions.
SHOWN_PERCENT = (0.1, 99.9)
#: Width of a map, and the least and greatest height [inch].
MAP_WIDTH, MAP_INCHES = 2.6, (1.6, 8.0)
#: Wavelengths named on the axes of spectra [km].
WAVELENGTHS_KM = (0.5, 1, 2, 5, 10, 20, 50, 100)


def draw_maps(compared: Sequence[Comparison], path: str | Path) -> None:
    """Draw fields, referee, their sigmas and differences side by side, in swath coordinates.

    Parameters
    ----------
    compared : sequence of Comparison
        Fields with one referee on the same cells.
    path : path
        A .png, .pdf or .svg; appears whole or not at all.
    """
    first = compared[0]
    scale = float(np.percentile(first.referee.freeboard[usable(first)], HIGHEST_PERCENT))
    differences = [one.mean - one.referee.freeboard for one in compared]
    apart = max(float(np.nanpercentile(np.abs(d), LARGEST_PERCENT)) for d in differences)
    length, width = first.mean.shape[0] * first.cell_size_m, np.ptp(first.across_m)
    height = float(np.clip(MAP_WIDTH * length / width, *MAP_INCHES))
    columns = len(compared) + 1
    noise = np.hypot(first.referee.sigma, first.referee.shared_sigma)
    with _figure(path, (MAP_WIDTH * columns + 1.6, 3.0 * height + 1.5)) as figure:
        axes = figure.subplots(3, columns, sharex=True, sharey=True, squeeze=False)
        means = [("SWOT", first.referee.freeboard), *((one.name, one.mean) for one in compared)]
        spreads = [noise, *(np.where(usable(one), one.sigma, np.nan) for one in compared)]
        for ax, (name, values) in zip(axes[0], means, strict=True):
            shown = _map(ax, first, values, "viridis", (0.0, scale))
            _title(ax, name)
        figure.colorbar(shown, ax=axes[0], label="freeboard [m]", extend="both", shrink=0.9)
        for ax, values in zip(axes[1], spreads, strict=True):
            shown = _map(ax, first, values, "cividis", (0.0, apart))
            _title(ax, f"its sigma: {100.0 * _root_mean_square(values):.1f} cm")
        figure.colorbar(shown, ax=axes[1], label="sigma [m]", extend="max", shrink=0.9)
        farthest = float(np.nanmax(first.distance_m)) / 1e3
        _map(axes[2, 0], first, first.distance_m / 1e3, "Greys", (0.0, farthest))
        _title(axes[2, 0], f"distance (black: {farthest:.0f} km)")
        for ax, one, difference in zip(axes[2, 1:], compared, differences, strict=True):
            shown = _map(ax, one, difference, "RdBu_r", (-apart, apart))
            bias, error = float(np.nanmean(difference)), _root_mean_square(difference)
            _title(ax, f"less SWOT: bias {100.0 * bias:.1f}, RMSE {100.0 * error:.1f} cm")
        figure.colorbar(shown, ax=axes[2], label="difference [m]", extend="both", shrink=0.9)
        for ax in axes[2]:
            ax.set_xlabel("across track [km]")
        for ax in axes[:, 0]:
            ax.set_ylabel("along track [km]")


def draw_distributions(compared: Sequence[Comparison], path: str | Path) -> None:
    """Draw cumulative distributions of fields and referee.

    Parameters
    ----------
    compared, path
        As for ``draw_maps``.  Lines are what the referee would measure of the fields' cells, mixed:
        the field's own spread and the referee's noise are in them; dotted are the means.
    """
    with _figure(path, (6.4, 4.4)) as figure:
        ax = figure.subplots()
        truth, _ = on_cells(compared[0], usable(compared[0]), 0)
        _draw_cdf(ax, truth.freeboard, color=REFEREE_COLOUR, linewidth=2.2, label="SWOT")
        for one, colour, stroke in zip(compared, cycle(COLOURS), cycle(STROKES), strict=False):
            truth, said = on_cells(one, usable(one), 0)
            judged = judge_cells(truth, said)
            _draw_cdf(ax, mixture(judged.noisy), color=colour, linestyle=stroke, label=one.name)
            _draw_cdf(ax, said.mean, color=colour, linestyle=":", linewidth=1.0)
        ax.plot([], [], ":", color="0.4", linewidth=1.0, label="means of the fields")
        ax.set_xlim(*np.percentile(truth.freeboard, SHOWN_PERCENT))
        ax.set_ylim(0.0, 1.0)
        ax.set_xlabel("freeboard [m]")
        ax.set_ylabel("share of cells below")
        ax.legend(frameon=False, fontsize="small", loc="lower right")
        _grid(ax)


def draw_spectra(compared: Sequence[Comparison], path: str | Path) -> None:
    """Draw spectra of referee and fields along and across track, and ratios of error to referee.

    Parameters
    ----------
    compared, path
        As for ``draw_maps``.
    """
    with _figure(path, (9.2, 6.4)) as figure:
        axes = figure.subplots(2, 2, sharex="col", height_ratios=(3, 2))
        for k, one in enumerate(compared):
            for column, (way, found) in enumerate(spectra_of(one, usable(one)).items()):
                if found is not None:
                    _draw_spectra(axes[:, column], found, one.name, k)
                    _title(axes[0, column], f"{way} track")
        for ax in axes[1]:
            ax.axhline(0.5, color="0.5", linewidth=0.8)
            ax.set_xlabel("wavelength [km]")
            ax.set_ylim(0.0, 1.6)
        axes[0, 0].set_ylabel("power density [m² km]")
        axes[1, 0].set_ylabel("error / SWOT")
        for ax in axes.ravel():
            ax.set_xscale("log")
            _grid(ax)
        for ax in axes[0]:
            if not ax.lines:
                ax.text(0.5, 0.5, "too few whole pieces", transform=ax.transAxes, ha="center")
                continue
            ax.set_yscale("log")
            shortest, longest = ax.get_xlim()
            ticks = [w for w in WAVELENGTHS_KM if shortest <= w <= longest]
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            ax.minorticks_off()
            ax.invert_xaxis()
        drawn = [ax for ax in axes[0] if ax.lines]
        if drawn:
            drawn[0].legend(frameon=False, fontsize="small", loc="lower left")


def draw_reliability(compared: Sequence[Comparison], path: str | Path) -> None:
    """Draw how often central intervals of fields hold the referee, against how often they should.

    Parameters
    ----------
    compared, path
        As for ``draw_maps``; intervals are widened by the referee's noise.
    """
    with _figure(path, (4.6, 4.4)) as figure:
        ax = figure.subplots()
        ax.plot([0.0, 1.0], [0.0, 1.0], color="0.7", zorder=0, label="honest")
        for one, colour, stroke in zip(compared, cycle(COLOURS), cycle(STROKES), strict=False):
            shares, held = reliability(judge_cells(*on_cells(one, usable(one), 0)))
            ax.plot(shares, held, color=colour, linestyle=stroke, label=one.name)
        ax.set_xlim(0.0, 1.0)
        ax.set_ylim(0.0, 1.0)
        ax.set_aspect("equal")
        ax.set_xlabel("share that the interval should hold")
        ax.set_ylabel("share of cells that it holds")
        ax.legend(frameon=False, fontsize="small", loc="upper left")
        _grid(ax)


@contextmanager
def _figure(path: str | Path, size: tuple[float, float]) -> Iterator[Any]:
    from matplotlib.figure import Figure

    check_figure_name(path)
    figure = Figure(figsize=size, layout="constrained")
    yield figure
    with written_beside(path) as part:
        figure.savefig(part, format=Path(path).suffix[1:], dpi=DOTS_PER_INCH)


def _map(
    ax: Any, one: Comparison, values: np.ndarray, colours: str, limits: tuple[float, float]
) -> Any:
    """Draw an image with its columns where they lie: the gap at nadir keeps its width."""
    size = one.cell_size_m
    column = np.rint((one.across_m - one.across_m[0]) / size).astype(int)
    image = np.full((values.shape[0], column[-1] + 1), np.nan)
    image[:, column] = values
    left = (one.across_m[0] - 0.5 * size) / 1e3
    ax.set_facecolor(MISSING_COLOUR)
    return ax.imshow(
        image, cmap=colours, vmin=limits[0], vmax=limits[1], origin="lower",
        interpolation="nearest",
        extent=(left, left + image.shape[1] * size / 1e3, 0.0, image.shape[0] * size / 1e3),
    )  # fmt: skip


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def _draw_cdf(ax: Any, values: np.ndarray, **look: Any) -> None:
    shares = np.linspace(0.0, 1.0, 501)
    ax.plot(np.quantile(values, shares), shares, **look)


def _draw_spectra(axes: Any, found: Spectra, name: str, k: int) -> None:
    wavelength = 1e-3 / found.wavenumber
    colour, stroke = COLOURS[k % len(COLOURS)], STROKES[k % len(STROKES)]
    if k == 0:
        axes[0].plot(
            wavelength, found.referee / 1e3, color=REFEREE_COLOUR, linewidth=2.2, label="SWOT"
        )
    axes[0].plot(wavelength, found.field / 1e3, color=colour, linestyle=stroke, label=name)
    there = found.referee > 0.0
    ratio = found.error[there] / found.referee[there]
    axes[1].plot(wavelength[there], ratio, color=colour, linestyle=stroke)


def _grid(ax: Any) -> None:
    ax.set_axisbelow(True)
    ax.grid(color="0.92")


def _title(ax: Any, words: str) -> None:
    ax.set_title(words, loc="left", fontsize="medium")
