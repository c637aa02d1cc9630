"""The value of the nearest observation: what anything else has to beat."""

import numpy as np
from scipy.spatial import cKDTree

from .fields import Cells, Field, Points, gaussian_field
from .gaussian_process import fit_law, matern, noise_variance


def nearest(points: Points, cells: Cells) -> Field:
    """Return the value of the nearest observation.

    Its variance is that of the difference of two values so far apart, 2 (C(0) - C(d)) of the
    fitted law, plus the observation's own and that of the ice at the finest scale.
    """
    law = fit_law(points, np.ones((points.x.size, 1)))
    tree = cKDTree(np.stack([points.x, points.y], axis=-1))
    distance, index = tree.query(np.stack([cells.x, cells.y], axis=-1))
    own = noise_variance(points, law) + points.shared_uncertainty**2
    variance = 2.0 * (law.variance - matern(distance, law)) + own[index] + law.nugget
    return gaussian_field(points.freeboard[index], variance)
