"""A map from observations: by a method asked for, or by that which foresees them best."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .cross_validation import Residuals, Score, calibrated, clearly_worse, residuals, score
from .fields import Cells, Field, Method, Points, select
from .methods import METHODS, NETWORK, PREFERRED, WITHOUT_IMAGE, methods_on


class Mapped(NamedTuple):
    """Freeboard of cells, and how it came about."""

    field: Field
    method: str  #: that was used
    without_image: np.ndarray  #: (cells,) bool: interpolated, for want of an image there
    scores: dict[str, Score]  #: of every method that was tried, on observations held out


class Tried(NamedTuple):
    """Methods, and how well they foresee observations held out."""

    residuals: dict[str, Residuals]
    scores: dict[str, Score]
    best: str  #: that which "auto" takes
    beside: Field | None  #: of cells that no scene saw, from points alone, where one needs an image
    methods: Mapping[str, Method]


def try_methods(
    points: Points, cells: Cells, method: str = "auto", model: Path | None = None
) -> Tried:
    """Return how well methods foresee observations held out.

    Parameters
    ----------
    points : Points
    cells : Cells
    method : str
        One of ``METHODS``, or "auto" for all that fit what is there.  The best is the one with
        the smallest CRPS on stretches of track that it has not seen, or the first of
        ``PREFERRED`` that is not clearly worse; the network only where it is the best.
    model : Path, optional
        Folder of a network; by default that which comes with iceco.

    Raises
    ------
    ValueError
        If the method is unknown, needs scenes where there are none, or the observations are too
        few.
    """
    seen = _part(cells, _sighted(cells))
    # A model is opened only if it is wanted.
    methods = methods_on(seen, model) if method in ("auto", NETWORK) else METHODS
    names = candidates(points, cells, method, methods)
    sighted = _sighted(points)
    # All are judged by the same observations: those that the scenes saw, where scenes count.
    judged = (select(points, sighted), seen) if sighted.any() else (points, cells)
    found = {name: residuals(methods[name], *judged) for name in names}
    scores = {name: score(values) for name, values in found.items()}
    unseen = _part(cells, ~_sighted(cells))
    blind = not unseen.x.size or set(names) <= set(WITHOUT_IMAGE)
    beside = None if blind else _interpolated(points, unseen)
    return Tried(found, scores, _best(found, scores), beside, methods)


def map_by(points: Points, cells: Cells, tried: Tried, method: str) -> Mapped:
    """Return the freeboard of cells by a method among those tried on the same points and cells.

    Cells that no scene saw are interpolated from the points alone.
    """
    found = tried.residuals[method]
    if method in WITHOUT_IMAGE:
        field = calibrated(tried.methods[method](points, cells), found)
        return Mapped(field, method, np.zeros(cells.x.size, dtype=bool), tried.scores)
    seen = _sighted(cells)
    field = _empty(cells.x.size)
    by_image = tried.methods[method](select(points, _sighted(points)), _part(cells, seen))
    _put(field, seen, calibrated(by_image, found))
    if tried.beside is not None:
        _put(field, ~seen, tried.beside)
    return Mapped(field, method, ~seen, tried.scores)


def map_freeboard(
    points: Points, cells: Cells, method: str = "auto", model: Path | None = None
) -> Mapped:
    """Return the freeboard of cells by a method, or by the best: see ``try_methods``."""
    tried = try_methods(points, cells, method, model)
    return map_by(points, cells, tried, tried.best)


def candidates(
    points: Points, cells: Cells, method: str, methods: Iterable[str] = METHODS
) -> list[str]:
    """Return the methods to try: one, or for "auto" all that fit what is there."""
    imaged = bool(_sighted(points).any())
    if method == "auto":
        return [name for name in methods if imaged or name in WITHOUT_IMAGE]
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}; use auto or one of {', '.join(METHODS)}")
    if method not in WITHOUT_IMAGE and not imaged:
        raise ValueError(
            f"the method {method} needs SAR scenes that see some of the observations; name scenes "
            "with --scenes, or use --method oi"
        )
    if method not in methods:
        raise ValueError(
            f"the cells are too wide for the method {method}; use a --resolution of 2km or finer, "
            "or another method"
        )
    return [method]


def _best(found: dict[str, Residuals], scores: dict[str, Score]) -> str:
    """Return the network if it is the best; else the first method in order of preference ...

    ... that is not clearly worse than the best.
    """
    least = min(scores, key=lambda name: scores[name].crps)
    if least == NETWORK:
        return NETWORK
    order = sorted(set(found) - {NETWORK}, key=PREFERRED.index)
    return next(name for name in order if not clearly_worse(found[name], found[least]))


def _sighted(places: Points | Cells) -> np.ndarray:
    """Return which places have all covariates, of which there are some."""
    covariates = places.covariates
    return np.asarray(np.isfinite(covariates).all(axis=1) & (covariates.shape[1] > 0))


def _part(cells: Cells, which: np.ndarray) -> Cells:
    return cells._replace(
        x=cells.x[which], y=cells.y[which], covariates=cells.covariates[which],
        lead_probability=cells.lead_probability[which],
    )  # fmt: skip


def _interpolated(points: Points, cells: Cells) -> Field:
    """Return the freeboard of cells from points alone."""
    method = METHODS["oi"]
    return calibrated(method(points, cells), residuals(method, points, cells))


def _empty(size: int) -> Field:
    return Field(
        np.full(size, np.nan, np.float32), np.full(size, np.nan, np.float32),
        np.full((5, size), np.nan, np.float32),
    )  # fmt: skip


def _put(field: Field, which: np.ndarray, part: Field) -> None:
    field.mean[which] = part.mean
    field.sigma[which] = part.sigma
    field.quantiles[:, which] = part.quantiles
