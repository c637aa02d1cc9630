"""Flights of Polarwing, an airborne Ku-band altimeter, as tracks of iceco.

Polarwing is invented, its files are like those of real campaigns: a text with a head of
``# name: value`` and a row a record, ``-999.0`` where something is missing.

    # instrument: Polarwing
    # processing: 2.1
    # flight: 20240315_01
    # midnight: 2024-03-15
    seconds,longitude,latitude,altitude,snow_range,freeboard,freeboard_sigma
    56760.05,219.912345,75.512345,412.31,410.87,0.318,0.045

Seconds count from midnight UTC; a flight over midnight counts on.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from iceco.products.canonical import make_track
from iceco.products.recognise import Product

FIRST_LINE = b"# instrument: Polarwing"
MISSING = "-999.0"
RATE_HZ = 20
#: Columns of the file by the names that iceco has for them; units are the same, metres.
COLUMNS = {
    "longitude": "longitude",
    "latitude": "latitude",
    "altitude": "altitude",
    "product_range": "snow_range",
    "product_total_freeboard": "freeboard",
    "product_total_freeboard_uncertainty": "freeboard_sigma",
}


def is_polarwing(path: Path) -> bool:
    """Tell whether a path is a flight of Polarwing, by its first line and not by its name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline(100).strip() == FIRST_LINE


def open_polarwing(path: Path) -> xr.Dataset:
    """Open a flight as a track: rename, count time, tell what is missing, and nothing else.

    Raises
    ------
    ValueError
        If the file is cut short or has other columns.
    """
    head = _head(path)
    rows = pd.read_csv(path, comment="#", na_values=[MISSING])
    lacking = sorted({"seconds", *COLUMNS.values()} - set(rows.columns))
    if lacking or "flight" not in head or "midnight" not in head:
        raise ValueError(f"{path}: lacks {', '.join(lacking) or 'its head'}; copy it again")
    midnight = np.datetime64(head["midnight"], "ns")
    time = midnight + (rows["seconds"].to_numpy() * 1e9).round().astype("timedelta64[ns]")
    columns = {ours: rows[theirs].to_numpy(np.float64) for ours, theirs in COLUMNS.items()}
    attributes = {
        "mission": "polarwing",
        "mode": "airborne",
        "product": "Polarwing snow surface",
        "baseline": head.get("processing", "unknown"),
        "track_id": f"polarwing_{head['flight']}",
        "rate_hz": RATE_HZ,
        "source": str(path),
    }
    return make_track(time, columns, attributes)


def _head(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8") as file:
        lines = [line[1:] for line in file if line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in (x.partition(":") for x in lines)}


#: A track: what ``open_polarwing`` returns; the other kinds are scene and vectors.
READER = Product("track", is_polarwing, open_polarwing)
