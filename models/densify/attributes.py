"""Global attributes of grid files: what they are (ACDD-1.3), and what they were made from."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ... import __version__
from ...collocate.output import checksum
from .densify import Densified, Request
from .grids import Grid

VERSION = "0.1"  # of the product


class Origin(NamedTuple):
    """What a grid was made from."""

    tracks: list[Path]
    scenes: list[Path]
    like: Path | None
    drift: str  #: in words
    window: str  #: in words
    kind: str  #: of freeboard: ice, radar or total


def global_attributes(
    result: Densified, request: Request, origin: Origin, name: str
) -> dict[str, Any]:
    """Return the global attributes of a grid's file, whose identity is ``name``."""
    return (
        _discovery(result.grid.swath is not None, name)
        | _people()
        | _coverage(result.grid, request.target)
        | _provenance(result, request, origin)
    )


def _discovery(swath: bool, name: str) -> dict[str, Any]:
    place = "the samples of a SWOT swath" if swath else "a map"
    stamp = iso_time(np.datetime64("now"))
    dates = ("created", "modified", "issued", "metadata_modified")
    return {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": f"Sea-ice freeboard on {place}",
        "summary": "Freeboard of sea ice, mapped from altimeter tracks within a time window and "
        "SAR scenes, moved with the ice to one time; a distribution for every cell. No SWOT "
        "measurement is in it.",
        "keywords": "EARTH SCIENCE > CRYOSPHERE > SEA ICE > FREEBOARD",
        "keywords_vocabulary": "GCMD Science Keywords",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "id": name,
        "naming_authority": "iceco",
        "cdm_data_type": "Swath" if swath else "Grid",
        "processing_level": "L3",
        "product_version": VERSION,
        "source": "altimeter tracks and SAR scenes, see inputs",
        "references": "docs/densify.md of iceco",
        "comment": "quantiles are of the mean over a cell, not of the ice in it",
        "history": f"{stamp} written by iceco {__version__} densify",
        **{f"date_{what}": stamp for what in dates},
    }


def _people() -> dict[str, str]:
    """Return who made a file: whoever ran the program, whom it does not know."""
    unknown = ("creator_email", "creator_url", "publisher_name", "publisher_email", "publisher_url")
    return {
        "institution": "made by a user of iceco",
        "creator_name": "a user of iceco",
        "project": "iceco",
        "license": "that of the inputs",
        "acknowledgement": "that which the inputs ask for",
        **dict.fromkeys(unknown, "unknown"),
    }


def _coverage(grid: Grid, target: np.datetime64) -> dict[str, Any]:
    known = np.isfinite(grid.x)
    times = np.array([target]) if grid.swath is None else grid.swath["time"].values
    times = times[~np.isnat(times)]
    seconds = (times.max() - times.min()) / np.timedelta64(1, "s")
    return {
        "geospatial_lat_min": float(grid.latitude[known].min()),
        "geospatial_lat_max": float(grid.latitude[known].max()),
        "geospatial_lon_min": float(grid.longitude[known].min()),
        "geospatial_lon_max": float(grid.longitude[known].max()),
        "geospatial_lat_units": "degrees_north",
        "geospatial_lon_units": "degrees_east",
        "geospatial_vertical_min": 0.0,
        "geospatial_vertical_max": 0.0,
        "geospatial_vertical_positive": "up",
        "geospatial_bounds": _bounds(grid),
        "geospatial_bounds_crs": "EPSG:4326",
        "time_coverage_start": iso_time(times.min()),
        "time_coverage_end": iso_time(times.max()),
        "time_coverage_duration": f"PT{seconds:g}S",
        "time_coverage_resolution": "PT0S",
    }


def _provenance(result: Densified, request: Request, origin: Origin) -> dict[str, Any]:
    scores = {
        name: {key: round(float(value), 5) for key, value in score._asdict().items()}
        for name, score in result.scores.items()
    }
    inputs = [*origin.tracks, *origin.scenes, *([origin.like] if origin.like else [])]
    swath = result.grid.swath
    numbers = ("cycle_number", "pass_number") if swath is not None else ()
    return {
        "target_time": iso_time(request.target),
        "cell_size_m": result.grid.cell_size,
        "freeboard_kind": origin.kind,
        "method": result.method,
        "method_asked_for": request.method,
        "method_scores": json.dumps(scores),
        "observations": result.points.x.size,
        "window": origin.window,
        "drift": origin.drift,
        "iceco_version": __version__,
        "inputs": json.dumps({file.name: checksum(file) for file in inputs}),
        **{name: int(swath.attrs[name]) for name in numbers if swath is not None},
    }


def _bounds(grid: Grid) -> str:
    """Return the corners of a grid as WKT, latitude before longitude as ACDD has it."""
    rows = np.flatnonzero(np.isfinite(grid.x).all(axis=1))
    ring = [(rows[0], 0), (rows[0], -1), (rows[-1], -1), (rows[-1], 0), (rows[0], 0)]
    places = [f"{grid.latitude[at]:.4f} {grid.longitude[at]:.4f}" for at in ring]
    return f"POLYGON (({', '.join(places)}))"


def iso_time(time: np.datetime64) -> str:
    """Return a time as 2024-03-15T12:00:00Z."""
    return f"{np.datetime_as_string(time, 's')}Z"
