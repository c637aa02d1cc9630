"""Figures of a simulated world.

python docs/simulated_world_figures.py WORLD docs/figures, where WORLD is what
``iceco simulate WORLD --preset demo`` wrote.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import median_filter

from iceco.drawing.page import FULL_WIDTH, new_figure, on_paper
from iceco.drawing.palette import BACKSCATTER, FREEBOARD, MISSING_COLOUR, POWER, styles
from iceco.drawing.panels import colour_bar, letter, robust_limits
from iceco.drawing.scale_bar import add_scale_and_north
from iceco.geo.polar import NORTH, forward
from iceco.geo.swath import plane_to_image
from iceco.products.canonical import scene_geolocation
from iceco.products.recognise import open_product

KILOMETRE = 1e3
#: Half sides of the whole world and of the part shown near [m].
WHOLE, NEAR = 55_000.0, 12_000.0
#: Nodes of the truth along a side of a square whose mean is shown, whole and near.
SQUARES = (6, 1)
#: Enough for a page on a screen.
DOTS_PER_INCH = 150
#: Folders of a world's passes, and the missions they are of.
MISSIONS = {"altika": "AltiKa", "cryosat2": "CryoSat-2", "sentinel3": "Sentinel-3"}
#: Range of echo power shown below the brightest [dB].
POWER_RANGE_DB = 45.0
#: The median of each line of SWOT's heights, which are shown without a level of the sea [m].
MEDIAN_FREEBOARD_M = 0.35


def only(folder: Path, pattern: str = "*") -> Path:
    """Return the first product of a folder."""
    return sorted(folder.glob(pattern))[0]


def decibel(power: np.ndarray) -> np.ndarray:
    """Return power in dB; what noise left below zero is taken for very little."""
    return 10.0 * np.log10(np.fmax(power, 1e-6) + 0.0 * power)


def on_grid(scene: xr.Dataset, band: str, x: np.ndarray, y: np.ndarray, side: int) -> np.ndarray:
    """Return a band [dB] on a grid of the plane: means over squares of so many nodes a side.

    Nodes are given the nearest pixel.
    """
    line, sample = plane_to_image(scene_geolocation(scene), *np.meshgrid(x, y))
    seen = np.isfinite(line)
    row, column = (np.rint(np.where(seen, a, 0)).astype(int) for a in (line, sample))
    rows = slice(row[seen].min(), row[seen].max() + 1)
    columns = slice(column[seen].min(), column[seen].max() + 1)
    window = scene[band][rows, columns].values
    row = (row - rows.start).clip(0, window.shape[0] - 1)
    column = (column - columns.start).clip(0, window.shape[1] - 1)
    power = xr.DataArray(np.where(seen, window[row, column], np.nan), dims=("y", "x"))
    return decibel(power.coarsen(y=side, x=side, boundary="trim").mean().values)


def in_km(values: np.ndarray) -> np.ndarray:
    """Return places on the plane in km."""
    return values / KILOMETRE


def show(axes: Any, x: np.ndarray, y: np.ndarray, values: np.ndarray, **colours: Any) -> Any:
    """Draw a grid of the plane and give the panel its limits."""
    axes.set_facecolor(MISSING_COLOUR)
    extent = (*in_km(x[[0, -1]]), *in_km(y[[0, -1]]))
    return axes.imshow(values, extent=extent, origin="lower", **colours)


def around(values: np.ndarray, half: float) -> np.ndarray:
    """Return the values of an axis within half a side of its middle."""
    return values[np.abs(values - 0.5 * (values[0] + values[-1])) < half]


def draw_axes(axes: np.ndarray) -> None:
    """Name the axes of panels of the plane where they stand at its edge."""
    for below in axes[-1]:
        below.set_xlabel(f"x of {NORTH.crs} [km]")
    for left in axes[:, 0]:
        left.set_ylabel(f"y of {NORTH.crs} [km]")


@on_paper()
def scene_figure(world: Path, truth: Path) -> Figure:
    """Draw HH and HV of the first scene, whole and near, with the ground tracks."""
    scene = open_product(only(world / "sentinel1"))
    with xr.open_dataset(truth, group="ice") as ice:
        x, y = (around(ice[name].values, WHOLE) for name in ("x", "y"))
    near = tuple(around(axis, NEAR) for axis in (x, y))
    figure = new_figure(FULL_WIDTH, 6.6)
    axes = figure.subplots(2, 2)
    for row, band in zip(axes, ("hh", "hv"), strict=True):
        grids = ((x, y), near)
        images = [
            on_grid(scene, f"sigma0_{band}", *grid, side)
            for grid, side in zip(grids, SQUARES, strict=True)
        ]
        limits = robust_limits(*images)
        for panel, grid, image in zip(row, grids, images, strict=True):
            shown = show(panel, *grid, image, cmap=BACKSCATTER, **limits)
            add_scale_and_north(panel, NORTH)
        colour_bar(row, shown, f"{band.upper()} backscatter [dB]", "both")
        draw_tracks(row[0], world)
    letter(axes.flat, ("HH", "HH, near", "HV", "HV, near"))
    draw_axes(axes)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_tracks(axes: Any, world: Path) -> None:
    """Draw the first pass of two missions, white under their colours; limits stay."""
    shown = list(MISSIONS)[:2]
    style = styles(shown)
    limits = axes.get_xlim(), axes.get_ylim()
    for folder in shown:
        track = open_product(only(world / folder))
        x, y = forward(NORTH, track["longitude"].values, track["latitude"].values)
        colour, stroke, *_ = style(folder)
        axes.plot(in_km(x), in_km(y), color="white", linewidth=2.4)
        axes.plot(
            in_km(x), in_km(y), color=colour, linestyle=stroke, linewidth=1.4,
            label=MISSIONS[folder],
        )  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])


@on_paper()
def echoes_figure(world: Path, truth: Path) -> Figure:
    """Draw the echoes of each altimeter, gain and window undone, over the distance to leads."""
    figure = new_figure(FULL_WIDTH, 8.4)
    axes = figure.subplots(6, 1, height_ratios=[3, 1] * 3, sharex=True).reshape(3, 2)
    for (top, below), folder in zip(axes, MISSIONS, strict=True):
        track = open_product(only(world / folder))
        power, height = aligned(track)
        along = np.arange(track.sizes["time"]) * (6_700.0 / track.attrs["rate_hz"]) / KILOMETRE
        high = np.nanpercentile(power, 99.8)
        top.set_facecolor(MISSING_COLOUR)
        shown = top.imshow(
            power.T, cmap=POWER, aspect="auto", vmin=high - POWER_RANGE_DB, vmax=high,
            extent=(along[0], along[-1], height[-1], height[0]),
        )  # fmt: skip
        top.set(ylim=(-30, 5), ylabel="height [m]")
        colour_bar((top, below), shown, "power [dB]", "both")
        with xr.open_dataset(truth, group=f"tracks/{track.attrs['track_id']}") as known:
            distance = known["distance_to_lead"].sel(width_limit=0).values
        below.fill_between(along, in_km(distance), color="0.6", linewidth=0.0)
        below.set(ylim=(4, 0), ylabel="to lead [km]")
    letter(axes[:, 0], MISSIONS.values())
    axes[-1, -1].set(xlabel="along track [km]", xlim=(along[0], along[-1]))
    return figure


def aligned(track: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return echoes [dB] on a common axis of heights [m], the median echo's peak near 0."""
    spacing, reference = track.attrs["gate_spacing_m"], track.attrs["reference_gate"]
    gate = np.arange(track.sizes["gate"])
    top = (track["altitude"] - track["window_range"] - track["range_correction"]).values
    # A level-1b file has no mean sea surface: what varies slowly is the sea's.
    peak = top - (track["waveform"].values.argmax(axis=1) - reference) * spacing
    place = np.linspace(-1.0, 1.0, top.size)
    top = top - np.polyval(np.polyfit(place, running_median(peak), 2), place)
    height = np.arange(10.0, -45.0, -spacing / 2)
    # CryoSat-2's echoes are in watts; the others' in counts.
    gain = np.zeros(top.size) if track.attrs["mission"] == "c2" else track["scale_factor_db"].values
    power = np.stack(
        [
            np.interp((reference - (height - level) / spacing), gate, echo, np.nan, np.nan)
            for level, echo in zip(top, track["waveform"].values, strict=True)
        ]
    )
    return decibel(power / np.nanmax(power)) + gain[:, None], height


