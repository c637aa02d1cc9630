"""What the network is punished for: lead probability, and distance where it may be a bound.

A label knows how good it is, so the loss does too.

*Lead*: binary cross entropy with the soft label P(d < T), weighted by certainty,
w = T^2 / (T^2 + sigma^2) with the label's position sigma.  The weight looks at the position and
never at the label itself, so that it shifts no probability: a record whose place is known to
a kilometre says little about its own echo.

*Distance*: Gaussian likelihood of y = log(1 + d / 500 m), whose variance is the network's own
plus the label's, so that the network learns its own part alone (Kendall and Gal 2017, eq. 5,
with known noise added).  Where the distance is a lower bound c, the likelihood is the
probability of lying beyond, Phi((mean - y(c)) / sigma) (Tobin 1958).
"""

import math

import torch
from torch import Tensor

from .network import SCALE_M

#: Bits of ``quality_flag`` (``collocate.table.FLAGS``): records that teach nothing, and labels
#: that are lower bounds since something nearer may not have been seen.
USELESS = 8 | 16 | 32
UNSEEN = 4 | 64

#: Share of the distance in the loss: nats of either are taken alike.
DISTANCE_SHARE = 1.0

#: So much divides a batch in which nothing counts.
LEAST_WEIGHT = 1e-6

#: A bound further than this many position sigmas beyond T leaves P(d < T) as it is.
SIGMAS_BEYOND = 2.0


def log_distance(distance: Tensor) -> Tensor:
    """Return log(1 + d / SCALE_M) of distances [m]."""
    return torch.log1p(distance / SCALE_M)


def lead_weight(batch: dict[str, Tensor], threshold_m: float) -> Tensor:
    """Return how much each lead label counts, 0..1.

    Nothing where the label is missing or the record is useless (USELESS), and where something
    that was not seen (UNSEEN) may be nearer than the threshold.
    """
    sigma, flag = batch["position_sigma_m"], batch["quality_flag"]
    bound = batch["distance_to_lead_m"] - SIGMAS_BEYOND * sigma
    doubtful = ((flag & UNSEEN) != 0) & ~(bound > threshold_m)
    certainty = threshold_m**2 / (threshold_m**2 + sigma**2)
    known = batch["p_lead"].isfinite() & ((flag & USELESS) == 0) & ~doubtful
    return torch.where(known & certainty.isfinite(), certainty, 0.0)


def lead_loss(logit: Tensor, label: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted sum of the cross entropy with soft labels [nat]."""
    label = label.nan_to_num(0.0)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logit, label, reduction="none")
    return (weight * entropy).sum()


def distance_weight(batch: dict[str, Tensor]) -> Tensor:
    """Return 1 where there is a distance, or a bound of it, to learn from, else 0."""
    known = batch["distance_to_lead_m"].isfinite() & ((batch["quality_flag"] & USELESS) == 0)
    return known.float()


def label_sigma(batch: dict[str, Tensor]) -> Tensor:
    """Return the label's own standard deviation of log(1 + d / SCALE_M).

    Half the way between its 16 % and 84 % quantiles; where there are none, or the distance is a
    bound, that of the position by the delta method, sigma / (d + SCALE_M).
    """
    low, high = log_distance(batch["distance_low_m"]), log_distance(batch["distance_high_m"])
    position = batch["position_sigma_m"] / (batch["distance_to_lead_m"] + SCALE_M)
    quantiles = torch.where(batch["distance_censored"], torch.nan, 0.5 * (high - low))
    return torch.where(quantiles.isfinite(), quantiles, position).nan_to_num(0.0)


def distance_loss(
    mean: Tensor, log_sigma: Tensor, batch: dict[str, Tensor], weight: Tensor
) -> Tensor:
    """Return the weighted sum of the negative log likelihood of distance [nat]."""
    target = log_distance(batch["distance_to_lead_m"].nan_to_num(0.0))
    variance = torch.exp(2.0 * log_sigma) + label_sigma(batch) ** 2
    score = (target - mean) / variance.sqrt()
    density = 0.5 * (score**2 + variance.log() + math.log(2.0 * math.pi))
    beyond = -torch.special.log_ndtr(-score)
    return (weight * torch.where(batch["distance_censored"], beyond, density)).sum()


def sequence_loss(
    output: Tensor, batch: dict[str, Tensor], threshold_m: float
) -> tuple[Tensor, Tensor]:
    """Return the mean loss of a batch [nat] and the weight behind it.

    Parameters
    ----------
    output : Tensor (..., 3)
        Of ``EchoSequenceNetwork``.
    batch : mapping of name to Tensor (...)
        ``p_lead`` for the threshold, the distances, ``distance_censored``,
        ``position_sigma_m``, ``quality_flag``; anything missing is nan.
    """
    logit, mean, log_sigma = output.float().unbind(-1)
    lead, distance = lead_weight(batch, threshold_m), distance_weight(batch)
    leads, distances = lead.sum(), distance.sum()
    loss = lead_loss(logit, batch["p_lead"], lead) / leads.clamp(min=LEAST_WEIGHT)
    far = distance_loss(mean, log_sigma, batch, distance) / distances.clamp(min=LEAST_WEIGHT)
    return loss + DISTANCE_SHARE * far, leads + DISTANCE_SHARE * distances
