"""The columns of a collocation, their meaning, and how they are written."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from ..products.beside import written_beside
from ..products.canonical import TRACK

#: Columns that every collocation has, in their order: Arrow type and meaning.  The columns
#: ``p_lead_<T>m`` stand between ``distance_censored`` and ``quality_flag``.
COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "mission": (pa.dictionary(pa.int32(), pa.string()), "altimeter mission: c2, al, s3a, s3b"),
    "track_id": (pa.string(), "the altimeter pass"),
    "record": (pa.int64(), "place of the record in its file, from 0"),
    "time": (pa.timestamp("ns", tz="UTC"), "time of the altimeter record"),
    "longitude": (pa.float64(), "of the altimeter's nadir [degree east]"),
    "latitude": (pa.float64(), "of the altimeter's nadir [degree north]"),
    "scene_id": (pa.string(), "the SAR scene"),
    "scene_time": (pa.timestamp("ns", tz="UTC"), "time at which the pixel was seen"),
    "lag_s": (pa.float64(), "altimeter time minus SAR pixel time [s]"),
    "drift_dx_m": (pa.float64(), "ice displacement from altimeter to pixel time, along x [m]"),
    "drift_dy_m": (pa.float64(), "the same along y [m]"),
    "drift_method": (pa.string(), "how it is known: pair, vectors, product, displacement, none"),
    "position_sigma_m": (pa.float64(), "standard deviation of either coordinate in the image [m]"),
    "position_xx_m2": (pa.float64(), "variance of that place along x, on the ground [m2]"),
    "position_xy_m2": (pa.float64(), "covariance of it along x and y [m2]"),
    "position_yy_m2": (pa.float64(), "variance of it along y [m2]"),
    "line": (pa.float64(), "where the ice lies in the image, from 0 at the first line's centre"),
    "sample": (pa.float64(), "the same along range"),
    "sigma0_hh_db": (pa.float32(), "mean HH backscatter of the 3 x 3 pixels there [dB]"),
    "sigma0_hv_db": (pa.float32(), "mean HV backscatter of the 3 x 3 pixels there [dB]"),
    "incidence_angle_deg": (pa.float32(), "incidence angle of the pixel [degree]"),
    "distance_to_lead_m": (pa.float64(), "to the closest lead's edge, on the ground, 0 inside [m]"),
    "distance_mean_m": (pa.float64(), "its expectation over position and map, up to the reach [m]"),
    "distance_sigma_m": (pa.float64(), "its standard deviation over position and map [m]"),
    "distance_low_m": (pa.float64(), "it is less with a probability of 16 % [m]"),
    "distance_high_m": (pa.float64(), "it is less with a probability of 84 % [m]"),
    "lead_width_m": (pa.float64(), "width of the closest lead where it is closest [m]"),
    "lead_fraction": (pa.float32(), "expected share of the echo's footprint that is lead"),
    "p_inside_lead": (pa.float32(), "probability that the nadir is inside a lead"),
    "distance_censored": (pa.bool_(), "true where the distance is only a lower bound"),
    "quality_flag": (pa.int32(), "sum of the reasons in FLAGS; 0 is good"),
}  # fmt: skip

#: What the altimeter's own file says of the record, by the reader's name (``products.canonical``);
#: nan where it says nothing.  With these, and ``gate_spacing_m`` and ``reference_gate``, an echo
#: can be put on an absolute axis of range and power.
ALTIMETER = (
    "altitude",
    "window_range",
    "agc_db",
    "scale_factor_db",
    "range_correction",
    "mean_sea_surface",
    "sigma0_db",
    "sea_ice_concentration",
    "product_peakiness",
    "product_surface_class",
    "stack_standard_deviation",
    "stack_kurtosis",
    "stack_skewness",
)
#: The same of all records of a file.
ALTIMETER_ATTRIBUTES = ("rate_hz", "gate_spacing_m", "reference_gate")

#: Bits of ``quality_flag``: why a label is missing, weaker than it looks, or a lower bound.
FLAGS = {
    1: "drift unknown",
    2: "no lead within reach",
    4: "scene ends nearer than the closest lead",
    8: "pixel not imaged",
    16: "echo missing",
    32: "flagged by the altimeter product",
    64: "missing pixels nearer than the closest lead",
}

#: Sentence written into every file beside the columns.
PLANE_NOTE = "drift is along the axes of EPSG:3413 in the north, EPSG:3976 in the south"


def probability_column(distance: float) -> str:
    """Return the name of the column P(distance to lead < ``distance`` [m])."""
    return f"p_lead_{distance:g}m"


def column_names(distances: tuple[float, ...]) -> list[str]:
    """Return the names of all columns in the order in which they are written."""
    names = list(COLUMNS)
    place = names.index("quality_flag")
    names[place:place] = [probability_column(d) for d in distances]
    return [*names, "mode", *ALTIMETER_ATTRIBUTES, *ALTIMETER, "waveform", "geometry"]


def count_flags(quality_flag: np.ndarray) -> dict[str, int]:
    """Return how many records carry each reason."""
    return {text: int(((quality_flag & bit) != 0).sum()) for bit, text in FLAGS.items()}


def write_table(
    path: Path,
    columns: dict[str, np.ndarray],
    waveforms: np.ndarray | None,
    distances: tuple[float, ...],
    provenance: dict[str, Any],
) -> None:
    """Write one GeoParquet file of collocations, beside its name and then renamed.

    Parameters
    ----------
    path : Path
    columns : mapping of name to array (n,)
        All of ``COLUMNS``, ``mode``, ``ALTIMETER_ATTRIBUTES`` and ``ALTIMETER``, and one
        probability for each of ``distances``.
    waveforms : array (n, gates), float32, or None
        Written as a list of fixed size; a column of nulls where there are none.
    distances : tuple of float
        The thresholds T [m] of the probabilities.
    provenance : dict
        Goes into the file's metadata as JSON under the key ``iceco``.
    """
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    types |= {probability_column(d): pa.float32() for d in distances}
    types |= {"mode": pa.string()} | dict.fromkeys(
        [*ALTIMETER_ATTRIBUTES, *ALTIMETER], pa.float64()
    )
    names = column_names(distances)[:-2]
    arrays = [pa.array(columns[n], type=types[n], from_pandas=True) for n in names]
    arrays.append(_lists(waveforms, len(columns["record"])))
    longitude, latitude = (columns[n].astype(np.float64) for n in ("longitude", "latitude"))
    points = shapely.points(longitude, latitude)
    arrays.append(pa.array(shapely.to_wkb(points), type=pa.binary()))
    table = pa.table(arrays, names=[*names, "waveform", "geometry"])
    notes = {
        "columns": {name: text for name, (_, text) in COLUMNS.items()} | _of_the_altimeter(),
        "flags": FLAGS,
        "note": PLANE_NOTE,
    }
    metadata = {"geo": json.dumps(_geo(points)), "iceco": json.dumps(notes | provenance)}
    with written_beside(path) as partial:
        pq.write_table(table.replace_schema_metadata(metadata), partial, compression="zstd")


def _of_the_altimeter() -> dict[str, str]:
    """Return the meanings of the columns that the altimeter's file has."""
    texts = {name: TRACK[name].get("long_name", name.replace("_", " ")) for name in ALTIMETER}
    units = {name: TRACK[name].get("units") for name in ALTIMETER}
    return {name: f"{texts[name]} [{u}]" if (u := units[name]) else texts[name] for name in texts}


def _lists(waveforms: np.ndarray | None, rows: int) -> pa.Array:
    if waveforms is None:
        return pa.nulls(rows, pa.list_(pa.float32()))
    flat = pa.array(np.ascontiguousarray(waveforms, dtype=np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, waveforms.shape[1])


def _geo(points: Any) -> dict[str, Any]:
    """Return the metadata of GeoParquet 1.0 for a column of points in EPSG:4326."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "crs": CRS.from_epsg(4326).to_json_dict(),
    }
    if len(points):
        column["bbox"] = shapely.total_bounds(points).tolist()
    return {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
