"""The simulated sea: its parts close, have the sizes of nature, and keep the sky's time."""

import pickle

import numpy as np
import pytest

from iceco.geo.polar import NORTH, forward
from iceco.simulate.sea import Sea, path_delay, sea_height
from iceco.simulate.sea_state import (
    ANOMALY,
    INVERSE_BAROMETER,
    LOAD_SHARE,
    STANDARD_PRESSURE,
    Waves,
    draw_sea,
    sea_at,
    wave_sum,
)
from iceco.simulate.sea_tides import (
    CHANDLER_PERIOD,
    CONSTITUENTS,
    Sky,
    angular_rate,
    equilibrium_tide,
    pole_tide,
    solid_earth_tide,
)

DAY = 86_400.0
CENTRE = tuple(float(c) for c in forward(NORTH, np.asarray(-140.0), np.asarray(75.5)))
KA_SHARE = (13.575 / 35.75) ** 2
ADDED_TO_RANGE = (
    "dry_troposphere",
    "wet_troposphere",
    "inverse_barometer",
    "hf_fluctuations",
    "ocean_tide",
    "solid_earth_tide",
    "pole_tide",
)


@pytest.fixture(scope="module")
def seas() -> Sea:
    """60 seas at 200 places and times each, (60, 200)."""
    drawn = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, y = (c + rng.uniform(-300e3, 300e3, 200) for c in CENTRE)
        drawn.append(sea_at(draw_sea(seed, CENTRE), x, y, rng.uniform(-3.0, 3.0, 200) * DAY))
    return Sea(*(np.stack(parts) for parts in zip(*drawn, strict=True)))


@pytest.mark.parametrize("share", [1.0, KA_SHARE])
def test_corrections_applied_as_products_do_close_on_the_mean_sea_surface(seas, share):
    altitude = 800_000.0
    measured = altitude - sea_height(seas) + path_delay(seas, share)
    corrections = sum(getattr(seas, name) for name in ADDED_TO_RANGE) + share * seas.ionosphere_ku
    level = altitude - (measured + corrections)
    assert level == pytest.approx(seas.mean_sea_surface + seas.sea_level_anomaly, abs=1e-8)


def test_an_uncorrected_range_is_some_2_m_too_long(seas):
    assert 2.2 < path_delay(seas).min() < path_delay(seas).max() < 2.5


def test_the_ocean_tide_has_load_and_equilibrium_tide_in_it(seas):
    ocean = seas.ocean_tide - seas.load_tide - seas.ocean_tide_equilibrium
    assert seas.load_tide == pytest.approx(LOAD_SHARE * ocean)


def test_sea_level_and_dry_delay_follow_the_same_pressure(seas):
    pressure = STANDARD_PRESSURE + seas.inverse_barometer / INVERSE_BAROMETER
    per_hectopascal = -seas.dry_troposphere / pressure
    # Gravity changes by 0.2 % from 72 to 79 N.
    assert per_hectopascal == pytest.approx(2.2768e-3 / (1.0 + 2.66e-3 * 0.866), rel=1e-3)
    assert 5.0 < np.std(pressure) < 11.0
    assert np.abs(pressure - STANDARD_PRESSURE).max() < 35.0


@pytest.mark.parametrize(
    ("name", "low", "high", "least_spread"),
    [
        ("mean_sea_surface", -15.0, 45.0, 5.0),
        ("sea_level_anomaly", -0.25, 0.25, 0.03),
        ("dry_troposphere", -2.4, -2.2, 0.01),
        ("wet_troposphere", -0.06, -0.02, 0.003),
        ("ionosphere_ku", -0.05, -0.01, 0.003),
        ("inverse_barometer", -0.35, 0.35, 0.05),
        ("hf_fluctuations", -0.06, 0.06, 0.01),
        ("ocean_tide", -0.5, 0.5, 0.06),
        ("ocean_tide_equilibrium", -0.05, 0.05, 0.01),
        ("load_tide", -0.04, 0.04, 0.003),
        ("solid_earth_tide", -0.2, 0.2, 0.02),
        ("pole_tide", -0.02, 0.02, 0.001),
    ],
)
def test_each_part_has_the_size_of_nature(seas, name, low, high, least_spread):
    part = getattr(seas, name)
    assert part.shape == (60, 200)
    assert part.dtype == np.float64
    assert low < part.min() < part.max() < high
    assert part.std() > least_spread


def test_the_anomaly_is_as_rough_as_asked_for(seas):
    # 60 seas of 10 waves of one amplitude each: a mean square good to 10 % at least.
    assert np.sqrt(np.mean(seas.sea_level_anomaly**2)) == pytest.approx(
        ANOMALY.root_mean_square, rel=0.1
    )


def test_the_mean_sea_surface_slopes_gently_and_stands_still():
    step = 500.0
    line = np.arange(800) * step
    slopes = []
    for seed in range(20):
        field = draw_sea(seed, CENTRE)
        now = sea_at(field, CENTRE[0] + line, CENTRE[1], 0.0).mean_sea_surface
        assert np.array_equal(
            now, sea_at(field, CENTRE[0] + line, CENTRE[1], 90.0 * DAY).mean_sea_surface
        )
        slopes.append(np.diff(now) / step)
    assert 0.5e-5 < np.sqrt(np.mean(np.square(slopes))) < 3e-5


def test_the_anomaly_changes_little_within_hours():
    field = draw_sea(3, CENTRE)
    x, y = (c + np.linspace(-200e3, 200e3, 50) for c in CENTRE)
    before, after = (sea_at(field, x, y, t).sea_level_anomaly for t in (0.0, 3.0 * 3600.0))
    assert 0.0 < np.abs(after - before).max() < 0.015


