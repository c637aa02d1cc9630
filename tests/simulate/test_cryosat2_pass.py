"""A CryoSat-2 pass over plain surfaces: heights close, leads look like leads, files like files."""

import numba
import numpy as np
import pytest
import xarray as xr
from toy_surfaces import ANOMALY, EPOCH, FREEBOARD, changing_sea, lead_across, overhead

from iceco.products.cryosat2 import open_cryosat2
from iceco.products.recognise import identify
from iceco.simulate.altimeter.cryosat2 import SIRAL, write_cryosat2_pass
from iceco.simulate.altimeter.facets import KU, SLOWER_IN_SNOW
from iceco.simulate.altimeter.samosa import peak_of_unit_sigma0
from iceco.simulate.altimeter.sar_pass import EFFECTIVE_LOOKS, with_multilook_speckle
from iceco.simulate.altimeter.tfmra import tfmra, tfmra_bias
from iceco.simulate.orbits import CRYOSAT2

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a pass takes minutes as plain Python"
)

RECORDS = 60
WATER = slice(20, 41)  # records over the lead of 8 km, 0.9 km and more from its edges
ICE = slice(0, 14)


@pytest.fixture(scope="module")
def track():
    return overhead(CRYOSAT2, RECORDS)


@pytest.fixture(scope="module")
def path(track, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cryosat2")
    surface = lead_across(track, 8_000.0, texture=-1.0)
    return write_cryosat2_pass(folder, track, surface, changing_sea, EPOCH, 5)


@pytest.fixture(scope="module")
def read(path):
    return open_cryosat2(path).load()


def peakiness(read):
    waveform = read["waveform"].values.astype(np.float64)
    return waveform.shape[1] * waveform.max(axis=1) / waveform.sum(axis=1)


def heights(read, track, slope):
    """Height above the mean sea surface, with every correction and the bias of a slope taken."""
    gate = tfmra(read["waveform"].values.astype(np.float64))
    measured = read["window_range"].values + (gate - SIRAL.reference_gate) * SIRAL.gate_spacing
    measured -= tfmra_bias(SIRAL, float(track.altitude.mean()), slope)
    added = read["range_correction"] - read["inverse_barometer_correction"]
    added += read["dynamic_atmosphere_correction"]
    seconds = (track.time - EPOCH) / np.timedelta64(1, "s")
    surface = changing_sea(track.x, track.y, seconds).mean_sea_surface
    return read["altitude"].values - measured - added.values - surface


def test_the_file_is_recognised_and_opens_in_plain_xarray(path, track):
    assert identify(path) == "cryosat2"
    with xr.open_dataset(path) as raw:
        assert raw["pwr_waveform_20_ku"].shape == (RECORDS, 256)
        assert (raw["pwr_waveform_20_ku"].max("ns_20_ku") == 65535).all()


def test_times_and_places_come_back(read, track):
    assert np.abs(read["time"].values - track.time).max() < np.timedelta64(1, "us")
    np.testing.assert_allclose(read["latitude"], track.latitude, atol=1e-7)
    np.testing.assert_allclose(read["altitude"], track.altitude, atol=1e-3)


def test_over_a_wide_lead_the_height_closes(read, track):
    """Sea level anomaly back from the file by TFMRA50, less its bias over calm water."""
    error = heights(read, track, 3e-6)[WATER] - ANOMALY
    assert abs(error.mean()) < 0.02
    assert error.std() < 0.04


def test_over_ice_the_height_is_the_radar_freeboard(read, track):
    freeboard = FREEBOARD - SLOWER_IN_SNOW * 0.1
    error = heights(read, track, np.inf)[ICE] - ANOMALY - freeboard
    # The spread of a record is 5 cm; ridges widen the edge and lift its middle by 2 cm.
    assert abs(error.mean()) < 0.045


def test_the_ocean_tide_is_the_pure_one(read, track):
    sea = changing_sea(track.x, track.y, (track.time - EPOCH) / np.timedelta64(1, "s"))
    total = read["ocean_tide"] + read["load_tide"] + read["ocean_tide_equilibrium"]
    np.testing.assert_allclose(total, sea.ocean_tide, atol=0.005)
    np.testing.assert_allclose(
        read["dynamic_atmosphere_correction"],
        sea.inverse_barometer + sea.hf_fluctuations,
        atol=0.005,
    )


def test_leads_and_ice_lie_on_their_sides_of_the_published_thresholds(read):
    """Paul et al. (2018), March: pulse peakiness 66.6 and 28.1; Ricker et al. (2014): SSD."""
    lead, ice = peakiness(read)[WATER], peakiness(read)[ICE]
    assert np.median(lead) > 66.6
    assert (ice < 28.1).all()
    width = read["stack_standard_deviation"].values
    assert np.median(width[WATER]) < 10.0
    assert (width[ICE] > 18.5).all()
    assert (read["stack_kurtosis"].values[WATER] > 3.0).all()
    assert (read["stack_kurtosis"].values[ICE] < 0.0).all()


def test_backscatter_of_ice_and_leads_is_as_published(read, track):
    sigma0 = read["waveform"].values.max(axis=1) / peak_of_unit_sigma0(SIRAL, track.altitude)
    sigma0 = 10.0 * np.log10(sigma0)
    ice = KU.ice_sigma0_db + 0.05 * KU.deformation_db
    # The greatest of some speckled gates exceeds their mean.
    assert np.median(sigma0[ICE]) == pytest.approx(ice, abs=1.2)
    assert (sigma0[WATER] > 28.0).all()
    assert ((sigma0[ICE] > 2.5) & (sigma0[ICE] < 20.0)).all()


def test_the_sea_stays_near_its_gate_and_the_window_moves_in_steps(read, track):
    gate = tfmra(read["waveform"].values.astype(np.float64))
    assert np.abs(gate - SIRAL.sea_gate).max() < 12.0
    assert np.std(np.diff(gate)) > 0.3


def test_speckle_has_the_effective_looks_and_is_shared_by_half_gates():
    mean = np.full((400, SIRAL.gates), 2e-15)
    ratio = with_multilook_speckle(mean, SIRAL, 1) / mean
    assert ratio.mean() == pytest.approx(1.0, abs=0.002)
    # 100 000 correlated values: the variance is known to about 1 %.
    assert 1.0 / ratio.var() == pytest.approx(EFFECTIVE_LOOKS, rel=0.04)
    shared, beyond = (
        np.corrcoef(ratio[:, :-k].ravel(), ratio[:, k:].ravel())[0, 1] for k in (1, 2)
    )
    assert shared == pytest.approx(np.sinc(0.5) ** 2, abs=0.02)
    assert beyond == pytest.approx(0.0, abs=0.02)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    track = overhead(CRYOSAT2, 3)
    files = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        files.append(
            write_cryosat2_pass(
                tmp_path / name, track, lead_across(track, 300.0), changing_sea, EPOCH, seed
            ).read_bytes()
        )
    assert files[0] == files[1]
    assert files[0] != files[2]
