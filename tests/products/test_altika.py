"""The CNES template: AltiKa as written by our own writer, and the real Jason-1 twin."""

import netCDF4
import numpy as np
import pytest
from altika_tracks import altika_track

from iceco.products.altika import GATE_SPACING_M, is_altika, open_altika
from iceco.products.altika_writer import write_altika

JASON = "altimetry/jason/JA1_GPN_2PeP001_002_20020115_060706_20020115_070316.nc"
SARIN = "altimetry/cryosat2/CS_OFFL_SIR_LRM_1B_20221214T020321_20221214T020524_E001.nc"


@pytest.fixture
def jason(sample_data):
    return sample_data / JASON


@pytest.fixture
def raw(jason):
    with netCDF4.Dataset(jason) as dataset:
        dataset.set_auto_maskandscale(False)
        yield dataset


@pytest.fixture
def sgdr(tmp_path):
    """A small SGDR of three rows, the last cut short, and a way to change it."""
    path = tmp_path / "sgdr.nc"
    write_altika(path, altika_track(95), 12, 345)
    return path


def change(path, **values):
    """Overwrite variables of a file, packed."""
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.set_auto_maskandscale(False)
        for name, value in values.items():
            dataset[name][...] = value


def rename(path, **names):
    with netCDF4.Dataset(path, "a") as dataset:
        for old, new in names.items():
            dataset.renameVariable(old, new)


def test_high_rate_records_are_flattened_row_by_row(jason, raw):
    track = open_altika(jason)
    seconds = (track.time.values - np.datetime64("2000-01-01", "ns")).astype(np.int64) * 1e-9
    assert np.allclose(seconds, raw["time_20hz"][:].ravel(), rtol=0, atol=2e-7)
    assert np.all(np.diff(seconds) > 0)
    assert np.allclose(track.latitude, raw["lat_20hz"][:].ravel() * 1e-6)


def test_the_time_is_utc_as_it_stands(jason):
    track = open_altika(jason)
    first = np.datetime64("2002-01-15T06:07:06.818984")  # attribute first_meas_time, at 1 Hz
    assert abs(track.time.values[:20].astype(np.int64).mean() - first.astype(np.int64) * 1e3) < 2e6


def test_heights_carry_the_offset_of_the_file(jason, raw):
    track = open_altika(jason)
    assert np.allclose(track.altitude, 1.3e6 + raw["alt_20hz"][:].ravel() * 1e-4, atol=1e-6)
    assert 1.33e6 < track.product_range.min() < track.product_range.max() < 1.37e6


def test_fill_is_nan_and_nothing_else_is(jason, raw):
    track = open_altika(jason)
    fill = raw["ice_range_20hz_ku"][:].ravel() == 2147483647
    assert fill.any()
    assert np.array_equal(np.isnan(track.product_range), fill)


def test_fill_in_the_last_row_is_no_record(sgdr):
    track = open_altika(sgdr)
    assert track.sizes["time"] == 95
    assert track.attrs["records_without_time"] == 25
    assert np.array_equal(track.record, np.arange(95))


def test_one_hz_corrections_hold_for_their_row_and_are_not_interpolated(jason, raw):
    dry = open_altika(jason).dry_troposphere_correction.values.reshape(-1, 20)
    one_hz = raw["model_dry_tropo_corr"][:] * 1e-4
    assert np.array_equal(dry, np.repeat(one_hz[:, None], 20, axis=1))


def test_longitudes_are_brought_to_minus_180_to_180(jason, raw):
    longitude = open_altika(jason).longitude.values
    assert raw["lon_20hz"][:].max() > 180e6
    assert longitude.min() >= -180
    assert longitude.max() < 180
    assert np.allclose((longitude - raw["lon_20hz"][:].ravel() * 1e-6 + 180) % 360, 180)


