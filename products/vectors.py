"""Files of ice-drift vectors: NetCDF (CF-1.11) and GeoParquet, written and read.

In NetCDF the vectors of a regular grid are fields over y and x, as other drift products have
them; free points lie along ``vector``.  In GeoParquet a vector is a row whose geometry is where
the ice was at ``start_time``.
"""

import json
import math
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
import xarray as xr

from .. import __version__
from ..geo.polar import inverse, plane_of_epsg
from .beside import written_beside
from .canonical_vectors import (
    NO_VECTOR,
    VECTORS,
    make_vectors,
    on_grid,
    vectors_from_grid,
    vectors_on_grid,
)
from .netcdf import decode_time, open_netcdf, required, variable_of

TIME_UNITS = "microseconds since 1970-01-01 00:00:00"
NO_TIME = np.iinfo(np.int64).min
GRID_MAPPING = "polar_stereographic"
#: Key of the metadata of a GeoParquet file that holds the attributes.
METADATA = b"iceco_vectors"
#: Global attributes of a NetCDF file that are about the file, not the vectors.
FILE_NOTES = ("Conventions", "title", "software", "featureType")

DAMAGED = "the file is cut off or damaged; copy it again"
NONE_HERE = "the file holds no ice-drift vectors of iceco"


def write_vectors(vectors: xr.Dataset, path: str | Path) -> None:
    """Write vectors as NetCDF (``.nc``) or GeoParquet (``.parquet``).

    Parameters
    ----------
    vectors : xr.Dataset
        As ``products.canonical_vectors.make_vectors`` returns it; its attributes are texts and
        numbers.
    path : path
        Appears whole or not at all.  Times are kept to the microsecond.

    Raises
    ------
    ValueError
        If the name has another ending or the folder does not exist.
    """
    check_vectors_name(path)
    with written_beside(path) as part:
        if Path(path).suffix == ".nc":
            _write_netcdf(vectors, part)
        else:
            pq.write_table(_table(vectors), part, compression="zstd")


def check_vectors_name(path: str | Path) -> None:
    """Refuse the name of a file that ``write_vectors`` would not write.

    Raises
    ------
    ValueError
        If it does not end in .nc or .parquet.
    """
    if Path(path).suffix not in (".nc", ".parquet"):
        raise ValueError(f"{path}: vectors are written as .nc or .parquet")


def is_vectors(path: str | Path) -> bool:
    """Tell whether ``open_vectors`` can read the file, by its content."""
    try:
        if _is_parquet(path):
            return METADATA in check_parquet(path)
        with open_netcdf(path) as dataset:
            return _holds_vectors(dataset)
    except ValueError:
        return False


def open_vectors(path: str | Path) -> xr.Dataset:
    """Open vectors that ``write_vectors`` wrote.

    Returns
    -------
    xr.Dataset
        See ``products.canonical_vectors.VECTORS``; those of a grid row by row.

    Raises
    ------
    ValueError
        If the file is damaged or holds no vectors.
    """
    vectors = _read_parquet(path) if _is_parquet(path) else _read_netcdf(path)
    return vectors.assign_attrs(source=str(path))


def _write_netcdf(vectors: xr.Dataset, path: Path) -> None:
    gridded = on_grid(vectors)
    data = vectors_on_grid(vectors) if gridded else vectors.reset_coords()
    data = data.drop_vars(["longitude", "latitude"], errors="ignore")
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.setncatts(
            {
                "Conventions": "CF-1.11",
                "title": "Sea-ice drift vectors",
                "software": f"iceco {__version__}",
                **({} if gridded else {"featureType": "point"}),
                **data.attrs,
            }
        )
        for name, size in data.sizes.items():
            dataset.createDimension(str(name), size)
        mapping = dataset.createVariable(GRID_MAPPING, "i4", ())
        mapping.setncatts(pyproj.CRS(vectors.attrs["plane"]).to_cf())
        for axis in ("x", "y") if gridded else ():
            data[axis].attrs = {"standard_name": f"projection_{axis}_coordinate", "units": "m"}
        for name, variable in data.variables.items():
            _write_variable(dataset, str(name), variable)
        _write_places(dataset, vectors, gridded)


def _write_variable(dataset: netCDF4.Dataset, name: str, variable: xr.Variable) -> None:
    values, kind = variable.values, variable.dtype
    attributes = dict(variable.attrs)
    fill: Any = np.nan if kind.kind == "f" else None
    if kind.kind == "M":
        missing = np.isnat(values)
        values = values.astype("datetime64[us]").astype(np.int64)
        values[missing], fill, kind = NO_TIME, NO_TIME, np.dtype(np.int64)
        attributes |= {"units": TIME_UNITS, "calendar": "standard", "standard_name": "time"}
    if name == "quality_flag":
        fill = NO_VECTOR
        attributes["flag_values"] = np.array(attributes["flag_values"].split(), dtype=np.int8)
    dims = tuple(map(str, variable.dims))
    on_axis = name in dims
    written = dataset.createVariable(
        name, kind, dims, fill_value=None if on_axis else fill, zlib=not on_axis
    )
    written.set_auto_maskandscale(False)
    if not on_axis and not name.startswith("grid_"):
        attributes |= {"grid_mapping": GRID_MAPPING, "coordinates": "longitude latitude"}
    written.setncatts(attributes)
    written[...] = values


