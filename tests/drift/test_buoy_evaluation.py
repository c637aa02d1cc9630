"""Drift against buoys: errors, their given sizes, and what is left out."""

import numpy as np
import pytest
import xarray as xr
from small_vectors import CENTRE, HOUR, START, uniform_vectors

from iceco.drift.buoy_evaluation import (
    FIX_SIGMA,
    LONGEST_GAP,
    drifter_displacements,
    evaluate_against_drifters,
    evaluate_vectors,
    scores,
)
from iceco.drift.displacement import constant_displacement, no_drift
from iceco.drift.drifters import vectors_of_drifters
from iceco.drift.field import pair_drift
from iceco.drift.unresolved import ICE_EDGE
from iceco.geo.polar import NORTH, SOUTH, forward, inverse, scale_factor
from iceco.products.buoys import open_buoys
from iceco.simulate.ice.motion import MotionSettings, draw_motion, smooth_displacement

DAY = 24 * HOUR
VELOCITY = np.array([0.1, -0.05])  # m/s on the plane
HOURLY = np.arange(0.0, 49.0)


def buoys(x, y, hours=HOURLY) -> xr.Dataset:
    """Buoys that start at places (n,) and move alike at an even velocity."""
    steady = np.multiply.outer(hours * 3600.0, VELOCITY)
    return located([np.array([a, b]) + steady for a, b in zip(x, y, strict=True)], hours)


def located(paths: list[np.ndarray], hours: np.ndarray) -> xr.Dataset:
    """Buoys at places (times, 2) of the plane."""
    longitude, latitude = inverse(NORTH, *np.concatenate(paths).T)
    times = START + np.rint(hours * 3600e9).astype("timedelta64[ns]")
    return xr.Dataset(
        {
            "buoy_id": ("observation", np.repeat([f"b{i}" for i in range(len(paths))], hours.size)),
            "time": ("observation", np.tile(times, len(paths))),
            "longitude": ("observation", longitude),
            "latitude": ("observation", latitude),
        }
    )


def at(hours) -> np.ndarray:
    return START + np.asarray(hours) * HOUR


def test_a_buoy_moves_by_its_velocity_times_the_interval():
    drifters = buoys([CENTRE[0], CENTRE[0] + 9e3], [CENTRE[1], CENTRE[1]])
    moved = drifter_displacements(drifters, NORTH, at([3, 7]), at([9, 31]))
    assert moved.buoy_id.tolist() == ["b0", "b0", "b1", "b1"]
    assert moved.dx == pytest.approx(VELOCITY[0] * 3600 * np.array([6, 24, 6, 24]), abs=1e-3)
    assert moved.dy == pytest.approx(VELOCITY[1] * 3600 * np.array([6, 24, 6, 24]), abs=1e-3)
    assert moved.x[0] == pytest.approx(CENTRE[0] + VELOCITY[0] * 3 * 3600, abs=1e-3)


def test_inertial_loops_between_hourly_fixes_are_kept():
    hours = np.arange(0.0, 48.0, 1.0)
    radius, period = 700.0, 12.2  # m, h: 0.1 m/s

    def path(t):
        turn = 2 * np.pi * np.asarray(t) / period
        return np.stack([radius * np.cos(turn), -radius * np.sin(turn)], axis=-1) + CENTRE

    start, stop = np.array([10.5, 20.5]), np.array([15.5, 33.5])
    moved = drifter_displacements(
        located([path(hours)], hours),
        NORTH,
        START + (start * 3600e9).astype("timedelta64[ns]"),
        START + (stop * 3600e9).astype("timedelta64[ns]"),
    )
    wanted = path(stop) - path(start)
    # Straight lines between the fixes would be off by radius (1 - cos(half a step)) = 23 m.
    assert np.stack([moved.dx, moved.dy], axis=-1) == pytest.approx(wanted, abs=5.0)


def test_outside_its_track_and_in_its_gaps_a_buoy_tells_nothing():
    gap = LONGEST_GAP / np.timedelta64(1, "h") + 0.1
    hours = np.concatenate([np.arange(6.0), 5.0 + gap + np.arange(6.0)])
    drifters = buoys([CENTRE[0]], [CENTRE[1]], hours=hours)
    starts = at([-1, 1, 1, 11])
    stops = at([4, 4, 7, 40])
    moved = drifter_displacements(drifters, NORTH, starts, stops)
    assert moved.start.tolist() == starts[[1]].tolist()


