"""A CryoSat-2 L1b SAR file from a track, in the layout of ESA: for simulated worlds and tests.

Every variable of baseline E is there (``cryosat2_layout``).  What follows neither from the track
nor from ``CONSTANTS`` is missing throughout and says "not simulated" in its comment.
"""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from scipy.constants import speed_of_light

from ..geo.orbit import geodetic_to_ecef
from ..geo.timescale import utc_to_tai
from .beside import written_beside
from .cryosat2 import CORRECTIONS, GATE_SPACING_M
from .cryosat2_layout import FLAGS, VARIABLES, coordinates_of, dimensions_of, fill_of
from .packed import flag_attributes, write_variable
from .stamps import rounded, stamp
from .surface import Surface

GATES = 256
REFERENCE_GATE = 128.0
#: Gates of a 1 Hz averaged echo, of which there is none.
AVERAGED_GATES = 128
#: Records of a 1 Hz block of corrections; the last may have fewer.
BLOCK = 20
EPOCH = np.datetime64("2000-01-01T00:00:00", "ns")
#: Counts of the strongest gate of every echo.
PEAK = 65535
#: Worth of a count of ``echo_scale_factor_20_ku``.
SCALE_COUNT = 1e-9
#: Gates from which the noise is taken, before any surface returns.
NOISE_GATES = slice(10, 20)
BLOCK_DEGRADED = -(2**31)  # bit of ``flag_mcd_20_ku``
OCEAN_TYPE, LAND_TYPE = 0, 3  # codes of ``surf_type_01``

#: Columns without which there is no L1b file.
NEEDED = ("altitude", "window_range", "waveform", "ionosphere_correction", *CORRECTIONS)
#: Columns that are written where the track has them: names in the file.
WANTED = {
    "agc_db": ("agc_ch1_20_ku", "agc_ch2_20_ku"),
    "stack_standard_deviation": ("stack_std_20_ku",),
    "stack_kurtosis": ("stack_kurtosis_20_ku",),
    "stack_skewness": ("stack_skewness_20_ku",),
}
#: The same in every record.  The instrument's state, gain and power are those of a SAR file of
#: 2014; corrections of the instrument are in the simulated window range and power already.
CONSTANTS: dict[str, Any] = {
    "beam_dir_vec_20_ku": (1.0, 0.0, 0.0),
    "inter_base_vec_20_ku": (0.0, 0.0, -1.0),
    "off_nadir_pitch_angle_str_20_ku": 0.0,
    "off_nadir_roll_angle_str_20_ku": 0.0,
    "off_nadir_yaw_angle_str_20_ku": 0.0,
    "dop_cor_20_ku": 0.0,
    "instr_cor_gain_rx_20_ku": 0.0,
    "instr_cor_gain_tx_rx_20_ku": 0.0,
    "instr_cor_range_rx_20_ku": 0.0,
    "instr_cor_range_tx_rx_20_ku": 0.0,
    "uso_cor_20_ku": 0.0,
    "tot_gain_ch1_20_ku": 35.0,
    "tot_gain_ch2_20_ku": 35.0,
    "transmit_pwr_20_ku": 21.877616,
    "flag_instr_conf_rx_bwdt_20_ku": 1,  # 320 MHz
    "flag_instr_conf_rx_flags_20_ku": 0,
    "flag_instr_conf_rx_in_use_20_ku": 1,
    "flag_instr_conf_rx_str_in_use_20_ku": 4,
    "flag_instr_conf_rx_trk_mode_20_ku": 2,  # SAR
    "flag_instr_mode_att_ctrl_20_ku": 2,  # yaw steering
    "flag_instr_mode_flags_20_ku": 0,
    "flag_instr_mode_op_20_ku": 2,  # SAR
    "flag_echo_20_ku": -32768 + 8192 + 512 + 256,
    "flag_cor_status_01": 4095,  # all called
    "flag_cor_err_01": 0,
    # There is no averaged echo, and its variable cannot be missing.
    "flag_echo_avg_01_ku": -32768,  # not computed
    "echo_numval_avg_01_ku": 0,
    "pwr_waveform_avg_01_ku": 0,
}
#: What a reader must know and no other attribute says.
COMMENTS = {
    **dict.fromkeys(
        (name for name in VARIABLES if name.startswith("time_")),
        "TAI time counted in seconds since 2000-01-01 00:00:00",
    ),
    "pwr_waveform_20_ku": "pwr_waveform_20_ku * echo_scale_factor_20_ku * "
    "2^echo_scale_pwr_20_ku is the power in watts",
    "window_del_20_ku": "from the centre of mass; all corrections of the instrument are in it",
    "hf_fluct_total_cor_01": "contains inv_bar_cor_01: use one of the two",
    "iono_cor_01": "as iono_cor_gim_01: use one of the two",
}
#: A crossing of the ascending node and its orbit (header of an ESA file), and the time between
#: two (from the headers of three): made-up orbits get plausible numbers.
KNOWN_NODE = np.datetime64("2014-11-18T08:02:55", "ns")
KNOWN_ORBIT = 24450
ORBIT_SECONDS = 5953.61
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def cryosat2_name(first: np.datetime64, last: np.datetime64) -> str:
    """Return the name of an L1b SAR file of baseline E from its first and last UTC time."""
    return f"CS_LTA__SIR_SAR_1B_{stamp(first)}_{stamp(last)}_E001.nc"


