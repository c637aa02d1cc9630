"""Scenes coarse enough for a picture, and pictures of them with the records that fell in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from figure_marks import arrows_of, dots_of, limits_of, smallest_letters, words_of
from shapely.geometry import MultiLineString, box
from small_scenes import PIXEL, corner, scene_of

from iceco.collocate.catalogue_figure import plot_catalogue
from iceco.collocate.corridor import LeadFinder
from iceco.collocate.figures import plot_scene
from iceco.collocate.overview import leads_near, overview
from iceco.geo.polar import NORTH, SOUTH, forward, inverse

SIZE = 120  # pixels: 12 km
LEFT, TOP = corner(SIZE * PIXEL)


@pytest.fixture(scope="module")
def scene():
    """Backscatter that grows to the right, with a dark lead down the middle."""
    hv = np.tile(10.0 ** (-2.5 + 0.5 * np.arange(SIZE) / SIZE), (SIZE, 1))
    hv[:, 58:62] = 1e-4
    return scene_of(10.0 * hv, hv)


@pytest.fixture(scope="module")
def records():
    """A pass from left to right, of which the ice moved 500 m up until the scene."""
    x, y = LEFT + np.linspace(1_000.0, 11_000.0, 40), np.full(40, TOP - 6_000.0)
    longitude, latitude = inverse(NORTH, x, y - 500.0)
    middle = LEFT + 6_000.0
    return pd.DataFrame({
        "mission": "al", "track_id": "al_001_0001", "longitude": longitude, "latitude": latitude,
        "lag_s": -3_600.0, "drift_dx_m": 0.0, "drift_dy_m": 500.0,
        "line": (TOP - y) / PIXEL - 0.5, "sample": (x - LEFT) / PIXEL - 0.5,
        "distance_to_lead_m": np.maximum(np.abs(x - middle) - 200.0, 0.0),
    })  # fmt: skip


def dark() -> LeadFinder:
    def find(window):
        hv = window["sigma0_hv"].values
        return window.assign(lead_probability=(("line", "sample"), (hv < 5e-4).astype(float)))

    return LeadFinder(find, lambda spacing: 2, 0.5, "dark")


def test_every_pixel_of_an_overview_is_the_mean_of_its_area(scene):
    seen = overview(scene, most_pixels=30)
    assert seen.image.shape == (seen.y.size, seen.x.size)
    step = seen.x[1] - seen.x[0]
    assert step == pytest.approx(4 * PIXEL, rel=0.05)
    column = np.argmin(np.abs(seen.x - (LEFT + 2_000.0)))
    expected = 10.0 * np.log10(scene["sigma0_hv"].values[0, 16:24].mean())
    assert seen.image[15, column] == pytest.approx(expected, abs=0.3)
    assert seen.band == "HV"


def test_an_overview_lies_where_the_scene_does(scene):
    seen = overview(scene, most_pixels=60)
    _, column = np.unravel_index(np.nanargmin(seen.image), seen.image.shape)
    assert seen.x[column] == pytest.approx(LEFT + 6_000.0, abs=400.0)
    x, y = np.meshgrid(seen.x, seen.y)
    inside = (x > LEFT) & (x < LEFT + SIZE * PIXEL) & (y < TOP) & (y > TOP - SIZE * PIXEL)
    assert np.isfinite(seen.image[inside]).mean() > 0.95


def test_a_part_is_finer_than_the_whole_and_bounded(scene):
    extent = (LEFT + 4_000.0, LEFT + 8_000.0, TOP - 9_000.0, TOP - 6_000.0)
    seen = overview(scene, None, extent, most_pixels=20)
    assert (seen.x[0] > extent[0]) and (seen.x[-1] < extent[1] + 200.0)
    assert seen.x[1] - seen.x[0] == pytest.approx(200.0)
    assert np.isfinite(seen.image).all()


def test_a_part_beside_the_scene_is_refused(scene):
    with pytest.raises(ValueError, match="nothing of the scene lies in the extent"):
        overview(scene, None, (LEFT - 9e4, LEFT - 8e4, TOP, TOP + 1e4))


def test_a_scene_without_images_is_refused(scene):
    with pytest.raises(ValueError, match="made: holds no image to draw"):
        overview(scene.drop_vars(["sigma0_hh", "sigma0_hv"]))


def test_leads_are_where_the_finder_sees_them(scene, records):
    seen = overview(scene, leads_near(scene, records, dark()), most_pixels=60)
    x, _ = np.meshgrid(seen.x, seen.y)
    inside = np.abs(x - (LEFT + 6_000.0)) < 100.0
    assert np.nanmin(seen.leads[inside]) > 0.9
    assert np.nanmax(seen.leads[np.abs(x - (LEFT + 6_000.0)) > 600.0]) == 0.0


def test_leads_are_looked_for_where_records_have_a_place(scene, records):
    some = records.copy()
    some.loc[3:, ["line", "sample"]] = np.nan
    assert leads_near(scene, some, dark()).state.any()


def test_records_are_drawn_where_their_ice_was_when_the_image_was_taken(scene, records):
    figure = plot_scene(overview(scene, most_pixels=60), records)
    axes = figure.axes[0]
    dots = next(c for c in axes.collections if c.get_array() is not None)
    x, y = np.asarray(dots.get_offsets()).T
    assert y == pytest.approx(np.full(40, (TOP - 6_000.0) / 1e3))
    assert x[0] == pytest.approx((LEFT + 1_000.0) / 1e3)
    assert arrows_of(figure) == [10]
    assert "500 m" in words_of(figure)


def test_labels_and_predictions_have_panels_on_one_scale(scene, records):
    predicted = records["distance_to_lead_m"].to_numpy() + 100.0
    predicted[:5] = np.nan
    figure = plot_scene(overview(scene, most_pixels=60), records, predicted)
    assert set(limits_of(figure, "deep")) == {(0.1, 10.0)}
    assert dots_of(figure, "deep") == [40, 35]
    words = words_of(figure)
    assert {"(a) distance seen in the image", "(b) distance read from the echoes",
            "distance to the closest lead [km]"} <= words  # fmt: skip
    assert any("AltiKa 1 h 00 min earlier" in text for text in words)
    assert smallest_letters(figure) >= 7.0


def test_nothing_is_drawn_beyond_the_image(scene, records):
    extent = (LEFT + 4_000.0, LEFT + 8_000.0, TOP - 9_000.0, TOP - 5_000.0)
    seen = overview(scene, None, extent, most_pixels=40)
    axes = plot_scene(seen, records).axes[0]
    assert axes.get_xlim() == pytest.approx((extent[0] / 1e3, extent[1] / 1e3), abs=0.1)


def test_ice_whose_drift_is_not_known_has_no_arrow(scene, records):
    still = records.assign(drift_dy_m=0.0)
    assert arrows_of(plot_scene(overview(scene, most_pixels=60), still)) == []


def entries_on(plane, longitude, latitude, reach=9e4) -> gpd.GeoDataFrame:
    """A scene of 100 km, and a track across it, so far either way."""
    x, y = forward(plane, longitude, latitude)
    square = box(x - 5e4, y - 5e4, x + 5e4, y + 5e4)
    line = MultiLineString([[(x - reach, y), (x + reach, y)]])
    stamp = pd.to_datetime(["2024-03-15T12:00Z", "2024-03-15T13:00Z"])
    table = {
        "kind": ["scene", "track"], "mission": ["s1a", "al"], "crs": plane.crs,
        "footprint": [square.wkb, line.wkb], "start_datetime": stamp, "end_datetime": stamp,
    }  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=[square, line])


def test_a_catalogue_is_a_map_of_its_hemisphere():
    figure = plot_catalogue(entries_on(NORTH, -140.0, 75.0, 4e5))
    words = words_of(figure)
    assert {"SAR scenes", "AltiKa", "200 km"} <= words
    assert any(text.endswith("° N") for text in words)
    assert any(text.endswith("° W") for text in words)
    assert "1 track and 1 scene, 2024-03-15 12:00 to 2024-03-15 13:00 UTC" in words
    assert len(figure.axes[0].child_axes) == 1  # where on Earth this is


def test_a_catalogue_of_both_hemispheres_has_two_maps():
    both = pd.concat([entries_on(NORTH, 10.0, 80.0, 1e6), entries_on(SOUTH, 10.0, -70.0, 1e6)])
    figure = plot_catalogue(both)
    assert {"(a) Arctic", "(b) Antarctic", "SAR scenes", "AltiKa"} <= words_of(figure)
    assert len(figure.legends[0].get_texts()) == 2


def test_an_empty_catalogue_is_refused():
    with pytest.raises(ValueError, match="the catalogue is empty"):
        plot_catalogue(entries_on(NORTH, 0.0, 80.0)[:0])
