"""A SARAL/AltiKa SGDR from a track, in the layout of CNES: for simulated worlds and tests."""

from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from .altika import GATE_SPACING_M, REFERENCE_GATE, REQUIRED
from .beside import written_beside

#: Records in a row (``meas_ind``) and gates of an echo (``wvf_ind``).
RATE_HZ = 40
GATES = 128
EPOCH = np.datetime64("2000-01-01T00:00:00", "ns")
#: What the files say where a 40 Hz time is missing (2**64).
TIME_FILL = 1.8446744073709552e19
#: The same offset for altitudes and ranges, so that differences of packed numbers are right [m].
HEIGHT_OFFSET_M = 700000.0
#: WGS 84, on which simulated heights stand where the track does not say otherwise.
ELLIPSOID = {"ellipsoid_axis": 6378137.0, "ellipsoid_flattening": 1 / 298.257223563}


class Packing(NamedTuple):
    """How a column of the track stands in the file; its rate is in the name (``_40hz`` or 1 Hz)."""

    column: str
    dtype: str
    scale: float
    offset: float
    units: str
    long_name: str


def _height(column: str, long_name: str) -> Packing:
    return Packing(column, "i4", 1e-4, HEIGHT_OFFSET_M, "m", long_name)


def _correction(column: str, long_name: str, dtype: str = "i2") -> Packing:
    return Packing(column, dtype, 1e-4, 0.0, "m", long_name)


def _decibel(column: str, long_name: str) -> Packing:
    return Packing(column, "i2", 1e-2, 0.0, "dB", long_name)


#: Every packed variable of the file, in file order, beside time and the two indices.
VARIABLES = {
    "lat": Packing("latitude", "i4", 1e-6, 0.0, "degrees_north", "latitude"),
    "lon": Packing("longitude", "i4", 1e-6, 0.0, "degrees_east", "longitude"),
    "lon_40hz": Packing("longitude", "i4", 1e-6, 0.0, "degrees_east", "40 Hz longitude"),
    "lat_40hz": Packing("latitude", "i4", 1e-6, 0.0, "degrees_north", "40 Hz latitude"),
    "alt": _height("altitude", "1 Hz altitude of satellite"),
    "alt_40hz": _height("altitude", "40 Hz altitude of satellite"),
    "tracker_40hz": _height("window_range", "40 Hz tracker range"),
    "model_dry_tropo_corr": _correction(
        "dry_troposphere_correction", "model dry tropospheric correction"
    ),
    "model_wet_tropo_corr": _correction(
        "wet_troposphere_correction", "model wet tropospheric correction"
    ),
    "iono_corr_gim": _correction("ionosphere_correction", "GIM ionospheric correction"),
    "agc_40hz": _decibel("agc_db", "40 Hz corrected AGC"),
    "scaling_factor_40hz": _decibel(
        "scale_factor_db", "40 Hz scaling factor for sigma0 evaluation"
    ),
    "mean_sea_surface_sol1": _correction(
        "mean_sea_surface", "mean sea surface height above reference ellipsoid (solution 1)", "i4"
    ),
    "inv_bar_corr": _correction(
        "inverse_barometer_correction", "inverted barometer height correction"
    ),
    "hf_fluctuations_corr": _correction(
        "hf_fluctuations", "high frequency fluctuations of the sea surface topography"
    ),
    "ocean_tide_sol2": _correction("ocean_tide", "geocentric ocean tide height (solution 2)", "i4"),
    "ocean_tide_equil": _correction(
        "ocean_tide_equilibrium", "equilibrium long-period ocean tide height"
    ),
    "load_tide_sol2": _correction(
        "load_tide", "load tide height for geocentric ocean tide (solution 2)"
    ),
    "solid_earth_tide": _correction("solid_earth_tide", "solid earth tide height"),
    "pole_tide": _correction("pole_tide", "geocentric pole tide height"),
    "seaice_range_40hz": _height("product_range", "40 Hz altimeter range (sea-ice retracking)"),
    "seaice_sig0_40hz": _decibel("sigma0_db", "40 Hz backscatter coefficient (sea-ice retracking)"),
    "seaice_qual_flag_40hz": Packing(
        "product_quality_flag", "i1", 1.0, 0.0, "", "40 Hz sea-ice retracking quality flag"
    ),
    "peakiness_40hz": Packing(
        "product_peakiness", "i2", 1e-3, 0.0, "count", "40 Hz peakiness on waveforms"
    ),
    "waveforms_40hz": Packing("waveform", "i2", 1.0, 0.0, "count", "40 Hz waveform"),
}
#: Columns without which there is no SGDR.
NEEDED = ("window_range", "product_range", *REQUIRED)
#: The twin's 1 Hz positions have no fill value.
WITHOUT_FILL = ("lat", "lon")


