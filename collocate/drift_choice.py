"""Where the motion between altimeter and SAR is taken from, as names of files.

A drift is a function made from open files; it cannot be handed to another process.  What it is
made of can, and each scene needs only what was measured around its own time.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..drift.displacement import Drift, constant_displacement, no_drift, product_drift
from ..drift.field import combined_drift, pair_drift
from ..products.recognise import NotAProduct, identify, open_product
from .archive import find_products
from .output import Stamp, stamp
from .pair import Source

PRODUCT_KINDS = ("osi405", "nsidc0116")

#: Drift this long before and after a scene still bears on it: no interval that is merged with
#: others is stretched by more.
MARGIN = np.timedelta64(3 * 86_400, "s")

#: Neither before nor after anything.
NEVER = np.datetime64("NaT", "ns")


class TimedFile(NamedTuple):
    """A file of drift, and the time it tells of."""

    path: Path
    begin: np.datetime64
    end: np.datetime64


class DriftChoice(NamedTuple):
    """What the user asked for."""

    auto: bool  #: whether pairs of the scenes at hand are to be followed
    vectors: tuple[TimedFile, ...]
    products: tuple[TimedFile, ...]
    displacement: tuple[float, float] | None  #: along the axes of the plane [m]
    description: str  #: of all but the pairs, "none" where there is nothing else

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that were named."""
        return tuple(file.path for file in (*self.vectors, *self.products))


class DriftFiles(NamedTuple):
    """What the drift around one scene is made of."""

    pairs: tuple[Path, ...]  #: vectors of pairs of scenes
    vectors: tuple[Path, ...]
    products: tuple[Path, ...]
    displacement: tuple[float, float] | None
    description: str

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that were named."""
        return (*self.vectors, *self.products)


def choose_drift(text: str) -> DriftChoice:
    """Return the drift that words name.

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
        return _named(rest or "none")._replace(auto=True)
    return _named(text)


def files_around(choice: DriftChoice, begin: np.datetime64, end: np.datetime64) -> DriftFiles:
    """Return what of the files that were named bears on the time from ``begin`` to ``end``."""
    vectors, products = (
        tuple(f.path for f in files if f.begin <= end + MARGIN and f.end >= begin - MARGIN)
        for files in (choice.vectors, choice.products)
    )
    return DriftFiles((), vectors, products, choice.displacement, choice.description)


def in_words(choice: DriftChoice, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a drift in words, given the ids of the pairs of scenes that showed motion."""
    if not choice.auto:
        return choice.description
    words = ["auto", *(f"{first} to {second}" for first, second in pairs)]
    return "; ".join(words + [choice.description] * (choice.description != "none"))


def open_source(files: DriftFiles) -> Source:
    """Return files as one drift: merged by their covariances where there is more than one."""
    return _open_source(files, tuple(stamp(path) for path in (*files.pairs, *files.inputs)))


@lru_cache(maxsize=4)
def _open_source(files: DriftFiles, stamps: tuple[Stamp, ...]) -> Source:
    """Do so; the stamps are there to tell apart files that changed under the same name."""
    drifts: dict[str, Drift] = {}
    if files.pairs:
        drifts["pair"] = pair_drift([open_product(path) for path in files.pairs])
    if files.vectors:
        drifts["vectors"] = pair_drift([open_product(path) for path in files.vectors])
    if files.products:
        drifts["product"] = product_drift([open_product(path) for path in files.products])
    if files.displacement is not None:
        drifts["displacement"] = constant_displacement(*files.displacement)
    parts = list(drifts.values())
    drift = combined_drift(parts) if len(parts) > 1 else [*parts, no_drift()][0]
    return Source(drift, files.description, tuple(drifts), files.inputs)


def _named(text: str) -> DriftChoice:
    """Return the drift that a path, a displacement or "none" names."""
    if text == "none":
        return DriftChoice(False, (), (), None, "none")
    path = Path(text)
    if path.exists():
        return _of_path(path)
    try:
        dx, dy = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            f"drift {text!r} is neither an existing file or folder, nor a displacement DX,DY "
            "in metres, nor none; auto may stand before it"
        ) from error
    return DriftChoice(False, (), (), (dx, dy), f"displacement {dx:g},{dy:g} m")


def _of_path(path: Path) -> DriftChoice:
    """Return the drifts of a product, a file of vectors, or a folder of them."""
    files = [path] if path.is_file() else find_products(path)
    kinds = {file: _kind(file) for file in files}
    products = tuple(_timed(file) for file in files if kinds[file] in PRODUCT_KINDS)
    vectors = tuple(_timed(file) for file in files if kinds[file] == "vectors")
    names = ["vectors"] * bool(vectors) + ["product"] * bool(products)
    if not names:
        raise ValueError(
            f"{path}: no ice drift product (OSI-405-c or NSIDC-0116) and no vectors of iceco drift"
        )
    return DriftChoice(False, vectors, products, None, f"{' and '.join(names)} {path.name}")


def _timed(path: Path) -> TimedFile:
    with open_product(path) as drift:
        begin, end = (drift[name].values.ravel() for name in ("start_time", "stop_time"))
    begin, end = begin[~np.isnat(begin)], end[~np.isnat(end)]
    if begin.size == 0 or end.size == 0:
        return TimedFile(path.absolute(), NEVER, NEVER)
    return TimedFile(path.absolute(), begin.min(), end.max())


def _kind(path: Path) -> str | None:
    """Return what a file holds, None where it is nothing that iceco reads."""
    try:
        return identify(path)
    except NotAProduct:
        return None
