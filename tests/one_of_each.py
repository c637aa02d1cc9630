"""One small file of every kind that iceco reads, under names that tell nothing."""

from pathlib import Path

import geopandas
import netCDF4
import numpy as np
import rasterio
import shapely
from altika_tracks import altika_track
from altimetry_files import cryosat2_l1b, sentinel3
from rasterio.transform import Affine
from safe_product import SmallProduct, write_product
from small_vectors import grid_vectors

from iceco.geo.polar import NORTH
from iceco.products.altika_writer import write_altika
from iceco.products.drift_writer import osi405_cells, write_osi405
from iceco.products.vectors import write_vectors

NOON = np.datetime64("2023-03-01T12:00", "ns")


def write_one_of_each(folder: Path) -> dict[str, Path]:
    """Write the files and return them by kind."""
    x, _ = osi405_cells(NORTH)
    still = np.zeros(x.shape)
    write_osi405(folder / "d", NORTH, (NOON, NOON + np.timedelta64(48, "h")), (still, still), 1e3)
    write_altika(folder / "a", altika_track(missing=(3, 4)), 12, 345)
    return {
        "sentinel1": write_product(folder, SmallProduct()).rename(folder / "s"),
        "raster": _raster(folder / "r"),
        "cryosat2": cryosat2_l1b().write(folder / "c"),
        "sentinel3": sentinel3().write(folder / "t"),
        "altika": folder / "a",
        "osi405": folder / "d",
        "nsidc0116": _nsidc0116(folder / "e"),
        "vectors": _vectors(folder / "v"),
        "concentration": _concentration(folder / "i"),
        "chart": _chart(folder / "h"),
        "buoys": _buoys(folder / "b"),
    }


def _raster(path: Path) -> Path:
    """A dB image around the pole."""
    image = np.full((40, 50), -12.0, dtype=np.float32)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=1,
        height=40,
        width=50,
        dtype=image.dtype,
        crs="EPSG:3413",
        transform=Affine(1000.0, 0.0, -25_000.0, 0.0, -1000.0, 20_000.0),
    ) as file:
        file.write(image, 1)
        file.descriptions = ("sigma0_HH",)
        file.update_tags(ACQUISITION_TIME="2023-03-01T12:00:00")
    return path


def _nsidc0116(path: Path) -> Path:
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", 1), ("y", 3), ("x", 4)):
            file.createDimension(name, size)
            axis = file.createVariable(name, "f8", (name,))
            axis[:] = 25_067.525 * (np.arange(size) + 1)
            axis.units = "meters"
        file["time"].units = "days since 1970-01-01"
        file["time"][:] = 19417.0
        for name in ("u", "v", "icemotion_error_estimate"):
            file.createVariable(name, "f4", ("time", "y", "x"), fill_value=-9999.0)[:] = 10.0
            file[name].units = "cm/s"
        for name, value in (("latitude", 89.5), ("longitude", 140.0)):
            file.createVariable(name, "f4", ("y", "x"))[:] = value
    return path


def _vectors(path: Path) -> Path:
    write_vectors(grid_vectors(), path.with_suffix(".nc"))
    return path.with_suffix(".nc").rename(path)


def _concentration(path: Path) -> Path:
    fields = ["00255", "304", "448", *["0"] * 14, "2015", "032", "000", "00250"]
    header = "".join(f"{field:>5}\0" for field in fields).ljust(300, "\0")
    path.write_bytes(header.encode() + bytes([100]) * (448 * 304))
    return path


def _chart(folder: Path) -> Path:
    folder.mkdir()
    codes = {"CT": ["92", "43"], "SA": ["86", "-9"], "FA": ["8", "-9"], "POLY_TYPE": ["I", "I"]}
    squares = [shapely.box(-10.0, 75.0, 0.0, 77.0), shapely.box(0.0, 75.0, 5.0, 77.0)]
    chart = geopandas.GeoDataFrame(codes, geometry=squares, crs="EPSG:4326")
    chart.to_file(folder / "polygons.shp", engine="pyogrio")
    return folder


def _buoys(path: Path) -> Path:
    rows = ("latitude,longitude,datetime", "85.0,179.5,2019-10-07", "85.1,-179.5,2019-10-08")
    path.write_text("\n".join(rows))
    return path
