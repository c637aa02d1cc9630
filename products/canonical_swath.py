"""The shape in which a swath of sea-surface heights is handed over, whatever its resolution.

A swath dataset is over ``line`` (along track) and ``pixel`` (across, from the left edge to the
right one): at 250 m as at 2 km, so that what is compared with it need not know which it is.
``side`` tells the two antennas' half-swaths apart, which have biases of their own.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from .canonical import wrap_longitude

#: Added to a range, subtracted from a height: corrections of a swath, all optional, (line, pixel).
CORRECTIONS: dict[str, dict[str, str]] = {
    "dry_troposphere_correction": {"units": "m"},
    "wet_troposphere_correction": {"long_name": "of a weather model", "units": "m"},
    "ionosphere_correction": {"units": "m"},
    "sea_state_bias_correction": {
        "long_name": "what the product applied; nan over ice where it applied none",
        "units": "m",
    },
    "crossover_correction": {
        "long_name": "to be added to heights; removes little of the error far from crossovers",
        "units": "m",
    },
    "mean_sea_surface": {
        "long_name": "the one that the product's anomalies refer to",
        "units": "m",
    },
    "mean_sea_surface_dtu": {"units": "m"},
    "inverse_barometer_correction": {"units": "m"},
    "dynamic_atmosphere_correction": {
        "long_name": "inverse barometer plus high-frequency fluctuations",
        "units": "m",
    },
    "ocean_tide": {
        "long_name": "geocentric, with load tide and equilibrium long-period tide in it",
        "units": "m",
    },
    "ocean_tide_equilibrium": {"long_name": "part of ocean_tide", "units": "m"},
    "ocean_tide_non_equilibrium": {"long_name": "not part of ocean_tide", "units": "m"},
    "load_tide": {"long_name": "part of ocean_tide", "units": "m"},
    "internal_tide": {"units": "m"},
    "solid_earth_tide": {"units": "m"},
    "pole_tide": {"units": "m"},
}

#: Flags of a swath, all optional, int64, -1 where the product tells nothing.
SWATH_FLAGS: dict[str, dict[str, str]] = {
    "product_quality_flag": {
        "long_name": "0 where the product calls the height good; ice is seldom called good"
    },
    "sigma0_quality_flag": {"long_name": "0 where the product calls sigma0 good"},
    "correction_quality_flag": {"long_name": "0 where the product calls its corrections good"},
    "surface_flag": {
        "long_name": "kind of surface on a static map",
        "flag_values": "0 1 2 3 4 5 6",
        "flag_meanings": (
            "open_ocean land continental_water aquatic_vegetation continental_ice_snow "
            "floating_ice salted_basin"
        ),
    },
    "ice_flag": {"flag_values": "0 1 2", "flag_meanings": "no_ice probable_ice ice"},
    "rain_flag": {"flag_values": "0 1 2", "flag_meanings": "no_rain probable_rain rain"},
}

#: Every variable over (line, pixel) that a swath can have: its attributes.
SWATH: dict[str, dict[str, str]] = {
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "cross_track_distance": {"long_name": "from nadir, negative on the left", "units": "m"},
    "sea_surface_height": {
        "long_name": "above the ellipsoid, media corrections of models applied; tides and the "
        "dynamic atmosphere are in it, and no crossover correction",
        "units": "m",
    },
    "sea_surface_height_uncertainty": {"long_name": "random part, 1 sigma", "units": "m"},
    "sea_level_anomaly": {
        "long_name": "sea_surface_height corrected as sea ice needs it, above mean_sea_surface",
        "units": "m",
    },
    "product_sea_level_anomaly": {"long_name": "as the product has it", "units": "m"},
    "sigma0": {"long_name": "backscatter, linear; noise makes it negative at times", "units": "1"},
    "sigma0_uncertainty": {"units": "1"},
    "coherence": {"long_name": "interferometric coherence", "units": "1"},
    "number_of_cells": {"long_name": "cells of 250 m averaged", "units": "1"},
    "sea_ice_concentration": {"standard_name": "sea_ice_area_fraction", "units": "percent"},
    **CORRECTIONS,
    **SWATH_FLAGS,
}

#: Every variable over (line,) that a swath can have beside ``time``, all optional.
SWATH_LINES: dict[str, dict[str, str]] = {
    "nadir_longitude": {"units": "degrees_east"},
    "nadir_latitude": {"units": "degrees_north"},
    "altitude": {"long_name": "height of the satellite above the ellipsoid", "units": "m"},
    "altitude_rate": {"units": "m s-1"},
    "heading": {"long_name": "of flight over the ground, clockwise from north", "units": "degree"},
}

#: Attributes of every swath dataset.
SWATH_ATTRIBUTES = (
    "mission",  # swot
    "product",  # as its agency names it: L2_LR_SSH Expert, L2_LR_SSH Unsmoothed
    "cell_size_m",
    "cycle_number",
    "pass_number",
    "track_id",  # unique: mission, cycle, pass, start time
    "source",  # path of the file
)

#: What an anomaly subtracts from a height; all are needed but the last two.
SUBTRACTED = (
    "mean_sea_surface",
    "solid_earth_tide",
    "ocean_tide",
    "pole_tide",
    "dynamic_atmosphere_correction",
    "internal_tide",
    "ocean_tide_non_equilibrium",
)
LEFT, NADIR, RIGHT = -1, 0, 1


def make_swath(
    time: np.ndarray,
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    """Return a swath dataset.

    Parameters
    ----------
    time : array (lines,), datetime64[ns]
        UTC; NaT where a line has none.
    columns : mapping of name to array
        Of ``SWATH`` (lines, pixels), of ``SWATH_LINES`` (lines,): float64 in their units, nan
        where missing; those of ``SWATH_FLAGS`` int64.  Longitudes of any turn are brought to
        -180..180.  Longitude, latitude, cross_track_distance, and sea_surface_height or
        sea_level_anomaly must be there; distances across track increase along each line.
    attributes : mapping
        Must hold all of ``SWATH_ATTRIBUTES``.

    Returns
    -------
    xr.Dataset
        With the columns, the coordinate ``side`` (pixels,), int8: -1 left of nadir, 0 at nadir
        (where nothing is measured), 1 right of it; and ``sea_level_anomaly`` where its
        corrections are there, else as given.

    Raises
    ------
    ValueError
        If a name is unknown or missing.
    """
    unknown = columns.keys() - SWATH.keys() - SWATH_LINES.keys()
    placed = {"longitude", "latitude", "cross_track_distance"}
    height = "sea_level_anomaly" if "sea_level_anomaly" in columns else "sea_surface_height"
    missing = (placed | {height}) - columns.keys()
    needed = [name for name in SWATH_ATTRIBUTES if name not in attributes]
    if unknown or missing or needed:
        raise ValueError(
            f"a swath cannot have {sorted(unknown)} and needs {sorted(missing) + needed}"
        )
    columns = dict(columns)
    for name in columns.keys() & {"longitude", "nadir_longitude"}:
        columns[name] = wrap_longitude(columns[name])
    anomaly = sea_level_anomaly(columns)
    if anomaly is not None:
        columns["sea_level_anomaly"] = anomaly
    swath = xr.Dataset(
        {
            name: (("line", "pixel"), columns[name], kept)
            for name, kept in SWATH.items()
            if name in columns
        }
        | {
            name: ("line", columns[name], kept)
            for name, kept in SWATH_LINES.items()
            if name in columns
        },
        attrs=dict(attributes),
    )
    return swath.assign_coords(
        time=("line", np.asarray(time, dtype="datetime64[ns]")),
        side=("pixel", _side(columns["cross_track_distance"]), {"long_name": "-1 left, 1 right"}),
    ).set_coords(placed)


def sea_level_anomaly(columns: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """Return heights above the mean sea surface as sea ice needs them [m], nan where missing.

    ssh + crossover correction - mean sea surface - solid Earth, ocean, pole and internal tide -
    dynamic atmosphere; where the product applied a sea-state bias it is taken back, for there is
    no sea state in ice.  A crossover correction, an internal or a non-equilibrium tide, or a
    bias that is missing counts as zero.

    Parameters
    ----------
    columns : mapping of name in ``SWATH`` to array (lines, pixels), float64

    Returns
    -------
    array (lines, pixels), float64, or None
        None where the height or a correction is missing altogether.
    """
    if not columns.keys() >= {"sea_surface_height", *SUBTRACTED[:-2]}:
        return None
    anomaly = columns["sea_surface_height"].copy()
    for name in SUBTRACTED[:-2]:
        anomaly -= columns[name]
    for name in SUBTRACTED[-2:]:
        if name in columns:
            anomaly -= np.nan_to_num(columns[name])
    for name in ("crossover_correction", "sea_state_bias_correction"):
        if name in columns:
            anomaly += np.nan_to_num(columns[name])
    return anomaly


def _side(cross_track_distance: np.ndarray) -> np.ndarray:
    known = np.isfinite(cross_track_distance)
    total = np.where(known, cross_track_distance, 0.0).sum(axis=0)
    mean = total / np.maximum(known.sum(axis=0), 1)
    # The nadir pixel of a 2 km grid wanders by metres about zero.
    spacing = np.median(np.abs(np.diff(mean))) if mean.size > 1 else 0.0
    return np.where(np.abs(mean) < 0.25 * spacing, NADIR, np.sign(mean)).astype(np.int8)
