"""The reader against the contract of iceco, and against a file of which all is known."""
# ruff: noqa: D103 - the names of tests say what they test

from pathlib import Path

import numpy as np
import pytest
from iceco_polarwing import READER, is_polarwing

from iceco.products.plugins import check_reader

FLIGHT = """# instrument: Polarwing
# processing: 2.1
# flight: 20240315_01
# midnight: 2024-03-15
seconds,longitude,latitude,altitude,snow_range,freeboard,freeboard_sigma
86399.95,219.9,75.50,412.3,410.9,0.318,0.045
86400.00,219.9,75.51,412.4,-999.0,-999.0,-999.0
"""


@pytest.fixture
def flight(tmp_path: Path) -> Path:
    path = tmp_path / "any.txt"
    path.write_text(FLIGHT)
    return path


def test_a_flight_is_a_track_as_iceco_wants_it(flight):
    track = check_reader(READER, flight)
    assert track.attrs["track_id"] == "polarwing_20240315_01"
    assert track["longitude"].values == pytest.approx([-140.1, -140.1])


def test_seconds_count_on_over_midnight(flight):
    times = READER.open(flight)["time"].values
    assert times[0] == np.datetime64("2024-03-15T23:59:59.950")
    assert times[1] == np.datetime64("2024-03-16T00:00:00")


def test_what_is_missing_is_nan(flight):
    freeboard = READER.open(flight)["product_total_freeboard"].values
    assert freeboard[0] == 0.318
    assert np.isnan(freeboard[1])


def test_other_texts_are_not_taken(tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(FLIGHT.replace("Polarwing", "Seawing"))
    assert not is_polarwing(other)
    assert not is_polarwing(tmp_path)
