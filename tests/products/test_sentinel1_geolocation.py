"""Geolocation of real scenes: the annotated tie points over the sea, none of which it has used."""

import numpy as np
import pytest

from iceco.geo.polar import forward, geodesic_distance, inverse
from iceco.geo.swath import image_to_plane, plane_to_image
from iceco.products.canonical import scene_geolocation
from iceco.products.sentinel1.annotation import parse_annotation
from iceco.products.sentinel1.reader import open_sentinel1

EW = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"


@pytest.fixture(scope="module")
def scene_and_tie_points(sample_data):
    text = next((sample_data / EW / "annotation").glob("*-hh-*.xml")).read_bytes()
    return open_sentinel1(sample_data / EW), parse_annotation(text, "hh").grid


def test_tie_points_over_the_sea_are_met_to_10_m_though_none_is_used(scene_and_tie_points):
    scene, grid = scene_and_tie_points
    assert not np.isin(grid.line[1:-1], scene["grid_line"].values).any()
    place = scene_geolocation(scene)
    line, sample = np.meshgrid(grid.line, grid.sample, indexing="ij")
    sea = np.abs(grid.height) < 1.0
    found = inverse(place.plane, *image_to_plane(place, line[sea], sample[sea]))
    error = geodesic_distance(*found, grid.longitude[sea], grid.latitude[sea])
    assert sea.sum() > 200
    assert np.sqrt(np.mean(error**2)) < 10.0


def test_places_of_tie_points_over_the_sea_lead_back_to_their_pixels(scene_and_tie_points):
    scene, grid = scene_and_tie_points
    place = scene_geolocation(scene)
    line, sample = np.meshgrid(grid.line, grid.sample, indexing="ij")
    sea = (
        (np.abs(grid.height) < 1.0)
        & (line > 0)
        & (line < 10_000)
        & (sample > 0)
        & (sample < 10_000)
    )
    x, y = forward(place.plane, grid.longitude[sea], grid.latitude[sea])
    found_line, found_sample = plane_to_image(place, x, y)
    assert np.abs(found_line - line[sea]).max() < 1.0
    assert np.abs(found_sample - sample[sea]).max() < 1.0
