"""A zipped Sentinel-3 product is the product, and what a zip can do wrong is said."""

import zipfile

import pytest
import xarray as xr
from altimetry_files import sentinel3, sentinel3_enhanced

from iceco.products import sentinel3_zip
from iceco.products.recognise import NotAProduct, identify, open_product
from iceco.products.sentinel3 import open_sentinel3

NAME = "S3A_SR_2_WAT____20230301T120000.SEN3"


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, name in members:
            archive.write(file, name)
    return path


@pytest.fixture
def enhanced(tmp_path):
    return sentinel3_enhanced().write(tmp_path / "enhanced.nc")


def test_a_zip_opens_as_the_folder_does(enhanced, tmp_path):
    path = zipped(tmp_path / f"{NAME}.zip", (enhanced, f"{NAME}/enhanced_measurement.nc"))
    assert identify(path) == "sentinel3"
    xr.testing.assert_identical(
        open_product(path).drop_attrs(), open_sentinel3(enhanced).drop_attrs()
    )
    assert open_product(path).attrs["source"] == str(path)


def test_the_richest_file_of_a_zip_is_taken(enhanced, tmp_path):
    plain = sentinel3().write(tmp_path / "standard.nc")
    members = [
        (plain, f"{NAME}/standard_measurement.nc"),
        (enhanced, f"{NAME}/enhanced_measurement.nc"),
    ]
    both = zipped(tmp_path / "both.zip", *members)
    assert "waveform" in open_sentinel3(both)
    assert "waveform" not in open_sentinel3(zipped(tmp_path / "one.zip", members[0]))


def test_zips_of_something_else_of_two_products_or_cut_off_are_told(enhanced, tmp_path):
    other = zipped(tmp_path / "other.zip", (enhanced, "notes/readme.nc"))
    with pytest.raises(NotAProduct, match=r"other\.zip"):
        identify(other)
    with pytest.raises(ValueError, match=r"other\.zip: the zip has none of the files enhanced_"):
        open_sentinel3(other)
    members = [(enhanced, f"{n}/enhanced_measurement.nc") for n in ("a.SEN3", "b.SEN3")]
    with pytest.raises(ValueError, match=r"holds 2 products; unpack it"):
        open_sentinel3(zipped(tmp_path / "two.zip", *members))
    whole = zipped(tmp_path / "whole.zip", members[0])
    content = bytearray(whole.read_bytes())
    content[1000:1400] = bytes(400)
    whole.write_bytes(content)
    with pytest.raises(ValueError, match=r"whole\.zip: the zip is cut off or damaged"):
        open_sentinel3(whole)


def test_a_file_far_larger_than_any_orbit_is_not_unpacked(enhanced, tmp_path, monkeypatch):
    path = zipped(tmp_path / "bomb.zip", (enhanced, f"{NAME}/enhanced_measurement.nc"))
    monkeypatch.setattr(sentinel3_zip, "LARGEST", 100)
    with pytest.raises(ValueError, match="far too large"):
        open_sentinel3(path)


def test_what_is_no_netcdf_inside_a_zip_is_said(tmp_path):
    noise = tmp_path / "noise.nc"
    noise.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    path = zipped(tmp_path / "noise.zip", (noise, "a.SEN3/enhanced_measurement.nc"))
    with pytest.raises(ValueError, match=r"noise\.zip/a\.SEN3/enhanced_measurement\.nc: .*damaged"):
        open_sentinel3(path)
