"""A Sentinel-3 SRAL marine product from a track: for simulated worlds and tests.

The heights are those of processor version 07.11: with the dynamic atmosphere, over solution 1 of
the mean sea surface.  What follows neither from the track nor from ``CONSTANTS`` is missing
throughout and says "not simulated" in its comment.
"""

import tempfile
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr
from scipy.constants import speed_of_light

from ..geo.polar import FLATTENING, SEMI_MAJOR_AXIS
from .packed import flag_attributes, write_variable
from .sentinel3 import CENTRE_OF_MASS_OFFSET_M, CORRECTIONS, ECHOES, RECORDS, SURFACES
from .sentinel3_layout import ENHANCED, FLAGS, ONE_HZ, dimensions_of, fill_of
from .sentinel3_layout import RECORDS as HIGH_RATE
from .sentinel3_manifest import manifest
from .stamps import rounded, stamp
from .surface import Surface

GATES = 128
EPOCH = np.datetime64("2000-01-01T00:00:00", "ns")
DAY_SECONDS = 86400.0
#: Codes of ``surf_type_class``, ``surf_type`` and ``surf_class``.
UNCLASSIFIED = 3
LAND_TYPE, LAND_CLASS = 3, 1
#: Density of snow in every product [kg/m3].
SNOW_DENSITY = 400

#: Columns without which there is no product; with echoes also ``window_range``.
NEEDED = ("altitude", "dynamic_atmosphere_correction", *CORRECTIONS)
#: Columns that the file has under further names: of each model one is simulated, at sea level.
TWINS = {
    "dry_troposphere_correction": (
        "mod_dry_tropo_cor_zero_altitude_01",
        "mod_dry_tropo_cor_zero_altitude_20_ku",
    ),
    "wet_troposphere_correction": (
        "mod_wet_tropo_cor_zero_altitude_01",
        "mod_wet_tropo_cor_zero_altitude_20_ku",
    ),
    "ionosphere_correction": ("iono_cor_gim_20_ku",),
    "dynamic_atmosphere_correction": ("dyn_atm_cor_20_ku",),
    "ocean_tide": ("ocean_tide_sol1_01", "ocean_tide_total_sol2_20_ku"),
    "load_tide": ("load_tide_sol1_01",),
    "solid_earth_tide": ("solid_earth_tide_20_ku",),
    "pole_tide": ("pole_tide_20_ku",),
    "mean_sea_surface": tuple(
        f"mean_sea_surf_sol{solution}_{rate}" for solution in (1, 2) for rate in ("01", "20_ku")
    ),
    "sea_ice_concentration": ("sea_ice_concentration_01",),
    "altitude": ("alt_01",),
}
#: The same in every record; corrections of the instrument are in the simulated numbers already.
CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("instr_op_mode_01", "instr_op_mode_20_ku", "mode_id_20_ku"), 1),  # SAR, open
    "hf_fluct_cor_flag_01": 2,  # precise
    "waveform_qual_ice_20_ku": 0,  # good, where the track says nothing
    "ocean_tide_non_eq_01": 0.0,
    "internal_tide_sol1_01": 0.0,
    "snow_density_20_ku": SNOW_DENSITY,
    "interp_flag_mss_sol1_20_ku": 0,
    "interp_flag_mss_sol2_20_ku": 0,
    "net_instr_cor_range_20_ku": 0.0,
    "net_instr_cor_sig0_20_ku": 0.0,
    "agc_qual_20_ku": 0,
    "uso_cor_20_ku": 0.0,
    "int_path_cor_20_ku": 0.0,
    "dop_cor_20_ku": 0.0,
    "agc_cor_20_ku": 0.0,
    "sig0_cal_20_ku": 0.0,
    "oper_instr_20_ku": 0,  # A, the nominal one
    "loss_track_20_ku": 0,
    "flag_man_pres_20_ku": 0,
    "flag_man_thrust_20_ku": 0,
    "flag_man_plane_20_ku": 0,
}
#: What a reader must know and no other attribute says.
COMMENTS = {
    "tracker_range_20_ku": "not referred to the centre of mass, as the other ranges are",
    "hf_fluct_cor_01": "to be added to inv_bar_cor_01",
    "ocean_tide_sol1_01": "as solution 2",
    "ocean_tide_sol2_01": "contains load_tide_sol2_01 and ocean_tide_eq_01",
    "mean_sea_surf_sol2_20_ku": "as solution 1",
    "range_ocean_20_ku": "as range_sea_ice_20_ku",
}


