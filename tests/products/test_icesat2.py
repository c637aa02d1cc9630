"""ATL10 granules as tracks: traps of the format, and the real samples."""

import netCDF4
import numpy as np
import pytest

from iceco.cli.info import summary
from iceco.products.icesat2 import BEAMS, open_atl10
from iceco.products.recognise import identify, open_product

FILL = np.float32(3.4028235e38)


def write_granule(path, beams=("gt1l", "gt2r"), place="freeboard_segment", n=6, heights=True):
    with netCDF4.Dataset(path, "w") as file:
        file.identifier_product_type = "ATL10"
        file.createGroup("ancillary_data")
        for number, beam in enumerate(beams):
            file.createGroup(beam).atlas_beam_type = "strong" if beam.endswith("l") else "weak"
            group = file.createGroup(f"{beam}/{place}")
            group.createDimension("segment", n)
            columns = {
                "delta_time": 1.3e8 + number + 0.015 * np.arange(n),
                "latitude": 80.0 + 0.001 * np.arange(n),
                "longitude": np.full(n, -179.9995),
            }
            for name, values in columns.items():
                group.createVariable(name, "f8", ("segment",))[:] = values
            group["delta_time"].units = "seconds since 2018-01-01"
            freeboard = np.full(n, 0.25 + number, dtype="f4")
            freeboard[2] = FILL
            for name, values in (("beam_fb_height", freeboard), ("beam_fb_unc", freeboard / 10)):
                group.createVariable(name, "f4", ("segment",), fill_value=FILL)[:] = values
            quality = group.createVariable("beam_fb_quality_flag", "i1", ("segment",))
            quality[:] = np.arange(n) % 4 + 1
            if heights:
                beside = file.createGroup(f"{beam}/{place}/heights")
                beside.createVariable("height_segment_ssh_flag", "i1", ("segment",))[:] = [2] + [
                    0
                ] * (n - 1)
                beside.createVariable("height_segment_length_seg", "f4", ("segment",))[:] = 100.0
    return path


def test_beams_follow_one_another_and_missing_ones_are_no_fault(tmp_path):
    track = open_atl10(write_granule(tmp_path / "a"))
    assert track.sizes["time"] == 12
    assert track["beam"].values.tolist() == [1] * 6 + [4] * 6
    assert track.attrs["strong_beams"] == "gt1l"
    assert track["product_total_freeboard"].values[[0, 6]] == pytest.approx([0.25, 1.25])
    assert track["longitude"].values == pytest.approx(-179.9995)
    assert track.attrs["rate_hz"] == pytest.approx(1 / 0.015, rel=1e-3)


def test_trap_10_the_fill_value_is_finite_and_missing(tmp_path):
    track = open_atl10(write_granule(tmp_path / "a"))
    for name in ("product_total_freeboard", "product_total_freeboard_uncertainty"):
        assert np.isnan(track[name].values).tolist() == [i % 6 == 2 for i in range(12)]


def test_a_huge_value_is_missing_though_no_attribute_says_so(tmp_path):
    path = write_granule(tmp_path / "a")
    with netCDF4.Dataset(path, "a") as file:
        file["gt1l/freeboard_segment/latitude"][1] = 1.7976931348623157e308
    assert np.isnan(open_atl10(path)["latitude"].values[1])


def test_delta_time_counts_from_2018_in_seconds_that_are_utc(tmp_path):
    first = open_atl10(write_granule(tmp_path / "a"))["time"].values[0]
    assert first == np.datetime64("2018-01-01", "ns") + np.timedelta64(130_000_000, "s")


def test_only_the_best_quality_is_zero_and_sea_surface_segments_are_leads(tmp_path):
    track = open_atl10(write_granule(tmp_path / "a"))
    assert track["product_quality_flag"].values[:6].tolist() == [0, 1, 1, 1, 0, 1]
    assert track["product_surface_class"].values[:3].tolist() == [2, 4, 4]
    assert track["segment_length"].values[0] == 100.0


def test_the_groups_of_release_004_are_found(tmp_path):
    path = write_granule(
        tmp_path / "a", place="freeboard_beam_segment/beam_freeboard", heights=False
    )
    track = open_atl10(path)
    assert track.sizes["time"] == 12
    assert "segment_length" not in track


def test_it_is_known_by_its_content_and_shown(tmp_path):
    path = write_granule(tmp_path / "b")
    assert identify(path) == "atl10"
    found = summary(path)
    assert (found["kind"], found["mission"], found["product"]) == ("atl10", "icesat2", "ATL10")


def test_a_granule_without_freeboard_and_another_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no beam has a freeboard segment"):
        open_atl10(write_granule(tmp_path / "a", beams=()))
    with netCDF4.Dataset(tmp_path / "o", "w") as file:
        file.title = "other"
    with pytest.raises(ValueError, match="not an ATL10 granule"):
        open_atl10(tmp_path / "o")


def test_the_real_granule_has_the_freeboards_that_its_page_tells(sample_data):
    path = next((sample_data / "altimetry/icesat2").glob("*20220107*.h5"))
    track = open_product(path)
    assert track.attrs["baseline"] == "006"
    freeboard, beam = track["product_total_freeboard"].values, track["beam"].values
    known = {
        name: freeboard[(beam == i + 1) & np.isfinite(freeboard)] for i, name in enumerate(BEAMS)
    }
    assert {name: values.size for name, values in known.items()} == {
        "gt1l": 0, "gt1r": 0, "gt2l": 351, "gt2r": 273, "gt3l": 240, "gt3r": 0,
    }  # fmt: skip
    medians = [np.median(known[name]) for name in ("gt2l", "gt2r", "gt3l")]
    assert medians == pytest.approx([0.08, 0.22, 0.39], abs=0.005)


def test_the_real_granule_of_which_five_beams_lack_their_group_opens(sample_data):
    path = next((sample_data / "altimetry/icesat2").glob("*20220106*.h5"))
    track = open_product(path)
    assert track.sizes["time"] == 21
    assert np.isnan(track["product_total_freeboard"].values).all()
