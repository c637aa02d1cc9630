"""Features of echoes: closed forms, what they do not depend on, and their slow twins."""

import numpy as np
import pytest
from flown_passes import ice_echoes, made_track
from naive import echo_shapes as naive

from iceco.models.waveforms.features import FEATURES, features, native_gates, with_neighbours
from iceco.models.waveforms.radargram import Radargram, radargram
from iceco.products.recognise import open_product

GATE = np.arange(128)
#: Features that are of the echo's shape alone, whatever its power.
OF_SHAPE = [
    name
    for name in FEATURES
    if not name.startswith(("maximum_power", "ocog_amplitude", "power_at", "sigma0", "stack"))
]


def of(echo, **changes):
    """The features of echoes (n, 128), the reference at gate 51 of each."""
    echo = np.atleast_2d(echo)
    track = made_track(echo, **changes)
    seen = radargram(track)
    there = np.full(len(echo), 0.0)
    return features(track, Radargram(seen.power, seen.packed, seen.edge, there, seen.along))


def test_features_come_by_name_as_they_are_listed():
    found = of(ice_echoes(30))
    assert list(found) == list(FEATURES)
    assert all(values.shape == (30,) for values in found.values())
    assert all(values.dtype == np.float32 for values in found.values())


def test_a_box_has_the_peakiness_of_its_length():
    box = np.where((GATE >= 51) & (GATE < 67), 8.0, 0.0)
    found = of(box)
    assert found["pulse_peakiness_share"][0] == pytest.approx(1 / 16)
    assert found["pulse_peakiness_bins"][0] == pytest.approx(128 / 16)
    assert found["pulse_peakiness_above_noise"][0] == pytest.approx(1.0)
    assert found["right_peakiness"][0] == pytest.approx(3.0)
    assert found["left_peakiness"][0] == pytest.approx(3000.0)  # nothing before it: the cap
    assert found["ocog_width_bins"][0] == pytest.approx(16.0)
    assert found["ocog_width_m"][0] == pytest.approx(16.0 * 0.3125)
    assert found["ocog_amplitude_db"][0] == pytest.approx(10 * np.log10(8.0), abs=1e-5)
    assert found["ocog_centre_m"][0] == pytest.approx(7.5 * 0.3125)
    assert found["maximum_power_db"][0] == pytest.approx(10 * np.log10(8.0), abs=1e-5)
    assert found["peak_delay_m"][0] == pytest.approx(0.0)


def test_a_spike_is_as_peaky_as_can_be():
    spike = np.where(GATE == 60, 5.0, 0.0)
    found = of(spike)
    assert found["pulse_peakiness_share"][0] == pytest.approx(1.0)
    assert found["pulse_peakiness_bins"][0] == pytest.approx(128.0)
    assert found["left_peakiness"][0] == found["right_peakiness"][0] == pytest.approx(3000.0)
    assert found["ocog_width_bins"][0] == pytest.approx(1.0)
    assert found["peak_delay_m"][0] == pytest.approx(9 * 0.3125)
    assert found["late_tail_to_peak"][0] == 0.0


def test_a_gaussian_has_the_widths_of_its_integrals():
    sigma = 6.0
    found = of(np.exp(-0.5 * ((GATE - 60.0) / sigma) ** 2))
    # sum y = sigma sqrt(2 pi), sum y2 = sigma sqrt(pi), sum y4 = sigma sqrt(pi / 2)
    assert found["pulse_peakiness_share"][0] == pytest.approx(1 / (sigma * np.sqrt(2 * np.pi)))
    assert found["ocog_width_bins"][0] == pytest.approx(sigma * np.sqrt(2 * np.pi), rel=1e-4)
    assert found["ocog_amplitude_db"][0] == pytest.approx(-10 * np.log10(2.0) / 4, abs=1e-3)
    assert found["ocog_centre_m"][0] == pytest.approx(9 * 0.3125, abs=1e-4)
    rise = sigma * (np.sqrt(-2 * np.log(0.05)) - np.sqrt(-2 * np.log(0.95)))
    # The running mean over 1.1 gates widens it by less than 1 %.
    assert found["leading_edge_width_bins"][0] == pytest.approx(rise, rel=0.01)
    assert found["leading_edge_width_m"][0] == pytest.approx(rise * 0.3125, rel=0.01)


def test_an_exponential_tail_has_its_own_slope():
    rate = 0.08  # 1/gate
    echo = np.where(GATE >= 51, 7.0 * np.exp(-rate * (GATE - 51)), 0.0)
    slope = -10 * np.log10(np.e) * rate / 0.3125
    assert of(echo)["trailing_slope_db_per_m"][0] == pytest.approx(slope, rel=1e-4)