def write_sentinel3(folder: Path, track: xr.Dataset, cycle: int, relative_orbit: int) -> Path:
    """Write a track as a Sentinel-3 product that ``products.sentinel3.open_sentinel3`` reads.

    Parameters
    ----------
    folder : Path
        Existing folder in which the product appears, whole or not at all; one of the same name
        is replaced.
    track : xr.Dataset
        A track of s3a or s3b with ``altitude`` and all corrections; ``waveform`` (n, 128) in
        counts, nan where missing, with ``window_range``.  A track without echoes makes a
        product with a standard measurement file only.  ``ocean_tide`` must contain
        ``load_tide`` and ``ocean_tide_equilibrium``.  Corrections are kept once a second (UTC):
        those of the record nearest to the full second.  Other columns are written where the
        track has them; ``range_correction`` follows from the others, ``record`` is counted
        anew, and the retracked ``product_range`` also stands as that of the ocean retracker.
    cycle, relative_orbit : int

    Returns
    -------
    Path
        The product's folder, ``S3A_SR_2_WAT____....SEN3``: a measurement file and a manifest.

    Raises
    ------
    ValueError
        If there is no such folder, or the track is of another mission, has fewer than two
        records, lacks a column or a position, has other gates, or holds a number that the
        packing of the file cannot.
    """
    _check(track)
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder to write a product in")
    target = folder / _product_name(track, cycle, relative_orbit)
    with tempfile.TemporaryDirectory(prefix=".sentinel3-", dir=folder) as scratch:
        product = Path(scratch) / "product"
        product.mkdir()
        kind = "enhanced" if "waveform" in track else "standard"
        measurement = product / f"{kind}_measurement.nc"
        _write_measurement(
            measurement, track, _attributes(track, target.name, cycle, relative_orbit)
        )
        text = manifest(measurement, track.attrs["mission"], *track["time"].values[[0, -1]])
        (product / "xfdumanifest.xml").write_text(text, "utf-8")
        if target.exists():
            target.replace(product.with_name("replaced"))
        return product.replace(target)


def _check(track: xr.Dataset) -> None:
    needed = (*NEEDED, "window_range") if "waveform" in track else NEEDED
    missing = [name for name in needed if name not in track]
    if missing:
        raise ValueError(f"a Sentinel-3 product needs a track with {missing}")
    if track.attrs["mission"] not in ("s3a", "s3b"):
        raise ValueError(f"a track of {track.attrs['mission']} makes no Sentinel-3 product")
    if track.sizes["time"] < 2:
        raise ValueError("a Sentinel-3 product needs two records or more")
    if "waveform" in track:
        gates = (track.sizes["gate"], track.attrs["gate_spacing_m"], track.attrs["reference_gate"])
        if not np.allclose(gates, (GATES, *ECHOES[GATES]), rtol=1e-6):
            raise ValueError(
                f"a Sentinel-3 marine echo has {GATES} gates of {ECHOES[GATES][0]:.6f} m with "
                f"the reference at {ECHOES[GATES][1]:.0f}, the track has {gates}"
            )