def test_signs_of_the_corrections_close_on_the_sea_level_anomaly_of_the_product(jason, raw):
    # The product's own sum, with its own choice of wet, ionosphere and tide, and the sea state.
    one_hz = open_altika(jason).isel(time=slice(None, None, 20))
    with netCDF4.Dataset(jason) as dataset:
        value = {name: np.ma.filled(dataset[name][:], np.nan) for name in CLOSURE}
    sum_of_reader = (
        one_hz.range_correction
        - one_hz.wet_troposphere_correction
        - one_hz.ionosphere_correction
        - one_hz.ocean_tide
    ).values
    of_product = (
        value["rad_wet_tropo_corr"]
        + value["iono_corr_alt_ku"]
        + value["sea_state_bias_ku"]
        + value["ocean_tide_sol1"]
    )
    height = value["alt"] - value["range_ku"] - sum_of_reader - of_product
    anomaly = height - one_hz.mean_sea_surface.values
    known = np.isfinite(value["ssha"]) & np.isfinite(anomaly)
    assert known.sum() > 1000
    assert np.abs(anomaly - value["ssha"])[known].max() < 0.0015


CLOSURE = (
    "alt",
    "range_ku",
    "rad_wet_tropo_corr",
    "iono_corr_alt_ku",
    "sea_state_bias_ku",
    "ocean_tide_sol1",
    "ssha",
)


def test_high_frequency_fluctuations_are_added_to_the_inverse_barometer(jason, raw):
    track = open_altika(jason)
    added = (raw["inv_bar_corr"][:] + raw["hf_fluctuations_corr"][:].astype(int)) * 1e-4
    assert np.allclose(track.dynamic_atmosphere_correction[::20], added)


def test_an_ogdr_without_these_fluctuations_keeps_the_inverse_barometer(sgdr):
    rename(sgdr, hf_fluctuations_corr="other")
    track = open_altika(sgdr)
    assert "dynamic_atmosphere_correction" not in track
    assert np.isfinite(track.range_correction).all()


def test_the_ocean_tide_already_contains_the_load_and_the_equilibrium_tide(sgdr):
    before = open_altika(sgdr)
    change(sgdr, load_tide_sol2=1000, ocean_tide_equil=2000)
    after = open_altika(sgdr)
    assert np.allclose(after.load_tide, 0.1)
    assert np.array_equal(after.range_correction, before.range_correction)


def test_the_range_correction_has_no_sea_state_bias(sgdr):
    track = open_altika(sgdr)
    parts = ["dry_troposphere", "wet_troposphere", "ionosphere", "dynamic_atmosphere"]
    tides = track.ocean_tide + track.solid_earth_tide + track.pole_tide
    expected = sum(track[f"{part}_correction"] for part in parts) + tides
    assert np.allclose(track.range_correction, expected, atol=1e-12)


@pytest.mark.parametrize("doppler", ["doppler_corr", "modeled_instr_corr_range"])
def test_the_window_range_contains_the_instrument_corrections(sgdr, doppler):
    before = open_altika(sgdr).window_range
    change(sgdr, **{doppler: -321})
    assert np.allclose(open_altika(sgdr).window_range - before, -0.0321, atol=1e-9)


def test_the_gates_are_those_of_480_mhz(sgdr):
    track = open_altika(sgdr)
    assert track.attrs["gate_spacing_m"] == pytest.approx(0.312284, abs=1e-6)
    assert track.attrs["gate_spacing_m"] == GATE_SPACING_M
    assert track.attrs["reference_gate"] == 51.0
    assert track.waveform.dtype == np.float32


def test_the_scale_factor_leads_from_the_echo_to_the_corrected_sigma0(sgdr):
    before = open_altika(sgdr).scale_factor_db
    change(sgdr, atmos_corr_sig0=35)
    assert np.allclose(open_altika(sgdr).scale_factor_db - before, 0.35)


def test_both_generations_of_names_are_read(sgdr):
    new = open_altika(sgdr)
    rename(sgdr, mean_sea_surface_sol1="mean_sea_surface")
    old = open_altika(sgdr)
    assert (new.attrs["baseline"], old.attrs["baseline"]) == ("F", "T")
    assert np.array_equal(new.mean_sea_surface, old.mean_sea_surface)


