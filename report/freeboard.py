"""Freeboard along tracks, on grids, over months, and beside swaths that judge it."""

from pathlib import Path

import xarray as xr

from ..models.densify.learned.figures import plot_training
from ..models.densify.learned.model import KIND
from ..models.freeboard.figures import plot_freeboard
from ..models.timeseries.figures import plot_time_series
from .find import Attempt, Holdings, Model
from .map_scores import validation_parts
from .parts import Note, Part, Picture, Section, drawn, found
from .words import counted, mission_name

#: Grids and files of means of which a picture is shown.
MOST_SHOWN = 3
#: Records of a track that are shown, from its first.
MOST_RECORDS = 20_000


def freeboard_section(held: Holdings, attempt: Attempt) -> Section:
    """Return freeboard along tracks, on grids, over months, and beside swaths."""
    parts = [
        *_along_tracks(held, attempt),
        *_quick_looks(held, attempt),
        *validation_parts(held, attempt),
        *_networks(held, attempt),
        *_over_months(held, attempt),
        *_missing(held),
    ]
    return Section("freeboard", "Freeboard", parts)


def _missing(held: Holdings) -> list[Note]:
    notes = []
    if not held.files["freeboard"]:
        notes.append(Note("No freeboard along tracks.", "iceco freeboard TRACK --out freeboard"))
    if not held.files["grid"]:
        notes.append(Note(
            "No grid of freeboard.", "iceco densify SCENES freeboard/* --like SWATH --out map.nc"
        ))  # fmt: skip
    elif not held.validations:
        notes.append(Note(
            "No grid was judged by a swath of SWOT.",
            "iceco densify SCENES freeboard/* --validate-swot SWATH --out map.nc",
        ))  # fmt: skip
    return notes


def _along_tracks(held: Holdings, attempt: Attempt) -> list[Part]:
    """Return the longest track of each mission."""
    longest: dict[str, tuple[int, Path]] = {}
    for path in held.files["freeboard"]:
        told = attempt(path, _mission_and_length, path)
        if told is not None and told[1] > longest.get(told[0], (0, path))[0]:
            longest[told[0]] = told[1], path
    shown = [
        attempt(path, _track_picture, path, mission, held)
        for mission, (_, path) in sorted(longest.items())
    ]
    return [picture for picture in shown if picture is not None]


def _mission_and_length(path: Path) -> tuple[str, int]:
    with xr.open_dataset(path, engine="netcdf4") as track:
        return str(track.attrs["mission"]), track.sizes["time"]


def _track_picture(path: Path, mission: str, held: Holdings) -> Picture:
    with xr.open_dataset(path, engine="netcdf4") as opened:
        track = opened.isel(time=slice(MOST_RECORDS)).load()
    words = (
        f"{mission_name(mission)}, {held.name(path)}: above, heights of the surface by what the "
        "echo came from, and the level of the sea between the leads with its 68 %; below, the "
        f"freeboard of {counted(track.sizes['time'], 'record')} and its mean over 5 km. Where no "
        "lead is near, the sea is not known, nor is the freeboard."
    )
    return drawn(plot_freeboard(track), "Heights, sea level and freeboard along a track", words)


def _quick_looks(held: Holdings, attempt: Attempt) -> list[Part]:
    """Return the pictures that lie beside grids."""
    parts: list[Part] = []
    pictures = [(grid, grid.with_suffix(".png")) for grid in held.files["grid"]]
    for grid, path in [(grid, path) for grid, path in pictures if path.exists()][:MOST_SHOWN]:
        caption = (
            f"{held.name(grid)}: (a) HV backscatter, (b) freeboard observed along the tracks "
            "within the time window, moved to the time of the map, (c) mapped freeboard and "
            "(d) its standard deviation, which grows away from the tracks."
        )
        alt = "Backscatter, observed and mapped freeboard and its standard deviation"
        picture = attempt(path, found, path, alt, caption)
        parts += [picture] if picture else []
    return parts


def _networks(held: Holdings, attempt: Attempt) -> list[Part]:
    """Return how the networks that were taught to map freeboard learnt."""
    models = [model for model in held.models if model.card["kind"] == KIND]
    shown = (attempt(model.path, _network_picture, model, held) for model in models)
    return [picture for picture in shown if picture is not None]


def _network_picture(model: Model, held: Holdings) -> Picture:
    scores = model.card["scores"]
    words = (
        f"The network {held.name(model.path)}: how it learnt, its error beside rivals by distance "
        "from observations, and the share of cells within one sigma, which should be 68 %."
    )
    figure = plot_training(scores["history"], scores["test"])
    return drawn(figure, "Losses, errors and honesty of a network that maps freeboard", words)


def _over_months(held: Holdings, attempt: Attempt) -> list[Part]:
    shown = (attempt(path, _means_picture, path, held) for path in held.files["means"][:MOST_SHOWN])
    return [picture for picture in shown if picture is not None]


def _means_picture(path: Path, held: Holdings) -> Picture:
    with xr.open_dataset(path, engine="netcdf4") as opened:
        means = opened.load()
    words = (
        f"{held.name(path)}: monthly means of freeboard of each region with their 68 %, and the "
        "share of the region that was seen in the month."
    )
    return drawn(plot_time_series(means), "Monthly means of freeboard by region", words)