@pytest.mark.parametrize("kind", ["jump", "flagged", "twice"])
def test_a_wrong_fix_is_left_out(kind):
    good = buoys([CENTRE[0]], [CENTRE[1]])
    bad = good.copy(deep=True)
    if kind == "twice":
        repeated = good.isel(observation=[10])
        repeated["latitude"].values[:] += 0.001
        bad = xr.concat([good, repeated], "observation")
    else:
        bad["latitude"].values[10] += 0.2 if kind == "jump" else 0.001
    if kind == "flagged":
        bad["product_quality_flag"] = ("observation", (np.arange(49) == 10).astype(int))
    wanted, moved = (
        drifter_displacements(b, NORTH, at([10, 20]), at([15, 30])) for b in (good, bad)
    )
    assert moved.dx == pytest.approx(wanted.dx, abs=1.0)
    assert moved.dy == pytest.approx(wanted.dy, abs=1.0)


def test_buoys_of_the_other_hemisphere_tell_nothing():
    drifters = buoys([CENTRE[0]], [CENTRE[1]])
    assert drifter_displacements(drifters, SOUTH, at([1]), at([2])).x.size == 0


def test_a_true_drift_has_no_error_and_a_wrong_one_its_bias():
    drifters = buoys([CENTRE[0]], [CENTRE[1]])
    seconds = 6 * 3600.0
    for off in (0.0, 120.0):
        drift = constant_displacement(VELOCITY[0] * seconds + off, VELOCITY[1] * seconds)
        found = evaluate_against_drifters(drift, drifters, NORTH, at([0, 6, 12]), 6 * HOUR)
        score = scores(found)
        scale = scale_factor(NORTH, drifters["latitude"].values[0])
        assert score["comparisons"] == 3
        assert score["bias_x_m"] == pytest.approx(off / scale, abs=0.1)
        assert score["bias_y_m"] == pytest.approx(0.0, abs=0.1)
        assert score["rms_m"] == pytest.approx(off / scale, abs=0.1)


def test_where_the_drift_does_not_know_nothing_is_compared():
    found = evaluate_against_drifters(
        no_drift(), buoys([CENTRE[0]], [CENTRE[1]]), NORTH, at([0]), DAY
    )
    score = scores(found)
    assert score["comparisons"] == score["buoys"] == 0
    assert np.isnan(score["rms_m"])


def test_errors_of_the_size_they_are_said_to_have_fill_the_ellipses():
    random = np.random.default_rng(5)
    count = 4000
    covariance = np.array([[900.0, 500.0], [500.0, 1600.0]])
    x, y = (c + random.uniform(-1e5, 1e5, count) for c in CENTRE)
    vectors = uniform_vectors(x, y, VELOCITY)
    error = random.multivariate_normal(np.zeros(2), covariance, count)
    vectors["dx"].values[:] += error[:, 0]
    vectors["dy"].values[:] += error[:, 1]
    vectors["variance_x"].values[:] = covariance[0, 0]
    vectors["variance_y"].values[:] = covariance[1, 1]
    vectors["covariance_xy"].values[:] = covariance[0, 1]
    hours = np.array([0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0])
    near = 400
    drifters = buoys(x[:near], y[:near], hours=hours)
    noise = random.normal(0.0, FIX_SIGMA, (2, drifters.sizes["observation"]))
    moved_x, moved_y = forward(NORTH, drifters["longitude"].values, drifters["latitude"].values)
    longitude, latitude = inverse(NORTH, moved_x + noise[0], moved_y + noise[1])
    drifters["longitude"].values[:], drifters["latitude"].values[:] = longitude, latitude
    score = scores(evaluate_vectors(vectors, drifters, radius=500.0))
    assert score["comparisons"] == near
    # Shares p of n have standard deviations sqrt(p (1 - p) / n): 2.3 and 1.1 percent.
    assert score["inside_68_percent"] == pytest.approx(68.0, abs=7.0)
    assert score["inside_95_percent"] == pytest.approx(95.0, abs=3.3)
    wanted = np.sqrt(np.trace(covariance) + 4 * FIX_SIGMA**2)
    assert score["rms_m"] == pytest.approx(wanted, rel=0.1)