def test_the_late_tail_is_the_mean_of_its_gates():
    echo = np.where(GATE >= 51, 4.0, 0.0)
    echo[51 + 40 :] = 1.0
    echo[51] = 8.0
    # 10 to 20 m are gates 32 to 64 after the edge at 50.5: 8 of them 4, 24 of them 1.
    assert of(echo)["late_tail_to_peak"][0] == pytest.approx((8 * 4 + 24 * 1) / 32 / 8, rel=0.1)


def test_shapes_do_not_change_with_power():
    echo = ice_echoes(20)
    weak, strong = of(echo), of(1000.0 * echo)
    for name in OF_SHAPE:
        np.testing.assert_allclose(strong[name], weak[name], rtol=2e-4, atol=1e-4, err_msg=name)
    for name in ("maximum_power_db", "ocog_amplitude_db", "power_at_reference_db", "sigma0_db"):
        np.testing.assert_allclose(strong[name] - weak[name], 30.0, atol=1e-3, err_msg=name)


def test_gain_is_undone_in_powers():
    echo, gain = ice_echoes(10), np.linspace(-9.0, 20.0, 10)
    turned = of(echo * 10.0 ** (-0.1 * gain[:, None]), scale_factor_db=gain)
    for name, values in of(echo).items():
        np.testing.assert_allclose(turned[name], values, rtol=2e-4, atol=2e-4, err_msg=name)


def test_the_window_s_place_changes_no_delay():
    echo, moved = ice_echoes(20), np.roll(ice_echoes(20), 6, axis=1)
    there = of(moved, window_range=np.full(20, 800_000.0 - 6 * 0.3125))
    here = of(echo)
    for name in ("peak_delay_m", "edge_above_reference_m"):
        np.testing.assert_allclose(there[name], here[name], atol=0.02, err_msg=name)
    # 1.9 m of the tail have left the window.
    np.testing.assert_allclose(there["ocog_centre_m"], here["ocog_centre_m"], atol=0.25)


def test_twice_oversampling_leaves_peakiness_and_lengths_in_metres():
    """256 gates against 128 of the same window, as of CryoSat-2 and of Sentinel-3."""
    coarse = np.exp(-0.5 * ((GATE - 60.0) / 4.0) ** 2)
    fine = np.exp(-0.5 * ((np.arange(256) / 2 - 60.0) / 4.0) ** 2)
    ku = {"mission": "s3a", "mode": "SAR", "reference_gate": 43.0, "gate_spacing_m": 0.4684}
    one = of(coarse, **ku)
    two = of(fine, **(ku | {"reference_gate": 86.0, "gate_spacing_m": 0.2342}))
    for name in ("pulse_peakiness_bins", "leading_edge_width_m", "ocog_width_m", "peak_delay_m"):
        assert two[name][0] == pytest.approx(one[name][0], rel=0.01), name
    for name in ("left_peakiness", "right_peakiness"):  # means over 3 and over 5 gates
        assert two[name][0] == pytest.approx(one[name][0], rel=0.05), name
    assert two["pulse_peakiness_share"][0] == pytest.approx(one["pulse_peakiness_share"][0] / 2)
    assert two["ocog_width_bins"][0] == pytest.approx(2 * one["ocog_width_bins"][0], rel=0.01)


@pytest.mark.parametrize(("spacing", "native"), [(0.2342, 2), (0.3123, 1), (0.4684, 1)])
def test_gates_finer_than_the_pulse_are_oversampled(spacing, native):
    assert native_gates(spacing) == native


@pytest.mark.parametrize("spacing", [0.2342, 0.3125])
def test_features_are_those_of_the_plain_formulas(spacing):
    echo = np.concatenate([ice_echoes(6), ice_echoes(6, 900.0, 58.0, 2)]).astype(np.float32)
    found = of(echo, gate_spacing_m=spacing)
    names = {
        "share": "pulse_peakiness_share",
        "above_noise": "pulse_peakiness_above_noise",
        "left": "left_peakiness",
        "right": "right_peakiness",
        "ocog_width": "ocog_width_bins",
    }
    for i, one in enumerate(echo):
        expected = naive.shape(one, (10, 20), native_gates(spacing))
        for key, name in names.items():
            value = min(expected[key], 3000.0)
            assert found[name][i] == pytest.approx(value, rel=1e-4), name
        amplitude = 10 * np.log10(expected["ocog_amplitude"])
        assert found["ocog_amplitude_db"][i] == pytest.approx(amplitude, abs=1e-3)
        peak = int(one.argmax())
        end = min(peak + round(10.0 / spacing), 127)
        if end - peak >= 2:
            slope = naive.slope(one, peak, end) * 10 / np.log(10) / spacing
            assert found["trailing_slope_db_per_m"][i] == pytest.approx(slope, rel=1e-3)


