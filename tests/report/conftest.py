"""One finished run and its page, for all tests of the report."""

import json

import numpy as np
import pytest
from finished_run import write_board, write_finished_run, write_map, write_taught
from small_collocations import altika_pass, write_collocations

from iceco.report.build import report

#: What would be a tag, the end of a script, or a formula, if a page did not escape it.
HOSTILE = "</script><img src=x onerror=alert(1)><b>'\"&$$x$$"


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory, demo_world):
    return write_finished_run(tmp_path_factory.mktemp("runs") / "winter", demo_world)


@pytest.fixture(scope="session")
def made(finished_run, tmp_path_factory):
    """What was told of the page, which lies beside."""
    return report(finished_run, tmp_path_factory.mktemp("pages") / "winter.html")


@pytest.fixture
def track_places():
    """x, y, time and freeboard of a short track, as ``freeboard_files`` takes them."""
    count = 20
    time = np.datetime64("2024-03-15T12:00", "ns") + np.arange(count) * np.timedelta64(50, "ms")
    return -1.5e6 + 300.0 * np.arange(count), np.full(count, 1e5), time, np.full(count, 0.2)


@pytest.fixture(scope="session")
def hostile_page(tmp_path_factory):
    """The page of a run whose names and attributes are markup wherever they can be."""
    run = tmp_path_factory.mktemp("hostile")
    name = HOSTILE.replace("/", "")
    track, _ = altika_pass(60, 0, "2023-03-01T12:00:00")

    def alter(columns, day):
        columns["track_id"][:] = HOSTILE

    write_collocations(run / name, days=1, records=60, alter=alter)
    summary = {"records": 60, "inputs": {HOSTILE: HOSTILE}, "drift": HOSTILE, "leads": HOSTILE,
               "failures": [{"path": HOSTILE, "reason": HOSTILE}]}  # fmt: skip
    (run / name / "_collocations.json").write_text(json.dumps(summary))
    write_taught(run / f"m{name}", {HOSTILE: HOSTILE})
    write_board(run / f"{name}.nc", track)
    write_map(run / f"g{name}.nc", track)
    (run / f"bad{name}.nc").write_bytes(b"\x89HDF")
    return report(run, run / "report.html").path
