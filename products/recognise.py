"""What a file is, by its content: the one door to all readers.

Readers are imported only when a file may be theirs, so that nothing heavy is loaded in vain.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

NETCDF = (b"\x89HDF", b"CDF\x01", b"CDF\x02", b"CDF\x05")
TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
PARQUET = b"PAR1"

#: How files begin that are none of ours, and what they are.
FOREIGN = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive (unpack it first)",
    b"\x0e\x03\x13\x01": "an HDF4 file",
    b"\x00\x00\x27\x0a": "a shapefile without the columns of an ice chart (SIGRID-3)",
    b"{": "a JSON document",
    b"[": "a JSON document",
    b"<": "an XML document",
}

#: Attributes in which NetCDF products say what they are, the most telling first.
TELLING = ("identifier_product_type", "title", "description")


class NotAProduct(ValueError):  # noqa: N818 - an answer, not a fault
    """The content is not of a kind that iceco reads; the file itself may be sound."""


class Product(NamedTuple):
    """A kind of product: whether a path is one, and its reader.

    Other packages register readers of this form as entry points (``products.plugins``).
    """

    kind: str
    recognises: Callable[[Path], bool]
    open: Callable[[Path], Any]


def identify(path: str | Path) -> str:
    """Return the kind of a product.

    Returns
    -------
    str
        sentinel1, raster, cryosat2, sentinel3, altika (with its twin Jason-1), atl10, swot,
        osi405, nsidc0116, vectors, concentration, chart or buoys; of what other packages read
        (``products.plugins``) track, scene or vectors.

    Raises
    ------
    NotAProduct
        If the file is sound as far as can be told, but nothing that iceco reads.
    ValueError
        If there is no such file, or it is empty, damaged or refused, or the reader of another
        package fails.
    """
    return recognise(path).kind


def open_product(path: str | Path) -> Any:
    """Open a product of any kind that ``identify`` names.

    Returns
    -------
    xr.Dataset, or geopandas.GeoDataFrame for a chart
        Scenes and tracks as ``products.canonical`` describes them, swaths as
        ``products.canonical_swath``, drift as ``products.canonical_drift``, vectors as
        ``products.canonical_vectors`` does, the rest as their readers do.

    Raises
    ------
    NotAProduct, ValueError
        As ``identify``, and as the reader of the product.
    """
    try:
        return recognise(path).open(Path(path))
    except ValueError as error:
        if str(path) in str(error):
            raise
        # What a library says of damaged bytes (a text that is no UTF-8, say) names no file.
        raise ValueError(f"{path}: the file is damaged ({error}); copy it again") from error


def recognise(path: str | Path) -> Product:
    """Return the product that a path is; raises as ``identify`` does.

    Readers of other packages are asked only about what none of ours takes.
    """
    try:
        return own_reader(path)
    except NotAProduct:
        from .plugins import reader_of

        reader = reader_of(Path(path))
        if reader is None:
            raise
        return reader


def own_reader(path: str | Path) -> Product:
    """Return the product that a path is by the readers of iceco alone; raises as ``identify``."""
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path}: there is no such file or folder")
    if path.is_dir():
        return _first(path, _folders(), "a folder that holds no product itself")
    head = _head(path)
    if head.startswith(NETCDF):
        return _netcdf(path)
    if head.startswith(TIFF):
        return _tiff(path)
    if head.startswith(ZIP):
        return _zip(path)
    if head.startswith(PARQUET):
        return _parquet(path)
    return _first(path, _other_files(), _foreign(head))


def _first(path: Path, products: tuple[Product, ...], what: str) -> Product:
    for product in products:
        if product.recognises(path):
            return product
    raise NotAProduct(f"{path}: {what}" if what else f"{path}: not a product that iceco reads")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(1000)
    except OSError as error:
        raise ValueError(f"{path}: the file cannot be read ({error.strerror})") from error
    if not head:
        raise ValueError(f"{path}: the file is empty; copy it again")
    return head


def _netcdf(path: Path) -> Product:
    from .netcdf import open_netcdf, text_attribute

    with open_netcdf(path) as dataset:  # a damaged file ends here
        told = [text_attribute(dataset, name) for name in TELLING]
        variables = dataset.variables.keys()
        sides = dataset.groups.keys() >= {"left", "right"}
        if variables >= {"div", "shr", "vrt"}:
            told.insert(0, "sea-ice deformation rates")
    title = next((t for t in told if t and t != "SET_BY_META"), "")
    what = _other_than(repr(title[:60])) if title else ""
    if sides:
        return _first(path, _swaths(), what)
    if "ATL10" in told:
        return _first(path, _laser(), what)
    # ICESat-2 keeps all in groups, and takes a second to open each time.
    known = (*_altimetry(), *_swaths(), *_grids(), *_vectors(), *_buoys()) if variables else ()
    return _first(path, known, what)


def _tiff(path: Path) -> Product:
    from .raster import is_picture, is_raster, open_raster

    if is_picture(path):
        raise NotAProduct(f"{path}: {_other_than('a picture in colour')}")
    return Product("raster", is_raster, open_raster)


def _zip(path: Path) -> Product:
    from .charts import shapefiles_in_zip

    shapefiles_in_zip(path)  # a damaged or hostile zip ends here
    products = (*_sentinel1(), *_sentinel3(), *_charts())
    return _first(path, products, "a zip that holds no product itself")


def _parquet(path: Path) -> Product:
    from .vectors import check_parquet

    check_parquet(path)  # a damaged file ends here
    return _first(path, _vectors(), "a Parquet table, but not of ice-drift vectors")


def _folders() -> tuple[Product, ...]:
    return (*_sentinel1(), *_altimetry(), *_charts())


def _other_files() -> tuple[Product, ...]:
    return (*_sentinel1(), *_grids(), *_charts(), *_buoys())


def _sentinel1() -> tuple[Product, ...]:
    from .sentinel1.reader import is_sentinel1, open_sentinel1

    return (Product("sentinel1", is_sentinel1, open_sentinel1),)


def _altimetry() -> tuple[Product, ...]:
    from .altika import is_altika, open_altika
    from .cryosat2 import is_cryosat2, open_cryosat2

    return (
        Product("cryosat2", is_cryosat2, open_cryosat2),
        *_sentinel3(),
        Product("altika", is_altika, open_altika),
    )


def _sentinel3() -> tuple[Product, ...]:
    from .sentinel3 import is_sentinel3, open_sentinel3

    return (Product("sentinel3", is_sentinel3, open_sentinel3),)


def _laser() -> tuple[Product, ...]:
    from .icesat2 import is_atl10, open_atl10

    return (Product("atl10", is_atl10, open_atl10),)


def _swaths() -> tuple[Product, ...]:
    from .swot import is_swot, open_swot
    from .swot_level3 import is_swot_level3, open_swot_level3

    return (
        Product("swot", is_swot, open_swot),
        Product("swot", is_swot_level3, open_swot_level3),
    )


def _grids() -> tuple[Product, ...]:
    from .concentration import is_concentration, open_concentration
    from .drift import is_nsidc0116, is_osi405, open_nsidc0116, open_osi405

    return (
        Product("osi405", is_osi405, open_osi405),
        Product("nsidc0116", is_nsidc0116, open_nsidc0116),
        Product("concentration", is_concentration, open_concentration),
    )


def _vectors() -> tuple[Product, ...]:
    from .vectors import is_vectors, open_vectors

    return (Product("vectors", is_vectors, open_vectors),)


def _charts() -> tuple[Product, ...]:
    from .charts import is_chart, open_chart

    return (Product("chart", is_chart, open_chart),)


def _buoys() -> tuple[Product, ...]:
    from .buoys import is_buoys, open_buoys

    return (Product("buoys", is_buoys, open_buoys),)


def _foreign(head: bytes) -> str:
    """Return what a file looks like that is none of ours, "" where that is not easily told."""
    if re.search(rb"<Earth_Explorer_Header", head):
        return _other_than("the XML header of an ESA product (open the .nc beside it)")
    start = head.lstrip()
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            return _other_than(what)
    return ""


def _other_than(what: str) -> str:
    return f"looks like {what}, not a product that iceco reads"
