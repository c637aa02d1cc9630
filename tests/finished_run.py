"""A small finished run: collocations of a simulated world, and made-up results around them."""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from freeboard_files import TITLE
from matplotlib.figure import Figure

from iceco.collocate.runs import run
from iceco.geo.polar import NORTH, forward, inverse
from iceco.models.training.cards import write_model
from iceco.models.waveforms.classify import classify, write_classified
from iceco.models.waveforms.evaluate import Prediction, Rows, evaluate, write_scores
from iceco.models.waveforms.model import SIMULATED, open_model
from iceco.products.recognise import open_product

#: RMSE of the methods of the made-up validation [m].
RMSE = {"network": 0.11, "nearest": 0.172, "ked": 0.138}


def write_finished_run(folder: Path, world) -> Path:
    """Write a run with everything in it; its scene lies elsewhere, in the simulated world."""
    (folder / "tracks").mkdir(parents=True)
    track = Path(shutil.copy(world.track, folder / "tracks"))
    run([track], [world.scene], folder / "collocations", drift=str(world.drift), workers=1)
    write_leads(folder / "leads", track)
    with open_product(track) as opened:
        write_board(folder / "track.freeboard.nc", opened)
        write_map(folder / "map.nc", opened)
    write_taught(folder / "model", {str(folder / "collocations"): "0" * 64})
    write_judgement(folder / "map.validation")
    write_png(folder / "map.png")
    return folder


def write_leads(folder: Path, track: Path) -> None:
    """Classify a track with the model that comes with iceco."""
    folder.mkdir()
    with open_product(track) as opened:
        result = classify(opened.load(), open_model(SIMULATED))
    write_classified(result, folder / f"{track.stem}.leads.nc", track, SIMULATED)


def write_board(path: Path, track: xr.Dataset) -> Path:
    """Write freeboard along a track, of floes with a lead every 40th record."""
    size = track.sizes["time"]
    rng = np.random.default_rng(2)
    lead = np.arange(size) % 40 == 0
    board = np.where(lead, np.nan, 0.2 + 0.05 * rng.normal(size=size))
    columns = {
        "longitude": track["longitude"].values, "latitude": track["latitude"].values,
        "record": np.arange(size), "surface_height": np.where(lead, 9.0, 9.0 + board),
        "mean_sea_surface": np.full(size, 8.98),
        "sea_level_anomaly": np.full(size, 0.02), "radar_freeboard": board,
        "sea_level_anomaly_uncertainty": np.full(size, 0.03),
        "radar_freeboard_uncertainty": np.full(size, 0.06),
        "surface_class": np.where(lead, 1, 2).astype(np.int8),
    }  # fmt: skip
    made = xr.Dataset({name: ("time", values) for name, values in columns.items()})
    made = made.assign_coords(time=track["time"].values)
    made.attrs = {"title": TITLE, "track_id": "al_1", "mission": "al", "leads": "made"}
    made.to_netcdf(path)
    return path


def write_map(path: Path, track: xr.Dataset) -> Path:
    """Write a grid of freeboard around the middle of a track."""
    middle = track.sizes["time"] // 2
    place = (float(track[name].values[middle]) for name in ("longitude", "latitude"))
    x, y = (float(v) for v in forward(NORTH, *place))
    offset = 2000.0 * np.arange(-5, 6)
    longitude, latitude = inverse(NORTH, *np.meshgrid(x + offset, y + offset))
    both = ("num_lines", "num_pixels")
    grid = xr.Dataset(
        {
            "sea_ice_freeboard": (both, np.full(longitude.shape, 0.2), {"units": "m"}),
            "longitude": (both, longitude),
            "latitude": (both, latitude),
            "time": ("num_lines", np.full(11, track["time"].values[middle])),
        },
        attrs={
            "title": "Sea-ice freeboard on the samples of a SWOT swath", "method": "network",
            "iceco_version": "0.1.0", "cell_size_m": 2000.0, "window": "5d",
        },
    )  # fmt: skip
    grid.to_netcdf(path)
    return path


def write_taught(folder: Path, collocations: dict[str, str]) -> Path:
    """Write a model of one weight, and its evaluation beside two rivals."""
    card = {
        "kind": "waveform sequences",
        "data": {"collocations": collocations, "lead_distances_m": [500.0]},
        "split": {name: {"rows": 100} for name in ("training", "validation", "test")},
        "normalisation": {},
        "options": {"seed": 3, "epochs": 2},
        "scores": {"history": {"training_loss": [1.5, 1.2, 1.1], "best_epoch": 1,
                               "validation_loss": [1.6, 1.3, 1.4], "seconds": 1.0}},
        "licence": "Apache-2.0",
        "note": "Made for a test.",
    }  # fmt: skip
    write_model(folder, {"weight": torch.zeros(1)}, card)
    (folder / "evaluation").mkdir()
    write_scores(small_scores(), folder / "evaluation" / "scores.json")
    for name in ("roc", "reliability", "distances", "pass"):
        write_png(folder / "evaluation" / f"{name}.png")
    return folder


def small_scores() -> dict:
    """Scores of 200 rows in four blocks."""
    rng = np.random.default_rng(0)
    truth = np.abs(np.arange(200) * 60.0 - 6000.0)
    rows = Rows(
        lead=np.clip(1.0 - truth / 1000.0, 0.0, 1.0), distance=truth, censored=truth > 5500.0,
        mission=np.full(200, "al"), lag_s=np.zeros(200), position_sigma_m=np.full(200, 50.0),
        lead_width_m=np.full(200, 100.0), block=np.arange(200) % 4,
    )  # fmt: skip
    noise = rng.normal(size=200)
    said = {
        "network": Prediction(np.exp(-truth / 700.0), truth * 1.1, truth * 0.9, truth * 1.3),
        "random forest": Prediction(np.clip(np.exp(-truth / 700.0) + 0.2 * noise, 0.0, 1.0)),
        "awi": Prediction(np.where(truth < 500.0, 0.8, 0.1), called=truth < 300.0),
    }
    return evaluate(said, rows, against="network", replicates=20)


def write_judgement(folder: Path) -> Path:
    """Write the judgement of three methods by SWOT, in three bins."""
    folder.mkdir()

    def scores(rmse: float) -> dict:
        told = {name: [rmse, 0.9 * rmse, 1.1 * rmse] for name in ("rmse", "crps", "bias", "r")}
        return {"cells": 1234, "boxes": 9, "coverage_68": [0.7, 0.6, 0.8], "wasserstein": 0.05,
                **told}  # fmt: skip

    bins = ("all", "distance 0-1 km", "distance 5-15 km")
    methods = {
        name: {bin_: scores(rmse) for bin_ in bins}
        | {"reliability": {}, "referee_sigma_m": 0.1, "lag_s": 60.0, "resolved_wavelength_km": {}}
        for name, rmse in RMSE.items()
    }
    level = {"referee": "SWOT", "grids": 3, "resolutions": {"2 km": {"methods": methods}}}
    (folder / "scores.json").write_text(json.dumps({"swot": level}))
    for name in ("maps", "distributions", "reliability", "spectra"):
        write_png(folder / f"{name}.png")
    return folder


def write_png(path: Path) -> Path:
    """Draw a line."""
    figure = Figure(figsize=(2.0, 1.0))
    figure.subplots().plot([0.0, 1.0])
    figure.savefig(path, dpi=100)
    return path
