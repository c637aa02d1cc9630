import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from iceco.cli import doctor
from iceco.cli.app import main


def told(monkeypatch, capsys, *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["iceco", "doctor", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    return capsys.readouterr().out


def test_versions_are_those_installed_and_thin_extras_are_told_apart(monkeypatch, capsys):
    found = json.loads(told(monkeypatch, capsys, "--json"))
    assert found["libraries"]["numpy"] == version("numpy")
    assert "earthaccess" not in found["libraries"]
    assert "earthaccess" in found["extra fetch"]
    assert set(found["extra cluster"]) == {"distributed"}


def test_what_is_missing_or_too_old_is_said():
    assert doctor._version(doctor.Requirement("no-such-package-of-ice>=1")) == "not installed"
    newer = doctor.Requirement("numpy>=1000")
    assert doctor._version(newer) == f"{version('numpy')}, but >=1000 is needed"


def test_threads_are_those_that_would_run(monkeypatch, capsys):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = json.loads(told(monkeypatch, capsys, "--json"))
    assert found["processors"]["cores"].startswith("3 usable")
    assert found["environment"]["OMP_NUM_THREADS"] == "7"


def test_every_folder_of_models_and_coast_is_there(monkeypatch, capsys):
    folders = json.loads(told(monkeypatch, capsys, "--json"))["folders"]
    for name in ("model of leads", "model of freeboard", "coast and land"):
        assert any(Path(folders[name]).iterdir())


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert doctor._room(tmp_path).endswith("cannot be written")
    assert "not there yet" in doctor._room(tmp_path / "later")


def test_people_get_one_line_a_thing(monkeypatch, capsys):
    lines = told(monkeypatch, capsys).splitlines()
    assert "iceco" in lines and "processors" in lines
    assert any(line.split()[:1] == ["numpy"] for line in lines)


def test_readers_of_other_packages_are_named_without_loading_them(tmp_path, monkeypatch, capsys):
    about = tmp_path / "wing_reader-2.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wing-reader\nVersion: 2.1\n")
    (about / "entry_points.txt").write_text("[iceco.readers]\nwing = no_such_module:READER\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = json.loads(told(monkeypatch, capsys, "--json"))
    assert found["readers of other packages"] == {"wing": "wing-reader 2.1"}