def test_the_product_s_backscatter_comes_before_that_of_the_maximum():
    sigma0 = np.array([11.0, np.nan])
    found = of(ice_echoes(2), sigma0_db=sigma0)
    assert found["sigma0_db"][0] == 11.0
    assert found["sigma0_db"][1] == found["maximum_power_db"][1]


def test_a_missing_echo_has_no_features_and_an_empty_one_no_shape():
    echo = ice_echoes(12)
    echo[3] = np.nan
    echo[4] = 0.0
    echo[5, 70] = np.nan
    found = of(echo)
    for name in OF_SHAPE:
        assert np.isnan(found[name][[3, 4, 5]]).all(), name
        assert np.isfinite(found[name][[0, 1, 2, 6]]).all(), name


def test_stack_parameters_are_the_product_s_and_missing_in_lrm():
    assert np.isnan(of(ice_echoes(3))["stack_kurtosis"]).all()
    found = of(ice_echoes(3), stack_kurtosis=np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(found["stack_kurtosis"], [1.0, 2.0, 3.0])


def test_neighbours_are_told_apart_by_meeting_and_by_gaps():
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    meeting = np.array([0, 0, 0, 0, 1, 1, 1])
    along = np.array([0.0, 100.0, 200.0, 900.0, 0.0, 100.0, 200.0])
    found = with_neighbours({"f": values}, meeting, along, reach=1)
    assert list(found) == ["f", "f_change_-1", "f_change_+1", "f_least", "f_median", "f_greatest"]
    nan = np.nan
    np.testing.assert_array_equal(found["f_change_-1"], [nan, -1, -2, nan, nan, -16, -32])
    np.testing.assert_array_equal(found["f_change_+1"], [1, 2, nan, nan, 16, 32, nan])
    np.testing.assert_array_equal(found["f_least"], [1, 1, 2, 8, 16, 16, 32])
    np.testing.assert_array_equal(found["f_median"], [1.5, 2, 3, 8, 24, 32, 48])
    np.testing.assert_array_equal(found["f_greatest"], [2, 4, 4, 8, 32, 64, 64])


def test_neighbours_of_a_single_meeting_are_those_of_numpy():
    values = np.random.default_rng(4).normal(size=50).astype(np.float32)
    values[20] = np.nan
    found = with_neighbours({"f": values}, None, 175.0 * np.arange(50.0))
    for i in (3, 19, 20, 30, 46):
        window = values[i - 3 : i + 4]
        assert found["f_median"][i] == pytest.approx(np.nanmedian(window), rel=1e-6)
        assert found["f_least"][i] == np.nanmin(window)
        assert found["f_greatest"][i] == np.nanmax(window)
        np.testing.assert_array_equal(found["f_change_+3"][i], values[i + 3] - values[i])
    assert len(found) == 1 + 6 + 3


@pytest.mark.parametrize(
    "name",
    [
        "cryosat2/CS_LTA__SIR_SAR_1B_20141118T092303_20141118T092355_D001.nc",
        "cryosat2/CS_OFFL_SIR_LRM_1B_20221214T020321_20221214T020524_E001.nc",
        "sentinel3/waveform_subset/S3A_SR_2_WAT_enhanced_20Hz_ku_50records.nc",
    ],
)
def test_features_of_real_echoes_are_finite_and_sane(sample_data, name):
    track = open_product(sample_data / "altimetry" / name).load()
    found = features(track, radargram(track))
    gates = track.sizes["gate"]
    for feature in OF_SHAPE:
        assert np.isfinite(found[feature]).mean() > 0.9, feature
    assert (found["pulse_peakiness_bins"] >= 1.0).all()
    assert (found["pulse_peakiness_bins"] <= gates).all()
    assert 0.2 < np.nanmedian(found["leading_edge_width_m"]) < 4.0
    assert 0.0 < np.nanmedian(found["maximum_power_db"]) < 35.0
    assert -2.0 < np.nanmedian(found["trailing_slope_db_per_m"]) < 0.0
    if "stack_kurtosis" in track:
        np.testing.assert_allclose(found["stack_kurtosis"], track["stack_kurtosis"], rtol=1e-6)


def test_the_peakiness_of_sentinel3_is_the_product_s_own_times_a_number(sample_data):
    """The product's is that of Laxon, 85 times the share of the maximum."""
    name = "sentinel3/waveform_subset/S3A_SR_2_WAT_enhanced_20Hz_ku_50records.nc"
    track = open_product(sample_data / "altimetry" / name).load()
    found = features(track, radargram(track))["pulse_peakiness_share"]
    ratio = track["product_peakiness"].values / found
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=0.02)
