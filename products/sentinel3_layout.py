"""What stands in a Sentinel-3 SRAL marine file: variables as processor 07.11 packs them.

Read off products of EUMETSAT.  The 20 Hz Ku and 1 Hz variables that readers ask for are here;
radiometer, C band and pseudo-LRM are not.
"""

from .packed import Flags, Packing

SECONDS = "seconds since 2000-01-01 00:00:00.0"
DAYS = "days since 2000-01-01 00:00:00.0"
#: The same offset for altitudes and ranges, so that differences of packed numbers are right [m].
HEIGHT_OFFSET_M = 700000.0
#: Count that means "missing", by type.
FILLS = {"i1": 127, "i2": 32767, "i4": 2147483647, "u2": 65535, "u4": 4294967295}


def _height(long_name: str) -> Packing:
    return Packing("i4", "m", 1e-4, long_name, HEIGHT_OFFSET_M)


def _metres(dtype: str, long_name: str) -> Packing:
    return Packing(dtype, "m", 1e-4, long_name)


def _decibel(long_name: str) -> Packing:
    return Packing("i2", "dB", 1e-2, long_name)


def _flag(long_name: str) -> Packing:
    return Packing("i1", "", None, long_name)


#: Once a second.
ONE_HZ = {
    "time_01": Packing("f8", SECONDS, None, "UTC"),
    "UTC_day_01": Packing("i2", DAYS, None, "day UTC"),
    "UTC_sec_01": Packing("f8", "s", None, "Second in the day UTC"),
    "lat_01": Packing("i4", "degrees_north", 1e-06, "latitude"),
    "lon_01": Packing("i4", "degrees_east", 1e-06, "longitude"),
    "surf_type_01": _flag("surface type"),
    "surf_class_01": _flag("surface classification"),
    "alt_01": _height("altitude of the satellite"),
    "orb_alt_rate_01": Packing("i2", "m/s", 0.01, "orbital altitude rate"),
    "index_first_20hz_meas_01_ku": Packing(
        "i4", "count", None, "Index of the first 20Hz measurement"
    ),
    "num_20hz_meas_01_ku": Packing("i2", "count", None, "Number of 20Hz measurements"),
    "instr_op_mode_01": _flag("Instrument operating mode"),
    "mod_dry_tropo_cor_zero_altitude_01": _metres(
        "i2", "model dry tropospheric correction at zero altitude"
    ),
    "mod_dry_tropo_cor_meas_altitude_01": _metres(
        "i2", "model dry tropospheric correction at measurement altitude"
    ),
    "mod_wet_tropo_cor_zero_altitude_01": _metres(
        "i2", "model wet tropospheric correction at zero altitude"
    ),
    "mod_wet_tropo_cor_meas_altitude_01": _metres(
        "i2", "model wet tropospheric correction at measurement altitude"
    ),
    "rad_wet_tropo_cor_01_ku": _metres("i2", "radiometer wet tropospheric correction"),
    "gpd_wet_tropo_cor_01": _metres("i2", "GPD+ wet tropospheric correction"),
    "iono_cor_alt_01_ku": _metres("i2", "altimeter ionospheric correction"),
    "iono_cor_gim_01_ku": _metres("i2", "GIM ionospheric correction"),
    "sea_state_bias_01_ku": _metres("i2", "Sea state bias correction"),
    "inv_bar_cor_01": _metres("i2", "Inverted barometer height correction"),
    "hf_fluct_cor_01": _metres("i2", "High frequency fluctuations of the sea surface topography"),
    "hf_fluct_cor_flag_01": _flag(
        "flag indicating the type of dynamic atmospheric correction files used"
    ),
    "ocean_tide_sol1_01": _metres("i4", "Geocentric ocean tide height (solution 1)"),
    "ocean_tide_sol2_01": _metres("i4", "Geocentric ocean tide height (solution 2)"),
    "ocean_tide_eq_01": _metres("i2", "Equilibrium long-period ocean tide height"),
    "ocean_tide_non_eq_01": _metres("i2", "Non-equilibrium long-period ocean tide height"),
    "load_tide_sol1_01": _metres("i2", "Load tide height for geocentric ocean tide (solution 1)"),
    "load_tide_sol2_01": _metres("i2", "Load tide height for geocentric ocean tide (solution 2)"),
    "solid_earth_tide_01": _metres("i2", "Solid earth tide height"),
    "pole_tide_01": _metres("i2", "Geocentric tide height"),
    "internal_tide_sol1_01": _metres("i4", "Geocentric internal tide height"),
    "mean_sea_surf_sol1_01": _metres(
        "i4", "Mean sea surface height (solution 1) above reference ellipsoid"
    ),
    "mean_sea_surf_sol2_01": _metres(
        "i4", "Mean sea surface height (solution 2) above reference ellipsoid"
    ),
    "mean_dyn_topo_01": _metres("i4", "Mean dynamic topography above geoid"),
    "geoid_01": _metres("i4", "Geoid height"),
    "sea_ice_concentration_01": Packing("i4", "percent", 0.01, "sea-ice concentration"),
}

