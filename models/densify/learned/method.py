"""The network as a method: an image's cells are looked at together, then told the observations."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree

from ..fields import Cells, Field, Method, Points, gaussian_field
from ..gaussian_process import Law
from ..kriging import spacing
from .conditioning import Believed, conditioned, doubted, scaled
from .images import image_of, put, put_backscatter, take
from .model import SIMULATED, Model, open_model
from .worlds import CELL_SIZE

#: Turns of the image over which the network's answers are averaged: it knows no direction.
TURNS = (0, 1, 2, 3)


#: Cells wider than this are none that it can look at [m].
WIDEST = 1.5 * CELL_SIZE


class Expected(NamedTuple):
    """What the network expects of cells before any observation."""

    basis: np.ndarray  #: (cells, b) [m]
    spread: np.ndarray  #: (cells,) of the residual [m]
    believed: Believed


def network(points: Points, cells: Cells) -> Field:
    """Return what the network that comes with iceco makes of a map and observations on it."""
    return network_on(cells, open_model(SIMULATED))(points, cells)


def suits(cells: Cells) -> bool:
    """Tell whether cells are as fine as those that the network knows, or finer."""
    return spacing(np.stack([cells.x, cells.y], axis=-1)) <= WIDEST


def network_on(cells: Cells, model: Model) -> Method:
    """Return the method that sees the image of some cells, whatever cells are asked for.

    Parameters
    ----------
    cells : Cells
        Those of a map that a scene saw: the network looks at them together.  Points and cells
        asked for have what is expected of the nearest of them.
    model : Model
    """
    told = expected(cells, model)
    tree = cKDTree(np.stack([cells.x, cells.y], axis=-1))
    size = spacing(np.stack([cells.x, cells.y], axis=-1))

    def method(points: Points, asked: Cells) -> Field:
        at_points, at_cells = (
            tree.query(np.stack([places.x, places.y], axis=-1))[1] for places in (points, asked)
        )
        basis, spread, believed = told
        own, columns = scaled(points, spread[at_points]), basis[at_points] / spread[at_points, None]
        mean, variance = conditioned(
            own, columns, np.stack([asked.x, asked.y], axis=-1),
            basis[at_cells] / spread[at_cells, None],
            doubted(own, columns, spread[at_points], believed), size,
        )  # fmt: skip
        return gaussian_field(mean * spread[at_cells], variance * spread[at_cells] ** 2)

    return method


def expected(cells: Cells, model: Model) -> Expected:
    """Return what the network expects of the cells of a map."""
    image = image_of(cells.x, cells.y)
    whole = put_backscatter(image, cells.covariates, cells.names)
    which = [cells.names.index(name) for name in model.covariates]
    covariates = torch.from_numpy(whole[..., which].astype(np.float32))
    leads = torch.from_numpy(put(image, cells.lead_probability).astype(np.float32))
    basis, log_spread = (torch.stack(parts).mean(0) for parts in zip(
        *(_turned(model, covariates, leads, turn) for turn in TURNS), strict=True
    ))  # fmt: skip
    prior = model.network.prior()
    root = prior.root.detach().double().numpy()
    law = Law(1.0, prior.length_m.item(), prior.nugget.item())
    believed = Believed(prior.mean.detach().double().numpy(), root @ root.T, law)
    return Expected(
        take(image, basis.double().numpy()), np.exp(take(image, log_spread.double().numpy())),
        believed,
    )  # fmt: skip


@torch.no_grad()
def _turned(
    model: Model, covariates: torch.Tensor, leads: torch.Tensor, turn: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return basis and logarithm of the spread that the network sees in a turned image."""
    told = model.network(*(torch.rot90(image, turn, (0, 1))[None] for image in (covariates, leads)))
    basis, spread = (torch.rot90(part[0], -turn, (0, 1)) for part in told)
    return basis, spread.log()
