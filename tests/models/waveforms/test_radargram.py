"""Radargrams: the ice is level and of one brightness, leads draw their hyperbolae."""

import numba
import numpy as np
import pytest
from flown_passes import fly, ice_echoes, made_track
from naive import echo_shapes as naive

from iceco.models.waveforms import _kernels
from iceco.models.waveforms.radargram import (
    FIRST_M,
    GATES,
    SPACING_M,
    ice_edge,
    leading_edges,
    packed,
    radargram,
)
from iceco.products.recognise import open_product

RANGE = FIRST_M + SPACING_M * np.arange(GATES)
#: Mission, angle of the lead to the track, and distance to it over that along the track.  Of an
#: oblique lead a delay-Doppler altimeter sees what lies abeam, in a strip of 300 m.
OBLIQUE = np.arctan(0.25)
PASSES = [("al", np.pi / 2, 1.0), ("c2", OBLIQUE, 0.25), ("s3a", OBLIQUE, 0.25)]
WIDTH = 100.0  # m, of the lead
COUNTS = {"al": 300, "c2": 100, "s3a": 100}
needs_jit = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a pass takes minutes as plain Python"
)


@pytest.fixture(scope="module", params=PASSES, ids=[mission for mission, *_ in PASSES])
def flown(request, tmp_path_factory):
    mission, angle, share = request.param
    track, orbit = fly(tmp_path_factory.mktemp(mission), mission, COUNTS[mission], WIDTH, angle)
    seen = radargram(track)
    distance = share * (seen.along - seen.along[COUNTS[mission] // 2])
    return track, seen, distance, float(np.mean(orbit.altitude))


@needs_jit
def test_a_straight_lead_draws_its_hyperbola(flown):
    """Delay alpha d2 / 2h beyond the apex, to 0.1 m out to 2.2 km."""
    _, seen, distance, altitude = flown
    alpha = 1.0 + altitude / 6_371_000.0
    beyond = peak_delay(seen.power) - alpha * distance**2 / (2.0 * altitude)
    rings = [np.abs(np.abs(distance) - middle) < 200.0 for middle in range(200, 2_400, 400)]
    found = np.array([beyond[ring].mean() for ring in rings])
    np.testing.assert_allclose(found, found.mean(), atol=0.1)
    assert 0.0 < found.mean() < 0.4  # a peak is later than the edge by half a pulse, and freeboard


def peak_delay(power):
    """Return the range of the maximum beyond the ice edge [m], by a parabola in its logarithm."""
    late = np.nan_to_num(power[:, RANGE >= -1.0])
    record, top = np.arange(len(late)), late.argmax(axis=1)
    before, at, after = (np.log(late[record, top + k] + 1e-9) for k in (-1, 0, 1))
    return (top + 0.5 * (before - after) / (before - 2.0 * at + after)) * SPACING_M - 1.0


@needs_jit
def test_the_ice_edge_goes_on_under_a_lead(flown):
    """The reference is the height of the ice, 0.1 m to either side, wherever the lead is."""
    track, seen, _, _ = flown
    height = seen.reference - np.polyval(np.polyfit(seen.along, seen.reference, 1), seen.along)
    surface = track["mean_sea_surface"].values if "mean_sea_surface" in track else 0.0
    assert np.isfinite(seen.reference).all()
    assert np.std(height) < 0.1
    assert np.ptp(seen.reference - surface) < 0.5


@needs_jit
def test_steps_of_gain_and_tracker_vanish(flown):
    """Ice has one level before the lead and after it, where gain and window differ."""
    track, seen, distance, _ = flown
    n = track.sizes["time"]
    plateau = (RANGE > 1.0) & (RANGE < 4.0)
    level = 10.0 * np.log10(seen.power[:, plateau].mean(axis=1))
    far = np.abs(distance) > (5_500.0 if track.attrs["mission"] == "al" else 3_400.0)
    assert np.ptp(track["window_range"].values[far]) > 0.5
    before, after = level[: n // 2][far[: n // 2]], level[n // 2 :][far[n // 2 :]]
    # Ten gates of 80 looks or more: 0.15 dB a record, and whole counts at a low gain.
    assert np.median(before) == pytest.approx(np.median(after), abs=0.3)
    assert np.std(before) < 0.5


@needs_jit
def test_ice_has_about_one_level_in_all_missions(flown):
    _, seen, _, _ = flown
    level = 10.0 * np.log10(np.nanmax(seen.power, axis=1)[:5].mean())
    assert 6.0 < level < 12.0


@needs_jit
def test_the_packed_echo_is_the_product_s_own(flown):
    track, seen, _, _ = flown
    echo = track["waveform"].values.astype(np.float64)
    share = echo / echo.max(axis=1, keepdims=True)
    expected = share.reshape(len(share), GATES, -1).mean(axis=2)
    np.testing.assert_allclose(seen.packed, expected, rtol=1e-5, atol=1e-6)


def test_a_jump_of_the_tracker_moves_nothing():
    echo = ice_echoes(120)
    early = np.roll(echo, -7, axis=1)
    early[:, -7:] = 0.25
    jumped = np.where((np.arange(120) >= 60)[:, None], early, echo)
    window = 800_000.0 + np.where(np.arange(120) >= 60, 7 * 0.3125, 0.0)
    seen = radargram(made_track(jumped, window_range=window))
    still = radargram(made_track(echo))
    # The noise that is subtracted is that of other gates.
    np.testing.assert_allclose(seen.reference, still.reference, atol=0.005)
    kept = (RANGE > -6.0) & (RANGE < 18.0)
    np.testing.assert_allclose(seen.power[:, kept], still.power[:, kept], rtol=0.03)


def test_a_step_of_the_gain_changes_no_power():
    echo, gain = ice_echoes(100), np.where(np.arange(100) < 40, 0.0, 13.0)
    turned = echo * 10.0 ** (-0.1 * gain[:, None])
    seen = radargram(made_track(turned, scale_factor_db=gain))
    np.testing.assert_allclose(seen.power, radargram(made_track(echo)).power, rtol=1e-4)
    np.testing.assert_allclose(seen.packed, radargram(made_track(echo)).packed, rtol=1e-5)


def test_a_missing_echo_stays_missing_and_harms_none():
    echo = ice_echoes(100)
    echo[[0, 50, 51]] = np.nan
    echo[20, 100] = np.nan
    seen = radargram(made_track(echo))
    lost = np.isnan(seen.power[:, 30])
    assert np.flatnonzero(lost).tolist() == [0, 50, 51]
    assert np.flatnonzero(np.isnan(seen.edge)).tolist() == [0, 20, 50, 51]
    assert np.isfinite(seen.reference).all()
    assert np.isnan(seen.packed[[0, 20, 50]]).all()


def test_what_lies_outside_the_window_is_not_made_up():
    """AltiKa's 128 gates end 24 m beyond the ice, the axis at 32 m."""
    seen = radargram(made_track(ice_echoes(60)))
    assert np.isnan(seen.power[:, RANGE > 24.5]).all()
    assert np.isfinite(seen.power[:, RANGE < 23.0]).all()


def test_without_corrections_only_heights_change():
    echo = ice_echoes(80)
    plain = radargram(made_track(echo))
    corrected = radargram(made_track(echo, range_correction=np.full(80, -2.3)))
    np.testing.assert_allclose(corrected.edge - plain.edge, 2.3, atol=1e-9)
    np.testing.assert_allclose(corrected.power, plain.power, rtol=1e-5)


def test_without_a_gain_there_is_no_power_but_the_packed_echo():
    track = made_track(ice_echoes(30)).drop_vars("scale_factor_db")
    seen = radargram(track)
    assert np.isnan(seen.power).all()
    assert np.isfinite(seen.packed).all()
    assert np.isfinite(seen.edge).all()


def test_the_reference_follows_a_slope_to_the_ends_of_the_pass():
    height = 0.03 * np.arange(200)  # 17 cm/km
    seen = radargram(made_track(ice_echoes(200), altitude=800_000.0 + height))
    expected = np.polyval(np.polyfit(np.arange(200), seen.edge, 1), np.arange(200))
    np.testing.assert_allclose(seen.reference, expected, atol=0.06)


def test_the_reference_is_that_of_ice_where_bright_leads_come_late_in_half_of_the_echoes():
    echo = ice_echoes(300)
    late = np.arange(300) % 10 < 5
    lead = 800.0 * np.exp(-((np.arange(128) - 60.0) ** 2) / 2.0)
    echo[late] += lead
    seen = radargram(made_track(echo))
    ice = radargram(made_track(ice_echoes(300)))
    assert np.median(seen.edge[late] - ice.edge[late]) < -2.0
    np.testing.assert_allclose(seen.reference, ice.reference, atol=0.05)


def test_meetings_far_apart_in_time_do_not_mix():
    first, second = ice_echoes(60, gate=51.0), ice_echoes(60, gate=40.0, seed=2)
    time = np.datetime64("2020-01-01", "ns") + np.arange(120) * np.timedelta64(25, "ms")
    time[60:] -= np.timedelta64(1, "h")
    both = radargram(made_track(np.concatenate([first, second]), time=time))
    alone = radargram(made_track(second))
    np.testing.assert_allclose(both.reference[60:], alone.reference, atol=1e-6)
    np.testing.assert_allclose(both.power[60:], alone.power, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_tracks_have_radargrams(count):
    seen = radargram(made_track(ice_echoes(3)).isel(time=slice(0, count)))
    assert seen.power.shape == seen.packed.shape == (count, GATES)
    assert seen.reference.shape == seen.along.shape == (count,)


def test_leading_edges_are_those_of_the_plain_retracker():
    echo = np.concatenate([ice_echoes(25), ice_echoes(25, 300.0, 40.3, 2)]).astype(np.float32)
    found = leading_edges(echo, (10, 20))
    for i, one in enumerate(echo):
        edges, first = naive.leading_edge(one, (10, 20), 0.15)
        np.testing.assert_allclose(found.gate[i], edges, rtol=1e-6)
        assert found.first[i] == pytest.approx(first)


def test_the_leading_edge_of_an_error_function_is_where_it_has_half_its_height():
    gate = np.array([40.0, 45.3, 51.7])
    echo = 1.0 / (1.0 + np.exp(-(np.arange(128) - gate[:, None]) / 0.6))
    echo = (0.01 + echo * np.exp(-0.01 * np.arange(128))).astype(np.float32)
    np.testing.assert_allclose(leading_edges(echo, (10, 20)).gate[:, 1], gate, atol=0.1)


@pytest.mark.parametrize(
    "echo", [np.zeros(128), np.ones(128), np.full(128, np.nan), np.r_[np.ones(64), np.zeros(64)]]
)
def test_echoes_without_an_edge_have_none(echo):
    found = leading_edges(echo[None].astype(np.float32), (0, 11))
    assert np.isnan(found.gate).all()
    assert np.isnan(found.first).all()


def test_resampling_is_linear_and_ends_with_the_window():
    echo = ice_echoes(5).astype(np.float32)
    start, scale = np.array([-3.2, 0.0, 1.7, 100.4, np.nan]), np.array([1.0, 2.0, 0.5, 1.0, 1.0])
    out = np.empty((5, 40), np.float32)
    _kernels.resample(echo, start, 0.8, scale, out)
    for i in range(4):
        expected = naive.resampled(echo[i], start[i], 0.8, scale[i], 40)
        np.testing.assert_allclose(out[i], expected, rtol=1e-5)
    assert np.isnan(out[4]).all()


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("count", [3, 8, 90])
def test_the_uppermost_crowd_is_that_of_each_window(share, count):
    rng = np.random.default_rng(3)
    values = np.where(rng.random(count) < 0.4, 0.0, -3.0) + 0.3 * rng.normal(size=count)
    values[rng.random(count) < 0.1] = np.nan
    values[30:45] = np.nan
    found = np.empty(count)
    _kernels.running_crowd(values, 5, 0.6, share, found)
    np.testing.assert_allclose(found, naive.running_crowd(values, 5, 0.6, share))


def test_the_ice_edge_is_the_upper_crowd_where_two_of_three_echoes_are_late():
    rng = np.random.default_rng(5)
    along = 175.0 * np.arange(400.0)
    ice = 12.0 + 3e-5 * along
    late = rng.random(400) < 0.67
    edge = ice + 0.05 * rng.normal(size=400) - np.where(late, rng.uniform(0.5, 6.0, 400), 0.0)
    np.testing.assert_allclose(ice_edge(edge, along), ice, atol=0.15)


def test_early_edges_here_and_there_do_not_lift_the_ice():
    rng = np.random.default_rng(6)
    along = 330.0 * np.arange(300.0)
    early = rng.random(300) < 0.15
    edge = 0.1 * rng.normal(size=300) + np.where(early, rng.uniform(1.0, 6.0, 300), 0.0)
    np.testing.assert_allclose(ice_edge(edge, along), 0.0, atol=0.15)


def test_other_numbers_of_gates_are_packed_into_as_many_samples():
    line = np.linspace(0.0, 1.0, 104, dtype=np.float32)[None]
    np.testing.assert_allclose(packed(line)[0], np.linspace(0.0, 1.0, GATES), atol=1e-6)
    twice = np.repeat(np.arange(128.0, dtype=np.float32), 2)[None]
    np.testing.assert_allclose(packed(twice)[0], np.arange(128.0) / 127.0, rtol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "cryosat2/CS_LTA__SIR_SAR_1B_20141118T092303_20141118T092355_D001.nc",
        "cryosat2/CS_OFFL_SIR_LRM_1B_20221214T020321_20221214T020524_E001.nc",
        "sentinel3/waveform_subset/S3A_SR_2_WAT_enhanced_20Hz_ku_50records.nc",
    ],
)
def test_real_echoes_have_radargrams(sample_data, name):
    track = open_product(sample_data / "altimetry" / name).load()
    seen = radargram(track)
    assert np.isfinite(seen.edge).mean() > 0.97
    assert np.isfinite(seen.reference).all()
    assert np.nanmax(seen.packed) <= 1.0
    marine = np.flatnonzero(np.abs(seen.edge) < 60.0)  # the other records of SAR are on land
    if "SAR_1B" in name:
        marine = marine[100:]  # and the shore is half a window wide
    assert marine.size > 40
    assert np.median(np.abs(seen.edge - seen.reference)[marine]) < 0.3
    power = seen.power[marine]
    assert np.isfinite(power).mean() > 0.9
    assert np.nanmin(power) >= 0.0
    level = 10.0 * np.log10(np.nanmedian(np.fmax.reduce(power, axis=1)))
    assert 5.0 < level < 35.0
