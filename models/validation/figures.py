"""Figures of a validation: maps on one scale, distributions, spectra, honesty of intervals."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from ...drawing.page import COLUMN_WIDTH, FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import (
    DIFFERENCE,
    DISTANCE,
    FREEBOARD,
    MISSING_COLOUR,
    REFERENCE_COLOUR,
    SIGMA,
    Style,
    styles,
)
from ...drawing.panels import colour_bar, letter, plain_ticks, say_none
from .comparison import Comparison, on_cells, usable
from .distributions import mixture
from .scores import judge_cells, reliability
from .spectra import Spectra
from .validate import spectra_of

#: Colours of maps run from zero to this percentile of the referee; differences to the other.
HIGHEST_PERCENT, LARGEST_PERCENT = 98.0, 95.0
#: Freeboards between these percentiles are shown as distributions.
SHOWN_PERCENT = (0.1, 99.9)
#: Least and greatest height of a map [inch].
MAP_INCHES = (1.3, 3.2)
#: Wavelengths named on the axes of spectra [km].
WAVELENGTHS_KM = (0.5, 1, 2, 5, 10, 20, 50, 100)


@on_paper()
def plot_maps(compared: Sequence[Comparison]) -> Figure:
    """Draw fields, referee, their sigmas and differences side by side, in swath coordinates.

    Parameters
    ----------
    compared : sequence of Comparison
        Fields with one referee on the same cells.
    """
    first = compared[0]
    scale = float(np.percentile(first.referee.freeboard[usable(first)], HIGHEST_PERCENT))
    differences = [one.mean - one.referee.freeboard for one in compared]
    apart = max(float(np.nanpercentile(np.abs(d), LARGEST_PERCENT)) for d in differences)
    columns = len(compared) + 1
    figure = new_figure(max(FULL_WIDTH, 2.0 * columns), 3.0 * _map_height(first, columns) + 1.2)
    axes = figure.subplots(3, columns, sharex=True, sharey=True, squeeze=False)
    names = ("SWOT", *(one.name for one in compared))
    means = (first.referee.freeboard, *(one.mean for one in compared))
    noise = np.hypot(first.referee.sigma, first.referee.shared_sigma)
    spreads = (noise, *(np.where(usable(one), one.sigma, np.nan) for one in compared))
    _draw_row(axes[0], first, means, FREEBOARD, (0.0, scale), "freeboard [m]")
    _draw_row(axes[1], first, spreads, SIGMA, (0.0, apart), "sigma [m]", "max")
    _draw_row(axes[2, 1:], first, differences, DIFFERENCE, (-apart, apart), "less SWOT [m]")
    farthest = float(np.nanmax(first.distance_m)) / 1e3
    shown = _map(axes[2, 0], first, first.distance_m / 1e3, DISTANCE, (0.0, farthest))
    inside = axes[2, 0].inset_axes((0.06, 0.36, 0.40, 0.05))
    figure.colorbar(shown, cax=inside, orientation="horizontal", label="[km]")
    letter(axes.ravel(), [
        *names, *(f"its sigma: {100.0 * _root_mean_square(v):.1f} cm" for v in spreads),
        "distance to observations",
        *(f"bias {100.0 * float(np.nanmean(d)):.1f}, RMSE {100.0 * _root_mean_square(d):.1f} cm"
          for d in differences),
    ])  # fmt: skip
    for ax in axes[2]:
        ax.set_xlabel("across track [km]")
    for ax in axes[:, 0]:
        ax.set_ylabel("along track [km]")
    return figure


@on_paper()
def plot_distributions(compared: Sequence[Comparison]) -> Figure:
    """Draw cumulative distributions of fields and referee.

    Parameters
    ----------
    compared : sequence of Comparison
        As for ``plot_maps``.  Lines are what the referee would measure of the fields' cells,
        mixed: the field's own spread and the referee's noise are in them; dotted are the means.
    """
    figure = new_figure(1.4 * COLUMN_WIDTH, 3.3)
    ax = figure.subplots()
    truth, _ = on_cells(compared[0], usable(compared[0]), 0)
    _draw_cdf(ax, truth.freeboard, color=REFERENCE_COLOUR, linewidth=2.0, label="SWOT")
    style = styles(one.name for one in compared)
    for one in compared:
        colour, stroke, *_ = style(one.name)
        truth, said = on_cells(one, usable(one), 0)
        judged = judge_cells(truth, said)
        _draw_cdf(ax, mixture(judged.noisy), color=colour, linestyle=stroke, label=one.name)
        _draw_cdf(ax, said.mean, color=colour, linestyle=":", linewidth=0.8)
    ax.plot([], [], ":", color="0.4", linewidth=0.8, label="means of the fields")
    ax.set_xlim(*np.percentile(truth.freeboard, SHOWN_PERCENT))
    ax.set(ylim=(0.0, 1.0), xlabel="freeboard [m]", ylabel="share of cells below")
    ax.legend(loc="lower right")
    ax.grid(visible=True)
    return figure


@on_paper()
def plot_spectra(compared: Sequence[Comparison]) -> Figure:
    """Draw spectra of referee and fields along and across track, and ratios of error to referee.

    Parameters
    ----------
    compared : sequence of Comparison
        As for ``plot_maps``.
    """
    figure = new_figure(FULL_WIDTH, 4.6)
    axes = figure.subplots(2, 2, sharex="col", height_ratios=(3, 2))
    style = styles(one.name for one in compared)
    for k, one in enumerate(compared):
        for column, found in enumerate(spectra_of(one, usable(one)).values()):
            if found is not None:
                _draw_spectra(axes[:, column], found, one.name, style(one.name), first=k == 0)
    for ax in axes[1]:
        ax.axhline(0.5, color="0.5", linewidth=0.8)
        ax.set(xlabel="wavelength [km]", ylim=(0.0, 1.6))
    letter(axes.ravel(), ("along track", "across track", "error along", "error across"))
    axes[0, 0].set_ylabel("power density [m² km]")
    axes[1, 0].set_ylabel("error / SWOT")
    for ax in axes.ravel():
        ax.set_xscale("log")
        ax.grid(visible=True)
    for ax in axes[0]:
        _finish_spectra(ax)
    drawn = [ax for ax in axes[0] if ax.lines]
    if drawn:
        figure.legend(*drawn[0].get_legend_handles_labels(), loc="outside right center")
    return figure


@on_paper()
def plot_reliability(compared: Sequence[Comparison]) -> Figure:
    """Draw how often central intervals of fields hold the referee, against how often they should.

    Parameters
    ----------
    compared : sequence of Comparison
        As for ``plot_maps``; intervals are widened by the referee's noise.
    """
    figure = new_figure(COLUMN_WIDTH, 3.4)
    ax = figure.subplots()
    ax.plot([0.0, 1.0], [0.0, 1.0], color="0.7", zorder=0, label="honest")
    style = styles(one.name for one in compared)
    for one in compared:
        colour, stroke, *_ = style(one.name)
        shares, held = reliability(judge_cells(*on_cells(one, usable(one), 0)))
        ax.plot(shares, held, color=colour, linestyle=stroke, label=one.name)
    ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0), aspect="equal")
    ax.set_xlabel("share that the interval should hold")
    ax.set_ylabel("share of cells that it holds")
    ax.legend(loc="upper left")
    ax.grid(visible=True)
    return figure


def _map_height(first: Comparison, columns: int) -> float:
    """Return the height of a map [inch] that leaves its scales alike, within bounds."""
    length, width = first.mean.shape[0] * first.cell_size_m, np.ptp(first.across_m)
    wide = (max(FULL_WIDTH, 2.0 * columns) - 1.4) / columns
    return float(np.clip(wide * length / width, *MAP_INCHES))


def _draw_row(
    axes: np.ndarray,
    first: Comparison,
    images: Sequence[np.ndarray],
    colours: Colormap,
    limits: tuple[float, float],
    words: str,
    extend: str = "both",
) -> None:
    """Draw maps of one quantity on one scale of colours."""
    for ax, values in zip(axes, images, strict=True):
        shown = _map(ax, first, values, colours, limits)
    colour_bar(axes, shown, words, extend)


def _map(
    ax: Any, one: Comparison, values: np.ndarray, colours: Colormap, limits: tuple[float, float]
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
        extent=(left, left + image.shape[1] * size / 1e3, 0.0, image.shape[0] * size / 1e3),
    )  # fmt: skip


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def _draw_cdf(ax: Any, values: np.ndarray, **look: Any) -> None:
    shares = np.linspace(0.0, 1.0, 501)
    ax.plot(np.quantile(values, shares), shares, **look)


def _draw_spectra(axes: Any, found: Spectra, name: str, style: Style, first: bool) -> None:
    wavelength = 1e-3 / found.wavenumber
    look = {"color": style.colour, "linestyle": style.stroke}
    if first:
        axes[0].plot(
            wavelength, found.referee / 1e3, color=REFERENCE_COLOUR, linewidth=2.0, label="SWOT"
        )
    axes[0].plot(wavelength, found.field / 1e3, label=name, **look)
    there = found.referee > 0.0
    axes[1].plot(wavelength[there], found.error[there] / found.referee[there], **look)


def _finish_spectra(ax: Any) -> None:
    """Set the axes of a panel of spectra: long waves on the left, wavelengths by name."""
    if not ax.lines:
        say_none(ax, "too few whole pieces")
        return
    ax.set_yscale("log")
    shortest, longest = ax.get_xlim()
    plain_ticks(ax.xaxis, [w for w in WAVELENGTHS_KM if shortest <= w <= longest])
    ax.invert_xaxis()