def test_only_buoys_within_the_radius_and_usable_vectors_count():
    x, y = CENTRE[0] + np.array([0.0, 50e3]), np.full(2, CENTRE[1])
    vectors = uniform_vectors(x, y, VELOCITY)
    drifters = buoys(x + 1500.0, y)
    assert scores(evaluate_vectors(vectors, drifters, 1000.0))["comparisons"] == 0
    found = evaluate_vectors(vectors, drifters, 2000.0)
    assert found["buoy_id"].values.tolist() == ["b0", "b1"]
    assert found["distance"].values == pytest.approx(1500.0, abs=0.1)
    vectors["quality_flag"].values[0] = 2
    assert evaluate_vectors(vectors, drifters, 2000.0)["buoy_id"].values.tolist() == ["b1"]
    vectors["quality_flag"].values[:] = 3
    assert evaluate_vectors(vectors, drifters, 2000.0).sizes["comparison"] == 0


def test_a_buoy_in_a_simulated_world_goes_where_its_true_vectors_say():
    motion = draw_motion(3, MotionSettings(), CENTRE)
    x, y = CENTRE[0] + np.array([3e3, 4e3]), CENTRE[1] - np.array([2e3, 2e3])
    moves = np.array([smooth_displacement(motion, x, y, 3600.0 * t) for t in HOURLY])
    drifters = located([moves[:, :, 0] + (x[0], y[0])], HOURLY)
    dx, dy = moves[24]
    vectors = uniform_vectors(x, y, sigma=10.0)
    vectors["dx"].values[:], vectors["dy"].values[:] = dx, dy
    found = evaluate_vectors(vectors, drifters, 4000.0)
    assert found.sizes["comparison"] == 1
    assert found["error"].values[0] < 1.0
    assert scores(found)["median_displacement_m"] > 100.0


def test_real_buoys_that_drift_together_move_alike(sample_data):
    folder = sample_data / "ice" / "buoys" / "mosaic"
    first = open_buoys(folder / "P008_300234065981590_2019P142.csv")
    other = open_buoys(folder / "P002_300234068916790_2019P204.csv")
    starts = np.arange("2019-11-01", "2020-02-01", 2, dtype="datetime64[D]").astype(
        "datetime64[ns]"
    )
    moved = drifter_displacements(first, NORTH, starts, starts + 48 * HOUR)
    errors, lengths = [], []
    for i in range(moved.x.size):
        drift = constant_displacement(moved.dx[i], moved.dy[i])
        found = evaluate_against_drifters(drift, other, NORTH, moved.start[[i]], 48 * HOUR)
        errors.extend(found["error"].values)
        lengths.extend(np.hypot(found["buoy_dx"].values, found["buoy_dy"].values))
    assert len(errors) > 30
    # Forty kilometres apart in winter pack ice; the buoys went some 15 km in two days.
    assert np.median(errors) < 0.15 * np.median(lengths)


def test_a_real_buoy_confirms_its_own_displacements(sample_data):
    buoy = open_buoys(sample_data / "ice" / "buoys" / "data_drift_2022.nc")
    starts = np.sort(np.unique(buoy["time"].values.astype("datetime64[D]"))).astype(
        "datetime64[ns]"
    )
    moved = drifter_displacements(buoy, NORTH, starts, starts + 24 * HOUR)
    vectors = uniform_vectors(moved.x, moved.y)
    for name, values in (("dx", moved.dx), ("dy", moved.dy), ("start_time", moved.start)):
        vectors[name].values[:] = values
    vectors["stop_time"].values[:] = moved.stop
    day = vectors.isel(vector=np.flatnonzero(moved.start == moved.start[moved.x.size // 2]))
    found = evaluate_vectors(day, buoy, 1.0)
    assert found.sizes["comparison"] == day.sizes["vector"] >= 2
    assert found["error"].values.max() < 1e-6


@pytest.mark.parametrize("name", ["data_drift_2018_March_Greenland", "data_drift_2022"])
def test_at_the_ice_edge_the_fluctuation_of_buoys_elsewhere_holds(sample_data, name):
    buoys = open_buoys(sample_data / "ice" / "buoys" / f"{name}.nc")
    days = np.unique(buoys["time"].values.astype("datetime64[D]")).astype("datetime64[ns]")
    found = []
    for day in days:
        for vectors in vectors_of_drifters(
            buoys, NORTH, np.array([day]), np.array([day + 24 * HOUR])
        ):
            drift = pair_drift([vectors], ICE_EDGE)
            hour = day + np.array([8, 15]) * HOUR
            found.append(evaluate_against_drifters(drift, buoys, NORTH, hour, HOUR))
    score = scores(xr.concat(found, "comparison"))
    assert score["comparisons"] > 50
    # Tides differ from sea to sea; with the default, of pack ice, 2 and 8 % are inside.
    assert 60 < score["inside_68_percent"] < 92
    assert score["inside_95_percent"] > 85
