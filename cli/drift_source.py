"""What ``--drift`` names: where the motion between altimeter and SAR is taken from."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from ..collocate.archive import find_products
from ..collocate.matching import match
from ..collocate.pair import Source
from ..collocate.scene_pairs import scene_pairs
from ..drift.displacement import Drift, constant_displacement, no_drift, product_drift
from ..drift.field import combined_drift, pair_drift
from ..drift.pair.vectors import track_pair
from ..products.canonical_vectors import usable
from ..products.recognise import NotAProduct, identify, open_product

PRODUCT_KINDS = ("osi405", "nsidc0116")


class TrackedPair(NamedTuple):
    """What became of a pair of scenes."""

    first: str
    second: str
    hours: float  #: between the two
    vectors: int  #: that can be used
    reason: str  #: why there are none, "" where there are


class Tracked(NamedTuple):
    """What "auto" did."""

    pairs: list[TrackedPair]
    without: list[str]  #: scenes that tracks meet of which no pair shows the motion


class Named(NamedTuple):
    """Drifts by the names that the output has for them, in words, and the files behind them."""

    drifts: dict[str, Drift]
    description: str
    inputs: tuple[Path, ...]


NOTHING = Named({}, "none", ())


def parse_drift(text: str) -> tuple[bool, Named]:
    """Return whether pairs of the scenes at hand are asked for, and the drift an option names.

    Parameters
    ----------
    text : str
        A path, one displacement "DX,DY" [m] or "none"; or "auto", with one of these after a
        comma for where no pair knows.

    Raises
    ------
    ValueError
        If it is none of these, or the path holds no drift.
    """
    auto, _, rest = text.partition(",")
    if auto == "auto":
        return True, _named(rest or "none")
    return False, _named(text)


def source_of(named: Named) -> Source:
    """Return named drifts as one: merged by their covariances where there is more than one."""
    drifts = list(named.drifts.values())
    drift = combined_drift(drifts) if len(drifts) > 1 else [*drifts, no_drift()][0]
    return Source(drift, named.description, tuple(named.drifts), named.inputs)


def auto_drift(
    tracks: gpd.GeoDataFrame,
    scenes: gpd.GeoDataFrame,
    max_lag: np.timedelta64,
    fallback: Named,
    progress: Callable[[int, int], None],
) -> tuple[Source, Tracked]:
    """Return the drift that pairs of the scenes at hand show, and what became of each pair.

    Each pair is tracked once.  The fallback is merged with what they show, each by its
    covariance, and stands alone where no pair knows.
    """
    pairs = scene_pairs(tracks, scenes, max_lag)
    told, vectors = [], []
    for done, (first, second) in enumerate(zip(*pairs, strict=True)):
        progress(done, pairs.first.size)
        pair, found = _track(scenes.iloc[first], scenes.iloc[second])
        told.append(pair)
        vectors += found
    progress(pairs.first.size, pairs.first.size)
    shown = {name for pair in told if pair.vectors for name in (pair.first, pair.second)}
    met = scenes["id"].iloc[np.unique(match(tracks, scenes, max_lag).scene)]
    used = sorted(set(scenes["path"].iloc[np.concatenate(pairs)]))
    words = ["auto", *(f"{pair.first} to {pair.second}" for pair in told if pair.vectors)]
    words += [fallback.description] if fallback.drifts else []
    drifts = ({"pair": pair_drift(vectors)} if vectors else {}) | fallback.drifts
    inputs = (*map(Path, used), *fallback.inputs)
    source = source_of(Named(drifts, "; ".join(words), inputs))
    return source, Tracked(told, [name for name in met if name not in shown])


def _track(first: pd.Series, second: pd.Series) -> tuple[TrackedPair, list[xr.Dataset]]:
    """Return what became of a pair of catalogue rows, and its vectors if it has any."""
    hours = (second["start_datetime"] - first["start_datetime"]).total_seconds() / 3600.0
    names = (first["id"], second["id"], hours)
    try:
        with open_product(first["path"]) as a, open_product(second["path"]) as b:
            vectors = track_pair(a, b, workers=os.cpu_count() or 1)
    except ValueError as error:
        return TrackedPair(*names, 0, str(error)), []
    count = int(usable(vectors).sum())
    if not count:
        return TrackedPair(*names, 0, "the ice of the one was not found in the other"), []
    return TrackedPair(*names, count, ""), [vectors]


def _named(text: str) -> Named:
    """Return the drift that a path, a displacement or "none" names."""
    if text == "none":
        return NOTHING
    path = Path(text)
    if path.exists():
        return _of_path(path)
    try:
        dx, dy = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            f"--drift {text!r} is neither an existing file or folder, nor a displacement DX,DY "
            "in metres, nor none; auto may stand before it"
        ) from error
    drift = constant_displacement(dx, dy)
    return Named({"displacement": drift}, f"displacement {dx:g},{dy:g} m", ())


def _of_path(path: Path) -> Named:
    """Return the drifts of a product, a file of vectors, or a folder of them."""
    files = [path] if path.is_file() else find_products(path)
    kinds = {file: _kind(file) for file in files}
    products = [open_product(file) for file in files if kinds[file] in PRODUCT_KINDS]
    vectors = [open_product(file) for file in files if kinds[file] == "vectors"]
    drifts: dict[str, Drift] = {}
    if vectors:
        drifts["vectors"] = pair_drift(vectors)
    if products:
        drifts["product"] = product_drift(products)
    if not drifts:
        raise ValueError(
            f"{path}: no ice drift product (OSI-405-c or NSIDC-0116) and no vectors of iceco drift"
        )
    used = tuple(file for file in files if kinds[file] in (*PRODUCT_KINDS, "vectors"))
    return Named(drifts, f"{' and '.join(drifts)} {path.name}", used)


def _kind(path: Path) -> str | None:
    """Return what a file holds, None where it is nothing that iceco reads."""
    try:
        return identify(path)
    except NotAProduct:
        return None
