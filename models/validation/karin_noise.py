"""Random noise of KaRIn's heights by distance across track."""

import numpy as np

#: Requirement on random noise without waves, for a cell of 1 km2 (Esteban-Fernandez 2017).
REQUIREMENT_DISTANCE_M = (10e3, 15e3, 20e3, 30e3, 40e3, 50e3, 60e3)
REQUIREMENT_NOISE_M = (0.0257, 0.0205, 0.0175, 0.0151, 0.0164, 0.0229, 0.0451)
REQUIREMENT_AREA_M2 = 1e6
NOISE_IN_FLIGHT = 0.5  # of the requirement (assumed)


def karin_noise(cross_track_distance: np.ndarray, cell_size_m: float) -> np.ndarray:
    """Return the standard deviation of a cell's height [m] where the product tells none.

    The requirement, linear between its distances and level beyond them, times
    ``NOISE_IN_FLIGHT``; noise is white between cells, so that it falls as their side grows.

    Parameters
    ----------
    cross_track_distance : array [m]
        Of either sign; nan gives nan.
    cell_size_m : float
        Side of a cell.

    References
    ----------
    Esteban-Fernandez, D. (2017), SWOT project: mission performance and error budget, JPL
    D-79084, section 5.
    """
    at_1_km = np.interp(np.abs(cross_track_distance), REQUIREMENT_DISTANCE_M, REQUIREMENT_NOISE_M)
    return NOISE_IN_FLIGHT * np.sqrt(REQUIREMENT_AREA_M2) / cell_size_m * at_1_km
