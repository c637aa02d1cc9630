"""Leads as straight strips with round ends on the polar plane: exact distances, exact masks."""

from typing import NamedTuple

import numpy as np


class Leads(NamedTuple):
    """Strips of water; arrays (leads,), float64, metres on the plane unless said."""

    x0: np.ndarray  #: one end of the middle line
    y0: np.ndarray
    x1: np.ndarray  #: the other end
    y1: np.ndarray
    width: np.ndarray
    bright: np.ndarray  #: bool: roughened by wind or covered with frost flowers


def draw_leads(
    count: int, centre: tuple[float, float], extent: float, rng: np.random.Generator
) -> Leads:
    """Return leads with power-law widths around a place.

    Widths follow w**-2.47 (Wernecke and Kaleschke 2015, CryoSat-2, winter) from 120 m to 1 km;
    every fifth is bright; directions scatter about two that cross.

    Parameters
    ----------
    count : int
    centre : (x, y) [m on the plane]
    extent : float
        Middles lie within this distance of the centre along either axis [m].
    rng : Generator
    """
    x, y = (c + rng.uniform(-extent, extent, count) for c in centre)
    direction = np.where(np.arange(count) % 2, 0.5, 2.1) + rng.normal(0.0, 0.2, count)
    half = rng.uniform(4_000.0, 12_000.0, count)
    dx, dy = half * np.cos(direction), half * np.sin(direction)
    exponent, narrow, wide = -1.47, 120.0, 1_000.0
    share = rng.random(count)
    low, high = narrow**exponent, wide**exponent
    width = (low + share * (high - low)) ** (1 / exponent)
    return Leads(x - dx, y - dy, x + dx, y + dy, width, np.arange(count) % 5 == 4)


def distance_to_each(leads: Leads, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return, (leads, n), the distance of points (n,) to each lead's edge, 0 inside [m]."""
    ax, ay = (leads.x1 - leads.x0)[:, None], (leads.y1 - leads.y0)[:, None]
    px, py = x - leads.x0[:, None], y - leads.y0[:, None]
    share = np.clip((px * ax + py * ay) / (ax**2 + ay**2), 0.0, 1.0)
    to_middle = np.hypot(px - share * ax, py - share * ay)
    return np.maximum(to_middle - leads.width[:, None] / 2, 0.0)


def facets(leads: Leads, side: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y [m] and area [m2] of the facets, about ``side`` [m] wide, that tile the leads."""
    parts = []
    for x0, y0, x1, y1, width, _ in zip(*leads, strict=True):
        length = np.hypot(x1 - x0, y1 - y0)
        across, along = max(1, round(width / side)), max(1, round(length / side))
        u = (np.arange(along) + 0.5) / along
        v = ((np.arange(across) + 0.5) / across - 0.5) * width / length
        u, v = (a.ravel() for a in np.meshgrid(u, v, indexing="ij"))
        x, y = x0 + u * (x1 - x0) - v * (y1 - y0), y0 + u * (y1 - y0) + v * (x1 - x0)
        parts.append(np.stack([x, y, np.full(x.shape, length * width / (along * across))]))
    x, y, area = np.concatenate(parts, axis=1)
    return x, y, area
