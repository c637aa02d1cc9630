"""The documentation: it builds without a warning and without a network, and its links hold."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from documentation import DOCS, PAGES, anchors, links
from typer.main import get_command

from iceco.cli.app import app

pytest.importorskip("sphinx")

#: What a page loads when it is opened.
LOADED = re.compile(r'<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="(https?:)?//')


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The pages as HTML, every warning an error, every reference resolved."""
    out = tmp_path_factory.mktemp("site")
    words = ["-b", "html", "-W", "--keep-going", "-n", "-q", "-d", out / ".doctrees", DOCS, out]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


def test_every_page_is_built_and_has_a_title(site):
    for page in PAGES:
        html = (site / f"{page.stem}.html").read_text()
        assert "<h1>" in html, page.name


def test_pages_load_nothing_from_elsewhere(site):
    for page in site.glob("*.html"):
        assert not LOADED.search(page.read_text()), page.name


def test_equations_are_drawn_by_the_browser_itself(site):
    html = (site / "science.html").read_text()
    assert html.count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"') >= 15
    assert "$$" not in html
    assert "merror" not in html


def test_every_command_and_every_option_is_in_the_reference(site):
    html = (site / "commands.html").read_text()
    for name, command in get_command(app).commands.items():
        assert f'id="iceco-{name}"' in html
        section = html.split(f'id="iceco-{name}"')[1].split("<section")[0]
        for parameter in command.params:
            for option in (o for o in parameter.opts if o.startswith("--")):
                assert option.lstrip("-") in section, f"{name} {option}"


def test_what_is_called_public_is_described(site):
    asked = re.findall(r"auto(?:function|class|exception):: (\S+)", (DOCS / "api.md").read_text())
    html = (site / "api.html").read_text()
    assert len(asked) > 50
    assert [name for name in asked if f'id="{name}"' not in html] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_hold_where_pages_are_read_as_plain_markdown(page):
    for link in links(page):
        target, _, anchor = link.partition("#")
        if target.startswith(("http://", "https://")):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.is_file(), f"{page.name}: {link}"
        if anchor and page.stem != "commands":
            assert anchor in anchors(path), f"{page.name}: {link}"


def test_every_figure_is_shown_on_some_page():
    shown = {Path(link).name for page in PAGES for link in links(page)}
    drawn = {path.name for path in (DOCS / "figures").iterdir()}
    assert drawn <= shown
