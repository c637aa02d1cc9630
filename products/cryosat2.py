"""CryoSat-2 SIRAL, level 1b and level 2 in-depth (L2I), NetCDF baselines D and later, as tracks.

Times in the files are TAI.  Height in the product is ``altitude - product_range -
range_correction``, and lower by ``NOT_LEAD_BIAS_M`` in every SAR record that is not a lead.
"""

import re
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from scipy.constants import speed_of_light

from ..geo.timescale import tai_to_utc
from .canonical import make_track
from .netcdf import (
    blocks_to_records,
    check_located,
    decode_time,
    open_netcdf,
    required,
    required_flags,
    text_attribute,
    variable_of,
)
from .surface import Surface, with_land

#: Chirp bandwidth of SIRAL [Hz] (CryoSat-2 Product Handbook).
BANDWIDTH = 320e6
#: Gate spacing [m].  SAR and SARIn echoes are oversampled twice in range, LRM echoes are not.
GATE_SPACING_M = {
    "LRM": speed_of_light / (2 * BANDWIDTH),
    "SAR": speed_of_light / (4 * BANDWIDTH),
    "SARIN": speed_of_light / (4 * BANDWIDTH),
}
#: What L2I subtracts from the SAR heights of all records but leads [m] (measured, baseline D).
NOT_LEAD_BIAS_M = 0.162

#: Column of a 1 Hz correction: its name in the file, and its bit in ``flag_height_20_ku``.
CORRECTIONS = {
    "dry_troposphere_correction": ("mod_dry_tropo_cor_01", 134217728),
    "wet_troposphere_correction": ("mod_wet_tropo_cor_01", 67108864),
    "inverse_barometer_correction": ("inv_bar_cor_01", 33554432),
    # The "total" fluctuations contain the inverse barometer: never add both.
    "dynamic_atmosphere_correction": ("hf_fluct_total_cor_01", 16777216),
    "ocean_tide": ("ocean_tide_01", 2097152),
    "ocean_tide_equilibrium": ("ocean_tide_eq_01", 1048576),
    "load_tide": ("load_tide_01", 524288),
    "solid_earth_tide": ("solid_earth_tide_01", 262144),
    "pole_tide": ("pole_tide_01", 131072),
}
IONOSPHERE_GIM = 8388608
IONOSPHERE_MODEL = 4194304
#: Atmosphere column that L2I applies over sea ice, by mode.
ATMOSPHERE = {
    "LRM": "inverse_barometer_correction",
    "SAR": "inverse_barometer_correction",
    "SARIN": "dynamic_atmosphere_correction",
}

#: Columns of both levels with their names in the file.
COMMON = {
    "longitude": "lon_20_ku",
    "latitude": "lat_20_ku",
    "altitude": "alt_20_ku",
}
#: Parameters of the stack of beams; without meaning in LRM.
STACK = {
    "stack_standard_deviation": "stack_std_20_ku",
    "stack_kurtosis": "stack_kurtosis_20_ku",
    "stack_skewness": "stack_skewness_20_ku",
}
#: Columns of L2I alone; the radar freeboard changed its name with baseline E.
LEVEL2 = {
    "mean_sea_surface": "mean_sea_surf_sea_ice_20_ku",
    "product_range": "range_1_20_ku",
    "product_elevation": "height_1_20_ku",
    "product_sea_level_anomaly": "ssha_20_ku",
    "product_peakiness": "peakiness_20_ku",
    "sigma0_db": "sig0_1_20_ku",
    "sea_ice_concentration": "sea_ice_concentration_20_ku",
    "snow_depth": "snow_depth_20_ku",
}
RADAR_FREEBOARD = ("radar_freeboard_20_ku", "freeboard_20_ku")

#: Bits of ``flag_surf_type_class_20_ku`` that name a surface, the decisive last.
SURFACE_BITS = {
    4: Surface.LAND,  # lrm_land_ice
    2: Surface.OCEAN,  # lrm_ocean
    64: Surface.OCEAN,  # sar_ocean
    128: Surface.SEA_ICE,  # sar_sea_ice
    256: Surface.LEAD,  # sar_lead
}
LRM_LAND_ICE = 4

