"""Folders that appear whole or not at all."""

import pytest

from iceco.products.beside import folder_beside


def test_a_folder_takes_the_place_of_an_earlier_one_when_all_is_in_it(tmp_path):
    place = tmp_path / "scores"
    for name in ("old", "new"):
        with folder_beside(place) as part:
            (part / name).write_text(name)
    assert [path.name for path in place.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [place]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    place = tmp_path / "scores"
    with folder_beside(place) as part:
        (part / "old").write_text("old")

    def fail():
        with folder_beside(place) as part:
            (part / "new").write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert [path.name for path in place.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [place]


def test_a_file_in_its_place_and_a_folder_nowhere_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="is a file"), folder_beside(tmp_path / "file"):
        pass
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(ValueError, match="there is no folder"), folder_beside(tmp_path / "a/b"):
        pass
