"""What a trained network says of echoes, and how its numbers become honest ones."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from .losses import lead_loss, log_distance
from .network import SCALE_M, EchoSequenceNetwork

#: A track is read in stretches of so many sequences of the training, and so much of a sequence is
#: not used at each end, where the neighbouring stretch knows more: an overlap of 6 %.
SEQUENCES_IN_STRETCH = 4
DISCARDED = 0.125

#: Share of a Gaussian within one standard deviation.
ONE_SIGMA = math.erf(math.sqrt(0.5))

#: Temperature and scale of sigma are looked for between the inverse of this and this.
FURTHEST_SCALE = 8.0

#: Stretches that go through the network at once: they fit the cache of a core.
STRETCHES_AT_ONCE = 32


class Calibration(NamedTuple):
    """What the network's numbers are scaled by, found on the validation part."""

    temperature: float = 1.0  #: logits are divided by it (Guo et al. 2017)
    sigma_scale: float = 1.0  #: standard deviations of log(1 + d / SCALE_M) are multiplied by it


class Answers(NamedTuple):
    """What is said of each echo; float32 (n,)."""

    probability: np.ndarray  #: that a lead is nearer than the model's threshold
    distance: np.ndarray  #: median distance to the closest lead [m]
    uncertainty: np.ndarray  #: half the way from ``low`` to ``high`` [m]
    low: np.ndarray  #: 16 % quantile of the distance [m]
    high: np.ndarray  #: 84 % quantile


def read_along(
    network: EchoSequenceNetwork,
    echo_db: np.ndarray,
    features: np.ndarray,
    step: np.ndarray,
    kind: int,
    length: int,
    workers: int = 1,
) -> np.ndarray:
    """Return the network's three numbers of each record of a track, float32 (n, 3).

    The track is read in stretches that overlap; of each only the middle is kept, so that every
    record but the first and last is read with neighbours on both sides, and what is said of one
    does not depend on how long the track is.

    Parameters
    ----------
    network : EchoSequenceNetwork
        In evaluation mode.
    echo_db : array (n, gates), float32
        Power, or packed echo, in dB; nan where missing.
    features : array (n, F), float32
    step : array (n,), float32
        Metres from the record before; nan for the first.
    kind : int
    length : int
        Of the sequences that the network was trained on.
    workers : int
        Threads; what comes out does not depend on them.
    """
    if step.size == 0:
        return np.empty((0, 3), dtype=np.float32)
    longest = SEQUENCES_IN_STRETCH * length if length > 1 else 1
    stretch = min(longest, max(step.size, length))
    starts, keep = _covering(step.size, stretch, int(DISCARDED * length))
    arrays = [torch.from_numpy(_padded(each, stretch)) for each in (echo_db, features, step)]
    device = network.heads.weight.device
    kinds = torch.tensor([[kind]], device=device)

    def read(first: int) -> np.ndarray:
        some = starts[first : first + STRETCHES_AT_ONCE]
        rows = torch.from_numpy(some[:, None] + np.arange(stretch))
        here = [each[rows].to(device) for each in arrays]
        with torch.inference_mode():
            return network(*here, kinds.expand(some.size, 1)).float().cpu().numpy()

    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(read, range(0, starts.size, STRETCHES_AT_ONCE)))
    return np.concatenate(found)[keep]


def answers_of(raw: np.ndarray, calibration: Calibration, missing: np.ndarray) -> Answers:
    """Return what the network's numbers (n, 3) mean; nan where the echo is ``missing``."""
    logit, mean, log_sigma = np.where(missing[:, None], np.nan, raw.astype(np.float64)).T
    sigma = calibration.sigma_scale * np.exp(log_sigma)
    low, distance, high = (
        SCALE_M * np.expm1(np.maximum(mean + side * sigma, 0.0)) for side in (-1.0, 0.0, 1.0)
    )
    probability = 1.0 / (1.0 + np.exp(-logit / calibration.temperature))
    columns = (probability, distance, 0.5 * (high - low), low, high)
    return Answers(*(column.astype(np.float32) for column in columns))


def calibrate(
    raw: np.ndarray, labels: dict[str, Tensor], lead_weight: Tensor, distance_weight: Tensor
) -> Calibration:
    """Return the scales that make validation answers honest.

    The temperature gives the least weighted cross entropy.  The scale of sigma lets 68 % of the
    labelled distances that are no bound lie within one standard deviation.  The label's own error
    is not taken off: its tails are heavier than its sigma tells, and intervals that did were too
    narrow for the truth of simulated worlds.

    Parameters
    ----------
    raw : array (n, 3)
        Of ``read_along``, finite.
    labels : mapping of name to Tensor (n,)
        As the batches of a training have them.
    lead_weight, distance_weight : Tensors (n,)
        Of ``losses``.
    """
    logit, mean, log_sigma = torch.from_numpy(raw).double().unbind(-1)
    label = labels["p_lead"].double()

    def entropy(log_temperature: float) -> float:
        return float(lead_loss(logit / math.exp(log_temperature), label, lead_weight))

    span = math.log(FURTHEST_SCALE)
    temperature = math.exp(minimize_scalar(entropy, bounds=(-span, span), method="bounded").x)
    use = (distance_weight > 0) & ~labels["distance_censored"]
    if not use.any():
        return Calibration(temperature)
    error = (log_distance(labels["distance_to_lead_m"]) - mean)[use].abs()
    scale = float(np.quantile((error / log_sigma.exp()[use]).numpy(), ONE_SIGMA))
    return Calibration(temperature, min(max(scale, 1.0 / FURTHEST_SCALE), FURTHEST_SCALE))


def _covering(
    count: int, length: int, margin: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return starts of stretches that cover records, and which of which place each is read from."""
    stride = length - 2 * margin
    last = max(count - length, 0)
    starts = np.append(np.arange(0, last, stride), last)
    record = np.arange(count)
    which = np.clip((record - margin) // stride, 0, starts.size - 1)
    return starts, (which, record - starts[which])


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    """Return values with missing records behind them, up to the length of a stretch."""
    short = max(length - len(values), 0)
    widths = [(0, short)] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values, widths, constant_values=np.nan) if short else values
