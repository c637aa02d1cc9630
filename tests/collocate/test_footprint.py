"""Footprints: the sizes of the literature, and leads that cover a known part of them."""

import numpy as np
import pytest
import xarray as xr
from naive.lead_shapes import mean_share

from iceco.collocate.footprint import (
    POINTS,
    Footprint,
    footprint_of,
    lead_fraction,
    pulse_limited_radius,
    spread_over,
)

STATES = np.array([0.0, 0.0, 1.0])  # unseen, ice, lead


def records(mission, mode, **columns):
    return xr.Dataset(
        {name: ("time", values) for name, values in columns.items()},
        coords={"time": np.arange(3)},
        attrs={"mission": mission, "mode": mode},
    )


@pytest.mark.parametrize(
    ("mission", "mode", "along", "across"),
    [
        ("al", "LRM", 666.0, 666.0),
        ("c2", "LRM", 777.0, 777.0),
        ("c2", "SAR", 148.5, 777.0),
        ("c2", "SARIN", 148.5, 777.0),
        ("s3a", "SAR", 168.0, 823.0),
        ("s3b", "SAR", 168.0, 823.0),
    ],
)
def test_footprints_are_as_large_as_the_literature_has_them(mission, mode, along, across):
    found = footprint_of(records(mission, mode))
    assert found.strip == (mode != "LRM")
    assert found.along == pytest.approx(np.full(3, along), abs=1.0)
    assert found.across == pytest.approx(np.full(3, across), abs=1.0)


def test_the_product_s_own_altitude_counts_where_it_is_known():
    found = footprint_of(records("al", "LRM", altitude=[790e3, np.nan, 810e3]))
    assert found.across == pytest.approx(
        [pulse_limited_radius(h, 480e6) for h in (790e3, 800e3, 810e3)]
    )


def test_an_unknown_mission_has_no_footprint():
    assert footprint_of(records("ja1", "LRM")) is None


@pytest.mark.parametrize("heading", [0.0, 0.7, 2.0])
def test_points_fill_strip_and_circle_evenly(heading):
    size = np.array([150.0]), np.array([800.0])
    forward = np.array([np.cos(heading), np.sin(heading)])
    left = np.array([-forward[1], forward[0]])
    for strip, moment in ((True, 3.0), (False, 4.0)):
        (points,) = spread_over(Footprint(*size, strip=strip), np.array([heading]))
        assert points.shape == (POINTS, 2)
        for half, axis in zip((150.0, 800.0), (forward, left), strict=True):
            along = points @ axis
            assert np.abs(along).max() <= half
            assert along.mean() == pytest.approx(0.0, abs=0.1 * half)
            assert (along**2).mean() == pytest.approx(half**2 / moment, rel=0.1)


def test_half_a_footprint_over_lead_is_half_lead():
    state = np.ones((200, 200), dtype=np.uint8)
    state[:, :100] = 2
    offset = spread_over(Footprint(np.array([660.0]), np.array([660.0]), False), np.array([0.0]))
    found = lead_fraction(state, STATES, np.array([[100.0]]), np.array([[99.5]]), offset / 40.0)
    assert found == pytest.approx(0.5, abs=1.5 / POINTS)


def test_a_lead_across_the_track_fills_a_strip_that_one_along_it_does_not():
    state = np.ones((200, 200), dtype=np.uint8)
    state[:, 95:106] = 2  # 440 m
    middle = np.array([[100.0]])
    for heading, share in ((0.0, 1.0), (np.pi / 2, 220 / 800)):
        strip = Footprint(np.array([150.0]), np.array([800.0]), strip=True)
        offset = spread_over(strip, np.array([heading]))[..., ::-1] / 40.0
        found = lead_fraction(state, STATES, middle, middle, offset)
        assert found == pytest.approx(share, abs=0.04)


def test_what_is_not_seen_is_left_out_until_most_is_not():
    state = np.ones((100, 100), dtype=np.uint8)
    state[:, :50] = 2
    place = np.array([[50.0]])
    offset = spread_over(Footprint(np.array([400.0]), np.array([400.0]), False), np.array([0.0]))
    state[:, 60:] = 0
    assert lead_fraction(state, STATES, place, place, offset / 40) == pytest.approx(0.5, abs=0.1)
    state[:, 49:] = 0
    assert np.isnan(lead_fraction(state, STATES, place, place, offset / 40))


def test_the_kernel_agrees_with_looking_point_by_point():
    rng = np.random.default_rng(5)
    state = rng.integers(0, 3, (30, 40)).astype(np.uint8)
    line, sample = rng.uniform(0, 30, (6, 4)), rng.uniform(0, 40, (6, 4))
    offset = rng.normal(0, 4, (6, 5, 2))
    share = np.array([0.0, 0.25, 0.75])
    wanted = []
    for n in range(6):
        middles = np.stack([line[n], sample[n]], axis=-1)
        points = (middles[:, None] + offset[n]).reshape(-1, 2)
        wanted.append(mean_share(state, share, points, 0.5))
    found = lead_fraction(state, share, line, sample, offset)
    assert found == pytest.approx(np.array(wanted), nan_ok=True)