#: Bits of ``flag_mcd_20_ku`` above this one, its sign bit too, mark a degraded echo.
LAST_HARMLESS_CONFIDENCE_BIT = 4096
HEIGHT_1_ERROR = 4096  # bit of ``flag_quality_20_ku``

_NAME = re.compile(r"CS_.{4}_(SIR_\w{6})_(\d{8}T\d{6})_\d{8}T\d{6}_(\w)\d{3}")


def is_cryosat2(path: str | Path) -> bool:
    """Tell whether ``open_cryosat2`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_siral(dataset)
    except ValueError:
        return False


def open_cryosat2(path: str | Path) -> xr.Dataset:
    """Open a CryoSat-2 L1b or L2I file (LRM, SAR or SARIn) as a track.

    Returns
    -------
    xr.Dataset
        See ``products.canonical.TRACK``; records are in the order of the file, 20 a second.
        L1b has ``waveform`` [W] and ``window_range``, the range to gate ``reference_gate``; L2I
        has the product's retracked heights.  ``ocean_tide`` is the pure ocean tide.
        ``range_correction`` sums the corrections that L2I applies: as its ``flag_height`` says
        record by record, in L1b as L2I does it over sea ice; the attribute
        ``range_correction_atmosphere`` names the atmosphere term.  ``product_peakiness`` is
        ESA's (empty gates left out in SAR).  ``product_quality_flag`` is 1 where the
        measurement confidence is degraded or height_1 is in error.  Stack parameters are left
        out in LRM, and the sea level anomaly is nan over land ice, where the product writes 0.

    Raises
    ------
    ValueError
        If the file is damaged, is no such product, or no record has a time and a position.
    """
    path = Path(path)
    with open_netcdf(path) as dataset:
        if not _is_siral(dataset):
            raise ValueError(f"{path}: the file is not a CryoSat-2 SIRAL L1b or L2I product")
        attributes = _attributes(dataset)
        mode = attributes["mode"]
        time = _utc(path, decode_time(variable_of(dataset, "time_20_ku")))
        columns = {name: required(dataset, source) for name, source in COMMON.items()}
        check_located(path, time, columns["longitude"], columns["latitude"])
        corrections = _corrections(dataset)
        columns |= corrections
        if mode != "LRM":
            columns |= {name: required(dataset, source) for name, source in STACK.items()}
        if "pwr_waveform_20_ku" in dataset.variables:
            columns |= _level1b(dataset)
            columns["range_correction"] = _sum_over_sea_ice(corrections, mode)
            attributes |= {
                "gate_spacing_m": GATE_SPACING_M[mode],
                "reference_gate": columns["waveform"].shape[1] / 2,
                "range_correction_atmosphere": ATMOSPHERE[mode],
            }
        else:
            columns |= _level2(dataset)
            columns["range_correction"] = _sum_applied(dataset, corrections)
            attributes["range_correction_atmosphere"] = "by record: flag_height_20_ku"
    return make_track(time, columns, attributes)


def _is_siral(dataset: netCDF4.Dataset) -> bool:
    return (
        text_attribute(dataset, "mission").lower() == "cryosat"
        and "time_20_ku" in dataset.variables
        and not dataset.variables.keys().isdisjoint(("pwr_waveform_20_ku", "height_1_20_ku"))
    )


def _attributes(dataset: netCDF4.Dataset) -> dict[str, Any]:
    path = dataset.filepath()
    name = _NAME.match(text_attribute(dataset, "product_name"))
    if name is None:
        raise ValueError(f"{path}: the attribute product_name is not that of a CryoSat-2 product")
    mode = text_attribute(dataset, "sir_op_mode").upper()
    if mode not in GATE_SPACING_M:
        raise ValueError(f"{path}: the instrument mode {mode!r} is not LRM, SAR or SARIN")
    return {
        "mission": "c2",
        "mode": mode,
        "product": name[1].rstrip("_"),
        "baseline": name[3],
        "track_id": f"c2_{name[2]}_{mode}",
        "rate_hz": 20,
        "source": str(path),
        # "fos predicted" is off by metres.
        "orbit_source": text_attribute(dataset, "vector_source"),
        "ocean_tide_contains": "",
    }


def _utc(path: Path, tai: np.ndarray) -> np.ndarray:
    try:
        return tai_to_utc(tai)
    except ValueError as error:
        raise ValueError(f"{path}: the times are damaged ({error})") from error


def _corrections(dataset: netCDF4.Dataset) -> dict[str, np.ndarray]:
    """Return the corrections at 20 Hz, by block as ESA does it."""
    block = required_flags(dataset, "ind_meas_1hz_20_ku")

    def at_20hz(name: str) -> np.ndarray:
        return blocks_to_records(required(dataset, name), block)

    corrections = {name: at_20hz(source) for name, (source, _) in CORRECTIONS.items()}
    gim, model = at_20hz("iono_cor_gim_01"), at_20hz("iono_cor_01")
    modelled = np.isnan(gim)
    if "flag_height_20_ku" in dataset.variables:
        modelled = (required_flags(dataset, "flag_height_20_ku") & IONOSPHERE_MODEL) != 0
    corrections["ionosphere_correction"] = np.where(modelled, model, gim)
    return corrections


def _sum_over_sea_ice(corrections: dict[str, np.ndarray], mode: str) -> np.ndarray:
    other_atmosphere = set(ATMOSPHERE.values()) - {ATMOSPHERE[mode]}
    return np.sum([v for name, v in corrections.items() if name not in other_atmosphere], axis=0)


def _sum_applied(dataset: netCDF4.Dataset, corrections: dict[str, np.ndarray]) -> np.ndarray:
    """Return the sum of what each record's height status flag says was added to its range."""
    flag = required_flags(dataset, "flag_height_20_ku")
    bits = {name: bit for name, (_, bit) in CORRECTIONS.items()}
    bits["ionosphere_correction"] = IONOSPHERE_GIM | IONOSPHERE_MODEL
    return np.sum(
        [np.where(flag & bit, corrections[name], 0.0) for name, bit in bits.items()], axis=0
    )


