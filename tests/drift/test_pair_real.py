"""Real Sentinel-1 pairs: drifting pack north of Svalbard, fast ice north of Greenland."""

import csv

import numba
import numpy as np
import pytest

from iceco.drift.pair.vectors import PairSettings, track_pair
from iceco.geo.land import is_land
from iceco.geo.polar import NORTH, forward, inverse
from iceco.products.canonical_vectors import DOUBTFUL, GOOD, REJECTED
from iceco.products.recognise import open_product

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="a pair of scenes takes minutes as plain Python"
)
PACK = ("clip_HH_S1B*", "20200301_20200302_pair_ncc.csv", PairSettings(2_000.0, 100.0))
FAST = ("S1B_EW_GRDM*", "20200123_20200125_pair_ncc.csv", PairSettings(2_000.0, 80.0))


@pytest.fixture(scope="module")
def folder(sample_data):
    return sample_data / "sar" / "pairs"


def scenes(folder, pattern: str) -> list:
    return [open_product(path) for path in sorted(folder.glob(pattern))]


def reference(folder, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places x, y and displacements (n, 2) by plain correlation [m on the plane]."""
    with (folder / "derived_ncc" / name).open() as lines:
        rows = list(csv.DictReader(lines))
    lon0, lat0, lon1, lat1 = (
        np.array([float(row[key]) for row in rows]) for key in ("lon0", "lat0", "lon1", "lat1")
    )
    x, y = forward(NORTH, lon0, lat0)
    return x, y, np.column_stack(forward(NORTH, lon1, lat1)) - np.column_stack([x, y])


def off_shore(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether a patch around a place holds no land, by nine points in it."""
    step = np.array([-1350.0, 0.0, 1350.0])
    places = np.broadcast_arrays(x[:, None, None] + step[:, None], y[:, None, None] + step)
    return ~is_land(*inverse(NORTH, *places)).any(axis=(1, 2))


@pytest.mark.parametrize("pair", [PACK, FAST], ids=["pack", "fast"])
def test_vectors_agree_with_plain_correlation(folder, pair):
    pattern, name, settings = pair
    x, y, expected = reference(folder, name)
    vectors = track_pair(*scenes(folder, pattern), settings, points=(x, y))
    kept = vectors["quality_flag"].values <= DOUBTFUL
    assert kept[off_shore(x, y)].mean() >= 0.95
    off = np.column_stack([vectors["dx"].values, vectors["dy"].values])[kept] - expected[kept]
    assert np.median(np.hypot(*off.T)) < 30.0  # m, of pixels of 40 to 100 m


def test_pack_ice_is_followed_nearly_everywhere(folder):
    vectors = track_pair(*scenes(folder, PACK[0]), PACK[2])
    flag = vectors["quality_flag"].values
    assert (flag <= REJECTED).sum() > 1_500
    assert np.mean(flag[flag <= REJECTED] <= DOUBTFUL) >= 0.95
    days = (vectors["stop_time"] - vectors["start_time"]).values[flag == GOOD]
    assert (np.abs(days / np.timedelta64(3600, "s") - 23.05) < 0.1).all()


def test_fast_ice_goes_nowhere(folder):
    vectors = track_pair(*scenes(folder, FAST[0]), FAST[2])
    good = vectors["quality_flag"].values == GOOD
    move = np.hypot(vectors["dx"].values, vectors["dy"].values)
    # The reference has 136 m in the median; the crops' geolocation and land's relief are in it.
    assert np.median(move[good]) < 200.0
    # The great floe and the level ice around it, fast to the land.
    (left, right), (low, high) = (145e3, 165e3), (-676e3, -666e3)
    x, y = vectors["x0"].values, vectors["y0"].values
    fast = good & (x > left) & (x < right) & (y > low) & (y < high)
    assert fast.sum() > 30
    assert np.median(move[fast]) < 40.0
    assert move[fast].max() < 100.0
