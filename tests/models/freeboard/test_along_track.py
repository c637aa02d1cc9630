"""Freeboard along whole tracks: made ones whose answer is known, and real products."""

import netCDF4
import numpy as np
import pytest
import xarray as xr
from flown_passes import fly, made_track
from toy_surfaces import EPOCH, FREEBOARD, SNOW_DEPTH, changing_sea

from iceco.models.freeboard.along_track import freeboard, freeboard_of_product
from iceco.models.freeboard.biases import ERRORS
from iceco.models.freeboard.freeboard import FLOE, LEAD
from iceco.models.freeboard.heights import retracked_range, surface_height
from iceco.models.freeboard.leads import Leads, leads_of_model, leads_of_product, over_sea_ice
from iceco.models.freeboard.output import VARIABLES, write_freeboard
from iceco.models.freeboard.snow import snow_along
from iceco.products.recognise import open_product
from iceco.products.surface import Surface
from iceco.simulate.altimeter.facets import KA, KU, radar_freeboard

L2I = "altimetry/cryosat2/CS_LTA__SIR_SARI2__20150214T000431_20150214T000746_D001.nc"
SENTINEL3 = "altimetry/sentinel3/S3A_SR_2_WAT____{}.SEN3"
PASSES = (
    "20220812T152427_20220812T160854_20220907T093109_2667_088_310______MAR_O_NT_005",
    "20230502T150553_20230502T155016_20230528T090246_2663_098_210______MAR_O_NT_005",
)

SPACING = 0.3125
ALTITUDE = 800_000.0
EVERY = 20  # a lead among so many records
LEVEL, BOARD, SURFACE = 0.15, 0.30, 12.0


def known_leads(lead, distance=0.0):
    near = np.where(lead, distance, 3000.0)
    return Leads(np.where(lead, 0.95, 0.02), near, 0.9 * near, 1.1 * near + 0.1, 500.0)


def made_pass(n=200, noise=0.0, **changes):
    """A pass over floes 0.30 m above a sea that stands 0.15 m above its mean of 12 m."""
    lead = np.arange(n) % EVERY == 7
    errors = ERRORS["al_lrm"]
    beyond = np.arange(128) - 51.0
    ice = np.where(beyond < 0, 0.0, 5.0 * np.exp(-beyond / 29.0))
    mirror = 500.0 * np.exp(-((beyond / 1.2) ** 2))
    echo = np.where(lead[:, None], mirror, ice) + 0.25
    random = np.random.default_rng(3)
    if noise:
        echo *= random.gamma(1.0 / noise**2, noise**2, echo.shape)
    columns = {"altitude": np.full(n, ALTITUDE), "range_correction": np.full(n, -2.0)}
    track = made_track(echo, **(columns | changes))
    plain = freeboard_like(track, lead, errors)
    height = SURFACE + LEVEL + np.where(lead, 0.0, BOARD)
    track["window_range"] = track["window_range"] + (plain - height)
    return track, lead


def freeboard_like(track, lead, errors):
    """Heights as they come out of the track as it stands."""
    sea = np.zeros(lead.size)
    return freeboard(track, known_leads(lead), sea)["surface_height"].values


@pytest.fixture(scope="module")
def made():
    track, lead = made_pass()
    return track, lead, freeboard(track, known_leads(lead), np.full(lead.size, SURFACE))


def test_height_is_altitude_less_range_and_corrections(made):
    track, _, _ = made
    gate = np.full(track.sizes["time"], 53.0)
    at = retracked_range(track, gate)
    np.testing.assert_allclose(at - track["window_range"].values, 2.0 * SPACING)
    np.testing.assert_allclose(surface_height(track, at), ALTITUDE - at + 2.0)


def test_a_made_pass_gives_back_its_sea_and_its_floes(made):
    _, lead, found = made
    np.testing.assert_allclose(found["sea_level_anomaly"], LEVEL, atol=2e-3)
    assert (found["surface_class"].values == np.where(lead, LEAD, FLOE)).all()
    np.testing.assert_allclose(found["radar_freeboard"].values[~lead], BOARD, atol=2e-3)
    assert np.isnan(found["radar_freeboard"].values[lead]).all()
    assert found.attrs["freeboard_source"] == "retracked by iceco"


def test_uncertainty_is_that_of_the_range_and_of_the_sea_level(made):
    _, lead, found = made
    level, board = (
        found[f"{n}_uncertainty"].values for n in ("sea_level_anomaly", "radar_freeboard")
    )
    np.testing.assert_allclose(
        board[~lead], np.hypot(level[~lead], ERRORS["al_lrm"].floe_noise), rtol=1e-5
    )


