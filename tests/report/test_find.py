"""A folder's contents are told by what is in the files, and damage is named."""

import json
import shutil

import pytest
from finished_run import write_judgement, write_taught
from freeboard_files import write_freeboard
from one_of_each import write_one_of_each
from small_collocations import write_collocations

from iceco.report.find import find


def test_every_part_of_a_run_is_found_wherever_it_lies(finished_run):
    held = find(finished_run)
    assert held.troubles == []
    assert [d.path.name for d in held.datasets] == ["collocations"]
    assert [m.path.name for m in held.models] == ["model"]
    assert [v.path.name for v in held.validations] == ["map.validation"]
    assert {kind: len(paths) for kind, paths in held.files.items()} == {
        "classified": 1, "freeboard": 1, "grid": 1, "means": 0, "truth": 0,
    }  # fmt: skip
    assert list(held.products.values()) == ["altika"]


def test_products_are_told_by_content_under_any_name(tmp_path):
    files = write_one_of_each(tmp_path)
    held = find(tmp_path)
    assert {path: kind for kind, path in files.items()} == held.products
    assert held.troubles == []


def test_caches_and_hidden_files_are_left_out(tmp_path):
    write_collocations(tmp_path / "c", days=1, records=20)
    for hidden in (".tmp", "model.examples", "a.worlds"):
        shutil.copytree(tmp_path / "c", tmp_path / hidden / "c")
    assert [d.path for d in find(tmp_path).datasets] == [tmp_path / "c"]


def test_a_link_in_a_circle_is_not_followed(tmp_path):
    write_collocations(tmp_path / "c", days=1, records=20)
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(find(tmp_path).datasets) == 1


def test_a_run_that_has_not_ended_is_told(tmp_path):
    (tmp_path / "winter.partial" / "_work").mkdir(parents=True)
    assert [path.name for path in find(tmp_path).unfinished] == ["winter.partial"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda run: (run / "c" / "_collocations.json").write_text('{"records": 1'), "c: "),
        (lambda run: (run / "model" / "card.json").write_text("[1]"), "card.json"),
        (lambda run: (run / "model" / "evaluation" / "scores.json").write_text("{"), "scores"),
        (lambda run: (run / "map.validation" / "scores.json").unlink(), "map.validation"),
        (lambda run: (run / "a.nc").write_bytes((run / "board.nc").read_bytes()[:3000]), "a.nc"),
        (lambda run: (run / "b.nc").write_bytes(b""), "b.nc"),
    ],
)
def test_what_is_damaged_is_named_and_the_rest_is_found(tmp_path, damage, words, track_places):
    write_collocations(tmp_path / "c", days=1, records=20)
    write_taught(tmp_path / "model", {})
    write_judgement(tmp_path / "map.validation")
    write_freeboard(tmp_path / "board.nc", *track_places)
    damage(tmp_path)
    held = find(tmp_path)
    ((path, reason),) = held.troubles
    assert words in f"{path}: {reason}"
    assert len(held.files["freeboard"]) == 1


def test_a_score_that_is_no_table_is_damage(tmp_path):
    write_judgement(tmp_path / "map.validation")
    (tmp_path / "map.validation" / "scores.json").write_text(json.dumps([1, 2]))
    ((_, reason),) = find(tmp_path).troubles
    assert "no table of names and values" in reason


def test_nothing_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="holds nothing that iceco made or reads; name the folder"):
        find(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ValueError, match="holds nothing"):
        find(tmp_path)
    with pytest.raises(ValueError, match="there is no such folder"):
        find(tmp_path / "absent")
