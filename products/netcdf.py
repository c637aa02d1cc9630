"""What the altimetry readers share about NetCDF files: opening, unpacking, times, blocks.

netCDF4's own masking and scaling is switched off.  It masks the *default* fill value of a type
where a variable names none, and so removes the peak (65535) of every CryoSat-2 waveform.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import netCDF4
import numpy as np
from scipy.io import netcdf_file

#: Length of the units of time that altimetry products count in [ns].
NANOSECONDS = {
    "nanoseconds": 1,
    "microseconds": 1_000,
    "milliseconds": 1_000_000,
    "seconds": 1_000_000_000,
    "days": 86_400_000_000_000,
}


def open_netcdf(path: str | Path) -> netCDF4.Dataset:
    """Open a NetCDF file for reading raw, packed numbers.

    The dataset is a context manager; it neither masks nor scales: see ``unpack``.

    Raises
    ------
    ValueError
        If the file is absent, empty, cut off, damaged or not NetCDF.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty; copy it again")
    try:
        _check_classic(path)
        dataset = netCDF4.Dataset(path, mode="r")
    except PermissionError as error:
        raise ValueError(f"{path}: the file may not be read; check its permissions") from error
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"{path}: the file is not NetCDF, or it is cut off or damaged ({_reason(error)})"
        ) from error
    dataset.set_auto_maskandscale(False)
    return dataset


def open_netcdf_bytes(name: str, content: bytes) -> netCDF4.Dataset:
    """Open the content of a NetCDF-4 file as ``open_netcdf`` does a file; ``name`` is its path.

    Raises
    ------
    ValueError
        If it is damaged or not NetCDF.
    """
    try:
        dataset = netCDF4.Dataset(name, mode="r", memory=content)
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"{name}: the file is not NetCDF, or damaged ({_reason(error)})"
        ) from error
    dataset.set_auto_maskandscale(False)
    return dataset


def unpack(variable: netCDF4.Variable, fills: Iterable[float] = ()) -> np.ndarray:
    """Return a variable in its own units.

    Parameters
    ----------
    variable : netCDF4.Variable
        Of a dataset from ``open_netcdf``, any shape, any numeric type.
    fills : numbers
        Packed values that mean "missing" although the variable does not say so.

    Returns
    -------
    array, float64
        ``packed * scale_factor + add_offset``; nan where the packed value is ``_FillValue`` or
        one of ``fills``.  A variable without ``_FillValue`` has no missing values.

    Raises
    ------
    ValueError
        If the data cannot be read.
    """
    packed = _read(variable)
    attributes = variable.ncattrs()
    if "_FillValue" in attributes:
        fills = (*fills, variable.getncattr("_FillValue"))
    missing = np.isin(packed, np.array([*fills], dtype=packed.dtype)) if fills else False
    values = packed.astype(np.float64)
    if "scale_factor" in attributes:
        values *= float(variable.getncattr("scale_factor"))
    if "add_offset" in attributes:
        values += float(variable.getncattr("add_offset"))
    return np.where(missing, np.nan, values)


def required(dataset: netCDF4.Dataset, name: str) -> np.ndarray:
    """Return the variable ``name`` unpacked.

    Raises
    ------
    ValueError
        If the file does not have it.
    """
    return unpack(variable_of(dataset, name))


def optional(dataset: netCDF4.Dataset, name: str) -> np.ndarray | None:
    """Return the variable ``name`` unpacked, or None where the file does not have it."""
    return unpack(dataset.variables[name]) if name in dataset.variables else None


def variable_of(dataset: netCDF4.Dataset, name: str) -> netCDF4.Variable:
    """Return the variable ``name`` of a dataset, packed.

    Raises
    ------
    ValueError
        If the file does not have it.
    """
    if name not in dataset.variables:
        raise ValueError(f"{dataset.filepath()}: the variable {name} is missing")
    return dataset.variables[name]


