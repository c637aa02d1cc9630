"""The table on disk: columns as promised, readable by other tools, nothing half-written."""

import json

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
from small_world import LINE_STEP, SIZE, START, known_leads, scene, track

from iceco.collocate.pair import Collocating, Source, collocate_tracks
from iceco.collocate.table import ALTIMETER, COLUMNS, column_names, count_flags, write_table
from iceco.drift.displacement import constant_displacement, no_drift
from iceco.geo.polar import NORTH, SOUTH
from iceco.geo.swath import image_to_plane
from iceco.products.canonical import scene_geolocation

CONTRACT = [
    *("mission", "track_id", "record", "time", "longitude", "latitude"),
    *("scene_id", "scene_time", "lag_s", "drift_dx_m", "drift_dy_m", "drift_method"),
    *("position_sigma_m", "position_xx_m2", "position_xy_m2", "position_yy_m2"),
    *("line", "sample", "sigma0_hh_db", "sigma0_hv_db", "incidence_angle_deg"),
    *("distance_to_lead_m", "distance_mean_m", "distance_sigma_m"),
    *("distance_low_m", "distance_high_m"),
    *("lead_width_m", "lead_fraction", "p_inside_lead", "distance_censored"),
    *("p_lead_250m", "p_lead_500m", "p_lead_1000m", "quality_flag"),
    *("mode", "rate_hz", "gate_spacing_m", "reference_gate"),
    *("altitude", "window_range", "agc_db", "scale_factor_db", "range_correction"),
    *("mean_sea_surface", "sigma0_db", "sea_ice_concentration", "product_peakiness"),
    *("product_surface_class",),
    *("stack_standard_deviation", "stack_kurtosis", "stack_skewness"),
    *("waveform", "geometry"),
]


def collocate_one(of_track, *words):
    (found,) = collocate_tracks([of_track], *words)
    return found


@pytest.fixture(scope="module")
def image():
    leads = np.zeros((SIZE, SIZE), dtype=bool)
    leads[:, 200:210] = True
    return scene(leads)


@pytest.fixture(scope="module")
def columns(image):
    sample = np.linspace(150, 250, 21)
    x, y = image_to_plane(scene_geolocation(image), np.full(21, 200.0), sample)
    time = START + np.arange(21) * np.timedelta64(25 * 10**6, "ns")
    how = Collocating(reach_m=4000.0)
    source = Source(constant_displacement(0, 0), "still", ("displacement",), ())
    return collocate_one(track(x, y, time), image, source, known_leads(), how)


def test_the_columns_are_those_of_the_contract():
    assert column_names((250.0, 500.0, 1000.0)) == CONTRACT


def test_a_pair_gives_every_column(columns):
    assert set(columns) == set(CONTRACT) - {"geometry"} | {"kind"}


def test_lag_is_altimeter_time_minus_pixel_time(columns):
    seconds = (columns["time"] - columns["scene_time"]) / np.timedelta64(1, "s")
    assert columns["lag_s"] == pytest.approx(seconds)
    assert columns["lag_s"][0] == pytest.approx(-200 * 0.006004712, abs=1e-6)


def test_distances_are_those_to_the_planted_lead(columns):
    outside = np.maximum(199.5 - columns["sample"], columns["sample"] - 209.5)
    assert columns["distance_to_lead_m"] == pytest.approx(40 * np.maximum(outside, 0), abs=0.2)


def test_geopandas_reads_what_is_written(columns, tmp_path):
    parts = {k: v for k, v in columns.items() if k != "kind"}
    write_table(
        tmp_path / "a.parquet", parts, parts["waveform"], (250.0, 500.0, 1000.0), {"seed": 1}
    )
    frame = gpd.read_parquet(tmp_path / "a.parquet")
    assert list(frame.columns) == CONTRACT
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.x.to_numpy() == pytest.approx(columns["longitude"])
    assert np.stack(frame["waveform"]) == pytest.approx(columns["waveform"])
    assert (frame["time"].to_numpy("datetime64[ns]") == columns["time"]).all()
    assert frame["p_lead_250m"].dtype == np.float32
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert str(schema.field("waveform").type) == "fixed_size_list<element: float>[8]"
    notes = json.loads(schema.metadata[b"iceco"])
    assert set(notes["columns"]) == {*COLUMNS, *ALTIMETER}
    assert notes["seed"] == 1