def _write_measurement(path: Path, track: xr.Dataset, attributes: dict[str, Any]) -> None:
    seconds = (track["time"].values - EPOCH).astype(np.int64) / 1e9
    nearest, block = _blocks(seconds)
    records = {
        **_places(track, seconds),
        **_columns(track),
        **_ranges(track),
        **_surfaces(track),
    }
    values = {
        **CONSTANTS,
        **{name: v[nearest] if name in ONE_HZ else v for name, v in records.items()},
        **_times(seconds, nearest, block),
    }
    with netCDF4.Dataset(path, "w", format="NETCDF4") as dataset:
        dataset.createDimension("time_01", nearest.size)
        dataset.createDimension("time_20_ku", seconds.size)
        if "waveform" in track:
            dataset.createDimension("echo_sample_ind", GATES)
        dataset.setncatts(attributes)
        enhanced = ENHANCED if "waveform" in track else {}
        for name, packing in {**ONE_HZ, **HIGH_RATE, **enhanced}.items():
            write_variable(
                dataset, name, packing, fill_of(name, packing), dimensions_of(name),
                values.get(name), _variable_attributes(name, name in values), "zlib",
            )  # fmt: skip


def _blocks(seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the record nearest to each full second, and the index of each record's second."""
    full = np.floor(seconds + 0.5)
    _, first, block = np.unique(full, return_index=True, return_inverse=True)
    by_distance = np.lexsort((np.abs(seconds - full), block))
    return by_distance[first], block


def _times(seconds: np.ndarray, nearest: np.ndarray, block: np.ndarray) -> dict[str, np.ndarray]:
    second = seconds[nearest]
    return {
        "time_01": second,
        "UTC_day_01": second // DAY_SECONDS,
        "UTC_sec_01": second % DAY_SECONDS,
        "index_first_20hz_meas_01_ku": np.searchsorted(block, np.arange(nearest.size)),
        "num_20hz_meas_01_ku": np.bincount(block),
        "time_20_ku": seconds,
        "UTC_day_20_ku": seconds // DAY_SECONDS,
        "UTC_sec_20_ku": seconds % DAY_SECONDS,
        "UTC_time_1hz_20_ku": second[block],
        "index_1hz_meas_20_ku": block,
    }


def _places(track: xr.Dataset, seconds: np.ndarray) -> dict[str, np.ndarray]:
    """Return where the records lie, and how fast the satellite rises."""
    longitude = np.round(track["longitude"].values, 6) % 360.0
    latitude, altitude = (track[name].values for name in ("latitude", "altitude"))
    rate = np.gradient(altitude, seconds)
    return {
        **dict.fromkeys(("lon_01", "lon_20_ku", "lon_cor_20_ku"), longitude),
        **dict.fromkeys(("lat_01", "lat_20_ku", "lat_cor_20_ku"), latitude),
        **dict.fromkeys(("orb_alt_rate_01", "orb_alt_rate_20_ku"), rate),
    }


def _columns(track: xr.Dataset) -> dict[str, np.ndarray]:
    """Return what stands in the file as it stands in the track."""
    names = {column: f"{source}_20_ku" for column, source in RECORDS.items()}
    names |= CORRECTIONS
    names |= {"product_quality_flag": "waveform_qual_ice_20_ku", "waveform": "waveform_20_ku"}
    values = {name: track[column].values for column, name in names.items() if column in track}
    for column, twins in TWINS.items():
        if column in track:
            values |= dict.fromkeys(twins, track[column].values)
    values["hf_fluct_cor_01"] = (
        track["dynamic_atmosphere_correction"].values - track["inverse_barometer_correction"].values
    )
    if {"product_sea_level_anomaly", "product_radar_freeboard"} <= set(track.variables):
        values["int_sea_ice_ssha_20_ku"] = (
            track["product_sea_level_anomaly"].values - track["product_radar_freeboard"].values
        )
    return values


def _ranges(track: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the ranges of the tracker and the ocean retracker, and the epoch between them."""
    values = {}
    if "product_range" in track:
        values["range_ocean_20_ku"] = track["product_range"].values
    if "waveform" in track:
        tracker = track["window_range"].values - CENTRE_OF_MASS_OFFSET_M
        values["tracker_range_20_ku"] = tracker
        if "product_range" in track:
            behind = track["product_range"].values - track["window_range"].values
            values["epoch_ocean_20_ku"] = 2.0 / speed_of_light * behind
    return values


def _surfaces(track: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the class of the altimeter, and the masks of land."""
    surface = np.full(track.sizes["time"], Surface.UNKNOWN)
    if "product_surface_class" in track:
        surface = track["product_surface_class"].values
    classes = np.full(surface.shape, UNCLASSIFIED)
    for code, meaning in SURFACES.items():
        classes[surface == meaning] = code
    land = surface == Surface.LAND
    return {
        "surf_type_class_20_ku": classes,
        **dict.fromkeys(("surf_type_01", "surf_type_20_ku"), np.where(land, LAND_TYPE, 0)),
        **dict.fromkeys(("surf_class_01", "surf_class_20_ku"), np.where(land, LAND_CLASS, 0)),
    }


def _variable_attributes(name: str, simulated: bool) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    quantity, rate = name.split("_")[0], "20_ku" if name.endswith("_20_ku") else "01"
    if quantity in ("lon", "lat"):
        attributes["standard_name"] = {"lon": "longitude", "lat": "latitude"}[quantity]
    elif quantity == "time":
        attributes |= {"standard_name": "time", "calendar": "gregorian"}
    else:
        attributes["coordinates"] = f"lon_{rate} lat_{rate}"
    if name in FLAGS:
        attributes |= flag_attributes(FLAGS[name], "i1")
    if not simulated:
        attributes["comment"] = "not simulated"
    elif name in COMMENTS:
        attributes["comment"] = COMMENTS[name]
    return attributes


def _product_name(track: xr.Dataset, cycle: int, relative_orbit: int) -> str:
    """Return the name of the product: of class D (development), made at its last record."""
    first, last = (rounded(time, "s") for time in track["time"].values[[0, -1]])
    duration = int((last - first) / np.timedelta64(1, "s"))
    return (
        f"S3{track.attrs['mission'][2].upper()}_SR_2_WAT____{stamp(first)}_{stamp(last)}_"
        f"{stamp(last)}_{duration:04d}_{cycle:03d}_{relative_orbit:03d}______MAR_D_NT_G61.SEN3"
    )


def _attributes(track: xr.Dataset, name: str, cycle: int, relative_orbit: int) -> dict[str, object]:
    """Return the global attributes, those of the agency that follow from a track."""
    first, last = track["time"].values[[0, -1]]
    longitude = np.round(track["longitude"].values, 6) % 360.0
    latitude = track["latitude"].values
    ascending = bool(latitude[-1] > latitude[0])
    return {
        "Conventions": "CF-1.6",
        "title": "IPF SRAL/MWR Level 2 Measurement",
        "mission_name": f"Sentinel 3{track.attrs['mission'][2].upper()}",
        "altimeter_sensor_name": "SRAL",
        "product_name": name,
        "institution": "iceco",
        "source": "IPF-SM-2 07.11",
        "comment": "simulated; in the layout of the EUMETSAT product",
        "creation_time": f"{rounded(last, 's')}Z",
        "processing_baseline": "SM__WAT.006.01.00",
        "cycle_number": np.int32(cycle),
        "pass_number": np.int32(2 * relative_orbit + ascending),
        "semi_major_ellipsoid_axis": SEMI_MAJOR_AXIS,
        "ellipsoid_flattening": FLATTENING,
        "first_meas_time": f"{rounded(first, 'us')}Z",
        "last_meas_time": f"{rounded(last, 'us')}Z",
        "first_meas_lat": latitude[0],
        "last_meas_lat": latitude[-1],
        "first_meas_lon": longitude[0],
        "last_meas_lon": longitude[-1],
    }