def write_cryosat2(path: str | Path, track: xr.Dataset) -> None:
    """Write a track as a CryoSat-2 L1b SAR file that ``products.cryosat2.open_cryosat2`` reads.

    Parameters
    ----------
    path : path
        Appears whole or not at all.  The field's name for it: ``cryosat2_name``.
    track : xr.Dataset
        A track with ``altitude``, ``window_range``, all corrections, and ``waveform`` [W] on
        the 256 gates of SAR, each echo whole or nan.  ``ocean_tide`` must be the pure ocean
        tide.  Corrections and land are kept once a block of 20 records: those of its first
        record, as ESA has it; ``record`` says where blocks begin.  AGC, stack parameters, land
        and quality are written where the track has them; ``range_correction`` follows from the
        others.

    Raises
    ------
    ValueError
        If the track has fewer than two located records, lacks a column, has other gates, or
        holds a number that the packing of the file cannot.
    """
    _check(track)
    block, first = np.unique(track["record"].values // BLOCK, return_index=True)
    seconds = _tai_seconds(track["time"].values)
    values = {
        **CONSTANTS,
        **_records(track, seconds, np.searchsorted(first, np.arange(seconds.size), "right") - 1),
        **_echoes(track["waveform"].values.astype(np.float64)),
        **_blocks(track, seconds, first),
        **_averages(track, seconds, first),
    }
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF4") as dataset,
    ):
        _dimensions(dataset, seconds.size, block.size)
        dataset.setncatts(_attributes(track, values))
        for name, packing in VARIABLES.items():
            write_variable(
                dataset, name, packing, fill_of(name), dimensions_of(name),
                values.get(name), _variable_attributes(name, name in values),
            )  # fmt: skip


def _check(track: xr.Dataset) -> None:
    missing = [name for name in NEEDED if name not in track]
    if missing:
        raise ValueError(f"a CryoSat-2 L1b file needs a track with {missing}")
    if _located(track).size < 2:
        raise ValueError("a CryoSat-2 L1b file needs two records or more with a position")
    gates = (track.sizes["gate"], track.attrs["gate_spacing_m"], track.attrs["reference_gate"])
    if not np.allclose(gates, (GATES, GATE_SPACING_M["SAR"], REFERENCE_GATE), rtol=1e-6):
        raise ValueError(
            f"a CryoSat-2 SAR echo has {GATES} gates of {GATE_SPACING_M['SAR']:.6f} m with the "
            f"reference at {REFERENCE_GATE:.0f}, the track has {gates}"
        )


def _located(track: xr.Dataset) -> np.ndarray:
    """Return the indices of the records with a position."""
    known = np.isfinite(track["longitude"].values) & np.isfinite(track["latitude"].values)
    return np.flatnonzero(known)


def _tai_seconds(utc: np.ndarray) -> np.ndarray:
    return (utc_to_tai(utc) - EPOCH).astype(np.int64) / 1e9


