"""Edges of leads moved, pixel by pixel, as the words say it."""

import numpy as np


def move_edges(probability, level, lead, clear, lead_reach, ice_reach, least_ratio):
    """Return probability with the edges of leads moved by up to a pixel."""
    moved = probability.copy()
    for i, j in np.ndindex(probability.shape):

        def around(reach, i=i, j=j):
            square = np.s_[max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1]
            return probability[square], level[square]

        touched, _ = around(1)
        touches = (touched >= clear).any()
        if np.isnan(probability[i, j]) or not (probability[i, j] >= lead or touches):
            continue
        near, near_level = around(ice_reach)
        ice = near_level[near < 0.5 * lead].astype(float)
        near, near_level = around(lead_reach)
        water = near_level[near >= clear].astype(float)
        if ice.size == 0 or water.size == 0:
            continue
        darker = water.mean() < ice.mean()
        beyond = water[water <= water.mean()] if darker else water[water > water.mean()]
        water_level = beyond.mean() if beyond.size else water.mean()
        if ice.mean() / least_ratio < water_level < ice.mean() * least_ratio:
            continue
        share = (level[i, j] - ice.mean()) / (water_level - ice.mean())
        if share >= 0.5 and touches:
            moved[i, j] = np.nanmax(touched)
        elif share < 0.5 and probability[i, j] >= lead:
            moved[i, j] = probability[i, j] * max(share, 0.0)
    return moved
