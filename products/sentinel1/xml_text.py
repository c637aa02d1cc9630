"""XML as the Sentinel-1 processor lays it out, from nested dictionaries.

An element's content is a mapping (its children), a list (children called as the list is, with a
``count``), an array (its numbers, with a ``count``), or one value.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def to_xml(tag: str, content: Mapping[str, Any]) -> bytes:
    """Return a whole file with the root ``tag``.

    >>> print(to_xml("product", {"orbitList": [{"frame": "Earth Fixed"}]}).decode())
    <?xml version="1.0" encoding="UTF-8"?>
    <product>
      <orbitList count="1">
        <orbit>
          <frame>Earth Fixed</frame>
        </orbit>
      </orbitList>
    </product>
    <BLANKLINE>
    """
    return (DECLARATION + "".join(_lines(tag, content, ""))).encode()


def time_text(time: np.datetime64) -> str:
    """Return a time as the files say it: to the microsecond, without a zone."""
    return str(time.astype("datetime64[us]"))


def _lines(tag: str, content: Any, indent: str) -> Iterator[str]:
    inner = indent + "  "
    if isinstance(content, Mapping):
        yield f"{indent}<{tag}>\n"
        for name, value in content.items():
            yield from _lines(name, value, inner)
        yield f"{indent}</{tag}>\n"
    elif isinstance(content, list):
        yield f'{indent}<{tag} count="{len(content)}">\n'
        for value in content:
            yield from _lines(tag.removesuffix("List"), value, inner)
        yield f"{indent}</{tag}>\n"
    elif isinstance(content, np.ndarray):
        yield f'{indent}<{tag} count="{content.size}">{_numbers(content)}</{tag}>\n'
    else:
        yield f"{indent}<{tag}>{_value(content)}</{tag}>\n"


def _numbers(values: np.ndarray) -> str:
    """Return an array's numbers: single precision in seven digits, double in sixteen."""
    if values.dtype.kind == "c":
        values = values.view(values.real.dtype)
    if values.dtype.kind == "i":
        return " ".join(map(str, values.tolist()))
    pattern = "%.6e" if values.dtype == np.float32 else "%.15e"
    return " ".join([pattern % value for value in values.tolist()])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, np.datetime64):
        return time_text(value)
    if isinstance(value, float):
        return f"{value:.15e}"
    return escape(str(value))
