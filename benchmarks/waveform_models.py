r"""The network beside its rivals on worlds it has not seen, and what each of its parts is worth.

Run it as ``python benchmarks/waveform_models.py FOLDER``, where FOLDER holds what these commands
make (two hours on two cores; the worlds may be fewer):

    for seed in 3 4 5; do
      iceco simulate FOLDER/train$seed/world --preset passes --seed $seed
      iceco collocate FOLDER/train$seed/world/{altika,cryosat2,sentinel3} \
        --scenes FOLDER/train$seed/world/sentinel1 --drift FOLDER/train$seed/world/drift \
        --out FOLDER/train$seed/collocations
      # again with --drift none and --out FOLDER/train$seed/without_drift
    done
    # the same with --seed 2 --lead-exponent 2.0 --lead-fraction 0.035 in FOLDER/test

It trains on the worlds of train*, chooses the epoch on some of them, and judges on those of test,
whose leads follow other statistics: by the labels of their own scenes, and by the truth.  Then it
trains again with one thing changed at a time.  Tables and ``scores.json`` are printed and written;
the model is in FOLDER/model.
"""

import sys
from pathlib import Path

import numpy as np
import xarray as xr

from iceco.collocate.opening import open_collocations
from iceco.models.training.loop import Fitting
from iceco.models.training.splits import TEST, blocks, split
from iceco.models.waveforms.evaluate import evaluate, table, table_by_stratum, write_scores
from iceco.models.waveforms.examples import Examples, open_examples
from iceco.models.waveforms.learn import prediction_of, rivals, taken, teach
from iceco.models.waveforms.rival_rows import rows_of
from iceco.models.waveforms.task import Learning, task_of

SHARES = (0.85, 0.15, 0.0)  # of training, validation and test among the worlds of train*
WIDTH = 100.0  # m, of true leads at their widest
FITTING = Fitting(epochs=12, batch=8, learning_rate=2e-3, patience=6)
USUAL = Learning(fitting=FITTING)
#: One thing changed at a time: folder of the collocations, and how to learn.
VARIANTS = {
    "network": ("collocations", USUAL),
    "hard labels": ("collocations", USUAL._replace(hard_labels=True)),
    "packed echoes": ("collocations", USUAL._replace(packed=True)),
    "single echoes": (
        "collocations",
        USUAL._replace(sequence=1, fitting=FITTING._replace(batch=512)),
    ),
    "labels without drift": ("without_drift", USUAL),
}


def main(folder: Path) -> None:
    said, judged, truth = {}, None, None
    for name, (kind, learning) in VARIANTS.items():
        trained_on = sorted(folder.glob(f"train*/{kind}"))
        if not trained_on:
            continue
        examples = open_examples([*trained_on, folder / "test" / "collocations"], folder / "cache")
        task = task_of(examples, learning, *parts_of(examples, folder))
        model = folder / ("model" if name == "network" else f"model without {name}")
        learnt = teach(task, model, learning)
        rows = np.flatnonzero(task.part == TEST)
        said[name] = taken(prediction_of(learnt.answers), rows)
        if judged is None:
            judged = rows_of(examples, rows, learning.lead_distance_m, task.block[rows])
            truth = truth_of(examples, rows, folder)
            said |= {rival: taken(p, rows) for rival, p in rivals(task, learning).items()}
    for name, known in (("labels", None), ("truth", truth)):
        scores = evaluate(said, judged, truth=known, against="network")
        print(f"\njudged by the {name}\n{table(scores)}\n{table_by_stratum(scores, 'auc')}")
        print(table_by_stratum(scores, "false_alarms_at_95_percent"))
        write_scores(scores, folder / f"scores_by_{name}.json")


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
