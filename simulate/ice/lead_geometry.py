"""Places and leads: what a place meets, where material is, and the leads' exact outlines.

The drift frame carries leads and ice with the smooth drift; the material frame has all leads
shut: X = xi - jump.  Across a lead the jump is its width along n and its slip along the middle
line; half of it on either side fades out over the lead's reach.
"""

import numpy as np
import shapely

from ...geo.polar import flat_float64
from . import _lead_kernels
from .lead_life import LeadsAt
from .leads import INDEX_CELL


def meet_leads(
    leads: LeadsAt, xi: np.ndarray, eta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which lead places are in, and how far the leads have moved the ice there.

    Parameters
    ----------
    leads : LeadsAt
    xi, eta : array, float64 [m]
        Places in the drift frame, any shapes that broadcast.

    Returns
    -------
    lead : array, int32
        The youngest of the leads the place is in, -1 beside leads.
    jump_x, jump_y : array, float64 [m]
        The material coordinates are (xi - jump_x, eta - jump_y).  Within a lead they run from
        one side to the other, which are the same line once it is shut.
    """
    flat, shape = flat_float64(xi, eta)
    lead, jump_x, jump_y = _lead_kernels.meet(*_for_kernels(leads), *flat)
    return lead.reshape(shape), jump_x.reshape(shape), jump_y.reshape(shape)


def drift_frame_of(leads: LeadsAt, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the drift frame the ice of material coordinates is: X = xi - jump(xi).

    Parameters
    ----------
    leads : LeadsAt
    x, y : array, float64 [m]
        Material coordinates, any shapes that broadcast.

    Returns
    -------
    xi, eta : array, float64 [m]
        True to 1 mm, but for fewer than 10 points in 10 000, all within metres of a lead's edge or
        where leads cross: there the ice has two places or none, and one of the two or the
        closest there is comes back.  Ice at the very line of a lead lies somewhere in it.
    """
    flat, shape = flat_float64(x, y)
    xi, eta = _lead_kernels.find(*_for_kernels(leads), *flat)
    return xi.reshape(shape), eta.reshape(shape)


def lead_width(leads: LeadsAt, lead: np.ndarray, xi: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return how wide leads are [m] at places in them, square to their middle line there.

    Parameters
    ----------
    leads : LeadsAt
    lead : array, int
        Lead of each place as ``meet_leads`` has it; -1 gives 0.
    xi, eta : array, float64 [m]
        Places in the drift frame, of lead's shape.
    """
    width = np.zeros(np.shape(lead))
    inside = np.asarray(lead) >= 0
    network, i = leads.network, np.asarray(lead)[inside]
    s = (np.asarray(xi)[inside] - network.x0[i]) * np.cos(network.direction[i])
    s += (np.asarray(eta)[inside] - network.y0[i]) * np.sin(network.direction[i])
    place = s / network.step[i]
    k = np.clip(place.astype(np.int64), 0, np.diff(network.first_node)[i] - 2)
    u, node = place - k, network.first_node[i] + k
    breadth = (1.0 - u) * network.breadth[node] + u * network.breadth[node + 1]
    slope = (network.offset[node + 1] - network.offset[node]) / network.step[i]
    width[inside] = leads.opening[i] * breadth / np.hypot(1.0, slope)
    return width


def greatest_widths(leads: LeadsAt) -> np.ndarray:
    """Return how wide each lead is at its widest [m], 0 if it is shut: (leads,), float64.

    Square to the middle line, as ``lead_width``, at the nodes.
    """
    network = leads.network
    first, last = network.first_node[:-1], network.first_node[1:] - 1
    rise = np.diff(network.offset, append=0.0)
    rise[last] = rise[last - 1]
    slope = rise / np.repeat(network.step, np.diff(network.first_node))
    return leads.opening * np.maximum.reduceat(network.breadth / np.hypot(1.0, slope), first)


def outlines(leads: LeadsAt) -> np.ndarray:
    """Return the leads' outlines in the drift frame: (leads,), shapely polygons, empty if shut."""
    network = leads.network
    count = np.diff(network.first_node)
    lead = np.repeat(np.arange(count.size), count)
    k = np.arange(lead.size) - network.first_node[lead]
    s, half = k * network.step[lead], 0.5 * leads.opening[lead] * network.breadth
    cosine, sine = np.cos(network.direction)[lead], np.sin(network.direction)[lead]
    # A ring runs along the right side and back along the left one.
    ring, corner = np.repeat(np.arange(count.size), 2 * count), np.empty((2 * lead.size, 2))
    for n, place in ((network.offset - half, k), (network.offset + half, 2 * count[lead] - 1 - k)):
        place = place + 2 * network.first_node[lead]
        corner[place, 0] = network.x0[lead] + s * cosine - n * sine
        corner[place, 1] = network.y0[lead] + s * sine + n * cosine
    polygons = np.asarray(shapely.polygons(shapely.linearrings(corner, indices=ring)))
    polygons[leads.opening == 0.0] = shapely.Polygon()
    return polygons


def _for_kernels(leads: LeadsAt) -> tuple:
    """Return the leads as all kernels take them."""
    network = leads.network
    return (
        leads.rows,
        network.first_node,
        network.offset,
        network.breadth,
        leads.cell_first,
        leads.cell_lead,
        (INDEX_CELL, *network.index_origin, *network.index_shape),
    )
