"""Observations: read from files, kept within the window, moved with the ice, averaged."""

import numpy as np
import pytest
from freeboard_fields import TARGET, make_field
from freeboard_files import write_freeboard

from iceco.drift.displacement import constant_displacement, no_drift
from iceco.geo.polar import NORTH, forward
from iceco.models.densify.observations import (
    KINDS,
    advected,
    points_of,
    read_freeboard,
    super_observations,
)

DAY = np.timedelta64(86_400, "s")
SENTINEL3 = (
    "altimetry/sentinel3/S3A_SR_2_WAT____20230502T150553_20230502T155016_20230528T090246_2663_098_"
    "210______MAR_O_NT_005.SEN3"
)
CRYOSAT2 = "altimetry/cryosat2/CS_LTA__SIR_SARI2__20150214T000431_20150214T000746_D001.nc"
ATL10 = "altimetry/icesat2/processed_ATL10-01_20220107195849_02531401_006_01.h5"


def written(path, freeboard=(0.1, 0.2, 0.3, 0.4), start=TARGET, **how):
    value = np.array(freeboard)
    x, y = forward(NORTH, np.full(value.size, -140.0), 75.0 + 0.01 * np.arange(value.size))
    time = start + np.arange(value.size) * np.timedelta64(50, "ms")
    return write_freeboard(path, x, y, time, value, **how)


def test_a_file_of_freeboard_becomes_points_where_and_when_it_says(tmp_path):
    path = written(tmp_path / "a.nc", sigma=0.05, shared=0.02)
    points, kind = points_of([read_freeboard(path)], TARGET, DAY)
    assert kind == "radar"
    np.testing.assert_allclose(points.freeboard, [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(points.uncertainty, 0.05)
    np.testing.assert_allclose(points.shared_uncertainty, 0.02)
    np.testing.assert_allclose(points.age_s, 0.05 * np.arange(4))
    still = advected(points, NORTH, no_drift(), TARGET)
    x, y = forward(NORTH, np.full(4, -140.0), 75.0 + 0.01 * np.arange(4))
    np.testing.assert_allclose(np.stack([still.x, still.y]), [x, y], atol=1e-3)


def test_missing_and_unbelievable_freeboard_is_left_out(tmp_path):
    path = written(tmp_path / "a.nc", (0.1, np.nan, 5.0, -2.0, 0.3))
    points, _ = points_of([read_freeboard(path)], TARGET, DAY)
    np.testing.assert_allclose(points.freeboard, [0.1, 0.3])


def test_only_what_lies_in_the_window_counts_on_either_side(tmp_path):
    starts = [TARGET + hours * np.timedelta64(3600, "s") for hours in (-49, -47, 47, 49)]
    files = [written(tmp_path / f"{i}.nc", start=start) for i, start in enumerate(starts)]
    points, _ = points_of([read_freeboard(f) for f in files], TARGET, 2 * DAY)
    assert np.unique(points.track).size == 2
    assert np.sign(points.age_s).tolist() == [-1] * 4 + [1] * 4
    with pytest.raises(ValueError, match=r"no track is in the window.* 47\.0 h from it"):
        points_of([read_freeboard(f) for f in files], TARGET, DAY)


def test_tracks_must_carry_one_kind_of_freeboard(tmp_path):
    radar = written(tmp_path / "radar.nc")
    ice = written(tmp_path / "ice.nc", name="sea_ice_freeboard")
    _, kind = points_of([read_freeboard(ice)], TARGET, DAY)
    assert kind == "ice"
    with pytest.raises(ValueError, match=r"\.nc: the track has no freeboard"):
        points_of([read_freeboard(radar), read_freeboard(ice)], TARGET, DAY)


def test_points_move_with_the_ice_and_keep_how_sure_that_is(tmp_path):
    path = written(tmp_path / "a.nc", start=TARGET - DAY)
    points, _ = points_of([read_freeboard(path)], TARGET, 2 * DAY)
    still = advected(points, NORTH, no_drift(), TARGET)
    moved = advected(points, NORTH, constant_displacement(3000.0, -4000.0), TARGET)
    np.testing.assert_allclose(moved.x - still.x, 3000.0)
    np.testing.assert_allclose(moved.y - still.y, -4000.0)
    # Unknown motion: 0.1 m/s over a day; what a displacement leaves unresolved: 0.03 m/s.
    np.testing.assert_allclose(still.position_sigma_m, 8640.0, rtol=1e-4)
    np.testing.assert_allclose(moved.position_sigma_m, 2592.0, rtol=1e-4)


def test_averaging_keeps_the_mean_and_lowers_the_error_as_the_root_of_the_number():
    made = make_field(seed=5, rows=400, columns=4, tracks=(0.3,), sigma=0.05, length=1e6)
    few = super_observations(made.points, np.arange(400) // 4)
    assert few.x.size == 100
    np.testing.assert_allclose(few.freeboard, made.points.freeboard.reshape(100, 4).mean(axis=1))
    # The scatter is pooled over 300 degrees of freedom: known to 4 %.
    np.testing.assert_allclose(few.uncertainty, 0.025, rtol=0.12)
    np.testing.assert_allclose(few.age_s, made.points.age_s.reshape(100, 4).mean(axis=1))


def test_records_that_scatter_more_than_they_say_are_believed_less():
    made = make_field(seed=5, rows=400, columns=4, tracks=(0.3,), sigma=0.05, length=1e6)
    bold = made.points._replace(uncertainty=np.full(400, 0.01))
    few = super_observations(bold, np.arange(400) // 4)
    np.testing.assert_allclose(few.uncertainty, 0.025, rtol=0.12)


def test_tracks_are_not_averaged_with_each_other_and_what_they_share_stays():
    made = make_field(rows=10, columns=10, tracks=(0.2, 0.2), sea_level=0.03)
    few = super_observations(made.points, np.zeros(20, dtype=np.int64))
    assert few.track.tolist() == [0, 1]
    np.testing.assert_allclose(few.shared_uncertainty, 0.03)


@pytest.mark.parametrize(
    ("name", "kind", "latitudes"),
    [(SENTINEL3, "radar", (70.0, 82.0)), (CRYOSAT2, "radar", (77.0, 85.0)),
     (ATL10, "total", (50.0, 90.0))],
)  # fmt: skip
def test_real_products_that_carry_freeboard_are_used_as_they_are(
    sample_data, name, kind, latitudes
):
    observed = read_freeboard(sample_data / name)
    value, sigma = observed.freeboard[kind]
    good = np.isfinite(value)
    assert good.sum() > 300
    assert (sigma[good] > 0).all()
    north = observed.latitude[good]
    assert north.min() > latitudes[0]
    assert north.max() < latitudes[1]
    middle = observed.time[good][good.sum() // 2]
    points, found = points_of([observed], middle, DAY)
    assert found == kind
    low, high = KINDS[kind][1]
    assert points.freeboard.min() >= low
    assert points.freeboard.max() <= high


def test_what_is_no_track_is_refused(tmp_path):
    other = tmp_path / "README.md"
    other.write_text("no track")
    with pytest.raises(ValueError, match="not a product"):
        read_freeboard(other)
