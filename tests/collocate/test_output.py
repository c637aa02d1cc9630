"""Output: whole or not at all."""

import pytest

from iceco.collocate.output import SUMMARY, checksum, whole_or_nothing


def test_a_finished_folder_takes_its_name(tmp_path):
    with whole_or_nothing(tmp_path / "deep" / "out") as folder:
        (folder / SUMMARY).write_text("{}")
        assert not (tmp_path / "deep" / "out").exists()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]


def test_an_interrupted_run_leaves_nothing_and_keeps_what_was_there(tmp_path):
    with whole_or_nothing(tmp_path / "out") as folder:
        (folder / SUMMARY).write_text("first")

    def interrupted():
        with whole_or_nothing(tmp_path / "out") as folder:
            (folder / SUMMARY).write_text("second")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / SUMMARY).read_text() == "first"


def test_a_checksum_follows_the_content_of_files_and_folders(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.nc").write_bytes(b"1")
    before = checksum(tmp_path / "a")
    (tmp_path / "a" / "x.nc").write_bytes(b"2")
    assert checksum(tmp_path / "a") != before
    assert checksum(tmp_path / "a" / "x.nc").startswith("d4735e3a")  # SHA-256 of "2"
