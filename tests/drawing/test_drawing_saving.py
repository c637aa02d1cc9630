"""Pictures as files: whole or not at all, and names refused before any work."""

import pytest

from iceco.drawing.page import COLUMN_WIDTH, new_figure, on_paper
from iceco.drawing.saving import check_figure_name, save_figure

STARTS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


@pytest.mark.parametrize("ending", STARTS)
def test_a_figure_is_written_by_the_ending_of_its_name_and_nothing_beside(tmp_path, ending):
    save_figure(new_figure(COLUMN_WIDTH, 1.0), tmp_path / f"one{ending}")
    assert (tmp_path / f"one{ending}").read_bytes().startswith(STARTS[ending])
    assert [path.name for path in tmp_path.iterdir()] == [f"one{ending}"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.xyz: pictures are drawn as \.png, \.pdf, \.svg"):
        check_figure_name(tmp_path / "a.xyz")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"there is no folder .*none to write it in"):
        save_figure(new_figure(COLUMN_WIDTH, 1.0), tmp_path / "none" / "a.png")


def test_a_failure_keeps_the_earlier_picture(tmp_path, monkeypatch):
    place = tmp_path / "a.png"
    place.write_text("earlier")
    figure = new_figure(COLUMN_WIDTH, 1.0)
    monkeypatch.setattr(figure, "savefig", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_figure(figure, place)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["earlier"]


def test_sizes_of_a_journal_hold_inside_alone():
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    with on_paper():
        assert mpl.rcParams["font.size"] == 8.0
    assert mpl.rcParams["font.size"] == before


def test_no_window_system_is_touched():
    import subprocess
    import sys

    code = "import sys, iceco.drawing.palette, iceco.drawing.page; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "matplotlib.pyplot" not in loaded.stdout.split()
