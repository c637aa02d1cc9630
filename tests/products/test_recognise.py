"""Files are known by their content, and what is none of ours is refused in one sentence."""

import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas
import netCDF4
import numpy as np
import pytest
import xarray as xr
from altika_tracks import altika_track
from one_of_each import write_one_of_each

import iceco.products
from iceco.products.altika_writer import write_altika
from iceco.products.recognise import NotAProduct, identify, open_product

#: What the sample folder holds: kind, or words of the refusal, by pattern of the path.
SAMPLES = {
    "altimetry/cryosat2/CS_*_SIR_[LS]*.nc": "cryosat2",
    "altimetry/sentinel3/*.SEN3": "sentinel3",
    "altimetry/sentinel3/*.SEN3/*.nc": "sentinel3",
    "altimetry/sentinel3/waveform_subset/*50records.nc": "sentinel3",
    "altimetry/jason/*.nc": "altika",
    "altimetry/icesat2/*.h5": "atl10",
    "altimetry/sea_ice_concentration/*.nc": "concentration",
    "ice/sic_nsidc0051/*.bin": "concentration",
    "ice/chart_dmi_20150426": "chart",
    "ice/chart_dmi_20150426/*.shp": "chart",
    "ice/buoys/*.nc": "buoys",
    "ice/buoys/*/*.csv": "buoys",
    "sar/safe/*.SAFE": "sentinel1",
    "sar/safe_zip/*.zip": "sentinel1",
    "sar/pairs/*.tif": "raster",
}
NOT_OURS = {
    "altimetry/cryosat2/*_TDP_LI_*.nc": "Cryo-TEMPO Land Ice Thematic Product",
    "altimetry/cryosat2/*.HDR": "XML header of an ESA product",
    "altimetry/cryosat2/cpom_seaice_reference/*": "not a product that iceco reads",
    "altimetry/sentinel3/waveform_subset/*1221records.nc": "not a product that iceco reads",
    "altimetry/swot/product_definitions/*.xml": "XML document",
    "altimetry/swot/*.txt": "not a product that iceco reads",
    "altimetry/swot/*.nc": "KaRIN noise",
    "altimetry/swot/*.zip": "a zip that holds no product",
    "ice/autoice/*.json": "JSON document",
    "ice/sidrr/*.nc": "sea-ice deformation rates",
    "ice/rgps/*.gz": "gzip archive",
    "ice/modis_floes/*": "picture in colour",
    "sar/despeckle/*.png": "PNG picture",
    "*/README.md": "not a product that iceco reads",
    "ice": "a folder that holds no product",
    "sar/safe": "a folder that holds no product",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    return write_one_of_each(tmp_path_factory.mktemp("files"))


def test_every_kind_is_recognised_without_its_name_and_opened(files):
    for kind, path in files.items():
        assert identify(path) == kind
        data = open_product(path)
        assert isinstance(data, geopandas.GeoDataFrame if kind == "chart" else xr.Dataset)
        assert data.attrs["source"] == str(path)


def test_the_package_has_the_one_door(files):
    assert iceco.products.identify(files["buoys"]) == "buoys"
    opened = iceco.products.open(str(files["buoys"]))
    assert opened.sizes["observation"] == 2


def test_a_missing_file_is_refused_as_a_bad_value(tmp_path):
    with pytest.raises(ValueError, match="absent: there is no such file") as refusal:
        identify(tmp_path / "absent")
    assert not isinstance(refusal.value, NotAProduct)


def test_an_empty_file_is_refused_whatever_its_name(tmp_path):
    for name in ("a.nc", "b.tif", "c.zip", "d"):
        (tmp_path / name).touch()
        with pytest.raises(ValueError, match=f"{name}: the file is empty"):
            open_product(tmp_path / name)


def test_a_folder_without_a_product_is_no_product(tmp_path):
    with pytest.raises(NotAProduct, match="a folder that holds no product itself"):
        identify(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "looks like a PNG picture"),
        (b"\xff\xd8\xff\xe0", "looks like a JPEG picture"),
        (b'  {"a": 1}', "looks like a JSON document"),
        (b"<?xml version='1.0'?><kml/>", "looks like an XML document"),
        (b"\x1f\x8b\x08", "looks like a gzip archive"),
        (b"\x0e\x03\x13\x01", "looks like an HDF4 file"),
        (b"a,b\n1,2\n", "not a product that iceco reads"),
        (bytes(range(256)) * 8, "not a product that iceco reads"),
        (b"x", "not a product that iceco reads"),
    ],
)
def test_foreign_files_are_named_where_they_are_easily_told(tmp_path, content, words):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NotAProduct, match=words) as refusal:
        open_product(path)
    assert str(refusal.value).startswith(str(path))
    assert "\n" not in str(refusal.value)