def _write_places(dataset: netCDF4.Dataset, vectors: xr.Dataset, gridded: bool) -> None:
    """Write longitude and latitude, which a grid has at every cell."""
    if gridded:
        x, y = np.meshgrid(dataset["x"][...], dataset["y"][...])
        longitude, latitude = inverse(plane_of_epsg(vectors.attrs["plane"]), x, y)
        places = {"longitude": longitude, "latitude": latitude}
    else:
        places = {name: vectors[name].values for name in ("longitude", "latitude")}
    for name, values in places.items():
        written = dataset.createVariable(name, "f8", ("y", "x") if gridded else ("vector",))
        written.setncatts(vectors[name].attrs)
        written[...] = values


def _holds_vectors(dataset: netCDF4.Dataset) -> bool:
    return dataset.variables.keys() >= VECTORS.keys() - {"x0", "y0"}


def _read_netcdf(path: str | Path) -> xr.Dataset:
    with open_netcdf(path) as dataset:
        if not _holds_vectors(dataset):
            raise ValueError(f"{path}: {NONE_HERE}")
        attributes = {
            name: dataset.getncattr(name) for name in dataset.ncattrs() if name not in FILE_NOTES
        }
        names = {*VECTORS, "x", "y"} & dataset.variables.keys()
        columns = {name: _read_variable(dataset, name) for name in names}
        gridded = "vector" not in dataset.dimensions
    return (
        vectors_from_grid(_grid(columns, attributes))
        if gridded
        else make_vectors(columns, attributes)
    )


def _grid(columns: dict[str, np.ndarray], attributes: dict[str, Any]) -> xr.Dataset:
    dims = {"y": "y", "x": "x", "grid_row": "y", "grid_column": "x"}
    return xr.Dataset(
        {name: (dims.get(name, ("y", "x")), values) for name, values in columns.items()},
        attrs=attributes,
    )


def _read_variable(dataset: netCDF4.Dataset, name: str) -> np.ndarray:
    variable = variable_of(dataset, name)
    if name.endswith("_time"):
        return decode_time(variable)
    values = required(dataset, name)
    return np.where(np.isnan(values), NO_VECTOR, values) if name == "quality_flag" else values


def _table(vectors: xr.Dataset) -> pa.Table:
    columns = {str(name): variable.values for name, variable in vectors.variables.items()}
    points = shapely.points(columns["longitude"], columns["latitude"])
    arrays = {name: _array(values) for name, values in columns.items()}
    table = pa.table({**arrays, "geometry": pa.array(shapely.to_wkb(points), type=pa.binary())})
    meaning = {name: vectors[name].attrs for name in columns}
    told = {"attributes": vectors.attrs, "columns": meaning, "iceco_version": __version__}
    metadata = {"geo": json.dumps(_geo(points)), METADATA: json.dumps(_plain(told))}
    return table.replace_schema_metadata(metadata)


def _array(values: np.ndarray) -> pa.Array:
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[us]"), type=pa.timestamp("us", tz="UTC"))
    return pa.array(values, from_pandas=True)  # nan becomes null


def _plain(told: Any) -> Any:
    """Return what JSON can hold: NumPy's numbers as Python's, nan as None."""
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    told = told.item() if isinstance(told, np.generic) else told
    return None if isinstance(told, float) and math.isnan(told) else told


def _geo(points: Any) -> dict[str, Any]:
    """Return the metadata of GeoParquet 1.0 for a column of points in EPSG:4326."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "crs": pyproj.CRS.from_epsg(4326).to_json_dict(),
    }
    if len(points):
        column["bbox"] = shapely.total_bounds(points).tolist()
    return {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _is_parquet(path: str | Path) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise ValueError(f"{path}: the file cannot be read ({error.strerror})") from error


def check_parquet(path: str | Path) -> dict[bytes, bytes]:
    """Return the metadata of a Parquet file.

    Raises
    ------
    ValueError
        If the file is cut off or damaged.
    """
    try:
        return dict(pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: {DAMAGED}") from error


def _read_parquet(path: str | Path) -> xr.Dataset:
    metadata = check_parquet(path)
    if METADATA not in metadata:
        raise ValueError(f"{path}: {NONE_HERE}")
    try:
        table = pq.read_table(path, columns=list(VECTORS))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: {DAMAGED}") from error
    told = json.loads(metadata[METADATA])["attributes"]
    attributes = {name: np.nan if value is None else value for name, value in told.items()}
    return make_vectors({name: table[name].to_numpy() for name in VECTORS}, attributes)
