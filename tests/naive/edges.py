"""Edges of leads moved, pixel by pixel, as the words say it."""

import numpy as np


def move_edges(probability, level, threshold, lead_reach, ice_reach, least_ratio):
    """Return probability with the edges of leads moved by up to a pixel."""
    moved = probability.copy()
    for i, j in np.ndindex(probability.shape):

        def around(reach, i=i, j=j):
            square = np.s_[max(0, i - reach) : i + reach + 1, max(0, j - reach) : j + reach + 1]
            return probability[square], level[square]

        touched, _ = around(1)
        if np.isnan(probability[i, j]) or not (touched >= threshold).any():
            continue
        near, near_level = around(ice_reach)
        ice = near_level[near < 0.5 * threshold].astype(float)
        near, near_level = around(lead_reach)
        lead = near_level[near >= threshold].astype(float)
        if ice.size == 0:
            continue
        darker = lead.mean() < ice.mean()
        beyond = lead[lead <= lead.mean()] if darker else lead[lead > lead.mean()]
        lead_level = beyond.mean() if beyond.size else lead.mean()
        if ice.mean() / least_ratio < lead_level < ice.mean() * least_ratio:
            continue
        share = (level[i, j] - ice.mean()) / (lead_level - ice.mean())
        highest = np.nanmax(np.where(touched >= threshold, touched, np.nan))
        if share >= 0.5:
            moved[i, j] = highest
        elif probability[i, j] >= threshold:
            moved[i, j] = highest * max(share, 0.0)
    return moved