def test_files_that_are_cut_off_are_refused_in_one_sentence(files, tmp_path):
    for kind, path in files.items():
        if path.is_dir() or kind == "buoys":
            continue
        whole = path.read_bytes()
        for size in (5, len(whole) // 3, len(whole) - 100):
            cut = tmp_path / "cut"
            cut.write_bytes(whole[:size])
            with pytest.raises(ValueError, match="cut") as refusal:
                np.asarray(_everything(open_product(cut)))
            assert "\n" not in str(refusal.value)


def _everything(data):
    return [variable.values for variable in data.variables.values()]


def test_damaged_and_hostile_zips_are_refused(tmp_path):
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ValueError, match="cut off"):
        identify(tmp_path / "cut.zip")
    with zipfile.ZipFile(tmp_path / "climbs.zip", "w") as archive:
        archive.writestr("../manifest.safe", b"sentinel-1")
    with pytest.raises(ValueError, match="leads out of it"):
        identify(tmp_path / "climbs.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("letter.txt", b"hello")
    with pytest.raises(NotAProduct, match="a zip that holds no product"):
        identify(tmp_path / "other.zip")


def test_importing_the_door_loads_no_reader():
    code = (
        "import sys, iceco.products; "
        "heavy = {'xarray', 'rasterio', 'geopandas', 'numba', 'netCDF4'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_real_product_is_recognised(sample_data):
    for pattern, kind in SAMPLES.items():
        paths = sorted(sample_data.glob(pattern))
        assert paths, pattern
        assert {identify(path) for path in paths if "_TDP_" not in path.name} == {kind}


def test_everything_else_in_the_samples_is_refused_by_name(sample_data):
    for pattern, words in NOT_OURS.items():
        paths = sorted(sample_data.glob(pattern))
        assert paths, pattern
        for path in paths:
            with pytest.raises(NotAProduct, match=words):
                identify(path)


def test_a_real_slc_is_refused_because_it_is_one(sample_data):
    (path,) = (sample_data / "sar/safe").glob("*_SLC_*")
    with pytest.raises(ValueError, match=r"SLC.*GRD"):
        open_product(path)


def test_damage_that_a_library_reports_without_a_name_gets_the_file_s_name(tmp_path):
    path = tmp_path / "odd.nc"
    write_altika(path, altika_track(95), 12, 345)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"seconds since 2000", b"\xff\xfeconds since 2000"))
    with pytest.raises(ValueError, match=r"odd\.nc: "):
        open_product(path)


def test_trap_12_a_swot_granule_is_no_nadir_track(tmp_path):
    # Its swath ends at 77.6 degrees, its sig0 is linear and its heights are edited over ice: read
    # as a track it would look like one, and mean nothing.
    path = tmp_path / "swath.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.title = "Level 2 Low Rate Sea Surface Height Data Product - Expert"
        file.mission_name = "SWOT"
        file.cycle_number, file.pass_number = np.int32(1), np.int32(2)
        file.createDimension("num_lines", 3)
        file.createDimension("num_pixels", 2)
        file.createVariable("time", "f8", ("num_lines",))[:] = [0.0, 1.0, 2.0]
        for name in ("latitude", "longitude", "ssh_karin", "sig0_karin"):
            file.createVariable(name, "f8", ("num_lines", "num_pixels"))[:] = 1.0
    with pytest.raises(NotAProduct, match=r"swath\.nc: looks like .*Low Rate"):
        identify(path)
