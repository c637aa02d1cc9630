"""Training examples as the rivals see them, and as every predictor is judged by them."""

import numpy as np

from .examples import MISSIONS, MODES, Examples
from .features import with_neighbours
from .losses import SIGMAS_BEYOND, UNSEEN, USELESS
from .rows import Echoes, Labels, Rows

#: Rows whose neighbours are looked at together, about, so that memory stays bounded.
ROWS_AT_ONCE = 200_000


def echoes_of(examples: Examples, rows: np.ndarray) -> Echoes:
    """Return what classifiers see of some rows; neighbours are all of their meeting.

    Parameters
    ----------
    examples : Examples
    rows : array (n,), int, increasing
        Numbers of the rows.
    """
    names = examples.feature_names
    one = {name: examples.features[rows, k] for k, name in enumerate(names)}
    parts = [
        _context(examples, slice(start, stop), rows[(rows >= start) & (rows < stop)] - start)
        for start, stop in _spans(examples.meeting)
    ]
    context = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    month = examples.time[rows].astype("M8[M]").astype(np.int64) % 12 + 1
    mission = np.array(MISSIONS)[examples.mission[rows]]
    return Echoes(one, context, mission, np.array(MODES)[examples.mode[rows]], month)


def labels_of(
    examples: Examples, rows: np.ndarray, lead_distance: float, part: np.ndarray
) -> Labels:
    """Return what the rivals are taught of some rows.

    Parameters
    ----------
    examples : Examples
    rows : array (n,), int
    lead_distance : float
        What is nearer counts as a lead [m]; one of ``examples.lead_distances``.
    part : array (n,), int
        Part of the split: 0 training, 1 validation, 2 test.
    """
    judged = rows_of(examples, rows, lead_distance, np.zeros(rows.size, dtype=np.int64))
    unseen = (examples.quality_flag[rows] & UNSEEN) != 0
    return Labels(judged.lead, np.where(unseen, np.nan, judged.distance), part)


def rows_of(examples: Examples, rows: np.ndarray, lead_distance: float, block: np.ndarray) -> Rows:
    """Return what predictions of some rows are judged by.

    A lead probability is not known where the record is useless, or where something that was not
    seen may be nearer than the lead distance: the same rows from which nothing is learnt.

    Parameters
    ----------
    examples : Examples
    rows : array (n,), int
    lead_distance : float
        What is nearer counts as a lead [m]; one of ``examples.lead_distances``.
    block : array (n,), int
        Rows of one share a scene, a track or a day.
    """
    flag = examples.quality_flag[rows]
    sigma = examples.position_sigma_m[rows]
    distance = examples.distance_to_lead_m[rows].astype(np.float64)
    useless = (flag & USELESS) != 0
    near = ~(distance - SIGMAS_BEYOND * sigma > lead_distance)
    doubtful = ((flag & UNSEEN) != 0) & near
    lead = examples.p_lead[rows, examples.lead_distances.index(lead_distance)]
    return Rows(
        lead=np.where(useless | doubtful, np.nan, lead).astype(np.float64),
        distance=np.where(useless, np.nan, distance),
        censored=np.asarray(examples.distance_censored[rows]),
        mission=np.array(MISSIONS)[examples.mission[rows]],
        lag_s=np.asarray(examples.lag_s[rows]),
        position_sigma_m=sigma,
        lead_width_m=np.asarray(examples.lead_width_m[rows]),
        block=block,
    )


def _spans(meeting: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last + 1 of spans of whole meetings, of about ``ROWS_AT_ONCE`` rows."""
    starts = np.flatnonzero(np.diff(meeting, prepend=-1))
    wanted = np.arange(0, meeting.size, ROWS_AT_ONCE)
    first = np.unique(starts[np.searchsorted(starts, wanted, side="right") - 1])
    return list(zip(first.tolist(), [*first[1:].tolist(), meeting.size], strict=True))


def _context(examples: Examples, span: slice, rows: np.ndarray) -> dict[str, np.ndarray]:
    columns = {
        name: np.asarray(examples.features[span, k])
        for k, name in enumerate(examples.feature_names)
    }
    found = with_neighbours(columns, examples.meeting[span], examples.along[span])
    return {name: values[rows] for name, values in found.items()}
