"""How labels compare with what is true of a simulated world."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

NEAR = 5_000.0  # m: farther leads are left out of the distance errors
THRESHOLD = 250.0  # m, of the probability that is scored


def collocation_scores(records: pd.DataFrame, truth: Path) -> dict[str, float]:
    """Return how collocations of a world compare with its truth.

    Parameters
    ----------
    records : DataFrame
        Collocations; their tracks and scenes are those of the world.
    truth : Path
        The truth that ``simulate.produce`` wrote beside the world's files.
    """
    known = pd.concat([_truth_of(group, truth) for _, group in records.groupby("track_id")])
    known = known.loc[records.index]
    found = records[["drift_dx_m", "drift_dy_m"]].to_numpy()
    error = np.hypot(*(found - known[["dx", "dy"]].to_numpy()).T)
    scores = {
        "records": float(len(records)),
        "position error, median [m]": float(np.median(error)),
        "position sigma, median [m]": float(records["position_sigma_m"].median()),
    }
    for narrowest in (0, 100, 200):
        name = f"leads >= {narrowest} m" if narrowest else "all leads"
        scores |= _distance_scores(records, known[f"distance_{narrowest}"].to_numpy(), name)
    return scores


def _distance_scores(records: pd.DataFrame, truth: np.ndarray, name: str) -> dict[str, float]:
    measured = records["distance_to_lead_m"].to_numpy()
    free = ~records["distance_censored"].to_numpy() & (truth < NEAR) & np.isfinite(measured)
    probability = records[f"p_lead_{THRESHOLD:g}m"].to_numpy()
    given = np.isfinite(probability)
    return {
        f"distance error, median, {name} [m]": float(np.median(np.abs(measured - truth)[free])),
        f"Brier score of P(distance < 250 m), {name}": float(
            np.mean((probability - (truth < THRESHOLD))[given] ** 2)
        ),
    }


def _truth_of(records: pd.DataFrame, truth: Path) -> pd.DataFrame:
    """Return what is true of the records of one track, under their index."""
    with xr.open_dataset(truth) as root:
        scenes = root.attrs["scenes"].split()
    with xr.open_dataset(truth, group=f"tracks/{records['track_id'].iloc[0]}") as track:
        record = records["record"].to_numpy()
        scene = np.array([scenes.index(name) for name in records["scene_id"]])
        columns = {name: track[name].values[scene, record] for name in ("dx", "dy")}
        for limit, distance in zip(
            track["width_limit"].values, track["distance_to_lead"].values, strict=True
        ):
            columns[f"distance_{limit:g}"] = distance[record]
        return pd.DataFrame(columns, index=records.index)
