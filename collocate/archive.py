"""From what a user names (files, folders, catalogues) to catalogue rows."""

from collections.abc import Callable, Iterable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..products.recognise import NotAProduct, identify
from .catalogue import Catalogue, Failure, empty_entries, entries_of, read_entries


def gather(
    paths: Iterable[Path], progress: Callable[[int, int], None] = lambda done, total: None
) -> Catalogue:
    """Return the tracks and scenes among products, in folders and in catalogues.

    Parameters
    ----------
    paths : iterable of Path
        A product named itself must be readable; below a folder what cannot be read is among
        the failures, and what is no product at all (a text, a picture) is passed over.  What
        is named twice counts once.
    progress : function of (files done, files in all)

    Raises
    ------
    ValueError
        If a path does not exist, or a product named itself cannot be read.
    """
    parts: list[gpd.GeoDataFrame] = []
    failures: list[Failure] = []
    named, found = [], []
    for path in paths:
        if path.suffix == ".parquet":
            parts.append(read_entries(path))
        elif path.is_dir() and not is_product(path):
            found.extend(find_products(path))
        else:
            named.append(path)
    total = len(named) + len(found)
    for done, path in enumerate(named):
        progress(done, total)
        parts.append(entries_of(path))
    for done, path in enumerate(found, start=len(named)):
        progress(done, total)
        try:
            parts.append(entries_of(path))
        except NotAProduct:
            continue
        except ValueError as error:
            failures.append(Failure(str(path), str(error)))
    parts = [part for part in parts if len(part)]
    entries = pd.concat(parts, ignore_index=True) if parts else empty_entries()
    entries = entries.drop_duplicates(["path", "crs"], ignore_index=True)
    return Catalogue(entries, failures)


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
