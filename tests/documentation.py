"""The pages of the documentation as their readers see them: blocks of code, commands, links."""

import re
import shlex
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import iceco
from iceco.cli.app import main

ROOT = Path(iceco.__file__).parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TUTORIAL = DOCS / "tutorial.md"

FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A block of code on a page."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    found = FENCE.findall(page.read_text())
    return [Block(language, dedent(text)) for _, language, text in found]


def of_language(page: Path, language: str) -> list[str]:
    return [block.text for block in blocks(page) if block.language == language]


def lines(text: str) -> list[str]:
    """Return the lines of a shell block, those that end with a backslash joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [line.strip() for line in joined.splitlines() if line.strip()]


def commands(text: str) -> list[list[str]]:
    """Return the words of every line that begins with iceco, without comments and pipes."""
    found = []
    for line in lines(text):
        if line.split()[0] == "iceco":
            words = shlex.split(line, comments=True)
            ends = [i for i, word in enumerate(words) if word in ("|", ">", "&&")]
            found.append(words[: min(ends, default=len(words))])
    return found


def expanded(words: list[str]) -> list[str]:
    """Return words as a shell hands them on: patterns become the names of files that are there."""
    out = []
    for word in words:
        pattern = any(sign in word for sign in "*?[")
        names = sorted(map(str, Path().glob(word))) if pattern else [word]
        assert names, f"nothing is called {word}"
        out.extend(names)
    return out


def run_command(words: list[str], monkeypatch) -> None:
    """Run a command as a shell in this folder would; it must end well."""
    monkeypatch.setattr(sys, "argv", expanded(words))
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, " ".join(words)


def links(page: Path) -> list[str]:
    """Return what a page links to, pictures too, without its code."""
    return LINK.findall(FENCE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """Return the names by which a page's headings can be linked to, as forges make them."""
    text = FENCE.sub("", page.read_text())
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-")
        for heading in HEADING.findall(text)
    } | set(re.findall(r"^\((\S+)\)=$", text, re.MULTILINE))
