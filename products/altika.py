"""SARAL/AltiKa GDR and SGDR, and Jason-1, their structural twin: the flat CNES template.

Such a file is NetCDF-3 classic.  40 Hz variables (Jason: 20 Hz) are two-dimensional, ``time``
(one row a second) by ``meas_ind``; corrections hold for a row.  Both generations of AltiKa
names are read, GDR-T and GDR-F, native files and those with echoes (SGDR).

No real AltiKa file was at hand when this was written; the layout was checked on Jason-1 and on
what published readers of the product expect.
"""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from .canonical import make_track
from .netcdf import (
    check_located,
    decode_time,
    open_netcdf,
    text_attribute,
    unpack,
    variable_of,
)
from .surface import Surface

#: ``mission_name`` in the file: code of the mission in the DUACS products.
MISSIONS = {"SARAL": "al", "Jason-1": "ja1"}

#: Gate spacing of AltiKa [m]: c / (2 B), B = 480 MHz (Verron et al. 2015).
GATE_SPACING_M = 299792458.0 / (2 * 480e6)
#: Gate at which ``tracker_40hz`` holds, of 128.  Published readers say 51; that they count from
#: 0 is assumed: calibrate on open ocean, one gate is 0.31 m.
REFERENCE_GATE = 51.0

#: Names in the file, the best first, of the columns every file of the template has.
REQUIRED = {
    "longitude": ("lon_40hz", "lon_20hz"),
    "latitude": ("lat_40hz", "lat_20hz"),
    "altitude": ("alt_40hz", "alt_20hz"),
    "dry_troposphere_correction": ("model_dry_tropo_corr",),
    # Over ice the radiometer sees the ice: the model's wet correction is the one to use.
    "wet_troposphere_correction": ("model_wet_tropo_corr",),
    "ionosphere_correction": ("iono_corr_gim", "iono_corr_gim_ku"),
    "inverse_barometer_correction": ("inv_bar_corr",),
    "ocean_tide": ("ocean_tide_sol2",),
    "solid_earth_tide": ("solid_earth_tide",),
    "pole_tide": ("pole_tide",),
}
#: The same for columns that only some files have.
OPTIONAL = {
    "agc_db": ("agc_40hz", "agc", "agc_ku"),
    "ocean_tide_equilibrium": ("ocean_tide_equil",),
    "load_tide": ("load_tide_sol2",),
    "mean_sea_surface": ("mean_sea_surface_sol1", "mean_sea_surface_sol2", "mean_sea_surface"),
    "product_peakiness": ("peakiness_40hz", "peakiness_20hz_ku"),
}
#: Each retracker and its names of range, sigma0 and quality flag, the best over sea ice first.
RETRACKERS = (
    ("seaice", ("seaice_range_40hz", "seaice_sig0_40hz", "seaice_qual_flag_40hz")),
    ("ice1", ("ice1_range_40hz", "ice1_sig0_40hz", "ice1_qual_flag_40hz")),
    ("ice", ("ice_range_20hz_ku", "ice_sig0_20hz_ku", "ice_qual_flag_20hz_ku")),
    ("ocean", ("range_40hz", "sig0_40hz")),
    ("ocean", ("range_20hz_ku", "sig0_20hz_ku")),
)
#: What the product adds to range over sea ice beside the dynamic atmosphere.  The sea-state bias
#: is zero there; ``ocean_tide_sol2`` contains load tide and equilibrium tide.
SUMMED = (
    "dry_troposphere_correction",
    "wet_troposphere_correction",
    "ionosphere_correction",
    "ocean_tide",
    "solid_earth_tide",
    "pole_tide",
)
#: What the surface codes of the product mean: those of GDR-F, then those of GDR-T and Jason.
SURFACE_CLASS = {
    "surf_class": {0: Surface.OCEAN, 1: Surface.LAND, 4: Surface.LAND},
    "surface_type": {0: Surface.OCEAN, 2: Surface.LAND, 3: Surface.LAND},
}