#: 20 times a second.
RECORDS = {
    "time_20_ku": Packing("f8", SECONDS, None, "UTC"),
    "UTC_day_20_ku": Packing("i2", DAYS, None, "day UTC"),
    "UTC_sec_20_ku": Packing("f8", "s", None, "Second in the day UTC"),
    "UTC_time_1hz_20_ku": Packing("f8", SECONDS, None, "UTC of the 1 Hz measurement"),
    "lat_20_ku": Packing("i4", "degrees_north", 1e-06, "latitude"),
    "lon_20_ku": Packing("i4", "degrees_east", 1e-06, "longitude"),
    "lat_cor_20_ku": Packing("i4", "degrees_north", 1e-06, "slope-corrected latitude"),
    "lon_cor_20_ku": Packing("i4", "degrees_east", 1e-06, "slope-corrected longitude"),
    "surf_type_20_ku": _flag("surface type"),
    "surf_class_20_ku": _flag("surface classification"),
    "dist_coast_20_ku": Packing("i4", "m", None, "distance to the coast"),
    "alt_20_ku": _height("altitude of the satellite"),
    "orb_alt_rate_20_ku": Packing("i2", "m/s", 0.01, "orbital altitude rate"),
    "index_1hz_meas_20_ku": Packing("i2", "count", None, "Index of the 1Hz measurement"),
    "instr_op_mode_20_ku": _flag("Instrument operating mode"),
    "mode_id_20_ku": _flag("Mode identifier"),
    "range_ocean_20_ku": _height("corrected 'ocean' altimeter range"),
    "sig0_ocean_20_ku": _decibel("corrected 'ocean' backscatter coefficient"),
    "swh_ocean_20_ku": Packing("i2", "m", 0.001, "corrected 'ocean' significant waveheight"),
    "ssha_20_ku": Packing("i2", "m", 0.001, "sea surface height anomaly"),
    "range_ocog_20_ku": _height("corrected ocog altimeter range"),
    "sig0_ocog_20_ku": _decibel("corrected ocog backscatter coefficient"),
    "elevation_ocog_20_ku": _metres(
        "i4", "corrected altimeter elevation from OCOG (ice-1) retracker"
    ),
    "range_ice_sheet_20_ku": _height("corrected 'ice-sheet' altimeter range"),
    "sig0_ice_sheet_20_ku": _decibel("corrected 'ice-sheet' backscatter coefficient"),
    "range_sea_ice_20_ku": _height("corrected 'sea ice' altimeter range"),
    "sig0_sea_ice_sheet_20_ku": _decibel("corrected 'sea ice' backscatter coefficient"),
    "sea_ice_sea_surf_20_ku": _metres("i4", "'sea ice' sea surface height"),
    "sea_ice_ssha_20_ku": _metres("i4", "'sea ice' sea surface height anomaly"),
    "int_sea_ice_ssha_20_ku": _metres("i4", "interpolated 'sea ice' sea surface height anomaly"),
    "freeboard_20_ku": _metres("i4", "freeboard"),
    "surf_type_class_20_ku": _flag("altimeter-derived surface type classification"),
    "waveform_qual_ice_20_ku": _flag("Ice waveform quality check status"),
    "peakiness_1_20_ku": Packing("i2", "count", 0.01, "Peakiness 1"),
    "peakiness_2_20_ku": Packing("i2", "count", 0.01, "Peakiness 2"),
    "nb_stack_20_ku": Packing(
        "u2", "count", None, "Number of waveforms summed in stack in SAR processing"
    ),
    "sea_ice_concentration_20_ku": Packing("i4", "percent", 0.01, "sea-ice concentration"),
    "snow_density_20_ku": Packing("i4", "kg/m^3", None, "snow density"),
    "snow_depth_20_ku": _metres("i4", "snow depth"),
    "net_instr_cor_range_20_ku": _metres(
        "i4", "Net instrumental correction on the altimeter range"
    ),
    "net_instr_cor_sig0_20_ku": _decibel(
        "Net instrumental correction on the backscatter coefficient"
    ),
    "iono_cor_alt_20_ku": _metres("i2", "altimeter ionospheric correction"),
    "mean_sea_surf_sol1_20_ku": _metres(
        "i4", "Mean sea surface height (solution 1) above reference ellipsoid"
    ),
    "mean_sea_surf_sol2_20_ku": _metres(
        "i4", "Mean sea surface height (solution 2) above reference ellipsoid"
    ),
    "interp_flag_mss_sol1_20_ku": _flag("Mean sea surface (solution 1) interpolation flag"),
    "interp_flag_mss_sol2_20_ku": _flag("Mean sea surface (solution 2) interpolation flag"),
    "geoid_20_ku": _metres("i4", "Geoid height"),
    "mod_dry_tropo_cor_zero_altitude_20_ku": _metres(
        "i2", "model dry tropospheric correction at zero altitude"
    ),
    "mod_wet_tropo_cor_zero_altitude_20_ku": _metres(
        "i2", "model wet tropospheric correction at zero altitude"
    ),
    "iono_cor_gim_20_ku": _metres("i2", "GIM ionospheric correction"),
    "dyn_atm_cor_20_ku": _metres("i2", "dynamic atmospheric correction"),
    "ocean_tide_total_sol2_20_ku": _metres("i4", "Geocentric total ocean tide height (solution 2)"),
    "solid_earth_tide_20_ku": _metres("i2", "Solid earth tide height"),
    "pole_tide_20_ku": _metres("i2", "Geocentric tide height"),
}

