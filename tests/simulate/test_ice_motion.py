"""The smooth drift: its calculus, its inverse, and how fast and how strained it is."""

import pickle
from functools import partial

import numpy as np
import pytest
from scipy.optimize import root

from iceco.geo.polar import NORTH, forward
from iceco.simulate.ice import _motion_kernels
from iceco.simulate.ice.motion import (
    NODE_SPACING,
    Motion,
    MotionSettings,
    draw_motion,
    drift_frame,
    smooth_displacement,
    velocity,
)

DAY = 86_400.0
LATITUDE = 75.5
CENTRE = tuple(float(c) for c in forward(NORTH, np.asarray(-140.0), np.asarray(LATITUDE)))
SETTINGS = MotionSettings()


def motion(seed: int = 1) -> Motion:
    return draw_motion(seed, SETTINGS, CENTRE)


def places(count: int, reach: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-reach, reach, (2, count))
    return CENTRE[0] + x, CENTRE[1] + y


def gradient(field, x, y, step=100.0):
    """Return d(u, v)/d(x, y), (2, 2, ...), by central differences."""
    along_x = np.subtract(field(x + step, y), field(x - step, y))
    along_y = np.subtract(field(x, y + step), field(x, y - step))
    return np.stack([along_x, along_y], axis=1) / (2.0 * step)


def test_at_the_epoch_the_drift_frame_lies_on_the_plane():
    x, y = places(50, 400e3)
    assert np.all(np.array(smooth_displacement(motion(), x, y, 0.0)) == 0.0)
    assert np.array(drift_frame(motion(), x, y, 0.0)) == pytest.approx(np.array([x, y]), abs=1e-9)


def test_the_velocity_is_the_rate_of_change_of_the_displacement():
    x, y = places(40, 400e3)
    t = np.linspace(-3.0, 3.0, 40) * DAY
    later = smooth_displacement(motion(), x, y, t + 30.0)
    sooner = smooth_displacement(motion(), x, y, t - 30.0)
    rate = np.subtract(later, sooner) / 60.0
    # The inertial part's third derivative, 0.04 m/s f**2, times 30**2 / 6 leaves 1.2e-7 m/s.
    assert np.abs(rate - velocity(motion(), x, y, t)).max() < 2e-7


def test_the_displacement_is_the_integral_of_the_velocity():
    x, y = places(5, 400e3)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    t = 0.5 * (nodes + 1.0) * 2.0 * DAY
    speeds = velocity(motion(), x[:, None], y[:, None], t)
    integral = np.sum(np.array(speeds) * weights, axis=-1) * DAY
    assert integral == pytest.approx(np.array(smooth_displacement(motion(), x, y, 2.0 * DAY)))


def test_numbers_and_arrays_of_any_shape_are_answered_alike():
    x, y = places(6, 100e3)
    t = np.linspace(0.0, DAY, 6)
    grid = smooth_displacement(motion(), x.reshape(2, 3), y.reshape(2, 3), t.reshape(2, 3))
    assert grid[0].shape == (2, 3)
    one = smooth_displacement(motion(), x[4], y[4], t[4])
    assert np.shape(one[0]) == ()
    assert (one[0], one[1]) == (grid[0][1, 1], grid[1][1, 1])
    xi, eta = drift_frame(motion(), x.reshape(2, 3), y.reshape(2, 3), DAY)
    assert xi.shape == eta.shape == (2, 3)
    assert drift_frame(motion(), np.empty(0), np.empty(0), DAY)[0].shape == (0,)


def test_the_kernel_is_the_sum_it_says():
    field = motion()
    x, y = places(7, 300e3)
    t = np.linspace(-DAY, DAY, 7)
    phase = (
        np.multiply.outer(x - CENTRE[0], field.wavenumber[:, 0])
        + np.multiply.outer(y - CENTRE[1], field.wavenumber[:, 1])
        + np.multiply.outer(t, field.rate)
    )
    plain = (np.exp(1j * phase) @ field.velocity).real.T
    assert np.array(velocity(field, x, y, t)) == pytest.approx(plain, abs=1e-14)


@pytest.mark.parametrize("days", [-3.0, 0.7, 3.0])
def test_scattered_points_come_back_from_the_plane(days):
    xi, eta = places(100, 400e3)
    dx, dy = smooth_displacement(motion(), xi, eta, days * DAY)
    back = drift_frame(motion(), xi + dx, eta + dy, days * DAY)
    assert np.abs(np.subtract(back, (xi, eta))).max() < 1e-5


def test_a_general_root_finder_finds_the_same_way_back():
    x, y = (float(c[0]) for c in places(1, 300e3))

    def missed(ice: np.ndarray) -> np.ndarray:
        return ice + smooth_displacement(motion(), ice[0], ice[1], 2.5 * DAY) - np.array([x, y])

    found = root(missed, [x, y], tol=1e-12).x
    back = drift_frame(motion(), np.array(x), np.array(y), 2.5 * DAY)
    assert np.array(back) == pytest.approx(found, abs=1e-4)


