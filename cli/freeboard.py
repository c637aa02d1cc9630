"""``iceco freeboard``: freeboard along altimeter tracks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import typer
import xarray as xr

from ..collocate.catalogue import TRACK_KINDS
from ..drawing.saving import save_figure
from ..models.freeboard.along_track import freeboard, freeboard_of_product
from ..models.freeboard.figures import plot_freeboard
from ..models.freeboard.freeboard import FLOE, LEAD
from ..models.freeboard.leads import Leads, leads_of_model, leads_of_product
from ..models.freeboard.mean_sea_surface import of_grid, of_product
from ..models.freeboard.output import write_freeboard
from ..models.freeboard.snow import Snow, snow_along
from ..models.waveforms.classify import classify
from ..models.waveforms.model import SIMULATED, Model, open_model
from ..products.recognise import identify, open_product
from .places import places_for
from .progress import over

#: What --model and --snow are beside a folder and a number.
PRODUCT, NONE, WARREN = "product", "none", "warren"
DEEPEST_SNOW_M = 5.0


def freeboard_paths(
    tracks: list[Path],
    out: Path,
    model: str | None,
    snow: str,
    mean_sea_surface: Path | None,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Write the freeboard of some track files, each into a file of its own, and draw the longest.

    Of several, those that show none (a short pass without a lead, say) are named and left out.
    Tracks without echoes keep the product's own freeboard; for the others leads come from a model,
    by default the one that comes with iceco, or from the product's classes.
    """
    depth = parse_snow(snow)
    folder = None if model == PRODUCT else Path(model) if model else SIMULATED
    known = open_model(folder) if folder else None
    if model is None:
        typer.echo(
            "the model of leads was trained on simulated worlds alone; --model names another",
            err=True,
        )
    places = places_for(tracks, out, "freeboard")
    for path in tracks:
        if (kind := identify(path)) not in TRACK_KINDS:
            raise ValueError(f"{path}: is of kind {kind}, not an altimeter track")
    sources = _sources(folder, snow, mean_sea_surface)
    torch.set_num_threads(1)
    told, left_out, written = [], [], {}
    with over("freeboard") as progress:
        for path, place in places.items():
            with open_product(path) as track:
                track.load()
            try:
                result = freeboard_along(track, known, depth, mean_sea_surface)
            except ValueError as error:
                left_out.append(str(error))
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            write_freeboard(result, place, path, sources)
            told.append(_told(result, place))
            written[path] = result.sizes["time"]
            progress(len(told) + len(left_out), len(places))
    if not told:
        others = f" (nor have {len(left_out) - 1} other tracks any)" if left_out[1:] else ""
        raise ValueError(left_out[0] + others)
    for reason in left_out:
        typer.echo(f"iceco: left out: {reason}", err=True)
    if figure is not None:
        longest = max(written, key=lambda path: written[path])
        with xr.open_dataset(places[longest]) as drawn:
            save_figure(plot_freeboard(drawn), figure)
    _say(told, as_json)


def freeboard_along(
    track: xr.Dataset,
    model: Model | None,
    depth: str | float | None,
    mean_sea_surface: Path | None,
) -> xr.Dataset:
    """Return the freeboard of one track; without a model by the product's own classes."""
    snow: Snow | None = None if depth is None else snow_along(track, depth)
    if "waveform" not in track:
        return freeboard_of_product(track, snow)
    leads: Leads = leads_of_model(classify(track, model)) if model else leads_of_product(track)
    return freeboard(track, leads, surface_along(track, mean_sea_surface), snow)


def surface_along(track: xr.Dataset, mean_sea_surface: Path | None) -> np.ndarray:
    """Return the mean sea surface at the records of a track [m]; without a grid the product's.

    Raises
    ------
    ValueError
        If the grid does not cover the track, or the product has none.
    """
    if mean_sea_surface is None:
        return of_product(track)
    longitude, latitude = track["longitude"].values, track["latitude"].values
    surface = of_grid(mean_sea_surface, longitude, latitude)
    if np.isnan(surface).all():
        raise ValueError(f"{mean_sea_surface}: does not cover {track.attrs['source']}")
    return surface


def parse_snow(text: str) -> str | float | None:
    """Return what --snow says: None, "product", "warren" or a depth [m].

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if text == NONE:
        return None
    if text in (PRODUCT, WARREN):
        return text
    try:
        depth = float(text)
    except ValueError:
        depth = np.nan
    if not 0.0 <= depth <= DEEPEST_SNOW_M:
        raise ValueError(f"--snow {text}: is not none, product, warren or a depth in metres (0.2)")
    return depth


def _sources(folder: Path | None, snow: str, mean_sea_surface: Path | None) -> dict[str, str]:
    """Return what the freeboard was made with, as attributes."""
    return {
        "leads": folder.resolve().name if folder else "classes of the product",
        "snow": snow,
        "mean_sea_surface": mean_sea_surface.name if mean_sea_surface else "of the product",
    }


def _say(told: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    for each in told:
        typer.echo(
            f"wrote {each['out']}: {each['records']} records, {each['leads']} leads, "
            f"{each['floes']} floes, freeboard of {each['freeboards']} ({each['source']}), "
            f"median {each['median_m']} m"
        )


def _told(result: xr.Dataset, place: Path) -> dict[str, Any]:
    values, classes = result["radar_freeboard"].values, result["surface_class"].values
    known = values[np.isfinite(values)]
    return {
        "out": str(place),
        "records": result.sizes["time"],
        "leads": int((classes == LEAD).sum()),
        "floes": int((classes == FLOE).sum()),
        "freeboards": int(known.size),
        "median_m": round(float(np.median(known)), 3) if known.size else None,
        "source": result.attrs["freeboard_source"],
    }
