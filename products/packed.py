"""Packed variables of agency files: numbers to integers, and the attributes that say how."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import netCDF4
import numpy as np


class Packing(NamedTuple):
    """How the numbers of a variable stand in a file."""

    dtype: str  #: i1, i2, i4, i8, u2, u4, or f8 for numbers that stand as they are
    units: str  #: none where empty
    scale: float | None  #: worth of a count [units]; None: the header has no scale_factor
    long_name: str
    offset: float = 0.0  #: what a count of 0 means [units]


class Flags(NamedTuple):
    """What the codes of a variable mean."""

    attribute: str  #: flag_values, or flag_masks where codes are bits
    codes: tuple[int, ...]
    meanings: str  #: separated by blanks


def pack(name: str, packing: Packing, fill: int | None, values: np.ndarray) -> np.ndarray:
    """Return numbers as a file keeps them.

    Parameters
    ----------
    name : str
        What an error message calls the variable.
    packing : Packing
    fill : int or None
        The count that means "missing"; None where the file has none.
    values : array, any shape
        In the units of the packing; nan where missing.

    Raises
    ------
    ValueError
        If a number does not fit, or is missing where the file cannot say so.
    """
    if packing.dtype.startswith("f"):
        return values.astype(packing.dtype)
    counts = np.rint((np.asarray(values, np.float64) - packing.offset) / (packing.scale or 1.0))
    limits = np.iinfo(packing.dtype)
    missing = np.isnan(counts)
    if missing.any() and fill is None:
        raise ValueError(f"{name}: a value is missing and the file has no way to say so")
    outside = (counts < limits.min) | (counts > limits.max)
    if fill is not None:
        outside |= counts == fill
    if outside.any():
        raise ValueError(
            f"{name}: values from {np.nanmin(values):g} to {np.nanmax(values):g} {packing.units} "
            "do not fit into the packing of the product"
        )
    packed = np.zeros(counts.shape, dtype=packing.dtype)
    packed[~missing] = counts[~missing].astype(packing.dtype)
    packed[missing] = fill or 0
    return packed


def write_variable(
    dataset: netCDF4.Dataset,
    name: str,
    packing: Packing,
    fill: int | None,
    dimensions: tuple[str, ...],
    values: Any,
    attributes: Mapping[str, Any],
    compression: Literal["zlib"] | None = None,
) -> None:
    """Add a variable to a dataset.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        Open for writing, with the dimensions.
    name : str
    packing : Packing
    fill : int or None
        Becomes ``_FillValue`` unless None.
    dimensions : tuple of str
    values : array-like or None
        In the units of the packing, nan where missing; one number stands for all.  None: the
        variable is there, and missing throughout.
    attributes : mapping
        Beside those of the packing.
    compression : str or None

    Raises
    ------
    ValueError
        As ``pack``.
    """
    variable = dataset.createVariable(
        name, packing.dtype, dimensions, fill_value=fill, compression=compression
    )
    variable.set_auto_maskandscale(False)
    variable.setncatts({**_attributes(packing), **attributes})
    if values is not None:
        shape = tuple(len(dataset.dimensions[dimension]) for dimension in dimensions)
        variable[...] = pack(name, packing, fill, np.broadcast_to(values, shape))


def flag_attributes(flags: Flags, dtype: str) -> dict[str, Any]:
    """Return the attributes that tell what the codes of a variable of that type mean."""
    return {flags.attribute: np.array(flags.codes, dtype), "flag_meanings": flags.meanings}


def _attributes(packing: Packing) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": packing.long_name}
    if packing.units:
        attributes["units"] = packing.units
    if packing.scale is not None:
        # A scale of one count is written as a count.
        number = np.float64 if isinstance(packing.scale, float) else np.dtype(packing.dtype).type
        attributes["add_offset"] = number(packing.offset)
        attributes["scale_factor"] = number(packing.scale)
    return attributes
