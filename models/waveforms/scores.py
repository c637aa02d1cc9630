"""How well lead probabilities agree with what was there.

Every score is a function of sums over rows, and the sums are kept per block (rows that share a
scene, a track or a day).  So one function gives the score, and the same one, of blocks drawn again
and again, its interval: rows of a block are not independent, blocks are.
"""

from typing import NamedTuple

import numpy as np

#: Bins of probability of the expected calibration error, and of the reliability diagram.
BINS = 10
#: Steps of probability by which resampled rankings are judged; the score itself knows no steps.
RANKS = 1000
#: False-alarm rates at which the true-positive rate is given, and the other way round.
FALSE_ALARMS = (0.01, 0.03)
RECALL = 0.95
#: Quantiles of the intervals: 95 %.
INTERVAL = (0.025, 0.975)

#: Score -> its meaning.
LEAD_SCORES = {
    "auc": "area under the ROC curve",
    "average_precision": "area under precision against recall",
    "recall_at_1_percent": "true-positive rate at 1 % false alarms",
    "recall_at_3_percent": "true-positive rate at 3 % false alarms",
    "false_alarms_at_95_percent": "false-alarm rate at a true-positive rate of 95 %",
    "f1": "harmonic mean of precision and recall, threshold from the validation rows",
    "recall": "true-positive rate at that threshold, or of the classifier's own decision",
    "false_alarms": "false-alarm rate there",
    "brier": "mean square of probability minus event",
    "ece": "expected calibration error",
}


class LeadSums(NamedTuple):
    """What the scores of a lead probability follow from; the first axis is that of blocks."""

    positive: np.ndarray  #: (..., k) weight of events by rank, the most probable first
    negative: np.ndarray  #: (..., k) weight of the others
    surplus: np.ndarray  #: (..., BINS) sum of weight * (probability - event)
    squared: np.ndarray  #: (...,) sum of weight * (probability - event)^2
    called_positive: np.ndarray  #: (...,) weight of events called leads
    called_negative: np.ndarray  #: (...,) weight of the others called leads


def lead_sums(
    probability: np.ndarray,
    happened: np.ndarray,
    called: np.ndarray,
    weight: np.ndarray | None = None,
    block: np.ndarray | None = None,
    ranks: int | None = None,
) -> LeadSums:
    """Return sums over the rows of each block.

    Parameters
    ----------
    probability : array (n,), float
        In 0..1, none missing.
    happened : array (n,), bool or float
        The event; a float in 0..1 is its probability (a soft label).
    called : array (n,), bool
        Which rows a decision calls leads.
    weight : array (n,), float, optional
        1 for all rows if not given.
    block : array (n,), int, optional
        Number of each row's block, from 0; all rows are one block if not given.
    ranks : int, optional
        Steps (about) by which probabilities are ranked; each distinct one if not given.
    """
    probability = np.asarray(probability, dtype=np.float64)
    event = np.asarray(happened, dtype=np.float64)
    weight = np.ones(event.size) if weight is None else np.asarray(weight, dtype=np.float64)
    block = np.zeros(event.size, np.int64) if block is None else block
    count = int(block.max(initial=0)) + 1
    place, steps = _rank(probability, ranks)
    part = reliability_bin(probability)
    miss = probability - event
    return LeadSums(
        sums_by_block(place, weight * event, block, count, steps),
        sums_by_block(place, weight * (1.0 - event), block, count, steps),
        sums_by_block(part, weight * miss, block, count, BINS),
        np.bincount(block, weight * miss**2, count),
        np.bincount(block, weight * event * called, count),
        np.bincount(block, weight * (1.0 - event) * called, count),
    )


def lead_scores(sums: LeadSums) -> dict[str, np.ndarray]:
    """Return the scores of ``LEAD_SCORES``; nan where they do not exist, as with one class only.

    Parameters
    ----------
    sums : LeadSums
        Of any leading shape: that of the scores.
    """
    positive, negative = sums.positive.sum(-1), sums.negative.sum(-1)
    total = positive + negative
    recall, false_alarms = operating_curve(sums.positive, sums.negative)
    called = sums.called_positive + sums.called_negative
    at_false_alarms = [_read_curve(false_alarms, recall, rate) for rate in FALSE_ALARMS]
    return {
        "auc": np.sum(np.diff(false_alarms) * 0.5 * (recall[..., 1:] + recall[..., :-1]), axis=-1),
        "average_precision": average_precision(sums.positive, sums.negative),
        "recall_at_1_percent": at_false_alarms[0],
        "recall_at_3_percent": at_false_alarms[1],
        # Mirrored, so that of equal recalls the one with the fewest false alarms is read.
        "false_alarms_at_95_percent": _read_curve(
            -recall[..., ::-1], false_alarms[..., ::-1], -RECALL
        ),
        "f1": ratio(2.0 * sums.called_positive, called + positive),
        "recall": ratio(sums.called_positive, positive),
        "false_alarms": ratio(sums.called_negative, negative),
        "brier": ratio(sums.squared, total),
        "ece": ratio(np.abs(sums.surplus).sum(-1), total),
    }


