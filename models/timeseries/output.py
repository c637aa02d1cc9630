"""Monthly means as files: CF NetCDF-4, or Zarr where that is installed."""

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import xarray as xr

from ... import __version__
from ...collocate.output import checksum
from ...products.beside import written_beside

ENDINGS = (".nc", ".zarr")
TIME_UNITS = "days since 2000-01-01 00:00:00"


def check_place(path: Path) -> None:
    """Refuse a name that means cannot be written under.

    Raises
    ------
    ValueError
        If it ends in neither .nc nor .zarr, Zarr is not installed, or a Zarr store is there.
    """
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path}: time series are written as {' or '.join(ENDINGS)}")
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise ValueError(f"{path}: needs the package zarr; install it, or name a file in .nc")
    if path.suffix == ".zarr" and path.exists():
        raise ValueError(f"{path}: is there already; remove it, or choose another name")
    if not path.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {path.parent} to write it in")


def write_means(means: xr.Dataset, path: Path, inputs: Sequence[Path], regions: Path) -> None:
    """Write monthly means; what is there appears whole or not at all.

    Parameters
    ----------
    means : xr.Dataset
        As ``monthly.monthly_means`` returns them.
    path : Path
        Ends in .nc or .zarr.
    inputs : sequence of Path
        The grids, whose names and checksums the file keeps.
    regions : Path
    """
    check_place(path)
    told = means.assign_attrs(
        {
            "Conventions": "CF-1.11",
            "title": "Monthly means of sea-ice freeboard, of regions and on EASE-Grid 2.0 at 25 km",
            "software": f"iceco {__version__}",
            "history": f"written by iceco {__version__} timeseries",
            "input": " ".join(file.name for file in inputs),
            "input_sha256": " ".join(checksum(file) for file in inputs),
            "regions": regions.name,
            "regions_sha256": checksum(regions),
        }
    )
    if path.suffix == ".zarr":
        _write_zarr(told, path)
        return
    with written_beside(path) as part:
        told.to_netcdf(part, format="NETCDF4", engine="netcdf4", encoding=_encoding(told))


def _encoding(means: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Return how variables are stored: axes without a fill value, images packed."""
    encoding: dict[str, dict[str, Any]] = {
        str(name): {"_FillValue": None}
        for name in means.variables
        if name in ("time", "x", "y", "time_bnds", "region_area") or means[name].dtype.kind in "iO"
    }
    encoding |= {
        str(name): {"zlib": True, "complevel": 4}
        for name, variable in means.variables.items()
        if variable.ndim >= 2 and name != "time_bnds"
    }
    for name in ("time", "time_bnds"):
        encoding[name] = {"_FillValue": None, "dtype": "float64"}
        encoding[name] |= {"units": TIME_UNITS, "calendar": "standard"}
    return encoding


def _write_zarr(means: xr.Dataset, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        means.to_zarr(part, mode="w", zarr_format=2)  # 3 has no text yet
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