def is_altika(path: str | Path) -> bool:
    """Tell whether ``open_altika`` can read the file, by its content."""
    try:
        with open_netcdf(path) as dataset:
            return _is_template(dataset)
    except ValueError:
        return False


def open_altika(path: str | Path) -> xr.Dataset:
    """Open a GDR, IGDR, OGDR or SGDR of SARAL/AltiKa or a GDR of Jason-1 as a track.

    Returns
    -------
    xr.Dataset
        See ``products.canonical.TRACK``.  ``window_range`` and ``waveform`` are there when the
        file has echoes; the range is ``tracker_40hz`` plus the Doppler and the modelled
        instrumental correction.  ``product_range``, ``sigma0_db`` and ``product_quality_flag``
        are those of the retracker named in the attribute ``product_retracker``; the ranges of
        the ice retrackers lack these two instrumental corrections (on Jason-1; assumed for
        AltiKa).  ``ocean_tide`` contains ``load_tide`` and ``ocean_tide_equilibrium``.  Heights
        are above the ellipsoid of the attributes ``ellipsoid_axis`` and
        ``ellipsoid_flattening``, where the file names it.

    Raises
    ------
    ValueError
        If the file is damaged or is not such a product.
    """
    with open_netcdf(path) as dataset:
        if not _is_template(dataset):
            raise ValueError(f"{path}: the file is not a GDR or SGDR of SARAL/AltiKa or Jason-1")
        time = decode_time(variable_of(dataset, _name(dataset, ("time_40hz", "time_20hz"))))
        if time.ndim != 2:
            raise ValueError(f"{path}: the high-rate time is not time x meas_ind")
        columns = _renamed(dataset, time.shape)
        check_located(path, time.ravel(), columns["longitude"], columns["latitude"])
        columns |= _atmosphere(dataset, columns, time.shape)
        columns |= _echoes(dataset, time.shape)
        retracker, retracked = _retracked(dataset, time.shape)
        columns |= retracked
        columns |= _surface_class(dataset, time.shape)
        attributes = _attributes(dataset, "waveform" in columns) | {
            "rate_hz": time.shape[1],
            "product_retracker": retracker,
            "source": str(path),
        }
        return make_track(time.ravel(), columns, attributes)


def _is_template(dataset: netCDF4.Dataset) -> bool:
    return (
        text_attribute(dataset, "mission_name") in MISSIONS
        and "meas_ind" in dataset.dimensions
        and not dataset.variables.keys().isdisjoint(("time_40hz", "time_20hz"))
    )


def _name(dataset: netCDF4.Dataset, names: tuple[str, ...]) -> str:
    """Return the first of ``names`` that the file has, or else the first of all."""
    return next((name for name in names if name in dataset.variables), names[0])


def _column(dataset: netCDF4.Dataset, name: str, shape: tuple[int, int]) -> np.ndarray:
    """Return a variable unpacked and flat, row by row; a 1 Hz value stands for all of its row."""
    values = unpack(variable_of(dataset, name))
    if values.shape not in (shape, shape[:1]):
        raise ValueError(
            f"{dataset.filepath()}: {name} has the shape {values.shape} where the high-rate time "
            f"has {shape}"
        )
    return values.ravel() if values.shape == shape else np.repeat(values, shape[1])


