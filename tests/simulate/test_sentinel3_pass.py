"""A Sentinel-3 pass over plain surfaces: level 2 from the echoes alone, closed heights."""

import numba
import numpy as np
import pytest
import xarray as xr
from toy_surfaces import ANOMALY, EPOCH, FREEBOARD, changing_sea, lead_across, overhead

from iceco.products.recognise import identify
from iceco.products.sentinel3 import open_sentinel3
from iceco.products.surface import Surface
from iceco.simulate.altimeter.facets import KU, SLOWER_IN_SNOW
from iceco.simulate.altimeter.sar_pass import EFFECTIVE_LOOKS, with_multilook_speckle
from iceco.simulate.altimeter.sentinel3 import SRAL, write_sentinel3_pass
from iceco.simulate.orbits import SENTINEL3

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a pass takes minutes as plain Python"
)

RECORDS = 120
WATER = slice(33, 88)  # records over the lead of 20 km, 1 km and more from its edges
ICE = slice(0, 22)  # 2.4 km and more from it: beyond the sidelobes that are counted


@pytest.fixture(scope="module")
def track():
    return overhead(SENTINEL3, RECORDS)


@pytest.fixture(scope="module")
def path(track, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sentinel3")
    surface = lead_across(track, 20_000.0)
    return write_sentinel3_pass(folder, track, surface, changing_sea, EPOCH, 5, 42, 210)


@pytest.fixture(scope="module")
def read(path):
    return open_sentinel3(path).load()


def test_the_folder_is_recognised_and_opens_in_plain_xarray(path):
    assert identify(path) == "sentinel3"
    assert "_042_210_" in path.name
    with xr.open_dataset(path / "enhanced_measurement.nc") as raw:
        assert raw["waveform_20_ku"].shape == (RECORDS, 128)


def test_the_height_of_the_file_closes(read):
    total = read["altitude"] - read["product_range"] - read["range_correction"]
    # Corrections are kept once a second, and change by half of that in between.
    np.testing.assert_allclose(total, read["product_elevation"], atol=0.004)
    above = read["product_elevation"] - read["mean_sea_surface"]
    np.testing.assert_allclose(above, read["product_sea_level_anomaly"], atol=2e-4)


def test_over_a_wide_lead_the_anomaly_is_that_of_the_sea(read):
    """By TFMRA50 less its bias; between native gates a mirror's echo is placed to 7 cm."""
    anomaly = read["product_sea_level_anomaly"].values[WATER]
    assert anomaly.mean() == pytest.approx(ANOMALY, abs=0.02)
    assert anomaly.std() < 0.1


def test_over_ice_the_anomaly_holds_the_radar_freeboard(read):
    freeboard = FREEBOARD - SLOWER_IN_SNOW * 0.1
    height = np.median(read["product_sea_level_anomaly"].values[ICE]) - ANOMALY
    assert height == pytest.approx(freeboard, abs=0.06)


def test_classes_come_from_peakiness(read):
    classes = read["product_surface_class"].values
    assert (classes[WATER] == Surface.LEAD).all()
    assert (classes[ICE] == Surface.SEA_ICE).all()
    waveform = read["waveform"].values.astype(np.float64)
    expected = 85.0 * waveform.max(axis=1) / waveform.sum(axis=1)
    np.testing.assert_allclose(read["product_peakiness"], expected, atol=0.02)


def test_backscatter_of_ice_and_leads_is_as_published(read):
    sigma0 = read["sigma0_db"].values
    ice = KU.ice_sigma0_db + 0.05 * KU.deformation_db
    assert np.median(sigma0[ICE]) == pytest.approx(ice, abs=1.2)
    assert (sigma0[WATER] > 28.0).all()


def test_counts_and_scale_factor_give_the_backscatter(read):
    amplitude = 10.0 * np.log10(read["waveform"].values.max(axis=1))
    np.testing.assert_allclose(
        amplitude + read["scale_factor_db"].values, read["sigma0_db"].values, atol=0.02
    )
    assert 100.0 < np.median(read["waveform"].values[:10].max(axis=1)) < 10_000.0
    assert np.ptp(read["agc_db"].values) > 10.0


def test_without_leads_on_both_sides_there_is_no_freeboard(read):
    assert np.isnan(read["product_radar_freeboard"].values[ICE]).all()
    assert np.isnan(read["product_radar_freeboard"].values[WATER]).all()


def test_ice_between_leads_has_the_radar_freeboard(tmp_path):
    track = overhead(SENTINEL3, 48)
    belt = lead_across(track, 10_000.0, swapped=True)
    path = write_sentinel3_pass(tmp_path, track, belt, changing_sea, EPOCH, 6, 42, 210)
    freeboard = open_sentinel3(path)["product_radar_freeboard"].values
    known = freeboard[np.isfinite(freeboard)]
    assert known.size >= 12
    assert np.median(known) == pytest.approx(FREEBOARD - SLOWER_IN_SNOW * 0.1, abs=0.08)


def test_speckle_of_native_gates_is_independent():
    mean = np.full((400, SRAL.gates), 2e-15)
    ratio = with_multilook_speckle(mean, SRAL, 1) / mean
    assert 1.0 / ratio.var() == pytest.approx(EFFECTIVE_LOOKS, rel=0.04)
    assert np.corrcoef(ratio[:, :-1].ravel(), ratio[:, 1:].ravel())[0, 1] == pytest.approx(
        0, abs=0.02
    )


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    track = overhead(SENTINEL3, 3)
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        folder = write_sentinel3_pass(
            tmp_path / name, track, lead_across(track, 300.0), changing_sea, EPOCH, 1, 42, 210
        )
        files.append((folder / "enhanced_measurement.nc").read_bytes())
    assert files[0] == files[1]
