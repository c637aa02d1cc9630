"""``iceco report``: where it writes, what it says, and what it refuses."""

import json

import pytest
from finished_run import write_judgement


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run").mkdir()
    write_judgement(tmp_path / "run" / "map.validation")
    return tmp_path / "run"


def test_the_page_lies_in_the_folder_unless_told_otherwise(iceco, run, tmp_path):
    code, told, error = iceco("report", run)
    assert (code, error) == (0, "")
    page = run / "report.html"
    assert told.splitlines()[-1].startswith(f"wrote {page}, ")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    other = tmp_path / "other.html"
    assert iceco("report", run, "--out", other)[0] == 0
    assert other.exists()
    assert sorted(path.name for path in run.iterdir()) == ["map.validation", "report.html"]


def test_what_is_missing_is_said(iceco, run):
    _, told, _ = iceco("report", run)
    assert "missing: No grid of freeboard." in told


def test_what_could_not_be_used_is_said_apart(iceco, run):
    (run / "empty.nc").touch()
    code, told, error = iceco("report", run)
    assert code == 0
    assert "empty.nc: the file is empty" in error.replace(str(run) + "/", "")
    assert "wrote" in told


def test_json_says_the_same(iceco, run):
    code, told, error = iceco("report", run, "--json")
    assert (code, error) == (0, "")
    said = json.loads(told)
    assert said["path"] == str(run / "report.html")
    assert said["size"] == (run / "report.html").stat().st_size
    assert "No grid of freeboard." in said["notes"]
    assert said["troubles"] == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("absent",), "absent: there is no such folder"),
        (("nothing",), "nothing: holds nothing that iceco made or reads"),
        (("run", "--out", "absent/a.html"), "there is no folder"),
        (("run", "--out", "nothing"), "is a folder; name a file that ends in .html"),
    ],
)
def test_mistakes_are_refused_in_one_sentence(iceco, run, tmp_path, monkeypatch, words, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nothing").mkdir()
    code, told, error = iceco("report", *words)
    assert (code, told) == (2, "")
    assert error.startswith("iceco: ") and error.count("\n") == 1
    assert reason in error
    assert not list(tmp_path.rglob("*.html"))
