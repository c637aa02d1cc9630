"""Ice charts in SIGRID-3, the shapefile format of the ice services.

Codes and their meaning: WMO, SIGRID-3 version 3.0, JCOMM Technical Report 23 (2014).  All codes
are text in the files; -9, an empty text and 99 mean "not told".
"""

import re
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely

from ..geo.polar import PolarPlane

#: Column of a chart: its name in the file.  A is the thickest ice, not the most abundant.
CODES = {
    "stage_a": "SA",
    "stage_b": "SB",
    "stage_c": "SC",
    "stage_trace": "CN",  # thicker than A, less than a tenth
    "stage_remaining": "CD",  # thinner than C
    "form_a": "FA",
    "form_b": "FB",
    "form_c": "FC",
    "form_predominant": "CF",
}
CONCENTRATIONS = {
    "total_concentration": "CT",
    "partial_concentration_a": "CA",
    "partial_concentration_b": "CB",
    "partial_concentration_c": "CC",
}

#: Every column that is read.
KNOWN = {*CODES.values(), *CONCENTRATIONS.values(), "POLY_TYPE"}

#: Columns without which a shapefile is no ice chart.
NEEDED = {"CT", "SA", "FA", "POLY_TYPE"}

#: Concentrations that are not a pair of tenths [percent].  Bergy water holds no sea ice.
SPECIAL_CONCENTRATIONS = {"0": 0.0, "00": 0.0, "1": 5.0, "01": 5.0, "2": 0.0, "02": 0.0}
SPECIAL_CONCENTRATIONS |= {"55": 0.0, "92": 100.0}

#: The ways of saying that nothing is known.
NOT_TOLD = ("", "-9", "99")

#: Edges in longitude and latitude are cut to this length before they are projected [degree].
LONGEST_EDGE = 0.25


def is_chart(path: str | Path) -> bool:
    """Return whether a shapefile, zip or folder is a SIGRID-3 ice chart.

    A folder is one when it holds nothing beside the chart.
    """
    path = Path(path)
    try:
        if path.is_dir() and not _is_alone(path, Path(_shapefile(path))):
            return False
        return _columns(_shapefile(path)).issuperset(NEEDED)
    except ValueError:
        return False


def open_chart(path: str | Path) -> geopandas.GeoDataFrame:
    """Open a SIGRID-3 ice chart.

    Parameters
    ----------
    path : path
        The ``.shp``, the folder it lies in with its companions, or a zip of them.

    Returns
    -------
    GeoDataFrame
        One row per polygon: ``total_concentration`` and ``partial_concentration_a`` to ``_c``,
        float64 [percent], the middle of an interval, nan where not told; ``stage_*`` and
        ``form_*``, the Int64 codes of SIGRID-3, NA where not told; ``polygon_type`` (I ice,
        W water, L land, N no data, S ice shelf); valid polygons in the projection of the
        ``.prj``.  ``attrs`` holds ``time`` (datetime64[ns], NaT where the name tells none),
        ``source`` and ``unknown_codes``: column, code and number of rows with a code that
        SIGRID-3 does not have, read as not told.

    Raises
    ------
    ValueError
        If the chart is absent, damaged or incomplete, holds no ice-chart columns, names no map
        projection, or is a zip whose members climb out of it.
    """
    path = Path(path)
    shapefile = _shapefile(path)
    try:
        names = pyogrio.read_info(shapefile)["fields"]
        raw = pyogrio.read_dataframe(shapefile, columns=[n for n in names if n.upper() in KNOWN])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise ValueError(f"{path}: the chart is damaged or incomplete ({error})") from error
    raw.columns = [n if n == raw.geometry.name else n.upper() for n in raw.columns]
    missing = NEEDED - set(raw.columns)
    if missing:
        raise ValueError(f"{path}: no ice chart, the columns {sorted(missing)} are missing")
    if raw.crs is None:
        raise ValueError(
            f"{path}: the chart has no .prj and so no map projection; put the .prj beside the .shp"
        )
    chart = geopandas.GeoDataFrame(
        _decoded(raw), geometry=_polygons(raw.geometry.values), crs=raw.crs
    )
    chart.attrs = {
        "time": _time(Path(shapefile).name),
        "source": str(path),
        "unknown_codes": _unknown_codes(raw),
    }
    return chart


def project_chart(chart: geopandas.GeoDataFrame, plane: PolarPlane) -> geopandas.GeoDataFrame:
    """Return a chart on a polar plane.

    An edge in longitude and latitude follows its parallel, and near the pole a parallel is a
    tight circle: the edges of charts in degrees are cut into short ones first.
    """
    if chart.crs.is_geographic:
        chart = chart.set_geometry(chart.geometry.segmentize(LONGEST_EDGE))
    return chart.to_crs(plane.epsg)


def decode_concentration(codes: pd.Series) -> pd.Series:
    """Return concentrations [percent] from the codes of CT, CA, CB and CC (SIGRID-3 table 1).

    Two different digits are an interval in tenths, "46" four to six; a second digit 1 is ten
    tenths, "81" eight to ten.  The middle is returned; nan where not told or no code.
    """
    decoded = {code: _concentration(code) for code in codes.unique()}
    return codes.map(decoded).astype(np.float64)