def test_missing_backscatter_is_null_not_a_number_made_up(columns):
    assert np.isnan(columns["sigma0_hv_db"]).all()
    assert columns["sigma0_hh_db"][0] == pytest.approx(-10.0, abs=1e-4)


def test_each_reason_is_counted(image):
    x, y = image_to_plane(scene_geolocation(image), np.full(2, 200.0), np.array([190.0, 100.0]))
    how = Collocating(reach_m=2000.0, lead_distances_m=(250.0,))
    pass_over = track(x, y, np.full(2, START))
    pass_over["waveform"].values[1, 3] = np.nan
    source = Source(no_drift(), "none", (), ())
    found = collocate_one(pass_over, image, source, known_leads(), how)
    assert found["drift_method"].tolist() == ["none", "none"]
    assert found["quality_flag"].tolist() == [1, 1 + 2 + 16]
    counts = count_flags(found["quality_flag"])
    assert counts["drift unknown"] == 2
    assert counts["no lead within reach"] == 1
    assert counts["echo missing"] == 1
    assert found["distance_censored"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"max_lag_s": 0.0}, "longest lag must be positive"),
        ({"lead_distances_m": ()}, "must be positive"),
        ({"lead_distances_m": (-1.0,)}, "must be positive"),
        ({"lead_distances_m": (250.0, 250.0)}, "must differ"),
        ({"lead_distances_m": (20_000.0,)}, "within the reach"),
        ({"lead_life_s": 0.0}, "life of leads must be positive"),
    ],
)
def test_options_that_make_no_sense_are_refused(bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        Collocating(**bad)


@pytest.mark.parametrize(
    ("plane", "centre"),
    [
        (NORTH, (0.0, 0.0)),  # the pole itself
        (NORTH, (-1.2e6, 1.2e6)),  # on the date line
        (SOUTH, (0.0, -1.5e6)),  # on the date line
        (SOUTH, (-1.5e6, 1.0e6)),
    ],
)
def test_pole_date_line_and_south_are_ordinary_places(plane, centre):
    leads = np.zeros((SIZE, SIZE), dtype=bool)
    leads[:, 200:210] = True
    image = scene(leads, plane, centre, turn=2.0)
    sample = np.linspace(150, 250, 21)
    x, y = image_to_plane(scene_geolocation(image), np.full(21, 200.0), sample)
    pass_over = track(x - 300.0, y + 200.0, np.full(21, START), plane)
    how = Collocating(reach_m=4000.0)
    source = Source(constant_displacement(300.0, -200.0), "moved", ("displacement",), ())
    found = collocate_one(pass_over, image, source, known_leads(), how)
    assert set(found["drift_method"]) == {"displacement"}
    assert found["sample"] == pytest.approx(sample, abs=1e-3)
    outside = np.maximum(199.5 - sample, sample - 209.5)
    assert found["distance_to_lead_m"] == pytest.approx(40 * np.maximum(outside, 0), abs=1.0)


def test_tracks_together_are_labelled_as_alone(image):
    source = Source(constant_displacement(0, 0), "still", ("displacement",), ())
    passes = []
    for line in (100.0, 240.0, -5_000.0, 300.0):  # the third misses the scene
        x, y = image_to_plane(
            scene_geolocation(image), np.full(21, line), np.linspace(150, 250, 21)
        )
        if line < 0:
            x = x + 1e6
        passes.append(track(x, y, START + np.arange(21) * np.timedelta64(25 * 10**6, "ns")))
    words = (image, source, known_leads(), Collocating(reach_m=2000.0))
    together = collocate_tracks(passes, *words)
    assert [len(found) > 0 for found in together] == [True, True, False, True]
    for one, found in zip(passes, together, strict=True):
        alone = collocate_one(one, *words)
        assert found.keys() == alone.keys()
        for name, values in alone.items():
            if values.dtype == object:
                assert (found[name] == values).all()
            else:
                np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize("plane", [NORTH, SOUTH])
@pytest.mark.parametrize(
    ("mission", "mode", "radius"),
    [("al", "LRM", 666.0), ("c2", "SAR", 777.0), ("c2", "SARIN", 777.0), ("s3a", "SAR", 823.0)],
)
def test_three_missions_and_two_hemispheres_have_the_same_columns(mission, mode, radius, plane):
    leads = np.zeros((SIZE, SIZE), dtype=bool)
    leads[:, 200:210] = True  # 400 m, and the track is square to it
    image = scene(leads, plane, (-900e3, 900e3), turn=1.0)
    sample = np.arange(150.0, 250.0, 0.5)
    x, y = image_to_plane(scene_geolocation(image), np.full(sample.size, 200.0), sample)
    pass_over = track(x, y, np.full(sample.size, START), plane).assign_attrs(
        mission=mission, mode=mode
    )
    how = Collocating(reach_m=3000.0)
    source = Source(constant_displacement(0, 0), "still", ("displacement",), ())
    found = collocate_one(pass_over, image, source, known_leads(), how)
    assert set(found) == set(CONTRACT) - {"geometry"} | {"kind"}
    assert (np.sign(found["latitude"]) == plane.hemisphere).all()
    assert found["lead_width_m"] == pytest.approx(400.0, abs=12.0)
    assert np.nansum(found["quality_flag"]) == 0
    # Along the track the share is the lead, spread by footprint and position: its breadth is
    # kept, and their variances add up.
    fraction, metres = found["lead_fraction"], 40.0 * (sample - 204.5)
    assert fraction.sum() * 20.0 == pytest.approx(400.0, rel=0.03)
    spread = np.sqrt((fraction * metres**2).sum() / fraction.sum())
    own = radius**2 / 4.0 if mode == "LRM" else {"c2": 297.0, "s3a": 336.0}[mission] ** 2 / 12.0
    assert spread == pytest.approx(np.sqrt(400.0**2 / 12.0 + own + 800.0), rel=0.03)
    middle = np.argmin(np.abs(sample - 204.5))
    x = 200.0 / radius  # a circle's share between two chords at +-x of its radius
    circle = 2.0 / np.pi * (x * np.sqrt(1.0 - x**2) + np.arcsin(x))
    share = circle if mode == "LRM" else 1.0
    assert found["lead_fraction"][middle] == pytest.approx(share, abs=0.04)


def test_a_life_of_leads_lets_probabilities_fade_with_the_lag(image):
    place = scene_geolocation(image)
    x, y = image_to_plane(place, np.full(2, 200.0), np.array([205.0, 205.0]))
    time = START + 200 * LINE_STEP + np.array([0, 2]) * np.timedelta64(3_600_000_000_000, "ns")
    source = Source(constant_displacement(0, 0), "still", ("displacement",), ())
    lasting, fading = (
        collocate_one(
            track(x, y, time),
            image,
            source,
            known_leads(),
            Collocating(reach_m=2e3, lead_life_s=life),
        )
        for life in (None, 86_400.0)
    )
    left = np.exp([0.0, -2.0 / 24.0])
    assert fading["p_lead_250m"] == pytest.approx(left * lasting["p_lead_250m"], rel=1e-4)
    assert fading["p_inside_lead"] == pytest.approx(left * lasting["p_inside_lead"], rel=1e-4)
    assert (fading["distance_mean_m"] == lasting["distance_mean_m"]).all()
