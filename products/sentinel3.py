"""Sentinel-3 SRAL level 2, marine (WAT) and thematic sea-ice (LAN_SI) layouts, as tracks.

Height in the product is ``altitude - product_range - range_correction``, without any bias by
surface class.  Only delay-Doppler records in Ku band (``time_20_ku``) are read; pseudo-LRM
records lie on a time of their own (``time_20_c``).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import netCDF4
import numpy as np
import xarray as xr
from scipy.constants import speed_of_light

from .canonical import make_track
from .netcdf import (
    blocks_to_records,
    check_located,
    decode_time,
    open_netcdf,
    optional,
    required,
    required_flags,
    text_attribute,
    variable_of,
)
from .sentinel3_zip import open_zipped
from .surface import Surface, with_land

#: Files of a SEN3 folder, the richest first.
MEASUREMENTS = ("enhanced_measurement.nc", "standard_measurement.nc", "reduced_measurement.nc")

#: Number of gates of an echo: gate spacing [m] for 320 MHz, and the gate that ``window_range``
#: holds for.  128 (WAT): the product's OCOG range is its 80 % point counted from gate 43, to
#: 1 cm (measured on 50 echoes); 256 (LAN_SI), oversampled twice: from published processors.
ECHOES = {
    128: (speed_of_light / (2 * 320e6), 43.0),
    256: (speed_of_light / (4 * 320e6), 88.0),
}
#: ``tracker_range`` is not referred to the centre of mass, every other range is [m] (measured
#: on Sentinel-3A).
CENTRE_OF_MASS_OFFSET_M = 0.557

#: From this version on (processing baseline 005.02) the processor's sea-ice heights contain the
#: dynamic atmosphere and its anomalies refer to solution 1 of the mean sea surface; before, the
#: inverse barometer alone and solution 2 (measured on 06.18, 07.02, 07.03, 07.11).
DYNAMIC_ATMOSPHERE_SINCE = (7, 3)

#: Columns with their names in the file, less the ending ``_20_ku``.
RECORDS = {
    "altitude": "alt",
    "agc_db": "agc",
    "scale_factor_db": "scale_factor",
    "product_range": "range_sea_ice",
    "product_elevation": "sea_ice_sea_surf",
    "product_sea_level_anomaly": "sea_ice_ssha",
    "product_radar_freeboard": "freeboard",
    "product_peakiness": "peakiness_2",
    "sigma0_db": "sig0_sea_ice_sheet",
    "sea_ice_concentration": "sea_ice_concentration",
    "snow_depth": "snow_depth",
}
#: Columns of the reduced file, which has no sea-ice retracker and only 1 Hz.
REDUCED = {
    "altitude": "alt_01",
    "product_range": "range_ocean_01_ku",
    "product_sea_level_anomaly": "ssha_01_ku",
    "sigma0_db": "sig0_ocean_01_ku",
}
#: Corrections, all at 1 Hz.  The dual-frequency ionosphere is wild over ice, and the radiometer
#: sees the ice: GIM and the model it is.
CORRECTIONS = {
    "dry_troposphere_correction": "mod_dry_tropo_cor_meas_altitude_01",
    "wet_troposphere_correction": "mod_wet_tropo_cor_meas_altitude_01",
    "ionosphere_correction": "iono_cor_gim_01_ku",
    "inverse_barometer_correction": "inv_bar_cor_01",
    "ocean_tide": "ocean_tide_sol2_01",
    "ocean_tide_equilibrium": "ocean_tide_eq_01",
    "load_tide": "load_tide_sol2_01",
    "solid_earth_tide": "solid_earth_tide_01",
    "pole_tide": "pole_tide_01",
}
#: What the product adds to range over sea ice beside the atmosphere.
SUMMED = (
    "dry_troposphere_correction",
    "wet_troposphere_correction",
    "ionosphere_correction",
    "ocean_tide",
    "solid_earth_tide",
    "pole_tide",
)
#: ``surf_type_class``: open ocean, sea ice, lead, unclassified.
SURFACES = {0: Surface.OCEAN, 1: Surface.SEA_ICE, 2: Surface.LEAD}

_NAME = re.compile(
    r"S3(\w)_(SR_2_\w{6})_(\d{8}T\d{6})_\d{8}T\d{6}_\d{8}T\d{6}_\d{4}_(\d{3})_(\d{3})_.*_(\w{3})\.SEN3"
)


def is_sentinel3(path: str | Path) -> bool:
    """Tell whether ``open_sentinel3`` can read the file or SEN3 folder, by its content."""
    try:
        with _open_measurement(Path(path)) as dataset:
            return _is_sral(dataset)
    except ValueError:
        return False


def open_sentinel3(path: str | Path) -> xr.Dataset:
    """Open a Sentinel-3 SRAL level 2 product as a track.

    Parameters
    ----------
    path : path
        A SEN3 folder, or a zip of it, of which the richest file is taken; or an enhanced, standard
        or reduced measurement file, wherever it lies.

    Returns
    -------
    xr.Dataset
        See ``products.canonical.TRACK``; 20 records a second, or 1 from a reduced file.  The
        enhanced file alone has ``waveform`` [counts] and ``window_range``.  ``range_correction``
        is the product's own sum over sea ice; the attribute ``range_correction_atmosphere``
        names its atmosphere term.  ``ocean_tide`` contains ``load_tide`` and
        ``ocean_tide_equilibrium``.  ``product_peakiness`` is that of Laxon.  ``sigma0_db`` is
        the sea-ice retracker's (reduced: the ocean retracker's).  ``product_quality_flag``
        holds the bits of the waveform check.

    Raises
    ------
    ValueError
        If the file is damaged, is no such product, or no record has a time and a position.
    """
    with _open_measurement(Path(path)) as dataset:
        file = dataset.filepath()
        if not _is_sral(dataset):
            raise ValueError(f"{file}: the file is not a Sentinel-3 SRAL level 2 product")
        attributes = _attributes(dataset) | {"source": str(path)}
        rate = "20_ku" if "time_20_ku" in dataset.variables else "01"
        time = decode_time(variable_of(dataset, f"time_{rate}"))
        columns = {
            "longitude": required(dataset, f"lon_{rate}"),
            "latitude": required(dataset, f"lat_{rate}"),
        }
        check_located(file, time, columns["longitude"], columns["latitude"])
        names = REDUCED if rate == "01" else {n: f"{s}_20_ku" for n, s in RECORDS.items()}
        columns |= _present(dataset, names)
        columns |= _present(dataset, {"mean_sea_surface": _mean_sea_surface(dataset, rate)})
        columns |= _corrections(dataset, rate)
        if "range_correction" in columns:
            attributes["range_correction_atmosphere"] = _atmosphere(dataset)
            attributes["ocean_tide_contains"] = "load_tide ocean_tide_equilibrium"
        columns |= _flags(dataset, rate, time.size)
        if "waveform_20_ku" in dataset.variables:
            columns |= _echoes(dataset)
            spacing, gate = ECHOES[columns["waveform"].shape[1]]
            attributes |= {"gate_spacing_m": spacing, "reference_gate": gate}
    return make_track(time, columns, attributes)


def _open_measurement(path: Path) -> netCDF4.Dataset:
    if path.is_file() and is_zipfile(path):
        return open_zipped(path, MEASUREMENTS)
    return open_netcdf(_measurement(path) if path.is_dir() else path)


def _measurement(path: Path) -> Path:
    for name in MEASUREMENTS:
        if (path / name).is_file():
            return path / name
    raise ValueError(f"{path}: the folder has none of the files {', '.join(MEASUREMENTS)}")


def _is_sral(dataset: netCDF4.Dataset) -> bool:
    return (
        text_attribute(dataset, "mission_name").startswith("Sentinel 3")
        and text_attribute(dataset, "altimeter_sensor_name") == "SRAL"
        and not dataset.variables.keys().isdisjoint(("lat_20_ku", "lat_01"))
    )


def _attributes(dataset: netCDF4.Dataset) -> dict[str, Any]:
    path = dataset.filepath()
    name = _NAME.match(text_attribute(dataset, "product_name"))
    if name is None:
        raise ValueError(f"{path}: the attribute product_name is not that of a Sentinel-3 product")
    mission, product, start, cycle, orbit, collection = name.groups()
    baseline = re.search(r"[\d.]+$", text_attribute(dataset, "processing_baseline"))
    high_rate = "time_20_ku" in dataset.variables
    mode = optional(dataset, "instr_op_mode_20_ku" if high_rate else "instr_op_mode_01")
    return {
        "mission": f"s3{mission.lower()}",
        "mode": "LRM" if mode is not None and (mode == 0).all() else "SAR",
        "product": product.rstrip("_"),
        "baseline": baseline[0].lstrip(".") if baseline else collection,
        "track_id": f"s3{mission.lower()}_{cycle}_{orbit}_{start}",
        "rate_hz": 20 if high_rate else 1,
    }


def _is_recent(dataset: netCDF4.Dataset) -> bool:
    """Tell whether the heights are those of IPF 07.03 or later; an unknown version is."""
    version = re.search(r"(\d+)\.(\d+)$", text_attribute(dataset, "source"))
    return version is None or (int(version[1]), int(version[2])) >= DYNAMIC_ATMOSPHERE_SINCE


def _atmosphere(dataset: netCDF4.Dataset) -> str:
    recent = _is_recent(dataset)
    return "dynamic_atmosphere_correction" if recent else "inverse_barometer_correction"


def _mean_sea_surface(dataset: netCDF4.Dataset, rate: str) -> str:
    return f"mean_sea_surf_sol{1 if _is_recent(dataset) else 2}_{rate}"


def _present(dataset: netCDF4.Dataset, names: Mapping[str, str]) -> dict[str, np.ndarray]:
    found = {name: optional(dataset, source) for name, source in names.items()}
    return {name: values for name, values in found.items() if values is not None}


def _corrections(dataset: netCDF4.Dataset, rate: str) -> dict[str, np.ndarray]:
    """Return the corrections, at 20 Hz by block as the processor does it, and their sum."""
    columns = _present(dataset, CORRECTIONS)
    fluctuations = optional(dataset, "hf_fluct_cor_01")
    if fluctuations is not None and "inverse_barometer_correction" in columns:
        columns["dynamic_atmosphere_correction"] = columns["inverse_barometer_correction"] + (
            np.nan_to_num(fluctuations, nan=0.0)  # where there are none, the barometer alone
        )
    if rate == "20_ku" and columns:
        block = required_flags(dataset, "index_1hz_meas_20_ku")
        columns = {name: blocks_to_records(values, block) for name, values in columns.items()}
    summed = (*SUMMED, _atmosphere(dataset))
    if columns.keys() >= set(summed):
        columns["range_correction"] = np.sum([columns[name] for name in summed], axis=0)
    return columns


def _flags(dataset: netCDF4.Dataset, rate: str, count: int) -> dict[str, np.ndarray]:
    surface = np.full(count, Surface.UNKNOWN, dtype=np.int8)
    if f"surf_type_class_{rate}" in dataset.variables:
        product_class = required_flags(dataset, f"surf_type_class_{rate}")
        for code, meaning in SURFACES.items():
            surface[product_class == code] = meaning
    surface = with_land(surface, required(dataset, f"surf_type_{rate}"))
    columns = {"product_surface_class": surface}
    if f"waveform_qual_ice_{rate}" in dataset.variables:
        quality = required_flags(dataset, f"waveform_qual_ice_{rate}")
        columns["product_quality_flag"] = quality.astype(np.int16)
    return columns


def _echoes(dataset: netCDF4.Dataset) -> dict[str, np.ndarray]:
    echoes = required(dataset, "waveform_20_ku").astype(np.float32)
    if echoes.ndim != 2 or echoes.shape[1] not in ECHOES:
        raise ValueError(
            f"{dataset.filepath()}: echoes have the shape {echoes.shape}, not 128 or 256 gates"
        )
    tracker = required(dataset, "tracker_range_20_ku")
    return {"waveform": echoes, "window_range": tracker + _centre_of_mass_offset(dataset)}


def _centre_of_mass_offset(dataset: netCDF4.Dataset) -> float:
    """Return how far the centre of mass lies above where ``tracker_range`` counts from [m].

    It is what the product itself adds to come from the tracker range to the ocean range.
    """
    tracker = required(dataset, "tracker_range_20_ku")
    ocean, epoch = (optional(dataset, f"{n}_20_ku") for n in ("range_ocean", "epoch_ocean"))
    if ocean is None or epoch is None:
        return CENTRE_OF_MASS_OFFSET_M
    offset = ocean - tracker - speed_of_light / 2 * epoch
    known = np.isfinite(offset)
    return round(float(np.median(offset[known])), 3) if known.any() else CENTRE_OF_MASS_OFFSET_M
