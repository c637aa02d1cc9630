"""From what a user names (files, folders, STAC items, catalogues) to catalogue rows."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from ..products.recognise import NotAProduct, identify
from .catalogue import (
    Catalogue,
    Failure,
    absolute_path,
    empty_entries,
    entries_of,
    read_entries,
)
from .stac import is_json, products_named_in


class Named(NamedTuple):
    """What some paths come to, before any product is opened."""

    catalogues: list[Path]
    products: list[Path]  #: must be readable
    found: list[Path]  #: below folders: need not be
    failures: list[Failure]


def gather(
    paths: Iterable[Path], progress: Callable[[int, int], None] = lambda done, total: None
) -> Catalogue:
    """Return the tracks and scenes among products, in folders, STAC items and catalogues.

    Parameters
    ----------
    paths : iterable of Path
        A product named itself must be readable; below a folder, or named by a STAC item, what
        cannot be read is among the failures, and what is no product at all (a text, a picture)
        is passed over.  STAC items are JSON files (``collocate.stac``), named or below a folder;
        catalogues are read where they are named.  What is named twice counts once.
    progress : function of (files done, files in all)

    Raises
    ------
    ValueError
        If a path does not exist, or a product, catalogue or STAC item that is named itself
        cannot be read.
    """
    named = _sort_out(paths)
    parts = [read_entries(path) for path in named.catalogues]
    failures = list(named.failures)
    total = len(named.products) + len(named.found)
    for done, path in enumerate(named.products):
        progress(done, total)
        parts.append(entries_of(path))
    for done, path in enumerate(named.found, start=len(named.products)):
        progress(done, total)
        try:
            parts.append(entries_of(path))
        except NotAProduct:
            continue
        except ValueError as error:
            failures.append(Failure(str(path), str(error)))
    progress(total, total)
    parts = [part for part in parts if len(part)]
    return Catalogue(_each_once(parts) if parts else empty_entries(), failures)


def find_products(folder: Path) -> list[Path]:
    """Return the files below a folder, in order; a product that is a folder counts as one."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not is_product(path):
            found.extend(find_products(path))
        else:
            found.append(path)
    return found


def is_product(folder: Path) -> bool:
    """Tell whether a folder is one product (SAFE, SEN3), not a folder of products."""
    try:
        identify(folder)
    except NotAProduct:
        return False
    return True


def is_listing(path: Path) -> bool:
    """Tell whether a path names products and is none: a folder, STAC items, a catalogue."""
    return path.suffix == ".parquet" or is_json(path) or (path.is_dir() and not is_product(path))


def _sort_out(paths: Iterable[Path]) -> Named:
    named = Named([], [], [], [])
    for path in paths:
        if path.suffix == ".parquet":
            named.catalogues.append(path)
        elif is_json(path):
            named.found.extend(products_named_in(path))
        elif path.is_dir() and not is_product(path):
            _search(path, named)
        else:
            named.products.append(path)
    return named


def _search(folder: Path, named: Named) -> None:
    """Add what lies below a folder, and what STAC items there name."""
    for path in find_products(folder):
        if not is_json(path):
            named.found.append(path)
            continue
        try:
            named.found.extend(products_named_in(path))
        except NotAProduct:
            continue
        except ValueError as error:
            named.failures.append(Failure(str(path), str(error)))


def _each_once(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    entries = pd.concat(parts, ignore_index=True)
    places = entries["path"].map(absolute_path)
    again = pd.DataFrame({"path": places, "crs": entries["crs"]}).duplicated()
    return entries[~again].reset_index(drop=True)
