"""A pass of AltiKa: heights close, the file is the agency's, and noise is as it should be."""

import numpy as np
import pytest
import xarray as xr

from iceco.products.altika import open_altika
from iceco.simulate.altimeter.altika import RECEIVER, write_altika_pass
from iceco.simulate.altimeter.closed_form import (
    ALTIKA,
    gate_ranges,
    off_nadir_range,
    uniform_echo,
)
from iceco.simulate.altimeter.facets import KA, radar_freeboard
from iceco.simulate.altimeter.ocog import retrack
from iceco.simulate.orbits import SARAL, fly_over
from iceco.simulate.sea import Sea
from iceco.simulate.surface import Kind, Surface

EPOCH = np.datetime64("2016-03-15T00:00:00", "ns")
TRACK = fly_over(SARAL, -140.0, 75.5, EPOCH + np.timedelta64(16, "h"), 1 / 40, 300)
MIDDLE = 150
ANOMALY = 0.17
FREEBOARD, SNOW = 0.12, 0.16


def sea_at(x, y, t):
    """A sea of all terms, each of a size of its own; the mean surface slopes by 2 cm a km."""
    one = np.ones(x.shape)
    east = x - TRACK.x[MIDDLE]
    return Sea(
        mean_sea_surface=-4.0 + 2e-5 * east,
        sea_level_anomaly=ANOMALY * one,
        dry_troposphere=-2.29 * one,
        wet_troposphere=-0.033 - 1e-7 * east,
        ionosphere_ku=-0.021 * one,
        inverse_barometer=0.051 * one,
        hf_fluctuations=-0.024 * one,
        ocean_tide=0.13 * one,
        ocean_tide_equilibrium=0.011 * one,
        load_tide=-0.008 * one,
        solid_earth_tide=-0.07 * one,
        pole_tide=0.005 * one,
    )


def across_the_track(kind, width, texture=0.0):
    """Ice with one lead of a breadth [m] at right angles to the middle of the track."""
    heading = TRACK.heading[MIDDLE]

    def surface_at(x, y, t):
        ahead = (x - TRACK.x[MIDDLE]) * np.cos(heading) + (y - TRACK.y[MIDDLE]) * np.sin(heading)
        lead = np.abs(ahead) < width / 2
        ice = np.where(lead, 0.0, 1.0).astype(np.float32)
        return Surface(
            np.where(lead, kind, Kind.FIRST_YEAR).astype(np.uint8),
            1.4 * ice,
            SNOW * ice,
            FREEBOARD * ice,
            0.0 * ice,
            np.where(lead, texture, 0.0).astype(np.float32),
        )

    return surface_at


def fly(folder, surface_at, seed=1):
    return write_altika_pass(folder, TRACK, surface_at, sea_at, EPOCH, seed, 100, 455)


def height(track):
    """Height over the mean sea surface, from what the file says alone."""
    elevation = track["altitude"] - track["product_range"] - track["range_correction"]
    return (elevation - track["mean_sea_surface"]).values


WIDE = 1e6


@pytest.fixture(scope="module")
def ice(tmp_path_factory):
    path = fly(tmp_path_factory.mktemp("ice"), across_the_track(Kind.CALM_WATER, 0.0))
    return path, open_altika(path)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    path = fly(tmp_path_factory.mktemp("lead"), across_the_track(Kind.CALM_WATER, 200.0))
    return open_altika(path)


@pytest.mark.parametrize(
    ("kind", "texture"),
    [(Kind.CALM_WATER, -2.0), (Kind.CALM_WATER, 0.0), (Kind.CALM_WATER, 2.0), (Kind.NILAS, 0.0)],
)
def test_heights_close_over_a_wide_calm_lead(tmp_path, kind, texture):
    track = open_altika(fly(tmp_path, across_the_track(kind, WIDE, texture)))
    found = height(track)[track["product_quality_flag"].values == 0]
    assert found.size > 250
    assert np.mean(found) == pytest.approx(ANOMALY, abs=0.02)
    assert np.std(found) < 0.07


def test_heights_of_ice_are_radar_freeboard_above_the_sea(ice):
    expected = ANOMALY + radar_freeboard(FREEBOARD, SNOW, KA)
    assert np.mean(height(ice[1])) == pytest.approx(expected, abs=0.02)


def test_ice_has_7_decibels(ice):
    track = ice[1]
    assert np.mean(track["sigma0_db"]) == pytest.approx(7.0, abs=0.3)
    power = track["waveform"].values * 10 ** (0.1 * track["scale_factor_db"].values[:, None])
    closed = uniform_echo(ALTIKA, gate_ranges(ALTIKA, 51.0), 800_000.0, 10**0.7)
    plateau = slice(56, 100)
    assert power[:, plateau].mean() == pytest.approx(
        closed[plateau].mean() + RECEIVER.thermal_noise, rel=0.05
    )


def test_off_nadir_echoes_of_a_lead_come_late(narrow):
    """The hyperbola of a lead across the track, alpha x2 / 2h, in the file's own terms."""
    power = narrow["waveform"].values * 10 ** (0.1 * narrow["scale_factor_db"].values[:, None])
    along = (np.arange(300) - MIDDLE) * np.mean(TRACK.ground_speed) / 40
    looked = (np.abs(along) < 2_200.0) & (np.abs(along) > 500.0)
    peak = gate_ranges(ALTIKA, np.full(300, 51.0))[0, power.argmax(axis=1)]
    peak_range = narrow["window_range"].values + peak
    elevation = TRACK.altitude - peak_range - narrow["range_correction"].values
    depth = narrow["mean_sea_surface"].values + ANOMALY - elevation
    curve, _ = np.polyfit(along[looked] ** 2, depth[looked], 1)
    # Peaks are found to a gate, 0.3 m of the 3 m that the curve rises.
    assert curve == pytest.approx(off_nadir_range(1.0, 800_000.0), rel=0.1)


