"""A dataset of collocations, or what is asked for of it, as a table or as echoes."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias, overload

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import xarray as xr

from .output import SUMMARY

#: Conditions as pyarrow and geopandas take them.
Filters: TypeAlias = "pc.Expression | list[tuple] | list[list[tuple]] | None"


@overload
def open_collocations(
    path: str | Path,
    columns: Iterable[str] | None = None,
    filters: Filters = None,
    as_xarray: Literal[False] = False,
) -> gpd.GeoDataFrame: ...
@overload
def open_collocations(
    path: str | Path,
    columns: Iterable[str] | None = None,
    filters: Filters = None,
    *,
    as_xarray: Literal[True],
) -> xr.Dataset: ...


def open_collocations(
    path: str | Path,
    columns: Iterable[str] | None = None,
    filters: Filters = None,
    as_xarray: bool = False,
) -> gpd.GeoDataFrame | xr.Dataset:
    """Open what ``iceco collocate`` wrote.

    Parameters
    ----------
    path : path
        The folder.
    columns : iterable of str, optional
        Names of the columns to read, by default all; ``geometry`` is always among those of a
        table, ``time``, ``longitude`` and ``latitude`` among those of a dataset.
    filters : list of tuples, or pyarrow.compute.Expression, optional
        Which records to read, of any columns: ``[("p_lead_250m", ">", 0.9)]``.  What a file
        cannot hold, by its folder (``mission``, ``echo``, ``month``) or its statistics, is not
        read.
    as_xarray : bool
        Give a dataset.

    Returns
    -------
    GeoDataFrame, or xr.Dataset
        The table has one row a record, ``waveform`` an array in each.  The dataset has the
        dimension ``time``, and ``gate`` of the waveforms; meanings of the columns are in its
        attributes.

    Raises
    ------
    ValueError
        If the folder is no dataset of collocations, it lacks a column, or echoes of different
        length are asked for as one array.
    """
    path = Path(path)
    if not (path / SUMMARY).is_file():
        raise ValueError(f"{path}: no dataset of collocations ({SUMMARY} is missing)")
    always = ("time", "longitude", "latitude") if as_xarray else ("geometry",)
    names = None if columns is None else list(dict.fromkeys([*columns, *always]))
    condition = pq.filters_to_expression(filters) if isinstance(filters, list) else filters
    tables = [_read(path, part, names, condition) for part in _kinds(path)]
    filled = [table for table in tables if len(table)] or tables[:1]
    return _dataset(path, filled) if as_xarray else _frame(filled)


def _kinds(path: Path) -> Iterator[list[str]]:
    """Give the files of one kind of echo after the other: their columns are alike."""
    kinds = sorted(path.glob("mission=*/echo=*")) or [path]
    for kind in kinds:
        yield [str(file) for file in sorted(kind.rglob("*.parquet"))]


def _read(
    path: Path, files: list[str], names: list[str] | None, condition: pc.Expression | None
) -> pa.Table:
    folders = ds.HivePartitioning.discover(infer_dictionary=True)
    parts = ds.dataset(files, partitioning=folders, partition_base_dir=str(path))
    own = pq.read_schema(files[0]).names
    if names is not None and (missing := [name for name in names if name not in own]):
        raise ValueError(f"{path}: holds no column {', '.join(missing)}")
    try:
        return parts.to_table(columns=names or own, filter=condition)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: the filter cannot be used ({error})") from error


def _frame(tables: list[pa.Table]) -> gpd.GeoDataFrame:
    alike = [_with_lists(table) for table in tables]
    frame = pa.concat_tables(alike).to_pandas()
    points = gpd.GeoSeries.from_wkb(frame["geometry"], crs="EPSG:4326")
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=points)


def _with_lists(table: pa.Table) -> pa.Table:
    """Return a table whose echoes may be of any length, and without the notes on its file."""
    table = table.replace_schema_metadata(None)
    if "waveform" not in table.column_names:
        return table
    place = table.column_names.index("waveform")
    lists = table["waveform"].cast(pa.list_(pa.float32()))
    return table.set_column(place, "waveform", lists)


def _dataset(path: Path, tables: list[pa.Table]) -> xr.Dataset:
    meanings = _meanings(tables[0])
    if len({table.schema.field("waveform").type for table in tables if _echoes(table)}) > 1:
        raise ValueError(
            f"{path}: holds echoes of different length; ask for those of one kind, "
            "[('mission', '==', 'al')], or for columns without waveform"
        )
    table = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    variables = {}
    for name in table.column_names:
        if name in ("geometry", "waveform"):
            continue
        values = table[name].to_pandas()
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_localize(None)
        variables[name] = xr.Variable("time", np.asarray(values), _attributes(name, meanings))
    if _echoes(table):
        echoes = pc.list_flatten(table["waveform"]).to_numpy()
        gates = table.schema.field("waveform").type.list_size
        variables["waveform"] = xr.Variable(("time", "gate"), echoes.reshape(-1, gates))
    return xr.Dataset(variables).set_coords(["time", "longitude", "latitude"])


def _echoes(table: pa.Table) -> bool:
    """Tell whether a table holds echoes of one length; in one without records they have none."""
    return "waveform" in table.column_names and pa.types.is_fixed_size_list(
        table.schema.field("waveform").type
    )


def _meanings(table: pa.Table) -> dict[str, str]:
    return json.loads(table.schema.metadata[b"iceco"])["columns"]


def _attributes(name: str, meanings: dict[str, str]) -> dict[str, str]:
    return {"long_name": meanings[name]} if name in meanings else {}
