"""Many leads as columns of numbers: chosen, put together, asked which are near."""

from typing import NamedTuple

import numpy as np


class Leads(NamedTuple):
    """The columns of ``LeadNetwork`` that belong to single leads and to their nodes."""

    x0: np.ndarray
    y0: np.ndarray
    direction: np.ndarray
    length: np.ndarray
    width: np.ndarray
    opened: np.ndarray
    closing: np.ndarray
    slip_rate: np.ndarray
    roughened: np.ndarray
    reach: np.ndarray
    step: np.ndarray
    nodes: np.ndarray  #: (leads,), int64: how many nodes each has
    offset: np.ndarray  #: (all nodes,)
    breadth: np.ndarray

    @property
    def first_node(self) -> np.ndarray:
        """Where each lead's nodes start, (leads + 1,), int64."""
        return np.concatenate([[0], np.cumsum(self.nodes)])


def select_leads(leads: Leads, keep: np.ndarray) -> Leads:
    """Return the leads to keep (leads,), bool."""
    nodes = np.repeat(keep, leads.nodes)
    return Leads(*(c[keep] for c in leads[:-2]), *(c[nodes] for c in leads[-2:]))


def join_leads(parts: list[Leads]) -> Leads:
    """Return the leads of all parts, in order."""
    return Leads(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def near_square(leads: Leads, centre: tuple[float, float], reach: float) -> Leads:
    """Return the leads that may be felt within a square: those whose oblong about them does."""
    low, high = lateral_extent(leads)
    cosine, sine = np.cos(leads.direction), np.sin(leads.direction)
    keep = np.ones(leads.x0.size, dtype=bool)
    for origin, c, along, across in (
        (leads.x0, centre[0], cosine, -sine),
        (leads.y0, centre[1], sine, cosine),
    ):
        middle = origin + 0.5 * (leads.length * along + (low + high) * across)
        half = 0.5 * (leads.length * np.abs(along) + (high - low) * np.abs(across))
        keep &= np.abs(middle - c) <= reach + half
    return select_leads(leads, keep)


def lateral_extent(leads: Leads) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest n [m] at which each lead is felt."""
    first, half = leads.first_node[:-1], 0.5 * leads.breadth
    low = np.minimum.reduceat(leads.offset - half, first)
    high = np.maximum.reduceat(leads.offset + half, first)
    return low - leads.reach, high + leads.reach
