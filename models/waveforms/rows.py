"""What predictors see of rows, what they are taught, what they say, and what judges them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Echoes(NamedTuple):
    """What classifiers see of the rows; arrays (n,), features nan where they do not exist."""

    one: Mapping[str, np.ndarray]  #: features of the echo, by their names in ``features.FEATURES``
    context: Mapping[str, np.ndarray]  #: these and its neighbours' (``features.with_neighbours``)
    mission: np.ndarray  #: str
    mode: np.ndarray  #: str
    month: np.ndarray  #: int, 1 to 12


class Labels(NamedTuple):
    """What they are taught; arrays (n,)."""

    lead: np.ndarray  #: P(distance < lead distance); nan where it is not known
    distance: np.ndarray  #: to the closest lead, or a lower bound [m]; nan where it is not known
    part: np.ndarray  #: int8: 0 training, 1 validation, 2 test


class Prediction(NamedTuple):
    """What a predictor says of each row; arrays (n,), nan where it says nothing."""

    probability: np.ndarray  #: of a lead nearer than the lead distance
    distance: np.ndarray | None = None  #: to the closest lead [m]
    low: np.ndarray | None = None  #: it is less with a probability of 16 % [m]
    high: np.ndarray | None = None  #: it is less with a probability of 84 % [m]
    called: np.ndarray | None = None  #: bool: its own decision, of a classifier that has one


class Rows(NamedTuple):
    """What predictions are judged by; arrays (n,)."""

    lead: np.ndarray  #: P(distance < lead distance); nan where it is not known
    distance: np.ndarray  #: to the closest lead [m]; nan where it is not known
    censored: np.ndarray  #: bool: that is only a lower bound
    mission: np.ndarray  #: str
    lag_s: np.ndarray
    position_sigma_m: np.ndarray
    lead_width_m: np.ndarray  #: of the closest lead; nan where there is none
    block: np.ndarray  #: int; rows of one share a scene, a track or a day


def taken(said: Prediction, rows: np.ndarray) -> Prediction:
    """Return what a predictor says of some rows, which a mask or places choose."""
    rest = (None if column is None else column[rows] for column in said[1:])
    return Prediction(said.probability[rows], *rest)
