"""Where the files of a Sentinel-1 product are: SAFE folders, zips, and cloud copies of them.

The manifest names the files; where it does not, or names files that a cloud copy has renamed
(``annotation/ew-hv.xml``), they are found by pattern.
"""

import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from .annotation import Manifest, parse_manifest

#: Largest XML file that is read [byte]; a real annotation has 1 to 10 MB.
MAX_XML_SIZE = 100_000_000

MANIFEST = "manifest.safe"

#: role -> (repID in the manifest, pattern of the path inside the product, lower case)
_ROLES = {
    "annotation": ("s1Level1ProductSchema", r"annotation/[^/]+\.xml"),
    "calibration": (
        "s1Level1CalibrationSchema",
        r"annotation/calibration/calibration-[^/]+\.xml",
    ),
    "noise": ("s1Level1NoiseSchema", r"annotation/calibration/noise-[^/]+\.xml"),
    "measurement": ("s1Level1MeasurementSchema", r"measurement/[^/]+\.tiff?"),
}

_POLARISATION = re.compile(r"(?:^|[-_.])(hh|hv|vv|vh)(?=[-_.])")

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class Product:
    """A product on disk: a folder, or a folder inside a zip."""

    path: Path  # the SAFE folder or the zip
    root: str  # folder inside the zip with a slash at its end; empty for a folder
    zipped: bool
    names: frozenset[str]  # files, with slashes, below the product's folder


class Files(NamedTuple):
    """The files of a product, each by its polarisation (lower case) and below the product."""

    annotation: dict[str, str]
    calibration: dict[str, str]
    noise: dict[str, str]
    measurement: dict[str, str]


def open_product(path: Path) -> Product:
    """List what is in a product; nothing is read yet.

    Parameters
    ----------
    path : Path
        A SAFE folder, its ``manifest.safe``, or a zip, whatever their names.

    Raises
    ------
    ValueError
        If there is no such file, or it is neither a folder nor a readable zip.
    """
    if path.name == MANIFEST and path.is_file():
        path = path.parent
    if path.is_dir():
        return Product(path, "", False, _list_folder(path))
    if not path.exists():
        raise ValueError(f"{path}: there is no such file or folder")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
    except _DAMAGED as error:
        raise ValueError(
            f"{path}: neither a SAFE folder nor a readable zip ({error}); if it is a zip, it is "
            "cut off: copy it again"
        ) from error
    root = _root(members)
    return Product(path, root, True, frozenset(name.removeprefix(root) for name in members))


def read_bytes(product: Product, name: str) -> bytes:
    """Return one of the product's small files.

    Raises
    ------
    ValueError
        If it is absent, damaged or far too large.
    """
    if name not in product.names:
        raise ValueError(f"{product.path}: {name} is missing")
    try:
        if not product.zipped:
            file = product.path / name
            _refuse_large(file.stat().st_size, product, name)
            return file.read_bytes()
        with zipfile.ZipFile(product.path) as archive:
            _refuse_large(archive.getinfo(product.root + name).file_size, product, name)
            return archive.read(product.root + name)
    except _DAMAGED as error:
        raise ValueError(
            f"{product.path}: {name} cannot be read ({error}); copy the product again"
        ) from error


def raster_path(product: Product, name: str) -> str:
    """Return the path by which GDAL opens one of the product's images."""
    if product.zipped:
        return f"/vsizip/{{{product.path.resolve()}}}/{product.root}{name}"
    return str(product.path / name)


def read_manifest(product: Product) -> Manifest | None:
    """Return what the manifest says; None where a copy has none."""
    if MANIFEST not in product.names:
        return None
    return parse_manifest(read_bytes(product, MANIFEST), f"{product.path}/{MANIFEST}")


def find_files(product: Product, manifest: Manifest | None) -> Files:
    """Return the product's files, by what the manifest says and else by their names.

    Raises
    ------
    ValueError
        If the manifest or a zip names a file outside the product.
    """
    for name in product.names if product.zipped else ():
        _refuse_outside(name, product)
    named = [
        (role, _inside(href, product))
        for role, href in (manifest.files if manifest else ())
        if href
    ]
    found = []
    for identifier, pattern in _ROLES.values():
        names = [name for role, name in named if role == identifier and name in product.names]
        if not names:
            names = [n for n in sorted(product.names) if re.fullmatch(pattern, n.lower())]
        found.append(_by_polarisation(names))
    return Files(*found)


def product_name(product: Product) -> str:
    """Return the product's name, without the endings that archives put behind it."""
    folder = PurePosixPath(product.root).name or product.path.resolve().name
    return re.sub(r"(\.zip|\.safe)+$", "", folder, flags=re.IGNORECASE)


def _list_folder(folder: Path) -> frozenset[str]:
    """List the files of a SAFE folder; only where such files can be."""
    places = (MANIFEST, "annotation/*.xml", "annotation/calibration/*.xml", "measurement/*.tif*")
    return frozenset(
        file.relative_to(folder).as_posix() for place in places for file in folder.glob(place)
    )


def _root(members: list[str]) -> str:
    """Return the folder inside a zip that holds the product: "" or "NAME.SAFE/"."""
    members = [member for member in members if "__MACOSX" not in member]
    manifests = [m.removesuffix(MANIFEST) for m in members if f"/{m}".endswith(f"/{MANIFEST}")]
    folders = [m[: f"/{m}".index("/annotation/")] for m in members if "/annotation/" in f"/{m}"]
    return min(manifests or folders, key=len, default="")


def _refuse_outside(member: str, product: Product) -> None:
    parts = member.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0]:
        raise ValueError(
            f"{product.path}: the zip holds {member!r}, which leads out of it; it is refused"
        )


def _inside(href: str, product: Product) -> str:
    name = posixpath.normpath(href.replace("\\", "/"))
    if name.startswith(("..", "/")) or ":" in name:
        raise ValueError(
            f"{product.path}: {MANIFEST} names {href!r}, which lies outside the product; it is "
            "refused"
        )
    return name


def _refuse_large(size: int, product: Product, name: str) -> None:
    if size > MAX_XML_SIZE:
        raise ValueError(
            f"{product.path}: {name} has {size} bytes, no Sentinel-1 annotation has more than "
            f"{MAX_XML_SIZE}"
        )


def _by_polarisation(names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        match = _POLARISATION.search(PurePosixPath(name).name.lower())
        if match:
            found.setdefault(match.group(1), name)
    return found
