"""Pictures of vectors: drawn whole, whatever the vectors are."""

import numpy as np
import pytest
from small_vectors import free_vectors, grid_vectors

from iceco.drift.quick_look import check_figure_name, draw_vectors, sigma_on_ground, speed_on_ground
from iceco.geo.polar import NORTH, scale_factor


def test_speed_and_sigma_are_those_over_the_ground():
    vectors = grid_vectors()
    scale = scale_factor(NORTH, vectors["latitude"].values)
    speed = speed_on_ground(vectors)
    known = np.isfinite(vectors["dx"].values)
    assert speed[known] == pytest.approx((np.hypot(0.1, -0.05) / scale)[known])
    assert np.isnan(speed[~known]).all()
    assert sigma_on_ground(vectors)[known] == pytest.approx((50.0 / scale)[known])


@pytest.mark.parametrize("kind", ["grid", "free", "rejected", "none"])
def test_any_vectors_can_be_drawn(tmp_path, kind):
    vectors = free_vectors() if kind in ("free", "none") else grid_vectors()
    if kind == "rejected":
        vectors["quality_flag"].values[:] = 3
    if kind == "none":
        vectors = vectors.isel(vector=slice(0))
    draw_vectors(vectors, None, tmp_path / "drift.png")
    assert (tmp_path / "drift.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["drift.png"]


def test_a_picture_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"drift\.xyz: pictures are drawn as \.png, \.pdf, \.svg"):
        check_figure_name("drift.xyz")
