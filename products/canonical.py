"""The shapes in which every reader hands over its data, whatever the agency.

A *track* is a dataset along ``time`` (with ``gate`` across, where there are echoes); a *scene*
is a lazy dataset over ``line`` and ``sample`` with its sea-level geolocation grid beside it.
Readers rename and unpack; they filter nothing and compute only what a product leaves implicit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..geo.polar import plane_of_epsg
from ..geo.swath import Geolocation, fit_geolocation

#: Every variable a track can have: its attributes.  ``time``, ``record``, ``longitude`` and
#: ``latitude`` are always there; the others when the product has them.
TRACK: dict[str, dict[str, str]] = {
    "record": {"long_name": "place of the record in its file, counted from 0 and row by row"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "altitude": {"long_name": "height of the satellite above the ellipsoid", "units": "m"},
    "waveform": {"long_name": "echo power, as the product scales it"},
    "window_range": {
        "long_name": "range from the centre of mass to the reference gate, instrument-corrected",
        "units": "m",
    },
    "agc_db": {"long_name": "automatic gain control setting", "units": "dB"},
    "scale_factor_db": {"long_name": "sigma0 minus echo amplitude in dB", "units": "dB"},
    "dry_troposphere_correction": {"units": "m"},
    "wet_troposphere_correction": {"units": "m"},
    "ionosphere_correction": {"units": "m"},
    "inverse_barometer_correction": {"units": "m"},
    "dynamic_atmosphere_correction": {
        "long_name": "inverse barometer plus high-frequency fluctuations",
        "units": "m",
    },
    "ocean_tide": {"units": "m"},
    "ocean_tide_equilibrium": {"units": "m"},
    "load_tide": {"units": "m"},
    "solid_earth_tide": {"units": "m"},
    "pole_tide": {"units": "m"},
    "range_correction": {
        "long_name": "sum of the corrections the product itself adds to range over sea ice",
        "units": "m",
    },
    "mean_sea_surface": {"units": "m"},
    "product_range": {"long_name": "retracked range of the product", "units": "m"},
    "product_elevation": {"long_name": "surface height of the product", "units": "m"},
    "product_sea_level_anomaly": {"units": "m"},
    "product_radar_freeboard": {"units": "m"},
    "product_total_freeboard": {"long_name": "height of the snow above the sea", "units": "m"},
    "product_total_freeboard_uncertainty": {"units": "m"},
    "segment_length": {"long_name": "of the laser segment along track", "units": "m"},
    "beam": {"long_name": "number of the beam, from 1", "units": "1"},
    "product_surface_class": {
        "long_name": "surface class of the product, in the codes of the ESA CCI",
        "flag_values": "0 1 2 4 7",
        "flag_meanings": "unknown ocean lead sea_ice land",
    },
    "product_peakiness": {"long_name": "pulse peakiness in the product's own definition"},
    "sigma0_db": {"long_name": "backscatter of the product", "units": "dB"},
    "sea_ice_concentration": {"standard_name": "sea_ice_area_fraction", "units": "percent"},
    "snow_depth": {"units": "m"},
    "stack_standard_deviation": {},
    "stack_kurtosis": {},
    "stack_skewness": {},
    "product_quality_flag": {"long_name": "0 where the product calls the record good"},
}

#: Attributes of every track dataset.
TRACK_ATTRIBUTES = (
    "mission",  # c2, al, s3a, s3b, ja1: the codes of the DUACS products; icesat2
    "mode",  # LRM, SAR, SARIN, laser
    "product",  # as its agency names it: SIR_SAR_1B, SR_2_WAT, SGDR, ...
    "baseline",
    "track_id",  # unique: mission, and cycle and pass or start time
    "rate_hz",
    "source",  # path of the file
)

#: Variables of a scene over (line, sample).  ``nesz`` is already subtracted from ``sigma0``
#: where the attribute ``thermal_noise`` says "removed by iceco".
SCENE: dict[str, dict[str, str]] = {
    **{
        f"sigma0_{polarisation}": {
            "long_name": f"backscatter coefficient {polarisation.upper()}, linear",
            "units": "1",
        }
        for polarisation in ("hh", "hv", "vv", "vh")
    },
    **{
        f"nesz_{polarisation}": {
            "long_name": f"noise-equivalent sigma0 {polarisation.upper()}, linear",
            "units": "1",
        }
        for polarisation in ("hh", "hv", "vv", "vh")
    },
    "incidence_angle": {"long_name": "incidence angle at the ellipsoid", "units": "degree"},
    "subswath": {"long_name": "sub-swath number, 1 nearest; 0 outside every sub-swath"},
    "valid": {"long_name": "true where the radar imaged the surface"},
}

#: Attributes of every scene dataset.
SCENE_ATTRIBUTES = (
    "scene_id",
    "mission",  # s1a, s1b, s1c, s1d, or unknown
    "mode",  # EW, IW, S1..S6, or unknown
    "polarisations",  # upper case, separated by blanks: "HH HV"
    "crs",  # EPSG:3413 or EPSG:3976, the plane of grid_x and grid_y
    "pixel_spacing_line_m",
    "pixel_spacing_sample_m",
    "thermal_noise",  # "removed by iceco", "removed by the processor", "present" or "unknown"
    "source",
)


def make_track(
    time: np.ndarray,
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Return a track from one array per name in ``TRACK``.

    Parameters
    ----------
    time : array (n,), datetime64[ns]
        UTC.  Records without a time are left out of the track; their number is kept in the
        attribute ``records_without_time``, and ``record`` still counts them.
    columns : mapping of name to array (n,) or, for ``waveform``, (n, gates)
        Must hold longitude (-180..180 or 0..360, brought to -180..180) and latitude; float64
        [TRACK's units], nan where missing; echoes float32.
    attributes : mapping
        Must hold all of ``TRACK_ATTRIBUTES``; with echoes also ``gate_spacing_m`` and
        ``reference_gate`` (0-based, fractional: the gate at which ``window_range`` holds).

    Raises
    ------
    ValueError
        If a name is unknown or a required one is missing.
    """
    unknown = columns.keys() - TRACK.keys()
    missing = {"longitude", "latitude"} - columns.keys()
    if unknown or missing:
        raise ValueError(f"a track cannot have {sorted(unknown)} and needs {sorted(missing)}")
    needed = [name for name in TRACK_ATTRIBUTES if name not in attributes]
    if "waveform" in columns:
        needed += [n for n in ("gate_spacing_m", "reference_gate") if n not in attributes]
    if needed:
        raise ValueError(f"a track needs the attributes {needed}")
    time = np.asarray(time, dtype="datetime64[ns]")
    columns = {"record": np.arange(time.size, dtype=np.int64), **columns}
    columns["longitude"] = wrap_longitude(columns["longitude"])
    known = ~np.isnat(time)
    track = xr.Dataset(
        {
            name: (
                ("time", "gate") if name == "waveform" else ("time",),
                np.asarray(values)[known],
                TRACK[name],
            )
            for name, values in columns.items()
        },
        coords={"time": time[known]},
        attrs={**attributes, "records_without_time": int((~known).sum())},
    )
    return track.set_coords(["longitude", "latitude"])


