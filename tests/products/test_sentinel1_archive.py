"""Products are found in folders, zips and renamed copies; what leads out of them is refused."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safe_product import NAME, SmallProduct, write_product

from iceco.products.sentinel1.archive import (
    find_files,
    open_product,
    product_name,
    read_bytes,
    read_manifest,
)
from iceco.products.sentinel1.reader import is_sentinel1, open_sentinel1

NUMBERS = np.random.default_rng(1).integers(20, 90, (60, 80), dtype=np.uint16)


@pytest.fixture
def safe(tmp_path):
    return write_product(tmp_path, SmallProduct(images={"hh": NUMBERS, "hv": NUMBERS}))


def zip_folder(folder: Path, target: Path, root: str) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, root + file.relative_to(folder).as_posix())
    return target


def sigma0(path: Path) -> np.ndarray:
    return open_sentinel1(path)["sigma0_hv"].values


@pytest.mark.parametrize("name", ["product.zip", "product.SAFE.zip", "product"])
@pytest.mark.parametrize("root", [f"{NAME}/", ""])
def test_a_zip_of_any_name_opens_as_its_folder_does(safe, tmp_path, name, root):
    archive = zip_folder(safe, tmp_path / name, root)
    assert is_sentinel1(archive)
    np.testing.assert_array_equal(sigma0(archive), sigma0(safe))


def test_a_zip_with_resource_forks_of_another_system_opens(safe, tmp_path):
    archive = zip_folder(safe, tmp_path / "a.zip", f"{NAME}/")
    with zipfile.ZipFile(archive, "a") as members:
        members.writestr("__MACOSX/manifest.safe", b"junk")
    np.testing.assert_array_equal(sigma0(archive), sigma0(safe))


def test_a_folder_opens_by_its_manifest_and_without_its_suffix(safe, tmp_path):
    expected = sigma0(safe)
    np.testing.assert_array_equal(sigma0(safe / "manifest.safe"), expected)
    plain = safe.rename(tmp_path / "plain")
    np.testing.assert_array_equal(sigma0(plain), expected)


def test_a_cog_copy_with_tiles_opens(tmp_path):
    options = {"tiled": True, "blockxsize": 16, "blockysize": 32, "compress": "deflate"}
    images = {"hh": NUMBERS, "hv": NUMBERS}
    plain = write_product(tmp_path / "plain", SmallProduct(images=images))
    safe = write_product(tmp_path, SmallProduct(images=images, tiff=options))
    for file in [*safe.glob("measurement/*"), *safe.glob("annotation/*.xml")]:
        file.rename(file.with_stem(file.stem + "-cog"))
    safe = safe.rename(tmp_path / NAME.replace(".SAFE", "_COG.SAFE"))
    np.testing.assert_array_equal(sigma0(safe), sigma0(plain))


@pytest.mark.parametrize("keep_manifest", [True, False])
def test_a_cloud_mirror_with_renamed_files_opens(safe, keep_manifest):
    expected = sigma0(safe)
    for pol in ("hh", "hv"):
        calibration = safe / "annotation/calibration"
        next(safe.glob(f"annotation/*-{pol}-*.xml")).rename(safe / f"annotation/ew-{pol}.xml")
        for kind in ("noise", "calibration"):
            file = next(calibration.glob(f"{kind}-*-{pol}-*.xml"))
            file.rename(calibration / f"{kind}-ew-{pol}.xml")
        image = next(safe.glob(f"measurement/*-{pol}-*"))
        image.rename(safe / f"measurement/ew-{pol}.tiff")
    if not keep_manifest:
        (safe / "manifest.safe").unlink()
    assert is_sentinel1(safe)
    np.testing.assert_array_equal(sigma0(safe), expected)
    version = open_sentinel1(safe).attrs["ipf_version"]
    assert version == ("003.52" if keep_manifest else "unknown")


def test_the_manifest_decides_which_of_two_files_is_meant(safe):
    expected = sigma0(safe)
    file = next(safe.glob("annotation/*-hv-*.xml"))
    (file.parent / f"a-{file.name}").write_text("not this one")
    np.testing.assert_array_equal(sigma0(safe), expected)


def test_the_name_of_a_product_is_free_of_its_endings(safe, tmp_path):
    archive = zip_folder(safe, tmp_path / "S1A_X.SAFE.zip", "")
    assert product_name(open_product(archive)) == "S1A_X"
    assert product_name(open_product(safe)) == NAME.removesuffix(".SAFE")


@pytest.mark.parametrize("member", [f"{NAME}/../../evil.xml", "/etc/evil", "C:/evil", "..\\evil"])
def test_a_zip_whose_names_lead_out_of_it_is_refused(safe, tmp_path, member):
    archive = zip_folder(safe, tmp_path / "a.zip", f"{NAME}/")
    with zipfile.ZipFile(archive, "a") as members:
        members.writestr(member, b"<x/>")
    with pytest.raises(ValueError, match="leads out of it; it is refused"):
        open_sentinel1(archive)


@pytest.mark.parametrize(
    "href", ["../../secret.xml", "/etc/passwd", "http://example.com/x", "./a/../../x"]
)
def test_a_manifest_that_names_a_file_outside_the_product_is_refused(safe, href):
    manifest = safe / "manifest.safe"
    manifest.write_text(manifest.read_text().replace("./annotation/s1a-ew", f"{href}s1a-ew", 1))
    with pytest.raises(ValueError, match="lies outside the product; it is refused"):
        open_sentinel1(safe)


def test_a_manifest_with_entities_is_refused(safe):
    manifest = safe / "manifest.safe"
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>'
    manifest.write_text(manifest.read_text().replace("<xfdu:XFDU", f"{bomb}<xfdu:XFDU", 1))
    with pytest.raises(ValueError, match="declares a document type or an entity"):
        open_sentinel1(safe)


def test_an_absurdly_large_annotation_is_refused_before_it_is_read(safe, tmp_path, monkeypatch):
    monkeypatch.setattr("iceco.products.sentinel1.archive.MAX_XML_SIZE", 1000)
    for path in (safe, zip_folder(safe, tmp_path / "a.zip", "")):
        with pytest.raises(ValueError, match="no Sentinel-1 annotation has more than"):
            open_sentinel1(path)


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_zip_cut_off_is_refused(safe, tmp_path, share):
    archive = zip_folder(safe, tmp_path / "a.zip", f"{NAME}/")
    data = archive.read_bytes()
    archive.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r"a\.zip: neither a SAFE folder nor a readable zip"):
        open_sentinel1(archive)


def test_damage_inside_a_zip_is_told_by_the_name_of_the_file(safe, tmp_path):
    archive = zip_folder(safe, tmp_path / "a.zip", f"{NAME}/")
    with zipfile.ZipFile(archive) as members:
        info = next(i for i in members.infolist() if "noise" in i.filename)
        place = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data = bytearray(archive.read_bytes())
    data[place] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(ValueError, match=r"noise-.*cannot be read"):
        open_sentinel1(archive)


def test_what_is_not_there_or_not_a_product_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such file or folder"):
        open_product(tmp_path / "absent.SAFE")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(ValueError, match="neither a SAFE folder nor a readable zip"):
        open_product(tmp_path / "text.zip")
    with pytest.raises(ValueError, match="no product annotation"):
        open_sentinel1(tmp_path)
    for path in (tmp_path, tmp_path / "text.zip", tmp_path / "absent.SAFE"):
        assert not is_sentinel1(path)


def test_a_file_that_is_missing_is_named(safe):
    product = open_product(safe)
    with pytest.raises(ValueError, match=r"annotation/x\.xml is missing"):
        read_bytes(product, "annotation/x.xml")


def test_a_product_of_another_mission_is_not_taken_for_sentinel1(safe, tmp_path):
    other = shutil.copytree(safe, tmp_path / "other.SEN3")
    (other / "manifest.safe").write_text("<x>sentinel-3</x>")
    assert not is_sentinel1(other)


def test_real_products_show_their_files_by_polarisation(sample_data):
    for path in sorted((sample_data / "sar").glob("safe*/*_GRD*")):
        product = open_product(path)
        files = find_files(product, read_manifest(product))
        assert set(files.annotation) == set(files.calibration) == set(files.noise)
        assert len(files.annotation) == 2
        assert not files.measurement
        assert is_sentinel1(path)
