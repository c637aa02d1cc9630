"""A network that reads echoes along the track: lead probability, and distance with its spread."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

#: Unit of distance in log(1 + d / SCALE_M) [m]: the footprint's radius, below which distance
#: hardly changes an echo.
SCALE_M = 500.0

#: A step along the track beyond so many usual ones is a gap.
GAP_STEPS = 1.5

#: Steps beyond this count as this [m].
LONGEST_STEP_M = 5_000.0

#: log sigma of log(1 + d / SCALE_M) stays between these: 1 % and a factor of 20 in distance.
LOG_SIGMA_RANGE = (-4.6, 1.1)

#: log(1 + d / SCALE_M) stays below this: 75 km.
LARGEST_LOG_DISTANCE = 5.0


class Sizes(NamedTuple):
    """What decides the shapes of the weights."""

    gates: int
    features: int
    kinds: int  #: of instrument and mode
    channels: int = 24  #: of the convolutions; half as many in the first
    encoder: int = 96
    code: int = 64  #: numbers that stand for an echo and those next to it
    hidden: int = 64  #: of the LSTM, in each direction


class Statistics(NamedTuple):
    """What inputs are normalised by, a row per kind of instrument and mode."""

    power_mean: Tensor  #: (kinds, gates) of the power [dB]
    power_deviation: Tensor
    feature_mean: Tensor  #: (kinds, features)
    feature_deviation: Tensor
    step_m: Tensor  #: (kinds,) median step along the track


#: Gates by which each convolution steps on; along the track none skips an echo.
STRIDES = (4, 2, 2)


class EchoSequenceNetwork(nn.Module):
    """Convolutions of the radargram, bidirectional LSTM along the track, two heads.

    The convolutions see some echoes before and after, in which a lead beside the track is an
    arc whose slope tells how far it is, wherever in the window it lies.  What is missing (nan)
    is taken for the mean of its kind; the network is told which gates, and whether the whole
    echo, are missing.
    """

    power_mean: Tensor
    power_deviation: Tensor
    feature_mean: Tensor
    feature_deviation: Tensor
    step_m: Tensor

    def __init__(self, sizes: Sizes, dropout: float = 0.3) -> None:
        super().__init__()
        self.sizes = sizes
        self.radargram = nn.Sequential(
            nn.Conv2d(2, sizes.channels // 2, (3, 9), (1, STRIDES[0]), (1, 4)),
            nn.GELU(),
            nn.Conv2d(sizes.channels // 2, sizes.channels, (3, 5), (1, STRIDES[1]), (1, 2)),
            nn.GELU(),
            nn.Conv2d(sizes.channels, sizes.channels, (3, 3), (1, STRIDES[2]), (1, 1)),
            nn.GELU(),
        )
        self.dropout = nn.Dropout(dropout)
        seen = sizes.channels * (sizes.gates // math.prod(STRIDES))
        inputs = seen + sizes.features + sizes.kinds + 3
        self.encoder = nn.Sequential(
            nn.Linear(inputs, sizes.encoder),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(sizes.encoder, sizes.code),
            nn.GELU(),
        )
        self.along = nn.LSTM(sizes.code, sizes.hidden, bidirectional=True, batch_first=True)
        self.heads = nn.Linear(sizes.code + 2 * sizes.hidden, 3)
        for name, shape in _statistics_shapes(sizes).items():
            self.register_buffer(name, torch.ones(shape))

    def normalise_by(self, statistics: Statistics) -> None:
        """Take over the statistics of the training rows; they are kept with the weights."""
        for name, values in statistics._asdict().items():
            self.get_buffer(name).copy_(values)

    def forward(self, power: Tensor, features: Tensor, step: Tensor, kind: Tensor) -> Tensor:
        """Return the three numbers of each echo of some sequences.

        Parameters
        ----------
        power : Tensor (sequences, length, gates)
            Power [dB] on the common axis of range, or the packed echo; nan where missing.
        features : Tensor (sequences, length, features)
        step : Tensor (sequences, length)
            Metres along the track from the echo before; nan for the first.
        kind : Tensor (sequences, 1), int64

        Returns
        -------
        Tensor (sequences, length, 3)
            Logit of the lead probability; mean and log standard deviation of
            log(1 + d / SCALE_M).
        """
        code = self._encode(power, features, step, kind)
        context, _ = self.along(code)
        both = self.dropout(torch.cat([code, context], dim=-1))
        logit, mean, log_sigma = self.heads(both).unbind(-1)
        mean = LARGEST_LOG_DISTANCE * torch.sigmoid(mean)
        return torch.stack([logit, mean, log_sigma.clamp(*LOG_SIGMA_RANGE)], dim=-1)

    def _encode(self, power: Tensor, features: Tensor, step: Tensor, kind: Tensor) -> Tensor:
        """Return what stands for each echo, (sequences, length, code)."""
        seen = power.isfinite()
        gauge = _clean((power - self.power_mean[kind]) / self.power_deviation[kind])
        told = (features - self.feature_mean[kind]) / self.feature_deviation[kind]
        usual = self.step_m[kind]
        step = torch.where(step.isfinite(), step, usual).clamp(0.0, LONGEST_STEP_M)
        rest = torch.stack(
            [(step / usual).log1p(), (step > GAP_STEPS * usual).float(), (~seen.any(-1)).float()],
            dim=-1,
        )
        which = nn.functional.one_hot(kind, self.sizes.kinds).expand(*step.shape, -1)
        image = self.radargram(torch.stack([gauge, seen.to(gauge.dtype)], dim=1))
        arcs = self.dropout(image.transpose(1, 2).flatten(2))
        parts = [arcs, _clean(told), which, rest]
        return self.encoder(torch.cat([part.to(gauge.dtype) for part in parts], dim=-1))


def _clean(normalised: Tensor) -> Tensor:
    """Return normalised numbers with 0 for nan, and without the far tails of ratios."""
    return normalised.nan_to_num(0.0, 8.0, -8.0).clamp(-8.0, 8.0)


def _statistics_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    return {
        "power_mean": (sizes.kinds, sizes.gates),
        "power_deviation": (sizes.kinds, sizes.gates),
        "feature_mean": (sizes.kinds, sizes.features),
        "feature_deviation": (sizes.kinds, sizes.features),
        "step_m": (sizes.kinds,),
    }
