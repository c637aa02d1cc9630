"""The picture of a freeboard track: heights over the sea, bands as wide as the sigmas, gaps."""

import numpy as np
import pytest
import xarray as xr
from figure_marks import smallest_letters, words_of

from iceco.models.freeboard.figures import plot_freeboard
from iceco.models.freeboard.freeboard import FLOE, LEAD, UNKNOWN

RECORDS = 200
STEP_M = 300.0
GEOID_SLOPE = 1e-5  # of the mean sea surface along the track
CLASSES = np.full(RECORDS, FLOE)
CLASSES[90:110] = UNKNOWN
CLASSES[95:105] = LEAD


@pytest.fixture
def track() -> xr.Dataset:
    """Floes of 0.2 m on a sea of 0.05 m above a tilted mean sea surface; leads in the middle."""
    along = STEP_M * np.arange(RECORDS)
    freeboard = np.where(CLASSES == FLOE, 0.2, np.nan)
    columns = {
        "surface_height": 20.0 + GEOID_SLOPE * along + 0.05 + np.nan_to_num(freeboard),
        "mean_sea_surface": 20.0 + GEOID_SLOPE * along,
        "sea_level_anomaly": np.full(RECORDS, 0.05),
        "sea_level_anomaly_uncertainty": np.full(RECORDS, 0.02),
        "surface_class": CLASSES,
        "radar_freeboard": freeboard,
        "radar_freeboard_uncertainty": np.full(RECORDS, 0.1),
    }
    time = np.datetime64("2024-03-15T12:00", "ns") + np.arange(RECORDS) * np.timedelta64(50, "ms")
    return xr.Dataset(
        {name: ("time", values) for name, values in columns.items()},
        coords={
            "time": time,
            "longitude": ("time", np.full(RECORDS, 10.0)),
            "latitude": ("time", 75.0 + along / 111_600.0),
        },
        attrs={"track_id": "al_001_0001", "leads": "model", "snow": "none"},
    )


def heights(figure) -> dict[str, np.ndarray]:
    lines = {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}
    return {name: lines[name][:, 1] for name in ("floe", "lead", "neither", "sea level")}


def test_heights_stand_on_the_mean_sea_surface(track):
    drawn = heights(plot_freeboard(track))
    assert drawn["floe"] == pytest.approx(np.full(180, 0.25))
    assert drawn["lead"] == pytest.approx(np.full(10, 0.05))
    assert drawn["neither"] == pytest.approx(np.full(10, 0.05))


def test_bars_are_one_sigma_either_way_and_missing_where_there_is_no_freeboard(track):
    figure = plot_freeboard(track)
    bars = figure.axes[1].collections[0].get_segments()
    assert len(bars) == 180
    assert np.array(bars)[:, :, 1] == pytest.approx(np.tile([0.1, 0.3], (180, 1)))


def test_means_are_drawn_of_pieces_that_hold_records_alone(track):
    track["radar_freeboard"].values[30:] = np.nan  # 9 km of 60
    means = plot_freeboard(track).axes[1].collections[1].get_segments()
    assert np.array(means).reshape(-1, 2) == pytest.approx(
        np.array([[0.0, 0.2], [5.0, 0.2], [5.0, 0.2], [10.0, 0.2]])
    )


def test_an_outlier_does_not_set_the_scale(track):
    track["radar_freeboard"].values[10] = -3.0
    low, high = plot_freeboard(track).axes[1].get_ylim()
    assert low > -0.1 and high < 0.5


def test_a_track_without_any_freeboard_is_drawn_with_its_sea_level(track):
    track["radar_freeboard"].values[:] = np.nan
    figure = plot_freeboard(track)
    assert not figure.axes[1].collections[0].get_segments()
    assert heights(figure)["sea level"] == pytest.approx(np.full(RECORDS, 0.05))


def test_panels_have_units_and_snow_adds_one_of_thickness(track):
    words = words_of(plot_freeboard(track))
    assert {"height above the\nmean sea surface [m]", "radar\nfreeboard [m]",
            "distance along the track [km]"} <= words  # fmt: skip
    assert "al_001_0001, 2024-03-15 12:00 UTC, leads: model, snow: none" in words
    thick = track.assign(
        sea_ice_thickness=10.0 * track["radar_freeboard"],
        sea_ice_thickness_uncertainty=10.0 * track["radar_freeboard_uncertainty"],
    )
    figure = plot_freeboard(thick)
    assert {"(c) thickness", "ice thickness [m]"} <= words_of(figure)
    assert smallest_letters(figure) >= 7.0
