"""A run over an archive: the same bytes in any number of processes, shares and interruptions."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pytest
from small_archive import contents, dark_leads, write_archive

import iceco
from iceco.collocate import executors, run, scene_task
from iceco.collocate.output import OutputError
from iceco.collocate.pair import Collocating
from iceco.collocate.resume import Shard, claimed, place_of
from iceco.collocate.runs import _falls_to, plan_of

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(archive, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    run(archive / "tracks", archive / "scenes", out, leads=dark_leads(), workers=1)
    return out


def collocate(archive, out, leads=None, **options):
    options = {"workers": 1} | options
    return run(archive / "tracks", archive / "scenes", out, leads=leads or dark_leads(), **options)


def test_the_dataset_is_parted_by_mission_echo_and_month(undisturbed):
    parts = sorted(path.parent for path in undisturbed.rglob("*.parquet"))
    kind = undisturbed / "mission=al" / "echo=lrm_128"
    assert set(parts) == {kind / "month=2024-03", kind / "month=2024-04"}
    records = gpd.read_parquet(undisturbed)
    months = records["time"].dt.strftime("%Y-%m")
    assert (months == records["month"].astype(str)).all()
    assert {path.name for path in undisturbed.iterdir()} == {
        "_collocations.json", "_failures.json", "mission=al",
    }  # fmt: skip


def test_nothing_is_written_twice_and_nothing_is_missing(undisturbed, archive):
    records = iceco.open_collocations(undisturbed)
    assert not records.duplicated(["track_id", "record", "scene_id"]).any()
    assert set(records["scene_id"]) == {path.stem for path in (archive / "scenes").iterdir()}
    assert records["track_id"].nunique() == 2
    summary = json.loads((undisturbed / "_collocations.json").read_text())
    assert summary["records"] == len(records)
    assert summary["candidate_pairs"] == summary["pairs_with_records"] == 8


def test_processes_make_the_same_bytes_as_one(archive, undisturbed, tmp_path):
    collocate(archive, tmp_path / "out", workers=2)
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_shares_make_the_same_bytes_as_a_whole_run(archive, undisturbed, tmp_path):
    told = [collocate(archive, tmp_path / "out", shard=(i, 3)) for i in (1, 2)]
    assert [share["complete"] for share in told] == [False, False]
    assert not (tmp_path / "out").exists()
    assert collocate(archive, tmp_path / "out", shard=(3, 3))["complete"]
    assert contents(tmp_path / "out") == contents(undisturbed)
    assert collocate(archive, tmp_path / "out", shard=(1, 3))["complete"]


def test_a_whole_run_completes_what_shares_began(archive, undisturbed, tmp_path):
    collocate(archive, tmp_path / "out", shard=(2, 3))
    assert collocate(archive, tmp_path / "out")["complete"]
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_what_is_whole_is_left_as_it_is(archive, tmp_path, monkeypatch):
    collocate(archive, tmp_path / "out")
    before = (tmp_path / "out").stat().st_ino
    monkeypatch.setattr(scene_task, "open_product", None)
    assert collocate(archive, tmp_path / "out")["complete"]
    assert (tmp_path / "out").stat().st_ino == before


def test_a_changed_input_makes_the_dataset_anew(archive, tmp_path):
    mine = Path(shutil.copytree(archive, tmp_path / "mine"))
    first = collocate(mine, tmp_path / "out")
    next((mine / "scenes").iterdir()).unlink()
    second = collocate(mine, tmp_path / "out")
    assert second["candidate_pairs"] == first["candidate_pairs"] - 2
    assert len(iceco.open_collocations(tmp_path / "out")) == second["records"] < first["records"]
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "out"}


# Nothing lost


def stop_after(scenes):
    """Return a writer of tables that fails like a full disk after some."""
    count = iter(range(100))

    def write(*words):
        if next(count) >= scenes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_table(*words)

    write_table = scene_task.write_table
    return write


def test_a_full_disk_stops_the_run_which_then_goes_on(archive, undisturbed, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(scene_task, "write_table", stop_after(5))
        with pytest.raises(OutputError, match=r"No space left.*start again"):
            collocate(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    done = []
    original = scene_task.collocate_tracks
    with monkeypatch.context() as patch:
        patch.setattr(
            scene_task, "collocate_tracks", lambda *words: done.append(1) or original(*words)
        )
        collocate(archive, tmp_path / "out")
    assert len(done) == 2  # two scenes were done before
    assert contents(tmp_path / "out") == contents(undisturbed)


SCRIPT = """
import resource, sys
sys.path.insert(0, {tests!r})
from small_archive import dark_leads
from iceco.collocate import run
if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, ({largest}, {largest}))
    run("{archive}/tracks", "{archive}/scenes", {out!r}, leads=dark_leads({seconds}), workers={n})
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_files_that_cannot_grow_stop_the_run(archive, undisturbed, tmp_path, workers):
    sizes = sorted(path.stat().st_size for path in undisturbed.rglob("*.parquet"))
    words = {"largest": (sizes[0] + sizes[-1]) // 2, "seconds": 0.0, "n": workers}
    script = SCRIPT.format(tests=str(TESTS), archive=archive, out=str(tmp_path / "out"), **words)
    (tmp_path / "script.py").write_text(script)
    words = [sys.executable, tmp_path / "script.py"]
    told = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert told.returncode == 1
    assert "OutputError" in told.stderr
    assert "File too large" in told.stderr
    assert not (tmp_path / "out").exists()
    collocate(archive, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_a_part_that_vanished_is_made_again(archive, undisturbed, tmp_path):
    collocate(archive, tmp_path / "out", shard=(2, 3))
    parts = list((tmp_path / "out.partial").rglob("*.parquet"))
    parts[0].unlink()
    parts[1].write_bytes(parts[1].read_bytes()[:100])
    collocate(archive, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_a_run_that_died_while_the_dataset_took_its_place(archive, undisturbed, tmp_path):
    whole = shutil.copytree(undisturbed, tmp_path / "out.partial")
    (tmp_path / "out.partial" / "_lock").touch()
    shutil.copytree(undisturbed, tmp_path / "out.replaced")
    assert collocate(archive, tmp_path / "out")["complete"]
    assert contents(tmp_path / "out") == contents(undisturbed)
    assert not Path(whole).exists()


def test_other_options_do_not_mix_with_an_unfinished_run(archive, tmp_path):
    collocate(archive, tmp_path / "out", shard=(1, 2))
    with pytest.raises(ValueError, match=r"out\.partial: holds an unfinished run with other drift"):
        collocate(archive, tmp_path / "out", drift="100,0")
    assert collocate(archive, tmp_path / "out")["complete"]


def test_a_second_run_says_so_and_leaves_the_first_alone(archive, tmp_path):
    place = place_of(tmp_path / "out")
    for mine, other in ((None, None), (None, (1, 2)), (Shard(1, 2), None), (Shard(1, 2), (1, 2))):
        with claimed(place, mine):
            before = contents(tmp_path)
            with pytest.raises(ValueError, match=rf"another run is writing .*{os.getpid()}"):
                collocate(archive, tmp_path / "out", shard=other)
            assert {*contents(tmp_path)} - {*before} <= {"out.partial/_work/shard-1-of-2.lock"}


def test_shares_work_side_by_side(archive, tmp_path):
    with claimed(place_of(tmp_path / "out"), Shard(1, 2)):
        told = collocate(archive, tmp_path / "out", shard=(2, 2))
    assert not told["complete"]
    assert 0 < told["scenes_done"] < told["scenes"] == 4


def test_an_output_that_is_something_else_is_refused(archive, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ValueError, match="no dataset of collocations"):
        collocate(archive, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


@pytest.mark.slow
def test_twenty_kills_at_random_change_no_byte(archive, tmp_path):
    mine = shutil.copytree(archive, tmp_path / "mine")
    (tmp_path / "deep").mkdir()
    words = [sys.executable, TESTS / "interrupted.py", mine, tmp_path / "deep" / "out", "5"]
    told = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert told.returncode == 0, told.stderr
    done = [int(word) for word in told.stdout.split()]
    assert len(done) == 20
    assert len(set(done)) > 2  # they hit at different stages


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_run_they_work_for(archive, undisturbed, tmp_path, how):
    words = {"largest": -1, "seconds": 1.0, "n": 2}
    script = SCRIPT.format(tests=str(TESTS), archive=archive, out=str(tmp_path / "out"), **words)
    (tmp_path / "script.py").write_text(script)
    child = subprocess.Popen([sys.executable, tmp_path / "script.py"], stderr=subprocess.PIPE)
    notes = tmp_path / "out.partial" / "_work" / "scenes"
    wait_for(lambda: notes.is_dir() and any(notes.iterdir()))
    child.send_signal(how)
    child.communicate(timeout=20)  # ends when all that share its standard error have
    assert child.returncode != 0
    collocate(archive, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(undisturbed)


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise TimeoutError


@pytest.mark.slow
def test_a_killed_worker_costs_nothing(archive, undisturbed, tmp_path):
    (tmp_path / "trap").touch()
    leads = dark_leads(trap=tmp_path / "trap")
    collocate(archive, tmp_path / "out", leads, workers=2)
    assert not (tmp_path / "trap").exists()
    assert contents(tmp_path / "out") == contents(undisturbed)


@pytest.mark.slow
def test_a_scene_that_kills_every_worker_is_left_out(archive, tmp_path):
    trap = tmp_path / "trap"
    trap.mkdir()
    deadly = sorted((archive / "scenes").iterdir())[1]
    (trap / deadly.stem).touch()
    told = collocate(archive, tmp_path / "out", dark_leads(trap=trap), workers=2)
    ((path, reason),) = [failure.values() for failure in told["failures"]]
    assert path == str(deadly)
    assert executors.WorkerLost().reason in reason
    assert told["pairs_with_records"] == 6


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of a cluster that loses a worker
def test_a_cluster_that_loses_a_worker_makes_the_same_bytes(archive, undisturbed, tmp_path):
    distributed = pytest.importorskip("distributed")
    (tmp_path / "trap").touch()
    leads = dark_leads(trap=tmp_path / "trap")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        collocate(archive, tmp_path / "out", leads, dask=cluster.scheduler_address)
    assert not (tmp_path / "trap").exists()
    assert contents(tmp_path / "out") == contents(undisturbed)


def test_a_cluster_that_is_not_there(archive, tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(ValueError, match="no Dask scheduler answers"):
        collocate(archive, tmp_path / "out", dask="nowhere")


# Bad files among good ones


def test_bad_files_are_told_and_the_rest_is_done(archive, tmp_path):
    mine = Path(shutil.copytree(archive, tmp_path / "mine"))
    scenes, tracks = (sorted((mine / name).iterdir()) for name in ("scenes", "tracks"))
    scenes[0].write_bytes(scenes[0].read_bytes()[:2000])
    tracks[0].write_bytes(tracks[0].read_bytes()[:5000])
    told = collocate(mine, tmp_path / "out")
    failures = json.loads((tmp_path / "out" / "_failures.json").read_text())
    assert told["failures"] == failures
    assert {failure["path"] for failure in failures} == {str(scenes[0]), str(tracks[0])}
    assert all(failure["path"] in failure["reason"] for failure in failures)
    assert told["pairs_with_records"] == 3


def test_a_file_that_goes_bad_after_it_was_catalogued(archive, tmp_path, iceco_catalogue):
    mine = Path(shutil.copytree(archive, tmp_path / "mine"))
    catalogue = iceco_catalogue(mine, tmp_path / "all.parquet")
    scenes, tracks = (sorted((mine / name).iterdir()) for name in ("scenes", "tracks"))
    scenes[0].write_bytes(scenes[0].read_bytes()[:2000])
    tracks[1].unlink()
    told = run(catalogue, catalogue, tmp_path / "out", leads=dark_leads(), workers=1)
    assert [failure["path"] for failure in told["failures"]] == [str(scenes[0]), str(tracks[1])]
    assert told["pairs_with_records"] == 3


@pytest.fixture
def iceco_catalogue():
    from iceco.collocate.archive import gather
    from iceco.collocate.catalogue import write_entries

    def write(folder, path):
        write_entries(gather([folder]).entries, path)
        return path

    return write


def test_a_fault_of_ours_in_one_scene_does_not_stop_the_others(archive, tmp_path, monkeypatch):
    original = scene_task.collocate_tracks

    def faulty(track, scene, *words):
        if scene.attrs["scene_id"].endswith("0002"):
            raise KeyError("sigma")
        return original(track, scene, *words)

    monkeypatch.setattr(scene_task, "collocate_tracks", faulty)
    told = collocate(archive, tmp_path / "out")
    ((path, reason),) = [failure.values() for failure in told["failures"]]
    assert path.endswith("0002.tif")
    assert "internal error (KeyError: 'sigma')" in reason
    assert told["pairs_with_records"] == 6


def test_where_nothing_can_be_used_nothing_is_left(archive, tmp_path, monkeypatch):
    def faulty(*words):
        raise ValueError("the file is damaged")

    monkeypatch.setattr(scene_task, "collocate_tracks", faulty)
    with pytest.raises(ValueError, match="the file is damaged"):
        collocate(archive, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_two_scenes_of_one_name_are_not_mixed(archive, tmp_path):
    again = Path(shutil.copytree(archive / "scenes", tmp_path / "again"))
    told = run(
        archive / "tracks", [archive / "scenes", again], tmp_path / "out", leads=dark_leads(),
        workers=1,
    )  # fmt: skip
    assert told["pairs_with_records"] == 8
    assert len(told["failures"]) == 4
    assert all("has the same name" in failure["reason"] for failure in told["failures"])


# A plan


def test_tasks_are_handed_out_a_few_at_a_time():
    class Tasks(list):
        handed_out = 0

        def __iter__(self):
            for task in super().__iter__():
                self.handed_out += 1
                yield task

    tasks = Tasks(range(200))
    with executors.workers_of(2, None) as work:
        ahead = [tasks.handed_out - done for done, _ in enumerate(work(abs, tasks), start=1)]
    assert max(ahead) <= 2 + executors.AHEAD
    assert len(ahead) == 200


def test_all_work_is_done_once_by_any_number_of_shares(archive):
    plan = plan_of(archive / "tracks", archive / "scenes", "none", Collocating())
    for count in (1, 2, 5):
        shares = [sum(_falls_to(t, Shard(i + 1, count)) for i in range(count)) for t in plan.scenes]
        assert shares == [1] * 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workers": 0}, "at least one worker"),
        ({"shard": (3, 2)}, "a shard is one of 1 to their count"),
        ({"drift": "nowhere.nc"}, "neither an existing file"),
    ],
)
def test_options_that_make_no_sense(archive, tmp_path, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        collocate(archive, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
