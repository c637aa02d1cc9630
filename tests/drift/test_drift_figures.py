"""Pictures of vectors: every one has its arrow or its mark, whatever the vectors are."""

import numpy as np
import pytest
from figure_marks import arrows_of, dots_of, smallest_letters, words_of
from small_vectors import free_vectors, grid_vectors

from iceco.drift.figures import MOST_ARROWS, plot_vectors
from iceco.drift.speed import sigma_on_ground, speed_on_ground
from iceco.geo.polar import NORTH, scale_factor


def test_speed_and_sigma_are_those_over_the_ground():
    vectors = grid_vectors()
    scale = scale_factor(NORTH, vectors["latitude"].values)
    speed = speed_on_ground(vectors)
    known = np.isfinite(vectors["dx"].values)
    assert speed[known] == pytest.approx((np.hypot(0.1, -0.05) / scale)[known])
    assert np.isnan(speed[~known]).all()
    assert sigma_on_ground(vectors)[known] == pytest.approx((50.0 / scale)[known])


def test_each_vector_has_an_arrow_and_a_dot_or_a_mark():
    vectors = grid_vectors()
    figure = plot_vectors(vectors)
    assert arrows_of(figure) == [58]  # of 60, one rejected and one masked
    assert dots_of(figure, "matter") == [57, 1]  # good and doubtful
    assert {"rejected", "no data or masked", "doubtful"} <= words_of(figure)


def test_panels_are_lettered_and_have_units():
    words = words_of(plot_vectors(grid_vectors()))
    assert {"(a) displacement", "(b) its standard deviation"} <= words
    assert {"x of EPSG:3413 [km]", "y of EPSG:3413 [km]"} <= words
    assert "standard deviation of a component [m]" in words
    assert "mean speed [m s$^{-1}$]" in words
    assert "N" in words


def test_letters_are_large_enough_in_print():
    assert smallest_letters(plot_vectors(grid_vectors())) >= 7.0


def test_a_large_grid_has_arrows_at_every_so_many_nodes_alone():
    figure = plot_vectors(grid_vectors(rows=50, columns=50))
    assert 0 < arrows_of(figure)[0] <= MOST_ARROWS**2


@pytest.mark.parametrize("kind", ["free", "rejected", "none"])
def test_any_vectors_can_be_drawn(kind):
    vectors = grid_vectors() if kind == "rejected" else free_vectors()
    if kind == "rejected":
        vectors["quality_flag"].values[:] = 3
    if kind == "none":
        vectors = vectors.isel(vector=slice(0))
    figure = plot_vectors(vectors)
    assert len(arrows_of(figure)) == (kind == "free")
    assert any("no ice was followed" in words for words in words_of(figure)) == (kind != "free")
