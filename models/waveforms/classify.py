"""Track files with what a model says of each of their echoes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from ... import __version__
from ...collocate.output import checksum
from ...products.beside import written_beside
from .examples import decibel
from .features import features
from .model import Model
from .radargram import radargram
from .reading import Answers, answers_of, read_along
from .sequences import kind_of

#: Variables of a classified track beside time and place, as CF describes them.
CLASSIFIED: dict[str, dict[str, Any]] = {
    "lead_probability": {
        "long_name": "probability that a lead is nearer than the lead distance",
        "units": "1",
        "valid_range": np.array([0.0, 1.0], dtype=np.float32),
    },
    "distance_to_lead": {
        "long_name": "distance from nadir to the edge of the closest lead, median",
        "units": "m",
    },
    "distance_to_lead_uncertainty": {
        "long_name": "half the way from the 16 % to the 84 % quantile of that distance",
        "units": "m",
    },
    "distance_to_lead_p16": {"long_name": "16 % quantile of that distance", "units": "m"},
    "distance_to_lead_p84": {"long_name": "84 % quantile of that distance", "units": "m"},
}

#: Values of ``quality_flag``.
GOOD, NO_ECHO, FLAGGED = 0, 1, 2
QUALITY = {
    "long_name": "whether the echo could be read",
    "flag_values": np.array([GOOD, NO_ECHO, FLAGGED], dtype=np.int8),
    "flag_meanings": "good echo_missing flagged_by_the_product",
}

TIME_UNITS = "microseconds since 2000-01-01 00:00:00"


def classify(track: xr.Dataset, model: Model, workers: int = 1) -> xr.Dataset:
    """Return what a model says of the echoes of a track.

    Parameters
    ----------
    track : dataset
        Canonical track of one mission and mode, in order of time; of any length.
    model : Model
    workers : int
        Threads; what comes out does not depend on them.

    Returns
    -------
    dataset over ``time``
        ``record``, ``longitude``, ``latitude``, the variables of ``CLASSIFIED``, float32 and nan
        where there is no echo, and ``quality_flag``.

    Raises
    ------
    ValueError
        If the track has no echoes, or of a kind that the model was not trained on.
    """
    require_echoes(track, model)
    seen = radargram(track)
    columns = features(track, seen)
    answers, missing = _read(seen, columns, track, model, workers)
    flagged = track["product_quality_flag"].values != 0 if "product_quality_flag" in track else 0
    quality = np.where(missing, NO_ECHO, np.where(flagged, FLAGGED, GOOD)).astype(np.int8)
    values = dict(zip(CLASSIFIED, answers, strict=True)) | {"quality_flag": quality}
    told = CLASSIFIED | {"quality_flag": QUALITY}
    named = {name: ("time", values[name], told[name]) for name in values}
    result = xr.Dataset(named, coords=track[["record"]].coords).assign(record=track["record"])
    return result.assign_attrs(
        {name: track.attrs[name] for name in ("mission", "mode", "track_id")}
        | {"lead_distance_m": model.settings.lead_distance_m, "model_sha256": model.sha256}
    )


def require_echoes(track: xr.Dataset, model: Model) -> None:
    """Refuse a track that the model cannot read.

    Raises
    ------
    ValueError
    """
    source = track.attrs["source"]
    if track.sizes["time"] == 0:
        raise ValueError(f"{source}: holds no record with a time")
    if "waveform" not in track:
        raise ValueError(
            f"{source}: holds no echoes; take level 1b of CryoSat-2, SGDR of AltiKa, enhanced "
            "measurements of Sentinel-3"
        )
    kind = kind_of(track.attrs["mission"], track.attrs["mode"])
    if kind not in model.settings.kinds:
        raise ValueError(
            f"{source}: the model was trained on {', '.join(model.settings.kinds)}, not on {kind}; "
            "take another model"
        )


def write_classified(
    result: xr.Dataset, path: str | Path, source: Path, model_folder: Path
) -> None:
    """Write what ``classify`` returned as CF NetCDF; the file appears whole or not at all.

    Parameters
    ----------
    result : dataset
    path : path
    source, model_folder : path
        The product and the model, which the file names with their checksums.
    """
    attributes = {
        "Conventions": "CF-1.11",
        "title": "Leads in altimeter echoes",
        "featureType": "trajectory",
        "software": f"iceco {__version__}",
        "input": source.name,
        "input_sha256": checksum(source),
        "model": model_folder.resolve().name,
        **result.attrs,
    }
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF4") as dataset,
    ):
        dataset.setncatts(attributes)
        dataset.createDimension("time", result.sizes["time"])
        _write_time(dataset, result["time"].values)
        _write_id(dataset, result.attrs["track_id"])
        for name in ("longitude", "latitude", "record", *CLASSIFIED, "quality_flag"):
            _write(dataset, name, result[name].values, result[name].attrs)


def _read(
    seen: Any,
    columns: Mapping[str, np.ndarray],
    track: xr.Dataset,
    model: Model,
    workers: int,
) -> tuple[Answers, np.ndarray]:
    """Return the answers, and which echoes are missing."""
    settings = model.settings
    echo = decibel(seen.packed if settings.packed else seen.power)
    table = np.stack([columns[name] for name in settings.features], axis=-1)
    step = np.diff(seen.along, prepend=np.nan).astype(np.float32)
    kind = settings.kinds.index(kind_of(track.attrs["mission"], track.attrs["mode"]))
    raw = read_along(model.network, echo, table, step, kind, settings.sequence, workers)
    missing = ~np.isfinite(echo).any(axis=1)
    return answers_of(raw, settings.calibration, missing), missing


def _write(
    dataset: netCDF4.Dataset, name: str, values: np.ndarray, attributes: Mapping[str, Any]
) -> None:
    fill = np.nan if name in CLASSIFIED else None
    variable = dataset.createVariable(name, values.dtype, ("time",), fill_value=fill, zlib=True)
    variable.set_auto_maskandscale(False)
    place = {} if name in ("longitude", "latitude") else {"coordinates": "longitude latitude"}
    variable.setncatts({**attributes, **place})
    variable[:] = values


def _write_time(dataset: netCDF4.Dataset, time: np.ndarray) -> None:
    variable = dataset.createVariable("time", "i8", ("time",), zlib=True)
    variable.setncatts(
        {"standard_name": "time", "units": TIME_UNITS, "calendar": "standard", "axis": "T"}
    )
    since = time.astype("M8[ns]") - np.datetime64("2000-01-01", "ns")
    variable[:] = np.rint(since / np.timedelta64(1, "us")).astype(np.int64)


def _write_id(dataset: netCDF4.Dataset, track_id: str) -> None:
    variable = dataset.createVariable("trajectory", str, ())
    variable.setncatts({"cf_role": "trajectory_id", "long_name": "the altimeter pass"})
    variable[...] = track_id