def altika_name(cycle: int, pass_number: int, first: np.datetime64, last: np.datetime64) -> str:
    """Return the name of an SGDR of generation F from its cycle, pass, first and last UTC time."""
    start, stop = (np.datetime_as_string(t, "s").translate(_NO_PUNCTUATION) for t in (first, last))
    return f"SRL_GPS_2PfP{cycle:03d}_{pass_number:04d}_{start}_{stop}.CNES.nc"


_NO_PUNCTUATION = str.maketrans({"-": None, ":": None, "T": "_"})


def write_altika(path: str | Path, track: xr.Dataset, cycle: int, pass_number: int) -> None:
    """Write a track as a SARAL/AltiKa SGDR that ``products.altika.open_altika`` reads.

    Parameters
    ----------
    path : path
        Appears whole or not at all.  The field's name for it: ``altika_name``.
    track : xr.Dataset
        A track with ``altitude``, ``window_range``, ``product_range`` and the corrections that
        the template always has; ``waveform`` (n, 128) on AltiKa's gates in counts, nan where
        missing.  ``record`` says in which row and place a record stands; the places between
        are filled as missing.  Corrections are kept once a row (1 Hz): the value of the record
        nearest to the row's middle.  ``range_correction`` follows from the others, and
        ``product_surface_class`` is not written.
    cycle, pass_number : int

    Raises
    ------
    ValueError
        If the track is empty, lacks a column, has other gates, or holds a number that the
        packing of the file cannot.
    """
    columns = _columns(track)
    slot = track["record"].values
    rows = int(slot.max()) // RATE_HZ + 1
    with (
        written_beside(path) as part,
        netCDF4.Dataset(part, "w", format="NETCDF3_CLASSIC") as dataset,
    ):
        _dimensions(dataset, rows, "waveform" in columns)
        dataset.setncatts(_attributes(track, cycle, pass_number))
        middle = _middle_records(slot, columns["latitude"], rows)
        _times(dataset, track["time"].values, slot, middle)
        for name, packing in VARIABLES.items():
            if packing.column in columns:
                values = columns[packing.column]
                _variable(dataset, name, packing, values, slot, middle)
        for name in ("doppler_corr", "modeled_instr_corr_range", "atmos_corr_sig0"):
            _variable(dataset, name, _ZERO[name], np.zeros(slot.size), slot, middle)


#: Written as zero: the simulated window range and scale factor contain them already.
_ZERO = {
    "doppler_corr": _correction("", "Doppler correction"),
    "modeled_instr_corr_range": _correction("", "modeled instrumental errors correction on range"),
    "atmos_corr_sig0": _decibel("", "atmospheric attenuation correction on sigma0"),
}