def test_a_sea_and_its_mean_raised_together_change_nothing_but_heights(made):
    track, lead, found = made
    raised = track.assign(altitude=track["altitude"] + 5.0)
    again = freeboard(raised, known_leads(lead), np.full(lead.size, SURFACE + 5.0))
    np.testing.assert_allclose(again["radar_freeboard"], found["radar_freeboard"], atol=1e-6)
    np.testing.assert_allclose(again["surface_height"], found["surface_height"] + 5.0)


def test_leads_beside_the_track_are_corrected_by_their_distance(made):
    track, lead, found = made
    beside = known_leads(lead, 400.0)
    sea = np.full(lead.size, SURFACE)
    corrected = freeboard(track, beside, sea)["radar_freeboard"].values[~lead]
    plain = freeboard(track, beside, sea, corrected=False)["radar_freeboard"].values[~lead]
    np.testing.assert_allclose(plain, found["radar_freeboard"].values[~lead], atol=1e-3)
    assert np.median(corrected - plain) == pytest.approx(-0.11, abs=0.02)  # alpha d2 / 2h


def test_land_and_open_ocean_have_no_freeboard(made):
    track, lead, _ = made
    classes = np.full(lead.size, Surface.SEA_ICE, np.int8)
    classes[50:80], classes[150:] = Surface.OCEAN, Surface.LAND
    concentration = np.full(lead.size, 95.0)
    concentration[:20], concentration[20:25] = 40.0, np.nan
    coast = track.assign(
        product_surface_class=("time", classes), sea_ice_concentration=("time", concentration)
    )
    icy = over_sea_ice(coast)
    assert icy.sum() == 200 - 30 - 50 - 20
    found = freeboard(coast, known_leads(lead), np.full(lead.size, SURFACE))
    assert np.isnan(found["radar_freeboard"].values[~icy]).all()
    assert np.isfinite(found["radar_freeboard"].values[icy & ~lead]).all()


def test_missing_echoes_and_corrections_are_left_out(made):
    track, lead, found = made
    spoilt = track.copy(deep=True)
    spoilt["waveform"].values[33] = np.nan
    spoilt["range_correction"].values[34] = np.nan
    again = freeboard(spoilt, known_leads(lead), np.full(lead.size, SURFACE))
    lost = np.isnan(again["radar_freeboard"].values) & np.isfinite(found["radar_freeboard"].values)
    assert np.flatnonzero(lost).tolist() == [33, 34]


def test_with_snow_there_is_thickness_and_every_value_has_its_uncertainty(made):
    track, lead, _ = made
    sea = np.full(lead.size, SURFACE)
    found = freeboard(track, known_leads(lead), sea, snow_along(track, 0.2))
    for name in ("radar_freeboard", "sea_ice_freeboard", "sea_ice_thickness"):
        known = np.isfinite(found[name].values)
        np.testing.assert_array_equal(known, ~lead)
        assert (found[f"{name}_uncertainty"].values[known] > 0.0).all()
    assert (found["sea_ice_freeboard"] < found["radar_freeboard"]).values[~lead].all()  # Ka band


def test_a_track_without_leads_or_of_another_kind_is_refused(made):
    track, lead, _ = made
    none = known_leads(np.zeros(lead.size, bool))
    with pytest.raises(ValueError, match="made: shows no lead"):
        freeboard(track, none, np.zeros(lead.size))
    with pytest.raises(ValueError, match="made: has no corrections"):
        freeboard(track.drop_vars("range_correction"), none, np.zeros(lead.size))
    with pytest.raises(ValueError, match="not for ja1_lrm"):
        freeboard(track.assign_attrs(mission="ja1"), none, np.zeros(lead.size))
    with pytest.raises(ValueError, match="calls no record a lead"):
        leads_of_product(track)
    with pytest.raises(ValueError, match="neither echoes nor freeboard"):
        freeboard_of_product(track)


def test_leads_of_a_model_keep_its_distance_and_those_of_a_product_have_none(made):
    track, lead, _ = made
    names = ("lead_probability", "distance_to_lead", "distance_to_lead_p16", "distance_to_lead_p84")
    said = xr.Dataset({name: ("time", np.full(3, i, "f4")) for i, name in enumerate(names)})
    leads = leads_of_model(said.assign_attrs(lead_distance_m=250.0))
    assert [column[0] for column in leads[:4]] == [0.0, 1.0, 2.0, 3.0]
    assert leads.reach == 250.0
    classes = np.where(lead, Surface.LEAD, np.where(np.arange(200) < 10, 0, Surface.SEA_ICE))
    told = leads_of_product(track.assign(product_surface_class=("time", classes)))
    assert (told.probability[lead] == 1.0).all()
    assert np.isnan(told.probability[0])
    assert told.probability[11] == 0.0
    assert np.isnan(told.distance).all()
    found = freeboard(track, told, np.full(200, SURFACE))
    np.testing.assert_allclose(found["sea_level_anomaly"], LEVEL, atol=2e-3)