def _renamed(dataset: netCDF4.Dataset, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    present = REQUIRED | {
        column: names
        for column, names in OPTIONAL.items()
        if not dataset.variables.keys().isdisjoint(names)
    }
    return {
        column: _column(dataset, _name(dataset, names), shape) for column, names in present.items()
    }


def _atmosphere(
    dataset: netCDF4.Dataset, columns: dict[str, np.ndarray], shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Return the dynamic atmosphere and the sum of corrections.

    The high-frequency fluctuations are an addition to the inverse barometer here; an OGDR has
    none, and its sum stays with the inverse barometer.
    """
    pressure = columns["inverse_barometer_correction"]
    added = {}
    if "hf_fluctuations_corr" in dataset.variables:
        pressure = pressure + _column(dataset, "hf_fluctuations_corr", shape)
        added["dynamic_atmosphere_correction"] = pressure
    added["range_correction"] = pressure + sum(columns[name] for name in SUMMED)
    return added


def _echoes(dataset: netCDF4.Dataset, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    if "waveforms_40hz" not in dataset.variables:
        return {}
    echoes = unpack(dataset.variables["waveforms_40hz"]).astype(np.float32)
    if echoes.shape[:2] != shape:
        raise ValueError(
            f"{dataset.filepath()}: waveforms_40hz has the shape {echoes.shape} where the "
            f"high-rate time has {shape}"
        )
    columns = {
        "waveform": echoes.reshape(-1, echoes.shape[2]),
        "window_range": _column(dataset, "tracker_40hz", shape),
    }
    # The tracker range contains the corrections for centre of mass, oscillator and internal path.
    for name in ("doppler_corr", "modeled_instr_corr_range"):
        if name in dataset.variables:
            columns["window_range"] = columns["window_range"] + _column(dataset, name, shape)
    if "scaling_factor_40hz" in dataset.variables:
        scale = _column(dataset, "scaling_factor_40hz", shape)
        if "atmos_corr_sig0" in dataset.variables:
            scale = scale + _column(dataset, "atmos_corr_sig0", shape)
        columns["scale_factor_db"] = scale
    return columns


def _retracked(
    dataset: netCDF4.Dataset, shape: tuple[int, int]
) -> tuple[str, dict[str, np.ndarray]]:
    targets = ("product_range", "sigma0_db", "product_quality_flag")
    for retracker, names in RETRACKERS:
        if names[0] in dataset.variables:
            return retracker, {
                target: _column(dataset, name, shape)
                for target, name in zip(targets, names, strict=False)
                if name in dataset.variables
            }
    raise ValueError(f"{dataset.filepath()}: the file has no retracked range")


def _surface_class(dataset: netCDF4.Dataset, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    name = next((name for name in SURFACE_CLASS if name in dataset.variables), None)
    if name is None:
        return {}
    surface = _column(dataset, name, shape)
    classes = np.full(surface.size, Surface.UNKNOWN, dtype=np.int8)
    for code, target in SURFACE_CLASS[name].items():
        classes[surface == code] = target
    if "ice_flag" in dataset.variables:
        ice = _column(dataset, "ice_flag", shape) == 1
        classes[(classes == Surface.OCEAN) & ice] = Surface.SEA_ICE
    return {"product_surface_class": classes}


def _attributes(dataset: netCDF4.Dataset, echoes: bool) -> dict[str, object]:
    mission = MISSIONS[text_attribute(dataset, "mission_name")]
    try:
        cycle, number = int(dataset.cycle_number), int(dataset.pass_number)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{dataset.filepath()}: the cycle or pass number is missing") from error
    attributes: dict[str, object] = {
        "mission": mission,
        "mode": "LRM",
        "product": "SGDR" if echoes else text_attribute(dataset, "title").partition(" ")[0],
        "baseline": "unknown",
        "track_id": f"{mission}_{cycle:03d}_{number:04d}",
        "cycle": cycle,
        "pass": number,
    }
    if mission == "al":
        new_names = not dataset.variables.keys().isdisjoint(("surf_class", "mean_sea_surface_sol1"))
        attributes["baseline"] = "F" if new_names else "T"
    if echoes:
        attributes |= {"gate_spacing_m": GATE_SPACING_M, "reference_gate": REFERENCE_GATE}
    for name in ("ellipsoid_axis", "ellipsoid_flattening"):
        if name in dataset.ncattrs():
            attributes[name] = float(dataset.getncattr(name))
    return attributes
