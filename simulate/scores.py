"""How labels compare with what is true of a simulated world."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

NEAR = 5_000.0  # m: farther leads are left out of the distance errors
THRESHOLD = 250.0  # m, of the probability whose Brier score is given
NEAR_LEAD = 500.0  # m, of the probability whose calibration is given
LAGS = (0.0, 15.0, 60.0, 180.0)  # minutes between altimeter and SAR: limits of the bins of lags
BINS = 10  # of probability, over which calibration is judged


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
    return scores | calibration_scores(records, known["distance_100"].to_numpy())


def calibration_scores(records: pd.DataFrame, truth: np.ndarray) -> dict[str, float]:
    """Return how honest the uncertainties of labels are, by lag.

    Parameters
    ----------
    records : DataFrame
        Collocations.
    truth : array (n,), float
        True distances to the closest lead [m].

    Returns
    -------
    mapping of the score's name to its value
        For each bin of ``LAGS`` that holds records: the expected calibration error of
        P(distance < 500 m) and how often the 68 % interval holds the truth.  The latter is of
        records that may not lie in a lead (there the interval holds more than its share) and
        whose distance is no bound.
    """
    lag = np.abs(records["lag_s"].to_numpy()) / 60.0
    probability = records[f"p_lead_{NEAR_LEAD:g}m"].to_numpy(dtype=np.float64)
    low, high = (records[f"distance_{end}_m"].to_numpy() for end in ("low", "high"))
    free = ~records["distance_censored"].to_numpy(dtype=bool) & (low > 0.0)
    scores = {}
    for first, last in pairwise(LAGS):
        here = (lag >= first) & (lag < last)
        bin_name = f"lag {first:g} to {last:g} min"
        given, within = here & np.isfinite(probability), here & free
        if given.any():
            scores[f"ECE of P(distance < 500 m), {bin_name}"] = expected_calibration_error(
                probability[given], truth[given] < NEAR_LEAD
            )
        if within.any():
            held = (low <= truth) & (truth <= high)
            scores[f"coverage of 68 %, {bin_name}"] = float(held[within].mean())
    return scores


def expected_calibration_error(probability: np.ndarray, happened: np.ndarray) -> float:
    """Return the mean over events of how far mean probability is from frequency in their bin.

    Guo et al. (2017), eq. 3, with ``BINS`` bins of equal breadth; the lower end belongs to a bin.

    Parameters
    ----------
    probability : array (n,), float
        In 0..1, none missing.
    happened : array (n,), bool
    """
    place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    surplus = np.bincount(place, probability - happened, BINS)
    return float(np.abs(surplus).sum() / probability.size)


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
