"""``iceco classify``: what a model says of the echoes of track files."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
import typer
import xarray as xr

from ..collocate.catalogue import TRACK_KINDS
from ..drawing.saving import save_figure
from ..models.waveforms.agreement import EVEN, Agreement, added, agreement, agreement_text
from ..models.waveforms.classify import GOOD, classify, write_classified
from ..models.waveforms.model import SIMULATED, open_model
from ..models.waveforms.pass_figure import plot_classified
from ..products.recognise import identify, open_product
from ..products.surface import Surface
from .places import places_for
from .progress import over


def classify_paths(
    tracks: list[Path],
    out: Path,
    model: Path | None,
    workers: int | None,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Classify some track files, each into a file of its own, and draw the longest.

    Without a model it is the one that comes with iceco.  ``out`` is a file for a single track, a
    folder for more; a folder is made if need be.
    """
    folder = model or SIMULATED
    known = open_model(folder)
    if model is None:
        typer.echo(
            "the model was trained on simulated worlds alone; --model names another", err=True
        )
    places = places_for(tracks, out, "leads")
    for path in tracks:
        if (kind := identify(path)) not in TRACK_KINDS:
            raise ValueError(f"{path}: is of kind {kind}, not an altimeter track")
    cores = workers or len(os.sched_getaffinity(0))
    threads = min(cores, len(places))
    torch.set_num_threads(1)  # the threads are outside
    library = threading.Lock()  # that of NetCDF is not safe in threads

    def one(path: Path, place: Path) -> dict[str, Any]:
        with library, open_product(path) as track:
            track.load()
        result = classify(track, known, max(cores // threads, 1))
        with library:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_classified(result, place, path, folder)
        return _told(result, place) | _beside_the_product(track, result)

    told = []
    with ThreadPoolExecutor(threads) as pool, over("classifying") as progress:
        for each in pool.map(one, places, places.values()):
            told.append(each)
            progress(len(told), len(places))
    if figure is not None:
        records = dict(zip(places, (each["records"] for each in told), strict=True))
        longest = max(places, key=lambda path: records[path])
        _draw(longest, places[longest], figure)
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    for each in told:
        typer.echo(
            f"wrote {each['out']}: {each['records']} records, {each['without_answer']} without an "
            f"answer, {each['leads']} with a lead within {each['lead_distance_m']:g} m"
        )
    tables = [
        [Agreement(name, *counts) for name, counts in each["by_product_class"].items()]
        for each in told
        if "by_product_class" in each
    ]
    if tables:
        typer.echo(agreement_text(added(tables)))


def _draw(path: Path, place: Path, figure: Path) -> None:
    with open_product(path) as track, xr.open_dataset(place) as result:
        save_figure(plot_classified(track.load(), result.load()), figure)


def _told(result: xr.Dataset, place: Path) -> dict[str, Any]:
    probability = result["lead_probability"].values
    return {
        "out": str(place),
        "records": result.sizes["time"],
        "leads": int((probability > EVEN).sum()),
        "without_answer": int(np.isnan(probability).sum()),
        "flagged": int((result["quality_flag"].values != GOOD).sum()),
        "lead_distance_m": result.attrs["lead_distance_m"],
    }


def _beside_the_product(track: xr.Dataset, result: xr.Dataset) -> dict[str, Any]:
    """Return records and leads by the product's own class, where it tells leads and sea ice."""
    if "product_surface_class" not in track:
        return {}
    classes = track["product_surface_class"].values
    if not np.isin(classes, (Surface.LEAD, Surface.SEA_ICE)).any():
        return {}
    rows = agreement(classes, result["lead_probability"].values)
    return {"by_product_class": {row.product_class: row[1:] for row in rows}}
