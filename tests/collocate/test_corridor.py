"""The corridor: what is looked at, and that windows leave no trace."""

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import uniform_filter
from small_world import SIZE, known_leads, scene

from iceco.collocate import windows
from iceco.collocate.corridor import (
    LEVELS,
    UNSEEN,
    LeadFinder,
    corridor_of,
    lead_mask,
    lead_share,
    survey,
)


@pytest.fixture
def leads():
    mask = np.zeros((SIZE, SIZE), dtype=bool)
    mask[150:160, :] = True
    mask[:, 333] = True
    return mask


def far(metres, count):
    return np.full(count, float(metres))


def test_windows_see_what_the_whole_scene_sees(leads, monkeypatch):
    unseen = np.zeros_like(leads)
    unseen[:30] = True
    image = scene(leads, unseen=unseen)
    monkeypatch.setattr(windows, "BLOCK", 64)
    line, sample = np.array([0.0, 399.0, 200.0]), np.array([399.0, 0.0, 200.0])
    seen = survey(image, line, sample, far(20_000, 3), known_leads())
    assert (seen.first_line, seen.first_sample) == (0, 0)
    assert ((seen.state == UNSEEN) == unseen).all()
    for edge in seen.edges:
        assert (lead_mask(seen, edge) == (leads & ~unseen)).all()


def test_a_finder_that_looks_around_gets_its_halo(leads, monkeypatch):
    def find(window):
        mean = uniform_filter(window["sigma0_hh"].values, 9, mode="nearest")
        return xr.Dataset({"lead_probability": (("line", "sample"), mean)})

    finder = LeadFinder(find, lambda spacing: 4, 0.3, "mean")
    whole = survey(scene(leads), np.array([200.0]), np.array([200.0]), far(20_000, 1), finder)
    monkeypatch.setattr(windows, "BLOCK", 50)
    tiled = survey(scene(leads), np.array([200.0]), np.array([200.0]), far(20_000, 1), finder)
    assert (whole.state == tiled.state).all()
    assert lead_mask(whole, 0.3).any()
    assert not lead_mask(whole, 0.3).all()


def test_only_blocks_within_reach_are_read(leads, monkeypatch):
    monkeypatch.setattr(windows, "BLOCK", 40)
    read = []

    def find(window):
        read.append((int(window["line"][0]), int(window["sample"][0])))
        return known_leads().find(window)

    finder = LeadFinder(find, lambda spacing: 3, 0.5, "counted")
    seen = survey(scene(leads), np.array([100.0]), np.array([300.0]), far(800, 1), finder)
    assert read == [(77, 277)]  # lines 80 to 160, samples 280 to 360: one window, and its halo
    assert (seen.first_line, seen.first_sample, *seen.state.shape) == (80, 280, 80, 80)


def test_backscatter_is_the_mean_of_the_pixels_around(leads):
    leads[150:160, :] = False
    seen = survey(
        scene(leads), np.array([100.2, 10.0]), np.array([332.4, 332.0]), far(1e3, 2), known_leads()
    )
    assert seen.images["sigma0_hh"] == pytest.approx((6 * 0.1 + 3 * 1.0) / 9, rel=1e-6)


def test_backscatter_is_missing_where_the_pixel_is(leads):
    unseen = np.zeros_like(leads)
    unseen[100, 200] = True
    image = scene(leads, unseen=unseen)
    seen = survey(
        image, np.array([100.0, 101.0]), np.array([200.0, 200.0]), far(1e3, 2), known_leads()
    )
    assert np.isnan(seen.images["sigma0_hh"][0])
    assert seen.images["sigma0_hh"][1] == pytest.approx(0.1)


def test_the_masks_of_the_levels_are_nested_and_hold_what_reaches_them():
    probability = np.array([[np.nan, 0.0, 0.124, 0.125], [0.3, 0.5, 0.7, 1.0]])
    corridor = corridor_of(probability, 0.5)
    assert corridor.edges == (0.125, 0.375, 0.5, 0.625, 0.875)
    for edge in corridor.edges:
        assert (lead_mask(corridor, edge) == (probability >= edge)).all()
    assert lead_share(corridor)[corridor.state].tolist() == [
        [0.0, 0.0, 0.0, 0.25],
        [0.25, 0.5, 0.75, 1.0],
    ]


def test_a_threshold_that_is_a_level_adds_none():
    assert corridor_of(np.zeros((2, 2)), LEVELS[1]).edges == LEVELS


def test_a_finder_s_own_levels_cut_its_map(leads):
    image = scene(leads)
    finder = known_leads()._replace(levels=(0.3, 0.9))
    seen = survey(image, np.array([200.0]), np.array([200.0]), far(20_000, 1), finder)
    assert seen.edges == (0.3, 0.5, 0.9)
    assert seen.levels == (0.3, 0.9)
    assert lead_share(seen).tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]