def _records(track: xr.Dataset, seconds: np.ndarray, block: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is known of every record but its echo."""
    count = np.arange(seconds.size)
    altitude = track["altitude"].values
    values = {
        "time_20_ku": seconds,
        "lon_20_ku": track["longitude"].values,
        "lat_20_ku": track["latitude"].values,
        "alt_20_ku": altitude,
        "orb_alt_rate_20_ku": np.gradient(altitude, seconds),
        "sat_vel_vec_20_ku": np.gradient(_position(track), seconds, axis=0),
        "window_del_20_ku": 2.0 / speed_of_light * track["window_range"].values,
        "ind_meas_1hz_20_ku": block,
        "rec_count_20_ku": count + 1,
        "seq_count_20_ku": 4 * count % 2**14,  # counts the bursts, four a record
        "flag_mcd_20_ku": np.zeros(seconds.size),
    }
    if "product_quality_flag" in track:
        good = track["product_quality_flag"].values == 0
        values["flag_mcd_20_ku"] = np.where(good, 0, BLOCK_DEGRADED)
    for column, names in WANTED.items():
        if column in track:
            values |= dict.fromkeys(names, track[column].values)
    return values


def _position(track: xr.Dataset) -> np.ndarray:
    """Return the satellite's position, Earth-fixed, (n, 3) [m]."""
    columns = (track[name].values for name in ("longitude", "latitude", "altitude"))
    return geodetic_to_ecef(*columns)


def _echoes(power: np.ndarray) -> dict[str, np.ndarray]:
    """Return echoes [W] (n, 256) as counts with the peak at 65535, their scales and noise.

    A missing echo has no scale.  The scale factor lies between 0.25 and 0.5, as ESA's do.
    """
    missing = np.isnan(power).all(axis=1)
    power = np.where(missing[:, np.newaxis], 0.0, power)
    if not (power >= 0.0).all():
        raise ValueError("an echo must be whole, or missing as a whole, and of no negative power")
    peak = power.max(axis=1)
    half, exponent = np.frexp(peak / PEAK)
    scale = np.rint(half / 2.0 / SCALE_COUNT) * SCALE_COUNT
    watts = np.where(peak > 0.0, scale * 2.0 ** (exponent + 1), 1.0)
    noise = power[:, NOISE_GATES].mean(axis=1)
    return {
        "pwr_waveform_20_ku": power / watts[:, np.newaxis],
        "echo_scale_factor_20_ku": np.where(missing, np.nan, scale),
        "echo_scale_pwr_20_ku": np.where(missing, np.nan, exponent + 1),
        "noise_power_20_ku": 10.0 * np.log10(np.where(noise > 0.0, noise, np.nan)),
    }


def _blocks(track: xr.Dataset, seconds: np.ndarray, first: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is kept once a block, from the first record of each."""
    columns = {source: column for column, (source, _) in CORRECTIONS.items()}
    columns |= dict.fromkeys(("iono_cor_gim_01", "iono_cor_01"), "ionosphere_correction")
    columns |= {"lon_cor_01": "longitude", "lat_cor_01": "latitude"}
    values = {name: track[column].values[first] for name, column in columns.items()}
    surface = np.full(first.size, OCEAN_TYPE)
    if "product_surface_class" in track:
        land = track["product_surface_class"].values[first] == Surface.LAND
        surface = np.where(land, LAND_TYPE, OCEAN_TYPE)
    return {
        **values,
        "time_cor_01": seconds[first],
        "ind_first_meas_20hz_01": first,
        "surf_type_01": surface,
    }


def _averages(track: xr.Dataset, seconds: np.ndarray, first: np.ndarray) -> dict[str, np.ndarray]:
    """Return time and place of the averaged echoes, in the middle of each block."""
    middle = (first + np.append(first[1:], seconds.size) - 1) // 2
    names = {"lon": "longitude", "lat": "latitude", "alt": "altitude"}
    values = {f"{name}_avg_01_ku": track[c].values[middle] for name, c in names.items()}
    return {**values, "time_avg_01_ku": seconds[middle]}


def _dimensions(dataset: netCDF4.Dataset, records: int, blocks: int) -> None:
    dataset.createDimension("time_cor_01", blocks)
    dataset.createDimension("ns_20_ku", GATES)
    dataset.createDimension("ns_avg_01_ku", AVERAGED_GATES)
    dataset.createDimension("space_3d", 3)
    dataset.createDimension("time_20_ku", records)
    dataset.createDimension("time_avg_01_ku", blocks)


def _variable_attributes(name: str, simulated: bool) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    quantity = name.split("_")[0]
    if quantity in ("lon", "lat"):
        attributes["standard_name"] = {"lon": "longitude", "lat": "latitude"}[quantity]
    else:
        attributes["coordinates"] = coordinates_of(name)
    if quantity == "time":
        attributes |= {"standard_name": "time", "calendar": "gregorian"}
    if name in FLAGS:
        attributes |= flag_attributes(FLAGS[name], VARIABLES[name].dtype)
    if not simulated:
        attributes["comment"] = "not simulated"
    elif name in COMMENTS:
        attributes["comment"] = COMMENTS[name]
    return attributes


def _attributes(track: xr.Dataset, values: dict[str, Any]) -> dict[str, Any]:
    """Return the global attributes, those of ESA that follow from a track."""
    time = track["time"].values
    first_orbit, last_orbit = (np.int32(_orbit(t)) for t in time[[0, -1]])
    name = cryosat2_name(time[0], time[-1])
    land = int(np.rint(10000 * np.mean(values["surf_type_01"] == LAND_TYPE)))
    return {
        "comment": "simulated; in the layout of the ESA product",
        "product_name": name.removesuffix(".nc"),
        "processing_stage": "LTA_",
        "mission": "Cryosat",
        "processing_centre": "iceco",
        "creation_time": f"UTC={rounded(time[-1], 's')}",
        "sensing_start": _day_text(time[0]),
        "sensing_stop": _day_text(time[-1]),
        "vector_source": "doris_precise",
        "product_err": "0",
        "first_record_time": f"TAI={rounded(utc_to_tai(time[:1])[0], 'us')}",
        "last_record_time": f"TAI={rounded(utc_to_tai(time[-1:])[0], 'us')}",
        "abs_orbit_number": first_orbit,
        "abs_orbit_start": first_orbit,
        "abs_orbit_stop": last_orbit,
        **_places(track, values),
        "instr_id": "A",
        "sir_op_mode": "SAR       ",
        "sir_configuration": "RX_1   ",
        "open_ocean_percent": np.int32(10000 - land),
        "close_sea_percent": np.int32(0),
        "continent_ice_percent": np.int32(0),
        "land_percent": np.int32(land),
        "l1b_prod_status": "0",
        "l1b_proc_flag": "0",
        "l1b_processing_quality": np.int32(10000),
        "l1b_proc_thresh": np.int32(500),
    }


def _orbit(time: np.datetime64) -> int:
    since = (time - KNOWN_NODE) / np.timedelta64(1, "s")
    return KNOWN_ORBIT + int(since // ORBIT_SECONDS)


def _places(track: xr.Dataset, values: dict[str, Any]) -> dict[str, Any]:
    """Return where the first and last located records lie, and the state in the middle."""
    located = _located(track)
    longitude, latitude = (track[name].values[located] for name in ("longitude", "latitude"))
    middle = located[located.size // 2]
    position, velocity = _position(track)[middle], values["sat_vel_vec_20_ku"][middle]
    return {
        "first_record_lat": np.int32(np.rint(latitude[0] * 1e6)),
        "first_record_lon": np.int32(np.rint(longitude[0] * 1e6)),
        "last_record_lat": np.int32(np.rint(latitude[-1] * 1e6)),
        "last_record_lon": np.int32(np.rint(longitude[-1] * 1e6)),
        "ascending_flag": "A" if latitude[-1] > latitude[0] else "D",
        "state_vector_time": f"UTC={rounded(track['time'].values[middle], 'us')}",
        **{f"{axis}_position": v for axis, v in zip("xyz", position, strict=True)},
        **{f"{axis}_velocity": v for axis, v in zip("xyz", velocity, strict=True)},
    }


def _day_text(time: np.datetime64) -> str:
    """Return a time as ESA writes it: 18-NOV-2014 09:23:02.971353."""
    day, clock = str(rounded(time, "us")).split("T")
    year, month, number = day.split("-")
    return f"{number}-{MONTHS[int(month) - 1]}-{year} {clock}"