def test_a_lead_is_bright_peaky_and_in_part_clipped(narrow):
    over = slice(MIDDLE - 1, MIDDLE + 2)
    assert (narrow["sigma0_db"][over] > 25.0).all()
    assert narrow["product_peakiness"][over].min() > 3 * narrow["product_peakiness"][:40].max()
    clipped = narrow["waveform"].max("gate") == RECEIVER.full_scale
    assert (clipped == (narrow["product_quality_flag"] == 1)).all()
    assert 0 < clipped.sum() < 40
    # The gain lags: it is still low in the first seconds after the lead.
    assert narrow["agc_db"][MIDDLE + 40 : MIDDLE + 80].mean() > narrow["agc_db"][:40].mean() + 2


def test_the_reader_finds_what_the_pass_was(ice):
    path, track = ice
    assert path.name == "SRL_GPS_2PfP100_0455_20160315_155956_20160315_160003.CNES.nc"
    assert track.attrs["track_id"] == "al_100_0455"
    assert track.sizes == {"time": 300, "gate": 128}
    assert np.abs(track["time"].values - TRACK.time).max() < np.timedelta64(1, "us")
    assert track["altitude"].values == pytest.approx(TRACK.altitude, abs=1e-4)
    assert track["latitude"].values == pytest.approx(TRACK.latitude, abs=1e-6)
    for name in ("waveform", "window_range", "agc_db", "sigma0_db", "product_peakiness"):
        assert np.isfinite(track[name]).all(), name
    sea = sea_at(TRACK.x, TRACK.y, 0.0)
    dynamic = sea.inverse_barometer + sea.hf_fluctuations
    assert track["dynamic_atmosphere_correction"].values == pytest.approx(dynamic, abs=2e-4)
    assert track["ionosphere_correction"].values == pytest.approx(-0.021 / 6.935, abs=1e-4)


def test_corrections_are_constant_within_a_second(ice):
    surface = ice[1]["mean_sea_surface"].values[:280].reshape(7, 40)
    assert (np.ptp(surface, axis=1) == 0).all()
    assert np.ptp(surface) > 0.01


def test_plain_xarray_opens_the_file(ice):
    with xr.open_dataset(ice[0]) as dataset:
        assert dataset["waveforms_40hz"].dims == ("time", "meas_ind", "wvf_ind")
        assert dataset.attrs["mission_name"] == "SARAL"
        assert float(dataset["alt_40hz"].max()) == pytest.approx(TRACK.altitude.max(), abs=0.01)


def test_speckle_of_the_plateau_is_that_of_95_looks(ice):
    plateau = ice[1]["waveform"].values[:, 58:70] * 10 ** (
        0.1 * ice[1]["scale_factor_db"].values[:, None]
    )
    ratio = plateau / plateau.mean(axis=0)
    looks = 1 / ratio.var()
    assert looks == pytest.approx(RECEIVER.looks, rel=5 * np.sqrt(2.0 / ratio.size) + 0.03)


def test_the_window_jitters_about_the_surface(ice):
    track = ice[1]
    jitter = (track["window_range"] - track["product_range"]).values
    assert 0.1 < np.std(jitter) < 0.6


def test_the_same_seed_gives_the_same_bytes(ice, tmp_path):
    surface_at = across_the_track(Kind.CALM_WATER, 0.0)
    assert fly(tmp_path, surface_at).read_bytes() == ice[0].read_bytes()
    assert fly(tmp_path, surface_at, seed=2).read_bytes() != ice[0].read_bytes()


@pytest.mark.parametrize("slope", [1e-6, 3e-6, 1e-5, 1e-4, np.inf])
def test_the_retracker_is_unbiased_for_uniform_surfaces(slope):
    gate = 48.0 + np.arange(64) / 16
    echo = uniform_echo(ALTIKA, gate_ranges(ALTIKA, gate), 800_000.0, 40.0, slope)
    found = retrack(echo, ALTIKA, 800_000.0, np.inf)
    error = (found.gate - gate) * ALTIKA.gate_spacing
    assert np.mean(error) == pytest.approx(0.0, abs=0.01)
    assert np.std(error) < 0.05
    if slope == np.inf:
        assert found.amplitude == pytest.approx(40.0, rel=0.02)


def test_an_echo_lost_in_the_gain_has_no_height():
    echo = np.zeros((2, 128))
    echo[1, 51:] = 20.0
    assert np.isfinite(retrack(echo, ALTIKA, 800_000.0, 95.0).gate).tolist() == [False, True]


def test_an_edge_before_the_gates_looked_at_has_no_height():
    echo = np.zeros((1, 128))
    echo[0, :3] = 1e4
    found = retrack(echo, ALTIKA, 800_000.0, np.inf)
    assert np.isnan(found.gate).all()


def test_a_bright_lead_behind_the_edge_does_not_move_the_retracked_ice():
    ranges = gate_ranges(ALTIKA, np.array([51.0]))
    ice = uniform_echo(ALTIKA, ranges, 800_000.0, 40.0)
    lead = uniform_echo(ALTIKA, ranges - 12 * ALTIKA.gate_spacing, 800_000.0, 1_000.0, 1e-5)
    found = retrack(np.concatenate([ice, ice + lead]), ALTIKA, 800_000.0, np.inf)
    assert found.gate[1] == pytest.approx(found.gate[0], abs=0.05)
