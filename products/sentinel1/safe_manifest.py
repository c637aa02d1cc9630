"""The manifest of a made-up EW scene: which files there are, and where and when it lies."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .annotation import GeolocationGrid
from .ew_scene import (
    KNOWN_ORBIT,
    EwScene,
    Identity,
    polarisation_class,
    relative_orbit,
)
from .flight import ascending_node_time
from .xml_text import time_text

SCHEMAS = {
    "product": "s1Level1ProductSchema",
    "noise": "s1Level1NoiseSchema",
    "calibration": "s1Level1CalibrationSchema",
    "measurement": "s1Level1MeasurementSchema",
}


class DataObject(NamedTuple):
    """A file of the product."""

    kind: str  # product, noise, calibration or measurement
    href: str  # ./annotation/...
    size: int  # bytes
    md5: str

    @property
    def identifier(self) -> str:
        """What the manifest calls the file."""
        kind = "" if self.kind in ("measurement", "noise", "calibration") else self.kind
        return kind + Path(self.href).stem.replace("-", "")


def data_object(root: Path, kind: str, href: str) -> DataObject:
    """Return size and checksum of a file below the product's folder ``root``."""
    path = root / href
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return DataObject(kind, href, path.stat().st_size, digest.hexdigest())


def footprint(grid: GeolocationGrid) -> str:
    """Return the corners: last line near and far, first line far and near, "lat,lon ..."."""
    corners = ((-1, 0), (-1, -1), (0, -1), (0, 0))
    return " ".join(f"{grid.latitude[c]:.6f},{grid.longitude[c]:.6f}" for c in corners)


def manifest(scene: EwScene, identity: Identity, objects: Sequence[DataObject]) -> bytes:
    """Return ``manifest.safe``."""
    metadata = [item for item in objects if item.kind != "measurement"]
    return _MANIFEST.format(
        units="".join(map(_unit, objects)),
        metadata="".join(
            f'    <metadataObject ID="{item.identifier}Annotation" classification="DESCRIPTION" '
            f'category="DMD">\n      <dataObjectPointer dataObjectID="{item.identifier}"/>\n'
            "    </metadataObject>\n"
            for item in metadata
        ),
        objects="".join(map(_data_object, objects)),
        schemas="".join(map(_schema, SCHEMAS.items())),
        version=scene.processor_version,
        start=time_text(identity.start),
        stop=time_text(identity.stop),
        satellite=identity.mission[2],
        orbit=identity.orbit,
        relative_orbit=relative_orbit(identity.orbit),
        cycle=_cycle(identity.orbit),
        direction="ASCENDING" if scene.ascending else "DESCENDING",
        node_time=time_text(ascending_node_time(scene.geometry.orbit)),
        since_node=_milliseconds_since_node(scene, identity.start),
        until_node=_milliseconds_since_node(scene, identity.stop),
        data_take=identity.data_take,
        polarisations="".join(
            "            <s1sarl1:transmitterReceiverPolarisation>"
            f"{polarisation}</s1sarl1:transmitterReceiverPolarisation>\n"
            for polarisation in identity.polarisations
        ),
        kind=polarisation_class(identity.polarisations).lower(),
        slice_number=1 if scene.first_slice else 2,
        slices=2 if scene.first_slice else 3,
        footprint=footprint(scene.grid),
    ).encode()


def _unit(item: DataObject) -> str:
    unit = "Measurement Data Unit" if item.kind == "measurement" else "Metadata Unit"
    return (
        f'      <xfdu:contentUnit unitType="{unit}" repID="{SCHEMAS[item.kind]}">\n'
        f'        <dataObjectPointer dataObjectID="{item.identifier}"/>\n'
        "      </xfdu:contentUnit>\n"
    )


def _data_object(item: DataObject) -> str:
    mime = "application/octet-stream" if item.kind == "measurement" else "text/xml"
    return (
        f'    <dataObject ID="{item.identifier}" repID="{SCHEMAS[item.kind]}">\n'
        f'      <byteStream mimeType="{mime}" size="{item.size}">\n'
        f'        <fileLocation locatorType="URL" href="{item.href}"/>\n'
        f'        <checksum checksumName="MD5">{item.md5}</checksum>\n'
        "      </byteStream>\n"
        "    </dataObject>\n"
    )


def _schema(kind_schema: tuple[str, str]) -> str:
    kind, schema = kind_schema
    vocabulary = "SDF" if kind == "measurement" else "XML Schema"
    return (
        f'    <metadataObject ID="{schema}" classification="SYNTAX" category="REP">\n'
        f'      <metadataReference mimeType="text/xml" vocabularyName="{vocabulary}" '
        f'locatorType="URL" href="./support/s1-level-1-{kind}.xsd"/>\n'
        "    </metadataObject>\n"
    )