def _level1b(dataset: netCDF4.Dataset) -> dict[str, np.ndarray]:
    scale = required(dataset, "echo_scale_factor_20_ku")
    watts_per_count = scale * 2.0 ** required(dataset, "echo_scale_pwr_20_ku")
    counts = required(dataset, "pwr_waveform_20_ku")
    surface_type = blocks_to_records(
        required(dataset, "surf_type_01"), required_flags(dataset, "ind_meas_1hz_20_ku")
    )
    return {
        "waveform": (counts * watts_per_count[:, np.newaxis]).astype(np.float32),
        "window_range": speed_of_light / 2 * required(dataset, "window_del_20_ku"),
        "agc_db": required(dataset, "agc_ch1_20_ku"),
        "product_surface_class": with_land(np.zeros(scale.size, np.int8), surface_type),
        "product_quality_flag": _degraded(dataset).astype(np.int8),
    }


def _level2(dataset: netCDF4.Dataset) -> dict[str, np.ndarray]:
    columns = {name: required(dataset, source) for name, source in LEVEL2.items()}
    for source in RADAR_FREEBOARD:
        if source in dataset.variables:
            columns["product_radar_freeboard"] = required(dataset, source)
    bits = required_flags(dataset, "flag_surf_type_class_20_ku")
    columns["product_sea_level_anomaly"][(bits & LRM_LAND_ICE) != 0] = np.nan
    columns["product_surface_class"] = with_land(
        classes_of_bits(bits), required(dataset, "surf_type_20_ku")
    )
    quality = required_flags(dataset, "flag_quality_20_ku")
    failed = ((quality & HEIGHT_1_ERROR) != 0) | (quality < 0)
    columns["product_quality_flag"] = (failed | _degraded(dataset)).astype(np.int8)
    return columns


def classes_of_bits(bits: np.ndarray) -> np.ndarray:
    """Return CCI surface classes, int8, of ``flag_surf_type_class_20_ku``, int (n,).

    In SARIn two bits are set, "sarin_valid" and the class of the SAR discriminator (272 = lead).
    """
    surface = np.full(bits.shape, Surface.UNKNOWN, dtype=np.int8)
    for bit, value in SURFACE_BITS.items():
        surface[(bits & bit) != 0] = value
    return surface


def _degraded(dataset: netCDF4.Dataset) -> np.ndarray:
    confidence = required_flags(dataset, "flag_mcd_20_ku")
    return (confidence < 0) | (confidence > LAST_HARMLESS_CONFIDENCE_BIT)
