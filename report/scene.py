"""A scene with its leads, and over it the records with distances seen and predicted."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..collocate.figures import plot_scene
from ..collocate.opening import open_collocations
from ..collocate.overview import Overview, leads_near, overview
from ..geo.polar import forward
from ..models.leads.finder import threshold_leads
from ..products.canonical import scene_geolocation
from ..products.recognise import open_product
from .find import Attempt
from .parts import Note, Part, Picture, Section, drawn
from .passes import Collocated, predictions_at
from .words import counted

#: Of the records' columns, what is needed here.
COLUMNS = [
    "mission", "track_id", "record", "time", "line", "sample", "drift_dx_m",
    "drift_dy_m", "lag_s", "distance_to_lead_m",
]  # fmt: skip
#: Half the side of the part of a scene that is shown, at the most [m].
LARGEST_HALF_M = 75_000.0
#: Room around the records [m].
MARGIN_M = 5_000.0
#: Pixels of the picture of the scene along its longer side.
MOST_PIXELS = 900


def scene_section(known: Collocated, places: dict[str, Path], attempt: Attempt) -> Section:
    """Return the picture of the scene with the most records that have predictions.

    Parameters
    ----------
    known : Collocated
    places : dict
        Where the scenes are, by their ids.
    attempt : function
    """
    title = "Leads in the image, and the tracks over them"
    chosen = _telling_scene(known, places)
    if chosen is None:
        return Section("scene", title, [_what_is_missing(known)])
    dataset, scene_id = chosen
    place = places[scene_id]
    picture = attempt(place, _picture, dataset, scene_id, place, known.predicted)
    parts: list[Part] = [picture] if picture else []
    if not known.predicted:
        parts.append(Note(
            "What a model reads from the echoes is not there: no track was classified.",
            "iceco classify TRACK --out leads",
        ))  # fmt: skip
    return Section("scene", title, parts)


def _what_is_missing(known: Collocated) -> Note:
    if known.meetings:
        return Note("None of the scenes of the collocations is where it was: no image to show.")
    return Note(
        "No collocations: no track was laid over an image.",
        "iceco collocate TRACKS --scenes SCENES --drift auto --out collocations",
    )


def _telling_scene(known: Collocated, places: dict[str, Path]) -> tuple[Path, str] | None:
    """Return dataset and scene of most records: of predicted tracks, moved with the ice, of all."""
    counts: dict[tuple[Path, str], tuple[int, bool, int]] = {}
    for meeting in known.meetings:
        if meeting.scene_id in places:
            of = meeting.dataset, meeting.scene_id
            told, _, every = counts.get(of, (0, False, 0))
            told += meeting.records * (meeting.track_id in known.predicted)
            counts[of] = told, meeting.drift, every + meeting.records
    return max(counts, key=counts.__getitem__) if counts else None


def _picture(
    dataset: Path, scene_id: str, place: Path, predicted: dict[str, xr.Dataset]
) -> Picture:
    filters = [("scene_id", "==", scene_id)]
    records = open_collocations(dataset, COLUMNS, filters).sort_values("time")
    records["longitude"], records["latitude"] = records.geometry.x, records.geometry.y
    with open_product(place) as scene:
        seen = _overview(scene, records)
    said = _said(records, predicted)
    known = np.isfinite(said).any()
    figure = plot_scene(seen, records, said if known else None)
    words = (
        f"The scene {scene_id}: {seen.band} backscatter, on it leads that a threshold on local "
        f"contrast finds (red), and {counted(len(records), 'altimeter record')} where their ice "
        "was when the image was taken, coloured by distance to the closest lead as the image "
        "shows it"
    )
    words += " (a) and as a model reads it from the echoes alone (b). " if known else ". "
    words += "Good predictions turn pale where the track crosses a lead. Arrows: how the ice moved "
    words += "from the altimeter's time to the image's."
    return drawn(figure, "SAR image with leads and altimeter tracks over it", words)


def _overview(scene: xr.Dataset, records: pd.DataFrame) -> Overview:
    """Return the part of a scene around the records, at most ``LARGEST_HALF_M`` to every side."""
    plane = scene_geolocation(scene).plane
    x, y = forward(plane, records["longitude"].to_numpy(), records["latitude"].to_numpy())
    edges = []
    for at in (x, y):
        middle = float(np.median(at))
        edges += [
            max(float(at.min()) - MARGIN_M, middle - LARGEST_HALF_M),
            min(float(at.max()) + MARGIN_M, middle + LARGEST_HALF_M),
        ]
    inside = (x >= edges[0]) & (x <= edges[1]) & (y >= edges[2]) & (y <= edges[3])
    imaged = records[inside].dropna(subset=["line", "sample"])
    leads = leads_near(scene, imaged, threshold_leads()) if len(imaged) else None
    return overview(scene, leads, (edges[0], edges[1], edges[2], edges[3]), MOST_PIXELS)


def _said(records: pd.DataFrame, predicted: dict[str, xr.Dataset]) -> np.ndarray:
    """Return the predicted distance of each record [m], nan where there is none."""
    said = np.full(len(records), np.nan)
    for track_id, rows in records.reset_index(drop=True).groupby("track_id"):
        result = predictions_at(predicted.get(str(track_id)), rows["record"].to_numpy())
        if result is not None:
            said[rows.index] = result["distance_to_lead"].values
    return said