def _cycle(orbit: int) -> int:
    """Return the repeat cycle, counted from that of the known orbit."""
    known_cycle = 278
    return max(1, known_cycle + (orbit - 73) // 175 - (KNOWN_ORBIT - 73) // 175)


def _milliseconds_since_node(scene: EwScene, time: np.datetime64) -> str:
    since = time - ascending_node_time(scene.geometry.orbit)
    return f"{since / np.timedelta64(1, 'ms'):.6e}"


_MANIFEST = """\
<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:gml="http://www.opengis.net/gml" xmlns:xfdu="urn:ccsds:schema:xfdu:1" \
xmlns:safe="http://www.esa.int/safe/sentinel-1.0" \
xmlns:s1="http://www.esa.int/safe/sentinel-1.0/sentinel-1" \
xmlns:s1sar="http://www.esa.int/safe/sentinel-1.0/sentinel-1/sar" \
xmlns:s1sarl1="http://www.esa.int/safe/sentinel-1.0/sentinel-1/sar/level-1" \
version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/ew{kind}">
  <informationPackageMap>
    <xfdu:contentUnit unitType="SAFE Archive Information Package" \
textInfo="Sentinel-1 EW Level-1 GRD Product" dmdID="acquisitionPeriod platform \
generalProductInformation measurementOrbitReference measurementFrameSet" pdiID="processing">
{units}    </xfdu:contentUnit>
  </informationPackageMap>
  <metadataSection>
{metadata}    <metadataObject ID="processing" classification="PROVENANCE" category="PDI">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="Processing">
        <xmlData>
          <safe:processing name="GRD Post Processing" start="{start}" stop="{stop}">
            <safe:facility country="" name="iceco" organisation="" site="simulation">
              <safe:software name="Sentinel-1 IPF" version="{version}"/>
            </safe:facility>
          </safe:processing>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="platform" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="Platform Description">
        <xmlData>
          <safe:platform>
            <safe:nssdcIdentifier>2014-016A</safe:nssdcIdentifier>
            <safe:familyName>SENTINEL-1</safe:familyName>
            <safe:number>{satellite}</safe:number>
            <safe:instrument>
              <safe:familyName abbreviation="SAR">Synthetic Aperture Radar</safe:familyName>
              <safe:extension>
                <s1sarl1:instrumentMode>
                  <s1sarl1:mode>EW</s1sarl1:mode>
                  <s1sarl1:swath>EW</s1sarl1:swath>
                </s1sarl1:instrumentMode>
              </safe:extension>
            </safe:instrument>
          </safe:platform>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="measurementOrbitReference" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="Orbit Reference">
        <xmlData>
          <safe:orbitReference>
            <safe:orbitNumber type="start">{orbit}</safe:orbitNumber>
            <safe:orbitNumber type="stop">{orbit}</safe:orbitNumber>
            <safe:relativeOrbitNumber type="start">{relative_orbit}</safe:relativeOrbitNumber>
            <safe:relativeOrbitNumber type="stop">{relative_orbit}</safe:relativeOrbitNumber>
            <safe:cycleNumber>{cycle}</safe:cycleNumber>
            <safe:phaseIdentifier>1</safe:phaseIdentifier>
            <safe:extension>
              <s1:orbitProperties>
                <s1:pass>{direction}</s1:pass>
                <s1:ascendingNodeTime>{node_time}</s1:ascendingNodeTime>
              </s1:orbitProperties>
            </safe:extension>
          </safe:orbitReference>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="generalProductInformation" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" \
textInfo="General Product Information">
        <xmlData>
          <s1sarl1:standAloneProductInformation>
            <s1sarl1:instrumentConfigurationID>7</s1sarl1:instrumentConfigurationID>
            <s1sarl1:missionDataTakeID>{data_take}</s1sarl1:missionDataTakeID>
{polarisations}            <s1sarl1:productClass>S</s1sarl1:productClass>
            <s1sarl1:productClassDescription>SAR Standard L1 Product\
</s1sarl1:productClassDescription>
            <s1sarl1:productComposition>Slice</s1sarl1:productComposition>
            <s1sarl1:productType>GRD</s1sarl1:productType>
            <s1sarl1:productTimelinessCategory>Fast-24h</s1sarl1:productTimelinessCategory>
            <s1sarl1:sliceProductFlag>true</s1sarl1:sliceProductFlag>
            <s1sarl1:segmentStartTime>{start}</s1sarl1:segmentStartTime>
            <s1sarl1:sliceNumber>{slice_number}</s1sarl1:sliceNumber>
            <s1sarl1:totalSlices>{slices}</s1sarl1:totalSlices>
          </s1sarl1:standAloneProductInformation>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="acquisitionPeriod" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="Acquisition Period">
        <xmlData>
          <safe:acquisitionPeriod>
            <safe:startTime>{start}</safe:startTime>
            <safe:stopTime>{stop}</safe:stopTime>
            <safe:extension>
              <s1:timeANX>
                <s1:startTimeANX>{since_node}</s1:startTimeANX>
                <s1:stopTimeANX>{until_node}</s1:stopTimeANX>
              </s1:timeANX>
            </safe:extension>
          </safe:acquisitionPeriod>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="measurementFrameSet" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="Frame Set">
        <xmlData>
          <safe:frameSet>
            <safe:frame>
              <safe:footPrint srsName="http://www.opengis.net/gml/srs/epsg.xml#4326">
                <gml:coordinates>{footprint}</gml:coordinates>
              </safe:footPrint>
            </safe:frame>
          </safe:frameSet>
        </xmlData>
      </metadataWrap>
    </metadataObject>
{schemas}  </metadataSection>
  <dataObjectSection>
{objects}  </dataObjectSection>
</xfdu:XFDU>
"""
