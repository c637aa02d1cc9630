"""Tables of the forms in which readers hand over data, written from the code that checks them."""

from collections.abc import Mapping
from typing import Any

from sphinx.application import Sphinx

from iceco.products.canonical import SCENE, SCENE_ATTRIBUTES, TRACK, TRACK_ATTRIBUTES
from iceco.products.canonical_swath import SWATH, SWATH_ATTRIBUTES
from iceco.products.canonical_vectors import VECTORS, VECTORS_ATTRIBUTES

PAGE = "forms"
FORMS = {
    "TRACK": (TRACK, TRACK_ATTRIBUTES),
    "SCENE": (SCENE, SCENE_ATTRIBUTES),
    "VECTORS": (VECTORS, VECTORS_ATTRIBUTES),
    "SWATH": (SWATH, SWATH_ATTRIBUTES),
}


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx read the page of forms with its tables on it."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_app: Sphinx, page: str, source: list[str]) -> None:
    if page != PAGE:
        return
    for name, (variables, attributes) in FORMS.items():
        source[0] = source[0].replace(f"`{name}` of the code.", _table(variables, attributes))


def _table(variables: Mapping[str, Mapping[str, str]], attributes: tuple[str, ...]) -> str:
    rows = [
        f"| `{name}` | {_unit(about)} | {_meaning(about)} |" for name, about in variables.items()
    ]
    told = ", ".join(f"`{name}`" for name in attributes)
    head = ["| variable | unit | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows, "", f"Attributes that are always there: {told}."])


def _unit(about: Mapping[str, str]) -> str:
    return about.get("units", "").replace("1", "")


def _meaning(about: Mapping[str, str]) -> str:
    words = about.get("long_name", "")
    if "flag_meanings" in about:
        pairs = zip(about["flag_values"].split(), about["flag_meanings"].split(), strict=True)
        words += ": " + ", ".join(f"{value} {word}" for value, word in pairs)
    return words
