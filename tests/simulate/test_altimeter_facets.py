"""Facets: where they lie, when they are seen, and what each kind of surface looks like."""

import numpy as np
import pytest

from iceco.geo.polar import NORTH, geodesic_distance, inverse
from iceco.simulate.altimeter.facets import (
    KA,
    KU,
    SLOWER_IN_SNOW,
    STRETCH,
    facets_along,
    radar_freeboard,
    record_along,
)
from iceco.simulate.orbits import SARAL, fly_over
from iceco.simulate.surface import Kind, Surface

EPOCH = np.datetime64("2016-03-15T16:00:00", "ns")
START = EPOCH + np.timedelta64(600, "s")


def fly(count=60, ascending=True):
    return fly_over(SARAL, -140.0, 75.5, START, 1 / 40, count, ascending)


def uniform(kind, texture=0.0, deformation=0.0):
    """A surface of one kind, with 20 cm of snow on ice 15 cm above the sea."""
    ice = kind < Kind.CALM_WATER

    def surface_at(x, y, t):
        def fill(value):
            return np.full(x.shape, value, dtype=np.float32)

        return Surface(
            np.full(x.shape, kind, dtype=np.uint8),
            fill(1.5 if ice else 0.0),
            fill(0.2 if ice else 0.0),
            fill(0.15 if ice else 0.0),
            fill(deformation),
            fill(texture),
        )

    return surface_at


class Asked:
    """A surface that remembers where and when it was asked."""

    def __init__(self):
        self.x, self.y, self.t = [], [], []

    def __call__(self, x, y, t):
        self.x.append(x)
        self.y.append(y)
        self.t.append(np.full(len(x), t))
        return uniform(Kind.FIRST_YEAR)(x, y, t)


@pytest.mark.parametrize("ascending", [True, False])
def test_facets_lie_where_they_say(ascending):
    track, asked = fly(ascending=ascending), Asked()
    facets = facets_along(track, asked, EPOCH, KA, half_width=3_000.0)
    longitude, latitude = inverse(NORTH, np.concatenate(asked.x), np.concatenate(asked.y))
    along = record_along(track)
    for record in (0, 30, 59):
        distance = geodesic_distance(
            track.longitude[record], track.latitude[record], longitude, latitude
        )
        expected = np.hypot(facets.along[:, None] - along[record], facets.across)
        # A facet 3 km aside is off by the turn of the track and the change of scale beneath it.
        assert np.abs(distance - expected).max() < 6.0
    assert facets.along[0] == pytest.approx(-3_000.0 + 25.0)
    assert facets.along[-1] == pytest.approx(along[-1] + 3_000.0, abs=50.0)
    assert facets.height.shape == (facets.along.size, facets.across.size)
    assert facets.across == pytest.approx(-facets.across[::-1])


def test_positive_across_is_left_of_the_flight():
    track, asked = fly(), Asked()
    facets_along(track, asked, EPOCH, KA, half_width=500.0)
    x, y = np.concatenate(asked.x), np.concatenate(asked.y)
    left = (x[:, -1] - x[:, 0]) * -np.sin(track.heading[0])
    left += (y[:, -1] - y[:, 0]) * np.cos(track.heading[0])
    assert (left > 0).all()


def test_each_stretch_is_seen_when_the_satellite_passes_it():
    track, asked = fly(count=200), Asked()
    facets = facets_along(track, asked, EPOCH, KA, half_width=500.0)
    passed = np.interp(
        facets.along, record_along(track), (track.time - EPOCH) / np.timedelta64(1, "s")
    )
    late = np.concatenate(asked.t) - passed
    assert np.abs(late).max() < 0.5 * STRETCH * facets.side / 6_500.0 + 0.1
    assert len(asked.t) > 3


def test_records_are_as_far_apart_as_the_satellite_flies():
    track = fly()
    flown = np.sum(track.ground_speed[:-1] + track.ground_speed[1:]) / 2 / 40
    assert record_along(track)[-1] == pytest.approx(flown, rel=1e-4)