def pixels(lines: int, samples: int, turn: float = 0.6) -> tuple[np.ndarray, np.ndarray]:
    """Return a block of 400 m pixels askew to the plane's axes."""
    line, sample = np.meshgrid(np.arange(lines) * 400.0, np.arange(samples) * 400.0, indexing="ij")
    return (
        CENTRE[0] + sample * np.cos(turn) - line * np.sin(turn),
        CENTRE[1] + sample * np.sin(turn) + line * np.cos(turn),
    )


@pytest.mark.parametrize("seed", range(4))
def test_between_nodes_the_table_is_good_to_5_cm(seed):
    x, y = pixels(60, 60)
    xi, eta = drift_frame(motion(seed), x, y, 2.6 * DAY)
    dx, dy = smooth_displacement(motion(seed), xi, eta, 2.6 * DAY)
    assert 0.0 < np.abs([xi + dx - x, eta + dy - y]).max() < 0.05


def test_a_place_is_answered_the_same_whatever_block_it_is_in():
    x, y = pixels(60, 50)
    whole = drift_frame(motion(), x, y, DAY)
    part = drift_frame(motion(), x[20:55, 3:40], y[20:55, 3:40], DAY)
    assert np.array_equal(whole[0][20:55, 3:40], part[0])
    assert np.array_equal(whole[1][20:55, 3:40], part[1])


def test_few_points_far_apart_need_no_table(monkeypatch):
    monkeypatch.setattr(_motion_kernels, "subtract_interpolated", None)
    x, y = places(200, 3_000e3)
    xi, eta = drift_frame(motion(), x, y, DAY)
    dx, dy = smooth_displacement(motion(), xi, eta, DAY)
    assert np.abs([xi + dx - x, eta + dy - y]).max() < 1e-5


def test_cubic_interpolation_is_exact_for_cubics():
    node = (np.arange(8) - 2) * NODE_SPACING
    x, y = np.random.default_rng(0).uniform(0.0, 3.0 * NODE_SPACING, (2, 50))

    def cubic(x, y):
        u, v = x / NODE_SPACING, y / NODE_SPACING
        return np.stack([u**3 - u * v**2 + 2.0, v**3 + u**3 * v**3 - u], axis=-1)

    table = cubic(*np.meshgrid(node, node, indexing="ij"))
    xi, eta = _motion_kernels.subtract_interpolated(x, y, NODE_SPACING, -2, -2, table)
    # x is up to 6000: the differences are good to some 1e-12.
    assert np.stack([x - xi, y - eta], axis=-1) == pytest.approx(cubic(x, y), abs=1e-9)


def test_speeds_over_worlds_are_about_8_cm_a_second_and_nearly_exponential():
    here = np.asarray(CENTRE[0]), np.asarray(CENTRE[1])
    speed = np.array([np.hypot(*velocity(motion(seed), *here, 0.0)) for seed in range(600)])
    # 600 draws of a nearly exponential speed: their mean is good to 4 %, three sigma 12 %.
    assert 0.07 < speed.mean() < 0.09
    # Of an exponential distribution 13.5 % lie beyond twice the mean, of Rayleigh's 4.3 %.
    assert 0.08 < np.mean(speed > 2.0 * speed.mean()) < 0.17
    assert 0.75 < speed.std() / speed.mean() < 1.05


def test_an_unlively_motion_has_the_speed_asked_for():
    still = SETTINGS._replace(wave_speed=0.0, inertial_speed=(0.0, 0.0), deformation=0.0)
    moves = [draw_motion(seed, still, CENTRE) for seed in range(600)]
    x, y = places(1, 100e3)
    speed = np.array([np.hypot(*velocity(m, x, y, 0.0))[0] for m in moves])
    assert speed.mean() == pytest.approx(SETTINGS.mean_speed, rel=3.0 / np.sqrt(600))
    turned = [np.array(velocity(m, x, y, 40.0 * DAY)) for m in moves[:20]]
    assert np.hypot(*np.array(turned)[..., 0].T) == pytest.approx(speed[:20])


def test_after_one_inertial_period_the_swing_begins_anew():
    swing = SETTINGS._replace(mean_speed=0.0, wave_speed=0.0, deformation=0.0)
    period = 2.0 * np.pi / (2.0 * 7.292115e-5 * np.sin(np.radians(LATITUDE)))
    assert period == pytest.approx(12.0 * 3600.0 / np.sin(np.radians(LATITUDE)), rel=0.003)
    field = draw_motion(3, swing, CENTRE)
    x, y = places(20, 200e3)
    once = smooth_displacement(field, x, y, period)
    assert np.abs(once).max() < 1e-6
    u, v = velocity(field, x, y, np.array([[0.0], [0.25], [0.5]]) * period)
    # Clockwise: a quarter later what went along y goes along x.
    assert u[1] == pytest.approx(v[0])
    assert v[1] == pytest.approx(-u[0])
    assert u[2] == pytest.approx(-u[0])
    speed = np.hypot(u[0], v[0])
    assert 0.003 < speed.min() < speed.max() < 0.07