def running_median(values: np.ndarray, size: int = 41) -> np.ndarray:
    """Return running medians, which single leads do not move."""
    return median_filter(values, size, mode="nearest")


@on_paper()
def freeboard_figure(world: Path, truth: Path) -> Figure:
    """Draw the true freeboard beside SWOT's heights."""
    with xr.open_dataset(truth, group="ice") as ice:
        x, y = ice["x"].values[::6], ice["y"].values[::6]
        freeboard = (ice["ice_freeboard"] + ice["snow_depth"]).values[::6, ::6]
    swath = open_product(only(world / "swot", "*Unsmoothed*"))
    sx, sy = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    height = (swath["sea_surface_height"] - swath["mean_sea_surface"]).values
    height = height - np.nanmedian(height, axis=1, keepdims=True) + MEDIAN_FREEBOARD_M
    figure = new_figure(FULL_WIDTH, 3.6)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    colours = {"cmap": FREEBOARD, "vmin": 0.0, "vmax": 0.8}
    image = show(axes[0], x, y, freeboard, **colours)
    axes[1].pcolormesh(in_km(sx), in_km(sy), height, rasterized=True, **colours)
    axes[1].set(facecolor=MISSING_COLOUR, aspect="equal")
    for panel in axes:
        panel.set(xlim=in_km(x[[0, -1]]), ylim=in_km(y[[0, -1]]))
    add_scale_and_north(axes[0], NORTH)
    letter(axes, ("true total freeboard", "SWOT at 250 m, levelled line by line"))
    draw_axes(axes[None, :])
    colour_bar(axes, image, "height above the sea [m]", "both")
    return figure


def write_small(figure: Figure, path: Path) -> None:
    """Write a figure in 256 colours: a third of the bytes, and no eye tells."""
    with BytesIO() as drawn:
        figure.savefig(drawn, dpi=DOTS_PER_INCH)
        Image.open(drawn).convert("RGB").quantize(256).save(path, optimize=True)


def main() -> None:
    """Draw everything."""
    world, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    truth = only(world / "truth")
    for name, draw in (
        ("scene", scene_figure), ("echoes", echoes_figure), ("freeboard", freeboard_figure)
    ):  # fmt: skip
        write_small(draw(world, truth), out / f"simulated_{name}.png")


if __name__ == "__main__":
    main()
