"""A network that turns SAR images into what freeboard to expect, before any is observed.

It looks at the covariates of cells as images and gives each cell features, in which freeboard is
linear with coefficients that are alike from scene to scene, and the spread about that.  The
coefficients' prior is learnt too.  Observations then tell coefficients and residual (see
``conditioning``).  With features of nothing it is kriging with HV as external drift.

References
----------
Harrison, Sharma and Pavone (2018), arXiv:1807.08912 (a learnt basis with a prior, adapted by
Bayesian regression); Wilson et al. (2016), arXiv:1511.02222 (Gaussian processes on features).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

#: Normalised covariates stay within these.
LARGEST = 4.0
#: Residual spread before training [m], and bounds of its logarithm: 3 mm to 1 m.
FIRST_SPREAD, LOG_SPREAD_RANGE = 0.05, (-5.8, 0.0)
#: Correlation length [m] and nugget (share of the spread's square) before training.
FIRST_LENGTH, FIRST_NUGGET = 3_000.0, 0.1
#: Mean of the constant, and spread of all coefficients, before training [m].
FIRST_MEAN, FIRST_COEFFICIENT_SPREAD = 0.2, 0.1
#: Steps between the cells that each layer looks at: all together see 15 cells either way.
DILATIONS = (1, 2, 4, 8)
#: Columns of the basis before the learnt features: a constant and HV.
FIXED = 2


class Sizes(NamedTuple):
    """What decides the shapes of the weights."""

    covariates: int  #: the first of them HV [dB]; lead probability not counted
    width: int = 32  #: channels of the layers
    features: int = 6


class Expectation(NamedTuple):
    """What to expect of cells before any observation."""

    basis: Tensor  #: (batch, rows, columns, FIXED + features)
    spread: Tensor  #: (batch, rows, columns), of the residual [m]


class Prior(NamedTuple):
    """What is alike in all scenes."""

    mean: Tensor  #: (b,) of the coefficients of the basis
    root: Tensor  #: (b, b) lower triangle, of which the square is their covariance
    length_m: Tensor  #: () of the residual's Matern-3/2 correlation
    nugget: Tensor  #: () variance that no distance explains, in squares of the spread


class FreeboardNetwork(nn.Module):
    """Dilated convolutions over images of covariates; what is missing is taken for the mean."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, sizes: Sizes, dropout: float = 0.1) -> None:
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        self.enter = nn.Conv2d(sizes.covariates + 2, width, 1)
        self.local = nn.Sequential(nn.GELU(), nn.Conv2d(width, width, 1))
        self.layers = nn.ModuleList(_Layer(width, step, dropout) for step in DILATIONS)
        self.leave = nn.Conv2d(width, sizes.features + 1, 1)
        columns = FIXED + sizes.features
        self.coefficient_mean = nn.Parameter(torch.zeros(columns))
        self.coefficient_root = nn.Parameter(torch.zeros(columns, columns))
        self.log_length = nn.Parameter(torch.tensor(math.log(FIRST_LENGTH)))
        self.log_nugget = nn.Parameter(torch.tensor(math.log(FIRST_NUGGET)))
        self.register_buffer("mean", torch.zeros(sizes.covariates))
        self.register_buffer("deviation", torch.ones(sizes.covariates))
        with torch.no_grad():
            self.coefficient_mean[0] = FIRST_MEAN
            self.coefficient_root.diagonal().fill_(math.log(FIRST_COEFFICIENT_SPREAD))
            assert self.leave.bias is not None
            self.leave.weight[-1].zero_()
            self.leave.bias[-1:] = math.log(FIRST_SPREAD)

    def normalise_by(self, mean: Tensor, deviation: Tensor) -> None:
        """Take over mean and deviation (covariates,); they are kept with the weights."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, covariates: Tensor, lead_probability: Tensor) -> Expectation:
        """Return what to expect of the cells of some images.

        Parameters
        ----------
        covariates : Tensor (batch, rows, columns, covariates)
            nan where missing.
        lead_probability : Tensor (batch, rows, columns)
            nan where missing.
        """
        told = (covariates - self.mean) / self.deviation
        seen = covariates.isfinite().all(-1)
        told = told.nan_to_num(0.0).clamp(-LARGEST, LARGEST)
        leads = lead_probability.nan_to_num(0.0)
        image = torch.cat([told, leads[..., None], seen[..., None].to(told.dtype)], dim=-1)
        hidden = self.enter(image.movedim(-1, 1))  # (batch, width, rows, columns)
        hidden = hidden + self.local(hidden)
        for layer in self.layers:
            hidden = layer(hidden)
        out = self.leave(nn.functional.gelu(hidden)).movedim(1, -1)
        constant = torch.ones_like(told[..., :1])
        basis = torch.cat([constant, told[..., :1], out[..., :-1]], dim=-1)
        return Expectation(basis, out[..., -1].clamp(*LOG_SPREAD_RANGE).exp())

    def prior(self) -> Prior:
        """Return what is alike in all scenes."""
        root = self.coefficient_root
        lower = root.tril(-1) + torch.diag(root.diagonal().exp())
        return Prior(self.coefficient_mean, lower, self.log_length.exp(), self.log_nugget.exp())


class _Layer(nn.Module):
    """A residual layer that looks so many cells around."""

    def __init__(self, width: int, step: int, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.GroupNorm(1, width),
            nn.Conv2d(width, width, 3, padding=step, dilation=step),
            nn.GELU(),
            nn.Dropout2d(dropout),
            nn.Conv2d(width, width, 1),
        )

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.inner(hidden)