def make_scene(
    images: Mapping[str, Any],
    line_time: np.ndarray,
    grid: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Return a scene from its images, line times and geolocation grid.

    Parameters
    ----------
    images : mapping of name in ``SCENE`` to array-like (lines, samples)
        NumPy arrays or lazily indexed ones (``products.lazy.lazy_image``).
    line_time : array (lines,), datetime64[ns]
        UTC time at which each line was seen.
    grid : mapping
        ``line`` (n,) and ``sample`` (m,), float64, increasing, 0-based pixel centres, and ``x``
        and ``y`` (n, m), float64 [m]: where they lie at sea level on the plane of
        ``attributes["crs"]``.
    attributes : mapping
        Must hold all of ``SCENE_ATTRIBUTES``.

    Raises
    ------
    ValueError
        If an image's name is unknown or an attribute is missing.
    """
    unknown = images.keys() - SCENE.keys()
    needed = [name for name in SCENE_ATTRIBUTES if name not in attributes]
    if unknown or needed:
        raise ValueError(f"a scene cannot have {sorted(unknown)} and needs the attributes {needed}")
    scene = xr.Dataset(
        {
            name: xr.Variable(("line", "sample"), image, SCENE[name])
            for name, image in images.items()
        },
        attrs=dict(attributes),
    )
    nodes = ("grid_line", "grid_sample")
    return scene.assign_coords(
        line=np.arange(scene.sizes["line"]),
        sample=np.arange(scene.sizes["sample"]),
        line_time=("line", np.asarray(line_time, dtype="datetime64[ns]")),
        grid_line=("grid_line", np.asarray(grid["line"], dtype=np.float64)),
        grid_sample=("grid_sample", np.asarray(grid["sample"], dtype=np.float64)),
        grid_x=(nodes, np.asarray(grid["x"], dtype=np.float64), {"units": "m"}),
        grid_y=(nodes, np.asarray(grid["y"], dtype=np.float64), {"units": "m"}),
    )


def scene_geolocation(scene: xr.Dataset) -> Geolocation:
    """Return a scene's geolocation; pixel numbers are those of ``line`` and ``sample``."""
    return fit_geolocation(
        scene["grid_line"].values,
        scene["grid_sample"].values,
        scene["grid_x"].values,
        scene["grid_y"].values,
        plane_of_epsg(scene.attrs["crs"]),
    )


def wrap_longitude(longitude: np.ndarray) -> np.ndarray:
    """Return longitudes [degree] brought to -180 <= longitude < 180; nan stays nan."""
    return (np.asarray(longitude, dtype=np.float64) + 180.0) % 360.0 - 180.0