def test_the_inertial_period_stands_out_of_the_spectrum():
    hours = np.arange(24 * 24)
    here = np.asarray(CENTRE[0]), np.asarray(CENTRE[1])
    power = 0.0
    for seed in range(5):
        u, v = velocity(motion(seed), *here, hours * 3600.0)
        power = power + np.abs(np.fft.fft((u + 1j * v) * np.hanning(hours.size))) ** 2
    frequency = np.fft.fftfreq(hours.size, 1.0 / 24.0)  # turns a day, positive anticlockwise
    fast = np.abs(frequency) > 1.3
    peak = frequency[fast][np.argmax(power[fast])]
    assert peak == pytest.approx(-2.0 * np.sin(np.radians(LATITUDE)), abs=1.5 / 24.0)


def test_the_swing_is_of_one_phase_within_a_few_kilometres_and_of_another_300_km_away():
    swing = SETTINGS._replace(mean_speed=0.0, wave_speed=0.0, deformation=0.0)
    near, far = [], []
    for seed in range(40):
        field = draw_motion(seed, swing, CENTRE)
        u, v = velocity(field, CENTRE[0] + np.array([0.0, 5e3, 400e3]), np.full(3, CENTRE[1]), 0.0)
        angle = np.arctan2(v, u)
        near.append(np.cos(angle[1] - angle[0]))
        far.append(np.cos(angle[2] - angle[0]))
    assert np.median(near) > 0.99
    # 2 radians along the wave's course, fewer across.
    assert np.mean(far) < 0.7


def test_deformation_is_a_few_per_cent_a_day_and_mostly_shear():
    x, y = places(30, 150e3)
    rates = np.concatenate(
        [gradient(partial(velocity, motion(seed), t=0.0), x, y) * DAY for seed in range(40)],
        axis=-1,
    )
    divergence = rates[0, 0] + rates[1, 1]
    shear = np.hypot(rates[0, 0] - rates[1, 1], rates[0, 1] + rates[1, 0])
    assert 0.01 < np.sqrt(np.mean(divergence**2)) < 0.03
    assert 0.03 < np.sqrt(np.mean(shear**2)) < 0.07
    assert np.sqrt(np.mean(shear**2)) > 1.5 * np.sqrt(np.mean(divergence**2))


def test_the_region_s_own_deformation_is_a_gradient_about_its_centre():
    linear = SETTINGS._replace(mean_speed=0.0, wave_speed=0.0, inertial_speed=(0.0, 0.0))
    field = draw_motion(2, linear, CENTRE)
    rate = gradient(partial(velocity, field, t=DAY), *CENTRE)
    x, y = places(50, 250e3)
    expected = rate @ np.stack([x - CENTRE[0], y - CENTRE[1]])
    assert np.array(velocity(field, x, y, DAY)) == pytest.approx(
        expected, abs=0.02 * np.abs(expected).max()
    )
    drawn = [
        gradient(partial(velocity, draw_motion(seed, linear, CENTRE), t=0.0), *CENTRE)
        for seed in range(200)
    ]
    divergence = np.array([g[0, 0] + g[1, 1] for g in drawn]) * DAY
    # The gradient swings: at any one time its mean square is half of that at its fullest.
    assert divergence.std() == pytest.approx(SETTINGS.deformation / np.sqrt(2.0), rel=0.2)


@pytest.mark.parametrize("seed", range(12))
def test_ice_is_not_strained_much_within_three_days(seed):
    x, y = places(400, 400e3, seed)
    for t in (-3.0 * DAY, -1.5 * DAY, 1.5 * DAY, 3.0 * DAY):
        strain = gradient(partial(smooth_displacement, motion(seed), t=t), x, y)
        assert np.sqrt(np.sum(strain**2, axis=(0, 1))).max() < 0.3


def test_no_strain_grows_for_ever():
    x, y = places(400, 400e3)
    for days in (30.0, 90.0, 200.0):
        strain = gradient(partial(smooth_displacement, motion(), t=days * DAY), x, y)
        assert np.sqrt(np.sum(strain**2, axis=(0, 1))).max() < 0.4


def test_a_seed_gives_one_motion_and_another_gives_another():
    for one, again in zip(motion(4), pickle.loads(pickle.dumps(motion(4))), strict=True):
        assert np.array_equal(one, again)
    assert not np.array_equal(motion(4).velocity, motion(5).velocity)
