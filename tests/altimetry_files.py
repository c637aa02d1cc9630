"""Tiny CryoSat-2 and Sentinel-3 files, laid out and packed as the agencies do, for tests.

A file is built as ``Content``, may be changed, and is then written.  Values are given in units;
what they become in the file is rounded to the packing, so tests compare with a tolerance.
"""

from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np


@dataclass
class Packed:
    """A variable: values [units], and how the file packs them."""

    dtype: str
    dimensions: tuple[str, ...]
    values: np.ndarray
    scale: float | None = None
    offset: float | None = None
    fill: float | None = None
    units: str | None = None

    def packed(self) -> np.ndarray:
        values = np.asarray(self.values, dtype=np.float64)
        missing = np.isnan(values)
        values = (values - (self.offset or 0.0)) / (self.scale or 1.0)
        if np.dtype(self.dtype).kind != "f":
            values = np.rint(np.where(missing, self.fill or 0, values))
        return values.astype(self.dtype)


@dataclass
class Content:
    """A NetCDF file before it is written."""

    attributes: dict[str, object]
    dimensions: dict[str, int]
    variables: dict[str, Packed] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with netCDF4.Dataset(path, "w", format="NETCDF4") as dataset:
            dataset.setncatts(self.attributes)
            for name, size in self.dimensions.items():
                dataset.createDimension(name, size)
            for name, content in self.variables.items():
                self._write_variable(dataset, name, content)
        return path

    def _write_variable(self, dataset: netCDF4.Dataset, name: str, content: Packed) -> None:
        fill = False if content.fill is None else content.fill
        variable = dataset.createVariable(
            name, content.dtype, content.dimensions, fill_value=fill, zlib=True
        )
        variable.set_auto_maskandscale(False)
        for attribute, value in (
            ("scale_factor", content.scale),
            ("add_offset", content.offset),
            ("units", content.units),
        ):
            if value is not None:
                variable.setncattr(attribute, value)
        variable[...] = content.packed()


SECONDS_SINCE_2000 = "seconds since 2000-01-01 00:00:00.0"
I4_MISSING = -2147483648

CRYOSAT_RECORDS = 45  # blocks of 20, 20 and a short one of 5
CRYOSAT_BLOCKS = 3
GATES = {"LRM": 128, "SAR": 256, "SARIN": 1024}
#: 2015-02-14T00:04:30.75 UTC is 35 s earlier.
FIRST_TAI = np.datetime64("2015-02-14T00:05:05.750", "ns")

#: Corrections [m]: value in the first block and step from block to block.
CRYOSAT_CORRECTIONS = {
    "mod_dry_tropo_cor_01": (-2.264, 0.003),
    "mod_wet_tropo_cor_01": (-0.011, 0.002),
    "inv_bar_cor_01": (0.138, 0.004),
    "hf_fluct_total_cor_01": (0.206, -0.005),
    "iono_cor_gim_01": (-0.018, 0.001),
    "iono_cor_01": (-0.010, 0.001),
    "ocean_tide_01": (0.057, 0.006),
    "ocean_tide_eq_01": (-0.002, 0.001),
    "load_tide_01": (-0.003, 0.002),
    "solid_earth_tide_01": (-0.009, 0.003),
    "pole_tide_01": (0.001, 0.001),
}


def seconds_since_2000(time: np.datetime64) -> float:
    return (time - np.datetime64("2000-01-01", "ns")) / np.timedelta64(1, "s")


