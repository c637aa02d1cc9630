"""A new EW product on the annotation of a real one, moved in time and about the Earth's axis.

A turn about the axis leaves latitudes, heights, ranges and angles as they are: only longitudes,
and x and y of the state vectors change.  Everything else the files say is kept word for word,
so that a product made here has all the irregularities of its template.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..canonical import wrap_longitude
from .annotation import Annotation, parse_annotation, parse_calibration, parse_noise, parse_xml
from .archive import MANIFEST, Files, Product, find_files, open_product, read_bytes, read_manifest
from .ew_scene import Identity, file_places, file_stem, polarisation_class
from .instrument import Radiometry
from .safe_manifest import DataObject, data_object
from .writer import (
    POLARISATIONS,
    check_images,
    finish_product,
    scratch_product,
    write_below,
    write_measurement,
)
from .xml_text import time_text

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
_LONGITUDE = re.compile(r"(?<=<longitude>)[^<]+")
_XY = re.compile(r"<x>([^<]+)</x>(\s*)<y>([^<]+)</y>")
_FOOTPRINT = re.compile(r"(?<=<gml:coordinates>)[^<]+")
_DATA_TAKE = re.compile(r"<missionDataTakeId>(\d+)<")
_STEM = re.compile(r"s1[a-d]-ew-grd-(hh|hv|vv|vh)-[0-9a-ft-]+-\d{3}")
_POINTER = r'>\s*<dataObjectPointer dataObjectID="([^"]+)"/>\s*</'
_CONTENT_UNIT = re.compile(rf"\s*<xfdu:contentUnit [^>]*{_POINTER}xfdu:contentUnit>")
_METADATA_OBJECT = re.compile(rf"\s*<metadataObject [^>]*{_POINTER}metadataObject>")
_DATA_OBJECT = re.compile(r'\s*<dataObject ID="([^"]+)".*?</dataObject>', re.DOTALL)


class Move(NamedTuple):
    """By how much a product is moved."""

    delay: np.timedelta64  # whole microseconds
    longitude_shift: float  # degree, eastwards


def write_sentinel1_like(
    template: Path,
    folder: Path,
    images: Mapping[str, np.ndarray],
    start_time: np.datetime64 | None = None,
    longitude_shift: float = 0.0,
) -> Path:
    """Write an EW GRDM product with the annotation of another one.

    Product, calibration and noise annotation and the manifest are taken over; orbit and
    data-take numbers stay as they are.

    Parameters
    ----------
    template : Path
        SAFE folder or zip of an EW GRDM product; its measurements may be absent.
    folder : Path
        Existing folder in which the product appears, whole or not at all; one of the same name
        is replaced.
    images : mapping of polarisation to array (lines, samples), uint16
        Digital numbers, of just the polarisations and the size of the template.
    start_time : datetime64, optional
        When the first line was seen, UTC; as in the template by default.  All times move along.
    longitude_shift : float [degree]
        By how much scene and orbit are turned eastwards.

    Returns
    -------
    Path
        The product's folder.

    Raises
    ------
    ValueError
        If the template is no EW GRD product with a manifest, there is no such folder, or an
        image has the wrong shape, type or polarisation.
    """
    product = open_product(template)
    files = _template_files(product)
    polarisations = tuple(name for name in POLARISATIONS if name.lower() in files.annotation)
    if set(polarisations) != set(images):
        raise ValueError(
            f"{template}: has images of {' '.join(polarisations)}, got {' '.join(sorted(images))}"
        )
    original = _annotation(product, files, polarisations[0])
    check_images(images, (original.lines, original.samples))
    delay = np.timedelta64(0, "us")
    if start_time is not None:
        delay = (start_time - original.first_line_time).astype("timedelta64[us]")
    move = Move(delay, longitude_shift)
    moved = _moved_annotation(original, move)
    identity = _identity(product, files, moved, polarisations)
    with scratch_product(folder) as scratch:
        objects = []
        for polarisation in polarisations:
            places = file_places(file_stem(identity, polarisation))
            for kind, source in _sources(files, polarisation).items():
                text = _moved_text(_read_text(product, source), move)
                write_below(scratch, places[kind], text.encode())
            write_measurement(scratch / places["measurement"], images[polarisation], moved.grid)
            objects += [data_object(scratch, kind, href) for kind, href in places.items()]
        text = _moved_manifest(_read_text(product, MANIFEST), move, identity, objects)
        return finish_product(scratch, text.encode(), folder, identity)


def read_radiometry(path: Path, polarisation: str) -> Radiometry:
    """Return calibration, noise and sub-swaths of one polarisation of a product on disk.

    With it ``digital_numbers`` makes images for ``write_sentinel1_like``.

    Raises
    ------
    ValueError
        If it is no EW GRD product, or has no such polarisation.
    """
    product = open_product(path)
    files = _template_files(product)
    annotation = _annotation(product, files, polarisation)
    sources = _sources(files, polarisation)
    calibration, noise = (
        (read_bytes(product, sources[kind]), f"{path}/{sources[kind]}")
        for kind in ("calibration", "noise")
    )
    return Radiometry(annotation.blocks, parse_calibration(*calibration), parse_noise(*noise))


def _template_files(product: Product) -> Files:
    manifest = read_manifest(product)
    if manifest is None:
        raise ValueError(f"{product.path}: there is no {MANIFEST} in it to take over")
    files = find_files(product, manifest)
    if not files.annotation:
        raise ValueError(f"{product.path}: there is no product annotation in it")
    return files


def _sources(files: Files, polarisation: str) -> dict[str, str]:
    """Return where a template's XML files of one polarisation are, by their kind."""
    name = polarisation.lower()
    return {
        "product": files.annotation[name],
        "noise": files.noise.get(name, f"noise annotation of {name}"),
        "calibration": files.calibration.get(name, f"calibration annotation of {name}"),
    }


