"""What a folder holds of iceco's: found by walking it, told by content and not by name."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from ..collocate.output import FAILURES, SUMMARY
from ..collocate.progress import Progress, silent
from ..models.training.cards import CARD, read_card
from ..products.netcdf import open_netcdf, text_attribute
from ..products.recognise import NETCDF, NotAProduct, identify

#: Folders with these endings hold caches, which can be made again.
CACHES = (".examples", ".worlds")
#: That of a run of ``iceco collocate`` which has not ended.
UNFINISHED = ".partial"
#: That of the judgement of a grid beside it.
VALIDATION = ".validation"
SCORES = "scores.json"
#: Where a model's scores lie.
EVALUATION = "evaluation"
#: Scores are tables; a larger file is none [byte].
LARGEST_JSON = 64 << 20

#: What the titles of iceco's own NetCDF files begin with: what they are.
TITLES = {
    "Leads in altimeter echoes": "classified",
    "Sea-ice freeboard along an altimeter track": "freeboard",
    "Sea-ice freeboard on ": "grid",
    "Monthly means of sea-ice freeboard": "means",
    "Truth of a simulated sea-ice world": "truth",
}

#: What can be wrong with a file that is read: libraries do not agree on how they say so.
UNREADABLE = (ValueError, OSError, RuntimeError, LookupError, TypeError)


class Trouble(NamedTuple):
    """A file that could not be used, and why."""

    path: str
    reason: str


class Dataset(NamedTuple):
    """Collocations."""

    path: Path
    summary: dict[str, Any]


class Model(NamedTuple):
    """A trained model."""

    path: Path
    card: dict[str, Any]
    scores: dict[str, Any] | None  #: of its evaluation, else of its test as the card has them


class Validation(NamedTuple):
    """The judgement of a grid."""

    path: Path
    scores: dict[str, Any]


class Holdings(NamedTuple):
    """What a folder holds."""

    folder: Path
    products: dict[Path, str]  #: agency files and vectors, and their kinds
    datasets: list[Dataset]
    unfinished: list[Path]
    models: list[Model]
    validations: list[Validation]
    files: dict[str, list[Path]]  #: iceco's own NetCDF files by the values of ``TITLES``
    catalogues: list[Path]
    troubles: list[Trouble]

    def name(self, path: Path) -> str:
        """Return a path as it is called below the folder."""
        inside = path.is_relative_to(self.folder)
        return str(path.relative_to(self.folder) if inside else path)


def find(folder: Path, progress: Progress = silent) -> Holdings:
    """Return what a folder holds; what is damaged is among the troubles.

    Hidden files and caches are left out, links to folders are not followed.

    Raises
    ------
    ValueError
        If there is no such folder, or nothing in it is iceco's or of a kind that iceco reads.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder")
    held = Holdings(folder, {}, [], [], [], [], {kind: [] for kind in TITLES.values()}, [], [])
    for done, path in enumerate(_walk(folder)):
        progress(done, 0)
        try:
            _take(path, held)
        except UNREADABLE as error:
            held.troubles.append(Trouble(held.name(path), str(error)))
    if not any((*held[1:6], *held.files.values(), held.catalogues, held.troubles)):
        raise ValueError(
            f"{folder}: holds nothing that iceco made or reads; name the folder of a run"
        )
    return held


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object.

    Raises
    ------
    ValueError
        If it is none, damaged, or too large to be a table.
    """
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path}: is larger than {LARGEST_JSON >> 20} MiB, no file of iceco")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: is damaged ({error}); make it again") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: is damaged (no table of names and values); make it again")
    return content


def _walk(folder: Path) -> Iterator[Path]:
    """Give files, and folders that are one thing, in order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith(CACHES):
            continue
        if not path.is_dir() or _is_one_thing(path):
            yield path
        elif not path.is_symlink():
            yield from _walk(path)


def _is_one_thing(folder: Path) -> bool:
    if folder.suffix in (UNFINISHED, VALIDATION):
        return True
    if any((folder / name).exists() for name in (SUMMARY, CARD)):
        return True
    try:
        identify(folder)
    except NotAProduct:
        return False
    except ValueError:
        return True
    return True


def _take(path: Path, held: Holdings) -> None:
    """Add a file or folder to what it belongs to."""
    if path.is_dir():
        _take_folder(path, held)
    elif path.name == FAILURES or path.suffix in (".html", ".json", ".txt", ".png"):
        return
    elif (kind := _own_kind(path)) is not None:
        held.files[kind].append(path)
    elif _is_catalogue(path):
        held.catalogues.append(path)
    else:
        try:
            held.products[path] = identify(path)
        except NotAProduct:
            return


def _take_folder(path: Path, held: Holdings) -> None:
    if path.suffix == UNFINISHED:
        held.unfinished.append(path)
    elif (path / SUMMARY).exists():
        held.datasets.append(Dataset(path, read_json(path / SUMMARY)))
    elif (path / CARD).exists():
        card = read_card(path)
        tested = card["scores"].get("test")
        scores = _tried(path / EVALUATION / SCORES, held) or tested
        held.models.append(Model(path, card, scores))
    elif path.suffix == VALIDATION:
        held.validations.append(Validation(path, read_json(path / SCORES)))
    else:
        held.products[path] = identify(path)


def _tried(path: Path, held: Holdings) -> dict[str, Any] | None:
    """Return JSON that may be missing; what is damaged is among the troubles."""
    if not path.exists():
        return None
    try:
        return read_json(path)
    except UNREADABLE as error:
        held.troubles.append(Trouble(held.name(path), str(error)))
        return None


def _own_kind(path: Path) -> str | None:
    """Return which of iceco's own NetCDF files this is, None if none."""
    with path.open("rb") as file:
        if not file.read(4).startswith(NETCDF):
            return None
    with open_netcdf(path) as dataset:
        title = text_attribute(dataset, "title")
    return next((kind for begin, kind in TITLES.items() if title.startswith(begin)), None)


def _is_catalogue(path: Path) -> bool:
    if path.suffix != ".parquet":
        return False
    return {"footprint", "crs"} <= set(pq.read_schema(path).names)


#: How a section does what may fail: told what is read, the function, and what it is given.
Attempt = Callable[..., Any]


def attempts(held: Holdings) -> Attempt:
    """Return a function that calls another; a file that it cannot read joins the troubles."""

    def attempt(path: Path, read: Callable[..., Any], *given: Any) -> Any:
        try:
            return read(*given)
        except UNREADABLE as error:
            held.troubles.append(Trouble(held.name(path), str(error)))
            return None

    return attempt
