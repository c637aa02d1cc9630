r"""The network beside its rivals on worlds it has not seen, and what each of its parts is worth.

Run it as ``python benchmarks/waveform_models.py FOLDER``, where FOLDER holds what these commands
make (hours on two cores; the worlds may be fewer):

    for seed in 3 4 5; do
      iceco simulate FOLDER/train$seed/world --preset passes --seed $seed
      iceco collocate FOLDER/train$seed/world/{altika,cryosat2,sentinel3} \
        --scenes FOLDER/train$seed/world/sentinel1 --drift FOLDER/train$seed/world/drift \
        --out FOLDER/train$seed/collocations
    done
    # the same with --seed 2 --lead-exponent 2.0 --lead-fraction 0.035 in FOLDER/test
    # again with --drift none and --out FOLDER/train3/without_drift, of one training folder or more

It trains on the worlds of train*, chooses the epoch on some of them, and judges on those of test,
whose leads follow other statistics: by the labels of their own scenes, and by the truth.  Then it
trains again on the folders that have ``without_drift``, as they are and with one thing changed at
a time.  Tables and scores are printed and written; the model is in FOLDER/model.
"""

import sys
from pathlib import Path

import numpy as np
import xarray as xr

from iceco.collocate.opening import open_collocations
from iceco.models.training.loop import Fitting
from iceco.models.training.splits import TEST, UNUSED, blocks, split
from iceco.models.waveforms.evaluate import evaluate, table, table_by_stratum, write_scores
from iceco.models.waveforms.examples import Examples, open_examples
from iceco.models.waveforms.learn import prediction_of, rivals, taken, teach
from iceco.models.waveforms.reading import Answers
from iceco.models.waveforms.rival_rows import rows_of
from iceco.models.waveforms.rows import Prediction
from iceco.models.waveforms.task import Learning, Task, task_of

SHARES = (0.85, 0.15, 0.0)  # of training, validation and test among the worlds of train*
WIDTH = 100.0  # m, of true leads at their widest
FITTING = Fitting(epochs=12, batch=8, learning_rate=2e-3, patience=6)
USUAL = Learning(fitting=FITTING)
#: One thing changed at a time: folder of the collocations, and how to learn.
VARIANTS = {
    "as usual": ("collocations", USUAL),
    "hard labels": ("collocations", USUAL._replace(hard_labels=True)),
    "packed echoes": ("collocations", USUAL._replace(packed=True)),
    "single echoes": (
        "collocations",
        USUAL._replace(sequence=1, fitting=FITTING._replace(batch=512)),
    ),
    "a model each mission": ("collocations", USUAL),
    "labels without drift": ("without_drift", USUAL),
}
SHOWN = ("auc", "false_alarms_at_95_percent", "coverage")  # by stratum


def main(folder: Path) -> None:
    compare(folder)
    ablate(folder)


def compare(folder: Path) -> None:
    """Judge the network beside its rivals, all trained on all worlds."""
    trained_on = sorted(folder.glob("train*/collocations"))
    task = task_of_folders(folder, trained_on, USUAL)
    learnt = teach(task, folder / "model", USUAL)
    rows = np.flatnonzero(task.part == TEST)
    said = {"network": taken(prediction_of(learnt.answers), rows)}
    said |= {rival: taken(p, rows) for rival, p in rivals(task, USUAL).items()}
    judge(said, task, folder, "network", "scores")


def ablate(folder: Path) -> None:
    """Judge networks that differ in one thing, all trained on the same worlds."""
    both = sorted(path.parent for path in folder.glob("train*/without_drift"))
    said, task = {}, None
    for name, (kind, learning) in VARIANTS.items():
        task = task_of_folders(folder, [path / kind for path in both], learning)
        model = folder / "ablations" / name.replace(" ", "_")
        model.parent.mkdir(exist_ok=True)
        said[name] = (
            of_each_mission(task, model, learning)
            if name == "a model each mission"
            else prediction_of(teach(task, model, learning).answers)
        )
        said[name] = taken(said[name], np.flatnonzero(task.part == TEST))
    judge(said, task, folder, "as usual", "ablations")


def of_each_mission(task: Task, model: Path, learning: Learning) -> Prediction:
    """Return what networks say that know one kind of echo each."""
    answers = []
    for kind, name in enumerate(task.kinds):
        part = np.where(task.inputs.kind == kind, task.part, UNUSED)
        own = task_of(task.examples, learning, part, task.block)
        answers.append(teach(own, model.with_name(f"{model.name}_{name}"), learning).answers)
    columns = zip(*answers, strict=True)
    return prediction_of(Answers(*(np.fmax.reduce(np.stack(column)) for column in columns)))


def judge(said: dict[str, Prediction], task: Task, folder: Path, against: str, name: str) -> None:
    """Print and write scores of the test rows, by the labels and by the truth."""
    rows = np.flatnonzero(task.part == TEST)
    judged = rows_of(task.examples, rows, USUAL.lead_distance_m, task.block[rows])
    truth = truth_of(task.examples, rows, folder)
    for by, known in (("labels", None), ("truth", truth)):
        scores = evaluate(said, judged, truth=known, against=against)
        print(f"\n{name}, judged by the {by}\n{table(scores)}")
        for score in SHOWN:
            print(table_by_stratum(scores, score))
        write_scores(scores, folder / f"{name}_by_{by}.json")


def task_of_folders(folder: Path, trained_on: list[Path], learning: Learning) -> Task:
    """Return what folders of collocations can teach, and those of the test to judge it."""
    examples = open_examples([*trained_on, folder / "test" / "collocations"], folder / "cache")
    return task_of(examples, learning, *parts_of(examples, folder))


def parts_of(examples: Examples, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return parts and blocks of rows; worlds of test have the days of others, not their ice."""
    scenes = open_collocations(folder / "test" / "collocations", ["scene_id"])["scene_id"].unique()
    test = np.isin(examples.scene_ids[examples.scene], list(scenes))
    part = np.full(test.size, TEST, dtype=np.int8)
    block = np.zeros(test.size, dtype=np.int64)
    for which, first in ((test, 0), (~test, test.size)):
        day = examples.time[which].astype("datetime64[D]").astype(np.int64)
        block[which] = first + blocks(examples.scene[which], examples.track[which], day)
    part[~test] = split(block[~test], SHARES, seed=0)
    return part, block


def truth_of(examples: Examples, rows: np.ndarray, folder: Path) -> np.ndarray:
    """Return true distances to leads that are ``WIDTH`` wide somewhere [m], nan if not known."""
    known = {}
    for path in (folder / "test" / "world" / "truth").glob("truth_*.nc"):
        with xr.open_datatree(path) as tree:
            for name, track in tree["tracks"].children.items():
                distance = track["distance_to_lead"].sel(width_limit=WIDTH).values
                known[name] = distance
    truth = np.full(rows.size, np.nan)
    tracks = examples.track_ids[examples.track[rows]]
    for name, distance in known.items():
        of_track = tracks == name
        truth[of_track] = distance[examples.record[rows[of_track]]]
    return truth


if __name__ == "__main__":
    main(Path(sys.argv[1]))
