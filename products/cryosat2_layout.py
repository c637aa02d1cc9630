"""What stands in a CryoSat-2 L1b file of baseline E: every variable, as ESA packs it.

Read off files of ESA; long names are shortened where they are longer than a line.
"""

from .packed import Flags, Packing

SECONDS = "seconds since 2000-01-01 00:00:00.0"
#: Count that means "missing", by type.
FILLS = {"i1": -128, "i2": -32768, "i4": -2147483648, "i8": -9223372036854775808}
#: The same, where it is another one.
OTHER_FILLS = {
    "flag_cor_err_01": -1,
    "flag_cor_status_01": -1,
    "flag_echo_20_ku": -1,
    "flag_echo_avg_01_ku": -1,
    "flag_mcd_20_ku": -1,
    "stack_kurtosis_20_ku": -999,
    "stack_skewness_20_ku": -999,
    "uso_cor_20_ku": 2147483647,
    "uso_cor_avg_01_ku": 2147483647,
}
WITHOUT_FILL = ("flag_instr_conf_rx_flags_20_ku", "rec_count_20_ku", "seq_count_20_ku")

#: Every variable of the file.
VARIABLES = {
    "agc_ch1_20_ku": Packing("i4", "dB", 0.01, "AGC gain applied on rx channel 1"),
    "agc_ch2_20_ku": Packing("i4", "dB", 0.01, "AGC gain applied on rx channel 2"),
    "alt_20_ku": Packing("i4", "m", 0.001, "altitude of CoM above the reference ellipsoid"),
    "alt_avg_01_ku": Packing(
        "i4", "m", 0.001, "Altitude of the Satellite CoM above reference ellipsoid"
    ),
    "beam_dir_vec_20_ku": Packing("i4", "m", 1e-06, "real beam direction vector in CRF"),
    "coherence_waveform_20_ku": Packing("i2", "count", 0.001, "l1b coherence waveform"),
    "cor2_applied_20_ku": Packing("i4", "seconds/rc", 3.05e-12, "cor2 height rate"),
    "dop_angle_start_20_ku": Packing("i4", "rad", 1e-07, "doppler angle start"),
    "dop_angle_stop_20_ku": Packing("i4", "rad", 1e-07, "doppler angle stop"),
    "dop_cor_20_ku": Packing("i4", "m", 0.001, "doppler range correction"),
    "echo_numval_20_ku": Packing("i2", "count", 1, "number of echoes averaged"),
    "echo_numval_avg_01_ku": Packing("i2", "count", 1, "number of echoes averaged"),
    "echo_scale_factor_20_ku": Packing(
        "i4", "count", 1e-09, "echo scale factor (to scale echo to watts)"
    ),
    "echo_scale_factor_avg_01_ku": Packing(
        "i4", "count", 1e-09, "echo scale factor (to scale echo to watts)"
    ),
    "echo_scale_pwr_20_ku": Packing("i4", "count", 1, "echo scale power (a power of 2)"),
    "echo_scale_pwr_avg_01_ku": Packing("i4", "count", 1, "echo scale power (a power of 2)"),
    "flag_cor_err_01": Packing("i4", "", None, "correction error flags"),
    "flag_cor_status_01": Packing("i4", "", None, "correction status flags"),
    "flag_echo_20_ku": Packing("i2", "", None, "flags for L1b 20Hz power waveform"),
    "flag_echo_avg_01_ku": Packing("i2", "", None, "flags for 1Hz average power waveform"),
    "flag_instr_conf_rx_bwdt_20_ku": Packing(
        "i1", "", None, "instrument configuration: acquisition band"
    ),
    "flag_instr_conf_rx_flags_20_ku": Packing("i1", "", None, "instrument configuration flags"),
    "flag_instr_conf_rx_in_use_20_ku": Packing(
        "i1", "", None, "instrument configuration: rx chain in use"
    ),
    "flag_instr_conf_rx_str_in_use_20_ku": Packing(
        "i1", "", None, "instrument configuration: str in use"
    ),
    "flag_instr_conf_rx_trk_mode_20_ku": Packing(
        "i1", "", None, "instrument configuration: tracking mode"
    ),
    "flag_instr_mode_att_ctrl_20_ku": Packing("i1", "", None, "mode id: platform attitude control"),
    "flag_instr_mode_flags_20_ku": Packing(
        "i1", "", None, "mode id: sarin degraded case and CAL4 flag"
    ),
    "flag_instr_mode_op_20_ku": Packing(
        "i1", "", None, "mode id: siral instrument measurement mode"
    ),
    "flag_mcd_20_ku": Packing("i4", "", None, "measurement confidence flags"),
    "flag_trk_cycle_20_ku": Packing("i2", "", None, "trk cycle report (as extracted from the L0)"),
    "h0_applied_20_ku": Packing("i4", "seconds", 4.88e-11, "h0 initial height word"),
    "h0_fai_word_20_ku": Packing("i4", "seconds", 4.88e-11, "fine word fai"),
    "h0_lai_word_20_ku": Packing("i4", "seconds", 1.25e-08, "coarse range word lai"),
    "hf_fluct_total_cor_01": Packing("i4", "m", 0.001, "1-way dynamic atmospheric correction"),
    "ind_first_meas_20hz_01": Packing(
        "i4", "count", None, "index of the first 20Hz measurement: 1 Hz"
    ),
    "ind_meas_1hz_20_ku": Packing(
        "i2", "count", None, "index of the 1Hz measurement: 20 Hz ku band"
    ),
    "instr_cor_gain_rx_20_ku": Packing(
        "i4", "dB", 0.01, "instrument gain correction (rx only chain)"
    ),
    "instr_cor_gain_tx_rx_20_ku": Packing(
        "i4", "dB", 0.01, "instrument gain correction (tx-rx chain)"
    ),
    "instr_cor_range_rx_20_ku": Packing(
        "i4", "m", 0.001, "1-way instrument range correction (rx only chain)"
    ),
    "instr_cor_range_tx_rx_20_ku": Packing(
        "i4", "m", 0.001, "1-way instrument range correction (tx-rx chain)"
    ),
    "instr_ext_ph_cor_20_ku": Packing("i4", "rad", 1e-06, "external phase correction"),
    "instr_int_ph_cor_20_ku": Packing(
        "i4", "rad", 1e-06, "internal phase correction from the CAL-4"
    ),
    "inter_base_vec_20_ku": Packing(
        "i4", "m", 1e-06, "interferometric baseline direction vector in CRF"
    ),
    "inv_bar_cor_01": Packing("i4", "m", 0.001, "inverse barometric correction (1-way)"),
    "iono_cor_01": Packing("i4", "m", 0.001, "model ionospheric correction (1-way)"),
    "iono_cor_gim_01": Packing("i4", "m", 0.001, "gim ionospheric correction (1-way)"),
    "lat_20_ku": Packing("i4", "degrees_north", 1e-07, "20 Hz latitude"),
    "lat_avg_01_ku": Packing("i4", "degrees_north", 1e-07, "latitude of measurement"),
    "lat_cor_01": Packing("i4", "degrees_north", 1e-07, "latitude of corrections"),
    "load_tide_01": Packing("i4", "m", 0.001, "ocean loading tide (1-way)"),
    "lon_20_ku": Packing("i4", "degrees_east", 1e-07, "20 Hz longitude"),
    "lon_avg_01_ku": Packing("i4", "degrees_east", 1e-07, "longitude of measurement"),
    "lon_cor_01": Packing("i4", "degrees_east", 1e-07, "longitude of corrections"),
    "look_angle_start_20_ku": Packing("i4", "rad", 1e-07, "look angle start"),
    "look_angle_stop_20_ku": Packing("i4", "rad", 1e-07, "look angle stop"),
    "mod_dry_tropo_cor_01": Packing("i4", "m", 0.001, "dry tropospheric correction (1-way)"),
    "mod_wet_tropo_cor_01": Packing("i4", "m", 0.001, "wet tropospheric correction (1-way)"),
    "noise_power_20_ku": Packing("i4", "dB", 0.01, "noise power measurement"),
    "ocean_tide_01": Packing("i4", "m", 0.001, "elastic ocean tide (1-way)"),
    "ocean_tide_eq_01": Packing("i4", "m", 0.001, "long period equilibrium ocean tide (1-way)"),
    "off_nadir_pitch_angle_str_20_ku": Packing("i4", "degrees", 1e-07, "antenna bench pitch angle"),
    "off_nadir_roll_angle_str_20_ku": Packing("i4", "degrees", 1e-07, "antenna bench roll angle"),
    "off_nadir_yaw_angle_str_20_ku": Packing("i4", "degrees", 1e-07, "antenna bench yaw angle"),
    "orb_alt_rate_20_ku": Packing("i4", "m/s", 0.001, "altitude rate of CoM above the ellipsoid"),
    "ph_diff_waveform_20_ku": Packing("i4", "rad", 1e-06, "l1b Phase Difference waveform"),
    "ph_slope_cor_20_ku": Packing("i4", "rad", 1e-06, "phase slope correction"),
    "pole_tide_01": Packing("i4", "m", 0.001, "geocentric polar tide (1-way)"),
    "pwr_waveform_20_ku": Packing("u2", "count", 1, "l1b power waveform scaled 0-65535"),
    "pwr_waveform_avg_01_ku": Packing("u2", "count", 1, "1hz l1b power waveform scaled 0-65535"),
    "rec_count_20_ku": Packing("i4", "count", None, "record counter"),
    "sat_vel_vec_20_ku": Packing("i4", "m/s", 0.001, "velocity vector in itrf"),
    "seq_count_20_ku": Packing("i2", "count", 1, "Source Sequence Counter"),
    "solid_earth_tide_01": Packing("i4", "m", 0.001, "solid earth tide (1-way)"),
    "stack_centre_20_ku": Packing(
        "i2", "count", 0.01, "gaussian power fitting: centre wrt beam number"
    ),
    "stack_centre_angle_20_ku": Packing(
        "i2", "rad", 1e-06, "gaussian power fitting: centre wrt boresight angle"
    ),
    "stack_centre_look_angle_20_ku": Packing(
        "i2", "rad", 1e-06, "gaussian power fitting: centre wrt look angle"
    ),
    "stack_gaussian_fitting_residuals_20_ku": Packing(
        "i2", "dbW", 0.01, "gaussian power fitting: residuals"
    ),
    "stack_kurtosis_20_ku": Packing(
        "i2", "count", 0.01, "gaussian power fitting: kurtosis wrt beam number"
    ),
    "stack_number_after_weighting_20_ku": Packing(
        "i2", "count", 1, "number of beams in the stack after weighting"
    ),
    "stack_number_before_weighting_20_ku": Packing(
        "i2", "count", 1, "number of beams in the stack before weighting"
    ),
    "stack_peakiness_20_ku": Packing("i2", "count", 0.01, "Stack peakiness"),
    "stack_scaled_amplitude_20_ku": Packing("i2", "dB", 0.01, "gaussian power fitting: amplitude"),
    "stack_skewness_20_ku": Packing(
        "i2", "count", 0.01, "gaussian power fitting: skewness wrt beam number"
    ),
    "stack_std_20_ku": Packing(
        "i2", "count", 0.01, "Gaussian power fitting: std dev wrt beam number"
    ),
    "stack_std_angle_20_ku": Packing(
        "i2", "rad", 1e-06, "gaussian power fitting: std dev wrt boresight angle"
    ),
    "surf_type_01": Packing("i1", "", None, "surface type flag"),
    "time_20_ku": Packing("f8", SECONDS, None, "time in TAI: seconds since 1 Jan 2000"),
    "time_avg_01_ku": Packing("f8", SECONDS, None, "time in TAI: seconds since 1 Jan 2000"),
    "time_cor_01": Packing("f8", SECONDS, None, "time in TAI: seconds since 1 Jan 2000"),
    "tot_gain_ch1_20_ku": Packing("i4", "dB", 0.01, "total fixed gain on channel 1"),
    "tot_gain_ch2_20_ku": Packing("i4", "dB", 0.01, "total fixed gain on channel 2"),
    "transmit_pwr_20_ku": Packing("i4", "Watt", 1e-06, "transmitted power"),
    "uso_cor_20_ku": Packing(
        "i4", "seconds", 1e-12, "uso correction applied to window delay (2-way)"
    ),
    "uso_cor_avg_01_ku": Packing(
        "i4", "seconds", 1e-12, "uso correction applied to window delay (2-way)"
    ),
    "window_del_20_ku": Packing(
        "i8", "seconds", 1e-12, "calibrated window delay (2-way), to sample ns/2 from 0"
    ),
    "window_del_avg_01_ku": Packing(
        "i8", "seconds", 1e-12, "calibrated window delay (2-way), to sample ns/2 from 0"
    ),
}

