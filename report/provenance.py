"""What a run was made from: inputs with checksums, options, versions, command lines."""

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from ..collocate.output import checksum
from ..collocate.progress import Watch
from ..products.netcdf import open_netcdf, text_attribute
from .find import Attempt, Holdings
from .parts import Note, Part, Section, Table
from .words import NONE, counted

#: Libraries on which figures depend.
LIBRARIES = ("iceco", "numpy", "scipy", "numba", "xarray", "pyproj", "torch", "scikit-learn",
             "matplotlib", "bokeh")  # fmt: skip
#: Checksums are taken again until so much was read [byte].
MOST_READ = 2 << 30
#: Most inputs that are listed.
MOST_LISTED = 2000
#: Attributes of iceco's own files that say how they were made.
TOLD = ("software", "iceco_version", "history", "leads", "model", "snow", "mean_sea_surface",
        "method", "method_asked_for", "window", "drift", "target_time", "cell_size_m",
        "freeboard_kind", "input", "input_sha256", "model_sha256")  # fmt: skip
#: Texts are cut after so many letters.
LONGEST = 600


class Input(NamedTuple):
    """A file that something was made from."""

    name: str
    sha256: str
    place: Path | None  #: where it still is


def inputs_of(held: Holdings) -> dict[str, Input]:
    """Return the products that collocations were made from, by their names as given."""
    known = {path.name: path for path in held.products}
    return {
        name: Input(name, digest, _still_there(name, dataset.path, known))
        for dataset in held.datasets
        for name, digest in _texts(dataset.summary.get("inputs"))
    }


def _lessons_of(held: Holdings) -> list[Input]:
    """Return the collocations that models learnt from."""
    known = {dataset.path.name: dataset.path for dataset in held.datasets}
    return [
        Input(name, digest, _still_there(name, model.path, known))
        for model in held.models
        for name, digest in _texts(model.card["data"].get("collocations"))
    ]


def _texts(table: Any) -> Iterator[tuple[str, str]]:
    if isinstance(table, Mapping):
        yield from ((str(name), str(value)) for name, value in table.items())


def _still_there(name: str, made: Path, known: Mapping[str, Path]) -> Path | None:
    """Return where an input is: where it was, from the folder of what was made, or by its name."""
    for place in (Path(name), made.parent / name):
        if place.exists():
            return place
    return known.get(Path(name).name)


def provenance_section(held: Holdings, watch: Watch, attempt: Attempt) -> Section:
    """Return tables of inputs, options and versions, and what could not be used."""
    parts: list[Part] = [_versions()]
    inputs = [*inputs_of(held).values(), *_lessons_of(held)]
    if inputs:
        with watch("checksums") as tell:
            states = list(_states(inputs, tell))
        parts.append(_input_table(inputs, states))
    parts += [_options(d.path, _run_options(d.summary), held) for d in held.datasets]
    parts += [_options(m.path, {**m.card["options"], "licence": m.card["licence"],
              "iceco_version": m.card["iceco_version"]}, held) for m in held.models]  # fmt: skip
    for kind in ("classified", "freeboard", "grid", "means"):
        for path in held.files[kind]:
            told = attempt(path, _attributes, path)
            parts += [_options(path, told, held)] if told else []
    return Section("provenance", "What it was made from", parts)


def troubles_section(held: Holdings) -> Section:
    """Return what could not be used, by this page and by the runs."""
    parts: list[Part] = []
    if held.troubles:
        parts.append(Table(
            ["file", "what is wrong"], [list(trouble) for trouble in held.troubles],
            "Files that this page could not use.", look="prose",
        ))  # fmt: skip
    for dataset in held.datasets:
        failures = dataset.summary.get("failures") or []
        if failures:
            rows = [[str(f.get("path", f)), str(f.get("reason", ""))] if isinstance(f, Mapping)
                    else [str(f), ""] for f in failures[:MOST_LISTED]]  # fmt: skip
            parts.append(Table(
                ["file", "why"], rows,
                f"Files that {held.name(dataset.path)} had to leave out.", look="prose",
            ))  # fmt: skip
    parts += [
        Note(
            f"{held.name(path)}: this run has not ended; start it again as before, and it goes on "
            "where it stopped.", "iceco collocate TRACKS --out "
            f"{held.name(path).removesuffix('.partial')}",
        )
        for path in held.unfinished
    ]  # fmt: skip
    return Section("troubles", "What could not be used", parts)


def _versions() -> Table:
    rows = [[name, _version(name)] for name in LIBRARIES]
    return Table(["library", "version"], rows, "Versions with which this page was made.",
                 folded="Versions")  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return NONE


def _states(inputs: list[Input], tell: Any) -> Iterator[str]:
    """Give for each input whether it is what it was."""
    read = 0
    for done, one in enumerate(inputs):
        tell(done, len(inputs))
        if one.place is None:
            yield "no longer there"
            continue
        read += _size(one.place)
        if read > MOST_READ:
            yield "not checked"
        else:
            yield "as it was" if checksum(one.place) == one.sha256 else "changed since"


def _size(path: Path) -> int:
    """Return how much is read for a checksum [byte]."""
    if path.is_file() or (path / "manifest.safe").is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _input_table(inputs: list[Input], states: list[str]) -> Table:
    rows = [
        [one.name, state, one.sha256]
        for one, state in zip(inputs[:MOST_LISTED], states, strict=False)
    ]
    changed = sum(state != "as it was" for state in states)
    told = "all of them as they were" if not changed else f"{changed} of them not as they were"
    caption = (
        "Files that collocations and models were made from, with their SHA-256; of a SAFE folder "
        "that of its manifest."
    )
    return Table(["input", "now", "SHA-256"], rows, caption, look="prose",
                 folded=f"{counted(len(inputs), 'input')} with checksums, {told}")  # fmt: skip


def _run_options(summary: Mapping[str, Any]) -> dict[str, Any]:
    names = ("iceco_version", "options", "leads", "drift", "candidate_pairs", "pairs_with_records",
             "records", "records_flagged", "plan")  # fmt: skip
    return {name: summary[name] for name in names if name in summary}


def _attributes(path: Path) -> dict[str, Any]:
    with open_netcdf(path) as dataset:
        told = {name: text_attribute(dataset, name) for name in TOLD}
    return {name: value for name, value in told.items() if value}


def _options(path: Path, told: Mapping[str, Any], held: Holdings) -> Table:
    rows = [[name, _cut(value)] for name, value in told.items()]
    name = held.name(path)
    return Table(["option", "value"], rows, f"How {name} was made, as it says itself.",
                 folded=name, look="prose")  # fmt: skip


def _cut(value: Any) -> str:
    words = value if isinstance(value, str) else json.dumps(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"