#: 20 times a second, in the enhanced file alone.
ENHANCED = {
    "tracker_range_20_ku": _height("corrected tracker range"),
    "h0_nav_dem_20_ku": Packing(
        "u4", "3.125/64*10^-9s", None, "altitude command H0 computed with nav / DEM"
    ),
    "agc_20_ku": _decibel("corrected AGC"),
    "agc_qual_20_ku": _flag("quality flag for AGC"),
    "scale_factor_20_ku": Packing(
        "i4", "dB", 0.01, "scaling factor for backscatter coefficient evaluation"
    ),
    "epoch_ocean_20_ku": Packing("i4", "s", 1e-15, "Epoch / ocean retracking"),
    "amplitude_ocean_20_ku": Packing(
        "i4", "count", 1e-06, "Amplitude / ocean retracking (FFT power unit)"
    ),
    "thermal_noise_ocean_20_ku": Packing(
        "i4", "count", 1e-06, "Thermal noise / 'ocean' retracking (FFT power unit)"
    ),
    "uso_cor_20_ku": _metres("i4", "USO frequency drift correction"),
    "int_path_cor_20_ku": _metres("i4", "internal path correction on the altimeter range"),
    "dop_cor_l1b_20_ku": _metres("i2", "doppler correction on the altimeter range"),
    "dop_cor_20_ku": _metres("i2", "doppler correction on the altimeter range"),
    "dop_slope_cor_20_ku": _metres(
        "i2", "slope-corrected doppler correction on the altimeter range"
    ),
    "agc_cor_20_ku": Packing("i4", "dB", 0.01, "correction for instrumental errors on AGC"),
    "sig0_cal_20_ku": _decibel("internal calibration correction on the backscatter coefficient"),
    "waveform_20_ku": Packing("u4", "count", 0.001, "Waveform samples (I2+Q2)"),
    "seq_count_20_ku": Packing("u2", "count", None, "sequence count"),
    "oper_instr_20_ku": _flag("operating instrument"),
    "loss_track_20_ku": _flag("loss of track criterion"),
    "flag_man_pres_20_ku": _flag("manoeuvre presence flag"),
    "flag_man_thrust_20_ku": _flag("manoeuvre thrust flag"),
    "flag_man_plane_20_ku": _flag("manoeuvre plane flag"),
}

