"""Planted leads: their distances, areas and widths."""

import numpy as np
import pytest

from iceco.simulate.leads import Leads, distance_to_each, draw_leads, facets

ONE = Leads(*(np.array([v]) for v in (0.0, 0.0, 1000.0, 0.0, 200.0)), np.array([False]))


def test_a_point_is_as_far_as_the_strip_s_edge_or_its_round_end():
    x, y = np.array([500.0, 500.0, 500.0, 1400.0]), np.array([0.0, 99.0, 350.0, 300.0])
    assert distance_to_each(ONE, x, y)[0] == pytest.approx([0, 0, 250, 400])


def test_facets_cover_the_strip():
    x, y, area = facets(ONE, 25.0)
    assert area.sum() == pytest.approx(200_000)
    assert (distance_to_each(ONE, x, y) == 0).all()


def test_widths_follow_the_power_law():
    width = draw_leads(20_000, (0.0, 0.0), 1e4, np.random.default_rng(1)).width
    assert (width.min() >= 120) and (width.max() <= 1000)
    inside = width[(width > 120) & (width < 1000)]
    # Maximum likelihood for a power law cut at both ends, on a grid of exponents.
    exponents = np.linspace(2.0, 3.0, 201)
    norms = (120 ** (1 - exponents) - 1000 ** (1 - exponents)) / (exponents - 1)
    likelihood = -exponents * np.log(inside).mean() - np.log(norms)
    assert exponents[likelihood.argmax()] == pytest.approx(2.47, abs=0.05)
