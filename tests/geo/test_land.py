"""Land where there is land, sea where there is sea."""

import numpy as np
import pytest

from iceco.geo.land import is_land


@pytest.fixture(scope="module")
def places():
    """Longitude and latitude of places far enough inland or off shore."""
    return {
        "Greenland's ice": (-42.0, 75.0, True),
        "the middle of Spitsbergen": (16.5, 77.9, True),
        "Taimyr": (100.0, 74.0, True),
        "the same counted east to 360": (317.0, 75.0, True),
        "the South Pole": (0.0, -90.0, True),
        "the Ross ice shelf": (-175.0, -80.0, True),
        "the North Pole": (0.0, 90.0, False),
        "the Beaufort Sea": (-140.0, 75.0, False),
        "Fram Strait": (0.0, 79.0, False),
        "the Chukchi Sea on the date line": (180.0, 73.0, False),
        "Wrangel Island across it": (-179.5, 71.2, True),
        "the Weddell Sea": (-40.0, -70.0, False),
    }


def test_land_is_where_maps_have_it(places):
    longitude, latitude, land = (np.array(column) for column in zip(*places.values(), strict=True))
    assert dict(zip(places, is_land(longitude, latitude), strict=True)) == dict(
        zip(places, land.astype(bool), strict=True)
    )


def test_coasts_are_right_to_a_cell():
    """Jan Mayen reaches from 70 deg 49.6' to 71 deg 9.6' N, 9 deg 4.4' to 7 deg 55.6' W."""
    longitude = np.linspace(-10.0, -7.0, 3001)
    latitude = np.linspace(70.5, 71.5, 1001)
    land = is_land(*np.meshgrid(longitude, latitude))
    rows, columns = np.nonzero(land)
    assert latitude[rows.max()] == pytest.approx(71.16, abs=0.03)
    assert latitude[rows.min()] == pytest.approx(70.827, abs=0.03)
    assert longitude[columns.max()] == pytest.approx(-7.93, abs=0.06)
    assert longitude[columns.min()] == pytest.approx(-9.07, abs=0.06)


def test_places_keep_their_shape():
    assert is_land(np.zeros((2, 3)), np.full((2, 3), 85.0)).shape == (2, 3)
