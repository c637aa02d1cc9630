"""Daily sea-ice concentration grids: ASI AMSR2, NSIDC-0051, NSIDC-0081 and NSIDC-0079.

The products mark land, coast, the pole hole and missing days with numbers beyond the valid
range; here those are nan, and the masks stand apart where the product tells them apart.
"""

import re
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pyproj
import xarray as xr

from .netcdf import (
    decode_time,
    open_netcdf,
    required,
    required_flags,
    text_attribute,
    variable_of,
)

#: The NASA Team files begin with so many bytes of text, in fields of six.
HEADER_SIZE = 300  # bytes, NSIDC-0051 version 1 user guide

#: Scale of the NASA Team counts: 250 is full cover; 251 and above are no concentration.
FULL_COVER = 250
POLE_HOLE, COAST, LAND = 251, 253, 254

#: Cell size of the NASA Team grids [m].
CELL = 25_000.0


class _PolarGrid(NamedTuple):
    """One of the two NSIDC polar stereographic grids; the upper left corner [m]."""

    crs: str
    left: float
    top: float


class _NasaTeamHeader(NamedTuple):
    """What the header of a NASA Team file says."""

    rows: int
    columns: int
    year: str
    day_of_year: str
    product: str


#: The grids of the NASA Team files by (rows, columns); NSIDC polar stereographic grids.
NASA_TEAM_GRIDS = {
    (448, 304): _PolarGrid("EPSG:3411", -3_850_000.0, 5_850_000.0),
    (332, 316): _PolarGrid("EPSG:3412", -3_950_000.0, 4_350_000.0),
}

#: Projections that the products use: NSIDC's on the Hughes ellipsoid and on WGS 84.
PROJECTIONS = ("EPSG:3411", "EPSG:3412", "EPSG:3413", "EPSG:3976")

CONCENTRATION = {
    "standard_name": "sea_ice_area_fraction",
    "long_name": "sea-ice concentration; nan on land and where it is missing",
    "units": "percent",
}


def is_concentration(path: str | Path) -> bool:
    """Return whether the content of a file is one of the concentration products read here."""
    path = Path(path)
    if not path.is_file():
        return False
    if _nasa_team_header(path) is not None:
        return True
    try:
        with open_netcdf(path) as dataset:
            return _is_asi(dataset) or bool(_nsidc_variables(dataset))
    except ValueError:
        return False


