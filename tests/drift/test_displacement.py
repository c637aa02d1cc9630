"""Displacements: where drift products say the ice went, and what they leave unsaid."""

import numpy as np
import pytest
from pyproj import Transformer

from iceco.drift.displacement import (
    PRODUCT_SIGMA,
    UNKNOWN_SPEED,
    UNRESOLVED_SPEED,
    constant_displacement,
    no_drift,
    product_drift,
)
from iceco.drift.unresolved import Fluctuation, bridge_variance
from iceco.geo.polar import NORTH, SOUTH, forward
from iceco.products.canonical_drift import make_drift

NOON = np.datetime64("2023-05-01T12:00", "ns")
HOUR = np.timedelta64(1, "h").astype("timedelta64[ns]")
SPEED = np.array([0.12, -0.05])  # m/s along the axes of the plane
SIGMA = 3000.0  # m over 48 h


def product(start=NOON, hole=False, speed=SPEED):
    """A 48 h product on the OSI-405 grid, moving everything alike on the plane of EPSG:3413."""
    x = np.arange(-20, 21) * 62_500.0
    y = np.arange(20, -21, -1) * 62_500.0
    shape = (1, y.size, x.size)
    seconds = 48 * 3600.0
    fields = {
        "dx": np.full(shape, speed[0] * seconds),
        "dy": np.full(shape, speed[1] * seconds),
        "displacement_sigma": np.full(shape, SIGMA),
        "quality_flag": np.zeros(shape, dtype=np.int8),
        "start_time": np.full(shape, start),
        "stop_time": np.full(shape, start + 48 * HOUR),
    }
    if hole:
        for name in ("dx", "dy", "displacement_sigma"):
            fields[name][:, 10:30, 10:30] = np.nan
    lon, lat = Transformer.from_crs("EPSG:3411", "EPSG:4326", always_xy=True).transform(
        *np.meshgrid(x, y)
    )
    return make_drift(
        {"time": np.array([start + 24 * HOUR]), "x": x, "y": y, "longitude": lon, "latitude": lat},
        fields,
        {"product": "OSI-405-c", "crs": "EPSG:3411", "plane": "EPSG:3413", "source": "none"},
    )


def at(hours):
    return np.array([NOON + 24 * HOUR + h * HOUR for h in hours])


PLACES = forward(NORTH, np.array([10.0, 179.9, -60.0]), np.array([82.0, 84.0, 80.0]))


def test_a_product_moves_points_by_velocity_times_interval():
    move = product_drift([product()])(NORTH, *PLACES, at([0, 0, 0]), at([2, -2, 3]))
    seconds = 3600.0 * np.array([2, -2, 3])
    assert move.dx == pytest.approx(SPEED[0] * seconds)
    assert move.dy == pytest.approx(SPEED[1] * seconds)
    assert move.known.all()


def test_sigma_scales_the_product_and_adds_what_it_does_not_resolve():
    move = product_drift([product()])(NORTH, *PLACES, at([0, 0, -24]), at([1, -1, 24]))
    hours = np.array([1, 1, 48])
    motion = Fluctuation()
    rest = [
        bridge_variance(motion, (24 * 3600.0, t * 3600.0), (0.0, 48 * 3600.0)) for t in (25, 23)
    ]
    assert move.unresolved == pytest.approx([*rest, 0.0], rel=1e-6, abs=0.1)
    assert move.sigma == pytest.approx(np.sqrt((SIGMA * hours / 48) ** 2 + move.unresolved))
    assert 0.015 < np.sqrt(rest[0]) / 3600.0 < 0.05  # m/s: science.md has 0.02 to 0.05


def test_beyond_a_product_s_time_its_motion_is_the_less_known():
    drift = product_drift([product()])
    move = drift(NORTH, *PLACES, at([-2, 20, 22]), at([2, 24, 26]))  # it ends at 24
    assert move.known.all()
    assert move.sigma[0] < move.sigma[1] < move.sigma[2]


def test_vectors_that_a_product_made_up_are_not_taken_as_better_than_its_target():
    doubtful = product()
    doubtful["quality_flag"] = doubtful["quality_flag"] + 1
    move = product_drift([doubtful])(NORTH, *PLACES, at([-24] * 3), at([24] * 3))
    assert move.sigma == pytest.approx(PRODUCT_SIGMA)


def test_there_and_back_again():
    drift = product_drift([product()])
    out = drift(NORTH, *PLACES, at([0, 0, 0]), at([5, 5, 5]))
    back = drift(NORTH, PLACES[0] + out.dx, PLACES[1] + out.dy, at([5, 5, 5]), at([0, 0, 0]))
    assert out.dx + back.dx == pytest.approx(0, abs=1e-9)


def test_the_interval_centred_closest_is_used():
    products = [product(NOON - 24 * HOUR, speed=(0.5, 0)), product(), product(NOON + 48 * HOUR)]
    move = product_drift(products)(NORTH, *PLACES, at([0, 0, 0]), at([1, 1, 1]))
    assert move.dx == pytest.approx(SPEED[0] * 3600)


@pytest.mark.parametrize("hours", [[-30, -30, -30], [25, 25, 25]])
def test_outside_the_product_s_time_nothing_is_known(hours):
    move = product_drift([product()])(NORTH, *PLACES, at(hours), at(np.array(hours) + 1))
    assert not move.known.any()
    assert (move.dx == 0).all()
    assert move.sigma == pytest.approx(UNKNOWN_SPEED * 3600)


def test_a_gap_is_not_filled():
    x, y = np.array([0.0, 15 * 62_500.0, 60 * 62_500.0]), np.array([0.0, 0.0, 0.0])
    move = product_drift([product(hole=True)])(NORTH, x, y, at([0, 0, 0]), at([1, 1, 1]))
    assert move.known.tolist() == [False, True, False]
    assert move.dx == pytest.approx([0, SPEED[0] * 3600, 0])


def test_a_northern_product_knows_nothing_of_the_south():
    move = product_drift([product()])(SOUTH, *PLACES, at([0, 0, 0]), at([1, 1, 1]))
    assert not move.known.any()


def test_a_constant_displacement_is_what_it_says():
    move = constant_displacement(500.0, -300.0)(NORTH, *PLACES, at([0, 0, 0]), at([1, 2, 3]))
    assert (move.dx == 500).all()
    assert (move.dy == -300).all()
    assert move.sigma == pytest.approx(UNRESOLVED_SPEED * 3600 * np.array([1, 2, 3]))
    assert move.known.all()


def test_no_drift_moves_nothing_and_says_so():
    move = no_drift()(NORTH, *PLACES, at([0, 0, 0]), at([0, 1, -3]))
    assert (move.dx == 0).all()
    assert not move.known.any()
    assert move.sigma == pytest.approx(UNKNOWN_SPEED * 3600 * np.array([0, 1, 3]))
