r"""Freeboard along simulated tracks against the truth: bias, error, and what each part is worth.

Run it as ``python benchmarks/freeboard_along_track.py WORLDS``, where WORLDS is what, for example,
``iceco simulate WORLDS --preset passes --seed 2 --lead-exponent 2.0 --lead-fraction 0.035`` makes;
``--out FILE`` writes the figures as JSON.

``--derive`` prints instead the height errors of leads and floes that the package keeps
(``models/freeboard/biases.py``).  They are derived on other worlds than are judged: WORLDS are then
all folders that the model of leads was trained with, of which those passes count from which it
has learnt nothing, the validation part of its card.

The estimate sees the files alone.  CryoSat-2's have no mean sea surface: it is given the world's
own, as the files of the other missions have it.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from iceco.geo.polar import NORTH, forward
from iceco.models.freeboard.along_track import freeboard
from iceco.models.freeboard.biases import ERRORS, PEAKINESS, peakiness
from iceco.models.freeboard.freeboard import FLOE, LEAD
from iceco.models.freeboard.leads import Leads, leads_of_model
from iceco.models.training.cards import read_card
from iceco.models.waveforms.classify import classify
from iceco.models.waveforms.model import SIMULATED, Model, open_model
from iceco.models.waveforms.sequences import kind_of
from iceco.products.recognise import open_product
from iceco.simulate.altimeter.facets import KA, KU, radar_freeboard
from iceco.simulate.presets import LATITUDE, LONGITUDE
from iceco.simulate.sea_state import draw_sea, sea_at

FOLDERS = ("altika", "cryosat2", "sentinel3")
TAIL_M = 0.4  # from the median: heights beyond do not count when biases are derived
NO_CORRECTION, TRUE_LEADS = "leads not corrected", "leads and distances known"
USUAL = "as iceco does it"


class Truth(NamedTuple):
    """What is true of the records of a track; float64 (n,) [m]."""

    mean_sea_surface: np.ndarray
    anomaly: np.ndarray
    freeboard: np.ndarray  #: radar freeboard under the record
    distance: np.ndarray  #: to the closest lead


class Errors(NamedTuple):
    """Estimate less truth along a pass; float64 (n,) [m]."""

    level: np.ndarray
    level_sigma: np.ndarray
    freeboard: np.ndarray
    freeboard_sigma: np.ndarray
    floor: np.ndarray  #: of floes, with the true sea level
    lead_distance: np.ndarray  #: true distance to a lead where one is seen, else nan


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("worlds", type=Path, nargs="+")
    parser.add_argument("--derive", action="store_true")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    model, kept = open_model(SIMULATED), None
    if chosen.derive:
        kept = set(read_card(SIMULATED)["split"]["validation"]["tracks"])
    passes = [one for worlds in chosen.worlds for one in open_passes(worlds, model, kept)]
    kinds = {kind: [p for p in passes if kind_of_pass(p) == kind] for kind in ERRORS}
    if chosen.derive:
        for kind, some in kinds.items():
            print(kind, derive(some))
        return
    told = {kind: judge(some) for kind, some in kinds.items()}
    print(table(told))
    if chosen.out:
        chosen.out.write_text(json.dumps(told, indent=1) + "\n")


def open_passes(
    worlds: Path, model: Model, kept: set[str] | None
) -> Iterator[tuple[xr.Dataset, Leads, Truth]]:
    truths = {}
    for path in sorted((worlds / "truth").glob("truth_*.nc")):
        with xr.open_datatree(path) as tree:
            seed, epoch = int(tree.attrs["seed"]), np.datetime64(tree.attrs["epoch"])
            for name, group in tree["tracks"].children.items():
                truths[name] = (seed, epoch, group.to_dataset().load())
    for folder in FOLDERS:
        for path in sorted((worlds / folder).iterdir()):
            track = open_product(path)
            name = track.attrs["track_id"]
            if name in truths and (kept is None or name in kept):
                track.load()
                truth = truth_of(track, *truths[name])
                yield track, leads_of_model(classify(track, model)), truth


def truth_of(track: xr.Dataset, seed: int, epoch: np.datetime64, kept: xr.Dataset) -> Truth:
    under = kept.isel(record=track["record"].values)
    centre = forward(NORTH, np.asarray(LONGITUDE), np.asarray(LATITUDE))
    seconds = (track["time"].values - epoch) / np.timedelta64(1, "s")
    field = draw_sea(seed, (float(centre[0]), float(centre[1])))
    sea = sea_at(field, under["x"].values, under["y"].values, seconds)
    ice, snow = (under[n].values.astype(np.float64) for n in ("ice_freeboard", "snow_depth"))
    return Truth(
        sea.mean_sea_surface,
        sea.sea_level_anomaly,
        radar_freeboard(ice, snow, KA if track.attrs["mission"] == "al" else KU),
        under["distance_to_lead"].values[0],
    )


def kind_of_pass(one: tuple[xr.Dataset, Leads, Truth]) -> str:
    return kind_of(one[0].attrs["mission"], one[0].attrs["mode"])


def errors_along(
    track: xr.Dataset, leads: Leads, truth: Truth, corrected: bool = True
) -> Errors | None:
    """Return the errors along a pass, None where it shows no lead."""
    try:
        found = freeboard(track, leads, truth.mean_sea_surface, corrected=corrected)
    except ValueError:
        return None
    sea = truth.mean_sea_surface + truth.anomaly
    floe = found["surface_class"].values == FLOE
    return Errors(
        found["sea_level_anomaly"].values - truth.anomaly,
        found["sea_level_anomaly_uncertainty"].values,
        found["radar_freeboard"].values - truth.freeboard,
        found["radar_freeboard_uncertainty"].values,
        np.where(floe, found["surface_height"].values - sea - truth.freeboard, np.nan),
        np.where(found["surface_class"].values == LEAD, truth.distance, np.nan),
    )


def true_leads(truth: Truth) -> Leads:
    """Return the leads as one who knows them would tell of them."""
    exact = truth.distance
    near = (exact < 100.0).astype(np.float64)
    return Leads(near, exact, 0.999 * exact, 1.001 * exact + 0.01, 500.0)


def judge(passes: list[tuple[xr.Dataset, Leads, Truth]]) -> dict[str, dict[str, float]]:
    ways = {
        USUAL: [errors_along(*one) for one in passes],
        NO_CORRECTION: [errors_along(*one, corrected=False) for one in passes],
        TRUE_LEADS: [errors_along(t, true_leads(truth), truth) for t, _, truth in passes],
    }
    return {way: scores(errors) for way, errors in ways.items()}


def scores(errors: list[Errors | None]) -> dict[str, float]:
    known = [e for e in errors if e is not None]
    level, level_sigma, board, board_sigma, floor, distance = map(
        np.concatenate, zip(*known, strict=True)
    )
    distance = distance[np.isfinite(distance)]
    by_pass = np.array([np.nanmean(e.freeboard) for e in known if np.isfinite(e.freeboard).any()])
    return {
        "passes": len(errors),
        "passes_with_leads": len(known),
        "leads_per_pass": distance.size / len(known),
        "leads_over_a_lead": float((distance == 0.0).mean()),
        "leads_within_500_m": float((distance < 500.0).mean()),
        "freeboards_per_record": float(np.isfinite(board).mean()),
        "freeboard_bias": float(np.nanmean(board)),
        "freeboard_bias_sampling": float(by_pass.std() / np.sqrt(by_pass.size)),
        "freeboard_median": float(np.nanmedian(board)),
        "freeboard_rmse": rms(board),
        "freeboard_coverage": coverage(board, board_sigma),
        "floor_bias": float(np.nanmean(floor)),
        "floor_rmse": rms(floor),
        "level_bias": float(np.nanmean(level)),
        "level_rmse": rms(level),
        "level_sigma": float(np.nanmedian(level_sigma)),
        "level_coverage": coverage(level, level_sigma),
    }


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def coverage(error: np.ndarray, sigma: np.ndarray) -> float:
    known = np.isfinite(error)
    return float((np.abs(error[known]) <= sigma[known]).mean())


def derive(passes: list[tuple[xr.Dataset, Leads, Truth]]) -> dict[str, float]:
    """Return the biases of which the present ones are corrected by what they leave."""
    now = ERRORS[kind_of_pass(passes[0])]
    known = [(one, e) for one in passes if (e := errors_along(*one)) is not None]
    level = np.concatenate([e.level for _, e in known])
    floor = np.concatenate([e.floor for _, e in known])
    peaky = np.log(np.concatenate([peakiness(t["waveform"].values) for (t, *_), _ in known]))
    near = np.abs(floor - np.nanmedian(floor)) < TAIL_M
    slope, offset = np.polyfit(peaky[near] - np.log(PEAKINESS), floor[near], 1)
    return {
        "lead": round(now.lead + float(level.mean()), 3),
        "floe": round(now.floe + float(offset), 3),
        "floe_slope": round(now.floe_slope + float(slope), 3),
        "floe_noise": round(float(np.nanquantile(np.abs(floor), 0.68)), 3),
        "heights_of_leads_68": round(lead_spread(known), 3),
    }


def lead_spread(known: list[tuple[tuple[xr.Dataset, Leads, Truth], Errors]]) -> float:
    """Return half the interval of 68 % of the heights of leads above the true sea [m]."""
    found = []
    for (track, leads, truth), _ in known:
        result = freeboard(track, leads, truth.mean_sea_surface)
        lead = result["surface_class"].values == LEAD
        height = result["surface_height"].values - truth.mean_sea_surface - truth.anomaly
        found.append(height[lead])
    low, high = np.quantile(np.concatenate(found), (0.16, 0.84))
    return float(0.5 * (high - low))


def table(told: dict[str, dict[str, dict[str, float]]]) -> str:
    names = list(next(iter(next(iter(told.values())).values())))
    lines = []
    for name in names:
        row = [f"{told[kind][way][name]:9.3f}" for kind in told for way in told[kind]]
        lines.append(f"{name:26s}" + "".join(row))
    heads = [f"{kind}: {way}" for kind in told for way in told[kind]]
    return "\n".join([f"columns: {'; '.join(heads)}", *lines])


if __name__ == "__main__":
    main()
