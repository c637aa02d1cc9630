"""Figures of a simulated world.

python docs/simulated_world_figures.py WORLD docs/figures, where WORLD is what
``iceco simulate WORLD --preset demo`` wrote.  Needs matplotlib.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr

mpl.use("Agg")
import matplotlib.pyplot as plt
from scipy.ndimage import median_filter

import iceco.products
from iceco.geo.polar import NORTH, forward
from iceco.geo.swath import plane_to_image
from iceco.products.canonical import scene_geolocation

KILOMETRE = 1e3
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "image.interpolation": "nearest",
    "savefig.dpi": 160,
    "savefig.bbox": "tight",
}


def only(folder: Path, pattern: str = "*") -> Path:
    """Return the first product of a folder."""
    return sorted(folder.glob(pattern))[0]


def decibel(power: np.ndarray) -> np.ndarray:
    """Return power in dB; what noise left below zero is taken for very little."""
    return 10.0 * np.log10(np.fmax(power, 1e-6) + 0.0 * power)


def on_grid(scene: xr.Dataset, band: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a band [dB] at the nodes of a grid of the plane, by the nearest pixel."""
    line, sample = plane_to_image(scene_geolocation(scene), *np.meshgrid(x, y))
    seen = np.isfinite(line)
    row, column = (np.rint(np.where(seen, a, 0)).astype(int) for a in (line, sample))
    rows = slice(row[seen].min(), row[seen].max() + 1)
    columns = slice(column[seen].min(), column[seen].max() + 1)
    window = scene[band][rows, columns].values
    row = (row - rows.start).clip(0, window.shape[0] - 1)
    column = (column - columns.start).clip(0, window.shape[1] - 1)
    return np.where(seen, decibel(window[row, column]), np.nan)


def extent_km(x: np.ndarray, y: np.ndarray, centre: tuple[float, float]) -> tuple[float, ...]:
    """Return the edges of a grid [km] from the world's middle, as imshow takes them."""
    return tuple(
        (edge - c) / KILOMETRE
        for c, axis in zip(centre, (x, y), strict=True)
        for edge in (axis[0], axis[-1])
    )


def draw_scene(world: Path, truth: Path, out: Path) -> None:
    """Draw HH and HV of the first scene, whole and near, with the ground tracks."""
    scene = iceco.products.open(only(world / "sentinel1"))
    with xr.open_dataset(truth, group="ice") as ice:
        x, y = ice["x"].values, ice["y"].values
    centre = (x.mean(), y.mean())
    near = 12_000.0
    inside_x, inside_y = (a[np.abs(a - a.mean()) < near] for a in (x, y))
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 7.0), layout="constrained")
    for row, (band, low, high) in zip(
        axes, (("sigma0_hh", -24, -6), ("sigma0_hv", -34, -16)), strict=True
    ):
        for axis, gx, gy in ((row[0], x[::2], y[::2]), (row[1], inside_x, inside_y)):
            image = axis.imshow(
                on_grid(scene, band, gx, gy), cmap="gray", vmin=low, vmax=high,
                extent=extent_km(gx, gy, centre), origin="lower",
            )  # fmt: skip
            axis.set_title(f"{band[-2:].upper()} [dB]")
        figure.colorbar(image, ax=row, shrink=0.8, pad=0.01)
    for folder, colour in (("altika", "tab:red"), ("cryosat2", "tab:cyan")):
        track = iceco.products.open(only(world / folder))
        tx, ty = forward(NORTH, track["longitude"].values, track["latitude"].values)
        for axis in axes[:, 0]:
            axis.plot((tx - centre[0]) / 1e3, (ty - centre[1]) / 1e3, color=colour, lw=0.8,
                      label=folder)  # fmt: skip
    axes[0, 0].legend(loc="lower left", frameon=True)
    for axis in axes[:, 0]:
        axis.set(xlim=(-55, 55), ylim=(-55, 55))
    for axis in axes[1]:
        axis.set_xlabel("x [km]")
    for axis in axes[:, 0]:
        axis.set_ylabel("y [km]")
    figure.savefig(out / "simulated_scene.png")


def draw_radargrams(world: Path, truth: Path, out: Path) -> None:
    """Draw the echoes of each altimeter, gain and window undone, over the distance to leads."""
    folders = ("altika", "cryosat2", "sentinel3")
    figure, axes = plt.subplots(
        6, 1, figsize=(7.2, 9.0), layout="constrained", height_ratios=[3, 1] * 3
    )
    for (top, below), folder in zip(axes.reshape(3, 2), folders, strict=True):
        track = iceco.products.open(only(world / folder))
        power, height = aligned(track)
        along = np.arange(track.sizes["time"]) * (6_700.0 / track.attrs["rate_hz"]) / KILOMETRE
        high = np.nanpercentile(power, 99.8)
        top.imshow(
            power.T, cmap="magma", aspect="auto", vmin=high - 45, vmax=high,
            extent=(along[0], along[-1], height[-1], height[0]),
        )  # fmt: skip
        top.set(ylim=(-30, 5), ylabel="height [m]", xlim=(along[0], along[-1]))
        top.set_title(f"{folder}: echo power [dB], gain and range window undone")
        with xr.open_dataset(truth, group=f"tracks/{track.attrs['track_id']}") as known:
            below.fill_between(
                along, known["distance_to_lead"].sel(width_limit=0).values / 1e3, color="0.6"
            )
        below.set(ylim=(4, 0), xlim=(along[0], along[-1]), ylabel="to lead [km]")
    axes[-1].set_xlabel("along track [km]")
    figure.savefig(out / "simulated_echoes.png")


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


def draw_heights(world: Path, truth: Path, out: Path) -> None:
    """Draw the true freeboard beside SWOT's heights, and along the AltiKa pass."""
    with xr.open_dataset(truth, group="ice") as ice:
        x, y = ice["x"].values[::6], ice["y"].values[::6]
        freeboard = (ice["ice_freeboard"] + ice["snow_depth"]).values[::6, ::6]
    centre = (x.mean(), y.mean())
    swath = iceco.products.open(only(world / "swot", "*Unsmoothed*"))
    sx, sy = forward(NORTH, swath["longitude"].values, swath["latitude"].values)
    height = (swath["sea_surface_height"] - swath["mean_sea_surface"]).values
    height = height - np.nanmedian(height, axis=1, keepdims=True)
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), layout="constrained")
    axes[0].imshow(
        freeboard, vmin=0, vmax=0.8, cmap="viridis", origin="lower",
        extent=extent_km(x, y, centre),
    )  # fmt: skip
    axes[0].set_title("true total freeboard [m]")
    image = axes[1].pcolormesh(
        (sx - centre[0]) / 1e3, (sy - centre[1]) / 1e3, height + 0.35, vmin=0, vmax=0.8,
        cmap="viridis", rasterized=True,
    )  # fmt: skip
    axes[1].set_title("SWOT 250 m, median of each line taken off [m]")
    figure.colorbar(image, ax=axes, shrink=0.8)
    for axis in axes:
        axis.set(xlim=(-55, 55), ylim=(-55, 55), xlabel="x [km]", aspect="equal")
    figure.savefig(out / "simulated_freeboard.png")


def main() -> None:
    """Draw everything."""
    world, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    truth = only(world / "truth")
    with mpl.rc_context(STYLE):
        draw_scene(world, truth, out)
        draw_radargrams(world, truth, out)
        draw_heights(world, truth, out)


if __name__ == "__main__":
    main()