def shapefiles_in_zip(path: Path) -> list[str]:
    """Return the names of the shapefiles in a zip.

    Raises
    ------
    ValueError
        If the zip is damaged or a name in it climbs out of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"{path}: neither a shapefile nor a readable zip ({error}); if it is a zip, it is cut "
            "off: copy it again"
        ) from error
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise ValueError(
                f"{path}: the zip holds {name!r}, which leads out of it; it is refused"
            )
    return [name for name in names if name.lower().endswith(".shp")]


def _concentration(code: str) -> float:
    if code in SPECIAL_CONCENTRATIONS:
        return SPECIAL_CONCENTRATIONS[code]
    if not re.fullmatch(r"[1-9]\d", code) or code in NOT_TOLD:
        return np.nan
    low, high = int(code[0]), int(code[1])
    if high == 0:
        return 10.0 * low
    if high == 1 and low in (8, 9):
        high = 10
    return 5.0 * (low + high) if high > low else np.nan


def _decoded(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the chart's columns from the texts of the file."""
    columns: dict[str, pd.Series] = {
        name: decode_concentration(_texts(raw, source)) for name, source in CONCENTRATIONS.items()
    }
    for name, source in CODES.items():
        columns[name] = pd.to_numeric(_texts(raw, source), errors="coerce").astype("Int64")
        columns[name] = columns[name].where(~columns[name].isin([-9, 99]))
    columns["polygon_type"] = _texts(raw, "POLY_TYPE").str.upper()
    table = pd.DataFrame(columns)
    water = (table["polygon_type"] == "W") & table["total_concentration"].isna()
    table.loc[water, "total_concentration"] = 0.0
    # Where the ice is of one type its partial concentration is left out: it is the total.
    others = table[["stage_b", "stage_c", "stage_remaining"]].notna().any(axis=1)
    single = table["stage_a"].notna() & ~others & table["partial_concentration_a"].isna()
    table.loc[single, "partial_concentration_a"] = table["total_concentration"]
    return table


def _texts(raw: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as stripped text, "" where nothing stands; numbers lose their ".0"."""
    if column not in raw.columns:
        return pd.Series("", index=raw.index)
    texts = raw[column].astype("string").fillna("").str.strip()
    return texts.str.replace(r"\.0+$", "", regex=True)


def _unknown_codes(raw: pd.DataFrame) -> list[tuple[str, str, int]]:
    found = []
    for column in (*CONCENTRATIONS.values(), *CODES.values()):
        texts = _texts(raw, column)
        texts = texts[~texts.isin(NOT_TOLD)]
        if column in CONCENTRATIONS.values():
            unknown = texts[decode_concentration(texts).isna()]
        else:
            unknown = texts[~texts.str.fullmatch(r"\d+")]
        found += [(column, str(code), int(n)) for code, n in unknown.value_counts().items()]
    return found


def _polygons(geometry: np.ndarray) -> np.ndarray:
    """Return valid (multi)polygons: rings that cross themselves are resolved, loose lines go."""
    valid = shapely.make_valid(np.asarray(geometry, dtype=object))
    mixed = shapely.get_type_id(valid) == shapely.GeometryType.GEOMETRYCOLLECTION
    for i in np.flatnonzero(mixed):
        parts = shapely.get_parts(valid[i])
        valid[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return valid


def _shapefile(path: Path) -> str:
    """Return the one shapefile in a folder or zip, as pyogrio names it."""
    if not path.exists():
        raise ValueError(f"{path}: there is no such file")
    if path.is_dir():
        shapefiles = [str(p) for p in sorted(path.iterdir()) if p.suffix.lower() == ".shp"]
    elif path.suffix.lower() != ".shp":
        shapefiles = [f"/vsizip/{{{path.resolve()}}}/{name}" for name in shapefiles_in_zip(path)]
    else:
        shapefiles = [str(path)]
    if len(shapefiles) != 1:
        raise ValueError(f"{path}: {len(shapefiles)} shapefiles found where a chart has one")
    return shapefiles[0]


def _is_alone(folder: Path, shapefile: Path) -> bool:
    names = [path.name for path in folder.iterdir()]
    return all(n.startswith((shapefile.stem, ".")) or n.endswith(".xml") for n in names)


def _columns(shapefile: str) -> set[str]:
    try:
        return {str(name).upper() for name in pyogrio.read_info(shapefile)["fields"]}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise ValueError(f"{shapefile}: the shapefile is damaged ({error})") from error


def _time(name: str) -> np.datetime64:
    """Return the time a chart is valid for from its name: YYYYMMDD or YYYYMMDDhhmm, or NaT."""
    found = re.search(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d))?(?!\d)", name)
    if found is None:
        return np.datetime64("NaT", "ns")
    year, month, day, hour, minute = found.groups(default="00")
    try:
        return np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}", "ns")
    except ValueError:
        return np.datetime64("NaT", "ns")
