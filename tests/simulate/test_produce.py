"""From a plan to files: the same bytes however many workers, whole or not, never over another."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from simulated import make_simulated, small_plan

from iceco.products.recognise import identify, open_product
from iceco.simulate.produce import produce
from iceco.simulate.truth import truth_name, write_truth

KINDS = {
    "sentinel1": "sentinel1",
    "altika": "altika",
    "cryosat2": "cryosat2",
    "sentinel3": "sentinel3",
    "swot": "swot",
    "drift": "osi405",
}


def silent(done: int, total: int) -> None:
    assert done <= total


@pytest.fixture(scope="module")
def plan():
    return small_plan(seed=3, extent=16_000.0)


@pytest.fixture(scope="module")
def files(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one-worker")
    return folder, produce(folder, [plan], 1, "synchronous", silent)


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_workers(plan, files, tmp_path):
    produce(tmp_path, [plan], 2, "processes", silent)
    assert checksums(tmp_path) == checksums(files[0])


def test_every_file_is_recognised_as_the_product_it_imitates(files):
    _, paths = files
    for path in paths:
        if path.parent.name != "truth":
            assert identify(path) == KINDS[path.parent.name], path
    assert {path.parent.name for path in paths} == {*KINDS, "truth"}
    assert len(paths) == 2 + 3 + 2 + 1 + 1  # scenes, passes, both of SWOT, drift, truth


def test_every_product_opens(files):
    for path in files[1]:
        if path.parent.name != "truth":
            open_product(path)


def test_a_complete_world_is_left_as_it_is(plan, files):
    before = checksums(files[0])
    assert produce(files[0], [plan], 1, "synchronous", silent) == []
    assert checksums(files[0]) == before


def test_another_world_in_the_folder_is_not_written_over(plan, files):
    other = plan._replace(world=plan.world._replace(seed=4))
    with pytest.raises(ValueError, match=r"truth_.*another world lies there \(seed 3\)"):
        produce(files[0], [other], 1, "synchronous", silent)


def test_a_run_that_was_cut_short_is_made_whole(plan, files, tmp_path):
    folder, _ = files
    whole = checksums(folder)
    for path in folder.rglob("*"):
        target = tmp_path / path.relative_to(folder)
        if path.is_dir():
            target.mkdir()
        elif path.parent.name not in ("truth", "cryosat2"):
            target.write_bytes(path.read_bytes())
    produce(tmp_path, [plan], 1, "synchronous", silent)
    assert checksums(tmp_path) == whole


def test_the_truth_is_no_product(files):
    with pytest.raises(ValueError, match="truth"):
        identify(files[1][-1])


def test_the_truth_says_what_lies_under_each_record(plan, files):
    truth = files[0] / "truth" / truth_name(plan)
    with xr.open_dataset(truth, group="ice") as ice:
        assert ice["kind"].shape == (160, 160)
        assert 0.0 < float((ice["kind"] >= 2).mean()) < 0.15
        assert (ice["lead_width"].values[ice["kind"].values < 2] == 0).all()
        assert (ice["lead_width"].values[ice["kind"].values >= 2] > 0).all()
    for path in (p for p in files[1] if p.parent.name in ("altika", "cryosat2", "sentinel3")):
        track = open_product(path)
        with xr.open_dataset(truth, group=f"tracks/{track.attrs['track_id']}") as known:
            assert known.sizes["record"] == track.sizes["time"]
            inside = known["kind"].values >= 2
            distance = known["distance_to_lead"].values
            assert (distance[0][inside] == 0).all()
            assert (distance[0][~inside] > 0).all()
            assert (np.diff(distance, axis=0) >= 0).all()


def test_nothing_is_left_where_the_truth_cannot_be_written(plan, tmp_path):
    with pytest.raises((AttributeError, TypeError)):
        write_truth(tmp_path / "truth.nc", plan, None, [], {})
    assert list(tmp_path.iterdir()) == []


def test_scene_and_pass_hang_together(tmp_path):
    """The ice under the pass lands in the scene where the truth says it does."""
    known = make_simulated(tmp_path, small_plan(seed=3, extent=16_000.0))
    assert np.hypot(*known.displacement.T).min() > 50.0
    assert np.isfinite(known.distance_to_lead).all()
