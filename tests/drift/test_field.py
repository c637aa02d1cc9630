"""The field of motion from vectors: what is known, how well, and where nothing is said."""

import numpy as np
import pytest
from drift_vectors import CENTRE, DAY, SIGMA, SPACING, grid, moved, simulated, utc, vectors

from iceco.drift.displacement import (
    UNKNOWN_SPEED,
    UNRESOLVED_SPEED,
    constant_displacement,
    no_drift,
)
from iceco.drift.field import combined_drift, pair_drift
from iceco.drift.interpolation import interpolate, make_layer
from iceco.geo.polar import NORTH, SOUTH

HOUR = 3600.0


def ask(drift, x, y, start, stop, plane=NORTH):
    """What a drift says of places between times in seconds."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    times = (utc(np.broadcast_to(t, x.shape)) for t in (start, stop))
    return drift(plane, x, y, *times)


def even(dx=8_000.0, dy=-3_000.0, **settings):
    return vectors(*grid(), dx, dy, **settings)


def test_even_motion_is_shared_out_by_time():
    x, y = CENTRE[0] + np.array([0.0, 900.0, -7000.0]), CENTRE[1] + np.array([0.0, 1100.0, 0.0])
    for start, stop in ((6, 12), (0, 24), (12, 11), (20, 26)):
        move = ask(pair_drift([even()]), x, y, start * HOUR, stop * HOUR)
        assert move.known.all()
        assert move.dx == pytest.approx(8_000.0 * (stop - start) / 24, rel=1e-3)
        assert move.dy == pytest.approx(-3_000.0 * (stop - start) / 24, rel=1e-3)


def test_a_rotating_floe_is_followed_where_it_was_at_the_time_asked_from():
    angle = np.radians(15.0)
    x, y = grid()
    px, py = x - CENTRE[0], y - CENTRE[1]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    dx, dy = turn @ np.stack([px, py]) - np.stack([px, py])
    drift = pair_drift([vectors(x, y, dx, dy, sigma=1.0)])
    first = np.array([[3_000.0, -8_000.0], [9_000.0, 2_000.0]])
    move = (turn - np.eye(2)) @ first
    half_way = first + 0.5 * move  # along a straight line
    rest = ask(drift, *(np.array(CENTRE)[:, None] + half_way), DAY / 2, DAY)
    assert np.stack([rest.dx, rest.dy]) == pytest.approx(0.5 * move, abs=2.0)


def test_the_way_out_and_back_ends_where_it_began():
    _, pair = simulated(3)
    drift = pair_drift([pair])
    x, y = (c + np.linspace(-15_000.0, 15_000.0, 20) for c in CENTRE)
    out = ask(drift, x, y, 2 * HOUR, 20 * HOUR)
    back = ask(drift, x + out.dx, y + out.dy, 20 * HOUR, 2 * HOUR)
    assert np.abs(out.dx + back.dx).max() < 1.0
    assert np.abs(out.dy + back.dy).max() < 1.0


def test_nothing_moves_in_no_time_and_that_is_certain():
    move = ask(pair_drift([even()]), *grid(3), 5 * HOUR, 5 * HOUR)
    assert move.known.all()
    assert np.abs(move.dx).max() < 1e-9
    assert move.sigma.max() == pytest.approx(0.0, abs=1e-3)


def test_sigma_is_a_bridge():
    drift = pair_drift([even()])
    hours = np.array([0.0, 1.0, 12.0, 23.0, 24.0])
    x, y = np.full(5, CENTRE[0]), np.full(5, CENTRE[1])
    sigma = ask(drift, x, y, 0.0, hours * HOUR).sigma
    assert sigma[0] == pytest.approx(0.0, abs=1e-3)
    assert sigma[-1] < SIGMA
    assert sigma[1] == pytest.approx(sigma[3], rel=0.02)  # the same motion missed either way
    assert sigma[2] > sigma[1] > sigma[-1]
    beyond = ask(drift, x[:2], y[:2], DAY, DAY + np.array([1.0, 2.0]) * HOUR).sigma
    assert beyond[1] > 1.9 * beyond[0] > 1.9 * sigma[1]


@pytest.mark.parametrize(
    ("interval", "part", "seeds"),
    [
        *((24 * HOUR, hours * HOUR, range(700, 730)) for hours in (1, 6, 12, 23)),
        (24 * HOUR, 24 * HOUR, range(700, 710)),
    ],
)
def test_sigma_is_that_of_simulated_errors(interval, part, seeds):
    """Half a degree of freedom a world and component: 30 worlds give the rms to some 9 %."""
    errors, sigmas = [], []
    for seed in seeds:
        motion, pair = simulated(seed, 0.0, interval)
        rng = np.random.default_rng(seed)
        start = rng.uniform(0.0, interval - part, 8)
        x, y = (rng.uniform(c - 15_000.0, c + 15_000.0, 8) for c in CENTRE)
        way = moved(motion, x, y, 0.0, start)  # of the ice that is at x, y at the interval's start
        x, y = x + way[0], y + way[1]
        move = ask(pair_drift([pair]), x, y, start, start + part)
        assert move.known.all()
        errors.append(np.stack([move.dx, move.dy]) - moved(motion, x, y, start, start + part))
        sigmas.append(move.sigma)
    rms = np.sqrt(np.mean(np.square(errors)))
    assert np.sqrt(np.mean(np.square(sigmas))) == pytest.approx(rms, rel=0.15)


def test_beside_and_between_vectors_nothing_is_made_up():
    pair = even()
    hole = np.hypot(pair["x0"] - CENTRE[0], pair["y0"] - CENTRE[1]) < 3.2 * SPACING
    pair["quality_flag"] = ("vector", np.where(hole, 2, 0).astype(np.int8))
    edge = CENTRE[0] + 5.5 * SPACING
    x = np.array([CENTRE[0], CENTRE[0] + 4.5 * SPACING, edge + 1_900.0, edge + 2_100.0])
    y = np.full(4, CENTRE[1])
    move = ask(pair_drift([pair]), x, y, 0.0, HOUR)
    assert move.known.tolist() == [False, True, True, False]
    assert move.dx[[0, 3]].tolist() == [0.0, 0.0]
    assert move.sigma[0] == pytest.approx(UNKNOWN_SPEED * HOUR)
    assert move.source.tolist() == [-1, 0, 0, -1]


@pytest.mark.parametrize("hours", [(-8, -5), (29, 31), (-7, 2)])
def test_time_far_from_the_interval_is_unknown(hours):
    start, stop = (h * HOUR for h in hours)
    assert not ask(pair_drift([even()]), *grid(2), start, stop).known.any()


def test_vectors_of_the_north_say_nothing_of_the_south():
    assert not ask(pair_drift([even()]), *grid(2), 0.0, HOUR, plane=SOUTH).known.any()


def test_without_a_usable_vector_nothing_is_known():
    pair = even()
    pair["quality_flag"] = pair["quality_flag"] * 0 + 2
    assert not ask(pair_drift([pair]), *grid(2), 0.0, HOUR).known.any()


def test_two_days_in_turn_carry_ice_from_one_to_the_other():
    first, second = even(8_000.0, 0.0), even(0.0, 4_000.0, start=DAY, stop=2 * DAY)
    move = ask(pair_drift([first, second]), *grid(2), 12 * HOUR, 36 * HOUR)
    assert move.known.all()
    assert move.dx == pytest.approx(4_000.0, abs=0.15 * 4_000.0)
    assert move.dy == pytest.approx(2_000.0, abs=0.15 * 2_000.0)
    whole = ask(pair_drift([first, second]), *grid(2), 0.0, 2 * DAY)
    assert whole.dx == pytest.approx(8_000.0, abs=3 * SIGMA)
    assert whole.dy == pytest.approx(4_000.0, abs=3 * SIGMA)


def test_a_gap_between_two_days_is_not_bridged():
    first, second = even(), even(start=2 * DAY, stop=3 * DAY)
    assert not ask(pair_drift([first, second]), *grid(2), 12 * HOUR, 60 * HOUR).known.any()


def test_a_short_interval_within_a_long_one_says_more_of_its_time():
    _, day = simulated(5, 0.0, DAY)
    _, hours = simulated(5, 6 * HOUR, 12 * HOUR)
    long, both = (ask(pair_drift(p), *grid(2), 8 * HOUR, 9 * HOUR) for p in ([day], [day, hours]))
    assert (both.sigma < 0.8 * long.sigma).all()


def slipping(jump, seed=4):
    """Smooth drift with a slip of ``jump`` along a line of constant y, 0.2 spacings above 0."""
    motion, pair = simulated(seed)
    pair["dx"] = pair["dx"] + jump * (pair["y0"] > CENTRE[1] + 0.2 * SPACING)
    return motion, pair


def test_slip_lines_stay_sharp():
    jump = 800.0
    motion, pair = slipping(jump)
    layer = make_layer(pair)
    x = CENTRE[0] + np.linspace(-14_000.0, 14_000.0, 15)
    for side in (-1, 1):
        for distance in (0.6, 1.5, 2.5):  # spacings from the middle: the line is at most 0.5 away
            y = np.full(15, CENTRE[1] + side * distance * SPACING)
            truth = moved(motion, x, y, 0.0, DAY).T + np.array([jump * (side > 0), 0.0])
            error = interpolate(layer, np.stack([x, y], axis=-1)).move - truth
            assert np.sqrt(np.mean(error**2)) < 2.0 * SIGMA


def test_between_the_sides_of_a_slip_line_sigma_says_that_it_may_be_either():
    _, pair = slipping(800.0)
    layer = make_layer(pair)
    beside = np.array([[CENTRE[0], CENTRE[1] - 0.1 * SPACING], [CENTRE[0], CENTRE[1] - 10_000.0]])
    covariance = interpolate(layer, beside).covariance
    assert 200.0 < np.sqrt(covariance[0, 0, 0]) < 600.0
    assert np.sqrt(covariance[0, 1, 1]) < 2.0 * SIGMA  # slip is along x
    assert np.sqrt(covariance[1, 0, 0]) < 2.0 * SIGMA


def test_estimates_are_the_best_linear_ones_of_all_neighbours():
    """With few vectors all are neighbours: one dense solution gives the same."""
    x, y = grid(4)
    rng = np.random.default_rng(2)
    dx, dy = rng.normal(0.0, SIGMA, (2, x.size)) + 200.0 * np.sin((x - y) / 20_000.0)
    layer = make_layer(vectors(x, y, dx, dy))
    point = np.array([[CENTRE[0] + 700.0, CENTRE[1] - 900.0]])
    answer = interpolate(layer, point)
    place = np.stack([x, y], axis=-1) - point

    def covariance(a, b):
        far = np.sqrt(3.0) * np.linalg.norm(a[:, None] - b, axis=-1) / layer.length
        field = (0.01 * DAY) ** 2 * (1.0 + far) * np.exp(-far)
        return field + 1e8 + 0.05**2 * (a @ b.T)  # an affine motion

    at = np.zeros((1, 2))
    weight = np.linalg.solve(
        covariance(place, place) + SIGMA**2 * np.eye(16), covariance(place, at)
    )
    assert answer.move[0] == pytest.approx(weight[:, 0] @ np.stack([dx, dy], axis=-1), rel=1e-2)
    variance = covariance(at, at)[0, 0] - weight[:, 0] @ covariance(place, at)[:, 0]
    assert answer.covariance[0, 0, 0] == pytest.approx(variance, rel=1e-2)


def test_errors_alike_in_overlapping_patches_do_not_average_out():
    alone, alike = (even(spacing=SPACING, patch_m=patch) for patch in (0.0, 30 * SPACING))
    point = np.array([CENTRE])
    sigma = [np.sqrt(interpolate(make_layer(p), point).covariance[0, 0, 0]) for p in (alone, alike)]
    assert sigma[0] < 0.6 * SIGMA
    assert 0.8 * SIGMA < sigma[1] < 1.01 * SIGMA


def test_what_one_drift_does_not_know_another_may():
    both = combined_drift([pair_drift([even()]), constant_displacement(100.0, 0.0), no_drift()])
    far = ask(both, [CENTRE[0], CENTRE[0] + 1e5], [CENTRE[1], CENTRE[1]], 0.0, HOUR)
    assert far.known.all()
    assert far.source.tolist() == [0, 1]
    assert far.dx[1] == pytest.approx(100.0)
    assert far.sigma[1] == pytest.approx(UNRESOLVED_SPEED * HOUR)


def test_drifts_are_merged_by_inverse_covariance_but_what_none_resolves_remains():
    def drift(dx, own, unresolved):
        def answer(plane, x, y, start, stop):
            made = constant_displacement(dx, 0.0)(plane, x, y, start, stop)
            variance = np.full(x.shape, unresolved**2)
            return made._replace(
                covariance=(variance + own**2)[:, None, None] * np.eye(2), unresolved=variance
            )

        return answer

    move = ask(combined_drift([drift(0.0, 30.0, 100.0), drift(20.0, 40.0, 100.0)]), *grid(1), 0, 1)
    assert move.dx == pytest.approx(20.0 * 0.36, rel=1e-3)
    assert move.sigma == pytest.approx(np.hypot(24.0, 100.0), rel=1e-3)
    coarse = ask(combined_drift([drift(0.0, 5.0, 50.0), drift(40.0, 5.0, 120.0)]), *grid(1), 0, 1)
    assert abs(coarse.dx[0]) < 0.5
    assert coarse.sigma == pytest.approx(np.hypot(5.0, 50.0), rel=0.01)


def test_what_chance_sets_apart_does_not_inflate_sigma():
    apart = 1.5 * SIGMA  # of sigma sqrt(2) SIGMA
    pairs = [vectors(*grid(1), dx, 0.0) for dx in (0.0, apart)]
    one, both = (ask(pair_drift(p), *grid(1), 0.0, DAY) for p in (pairs[:1], pairs))
    assert both.sigma == pytest.approx(one.sigma / np.sqrt(2.0), rel=0.01)


def test_pairs_elsewhere_change_nothing():
    here, there = even(), even(500.0, 500.0)
    there["x0"] = there["x0"] + 40 * SPACING
    x, y = CENTRE[0] + SPACING * np.array([0.0, 40.0, 20.0]), np.full(3, CENTRE[1])
    both, alone, other = (
        ask(pair_drift(p), x, y, 0.0, HOUR) for p in ([here, there], [here], [there])
    )
    assert both.known.tolist() == [True, True, False]
    assert both.dx == pytest.approx([alone.dx[0], other.dx[1], 0.0])
    assert both.sigma[:2] == pytest.approx([alone.sigma[0], other.sigma[1]])


def test_disagreement_inflates_sigma():
    drifts = [pair_drift([even(dx, 0.0, sigma=5.0)]) for dx in (0.0, 2_000.0)]
    one, both = (ask(d, *grid(2), 0.0, DAY) for d in (drifts[0], combined_drift(drifts)))
    assert both.dx == pytest.approx(1_000.0, rel=0.01)
    assert (both.sigma > 100.0 * one.sigma).all()
    within = ask(pair_drift([even(0.0, 0.0), even(2_000.0, 0.0)]), *grid(2), 0.0, DAY)
    assert (within.sigma > 300.0).all()


def test_answers_do_not_depend_on_what_else_is_asked():
    _, pair = simulated(6)
    drift = pair_drift([pair])
    x, y = (np.random.default_rng(1).uniform(c - 15_000, c + 15_000, 40) for c in CENTRE)
    together = ask(drift, x, y, 0.0, 5 * HOUR)
    one = ask(drift, x[7:8], y[7:8], 0.0, 5 * HOUR)
    assert one.dx == pytest.approx(together.dx[7:8], abs=1.0)
