"""The manifest of a made-up Sentinel-3 product: which file there is, of when and of whom."""

import hashlib
from pathlib import Path

import numpy as np

from .stamps import rounded


def manifest(measurement: Path, mission: str, first: np.datetime64, last: np.datetime64) -> str:
    """Return ``xfdumanifest.xml``.

    Parameters
    ----------
    measurement : Path
        The product's only file, complete.
    mission : str
        s3a or s3b.
    first, last : datetime64
        UTC times of its first and last record.
    """
    with measurement.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return _MANIFEST.format(
        name=measurement.stem,
        size=measurement.stat().st_size,
        md5=digest.hexdigest(),
        start=f"{rounded(first, 'us')}Z",
        stop=f"{rounded(last, 'us')}Z",
        satellite=mission[2].upper(),
    )


_MANIFEST = """\
<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" \
xmlns:sentinel-safe="http://www.esa.int/safe/sentinel/1.1" \
version="esa/safe/sentinel/sentinel-3/sral/level-2/1.0">
  <informationPackageMap>
    <xfdu:contentUnit unitType="Information Package" textInfo="simulated">
      <xfdu:contentUnit unitType="Measurement Data Unit">
        <dataObjectPointer dataObjectID="{name}_Data"/>
      </xfdu:contentUnit>
    </xfdu:contentUnit>
  </informationPackageMap>
  <metadataSection>
    <metadataObject ID="acquisitionPeriod" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="Sentinel-SAFE">
        <xmlData>
          <sentinel-safe:acquisitionPeriod>
            <sentinel-safe:startTime>{start}</sentinel-safe:startTime>
            <sentinel-safe:stopTime>{stop}</sentinel-safe:stopTime>
          </sentinel-safe:acquisitionPeriod>
        </xmlData>
      </metadataWrap>
    </metadataObject>
    <metadataObject ID="platform" classification="DESCRIPTION" category="DMD">
      <metadataWrap mimeType="text/xml" vocabularyName="Sentinel-SAFE">
        <xmlData>
          <sentinel-safe:platform>
            <sentinel-safe:familyName>Sentinel-3</sentinel-safe:familyName>
            <sentinel-safe:number>{satellite}</sentinel-safe:number>
          </sentinel-safe:platform>
        </xmlData>
      </metadataWrap>
    </metadataObject>
  </metadataSection>
  <dataObjectSection>
    <dataObject ID="{name}_Data">
      <byteStream mimeType="application/x-netcdf" size="{size}">
        <fileLocation locatorType="URL" href="{name}.nc"/>
        <checksum checksumName="MD5">{md5}</checksum>
      </byteStream>
    </dataObject>
  </dataObjectSection>
</xfdu:XFDU>
"""
