"""Answers of NASA's Common Metadata Repository, as small as its clients will take them."""

from typing import Any

from loopback_archive import LoopbackArchive, Served, json_page

#: Where both clients ask for granules.
GRANULES = "/search/granules.umm_json"
LATE_2022 = ("2022-11-30T01:43:42Z", "2022-11-30T01:44:46Z")


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    points = [{"Longitude": x, "Latitude": y} for x, y in [*corners, corners[0]]]
    return {"GPolygons": [{"Boundary": {"Points": points}}]}


def rectangle(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    names = ("West", "South", "East", "North")
    sides = dict(zip(names, (west, south, east, north), strict=True))
    return {"BoundingRectangles": [{f"{n}BoundingCoordinate": v for n, v in sides.items()}]}


def granule(
    archive: LoopbackArchive,
    name: str,
    geometry: dict[str, Any],
    content: bytes,
    times: tuple[str, str] = LATE_2022,
    **how: Any,
) -> dict[str, Any]:
    """Put a file into the archive and return the granule that has it."""
    served = archive.files[f"/data/{name}"] = Served(content, **how)
    stem = name.rsplit(".", 1)[0]
    attributes = {
        "BYTES": len(content),
        "MD5SUM": served.md5(),
        "GRANULE_TYPE": "SENTINEL_1A_FRAME",
    }
    return {
        "meta": {"concept-id": f"G{abs(hash(name))}-X", "provider-id": "X"},
        "umm": {
            "GranuleUR": f"{stem}-UR",
            "CollectionReference": {"ShortName": "SENTINEL-1A_DP_GRD_MEDIUM"},
            "TemporalExtent": {
                "RangeDateTime": {"BeginningDateTime": times[0], "EndingDateTime": times[1]}
            },
            "SpatialExtent": {"HorizontalSpatialDomain": {"Geometry": geometry}},
            "RelatedUrls": [
                {"Type": "GET DATA", "URL": f"{archive.url}/data/{name}"},
                {"Type": "GET DATA", "URL": f"{archive.url}/data/{name}.iso.xml"},
                {"Type": "GET DATA VIA DIRECT ACCESS", "URL": f"s3://bucket/{name}"},
            ],
            "Platforms": [{"ShortName": "SENTINEL-1A"}],
            "AdditionalAttributes": [
                {"Name": key, "Values": [str(value)]} for key, value in attributes.items()
            ],
            "DataGranule": {
                "Identifiers": [{"IdentifierType": "ProducerGranuleId", "Identifier": stem}],
                "ArchiveAndDistributionInformation": [
                    {
                        "Name": name,
                        "SizeInBytes": len(content),
                        "Checksum": {"Algorithm": "MD5", "Value": served.md5()},
                    }
                ],
            },
        },
    }


def hold(archive: LoopbackArchive, *granules: dict[str, Any]) -> None:
    """Let the archive answer every search with these granules."""
    hits = {"CMR-Hits": str(len(granules))}
    archive.pages[GRANULES] = json_page({"hits": len(granules), "items": list(granules)}, hits)