@pytest.mark.parametrize("snow", [0.14, 0.18, 0.22])
def test_ka_band_sees_ice_4_to_7_centimetres_higher_than_ku_band(snow):
    ka, ku = (radar_freeboard(np.array([0.1]), np.array([snow]), band)[0] for band in (KA, KU))
    assert 0.04 < ka - ku < 0.07
    assert abs(SLOWER_IN_SNOW - 0.238) < 5e-4
    assert ku == pytest.approx(0.1 - SLOWER_IN_SNOW * snow)


def test_without_snow_every_band_sees_the_ice():
    for band in (KA, KU):
        assert radar_freeboard(np.array([0.12]), np.array([0.0]), band)[0] == 0.12


def one(kind, band, **more):
    """The value of every facet of a uniform surface, by name."""
    facets = facets_along(fly(4), uniform(kind, **more), EPOCH, band, half_width=400.0)
    return {name: float(getattr(facets, name)[6, 6]) for name in facets._fields[2:7]}


def decibel(value):
    return 10 * np.log10(value)


@pytest.mark.parametrize("band", [KA, KU])
@pytest.mark.parametrize("texture", [-4.0, -1.0, 0.0, 2.0, 4.0])
def test_backscatter_is_in_the_observed_ranges(band, texture):
    low, high = (5.0, 9.0) if band is KA else (2.5, 20.0)
    for deformation in (0.0, 0.5):
        ice = one(Kind.FIRST_YEAR, band, texture=texture, deformation=deformation)
        assert low - 1e-4 <= decibel(ice["sigma0"]) <= high + 1e-4
        assert ice["mean_square_slope"] >= 1e-2 * (1 - 1e-6)
    calm = one(Kind.CALM_WATER, band, texture=texture)
    assert 1e-6 * (1 - 1e-6) <= calm["mean_square_slope"] <= 1e-5 * (1 + 1e-6)
    assert decibel(calm["sigma0"]) > 28.0
    assert decibel(one(Kind.NILAS, band, texture=texture)["sigma0"]) > 28.0
    assert decibel(one(Kind.FROST_FLOWERS, band)["sigma0"]) < 28.0


def test_ridges_darken_and_roughen_ice():
    level, ridged = (one(Kind.FIRST_YEAR, KU, deformation=share) for share in (0.0, 0.3))
    assert ridged["sigma0"] < level["sigma0"]
    assert ridged["mean_square_slope"] > level["mean_square_slope"]
    assert level["rms_height"] == pytest.approx(0.03)
    assert ridged["rms_height"] == pytest.approx(np.sqrt(0.03**2 + 0.3 * 0.4**2))


@pytest.mark.parametrize("band", [KA, KU])
def test_water_reflects_all_that_the_fresnel_coefficient_allows(band):
    for kind in (Kind.CALM_WATER, Kind.ROUGH_WATER):
        water = one(kind, band)
        diffuse = water["sigma0"] * water["mean_square_slope"]
        assert diffuse + water["coherent"] == pytest.approx(band.reflectivity_water, rel=1e-5)
        assert water["height"] == water["rms_height"] == 0.0


def test_the_coherent_part_fades_where_the_fresnel_zone_is_not_filled():
    track = fly(20)
    middle = (track.x[10], track.y[10])

    def half_water(x, y, t):
        water = uniform(Kind.CALM_WATER)(x, y, t)
        heading = track.heading[10]
        left = -(x - middle[0]) * np.sin(heading) + (y - middle[1]) * np.cos(heading)
        water.kind[left < 0] = Kind.FIRST_YEAR
        return water

    facets = facets_along(track, half_water, EPOCH, KU, side=20.0, half_width=500.0)
    whole = one(Kind.CALM_WATER, KU)["coherent"]
    row = facets.coherent[facets.along.size // 2] / whole
    zone = np.sqrt(0.5 * KU.wavelength * track.altitude[10])
    assert row[facets.across < -20.0] == pytest.approx(0.0)
    assert row[facets.across > zone + 20.0] == pytest.approx(1.0, abs=1e-5)
    shore = np.interp(0.0, facets.across[20:30], row[20:30])
    assert 0.4 < row[facets.across > 20.0][0] < 0.85
    assert shore < 0.65
    assert (np.diff(row[facets.across > 20.0]) >= -1e-6).all()
