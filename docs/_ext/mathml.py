"""Equations as MathML, which browsers draw by themselves: no script, no network, no fonts."""

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number


def setup(app: Sphinx) -> dict[str, Any]:
    """Give Sphinx the renderer ``mathml``."""
    app.add_html_math_renderer("mathml", (in_line, None), (displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def in_line(writer: Any, node: nodes.math) -> None:
    """Write an equation within a sentence."""
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def displayed(writer: Any, node: nodes.math_block) -> None:
    """Write an equation on a line of its own, with its number if it has a label."""
    name = f' id="{node["ids"][0]}"' if node["ids"] else ""
    number = f'<span class="number">({get_node_equation_number(writer, node)})</span>'
    writer.body.append(
        f'<div class="equation"{name}>{convert(node.astext(), display="block")}'
        f"{number if node.get('number') else ''}</div>\n"
    )
    raise nodes.SkipNode