def required_flags(dataset: netCDF4.Dataset, name: str) -> np.ndarray:
    """Return a variable of flags or indices as stored, int64, fill values included.

    Raises
    ------
    ValueError
        If the file does not have it.
    """
    return _read(variable_of(dataset, name)).astype(np.int64)


def decode_time(variable: netCDF4.Variable) -> np.ndarray:
    """Return the times of a variable, datetime64[ns], in the time scale that the file counts in.

    ``units`` must read "<unit> since <date>"; nan and fill become NaT.  Leap seconds are not
    touched: a count of TAI seconds gives TAI times.

    Raises
    ------
    ValueError
        If the units cannot be understood.
    """
    units = str(getattr(variable, "units", ""))
    found = re.fullmatch(r"(\w+) since (\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d*)?))?", units)
    if found is None or found[1] not in NANOSECONDS:
        raise ValueError(
            f"{variable.group().filepath()}: the units {units!r} of {variable.name} are no time"
        )
    epoch = np.datetime64(f"{found[2]}T{found[3] or '00:00:00'}", "ns")
    length = NANOSECONDS[found[1]]
    if np.issubdtype(variable.dtype, np.integer):
        fill = getattr(variable, "_FillValue", None)
        count = _read(variable).astype(np.int64)
        return np.where(count == fill, np.datetime64("NaT", "ns"), epoch + _duration(count, length))
    count = unpack(variable)
    known = np.isfinite(count) & (np.abs(count) < np.iinfo(np.int64).max / length)
    count = np.where(known, count, 0.0)
    whole = np.floor(count)
    # The nanoseconds since 2000 do not fit into a float64: whole units and the rest apart.
    time = epoch + _duration(whole.astype(np.int64), length)
    time = time + _duration(np.rint((count - whole) * length).astype(np.int64), 1)
    return np.where(known, time, np.datetime64("NaT", "ns"))


def blocks_to_records(block_values: np.ndarray, block_of_record: np.ndarray) -> np.ndarray:
    """Return for each high-rate record the value of the 1 Hz block it belongs to.

    Parameters
    ----------
    block_values : array (m,), float64
        One value per 1 Hz block.
    block_of_record : array (n,), int
        0-based index of each record's block; outside 0..m-1 where the record has none.

    Returns
    -------
    array (n,), float64
        nan where a record has no block.  Agencies take 1 Hz corrections by index: that gives
        their published heights to less than 0.1 mm, interpolation is up to 3 mm off.
    """
    inside = (block_of_record >= 0) & (block_of_record < block_values.size)
    values = np.full(block_of_record.shape, np.nan)
    values[inside] = block_values[block_of_record[inside]]
    return values


def check_located(
    path: str | Path, time: np.ndarray, longitude: np.ndarray, latitude: np.ndarray
) -> None:
    """Refuse a file of which no record has a time and a position.

    Raises
    ------
    ValueError
        If there is no such record.
    """
    if not (~np.isnat(time) & np.isfinite(longitude) & np.isfinite(latitude)).any():
        raise ValueError(f"{path}: no record has a time and a position")


def text_attribute(dataset: netCDF4.Dataset, name: str) -> str:
    """Return a global attribute as text without blanks around it; "" where there is none."""
    return str(getattr(dataset, name, "")).strip()


def _check_classic(path: Path) -> None:
    """Refuse a NetCDF-3 file that is cut off; the NetCDF library fills up what is not there."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic not in (b"CDF\x01", b"CDF\x02"):
        return
    try:
        with netcdf_file(path, mmap=True):  # maps every variable and reads none
            pass
    except (IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise OSError(f"NetCDF-3: {error}") from error


def _read(variable: netCDF4.Variable) -> np.ndarray:
    try:
        return np.asarray(variable[...])
    except (OSError, RuntimeError) as error:
        path = variable.group().filepath()
        raise ValueError(
            f"{path}: the data of {variable.name} are cut off or damaged ({_reason(error)}); "
            "copy the file again"
        ) from error


def _duration(count: np.ndarray, length_ns: int) -> np.ndarray:
    return (count * length_ns).astype("timedelta64[ns]")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
