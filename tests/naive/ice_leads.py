"""Jumps across leads, point by point and lead by lead, as the words say it."""

import numpy as np


def meet_leads(leads, xi, eta):
    """Return the youngest lead at points (n,) and the jump there, trying every lead."""
    youngest = np.full(xi.size, -1)
    jump = np.zeros((xi.size, 2))
    for i in range(xi.size):
        for k in range(leads.opening.size):
            inside, step = _jump(leads, k, xi[i], eta[i])
            jump[i] += step
            if inside and (
                youngest[i] < 0 or leads.network.opened[k] > leads.network.opened[youngest[i]]
            ):
                youngest[i] = k
    return youngest, jump[:, 0], jump[:, 1]


def _jump(leads, k, x, y):
    network = leads.network
    nodes = slice(network.first_node[k], network.first_node[k + 1])
    along = np.array([np.cos(network.direction[k]), np.sin(network.direction[k])])
    left = np.array([-along[1], along[0]])
    place = np.array([x - network.x0[k], y - network.y0[k]])
    s, n = place @ along, place @ left
    if not 0.0 < s < network.length[k]:
        return False, np.zeros(2)
    at = np.linspace(0.0, network.length[k], network.offset[nodes].size)
    line = np.interp(s, at, network.offset[nodes])
    width = leads.opening[k] * np.interp(s, at, network.breadth[nodes])
    beyond = max(abs(n - line) - width / 2, 0.0)
    if beyond >= network.reach[k]:
        return False, np.zeros(2)
    half = np.sign(n - line) / 2 if width == 0.0 else np.clip((n - line) / width, -0.5, 0.5)
    share = half * (1.0 - (beyond / network.reach[k]) ** 2) ** 2
    ends = 4.0 * (s / network.length[k]) * (1.0 - s / network.length[k])
    slip = leads.slip[k] * ends * share
    across = width * share + line - np.interp(s - slip, at, network.offset[nodes])
    return abs(n - line) < width / 2, slip * along + across * left
