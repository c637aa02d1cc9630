"""The examples of the documentation do what they say.

The tutorial is run as it stands on a smaller world.  Python on other pages runs in the folder that
it leaves behind, commands on other pages are parsed with all their options, for what they read lies
in archives.  Whatever is neither is marked as text.
"""

import re
import subprocess
import sys

import netCDF4
import pandas as pd
import pytest
from documentation import DOCS, PAGES, ROOT, TUTORIAL, blocks, commands, lines, of_language
from typer.main import get_command

from iceco.cli.app import app

#: Languages of blocks; directives of the documentation's builder stand in braces.
LANGUAGES = {"sh", "python", "text", "toml", "{toctree}", "{eval-rst}"}
#: What the lines of a shell block begin with, beside iceco.
OTHERS = ("make ", "pip install ", "python benchmarks/", "python docs/", "pytest ", "export ", "#")
WITH_PYTHON = [p for p in PAGES if p != TUTORIAL and of_language(p, "python")]
LINES = [
    (page.stem, words)
    for page in PAGES
    if page != TUTORIAL
    for text in of_language(page, "sh")
    for words in commands(text)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_is_of_a_kind_that_nobody_checks(page):
    for block in blocks(page):
        assert block.language in LANGUAGES, block.text
        if block.language == "sh":
            for line in lines(block.text):
                assert line.startswith(("iceco ", *OTHERS)), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_and_targets_that_are_named_exist(page):
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    told = re.findall(r"`([^`\n]+)`", page.read_text())
    for line in [*told, *(line for text in of_language(page, "sh") for line in lines(text))]:
        for script in re.findall(r"^(?:python|pytest) ((?:benchmarks|docs|tests)/\S+)", line):
            assert (ROOT / script).exists(), line
        for target in re.findall(r"^make ([a-z-]+)", line):
            assert target in targets, line


@pytest.mark.parametrize("stem, words", LINES, ids=lambda value: str(value)[:60])
def test_commands_shown_are_commands_with_their_options(stem, words):
    command = get_command(app).commands[words[1]]
    words = [word for word in words[2:] if word not in ("...", "…")]
    command.make_context(f"iceco {words[0] if words else ''}", words)


@pytest.mark.parametrize("name", get_command(app).commands)
def test_the_example_in_the_help_of_a_command_is_one(name):
    command = get_command(app).commands[name]
    example = re.search(r"Example: iceco (.*)", command.help, re.DOTALL)
    if example is None:
        assert len(command.params) == 1, f"iceco {name} --help has no example"
        return
    called, *words = example.group(1).split()
    assert called == name
    command.make_context(name, words)


@pytest.mark.slow
def test_the_tutorial_ends_with_all_that_it_promises(tutorial):
    for name in ("world.parquet", "drift.nc", "drift.png", "collocations", "leads", "freeboard"):
        assert (tutorial / name).exists(), name
    assert (tutorial / "model" / "evaluation" / "scores.txt").exists()
    assert (tutorial / "map.validation" / "scores.txt").exists()
    assert (tutorial / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_python_on_a_page_runs_from_its_top_to_its_end(page, tutorial, tmp_path):
    for path in tutorial.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "demo-output").symlink_to(tutorial)
    script = "\n".join(of_language(page, "python"))
    words = [sys.executable, "-X", "faulthandler", "-W", "error", "-c", script]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def told(section: str) -> set[str]:
    """Return the names in the first columns of the tables of a section of the formats."""
    page = (DOCS / "formats.md").read_text()
    text = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "section, pattern",
    [
        ("Drift vectors", "drift.nc"),
        ("Leads", "leads/*.nc"),
        ("Freeboard along a track", "freeboard/*.nc"),
        ("Maps of freeboard", "map.nc"),
    ],
)
def test_files_hold_the_variables_that_the_formats_name(tutorial, section, pattern):
    files = list(tutorial.glob(pattern))
    assert files
    for path in files:
        with netCDF4.Dataset(path) as file:
            assert set(file.variables) - {"time", "x", "y"} == told(section) - {"time"}, path.name


@pytest.mark.slow
def test_the_catalogue_has_the_columns_that_the_formats_name(tutorial):
    columns = set(pd.read_parquet(tutorial / "world.parquet").columns)
    assert columns == told("Catalogue")


@pytest.mark.slow
def test_models_hold_the_files_that_the_formats_name(tutorial):
    model = tutorial / "model"
    assert {f"{p.name}/" if p.is_dir() else p.name for p in model.iterdir()} == told("Models")
