"""Arrays on disk: made once, whole or not there."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from iceco.models.training import arrays_on_disk
from iceco.models.training.arrays_on_disk import build_once

LAYOUT = {"power": ((6, 4), np.float32), "count": ((6,), "int32"), "none": ((0, 4), np.float16)}


def fill(arrays):
    fill.calls += 1
    assert (arrays["power"] == 0).all()
    for row in range(6):
        arrays["power"][row] = row
    arrays["count"][:] = np.arange(6)


@pytest.fixture(autouse=True)
def counted():
    fill.calls = 0


def never(arrays):
    raise AssertionError


def test_arrays_are_made_once_and_read_from_the_disk(tmp_path):
    made = build_once(tmp_path / "cache", "abc", LAYOUT, fill)
    again = build_once(tmp_path / "cache", "abc", LAYOUT, never)
    for arrays in (made, again):
        assert all(isinstance(array, np.memmap) for array in arrays.values())
        assert np.array_equal(arrays["power"], np.repeat(np.arange(6.0), 4).reshape(6, 4))
        assert arrays["count"].tolist() == [0, 1, 2, 3, 4, 5]
        assert arrays["none"].shape == (0, 4)
    assert fill.calls == 1


def test_arrays_cannot_be_changed(tmp_path):
    with pytest.raises(ValueError, match="read-only"):
        build_once(tmp_path, "abc", LAYOUT, fill)["power"][0, 0] = 1.0


def test_other_content_is_made_anew_and_the_former_stays(tmp_path):
    build_once(tmp_path, "abc", LAYOUT, fill)
    build_once(tmp_path, "def", LAYOUT, fill)
    build_once(tmp_path, "abc", LAYOUT, never)
    assert fill.calls == 2


def test_another_layout_is_made_anew(tmp_path):
    build_once(tmp_path, "abc", {"power": ((3,), float)}, lambda arrays: None)
    assert build_once(tmp_path, "abc", LAYOUT, fill)["power"].shape == (6, 4)


@pytest.mark.parametrize("damage", ["cut", "emptied", "removed", "other"])
def test_damaged_arrays_are_made_anew(tmp_path, damage):
    build_once(tmp_path, "abc", LAYOUT, fill)
    path = tmp_path / "abc" / "power.npy"
    if damage == "removed":
        path.unlink()
    else:
        content = path.read_bytes()
        path.write_bytes({"cut": content[:-8], "emptied": b"", "other": b"PK\3\4" * 9}[damage])
    assert build_once(tmp_path, "abc", LAYOUT, fill)["power"][5, 0] == 5.0
    assert fill.calls == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_build_leaves_nothing(tmp_path, error):
    def failing(arrays):
        arrays["power"][:] = 1.0
        raise error

    with pytest.raises(error):
        build_once(tmp_path, "abc", LAYOUT, failing)
    assert [path.name for path in tmp_path.iterdir()] == ["_lock"]
    assert build_once(tmp_path, "abc", LAYOUT, fill)["power"][5, 0] == 5.0


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path):
    script = (
        "import os, sys\n"
        "from iceco.models.training.arrays_on_disk import build_once\n"
        f"kill = lambda arrays: os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
        "build_once(sys.argv[1], 'abc', {'power': ((6, 4), 'f4')}, kill)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "abc").exists()
    build_once(tmp_path, "abc", LAYOUT, fill)
    assert {path.name for path in tmp_path.iterdir()} == {"_lock", "abc"}


def test_who_wants_the_same_arrays_waits_for_them(tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(arrays):
        begun.set()
        assert go_on.wait(20)
        fill(arrays)

    first = threading.Thread(target=build_once, args=(tmp_path, "abc", LAYOUT, slowly))
    first.start()
    assert begun.wait(20)
    second = threading.Thread(target=build_once, args=(tmp_path, "abc", LAYOUT, never))
    second.start()
    go_on.set()
    first.join(20)
    second.join(20)
    assert fill.calls == 1
    build_once(tmp_path, "abc", LAYOUT, never)


def test_a_full_disk_is_told_of_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(arrays_on_disk.os, "posix_fallocate", full)
    with pytest.raises(ValueError, match=r"0.0 GB of arrays cannot be kept there \(No space left"):
        build_once(tmp_path, "abc", LAYOUT, fill)
    assert [path.name for path in tmp_path.iterdir()] == ["_lock"]


def test_a_folder_that_is_a_file_is_told_of(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(ValueError, match="cannot be kept there"):
        build_once(tmp_path / "cache", "abc", LAYOUT, fill)