def open_concentration(path: str | Path) -> xr.Dataset:
    """Open a daily sea-ice concentration grid.

    Returns
    -------
    Dataset
        ``sea_ice_concentration`` (y, x) float32 [percent], nan on land and where missing;
        ``land`` (y, x) bool (coast included) and ``pole_hole`` (y, x) bool where the product
        tells them; coordinates ``x`` and ``y``, float64 [m], cell centres, increasing, and
        the scalar ``time``, 0 UTC of the day; attributes ``crs``, ``product`` and
        ``source``.

    Raises
    ------
    ValueError
        If the file is absent, damaged, of another kind, or says nowhere which day it is of.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    header = _nasa_team_header(path)
    if header is not None:
        return _open_nasa_team(path, header)
    with open_netcdf(path) as dataset:
        if _is_asi(dataset):
            return _open_asi(path, dataset)
        if _nsidc_variables(dataset):
            return _open_nsidc(path, dataset)
    raise ValueError(f"{path}: this is not a sea-ice concentration product that iceco reads")


def _open_asi(path: Path, dataset: netCDF4.Dataset) -> xr.Dataset:
    """Open ASI AMSR2 of the University of Bremen: no time variable, no land mask."""
    name = re.search(
        r"asi-\w+-[ns]\d+-(\d{8})", path.name + " " + text_attribute(dataset, "history")
    )
    if name is None:
        raise ValueError(
            f"{path}: the day is neither in the file's name nor in its history; "
            "give the file its name back, asi-AMSR2-n6250-YYYYMMDD-v5.4.nc"
        )
    # The rows run as y says: the GeoTransform in the file is north-up, its arrays are not.
    return _concentration(
        path,
        "ASI AMSR2",
        _crs(path, str(getattr(variable_of(dataset, "polar_stereographic"), "spatial_ref", ""))),
        _day(path, name[1]),
        (required(dataset, "x"), required(dataset, "y")),
        required(dataset, "z"),
        {},
    )


def _open_nsidc(path: Path, dataset: netCDF4.Dataset) -> xr.Dataset:
    """Open an NSIDC NetCDF grid: the variable is named by its platform, as F17_ICECON."""
    counts = {name: _counts(dataset, name) for name in _nsidc_variables(dataset)}
    percent = {name: _valid_percent(dataset.variables[name], counts[name]) for name in counts}
    # NSIDC-0081 holds several platforms at once; a failed sensor leaves its own grid empty.
    name = max(sorted(counts), key=lambda n: int(np.isfinite(percent[n]).sum()))
    days = decode_time(variable_of(dataset, "time")).ravel()
    if days.size != 1:
        raise ValueError(f"{path}: the file holds {days.size} days, iceco reads files of one")
    grid = _concentration(
        path,
        text_attribute(dataset, "title") or "NSIDC sea-ice concentration",
        _crs(path, str(getattr(variable_of(dataset, "crs"), "crs_wkt", ""))),
        days[0],
        (required(dataset, "x"), required(dataset, "y")),
        percent[name],
        _masks(dataset.variables[name], counts[name]),
    )
    return grid.assign_attrs(platform=name.removesuffix("_ICECON"))


def _open_nasa_team(path: Path, header: _NasaTeamHeader) -> xr.Dataset:
    """Open a flat binary file of NSIDC-0051 or NSIDC-0081."""
    rows, columns = header.rows, header.columns
    size = path.stat().st_size
    if size != HEADER_SIZE + rows * columns:
        raise ValueError(
            f"{path}: the file has {size} bytes where its header promises "
            f"{HEADER_SIZE + rows * columns}; it is cut off or damaged, copy it again"
        )
    counts = np.fromfile(path, dtype=np.uint8, offset=HEADER_SIZE).reshape(rows, columns)
    grid = NASA_TEAM_GRIDS[rows, columns]
    try:
        day = np.datetime64(header.year, "D") + np.timedelta64(int(header.day_of_year) - 1, "D")
    except ValueError as error:
        raise ValueError(f"{path}: the header holds no date; copy the file again") from error
    return _concentration(
        path,
        header.product,
        grid.crs,
        day,
        (
            grid.left + CELL * (np.arange(columns) + 0.5),
            grid.top - CELL * (np.arange(rows) + 0.5),
        ),
        np.where(counts <= FULL_COVER, counts * (100.0 / FULL_COVER), np.nan),
        {"land": (counts == LAND) | (counts == COAST), "pole_hole": counts == POLE_HOLE},
    )


def _concentration(
    path: Path,
    product: str,
    crs: str,
    day: np.datetime64,
    axes: tuple[np.ndarray, np.ndarray],
    percent: np.ndarray,
    masks: dict[str, np.ndarray],
) -> xr.Dataset:
    x, y = axes
    if percent.shape != (y.size, x.size):
        raise ValueError(
            f"{path}: the grid {percent.shape} does not fit its axes {(y.size, x.size)}"
        )
    grid = xr.Dataset(
        {
            "sea_ice_concentration": (("y", "x"), percent.astype(np.float32), CONCENTRATION),
            **{name: (("y", "x"), mask) for name, mask in masks.items()},
        },
        coords={
            "x": ("x", x, {"standard_name": "projection_x_coordinate", "units": "m"}),
            "y": ("y", y, {"standard_name": "projection_y_coordinate", "units": "m"}),
            "time": ((), day.astype("datetime64[ns]"), {"long_name": "day, at 0 UTC"}),
        },
        attrs={"product": product, "crs": crs, "source": str(path)},
    )
    return grid.sortby(["y", "x"])


def _nasa_team_header(path: Path) -> _NasaTeamHeader | None:
    """Return what a NASA Team header says, or None where the file has no such header."""
    with path.open("rb") as file:
        text = file.read(HEADER_SIZE).decode("ascii", "replace")
    fields = [text[i : i + 6].strip("\x00 ") for i in range(0, 126, 6)]
    if fields[20].lstrip("0") != str(FULL_COVER):
        return None
    product = "NSIDC-0081" if "_nrt_" in text else "NSIDC-0051"
    for rows, columns in NASA_TEAM_GRIDS:
        if (fields[2], fields[1]) == (str(rows), str(columns)):
            return _NasaTeamHeader(rows, columns, fields[17], fields[18], product)
    return None


def _is_asi(dataset: netCDF4.Dataset) -> bool:
    told = " ".join(text_attribute(dataset, name) for name in ("title", "info", "history"))
    names = {"x", "y", "z", "polar_stereographic"}
    return names <= dataset.variables.keys() and ("ASI" in told or "asi-" in told)


def _nsidc_variables(dataset: netCDF4.Dataset) -> list[str]:
    return [name for name in dataset.variables if re.fullmatch(r"[FN]\d\d_ICECON", name)]


def _counts(dataset: netCDF4.Dataset, name: str) -> np.ndarray:
    """Return the packed grid (rows, columns); its time dimension has length one."""
    counts = required_flags(dataset, name)
    return counts.reshape(counts.shape[-2:])


def _valid_percent(variable: netCDF4.Variable, counts: np.ndarray) -> np.ndarray:
    """Return a grid in percent, nan outside the variable's valid range.

    The attribute with the fill is called ``FillValue``, which no library knows: unpacked by the
    scale alone, missing and land read as concentrations of 1.1 and 1.2.
    """
    # A range stored as signed bytes must be seen in the unsigned type of the grid.
    low, high = np.asarray(getattr(variable, "valid_range", (0, FULL_COVER))).astype(variable.dtype)
    scale = float(getattr(variable, "scale_factor", 1.0))
    return np.where((counts >= low) & (counts <= high), counts * (100.0 * scale), np.nan)


def _masks(variable: netCDF4.Variable, counts: np.ndarray) -> dict[str, np.ndarray]:
    meanings = str(getattr(variable, "flag_meanings", "")).split()
    values = np.atleast_1d(getattr(variable, "flag_values", [])).astype(variable.dtype)
    flags = dict(zip(meanings, values.tolist(), strict=False))
    codes = {
        "land": [flags[m] for m in ("land", "coast") if m in flags],
        "pole_hole": [flags[m] for m in flags if m.startswith("pole_hole")],
    }
    return {mask: np.isin(counts, those) for mask, those in codes.items() if those}


def _crs(path: Path, wkt: str) -> str:
    """Return the projection that a WKT describes, as "EPSG:..." where it is a common one.

    Numbers decide, not the code in the WKT: the same grid has been tagged 3411 and 3413.
    """
    north_and_south = ([30.0, 30.0], [70.0, -70.0])
    try:
        described = pyproj.Proj(wkt)(*north_and_south)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"{path}: the description of the map projection is missing") from error
    for code in PROJECTIONS:
        if np.allclose(pyproj.Proj(code)(*north_and_south), described, rtol=0.0, atol=1.0):
            return code
    return wkt


def _day(path: Path, digits: str) -> np.datetime64:
    try:
        return np.datetime64(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}", "D")
    except ValueError as error:
        raise ValueError(f"{path}: {digits} in the file's name is no day") from error