def operating_curve(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return true-positive and false-alarm rates (..., k + 1) from the strictest threshold on.

    Parameters
    ----------
    positive, negative : array (..., k), float
        Weights of events and of the others by rank, the most probable first.
    """
    return _rates(positive), _rates(negative)


def average_precision(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Return the sum over thresholds of precision times the gain in recall.

    Parameters
    ----------
    positive, negative : array (..., k), float
        Weights of events and of the others by rank, the most probable first.
    """
    found = np.cumsum(positive, axis=-1)
    precision = ratio(found, found + np.cumsum(negative, axis=-1))
    gain = ratio(positive, positive.sum(-1, keepdims=True))
    return np.sum(np.where(positive > 0.0, precision * gain, 0.0 * gain), axis=-1)


def best_threshold(
    probability: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """Return the probability from which to call leads for the highest F1; 0.5 without events.

    Parameters
    ----------
    probability, happened, weight
        As in ``lead_sums``; rows without a probability (nan) are passed over.
    """
    event = np.asarray(happened, dtype=np.float64)
    weight = np.ones(event.size) if weight is None else weight
    known = np.isfinite(probability)
    values, place = np.unique(probability[known], return_inverse=True)
    positive = np.bincount(place, (weight * event)[known], values.size)[::-1]
    if not positive.sum() > 0.0:
        return 0.5
    called = np.cumsum(np.bincount(place, weight[known], values.size)[::-1])
    f1 = 2.0 * np.cumsum(positive) / (called + positive.sum())
    return float(values[::-1][np.argmax(f1)])


def reliability(
    probability: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean probability, frequency and weight in each of ``BINS`` bins of probability.

    The first two are nan in empty bins.
    """
    weight = np.ones(probability.size) if weight is None else weight
    part = reliability_bin(probability)
    inside = np.bincount(part, weight, BINS)
    mean = ratio(np.bincount(part, weight * probability, BINS), inside)
    return mean, ratio(np.bincount(part, weight * happened, BINS), inside), inside


def expected_calibration_error(
    probability: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """Return the mean over rows of how far mean probability is from frequency in their bin.

    Guo et al. (2017), eq. 3, with ``BINS`` bins of equal breadth; the lower end belongs to a bin.
    """
    mean, frequency, inside = reliability(probability, happened, weight)
    full = inside > 0.0
    return float(np.sum((inside * np.abs(mean - frequency))[full]) / inside.sum())


def reliability_bin(probability: np.ndarray) -> np.ndarray:
    """Return the bin of each probability; nan must not occur."""
    return np.clip((probability * BINS).astype(np.int64), 0, BINS - 1)


def draw_blocks(blocks: int, replicates: int, seed: int) -> np.ndarray:
    """Return how often each block is drawn, (replicates, blocks), float.

    Blocks are drawn with replacement, as many as there are (Efron and Tibshirani 1993, ch. 6).
    """
    rng = np.random.default_rng([seed, blocks])
    return rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), replicates).astype(np.float64)


def redrawn(sums: tuple[np.ndarray, ...], drawn: np.ndarray) -> list[np.ndarray]:
    """Return the sums over drawn blocks: arrays (blocks, ...) become (replicates, ...)."""
    return [np.tensordot(drawn, part, axes=1) for part in sums]


def interval(replicates: np.ndarray) -> tuple[float, float]:
    """Return the 95 % percentile interval of a score over its replicates; nan without any."""
    known = replicates[np.isfinite(replicates)]
    if known.size == 0:
        return np.nan, np.nan
    low, high = np.quantile(known, INTERVAL)
    return float(low), float(high)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return ``above / below``, nan where ``below`` is not above zero."""
    above, below = np.broadcast_arrays(
        np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    )
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0.0)


def sums_by_block(
    place: np.ndarray, weight: np.ndarray, block: np.ndarray, blocks: int, places: int
) -> np.ndarray:
    """Return the sum of weights by block and place, (blocks, places)."""
    flat = np.bincount(block * places + place, weight, blocks * places)
    return flat.reshape(blocks, places)


def _rank(probability: np.ndarray, ranks: int | None) -> tuple[np.ndarray, int]:
    """Return the step of each probability, 0 the most probable, and the number of steps."""
    if ranks is None:
        values, place = np.unique(-probability, return_inverse=True)
        return place, max(values.size, 1)
    edges = np.unique(np.quantile(-probability, np.linspace(0.0, 1.0, ranks + 1)[1:-1]))
    return np.searchsorted(edges, -probability), edges.size + 1


def _rates(weight: np.ndarray) -> np.ndarray:
    rate = ratio(np.cumsum(weight, axis=-1), weight.sum(-1, keepdims=True))
    return np.concatenate([np.zeros((*rate.shape[:-1], 1)), rate], axis=-1)


def _read_curve(x: np.ndarray, y: np.ndarray, at: float) -> np.ndarray:
    """Return y of rising polygons (..., k) at one x, the last of equal x counting, or nan."""
    last = np.clip(np.sum(x <= at, axis=-1, keepdims=True) - 1, 0, x.shape[-1] - 2)
    x0, x1, y0, y1 = (
        np.take_along_axis(values, last + step, axis=-1)[..., 0]
        for values in (x, y)
        for step in (0, 1)
    )
    share = np.divide(at - x0, x1 - x0, out=np.ones_like(x0), where=x1 > x0)
    known = np.isfinite(x).all(axis=-1)
    return np.where(known, y0 + np.clip(share, 0.0, 1.0) * (y1 - y0), np.nan)
