"""Files of the output: whole, or not there."""

import errno
import os

import pytest

from iceco.collocate.output import (
    OutputError,
    checksum,
    put,
    read_json,
    staged,
    stamp,
    write_json,
)


def test_what_is_staged_leaves_nothing_but_what_was_put(tmp_path):
    work = tmp_path / "work"
    with staged(work) as folder:
        (folder / "a").write_text("whole")
        (folder / "b").write_text("half")
        put(folder / "a", tmp_path / "deep" / "a")
    assert (tmp_path / "deep" / "a").read_text() == "whole"
    assert list((work / "staging").iterdir()) == []


def test_a_full_disk_is_told_as_one_of_the_output(tmp_path):
    def full():
        with staged(tmp_path / "work"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
        full()


def test_json_comes_back_and_is_nothing_where_there_is_none(tmp_path):
    write_json(tmp_path, tmp_path / "a.json", {"a": [1, "b"]})
    assert read_json(tmp_path / "a.json") == {"a": [1, "b"]}
    assert read_json(tmp_path / "b.json") is None


def test_a_stamp_changes_with_the_file_and_stands_for_a_product_by_its_manifest(tmp_path):
    (tmp_path / "S1.SAFE").mkdir()
    (tmp_path / "S1.SAFE" / "manifest.safe").write_text("one")
    before = stamp(tmp_path / "S1.SAFE")
    (tmp_path / "S1.SAFE" / "manifest.safe").write_text("other")
    assert stamp(tmp_path / "S1.SAFE") != before
    assert stamp(tmp_path / "gone") == (str(tmp_path / "gone"), 0, 0)


def test_a_checksum_follows_the_content_of_files_and_folders(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.nc").write_bytes(b"1")
    before = checksum(tmp_path / "a")
    (tmp_path / "a" / "x.nc").write_bytes(b"2")
    assert checksum(tmp_path / "a") != before
    assert checksum(tmp_path / "a" / "x.nc").startswith("d4735e3a")  # SHA-256 of "2"
