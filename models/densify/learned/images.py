"""Scattered cells as an image of the size that the network knows, and back."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from ..kriging import spacing
from .worlds import CELL_SIZE

#: Neighbours by which the directions of a grid are found, and how far they may be [spacings].
NEIGHBOURS, NEAR = 4, 1.2
#: A node further than this from all cells is no part of the image [nodes].
BESIDE = 0.75


class Image(NamedTuple):
    """Where cells lie on an image."""

    shape: tuple[int, int]
    row: np.ndarray  #: (cells,) float64, fractional
    column: np.ndarray
    coarser: bool  #: than the cells: several of them make a node


def image_of(x: np.ndarray, y: np.ndarray) -> Image:
    """Return the image, along the rows of a grid, on which its cells lie.

    Parameters
    ----------
    x, y : array (cells,), float64 [m]
        In any order, and with gaps.
    """
    places = np.stack([x, y], axis=-1)
    step = spacing(places)
    size = max(step, CELL_SIZE)
    turn = np.exp(-1j * _direction(places, step))
    turned = (x + 1j * y) * turn
    row, column = (_from_first(values / size) for values in (turned.imag, turned.real))
    shape = (int(np.rint(row.max())) + 1, int(np.rint(column.max())) + 1)
    return Image(shape, row, column, size > 1.25 * step)


def put(image: Image, values: np.ndarray) -> np.ndarray:
    """Return values (cells, ...) on the nodes of an image (rows, columns, ...), nan beside them.

    Nodes coarser than cells have the mean of what lies about them.
    """
    rest = values.shape[1:]
    nodes = image.shape[0] * image.shape[1]
    if image.coarser:
        node = np.rint(image.row).astype(np.int64) * image.shape[1] + np.rint(image.column).astype(
            np.int64
        )
        flat = values.reshape(values.shape[0], -1).astype(np.float64)
        known = np.isfinite(flat)
        total = [np.bincount(node[k], c[k], nodes) for c, k in zip(flat.T, known.T, strict=True)]
        held = [np.bincount(node[k], minlength=nodes) for k in known.T]
        with np.errstate(invalid="ignore"):
            whole = np.stack([t / h for t, h in zip(total, held, strict=True)], axis=-1)
        return whole.reshape(*image.shape, *rest)
    tree = cKDTree(np.stack([image.row, image.column], axis=-1))
    where = np.stack(np.meshgrid(*map(np.arange, image.shape), indexing="ij"), axis=-1)
    distance, nearest = tree.query(where.reshape(-1, 2), distance_upper_bound=BESIDE)
    whole = np.full((nodes, *rest), np.nan)
    found = np.isfinite(distance)
    whole[found] = values[nearest[found]]
    return whole.reshape(*image.shape, *rest)


def put_backscatter(image: Image, values: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return covariates (cells, c) on the nodes of an image as if nodes had been looked at.

    Backscatter is averaged as power, and what differs between the cells of a node is texture too.
    """
    if not image.coarser:
        return put(image, values)
    named = dict(zip(names, values.T.astype(np.float64), strict=True))
    whole = {}
    for kind in ("hv", "hh"):
        power = 10.0 ** (named[f"sigma0_{kind}_db"] / 10.0)
        square = power**2 * (1.0 + named[f"texture_{kind}"] ** 2)
        mean, second = put(image, power), put(image, square)
        whole[f"sigma0_{kind}_db"] = 10.0 * np.log10(mean)
        whole[f"texture_{kind}"] = np.sqrt(np.maximum(second / mean**2 - 1.0, 0.0))
    whole["hv_over_hh"] = 10.0 ** ((whole["sigma0_hv_db"] - whole["sigma0_hh_db"]) / 10.0)
    return np.stack([whole[name] for name in names], axis=-1)


def take(image: Image, whole: np.ndarray) -> np.ndarray:
    """Return the values (cells, ...) of an image's nodes (rows, columns, ...) at the cells."""
    if not image.coarser:
        return np.asarray(whole[np.rint(image.row).astype(int), np.rint(image.column).astype(int)])
    flat = whole.reshape(*image.shape, -1)
    at = [
        map_coordinates(flat[..., i], [image.row, image.column], order=1, mode="nearest")
        for i in range(flat.shape[-1])
    ]
    return np.stack(at, axis=-1).reshape(-1, *whole.shape[2:])


def _direction(places: np.ndarray, step: float) -> float:
    """Return the angle between the plane's axes and a grid's, -45 to 45 degree [radian]."""
    some = places[:: max(1, places.shape[0] // 500)]
    count = min(NEIGHBOURS + 1, places.shape[0])
    distance, near = cKDTree(places).query(some, k=count)
    apart = (places[near] - some[:, None])[(distance > 0.0) & (distance < NEAR * step)]
    # A grid turned by a quarter is the same grid: angles are averaged times four.
    angles = np.arctan2(apart[:, 1], apart[:, 0])
    return float(np.angle(np.exp(4j * angles).sum()) / 4.0)


def _from_first(position: np.ndarray) -> np.ndarray:
    """Return positions of which most are near whole numbers, from 0."""
    phase = np.angle(np.exp(2j * np.pi * position).sum()) / (2.0 * np.pi)
    shifted = position - phase
    return np.asarray(shifted - np.rint(shifted.min()))