@pytest.mark.parametrize("name", ["seaice", "ice1", "ocean"])
def test_range_and_sigma0_come_from_one_retracker_the_best_there_is(sgdr, name):
    expected = open_altika(sgdr)
    stem = {"seaice": "seaice_", "ice1": "ice1_", "ocean": ""}[name]
    if name != "seaice":
        rename(
            sgdr,
            seaice_range_40hz=f"{stem}range_40hz",
            seaice_sig0_40hz=f"{stem}sig0_40hz",
            seaice_qual_flag_40hz="other",
        )
    track = open_altika(sgdr)
    assert track.attrs["product_retracker"] == name
    assert np.array_equal(track.product_range, expected.product_range)
    assert np.array_equal(track.sigma0_db, expected.sigma0_db)


def test_a_gdr_without_echoes_is_a_track_without_echoes(jason):
    track = open_altika(jason)
    assert "waveform" not in track
    assert "window_range" not in track
    assert track.attrs["product"] == "GDR"
    assert track.attrs["rate_hz"] == 20
    assert track.attrs["track_id"] == "ja1_001_0002"


def test_an_sgdr_says_what_it_is(sgdr):
    attributes = open_altika(sgdr).attrs
    expected = {"mission": "al", "mode": "LRM", "product": "SGDR", "track_id": "al_012_0345"}
    assert {name: attributes[name] for name in expected} == expected
    assert (attributes["cycle"], attributes["pass"]) == (12, 345)


def test_the_ellipsoid_of_the_heights_is_told(jason):
    assert open_altika(jason).attrs["ellipsoid_axis"] == 6378136.3


def test_land_ocean_and_sea_ice_are_told_apart(jason, raw):
    classes = open_altika(jason).product_surface_class.values[::20]
    ocean, ice = raw["surface_type"][:] == 0, raw["ice_flag"][:] == 1
    assert np.all(classes[ocean & ~ice] == 1)
    assert np.all(classes[ocean & ice] == 4)
    assert np.all(classes[raw["surface_type"][:] == 3] == 7)
    assert np.all(classes[raw["surface_type"][:] == 1] == 0)
    assert (ocean & ice).any()


def test_surface_codes_of_the_new_generation_are_read(sgdr):
    with netCDF4.Dataset(sgdr, "a") as dataset:
        dataset.createVariable("surf_class", "i1", ("time",))[:] = [0, 4, 5]
        dataset.createVariable("ice_flag", "i1", ("time",))[:] = [1, 1, 0]
    assert open_altika(sgdr).product_surface_class[::40].values.tolist() == [4, 7, 0]


def test_files_are_known_by_their_content(sgdr, jason, sample_data, tmp_path):
    text = tmp_path / "SRL_GPS_2PfP001_0641_20130405_141055_20130405_150113.CNES.nc"
    text.write_text("not a product")
    assert is_altika(sgdr)
    assert is_altika(jason)
    assert not is_altika(sample_data / SARIN)
    assert not is_altika(text)
    assert not is_altika(tmp_path / "absent.nc")


def test_a_file_of_another_mission_is_refused(sample_data):
    with pytest.raises(ValueError, match=r"LRM_1B.*not a GDR or SGDR of SARAL/AltiKa"):
        open_altika(sample_data / SARIN)


@pytest.mark.parametrize("name", ["alt_40hz", "pole_tide", "tracker_40hz"])
def test_a_file_without_a_needed_variable_is_refused(sgdr, name):
    rename(sgdr, **{name: "other"})
    with pytest.raises(ValueError, match=r"sgdr\.nc: the variable \w+ is missing"):
        open_altika(sgdr)


@pytest.mark.parametrize("kept", [0, 3, 500, 9000, 20000])
def test_a_file_that_is_cut_off_is_refused(sgdr, kept):
    whole = sgdr.read_bytes()
    sgdr.write_bytes(whole[:kept])
    with pytest.raises(ValueError, match=r"sgdr\.nc: "):
        open_altika(sgdr)


def test_a_variable_of_another_shape_is_refused(sgdr):
    rename(sgdr, pole_tide="other", meas_ind="pole_tide")
    with pytest.raises(ValueError, match=r"pole_tide has the shape \(40,\)"):
        open_altika(sgdr)


def test_a_file_without_a_cycle_is_refused(sgdr):
    with netCDF4.Dataset(sgdr, "a") as dataset:
        dataset.delncattr("cycle_number")
    with pytest.raises(ValueError, match="cycle or pass number"):
        open_altika(sgdr)
