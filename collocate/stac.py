"""STAC, in and out: products that STAC items name, and catalogues as STAC-GeoParquet.

References
----------
SpatioTemporal Asset Catalog specification 1.1.0, Item, with its extension Projection 2.0.0; STAC
GeoParquet specification 1.0.0: a row is an item, its properties are columns, ``assets`` and
``bbox`` are structs; GeoParquet specification 1.1.0.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import geopandas as gpd
import pyarrow as pa
import shapely
from pyproj import CRS

from ..geo.polar import plane_of_epsg
from ..products.recognise import NotAProduct, identify

STAC_VERSION = "1.1.0"
PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"

#: What columns of a catalogue are called in a file; the others keep their names.
STAC_NAMES = {"crs": "proj:code", "footprint": "proj:geometry"}

_MOMENT = pa.timestamp("ns", tz="UTC")
_SIDES = ("xmin", "ymin", "xmax", "ymax")

#: The columns of a file.
SCHEMA = pa.schema(
    {
        "type": pa.string(),
        "stac_version": pa.string(),
        "stac_extensions": pa.list_(pa.string()),
        "id": pa.string(),
        "collection": pa.string(),
        "geometry": pa.binary(),
        "bbox": pa.struct([(side, pa.float64()) for side in _SIDES]),
        "datetime": _MOMENT,
        "start_datetime": _MOMENT,
        "end_datetime": _MOMENT,
        "kind": pa.string(),
        "mission": pa.string(),
        "mode": pa.string(),
        "proj:code": pa.string(),
        "proj:geometry": pa.binary(),
        "path": pa.string(),
        "links": pa.list_(
            pa.struct([("href", pa.string()), ("rel", pa.string()), ("type", pa.string())])
        ),
        "assets": pa.struct(
            [("data", pa.struct([("href", pa.string()), ("roles", pa.list_(pa.string()))]))]
        ),
    }
)

#: A larger text is refused: a hundred thousand items are smaller [byte].
LARGEST_JSON = 500_000_000

#: Kinds of products that are folders.
FOLDER_KINDS = ("sentinel1", "sentinel3")

#: They lie at most so many folders above the files that items name.
DEEPEST_ASSET = 3


def is_json(path: Path) -> bool:
    """Tell whether a file may hold STAC items, by its name."""
    return path.suffix.lower() in (".json", ".geojson") and path.is_file()


def products_named_in(path: Path) -> list[Path]:
    """Return the products that the assets of STAC items name, in order, each once.

    Parameters
    ----------
    path : Path
        A JSON file: an Item, or an ItemCollection.  Assets lie where their ``href`` says, seen
        from the folder of the file; those on other machines are passed over.  An asset inside
        a product that is a folder (SAFE, SEN3) stands for the product.

    Raises
    ------
    NotAProduct
        If the file is JSON, but neither an item nor a collection of items.
    ValueError
        If it is too large or damaged, an item is not as STAC describes it, or names no product
        on this machine.
    """
    products: dict[Path, None] = {}
    for number, item in enumerate(_items(path)):
        where = f"{path}: the item number {number + 1}"
        found = dict.fromkeys(_local_products(path.parent, _hrefs(item, where)))
        if not found:
            raise ValueError(f"{where} names no product on this machine; download its assets")
        products.update(found)
    return list(products)


def stac_table(entries: gpd.GeoDataFrame) -> pa.Table:
    """Return the rows of a catalogue as a table to be written as STAC-GeoParquet.

    An id is unique in a collection: a track has a row in each hemisphere, so that each
    hemisphere has collections of its own.  ``datetime`` is the beginning.  A ``bbox`` is an
    interval of longitudes even over the date line, -180 to 180, since readers of GeoParquet
    select by it as one.  The collections are names only: no document describes them.
    """
    count = len(entries)
    poles = ["north" if plane_of_epsg(crs).hemisphere > 0 else "south" for crs in entries["crs"]]
    names = zip(entries["mission"], entries["mode"], poles, strict=True)
    collections = [f"{mission}-{mode}-{pole}".lower() for mission, mode, pole in names]
    shapes = entries.geometry.to_numpy()
    columns: dict[str, Any] = {
        STAC_NAMES.get(name, name): entries[name].to_numpy()
        for name in entries.columns.drop("geometry")
    } | {
        "type": ["Feature"] * count,
        "stac_version": [STAC_VERSION] * count,
        "stac_extensions": [[PROJECTION]] * count,
        "collection": collections,
        "geometry": shapely.to_wkb(shapes),
        "bbox": [dict(zip(_SIDES, box, strict=True)) for box in shapely.bounds(shapes)],
        "datetime": entries["start_datetime"].to_numpy(),
        "links": [[_collection_link(name)] for name in collections],
        "assets": [{"data": {"href": path, "roles": ["data"]}} for path in entries["path"]],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    types = sorted({shape.geom_type for shape in shapes})
    return pa.table(arrays, SCHEMA.with_metadata({"geo": json.dumps(_geo(types))}))


def _collection_link(name: str) -> dict[str, str]:
    """Return the link that STAC asks of an item in a collection."""
    return {"href": f"./{name}.json", "rel": "collection", "type": "application/json"}


def _geo(types: list[str]) -> dict[str, Any]:
    """Return what GeoParquet wants to be said of the geometry."""
    geometry = {
        "encoding": "WKB",
        "geometry_types": types,
        "crs": CRS("EPSG:4326").to_json_dict(),
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}


def _items(path: Path) -> list[Any]:
    """Return the items in a JSON file."""
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path}: larger than {LARGEST_JSON / 1e6:.0f} MB; split the collection")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: no JSON, or damaged; copy it again") from error
    if isinstance(content, dict) and content.get("type") == "Feature":
        return [content]
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        items = content.get("features")
        if isinstance(items, list):
            return items
    raise NotAProduct(f"{path}: JSON, but neither a STAC item nor a collection of items")


def _hrefs(item: Any, where: str) -> list[str]:
    """Return where the assets of an item lie, as it says."""
    if not isinstance(item, dict) or not isinstance(item.get("stac_version"), str):
        raise ValueError(f"{where} is no STAC item: it has no stac_version")
    assets = item.get("assets")
    if not isinstance(assets, dict):
        raise ValueError(f"{where} is no STAC item: it has no assets")
    hrefs = [asset.get("href") if isinstance(asset, dict) else None for asset in assets.values()]
    if not all(isinstance(href, str) for href in hrefs):
        raise ValueError(f"{where} is no STAC item: an asset has no href")
    return [str(href) for href in hrefs]


def _local_products(folder: Path, hrefs: list[str]) -> Iterator[Path]:
    for href in hrefs:
        path = _local(folder, href)
        if path is None:
            continue
        for above in list(path.parents)[:DEEPEST_ASSET]:
            if _kind(above) in FOLDER_KINDS:
                yield above
                break
        else:
            if _kind(path):
                yield path


def _local(folder: Path, href: str) -> Path | None:
    """Return the file or folder of an ``href``; None where there is none on this machine."""
    try:
        scheme, host, file, _, _ = urlsplit(href)
    except ValueError:
        return None
    if scheme == "file" and host in ("", "localhost"):
        path = Path(unquote(file))
    elif scheme == "":
        path = folder / href
    else:
        return None
    normal = Path(os.path.normpath(path))
    try:  # devices and pipes are neither files nor folders
        return normal if normal.is_file() or normal.is_dir() else None
    except OSError:  # a name that is too long
        return None


def _kind(path: Path) -> str:
    """Return what a path is, "" for nothing of iceco's; a file may be damaged."""
    try:
        return identify(path)
    except NotAProduct:
        return ""
    except ValueError:
        return "damaged" if path.is_file() else ""