#: What the bits of two flags are about.
_CORRECTIONS = (
    "model_dry",
    "model_wet",
    "inv_bar",
    "hf_fluctuations",
    "iono_gim",
    "iono_model",
    "ocean_tide",
    "ocean_tide_equil",
    "load_tide",
    "solid_earth",
    "pole_tide",
    "surface_type",
)
_TWELVE_BITS = tuple(2**bit for bit in range(11, -1, -1))

#: What the codes of the flags mean.
FLAGS = {
    "flag_cor_err_01": Flags(
        "flag_masks", _TWELVE_BITS, " ".join(f"{name}_error" for name in _CORRECTIONS)
    ),
    "flag_cor_status_01": Flags(
        "flag_masks", _TWELVE_BITS, " ".join(f"{name}_called" for name in _CORRECTIONS)
    ),
    "flag_echo_20_ku": Flags(
        "flag_masks",
        (-32768, 16384, 8192, 4096, 2048, 1024, 512, 256),
        "approx_beam_steering exact_beam_steering doppler_weighting_computed "
        "doppler_weighting_applied multi_look_incomplete beam_angle_steering_error "
        "anti_aliased_power_echoes auto_beam_steering",
    ),
    "flag_echo_avg_01_ku": Flags(
        "flag_masks", (-32768, 1), "1_hz_echo_error_not_computed mispointing_bad_angles"
    ),
    "flag_instr_conf_rx_bwdt_20_ku": Flags("flag_values", (0, 1, 2), "unknown 320_mhz 40_mhz"),
    "flag_instr_conf_rx_flags_20_ku": Flags(
        "flag_masks",
        (-128, 64, 32, 16, 8, 4, 2, 1),
        "siral_redundant external_cal open_loop loss_of_echo real_time_error echo_saturation "
        "rx_band_attenuated cycle_report_error",
    ),
    "flag_instr_conf_rx_in_use_20_ku": Flags("flag_values", (0, 1, 2, 3), "unknown rx1 rx2 both"),
    "flag_instr_conf_rx_str_in_use_20_ku": Flags(
        "flag_values", (0, 1, 2, 3, 4), "no_str_tracker tracker_1 tracker_2 tracker_3 attref_file"
    ),
    "flag_instr_conf_rx_trk_mode_20_ku": Flags(
        "flag_values", (0, 1, 2, 3), "unknown lrm sar sarin"
    ),
    "flag_instr_mode_att_ctrl_20_ku": Flags(
        "flag_values", (0, 1, 2), "unknown local_normal_pointing yaw_steering"
    ),
    "flag_instr_mode_flags_20_ku": Flags(
        "flag_masks", (2, 1), "sarin_degraded_case cal4_packet_detection"
    ),
    "flag_instr_mode_op_20_ku": Flags("flag_values", (1, 2, 3), "lrm sar sarin"),
    "flag_mcd_20_ku": Flags(
        "flag_masks",
        (-(2**31), *(2**bit for bit in (*range(30, 10, -1), 7, 6, 5, 4, 3, 0))),
        "block_degraded blank_block datation_degraded orbit_prop_error orbit_file_change "
        "orbit_gap echo_saturated other_echo_error sarin_rx1_error sarin_rx2_error "
        "window_delay_error agc_error cal1_missing cal1_default doris_uso_missing ccal1_default "
        "trk_echo_error echo_rx1_error echo_rx2_error npm_error cal1_pwr_corr_type "
        "phase_pert_cor_missing cal2_missing cal2_default power_scale_error "
        "attitude_cor_missing phase_pert_cor_default",
    ),
    "flag_trk_cycle_20_ku": Flags(
        "flag_values",
        (0, 1, 2, 3, 7),
        "no_errors loss_of_echo run_time_error echo_saturation_error unknown_error",
    ),
    "surf_type_01": Flags("flag_values", (0, 1, 2, 3), "ocean lake_enclosed_sea ice land"),
}


def fill_of(name: str) -> int | None:
    """Return the count that means "missing" in a variable, None where there is none."""
    if name in WITHOUT_FILL:
        return None
    return OTHER_FILLS.get(name, FILLS.get(VARIABLES[name].dtype))


def dimensions_of(name: str) -> tuple[str, ...]:
    """Return the dimensions of a variable, which follow from its name."""
    if name.endswith("_avg_01_ku"):
        rate, samples = "time_avg_01_ku", "ns_avg_01_ku"
    else:
        rate, samples = ("time_cor_01" if name.endswith("_01") else "time_20_ku"), "ns_20_ku"
    if "_waveform_" in name:
        return rate, samples
    return (rate, "space_3d") if "_vec_" in name else (rate,)


def coordinates_of(name: str) -> str:
    """Return the longitude and latitude that belong to a variable."""
    rate = dimensions_of(name)[0].removeprefix("time")
    return f"lon{rate} lat{rate}"
