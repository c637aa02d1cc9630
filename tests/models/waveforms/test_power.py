"""Gain, window and place of echoes, of tracks and of collocations alike."""

import numpy as np
import pytest
from flown_passes import ice_echoes, made_track

from iceco.models.waveforms.power import (
    WATTS_OF_UNIT_SIGMA0,
    along_track,
    column,
    echoes,
    gate_spacing,
    noise_gates,
    stretches,
    to_backscatter,
    window_height,
    words,
)
from iceco.simulate.altimeter.cryosat2 import SIRAL
from iceco.simulate.altimeter.samosa import peak_of_unit_sigma0


@pytest.fixture
def track():
    return made_track(ice_echoes(40))


def as_collocations(track):
    """The same records with the attributes as columns, as a dataset of collocations has them."""
    names = ("mission", "mode", "gate_spacing_m", "reference_gate")
    columns = {n: ("time", np.full(track.sizes["time"], track.attrs[n])) for n in names}
    return track.assign(columns).drop_attrs(deep=False)


def test_collocations_say_what_tracks_say(track):
    rows = as_collocations(track)
    np.testing.assert_array_equal(window_height(rows), window_height(track))
    np.testing.assert_array_equal(to_backscatter(rows), to_backscatter(track))
    np.testing.assert_array_equal(words(rows, "mission"), words(track, "mission"))
    assert gate_spacing(rows) == gate_spacing(track)
    assert noise_gates(rows) == noise_gates(track)


def test_counts_of_altika_become_backscatter_by_their_scale_factor():
    scale = np.array([0.0, 10.0, -3.0, np.nan])
    found = to_backscatter(made_track(ice_echoes(4), scale_factor_db=scale))
    np.testing.assert_allclose(found, [1.0, 10.0, 0.501187, np.nan], rtol=1e-5)


@pytest.mark.parametrize("mode", ["SAR", "SARIN", "LRM"])
def test_watts_of_cryosat2_become_backscatter_by_one_number_a_mode(mode):
    nothing = np.full(3, np.nan)
    track = made_track(ice_echoes(3), mission="c2", mode=mode, scale_factor_db=nothing)
    np.testing.assert_allclose(to_backscatter(track), 1.0 / WATTS_OF_UNIT_SIGMA0[mode])


def test_the_unit_of_sar_is_that_of_the_closed_form():
    closed = peak_of_unit_sigma0(SIRAL, np.array([717_200.0]))[0]
    assert WATTS_OF_UNIT_SIGMA0["SAR"] == pytest.approx(closed, rel=0.02)


def test_the_window_lies_where_altitude_range_and_corrections_say():
    track = made_track(ice_echoes(3), range_correction=np.full(3, -2.5))
    # Gate 51 at a range of 800 km - 2.5 m, gate 0 51 gates nearer.
    np.testing.assert_allclose(window_height(track), 2.5 + 51 * 0.3125)


def test_a_missing_correction_is_taken_from_around():
    correction = np.array([np.nan, -2.0, np.nan, -3.0, np.nan])
    height = window_height(made_track(ice_echoes(5), range_correction=correction))
    np.testing.assert_allclose(height - 51 * 0.3125, [2.0, 2.0, 2.5, 3.0, 3.0])


def test_a_column_that_is_not_there_is_nan(track):
    assert np.isnan(column(track, "sigma0_db")).all()
    assert (column(track, "rate_hz") == 40.0).all()


def test_distances_along_the_track_are_on_the_ground(track):
    np.testing.assert_allclose(along_track(track), 175.0 * np.arange(40), rtol=2e-3)


def test_a_record_without_a_place_keeps_that_of_the_last(track):
    latitude = track["latitude"].values.copy()
    latitude[10] = np.nan
    along = along_track(made_track(ice_echoes(40), latitude=latitude))
    assert np.isfinite(along).all()
    assert (np.diff(along) >= 0.0).all()


def test_time_that_jumps_parts_a_track():
    time = np.datetime64("2020-01-01", "ns") + np.arange(9) * np.timedelta64(1, "s")
    time[3:] += np.timedelta64(1, "m")
    time[7:] -= np.timedelta64(1, "h")
    parts = stretches(made_track(ice_echoes(9), time=time), np.timedelta64(10, "s"))
    assert parts == [slice(0, 3), slice(3, 7), slice(7, 9)]


def test_a_track_without_echoes_is_refused_in_a_sentence(track):
    with pytest.raises(ValueError, match="made: holds no waveform; take level 1b"):
        echoes(track.drop_vars("waveform"))


def test_records_of_different_instruments_are_refused_in_a_sentence(track):
    rows = as_collocations(track)
    rows["gate_spacing_m"][5:] = 0.46
    with pytest.raises(ValueError, match="take the records of one mission and mode"):
        gate_spacing(rows)
