"""Sentinel-1 EW GRDM products in the SAFE format, for simulated worlds and tests.

A product is planned first (``ew_scene.plan_scene``), its digital numbers are made
(``digital_numbers.digital_numbers``), and it is written here; or a real product's annotation
serves as the template of a new one (``relocation.write_sentinel1_like``).
"""

import tempfile
from binascii import crc_hqx
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint

from .annotation import GeolocationGrid
from .annotation_text import calibration_annotation, noise_annotation, product_annotation
from .ew_scene import (
    EwScene,
    Identity,
    file_places,
    file_stem,
    folder_name,
    scene_identity,
    scene_radiometry,
)
from .safe_manifest import data_object, manifest
from .templates import Element

POLARISATIONS = ("HH", "VV", "HV", "VH")  # in the order of the image numbers


def write_sentinel1(folder: Path, scene: EwScene, images: Mapping[str, np.ndarray]) -> Path:
    """Write a planned scene as an EW GRDM product.

    Parameters
    ----------
    folder : Path
        Existing folder in which the product appears, whole or not at all; one of the same name
        is replaced.
    scene : EwScene
        From ``plan_scene``.
    images : mapping of polarisation to array (lines, samples), uint16
        Digital numbers: HH, VV, HH and HV, or VV and VH.

    Returns
    -------
    Path
        The product's folder, ``S1A_EW_GRDM_1S.._....SAFE``.

    Raises
    ------
    ValueError
        If there is no such folder, or an image has the wrong shape, dtype or polarisation.
    """
    shape = (scene.view.lines, scene.view.samples)
    check_images(images, shape)
    identity = scene_identity(scene, tuple(p for p in POLARISATIONS if p in images))
    with scratch_product(folder) as product:
        objects = []
        for polarisation, image in ((name, images[name]) for name in identity.polarisations):
            places = file_places(file_stem(identity, polarisation))
            for kind, text in _annotations(scene, identity, polarisation, image).items():
                write_below(product, places[kind], text)
            write_measurement(product / places["measurement"], image, scene.grid)
            objects += [data_object(product, kind, href) for kind, href in places.items()]
        return finish_product(product, manifest(scene, identity, objects), folder, identity)


def check_images(images: Mapping[str, np.ndarray], shape: tuple[int, int]) -> None:
    """Refuse images of other polarisations, shape or type than a product can have.

    Raises
    ------
    ValueError
        With the name of the image.
    """
    for polarisation, image in images.items():
        if polarisation not in POLARISATIONS:
            raise ValueError(f"{polarisation!r} is no polarisation, use one of {POLARISATIONS}")
        if image.shape != shape or image.dtype != np.uint16:
            raise ValueError(
                f"the {polarisation} image must be uint16 of shape {shape}, "
                f"got {image.dtype} of shape {image.shape}"
            )


@contextmanager
def scratch_product(folder: Path) -> Iterator[Path]:
    """Give a new folder beside the products of ``folder``; what is left in it goes at the end.

    Raises
    ------
    ValueError
        If ``folder`` does not exist.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder to write a product in")
    with tempfile.TemporaryDirectory(prefix=".sentinel1-", dir=folder) as scratch:
        product = Path(scratch) / "product"
        product.mkdir()
        yield product


def write_below(product: Path, href: str, content: bytes) -> None:
    """Write a file of a product, and the folders it lies in."""
    path = product / href
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_measurement(path: Path, image: np.ndarray, grid: GeolocationGrid) -> None:
    """Write digital numbers as the processor does: uncompressed strips with tie points."""
    path.parent.mkdir(parents=True, exist_ok=True)
    points = [
        GroundControlPoint(
            row=line,
            col=sample,
            x=float(grid.longitude[i, j]),
            y=float(grid.latitude[i, j]),
            z=float(grid.height[i, j]),
        )
        for i, line in enumerate(grid.line.tolist())
        for j, sample in enumerate(grid.sample.tolist())
    ]
    profile = {"driver": "GTiff", "dtype": "uint16", "count": 1, "crs": "EPSG:4326"}
    lines, samples = image.shape
    with rasterio.open(path, "w", height=lines, width=samples, gcps=points, **profile) as tiff:
        tiff.write(image, 1)


def finish_product(product: Path, manifest_text: bytes, folder: Path, identity: Identity) -> Path:
    """Write the manifest and move the scratch product to its name in ``folder``."""
    write_below(product, "manifest.safe", manifest_text)
    target = folder / folder_name(identity, crc_hqx(manifest_text, 0xFFFF))
    if target.exists():
        target.replace(product.with_name("replaced"))
    return product.replace(target)


def _annotations(
    scene: EwScene, identity: Identity, polarisation: str, image: np.ndarray
) -> dict[str, bytes]:
    """Return the XML files of one polarisation by their kind."""
    radiometry = scene_radiometry(scene, polarisation)
    return {
        "product": product_annotation(scene, identity, polarisation, _statistics(image)),
        "noise": noise_annotation(scene, identity, polarisation, radiometry),
        "calibration": calibration_annotation(scene, identity, polarisation, radiometry),
    }


def _statistics(image: np.ndarray) -> Element:
    """Return mean and standard deviation of the digital numbers, of every fourth both ways."""
    sample = image[::4, ::4]
    return {
        "outputDataMean": {"re": float(sample.mean()), "im": 0.0},
        "outputDataStdDev": {"re": float(sample.std()), "im": 0.0},
    }
