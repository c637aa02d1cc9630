"""Deformation of grids of vectors: motions of known divergence, shear and vorticity."""

import numpy as np
import pytest
from drift_vectors import CENTRE, DAY, SPACING, grid, simulated, vectors

from iceco.drift.deformation import deformation
from iceco.simulate.ice.motion import velocity

SIGMA = 25.0  # m


def linear(gradient, **settings):
    """Vectors of a displacement that is linear about the centre."""
    x, y = grid(6)
    dx, dy = np.asarray(gradient) @ np.stack([x - CENTRE[0], y - CENTRE[1]])
    return deformation(vectors(x, y, dx + 500.0, dy - 200.0, sigma=SIGMA, **settings))


def test_a_rigid_rotation_of_any_angle_neither_diverges_nor_shears():
    angle = np.radians(20.0)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    cells = linear(turned - np.eye(2))
    assert np.abs(cells["divergence"]).max() < 1e-12
    assert cells["shear"].max() < 1e-12
    # Chords over where they are half way: 2 tan(angle / 2), twice.
    assert cells["vorticity"].values == pytest.approx(4.0 * np.tan(angle / 2.0) / DAY)


@pytest.mark.parametrize(
    ("gradient", "divergence", "shear", "vorticity"),
    [
        ([[0.01, 0.0], [0.0, 0.01]], 0.02, 0.0, 0.0),
        ([[0.01, 0.0], [0.0, -0.01]], 0.0, 0.02, 0.0),
        ([[0.0, 0.02], [0.0, 0.0]], 0.0, 0.02, -0.02),
        ([[0.0, -0.01], [0.01, 0.0]], 0.0, 0.0, 0.02),
        ([[0.03, 0.0], [0.0, 0.0]], 0.03, 0.03, 0.0),
    ],
)
def test_small_linear_motions_have_the_rates_of_their_gradient(
    gradient, divergence, shear, vorticity
):
    cells = linear(gradient)
    # Half way through the cell is larger or smaller by half the strain.
    near = {"rel": 0.03, "abs": 5e-4 / DAY}
    assert cells["divergence"].values == pytest.approx(divergence / DAY, **near)
    assert cells["shear"].values == pytest.approx(shear / DAY, **near)
    assert cells["vorticity"].values == pytest.approx(vorticity / DAY, **near)


def test_uncertainties_are_the_spread_of_noisy_vectors():
    x, y = grid(60)
    noise = np.random.default_rng(8).normal(0.0, SIGMA, (2, x.size))
    stretch = 0.05 * (x - CENTRE[0])  # far above the errors: shear is then normal too
    cells = deformation(vectors(x, y, stretch + noise[0], noise[1], sigma=SIGMA))
    for name in ("divergence", "shear", "vorticity"):
        stated = float(np.sqrt((cells[f"{name}_uncertainty"] ** 2).mean()))
        assert float(cells[name].std()) == pytest.approx(stated, rel=0.05)
    # Differences of two sides' means over the spacing: sigma / (spacing T) for each gradient.
    expected = np.sqrt(2.0) * SIGMA / SPACING / DAY
    assert float(cells["divergence_uncertainty"].mean()) == pytest.approx(expected, rel=0.05)


def test_unequal_and_correlated_errors_are_propagated():
    x, y = grid(2)
    pair = vectors(x, y, 0.0, 0.0)
    for name, value in (("variance_x", 900.0), ("variance_y", 100.0), ("covariance_xy", 200.0)):
        pair[name] = pair[name] * 0 + value
    cells = deformation(pair)
    # u_x and v_y weigh the corners by (-1, 1, 1, -1) and (-1, -1, 1, 1) over twice the spacing.
    variance = (900.0 + 100.0) / (SPACING * DAY) ** 2
    assert cells["divergence_uncertainty"].item() == pytest.approx(np.sqrt(variance))


def test_the_smooth_drift_s_own_gradient_comes_back():
    motion, pair = simulated(9, 0.0, 1800.0, sigma=1e-3)
    cells = deformation(pair)
    x, y = cells["x"].values, cells["y"].values
    step = 500.0
    east, west = (velocity(motion, x + d, y, 900.0) for d in (step, -step))
    north, south = (velocity(motion, x, y + d, 900.0) for d in (step, -step))
    divergence = (east[0] - west[0] + north[1] - south[1]) / (2.0 * step)
    vorticity = (east[1] - west[1] - north[0] + south[0]) / (2.0 * step)
    # Cells smooth waves of 60 km and more by at most (k h)^2 / 8 = 2 %.
    assert cells["divergence"].values == pytest.approx(divergence, abs=0.02 * np.ptp(divergence))
    assert cells["vorticity"].values == pytest.approx(vorticity, abs=0.02 * np.ptp(vorticity))


def test_cells_with_a_rejected_corner_are_missing():
    pair = vectors(*grid(4), 0.0, 0.0)
    pair["quality_flag"][5] = 2  # row 1, column 1
    missing = np.isnan(deformation(pair)["divergence"].values)
    assert np.argwhere(missing).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_free_points_are_refused():
    pair = vectors(*grid(3), 0.0, 0.0)
    pair["grid_row"] = pair["grid_row"] * 0 - 1
    with pytest.raises(ValueError, match="free points"):
        deformation(pair)