def _columns(track: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the arrays of the track that go into the file, by name, checked."""
    missing = [name for name in NEEDED if name not in track]
    if missing:
        raise ValueError(f"an SGDR needs a track with {missing}")
    if not np.isfinite(track["latitude"].values).any():
        raise ValueError("an SGDR needs at least one record with a position")
    if "waveform" in track:
        gates = (track.sizes["gate"], track.attrs["gate_spacing_m"], track.attrs["reference_gate"])
        if not np.allclose(gates, (GATES, GATE_SPACING_M, REFERENCE_GATE), rtol=1e-6):
            raise ValueError(
                f"an SGDR has {GATES} gates of {GATE_SPACING_M:.6f} m with the reference at "
                f"{REFERENCE_GATE:.0f}, the track has {gates}"
            )
    columns = {str(name): track[name].values for name in track.variables if name != "time"}
    columns["longitude"] = columns["longitude"] % 360.0
    if "dynamic_atmosphere_correction" in columns:
        columns["hf_fluctuations"] = (
            columns["dynamic_atmosphere_correction"] - columns["inverse_barometer_correction"]
        )
    return columns


def _middle_records(slot: np.ndarray, latitude: np.ndarray, rows: int) -> np.ndarray:
    """Return for each row the index of the located record that stands nearest to its middle."""
    located = np.flatnonzero(np.isfinite(latitude))
    middle = np.arange(rows) * RATE_HZ + (RATE_HZ - 1) / 2
    after = np.searchsorted(slot[located], middle).clip(1, max(located.size - 1, 1))
    pair = np.stack([after - 1, after.clip(max=located.size - 1)])
    nearest = np.abs(slot[located[pair]] - middle).argmin(axis=0)
    return located[pair[nearest, np.arange(rows)]]


def _dimensions(dataset: netCDF4.Dataset, rows: int, echoes: bool) -> None:
    dataset.createDimension("time", rows)
    dataset.createDimension("meas_ind", RATE_HZ)
    if echoes:
        dataset.createDimension("wvf_ind", GATES)


def _attributes(track: xr.Dataset, cycle: int, pass_number: int) -> dict[str, object]:
    first, last = (str(time).replace("T", " ")[:26] for time in track["time"].values[[0, -1]])
    return {
        "Conventions": "CF-1.1",
        "title": "SGDR - Expertise dataset",
        "institution": "iceco",
        "source": "radar altimeter",
        "comment": "simulated; in the layout of the CNES product",
        "mission_name": "SARAL",
        "altimeter_sensor_name": "ALTIKA",
        "cycle_number": np.int32(cycle),
        "pass_number": np.int32(pass_number),
        "first_meas_time": first,
        "last_meas_time": last,
        **{name: track.attrs.get(name, value) for name, value in ELLIPSOID.items()},
    }


def _times(
    dataset: netCDF4.Dataset, time: np.ndarray, slot: np.ndarray, middle: np.ndarray
) -> None:
    seconds = (time.astype("datetime64[ns]") - EPOCH).astype(np.int64) / 1e9
    one_hz = dataset.createVariable("time", "f8", ("time",))
    high_rate = dataset.createVariable(
        "time_40hz", "f8", ("time", "meas_ind"), fill_value=TIME_FILL
    )
    index = dataset.createVariable("meas_ind", "i1", ("meas_ind",))
    for variable, long_name in ((one_hz, "time"), (high_rate, "time 40 Hz")):
        variable.long_name = f"{long_name} (sec. since 2000-01-01)"
        variable.standard_name = "time"
        variable.calendar = "gregorian"
        variable.units = "seconds since 2000-01-01 00:00:00.0"
    index.long_name = "elementary measurement index"
    index.units = "count"
    index[:] = np.arange(RATE_HZ)
    one_hz[:] = seconds[middle]
    high_rate[:] = _in_rows(seconds, slot, middle.size, TIME_FILL)


def _variable(
    dataset: netCDF4.Dataset,
    name: str,
    packing: Packing,
    values: np.ndarray,
    slot: np.ndarray,
    middle: np.ndarray,
) -> None:
    fill = np.iinfo(packing.dtype).max
    packed = _pack(name, packing, values, fill)
    dimensions: tuple[str, ...] = ("time",)
    if name.endswith("_40hz"):
        dimensions = ("time", "meas_ind", "wvf_ind")[: 1 + values.ndim]
        stored = _in_rows(packed, slot, middle.size, fill)
    else:
        stored = packed[middle]
    variable = dataset.createVariable(
        name, packing.dtype, dimensions, fill_value=None if name in WITHOUT_FILL else fill
    )
    variable.set_auto_maskandscale(False)
    variable.long_name = packing.long_name
    if packing.units:
        variable.units = packing.units
    if packing.offset:
        variable.add_offset = packing.offset
    if packing.scale != 1.0:
        variable.scale_factor = packing.scale
    if packing.dtype == "i1":
        variable.flag_values = np.array([0, 1], dtype="i1")
        variable.flag_meanings = "good bad"
    variable[:] = stored


def _pack(name: str, packing: Packing, values: np.ndarray, fill: int) -> np.ndarray:
    counts = np.rint((values - packing.offset) / packing.scale)
    if (counts >= fill).any() or (counts < np.iinfo(packing.dtype).min).any():
        raise ValueError(
            f"{name}: values from {np.nanmin(values):g} to {np.nanmax(values):g} {packing.units} "
            "do not fit into the packing of an SGDR"
        )
    return np.where(np.isnan(counts), fill, counts).astype(packing.dtype)


def _in_rows(packed: np.ndarray, slot: np.ndarray, rows: int, fill: float) -> np.ndarray:
    stored = np.full((rows * RATE_HZ, *packed.shape[1:]), fill, dtype=packed.dtype)
    stored[slot] = packed
    return stored.reshape(rows, RATE_HZ, *packed.shape[1:])