@pytest.mark.parametrize(
    ("mission", "count", "clear", "width"),
    [("al", 100, 12, 60.0), ("c2", 40, 8, 1500.0), ("s3a", 40, 8, 1500.0)],
)
def test_even_ice_and_a_lead_in_it_have_their_heights(tmp_path, mission, count, clear, width):
    """The radar flies across a lead; ice is judged at the ends of the pass."""
    track, flown = fly(tmp_path, mission, count, width)
    record = np.arange(track.sizes["time"])
    lead = np.abs(record - flown.x.size // 2) < 2
    seconds = (track["time"].values - EPOCH) / np.timedelta64(1, "s")
    place = track["record"].values
    sea = changing_sea(flown.x[place], flown.y[place], seconds)
    found = freeboard(track, known_leads(lead), sea.mean_sea_surface)
    above = found["surface_height"].values - sea.mean_sea_surface - sea.sea_level_anomaly
    band = KA if mission == "al" else KU
    board = radar_freeboard(np.float64(FREEBOARD), np.float64(SNOW_DEPTH), band)
    ends = np.minimum(record, record[::-1]) < clear
    assert np.median(above[ends]) == pytest.approx(board, abs=0.05)
    assert np.median(above[lead]) == pytest.approx(0.0, abs=0.08)


# --- real products ---------------------------------------------------------------------------


def test_cryosat2_level2_closes_to_a_millimetre(sample_data):
    track = open_product(sample_data / L2I)
    found = freeboard_of_product(track)
    floe = found["surface_class"].values == FLOE
    assert floe.sum() == 589
    own = track["product_radar_freeboard"].values
    np.testing.assert_array_equal(found["radar_freeboard"].values[floe], own[floe].astype("f4"))
    stands_on = found["surface_height"].values - track["mean_sea_surface"].values
    closed = stands_on - found["sea_level_anomaly"].values
    np.testing.assert_allclose(closed[floe], own[floe], atol=1e-3)
    # From range and corrections: leads as they are, all else 0.162 m lower (formats, trap 3).
    height = surface_height(track, found["retracked_range"].values)
    off = height - found["surface_height"].values
    lead = found["surface_class"].values == LEAD
    np.testing.assert_allclose(off[lead], 0.0, atol=1e-3)
    np.testing.assert_allclose(off[floe], 0.162, atol=1e-3)
    level = found["sea_level_anomaly"].values
    with netCDF4.Dataset(sample_data / L2I) as dataset:
        theirs = np.ma.filled(dataset["ssha_interp_20_ku"][:], np.nan)
    np.testing.assert_allclose(level[floe], theirs[floe], atol=1e-3)


@pytest.mark.parametrize("name", PASSES)
def test_sentinel3_level2_closes_to_a_millimetre(sample_data, name):
    folder = sample_data / SENTINEL3.format(name)
    track = open_product(folder)
    found = freeboard_of_product(track)
    height = surface_height(track, found["retracked_range"].values)
    known = np.isfinite(height) & np.isfinite(found["surface_height"].values)
    icy = known & (found["surface_class"].values > 0)
    assert icy.sum() > 100
    assert np.median(np.abs(height - found["surface_height"].values)[icy]) < 1e-4
    floe = found["surface_class"].values == FLOE
    with netCDF4.Dataset(folder / "standard_measurement.nc") as dataset:
        theirs = np.ma.filled(dataset["int_sea_ice_ssha_20_ku"][:], np.nan)
        record = found["record"].values
    np.testing.assert_allclose(
        found["sea_level_anomaly"].values[floe], theirs[record][floe], atol=1e-3
    )


def test_a_written_file_is_read_back_as_it_was(tmp_path, made):
    track, lead, _ = made
    found = freeboard(track, known_leads(lead), np.full(200, SURFACE), snow_along(track, 0.1))
    source = tmp_path / "pass.nc"
    source.write_bytes(b"a product")
    write_freeboard(found, tmp_path / "out.nc", source, {"snow": "0.1"})
    with xr.open_dataset(tmp_path / "out.nc") as read:
        for name in VARIABLES:
            np.testing.assert_array_equal(read[name].values, found[name].values)
            assert read[name].dtype == found[name].dtype
            assert read[name].attrs["long_name"]
        assert read.attrs["Conventions"] == "CF-1.11"
        assert read.attrs["title"] == "Sea-ice freeboard along an altimeter track"
        assert read.attrs["input"] == "pass.nc"
        assert len(read.attrs["input_sha256"]) == 64
        assert read.attrs["mission"] == "al"
        assert {"time", "longitude", "latitude"} <= set(read.coords)
        gap = np.abs(read["time"].values - track["time"].values)
        assert gap.max() <= np.timedelta64(1, "us")