def at_20hz(first_and_step: tuple[float, float]) -> np.ndarray:
    """Return the truth of a CryoSat-2 correction at 20 Hz, block by block."""
    first, step = first_and_step
    return first + step * (np.arange(CRYOSAT_RECORDS) // 20)


def _cryosat(kind: str, mode: str, baseline: str) -> Content:
    n, m = CRYOSAT_RECORDS, CRYOSAT_BLOCKS
    record = np.arange(n)
    ku = ("time_20_ku",)
    content = Content(
        {
            "mission": "Cryosat",
            "product_name": f"CS_LTA__SIR_{kind}_20150214T000431_20150214T000433_{baseline}001",
            "sir_op_mode": f"{mode:<10}",
            "vector_source": "doris_precise",
            "sensing_start": "14-FEB-2015 00:04:30.750000",
        },
        {"time_20_ku": n, "time_cor_01": m},
    )
    first = seconds_since_2000(FIRST_TAI)
    content.variables = {
        "time_20_ku": Packed("f8", ku, first + 0.05 * record, units=SECONDS_SINCE_2000),
        "lon_20_ku": Packed("i4", ku, -179.9 + 0.001 * record, 1e-7, fill=I4_MISSING),
        "lat_20_ku": Packed("i4", ku, 84.7 - 0.003 * record, 1e-7, fill=I4_MISSING),
        "alt_20_ku": Packed("i4", ku, 730559.8 - 0.4 * record, 0.001, fill=I4_MISSING),
        "ind_meas_1hz_20_ku": Packed("i2", ku, record // 20, fill=-32768),
        "flag_mcd_20_ku": Packed("i4", ku, np.zeros(n), fill=-1),
        "stack_std_20_ku": Packed("i2", ku, 5.0 + 0.1 * record, 0.01, fill=-32768),
        "stack_kurtosis_20_ku": Packed("i2", ku, 20.0 + 0.1 * record, 0.01, fill=-999),
        "stack_skewness_20_ku": Packed("i2", ku, 2.0 + 0.1 * record, 0.01, fill=-999),
    }
    for name, (start, step) in CRYOSAT_CORRECTIONS.items():
        content.variables[name] = Packed(
            "i4", ("time_cor_01",), start + step * np.arange(m), 0.001, fill=I4_MISSING
        )
    return content


def cryosat2_l1b(mode: str = "SAR", baseline: str = "D") -> Content:
    """Return an L1b file: each echo peaks with 65535 counts at gate ns/2 + record."""
    kind = {"LRM": "LRM_1B", "SAR": "SAR_1B", "SARIN": "SIN_1B"}[mode]
    content = _cryosat(kind, mode, baseline)
    n, gates = CRYOSAT_RECORDS, GATES[mode]
    ku = ("time_20_ku",)
    content.dimensions["ns_20_ku"] = gates
    counts = np.full((n, gates), 100.0)
    counts[np.arange(n), gates // 2 + np.arange(n)] = 65535
    seconds = 2 * (730540.0 - 0.4 * np.arange(n)) / 299792458.0
    content.variables |= {
        # No _FillValue: netCDF4 would mask 65535, the default one of the type.
        "pwr_waveform_20_ku": Packed("u2", (*ku, "ns_20_ku"), counts, 1, 0),
        "echo_scale_factor_20_ku": Packed("i4", ku, np.full(n, 0.5), 1e-9, fill=I4_MISSING),
        "echo_scale_pwr_20_ku": Packed("i4", ku, np.full(n, -60), fill=I4_MISSING),
        "window_del_20_ku": Packed("i8", ku, seconds, 1e-12, fill=-9223372036854775808),
        "agc_ch1_20_ku": Packed("i4", ku, np.full(n, 38.15), 0.01, fill=I4_MISSING),
        "surf_type_01": Packed("i1", ("time_cor_01",), np.array([0, 3, 0]), fill=-128),
        "uso_cor_20_ku": Packed("i4", ku, np.full(n, np.nan), 1e-12, fill=2147483647),
    }
    return content


#: Bits of flag_height_20_ku: dry, wet, GIM, all tides; then one of the two atmospheres.
ALL_BUT_ATMOSPHERE = 134217728 + 67108864 + 8388608 + 2097152 + 1048576 + 524288 + 262144 + 131072
INVERSE_BAROMETER = 33554432
DYNAMIC_ATMOSPHERE = 16777216


def cryosat2_l2i(mode: str = "SAR", baseline: str = "D") -> Content:
    """Return an L2I file of leads (every third record), floes and undefined records.

    Even records used the inverse barometer, odd ones the dynamic atmosphere.
    """
    kind = {"LRM": "LRMI2_", "SAR": "SARI2_", "SARIN": "SINI2_"}[mode]
    content = _cryosat(kind, mode, baseline)
    n = CRYOSAT_RECORDS
    record = np.arange(n)
    ku = ("time_20_ku",)
    surface_range = 730545.0 - 0.4 * record
    total = sum(
        at_20hz(CRYOSAT_CORRECTIONS[name])
        for name in CRYOSAT_CORRECTIONS
        if name not in ("inv_bar_cor_01", "hf_fluct_total_cor_01", "iono_cor_01")
    )
    total += np.where(
        record % 2,
        at_20hz(CRYOSAT_CORRECTIONS["hf_fluct_total_cor_01"]),
        at_20hz(CRYOSAT_CORRECTIONS["inv_bar_cor_01"]),
    )
    bias = np.where(record % 3, 0.162, 0.0)
    height = content.variables["alt_20_ku"].values - surface_range - total - bias
    surface_class = np.array([256, 128, 32])[record % 3]
    if mode == "SARIN":
        surface_class = surface_class + 16
    flag = ALL_BUT_ATMOSPHERE + np.where(record % 2, DYNAMIC_ATMOSPHERE, INVERSE_BAROMETER)
    freeboard = "freeboard_20_ku" if baseline == "D" else "radar_freeboard_20_ku"
    millimetres = {
        "range_1_20_ku": surface_range,
        "height_1_20_ku": height,
        "mean_sea_surf_sea_ice_20_ku": height - 0.047,
        "ssha_20_ku": np.full(n, 0.047),
        freeboard: np.where(record % 3 == 1, 0.123, np.nan),
        "snow_depth_20_ku": np.full(n, 0.25),
    }
    for name, values in millimetres.items():
        content.variables[name] = Packed("i4", ku, values, 0.001, fill=I4_MISSING)
    content.variables |= {
        "peakiness_20_ku": Packed("i4", ku, 10.0 + record, 0.01, fill=I4_MISSING),
        "sig0_1_20_ku": Packed("i4", ku, 12.0 + record, 0.01, fill=I4_MISSING),
        "sea_ice_concentration_20_ku": Packed("i4", ku, np.full(n, 99.2), 0.1, fill=I4_MISSING),
        "flag_height_20_ku": Packed("i4", ku, flag, fill=I4_MISSING),
        "flag_surf_type_class_20_ku": Packed("i2", ku, surface_class, fill=-32768),
        "flag_quality_20_ku": Packed("i4", ku, np.full(n, 3), fill=I4_MISSING),
        "surf_type_20_ku": Packed("i1", ku, np.zeros(n), fill=-128),
    }
    return content


SENTINEL_RECORDS = 46  # blocks of 20, 21 and a short one of 5
SENTINEL_BLOCK = np.repeat([0, 1, 2], [20, 21, 5])
SENTINEL_CORRECTIONS = {
    "mod_dry_tropo_cor_meas_altitude_01": (-2.3, 0.003),
    "mod_wet_tropo_cor_meas_altitude_01": (-0.05, 0.002),
    "iono_cor_gim_01_ku": (-0.02, 0.001),
    "inv_bar_cor_01": (0.1, 0.004),
    "hf_fluct_cor_01": (-0.03, 0.002),
    "ocean_tide_sol2_01": (0.3, 0.006),
    "ocean_tide_eq_01": (0.02, 0.001),
    "load_tide_sol2_01": (-0.03, 0.002),
    "solid_earth_tide_01": (-0.1, 0.003),
    "pole_tide_01": (0.002, 0.001),
}


def sentinel_at_20hz(name: str) -> np.ndarray:
    """Return the truth of a Sentinel-3 correction at 20 Hz, block by block."""
    first, step = SENTINEL_CORRECTIONS[name]
    return first + step * SENTINEL_BLOCK


def sentinel3(version: str = "07.03", satellite: str = "A") -> Content:
    """Return a standard measurement file as that version of the processor writes it."""
    recent = version >= "07.03"
    n = SENTINEL_RECORDS
    record = np.arange(n)
    ku, one = ("time_20_ku",), ("time_01",)
    content = Content(
        {
            "mission_name": f"Sentinel 3{satellite}",
            "altimeter_sensor_name": "SRAL",
            "product_name": f"S3{satellite}_SR_2_WAT____20230502T150553_20230502T155016_"
            "20230528T090246_2663_098_210______MAR_O_NT_005.SEN3",
            "source": f"IPF-SM-2 {version}",
            "processing_baseline": "SM__WAT.005.02.00",
        },
        {"time_01": 3, "time_20_ku": n, "time_20_c": n - 4},
    )
    start = seconds_since_2000(np.datetime64("2023-05-02T15:05:53.5", "ns"))
    terms = [t for t in SENTINEL_CORRECTIONS if t not in ("ocean_tide_eq_01", "load_tide_sol2_01")]
    if not recent:
        terms.remove("hf_fluct_cor_01")
    altitude = 814641.4 + 0.5 * record
    surface_range = 814650.0 + 0.5 * record
    height = altitude - surface_range - sum(sentinel_at_20hz(name) for name in terms)
    heights = {
        "sea_ice_sea_surf_20_ku": height,
        "sea_ice_ssha_20_ku": np.full(n, 0.2),
        "freeboard_20_ku": np.where(record % 3 == 1, 0.15, np.nan),
        "mean_sea_surf_sol1_20_ku": height - (0.2 if recent else 0.4),
        "mean_sea_surf_sol2_20_ku": height - (0.4 if recent else 0.2),
        "snow_depth_20_ku": np.full(n, 0.2),
    }
    content.variables = {
        "time_20_ku": Packed("f8", ku, start + 0.049 * record, units=SECONDS_SINCE_2000),
        "time_01": Packed("f8", one, start + np.arange(3), units=SECONDS_SINCE_2000),
        "time_20_c": Packed(
            "f8", ("time_20_c",), start + 0.05 * np.arange(n - 4), units=SECONDS_SINCE_2000
        ),
        "lon_20_ku": Packed("i4", ku, 359.98 - 0.001 * record, 1e-6),
        "lat_20_ku": Packed("i4", ku, 80.0 + 0.002 * record, 1e-6),
        "index_1hz_meas_20_ku": Packed("i2", ku, SENTINEL_BLOCK, fill=32767),
        "instr_op_mode_20_ku": Packed("i1", ku, np.ones(n), fill=127),
        "surf_type_20_ku": Packed("i1", ku, np.where(record == 3, 3, 0), fill=127),
        "surf_type_class_20_ku": Packed("i1", ku, np.arange(n) % 4, fill=127),
        "waveform_qual_ice_20_ku": Packed("i1", ku, np.where(record == 7, 8, 0), fill=127),
        "peakiness_2_20_ku": Packed("i2", ku, 5.0 + record, 0.01, 0.0, 32767),
        "sig0_sea_ice_sheet_20_ku": Packed("i2", ku, 20.0 + record, 0.01, 0.0, 32767),
        "sea_ice_concentration_20_ku": Packed("i4", ku, np.full(n, 95.5), 0.01, 0.0, 2147483647),
        # Pseudo-LRM: another time, another length.
        "range_ocean_20_plrm_ku": Packed(
            "i4", ("time_20_c",), np.full(n - 4, 814000.0), 1e-4, 700000.0, 2147483647
        ),
    }
    for name, values in (("alt_20_ku", altitude), ("range_sea_ice_20_ku", surface_range)):
        content.variables[name] = Packed("i4", ku, values, 1e-4, 700000.0, 2147483647)
    for name, values in heights.items():
        content.variables[name] = Packed("i4", ku, values, 1e-4, 0.0, 2147483647)
    for name, (first, step) in SENTINEL_CORRECTIONS.items():
        content.variables[name] = Packed(
            "i2", one, first + step * np.arange(3), 1e-4, 0.0, fill=32767
        )
    return content


def sentinel3_enhanced(gates: int = 128, centre_of_mass: float = 0.557) -> Content:
    """Return an enhanced measurement file: echoes peak at gate 43 + record."""
    content = sentinel3()
    n = SENTINEL_RECORDS
    ku = ("time_20_ku",)
    content.dimensions["echo_sample_ind"] = gates
    counts = np.full((n, gates), 10.0)
    counts[np.arange(n), 43 + np.arange(n)] = 2500.5
    tracker = 814648.0 + 0.5 * np.arange(n)
    epoch = 1e-9 * (1 + 0.1 * np.arange(n))
    ocean = tracker + 299792458.0 / 2 * epoch + centre_of_mass
    content.variables |= {
        "waveform_20_ku": Packed(
            "u4", (*ku, "echo_sample_ind"), counts, 0.001, 0.0, fill=4294967295
        ),
        "agc_20_ku": Packed("i2", ku, np.full(n, 27.17), 0.01, 0.0, 32767),
        "scale_factor_20_ku": Packed("i4", ku, np.full(n, 0.74), 0.01, 0.0, 2147483647),
        "tracker_range_20_ku": Packed("i4", ku, tracker, 1e-4, 700000.0, 2147483647),
        "range_ocean_20_ku": Packed("i4", ku, ocean, 1e-4, 700000.0, 2147483647),
        "epoch_ocean_20_ku": Packed("i4", ku, epoch, 1e-15, 0.0, 2147483647),
    }
    return content


def sentinel3_reduced() -> Content:
    """Return a reduced measurement file: 1 Hz only, no sea-ice retracker."""
    content = sentinel3()
    one = ("time_01",)
    kept = ("time_01", "inv_bar_cor_01", "hf_fluct_cor_01", "mod_dry_tropo_cor_meas_altitude_01")
    content.dimensions = {"time_01": 3}
    content.variables = {name: content.variables[name] for name in kept} | {
        "lon_01": Packed("i4", one, np.array([359.0, 358.9, 358.8]), 1e-6),
        "lat_01": Packed("i4", one, np.array([80.0, 80.05, 80.1]), 1e-6),
        "alt_01": Packed("i4", one, np.full(3, 814641.4), 1e-4, 700000.0, 2147483647),
        "surf_type_01": Packed("i1", one, np.array([0, 3, 0]), fill=127),
        "instr_op_mode_01": Packed("i1", one, np.ones(3), fill=127),
        "range_ocean_01_ku": Packed("i4", one, np.full(3, 814600.0), 1e-4, 700000.0, 2147483647),
        "ssha_01_ku": Packed("i2", one, np.array([0.1, np.nan, 0.3]), 0.001, 0.0, 32767),
        "sig0_ocean_01_ku": Packed("i2", one, np.full(3, 11.5), 0.01, 0.0, 32767),
        "mean_sea_surf_sol1_01": Packed("i4", one, np.full(3, 30.0), 1e-4, 0.0, 2147483647),
    }
    return content
