"""Buoys as vectors: what they say of the ice around them, alone and beside images."""

import numpy as np
import pytest
import xarray as xr
from drift_vectors import CENTRE, DAY, grid, utc, vectors

from iceco.drift.buoy_evaluation import FIX_SIGMA
from iceco.drift.drifters import REACH, vectors_of_drifters
from iceco.drift.field import pair_drift
from iceco.geo.polar import NORTH, SOUTH, inverse

HOUR = 3600.0
SPEED = np.array([0.08, -0.05])  # m/s on the plane


@pytest.fixture
def buoys():
    """Two buoys 40 km apart that report every hour for two days."""
    seconds = np.tile(np.arange(0.0, 2 * DAY + 1.0, HOUR), 2)
    name = np.repeat(["a", "b"], seconds.size // 2)
    x = CENTRE[0] + SPEED[0] * seconds + np.where(name == "b", 40_000.0, 0.0)
    longitude, latitude = inverse(NORTH, x, CENTRE[1] + SPEED[1] * seconds)
    columns = {"buoy_id": name, "time": utc(seconds), "longitude": longitude, "latitude": latitude}
    return xr.Dataset(
        {key: ("observation", values) for key, values in columns.items()}, attrs={"source": "none"}
    )


def days(buoys, plane=NORTH):
    return vectors_of_drifters(buoys, plane, utc([0.0, DAY, 3 * DAY]), utc([DAY, 2 * DAY, 4 * DAY]))


def ask(drift, x, y, start, stop):
    return drift(NORTH, np.array([x]), np.array([y]), utc([start]), utc([stop]))


def test_each_interval_has_a_vector_a_buoy(buoys):
    found = days(buoys)
    assert [part.sizes["vector"] for part in found] == [2, 2]  # nothing is known of the fourth day
    assert found[1]["dx"].values == pytest.approx(SPEED[0] * DAY, abs=0.1)
    assert found[1]["dy"].values == pytest.approx(SPEED[1] * DAY, abs=0.1)
    assert np.sqrt(found[0]["variance_x"].values) == pytest.approx(np.sqrt(2) * FIX_SIGMA, rel=0.05)


def test_buoys_of_the_north_are_none_in_the_south(buoys):
    assert days(buoys, SOUTH) == []


def test_a_buoy_speaks_for_the_ice_around_it_the_less_the_further(buoys):
    drift = pair_drift(days(buoys))
    sigma = []
    for away in (0.0, 0.4 * REACH, 0.9 * REACH):
        move = ask(drift, CENTRE[0] - away, CENTRE[1], 0.0, DAY)
        assert move.known.all()
        assert [*move.dx, *move.dy] == pytest.approx(SPEED * DAY, rel=0.1)
        sigma.append(move.sigma[0])
    assert sigma[0] < 20.0
    assert 2.0 * sigma[0] < sigma[1] < sigma[2]
    assert not ask(drift, CENTRE[0] - 1.1 * REACH, CENTRE[1], 0.0, DAY).known.any()


def test_images_and_buoys_are_merged(buoys):
    images = vectors(*grid(), *(SPEED * DAY), sigma=100.0)
    alone, both = (
        ask(pair_drift(v), *CENTRE, 0.0, DAY) for v in ([images], [images, *days(buoys)])
    )
    assert both.sigma < 0.6 * alone.sigma
    assert both.dx == pytest.approx(SPEED[0] * DAY, abs=20.0)