def _read_text(product: Product, name: str) -> str:
    content = read_bytes(product, name)
    parse_xml(content, f"{product.path}/{name}")  # refuses what is damaged
    return content.decode()


def _annotation(product: Product, files: Files, polarisation: str) -> Annotation:
    name = files.annotation.get(polarisation.lower())
    if name is None:
        raise ValueError(
            f"{product.path}: has no polarisation {polarisation}, it has {sorted(files.annotation)}"
        )
    annotation = parse_annotation(read_bytes(product, name), f"{product.path}/{name}")
    if (annotation.mode, annotation.product_type) != ("EW", "GRD"):
        raise ValueError(
            f"{product.path}: is {annotation.mode} {annotation.product_type}, "
            "only an EW GRD product can be a template"
        )
    return annotation


def _moved_annotation(annotation: Annotation, move: Move) -> Annotation:
    """Return what is needed of the moved annotation: its times and its tie points."""
    longitude = wrap_longitude(annotation.grid.longitude + move.longitude_shift)
    return replace(
        annotation,
        start_time=annotation.start_time + move.delay,
        stop_time=annotation.stop_time + move.delay,
        grid=replace(annotation.grid, longitude=longitude),
    )


def _identity(
    product: Product, files: Files, moved: Annotation, polarisations: tuple[str, ...]
) -> Identity:
    text = _read_text(product, files.annotation[polarisations[0].lower()])
    polarisation_class(polarisations)
    data_take = _DATA_TAKE.search(text)
    if data_take is None:
        raise ValueError(f"{product.path}: the annotation does not say missionDataTakeId")
    return Identity(
        moved.mission,
        polarisations,
        moved.start_time,
        moved.stop_time,
        moved.absolute_orbit,
        int(data_take[1]),
    )


def _moved_text(text: str, move: Move) -> str:
    """Return an annotation with all its times, longitudes and state vectors moved."""
    text = _moved_times(text, move.delay)
    if move.longitude_shift == 0.0:
        return text
    angle = np.radians(move.longitude_shift)
    cosine, sine = np.cos(angle), np.sin(angle)

    def shifted(match: re.Match[str]) -> str:
        return f"{wrap_longitude(np.array(float(match[0]) + move.longitude_shift)):.15e}"

    def turned(match: re.Match[str]) -> str:
        x, y = float(match[1]), float(match[3])
        turned_x, turned_y = cosine * x - sine * y, sine * x + cosine * y
        return f"<x>{turned_x:.15e}</x>{match[2]}<y>{turned_y:.15e}</y>"

    return _XY.sub(turned, _LONGITUDE.sub(shifted, text))


def _moved_times(text: str, delay: np.timedelta64) -> str:
    return _TIME.sub(lambda match: time_text(np.datetime64(match[0], "us") + delay), text)


def _moved_manifest(
    text: str, move: Move, identity: Identity, objects: Sequence[DataObject]
) -> str:
    """Return the manifest with its times, footprint and files as they are now.

    Files that were not taken over (preview, interference report) leave it.
    """
    text = _moved_times(text, move.delay)
    text = _FOOTPRINT.sub(lambda match: _moved_footprint(match[0], move.longitude_shift), text)
    for match in {match[0]: match for match in _STEM.finditer(text)}.values():
        stem = file_stem(identity, match[1].upper())
        text = text.replace(match[0], stem)
        text = text.replace(match[0].replace("-", ""), stem.replace("-", ""))
    written = {item.identifier: item for item in objects}
    gone = {match[1] for match in _DATA_OBJECT.finditer(text)} - written.keys()
    for pattern in (_DATA_OBJECT, _CONTENT_UNIT, _METADATA_OBJECT):
        text = pattern.sub(lambda match: "" if match[1] in gone else match[0], text)
    for identifier in gone:
        text = text.replace(f"{identifier}Annotation ", "")
    return _DATA_OBJECT.sub(lambda match: _weighed(match[0], written[match[1]]), text)


def _moved_footprint(text: str, longitude_shift: float) -> str:
    corners = np.array([corner.split(",") for corner in text.split()], dtype=np.float64)
    longitudes = wrap_longitude(corners[:, 1] + longitude_shift)
    return " ".join(
        f"{latitude:.6f},{longitude:.6f}"
        for latitude, longitude in zip(corners[:, 0], longitudes, strict=True)
    )


def _weighed(text: str, item: DataObject) -> str:
    """Return a data object with size and checksum of its new file."""
    text = re.sub(r'size="\d+"', f'size="{item.size}"', text)
    return re.sub(r"[0-9a-f]{32}(?=</checksum>)", item.md5, text)
