"""Freeboard of cells given observations, differentiable: what the training compares with truth.

All in units of each cell's residual spread, in which the residual is one stationary process.

References
----------
Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, eqs. 2.38 to 2.40.
"""

import math

import torch
from torch import Tensor

from .network import Expectation, Prior

#: Added to variances, in squares of the spread, that matrices stay regular.
SMALLEST_NOISE = 1e-5


def posterior(told: Expectation, prior: Prior, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return mean [m] and standard deviation [m] of freeboard at targets, float64 (batch, targets).

    Parameters
    ----------
    told : Expectation
        Of images.
    prior : Prior
    batch : dict of Tensor
        Of observations (batch, n): ``cell`` (in which of an image's cells, row by row), ``x``,
        ``y`` [m], ``freeboard`` [m], ``variance`` (own) and ``shared`` (1 sigma of the track),
        ``track``; of targets (batch, targets): ``target_cell``, ``target_x``, ``target_y``.
    """
    basis, spread = _taken(told, batch["cell"])
    target_basis, target_spread = _taken(told, batch["target_cell"])
    mean, root = prior.mean.double(), prior.root.double()
    drawn, target_drawn = basis @ root, target_basis @ root  # (batch, n, b)
    places = torch.stack([batch["x"], batch["y"]], dim=-1)
    targets = torch.stack([batch["target_x"], batch["target_y"]], dim=-1)
    shared = batch["shared"] / spread
    same = batch["track"][:, :, None] == batch["track"][:, None]
    noise = batch["variance"] / spread**2 + prior.nugget.double() + SMALLEST_NOISE
    covariance = (
        correlation(places, places, prior.length_m)
        + drawn @ drawn.mT
        + torch.where(same, shared[:, :, None] * shared[:, None], 0.0)
        + torch.diag_embed(noise)
    )
    across = correlation(places, targets, prior.length_m) + drawn @ target_drawn.mT
    lower = torch.linalg.cholesky(covariance)
    solved = torch.linalg.solve_triangular(lower, across, upper=False)  # (batch, n, targets)
    residual = (batch["freeboard"] / spread - basis @ mean)[..., None]
    whitened = torch.linalg.solve_triangular(lower, residual, upper=False)
    expected = target_basis @ mean + (solved.mT @ whitened)[..., 0]
    before = 1.0 + prior.nugget.double() + target_drawn.square().sum(-1)
    left = (before - solved.square().sum(1)).clamp_min(SMALLEST_NOISE)
    return expected * target_spread, left.sqrt() * target_spread


def correlation(one: Tensor, other: Tensor, length_m: Tensor) -> Tensor:
    """Return the Matern-3/2 correlation (batch, n, m) of places (batch, n, 2), (batch, m, 2)."""
    apart = one[:, :, None] - other[:, None]
    # The root of nothing has no derivative.
    scaled = math.sqrt(3.0) * (apart.square().sum(-1) + 1e-3).sqrt() / length_m.double()
    return (1.0 + scaled) * torch.exp(-scaled)


def _taken(told: Expectation, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Return basis over spread (batch, n, b) and spread (batch, n) of cells (batch, n)."""
    spread = told.spread.flatten(1).double().gather(1, cell)
    columns = told.basis.shape[-1]
    whole = told.basis.flatten(1, 2).double()
    basis = whole.gather(1, cell[..., None].expand(-1, -1, columns))
    return basis / spread[..., None], spread