def test_the_moon_s_tide_returns_after_12_42_hours():
    period = 2.0 * np.pi / angular_rate(CONSTITUENTS["M2"])
    assert period / 3600.0 == pytest.approx(12.4206, abs=1e-4)
    t = np.arange(0.0, 60.0 * DAY, 3600.0)
    angle = np.outer(t, [angular_rate(line) for line in CONSTITUENTS.values()])
    heights = np.stack(
        [sea_at(draw_sea(seed, CENTRE), *CENTRE, t).ocean_tide for seed in range(20)], axis=1
    )
    lines = np.hstack([np.cos(angle), np.sin(angle)])
    fitted = np.linalg.lstsq(lines, heights)[0]
    # Nothing but the sky's own frequencies is in the tide.
    assert np.abs(lines @ fitted - heights).max() < 1e-9
    amplitude = dict(zip(CONSTITUENTS, np.hypot(fitted[:6], fitted[6:]), strict=True))
    assert 0.01 < amplitude["M2"].min() < amplitude["M2"].max() < 0.25
    assert amplitude["M2"].mean() > 1.5 * amplitude["S2"].mean() > 1.5 * amplitude["Mf"].mean()


def test_the_ocean_tide_differs_in_phase_from_place_to_place():
    field = draw_sea(2, CENTRE)
    t = np.arange(0.0, 15.0 * DAY, 1800.0)
    here, far = (sea_at(field, CENTRE[0] + away, CENTRE[1], t).ocean_tide for away in (0.0, 600e3))
    assert np.std(far - here) > 0.03


def line_at_the_top(name: str, longitude: float, latitude: float) -> tuple[float, float]:
    """Return solid Earth tide at the time at which all lines but one are left out, and at half."""
    phase = np.zeros(len(CONSTITUENTS))
    rate = angular_rate(CONSTITUENTS[name])
    t = np.linspace(0.0, 2.0 * np.pi / rate, 400, endpoint=False)
    place = np.radians(longitude), np.radians(latitude)
    all_lines = solid_earth_tide(Sky(phase, 0.0), *place, t)
    shifted = phase.copy()
    shifted[list(CONSTITUENTS).index(name)] = np.pi
    difference = all_lines - solid_earth_tide(Sky(shifted, 0.0), *place, t)
    return float(difference.max()) / 2.0, float(difference.min()) / 2.0


@pytest.mark.parametrize(
    ("name", "latitude", "rise"),
    [
        ("M2", 0.0, 0.609 * 0.2423),
        ("M2", 90.0, 0.0),
        ("K1", 45.0, 0.520 * 0.1416),
        ("K1", 90.0, 0.0),
        ("Mf", 90.0, 0.606 * 0.0420),
        ("Mf", 35.2644, 0.0),
    ],
)
def test_the_solid_earth_rises_with_the_potential_at_the_latitudes_of_each_species(
    name, latitude, rise
):
    high, low = line_at_the_top(name, 20.0, latitude)
    assert high == pytest.approx(rise, rel=1e-3, abs=1e-6)
    assert low == pytest.approx(-rise, rel=1e-3, abs=1e-6)


def test_at_the_pole_all_longitudes_have_one_tide():
    sky = draw_sea(1, CENTRE).sky
    longitude = np.radians(np.array([-170.0, 0.0, 90.0]))
    for tide in (solid_earth_tide, equilibrium_tide, pole_tide):
        height = tide(sky, longitude, np.full(3, np.pi / 2.0), 7.0 * DAY)
        assert height == pytest.approx(height[0], abs=1e-12)


def test_half_a_chandler_period_later_the_pole_tide_is_reversed():
    sky = draw_sea(5, CENTRE).sky
    place = np.radians(30.0), np.radians(45.0)
    now, later = (pole_tide(sky, *place, t) for t in (0.0, CHANDLER_PERIOD / 2.0))
    assert later == pytest.approx(-now)
    highest = max(pole_tide(sky, *place, t) for t in np.linspace(0.0, CHANDLER_PERIOD, 200))
    # 69.4 mm for one arc second (Wahr 1985), times 0.15 of it.
    assert highest == pytest.approx(0.15 * 0.0694, rel=0.005)


def test_a_wave_is_what_it_says():
    wave = Waves(*(np.array([value]) for value in (1e-5, -2e-5, 1e-4, 0.3, 0.5)))
    x, y, t = np.array([1e4, 2e4]), np.array([-3e4, 5e3]), np.array([100.0, 5e3])
    plain = 0.3 * np.cos(1e-5 * x - 2e-5 * y + 1e-4 * t + 0.5)
    assert wave_sum(wave, x, y, t) == pytest.approx(plain)


def test_times_may_differ_from_place_to_place():
    field = draw_sea(1, CENTRE)
    x, y = (c + np.array([0.0, 50e3]) for c in CENTRE)
    both = sea_at(field, x, y, np.array([0.0, DAY]))
    last = sea_at(field, x[1], y[1], DAY)
    assert all(a[1] == pytest.approx(b, abs=1e-12) for a, b in zip(both, last, strict=True))


def test_a_seed_gives_one_sea_and_another_gives_another():
    one, again, other = (
        sea_at(field, *CENTRE, 100.0)
        for field in (
            draw_sea(1, CENTRE),
            pickle.loads(pickle.dumps(draw_sea(1, CENTRE))),
            draw_sea(2, CENTRE),
        )
    )
    assert one == again
    assert all(a != b for a, b in zip(one, other, strict=True))
