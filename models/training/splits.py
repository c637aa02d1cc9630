"""Which examples train, which validate, and which test: never two that saw the same ice.

Records of one scene, of one pass or of one day share leads, weather and errors: they are one
block, and a block is of one part (Roberts et al. 2017, Ecography 40, 913-929).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

TRAINING, VALIDATION, TEST, UNUSED = 0, 1, 2, -1
PARTS = ("training", "validation", "test")

#: Random orders of the blocks that are tried; the one with the best balance is taken.
ORDERS = 64
#: A part that gets less than this share of the rows asked for it is no part.
LEAST_OF_SHARE = 0.25


class Box(NamedTuple):
    """A region [degree]; it crosses the date line if its west is east of its east."""

    west: float
    south: float
    east: float
    north: float


#: Regions to hold out: boxes in whole degrees within the seas' usual limits (assumed; they part
#: ice regimes, not waters).
REGIONS: dict[str, Box] = {
    "central arctic": Box(-180, 82, 180, 90),
    "beaufort sea": Box(-156, 69, -120, 82),
    "chukchi sea": Box(180, 66, -156, 82),
    "east siberian sea": Box(140, 69, 180, 82),
    "laptev sea": Box(100, 70, 140, 82),
    "kara sea": Box(55, 68, 100, 82),
    "barents sea": Box(16, 68, 55, 82),
    "greenland sea": Box(-30, 66, 16, 82),
    "canadian archipelago": Box(-120, 66, -80, 82),
    "baffin bay": Box(-80, 60, -45, 82),
    "weddell sea": Box(-62, -80, -15, -58),
    "ross sea": Box(160, -80, -130, -60),
}  # fmt: skip


def blocks(*keys: np.ndarray) -> np.ndarray:
    """Return blocks of rows: two rows are of one if a chain of shared ids joins them.

    Parameters
    ----------
    *keys : array (n,)
        Ids of each row: scenes, passes, days.  A missing one (None, nan, NaT) is shared with
        nobody.

    Returns
    -------
    array (n,), int64
        Numbers of the blocks, from 0 in the order in which they appear.
    """
    codes = [pd.factorize(np.asarray(key))[0].astype(np.int64) for key in keys]
    combined = codes[0]
    for code in codes[1:]:
        combined, _ = pd.factorize(combined * (code.max(initial=0) + 2) + code)
    group, first = pd.factorize(combined)
    rows = np.unique(group, return_index=True)[1]
    ends, offset = [], len(first)
    for code in codes:
        known = code[rows] >= 0
        ends.append(np.stack([np.flatnonzero(known), offset + code[rows][known]]))
        offset += code.max(initial=-1) + 1
    joined = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(joined.shape[1], dtype=bool), joined), shape=(offset, offset))
    component = connected_components(graph, directed=False)[1]
    return pd.factorize(component[group])[0].astype(np.int64)


def split(
    block: np.ndarray,
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15),
    seed: int = 0,
    held: np.ndarray | None = None,
) -> np.ndarray:
    """Return the part of each row: whole blocks, by chance, with the shares of rows asked for.

    Parameters
    ----------
    block : array (n,), int
    shares : (training, validation, test)
        Of the rows; they add up to 1.
    seed : int
    held : array (n,), bool, optional
        Rows that are the test part, whatever their block; other rows of their blocks are in no
        part, and the rest is divided between training and validation.

    Returns
    -------
    array (n,), int8
        ``TRAINING``, ``VALIDATION``, ``TEST``, or ``UNUSED``.

    Raises
    ------
    ValueError
        If the blocks cannot be divided so, or nothing or everything is held out.
    """
    wanted = np.asarray(shares, dtype=np.float64)
    if wanted.shape != (3,) or (wanted < 0).any() or abs(wanted.sum() - 1.0) > 1e-6:
        raise ValueError(f"three shares that add up to 1 are needed, got {shares}")
    if held is None:
        return _divide(np.asarray(block), wanted, seed)
    part = np.full(len(block), UNUSED, dtype=np.int8)
    free = ~np.isin(block, np.unique(block[held]))
    if not held.any() or not free.any():
        raise ValueError(f"{'everything' if held.any() else 'nothing'} is held out; choose others")
    part[held] = TEST
    wanted = wanted * (1, 1, 0)
    part[free] = _divide(block[free], wanted / wanted.sum(), seed)
    return part


def purged(part: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """Return parts of which no two share an id: rows of an id that is in several are in none.

    Where passes and scenes at midnight chain all days of an archive into one block, days alone
    can be split, and this takes out what they share:
    ``purged(split(blocks(day)), scene, track)``.

    Parameters
    ----------
    part : array (n,), int8
        As of ``split``.
    *keys : array (n,)
        Ids of each row, as of ``blocks``.

    Returns
    -------
    array (n,), int8
    """
    shared = np.zeros(len(part), dtype=bool)
    for key in keys:
        code = pd.factorize(np.asarray(key))[0]
        used = (part != UNUSED) & (code >= 0)
        seen = np.zeros((code.max(initial=0) + 1, len(PARTS)), dtype=bool)
        seen[code[used], part[used]] = True
        shared |= used & (seen.sum(axis=1) > 1)[code]
    return np.where(shared, UNUSED, part).astype(np.int8)


def held_out(
    time: np.ndarray,
    longitude: np.ndarray,
    latitude: np.ndarray,
    winters: Iterable[int] = (),
    regions: Iterable[str | Box] = (),
) -> np.ndarray:
    """Tell which rows are of some winters or regions, to be tested on alone.

    Parameters
    ----------
    time : array (n,), datetime64
    longitude, latitude : array (n,)
        [degree]
    winters : iterable of int
        The year in which each begins: in the north 2019 is July 2019 to June 2020, in the south
        the calendar year.
    regions : iterable of str or Box
        Names in ``REGIONS``, or boxes.

    Returns
    -------
    array (n,), bool

    Raises
    ------
    ValueError
        If a region has no such name.
    """
    month = np.asarray(time).astype("datetime64[M]").astype(np.int64)  # since January 1970
    winter = 1970 + (month - np.where(np.asarray(latitude) >= 0.0, 6, 0)) // 12
    mask = np.isin(winter, list(winters))
    for region in regions:
        if isinstance(region, str) and region not in REGIONS:
            raise ValueError(f"there is no region {region!r}; choose of {', '.join(REGIONS)}")
        mask |= _inside(REGIONS[region] if isinstance(region, str) else region, longitude, latitude)
    return mask


def _inside(box: Box, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    breadth = 360.0 if box.east - box.west >= 360.0 else (box.east - box.west) % 360.0
    east_of_west = (np.asarray(longitude) - box.west) % 360.0
    within = (box.south <= np.asarray(latitude)) & (np.asarray(latitude) <= box.north)
    return within & (east_of_west <= breadth)


def _divide(block: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    names, number, rows = np.unique(block, return_inverse=True, return_counts=True)
    wanted = np.flatnonzero(shares)
    if len(names) < len(wanted):
        raise ValueError(_undivided(rows, wanted))
    size = rows / rows.sum()
    random = np.random.default_rng(seed)
    orders = [random.permutation(len(size)) for _ in range(ORDERS)]
    orders.append(np.argsort(-size, kind="stable"))

    def wrong(part: np.ndarray) -> tuple[bool, float]:
        got = _got(part, size)
        too_little = bool((got < LEAST_OF_SHARE * shares).any())
        return too_little, float(np.abs(got - shares).max())

    part = min((_dealt(size, shares, order) for order in orders), key=wrong)
    if wrong(part)[0]:
        raise ValueError(_undivided(rows, wanted))
    return part[number]


def _dealt(size: np.ndarray, shares: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the part of each block: in some order, each to the part that lacks most."""
    lacks = shares.tolist()
    part = np.empty(len(size), dtype=np.int8)
    for block, share in zip(order.tolist(), size[order].tolist(), strict=True):
        poorest = lacks.index(max(lacks))
        part[block] = poorest
        lacks[poorest] -= share
    for empty in np.flatnonzero((shares > 0) & (np.bincount(part, minlength=3) == 0)):
        richest = np.flatnonzero(part == np.argmax(np.bincount(part)))
        part[richest[np.argmin(size[richest])]] = empty
    return part


def _got(part: np.ndarray, size: np.ndarray) -> np.ndarray:
    return np.bincount(part, weights=size, minlength=3)


def _undivided(rows: np.ndarray, wanted: np.ndarray) -> str:
    parts = " and ".join(PARTS[each] for each in wanted)
    return (
        f"the data cannot be divided into {parts}: they are {len(rows)} "
        f"block{'s' * (len(rows) != 1)} that share no scene, pass or day, the largest with "
        f"{rows.max(initial=0) / max(1, rows.sum()):.0%} of the rows; add data of other days"
    )
