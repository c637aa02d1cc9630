"""Small SAR scenes with what is true of them: in memory, and as rasters on disk."""

import numpy as np
import rasterio
from rasterio.transform import Affine

from iceco.geo.polar import NORTH, forward
from iceco.products.canonical import make_scene

MIDDLE = (-140.0, 75.5)
SEEN = np.datetime64("2024-03-15T12:00:00", "ns")
PIXEL = 100.0  # m on the plane


def corner(extent):
    """Upper left corner on the plane of a square about the middle, rounded to metres."""
    x, y = forward(NORTH, *MIDDLE)
    return round(float(x) - extent / 2), round(float(y) + extent / 2)


def scene_of(hh, hv, time=SEEN, shift=(0.0, 0.0), incidence=None):
    """A scene in memory, its lines from north to south of the plane, pixels of 100 m."""
    lines, samples = hh.shape
    left, top = corner(lines * PIXEL)
    node_line, node_sample = (np.linspace(0.0, n - 1.0, 5) for n in (lines, samples))
    x = left + shift[0] + PIXEL * (node_sample + 0.5)
    y = top + shift[1] - PIXEL * (node_line + 0.5)
    grid_x, grid_y = np.meshgrid(x, y)
    images = {"sigma0_hh": hh.astype(np.float32), "sigma0_hv": hv.astype(np.float32)}
    if incidence is not None:
        images["incidence_angle"] = incidence.astype(np.float32)
    return make_scene(
        images,
        np.full(lines, time),
        {"line": node_line, "sample": node_sample, "x": grid_x, "y": grid_y},
        {
            "scene_id": f"made {time} {shift}", "mission": "s1a", "mode": "EW",
            "polarisations": "HH HV", "crs": NORTH.crs, "pixel_spacing_line_m": PIXEL,
            "pixel_spacing_sample_m": PIXEL, "thermal_noise": "removed by iceco", "source": "made",
        },
    )  # fmt: skip


def write_raster(path, hh, hv, time="2024-03-15T12:00:00"):
    """The same as a GeoTIFF of linear backscatter."""
    left, top = corner(hh.shape[0] * PIXEL)
    with rasterio.open(
        path, "w", driver="GTiff", count=2, height=hh.shape[0], width=hh.shape[1],
        dtype="float32", crs=NORTH.crs, transform=Affine(PIXEL, 0.0, left, 0.0, -PIXEL, top),
        nodata=np.nan,
    ) as file:  # fmt: skip
        for i, (name, image) in enumerate((("HH", hh), ("HV", hv)), start=1):
            file.write(image.astype(np.float32), i)
            file.set_band_description(i, name)
        file.units = ("linear", "linear")
        file.update_tags(acquisition_time=time)
    return path
