"""Kriging with a trend, all observations at once: Rasmussen and Williams, eqs. 2.41 and 2.42."""

import numpy as np


def matern(distance, law):
    scaled = np.sqrt(3.0) * distance / law.length_m
    return law.variance * (1.0 + scaled) * np.exp(-scaled)


def krige(points, basis, places, place_basis, law):
    """Mean and variance at places; positions must be certain."""
    seen = np.stack([points.x, points.y], axis=-1)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    covariance = matern(apart, law) + np.diag(points.uncertainty**2 + law.nugget + 1e-6)
    for i in range(points.x.size):
        for j in range(points.x.size):
            if points.track[i] == points.track[j]:
                covariance[i, j] += points.shared_uncertainty[i] * points.shared_uncertainty[j]
    inverse = np.linalg.inv(covariance)
    trend_covariance = np.linalg.inv(basis.T @ inverse @ basis)
    trend = trend_covariance @ basis.T @ inverse @ points.freeboard
    across = matern(np.linalg.norm(seen[:, None] - places[None], axis=-1), law)
    weights = inverse @ across
    mean = place_basis @ trend + weights.T @ (points.freeboard - basis @ trend)
    left = place_basis.T - basis.T @ weights
    variance = law.variance - (across * weights).sum(axis=0)
    return mean, variance + (left * (trend_covariance @ left)).sum(axis=0) + law.nugget
