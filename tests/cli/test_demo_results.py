"""Results beside baselines: the best of them counts, and a loss is said."""

import pytest

from iceco.cli.demo import CHAIN, _expanded
from iceco.cli.demo_results import Result, _beside_best, words_of


def test_a_score_stands_beside_the_best_of_its_baselines():
    error = {"network": 12.7, "ked": 13.8, "nearest": 17.2}
    assert _beside_best("RMSE", error, 1) == Result("RMSE", 12.7, 13.8, "ked", 1, True)
    area = {"forest": 0.80, "network": 0.73, "peakiness": 0.65}
    found = _beside_best("area", area, 3, more=True)
    assert found == Result("area", 0.73, 0.80, "forest", 3, False)


def test_as_good_as_a_baseline_is_no_win():
    assert not _beside_best("RMSE", {"network": 1.0, "oi": 1.0}, 1).wins
    assert not _beside_best("area", {"network": 1.0, "oi": 1.0}, 1, more=True).wins


def test_a_loss_is_said_in_its_line_and_below():
    won, lost = Result("a", 1.0, 2.0, "oi", 1, True), Result("b", 2.0, 1.0, "oi", 1, False)
    assert "better than iceco" not in words_of([won])
    assert len(words_of([won]).splitlines()) == 2
    lines = words_of([won, lost]).splitlines()
    assert lines[2].endswith("oi: better than iceco here")
    assert "docs/validation.md" in lines[3]


def test_patterns_become_files_as_in_a_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.nc", "a.nc", "a.txt"):
        (tmp_path / name).touch()
    assert _expanded("freeboard *.nc --out 'two words' none/*") == [
        "freeboard", "a.nc", "b.nc", "--out", "two words", "none/*"
    ]  # fmt: skip


@pytest.mark.parametrize("step", CHAIN, ids=lambda step: step.what)
def test_every_command_of_the_chain_is_one(step):
    from typer.main import get_command

    from iceco.cli.app import app

    name, *words = step.words.split()
    get_command(app).commands[name].make_context(name, words)