_SURFACE_TYPES = Flags(
    "flag_values",
    (0, 1, 2, 3),
    "ocean_or_semi_enclosed_sea enclosed_sea_or_lake continental_ice land",
)
_SURFACE_CLASSES = Flags(
    "flag_values",
    (0, 1, 2, 3, 4, 5, 6),
    "open_ocean land continental_water aquatic_vegetation continental_ice_snow floating_ice "
    "salted_basin",
)
_OPERATING_MODES = Flags("flag_values", (0, 1, 2), "LRM SAR LRM_and_SAR")
_GOOD_BAD = Flags("flag_values", (0, 1), "good bad")
#: What the codes of the flags mean.
FLAGS = {
    "surf_type_01": _SURFACE_TYPES,
    "surf_class_01": _SURFACE_CLASSES,
    "instr_op_mode_01": _OPERATING_MODES,
    "hf_fluct_cor_flag_01": Flags(
        "flag_values", (0, 1, 2), "forecast_FMO preliminary_PMO precise_RMO"
    ),
    "surf_type_20_ku": _SURFACE_TYPES,
    "surf_class_20_ku": _SURFACE_CLASSES,
    "instr_op_mode_20_ku": _OPERATING_MODES,
    "mode_id_20_ku": Flags("flag_values", (0, 1, 2), "closed_loop open_loop open_loop_fixed_gain"),
    "surf_type_class_20_ku": Flags(
        "flag_values", (0, 1, 2, 3), "open_ocean sea_ice lead unclassified"
    ),
    "waveform_qual_ice_20_ku": Flags(
        "flag_values",
        (0, 1, 2, 4, 8, 16, 32),
        "waveform_ok total_power_test_failed noise_power_test_failed variance_test_failed "
        "leading_edge_test_failed low_peakiness_test_failed high_peakiness_test_failed",
    ),
    "interp_flag_mss_sol1_20_ku": _GOOD_BAD,
    "interp_flag_mss_sol2_20_ku": _GOOD_BAD,
    "agc_qual_20_ku": Flags("flag_values", (0, 1), "Yes No"),
    "oper_instr_20_ku": Flags("flag_values", (0, 1), "A B"),
    "loss_track_20_ku": Flags("flag_values", (0, 1), "normal loss_of_track"),
    "flag_man_pres_20_ku": Flags("flag_values", (0, 1), "no_manoeuvre ongoing_manoeuvre"),
    "flag_man_thrust_20_ku": Flags("flag_values", (0, 1), "no_thrust ongoing_thrust"),
    "flag_man_plane_20_ku": Flags("flag_values", (0, 1), "in_plane out_of_plane"),
}


def fill_of(name: str, packing: Packing) -> int | None:
    """Return the count that means "missing" in a variable, None where there is none."""
    position = name in ("lat_01", "lon_01", "lat_20_ku", "lon_20_ku")
    return None if position or name.startswith("UTC_day") else FILLS.get(packing.dtype)


def dimensions_of(name: str) -> tuple[str, ...]:
    """Return the dimensions of a variable, which follow from its name."""
    if name == "waveform_20_ku":
        return "time_20_ku", "echo_sample_ind"
    return ("time_20_ku",) if name.endswith("_20_ku") else ("time_01",)
