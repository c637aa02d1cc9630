"""Leads at a moment: how far they are open, what covers them, how far their sides have slipped."""

from typing import NamedTuple

import numpy as np

from .lead_cycle import kind_of_leads, opening, slipping_time, thickness_in_leads
from .leads import LeadNetwork


class LeadsAt(NamedTuple):
    """The leads of a network at one time; arrays (leads,) unless said."""

    network: LeadNetwork
    opening: np.ndarray  #: float64, share of the full breadth, 0..1
    #: float64, of the left side along s since the epoch, relative to the right [m]
    slip: np.ndarray
    kind: np.ndarray  #: uint8, a ``Kind``
    thickness: np.ndarray  #: float64, of the ice within [m]
    rows: np.ndarray  #: float64, (leads, 12), what the kernels read
    cell_first: np.ndarray  #: int64, as ``index_first``, of leads that are open or have slipped
    cell_lead: np.ndarray  #: int32, as ``index_lead``


def leads_at(network: LeadNetwork, t: float) -> LeadsAt:
    """Return a network's leads at a time [s after the epoch] within the world's span."""
    life = network.life
    share = opening(life, network.opened, network.closing, t)
    slip = network.slip_rate * slipping_time(life, network.opened, network.closing, t)
    thickness = thickness_in_leads(life, network.opened, t)
    kept = ((share > 0.0) | (slip != 0.0))[network.index_lead]
    kept_before = np.concatenate([[0], np.cumsum(kept)])
    return LeadsAt(
        network,
        share,
        slip,
        kind_of_leads(thickness, network.roughened),
        thickness,
        _rows(network, share, slip),
        kept_before[network.index_first],
        network.index_lead[kept],
    )


def _rows(network: LeadNetwork, share: np.ndarray, slip: np.ndarray) -> np.ndarray:
    """Return what the kernels need to know of each lead, in the order of their columns."""
    half = 0.5 * np.repeat(share, np.diff(network.first_node)) * network.breadth
    first = network.first_node[:-1]
    lowest = np.minimum.reduceat(network.offset - half, first) - network.reach
    highest = np.maximum.reduceat(network.offset + half, first) + network.reach
    return np.stack(
        [
            network.x0,
            network.y0,
            np.cos(network.direction),
            np.sin(network.direction),
            network.length,
            1.0 / network.step,
            lowest,
            highest,
            share,
            slip,
            network.reach,
            network.opened,
        ],
        axis=1,
    )
