"""Smooth maps through scattered points: thin-plate splines.

Used where an image is tied to the ground by a few hundred control points that lie on no grid.
A polynomial through all of them is far too stiff for a radar swath (kilometres off).

References
----------
Duchon (1977), Splines minimizing rotation-invariant semi-norms in Sobolev spaces,
doi:10.1007/BFb0086566; Rippa (1999), An algorithm for selecting a good value for the parameter c
in radial basis function interpolation, doi:10.1023/A:1018975909870 (the residuals).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ThinPlate:
    """A thin-plate spline of k quantities over a plane; made by ``fit_thin_plate``."""

    #: The points it passes through, shifted by ``centre`` and divided by ``scale``, (n, 2).
    nodes: np.ndarray
    centre: np.ndarray
    scale: float
    #: Weights of the nodes, then of 1 and the two coordinates, (n + 3, k).
    weights: np.ndarray
    #: What the spline through all other points says at a point, minus its value, (n, k).
    leave_one_out: np.ndarray


def fit_thin_plate(points: np.ndarray, values: np.ndarray) -> ThinPlate:
    """Return the thin-plate spline through points.

    Parameters
    ----------
    points : array (n, 2), float
        At least four, all different, not on one line.
    values : array (n, k), float
        Any unit; the residuals have the same.

    Raises
    ------
    ValueError
        If the points are too few, coincide or lie on one line.
    """
    points = np.asarray(points, dtype=np.float64)
    values = np.asarray(values, dtype=np.float64)
    if len(np.unique(points, axis=0)) < max(4, len(points)):
        raise ValueError(f"a thin plate needs four or more different points, got {len(points)}")
    centre = points.mean(axis=0)
    scale = float(np.abs(points - centre).max())
    nodes = (points - centre) / scale
    # The third singular value vanishes where all points lie on one line.
    if np.linalg.svd(_tail(nodes), compute_uv=False)[2] < 1e-6:
        raise ValueError("a thin plate needs points that do not lie on one line")
    n = len(nodes)
    system = np.zeros((n + 3, n + 3))
    system[:n, :n] = _kernel(nodes, nodes)
    system[:n, n:] = _tail(nodes)
    system[n:, :n] = _tail(nodes).T
    inverse = np.linalg.inv(system)
    weights = inverse[:, :n] @ values
    # Rippa (1999) eq. 17, which holds for the system with the affine tail as well.
    leave_one_out = -weights[:n] / np.diag(inverse)[:n, np.newaxis]
    return ThinPlate(nodes, centre, scale, weights, leave_one_out)


def evaluate_thin_plate(plate: ThinPlate, points: np.ndarray) -> np.ndarray:
    """Return the spline's k quantities at ``points`` (m, 2), as float64 (m, k); nan gives nan."""
    at = (np.asarray(points, dtype=np.float64) - plate.centre) / plate.scale
    return np.hstack([_kernel(at, plate.nodes), _tail(at)]) @ plate.weights


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return r^2 log r between all points of (m, 2) and (n, 2), as (m, n)."""
    square = ((a[:, np.newaxis, :] - b[np.newaxis, :, :]) ** 2).sum(axis=-1)
    return 0.5 * square * np.log(np.where(square == 0.0, 1.0, square))


def _tail(points: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(points)), points])
