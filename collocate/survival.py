"""Leads open and close between the times at which altimeter and SAR looked."""

import numpy as np


def survival(lag: np.ndarray, life: float) -> np.ndarray:
    """Return the probability exp(-|lag| / life) that a lead seen at one time is there at another.

    Parameters
    ----------
    lag : array, float [s]
        From one time to the other, of either sign.
    life : float [s]
        Mean time for which a lead can be seen, as the time left at any moment: 1 to 3 days
        (assumed).
    """
    return np.exp(-np.abs(lag) / life)


def outlive(probability: np.ndarray, lag: np.ndarray, life: float | None) -> np.ndarray:
    """Return probabilities of a lead (n,) or (n, k) after lags (n,) [s]; as they are without life.

    Leads that open meanwhile are not counted: where nothing is seen, nothing is foretold.
    """
    if life is None:
        return probability
    left = survival(lag, life)
    return probability * left.reshape(left.shape + (1,) * (probability.ndim - 1))
