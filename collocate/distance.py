"""Distance from points to the outline of a mask on an image, in true ground metres.

The outline is made of pixel edges, projected one by one through the scene's geolocation, so
that neither the swath's skew nor the plane's scale enters the distance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..geo.polar import PolarPlane, ground_distance
from ..geo.swath import Geolocation, image_to_plane

#: Pixel edges tried as the closest one, nearest midpoints first: they reach 80 m along a straight
#: outline of 40 m pixels, beyond which midpoint and edge differ by less than a metre.
CANDIDATES = 6


@dataclass(frozen=True)
class Outline:
    """Pixel edges between the inside and the outside of a mask."""

    plane: PolarPlane
    ends: np.ndarray  #: (edges, 4) float64, x0 y0 x1 y1 on the plane [m]
    tree: cKDTree | None  #: over the midpoints; None where there is no edge


def outline(
    inside: np.ndarray, geolocation: Geolocation, first_line: int = 0, first_sample: int = 0
) -> Outline:
    """Return the outline of a mask.

    Parameters
    ----------
    inside : array (lines, samples), bool
        A window of an image; what lies beyond the window counts as outside.
    geolocation : Geolocation
        Of the whole image.
    first_line, first_sample : int
        Where the window begins in the image.
    """
    padded = np.pad(inside, 1)
    row, column = np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1])
    upright = np.stack([row - 0.5, column - 0.5, row + 0.5, column - 0.5])
    row, column = np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1])
    level = np.stack([row - 0.5, column - 0.5, row - 0.5, column + 0.5])
    line0, sample0, line1, sample1 = np.concatenate([upright, level], axis=1)
    x0, y0 = image_to_plane(geolocation, line0 + first_line, sample0 + first_sample)
    x1, y1 = image_to_plane(geolocation, line1 + first_line, sample1 + first_sample)
    ends = np.stack([x0, y0, x1, y1], axis=-1)
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    return Outline(geolocation.plane, ends, cKDTree(middle) if len(middle) else None)


def distance_to_outline(edges: Outline, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the ground distance of points to the closest edge of an outline.

    Parameters
    ----------
    edges : Outline
    x, y : array, any shape, float64
        Points on the outline's plane [m]; nan where missing.

    Returns
    -------
    array like ``x``, float64
        Distance [m on the ground]; inf without any edge, nan for a missing point.
    """
    shape = np.shape(x)
    points = np.stack([np.ravel(x), np.ravel(y)], axis=-1).astype(np.float64)
    known = np.isfinite(points).all(axis=1)
    distance = np.where(known, np.inf, np.nan)
    if edges.tree is None or not known.any():
        return distance.reshape(shape)
    p = points[known]
    count = min(CANDIDATES, len(edges.ends))
    _, nearest = edges.tree.query(p, k=np.arange(1, count + 1), workers=-1)
    start = edges.ends[nearest, :2]
    along = edges.ends[nearest, 2:] - start
    share = ((p[:, None] - start) * along).sum(axis=-1) / (along**2).sum(axis=-1)
    foot = start + np.clip(share, 0.0, 1.0)[..., None] * along
    best = np.argmin(((foot - p[:, None]) ** 2).sum(axis=-1), axis=1)
    foot = foot[np.arange(len(p)), best]
    distance[known] = ground_distance(edges.plane, p[:, 0], p[:, 1], foot[:, 0], foot[:, 1])
    return distance.reshape(shape)
