"""A small Sentinel-1 GRD product for tests: every element that the reader asks for, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint

from iceco.geo.orbit import Orbit, ecef_to_geodetic, locate

SPEED_OF_LIGHT = 299_792_458.0
NAME = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
START = np.datetime64("2022-11-30T01:43:42.546629", "ns")
INTERVAL = 6.0e-3  # s


@dataclass(frozen=True)
class SmallProduct:
    """What is in the files; vectors are (line, samples, values), blocks as in the annotation."""

    lines: int = 60
    samples: int = 80
    mode: str = "EW"
    ipf: str = "003.52"
    blocks: Sequence[tuple[str, int, int, int, int]] = (
        ("EW1", 0, 59, 0, 39),
        ("EW2", 0, 59, 40, 79),
    )
    noise: Sequence[tuple[int, Sequence[float], Sequence[float]]] = (
        (0, (0, 39, 40, 79), (400.0, 500.0, 100.0, 120.0)),
        (59, (0, 39, 40, 79), (440.0, 540.0, 110.0, 130.0)),
    )
    azimuth: Sequence[tuple[tuple[str, int, int, int, int], Sequence[int], Sequence[float]]] = ()
    old_noise: bool = False
    sigma_nought: Sequence[tuple[int, Sequence[float], Sequence[float]]] = (
        (0, (0, 79), (600.0, 500.0)),
        (70, (0, 79), (610.0, 510.0)),
    )
    dn: float = 200.0
    denoised: str = "false"
    height: float = 0.0
    images: Mapping[str, np.ndarray] = field(default_factory=dict)
    polarisations: Sequence[str] = ("hh", "hv")
    tiff: Mapping[str, Any] = field(default_factory=lambda: {"blockysize": 1})


def write_product(folder: Path, product: SmallProduct) -> Path:
    """Write a SAFE folder into ``folder`` and return its path."""
    safe = folder / NAME
    (safe / "annotation/calibration").mkdir(parents=True)
    (safe / "measurement").mkdir()
    hrefs = []
    for number, pol in enumerate(product.polarisations, 1):
        stem = f"s1a-ew-grd-{pol}-20221130t014342-20221130t014446-046117-058549-00{number}"
        files = {
            f"annotation/{stem}.xml": ("Product", annotation_xml(product, pol)),
            f"annotation/calibration/calibration-{stem}.xml": (
                "Calibration",
                calibration_xml(product, pol),
            ),
            f"annotation/calibration/noise-{stem}.xml": ("Noise", noise_xml(product, pol)),
        }
        for name, (_, text) in files.items():
            (safe / name).write_text(text)
        if pol in product.images:
            write_tiff(safe / f"measurement/{stem}.tiff", product.images[pol], **product.tiff)
        files[f"measurement/{stem}.tiff"] = ("Measurement", "")
        hrefs += [(f"s1Level1{role}Schema", f"./{name}") for name, (role, _) in files.items()]
    (safe / "manifest.safe").write_text(manifest_xml(product.ipf, hrefs))
    return safe


def write_tiff(path: Path, image: np.ndarray, **options: Any) -> None:
    """Write digital numbers as ESA does: strips of one line, ground control points."""
    lines, samples = image.shape
    corners = [(0, 0), (0, samples), (lines, 0), (lines, samples)]
    gcps = [GroundControlPoint(row=r, col=c, x=r / 100, y=80 + c / 100, z=0) for r, c in corners]
    profile = {"driver": "GTiff", "count": 1, "dtype": image.dtype, "gcps": gcps}
    size = {"height": lines, "width": samples}
    with rasterio.open(path, "w", crs="EPSG:4326", **profile, **size, **options) as dataset:
        dataset.write(image, 1)


def manifest_xml(ipf: str, files: Sequence[tuple[str, str]]) -> str:
    """Return a manifest; an empty software element stands before the right one, as in reality."""
    objects = "".join(
        f'<dataObject ID="x{i}" repID="{role}"><byteStream><fileLocation href="{href}"/>'
        "</byteStream></dataObject>"
        for i, (role, href) in enumerate(files)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1"
 xmlns:safe="http://www.esa.int/safe/sentinel-1.0"
 version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/ewdp">
<safe:facility><safe:software name="" version=""/></safe:facility>
<safe:facility><safe:software name="Sentinel-1 IPF" version="{ipf}"/></safe:facility>
<safe:relativeOrbitNumber type="start">20</safe:relativeOrbitNumber>
<dataObjectSection>{objects}</dataObjectSection></xfdu:XFDU>"""


def annotation_xml(product: SmallProduct, pol: str) -> str:
    """Return a product annotation whose grid follows from its orbit."""
    blocks: dict[str, list] = {}
    for swath, *bounds in product.blocks:
        blocks.setdefault(swath, []).append(bounds)
    merges = "".join(
        f"<swathMerge><swath>{swath}</swath><swathBoundsList>"
        + "".join(f"<swathBounds>{_bounds(*b)}</swathBounds>" for b in bounds)
        + "</swathBoundsList></swathMerge>"
        for swath, bounds in blocks.items()
    )
    stop = START + np.timedelta64(round((product.lines - 1) * INTERVAL * 1e9), "ns")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<product><adsHeader><missionId>S1A</missionId><productType>GRD</productType>
<polarisation>{pol.upper()}</polarisation><mode>{product.mode}</mode>
<startTime>{START}</startTime><stopTime>{stop}</stopTime>
<absoluteOrbitNumber>46117</absoluteOrbitNumber></adsHeader>
<generalAnnotation><productInformation><pass>Descending</pass>
<platformHeading>-139.3</platformHeading></productInformation>
<orbitList>{_orbit_xml()}</orbitList></generalAnnotation>
<imageAnnotation><imageInformation><numberOfLines>{product.lines}</numberOfLines>
<numberOfSamples>{product.samples}</numberOfSamples><rangePixelSpacing>40.0</rangePixelSpacing>
<azimuthPixelSpacing>40.0</azimuthPixelSpacing>
<productFirstLineUtcTime>{START}</productFirstLineUtcTime>
<azimuthTimeInterval>{INTERVAL}</azimuthTimeInterval></imageInformation>
<processingInformation>
<thermalNoiseCorrectionPerformed>{product.denoised}</thermalNoiseCorrectionPerformed>
</processingInformation></imageAnnotation>
<geolocationGrid><geolocationGridPointList>{_grid_xml(product)}</geolocationGridPointList>
</geolocationGrid><swathMerging><swathMergeList>{merges}</swathMergeList></swathMerging></product>
"""


def calibration_xml(product: SmallProduct, pol: str) -> str:
    """Return a calibration annotation."""
    vectors = "".join(
        f"<calibrationVector><line>{line}</line>{_list('pixel', pixel)}"
        f"{_list('sigmaNought', value)}{_list('dn', [product.dn] * len(value))}"
        "</calibrationVector>"
        for line, pixel, value in product.sigma_nought
    )
    return (
        f"<calibration><adsHeader><polarisation>{pol.upper()}</polarisation></adsHeader>"
        f"<calibrationVectorList>{vectors}</calibrationVectorList></calibration>"
    )


def noise_xml(product: SmallProduct, pol: str) -> str:
    """Return a noise annotation in the new or the old format."""
    kind = "noise" if product.old_noise else "noiseRange"
    vectors = "".join(
        f"<{kind}Vector><line>{line}</line>{_list('pixel', pixel)}{_list(f'{kind}Lut', value)}"
        f"</{kind}Vector>"
        for line, pixel, value in product.noise
    )
    azimuth = "".join(
        f"<noiseAzimuthVector><swath>{swath}</swath>{_bounds(*bounds)}{_list('line', line)}"
        f"{_list('noiseAzimuthLut', value)}</noiseAzimuthVector>"
        for (swath, *bounds), line, value in product.azimuth
    )
    return (
        f"<noise><adsHeader><polarisation>{pol.upper()}</polarisation></adsHeader>"
        f"<{kind}VectorList>{vectors}</{kind}VectorList>"
        f"<noiseAzimuthVectorList>{azimuth}</noiseAzimuthVectorList></noise>"
    )


def small_orbit() -> Orbit:
    """Return ten state vectors on a polar circle that does not turn with the Earth."""
    time = np.arange(-40.0, 60.0, 10.0)
    angle = np.radians(80.0) + time * 1.06e-3
    unit = np.stack([np.cos(angle), np.zeros(angle.size), np.sin(angle)], axis=-1)
    along = np.stack([-np.sin(angle), np.zeros(angle.size), np.cos(angle)], axis=-1)
    return Orbit(epoch=START, time=time, position=7.07e6 * unit, velocity=7.07e6 * 1.06e-3 * along)


def _orbit_xml() -> str:
    orbit = small_orbit()
    states = zip(orbit.time, orbit.position, orbit.velocity, strict=True)
    return "".join(
        f"<orbit><time>{START + np.timedelta64(int(t), 's')}</time>"
        f"{_vector('position', position)}{_vector('velocity', velocity)}</orbit>"
        for t, position, velocity in states
    )


def _grid_xml(product: SmallProduct) -> str:
    lines = np.linspace(0, product.lines - 1, 4).round()
    samples = np.linspace(0, product.samples - 1, 5).round()
    line, sample = (x.ravel() for x in np.meshgrid(lines, samples, indexing="ij"))
    slant_range = 8.0e5 + 22.0 * sample
    ground = locate(small_orbit(), line * INTERVAL, slant_range, product.height)
    points = zip(line, sample, slant_range, *ecef_to_geodetic(ground), strict=True)
    return "".join(
        "<geolocationGridPoint>"
        f"<azimuthTime>{START + np.timedelta64(round(i * INTERVAL * 1e9), 'ns')}</azimuthTime>"
        f"<slantRangeTime>{2 * r / SPEED_OF_LIGHT}</slantRangeTime><line>{i:.0f}</line>"
        f"<pixel>{j:.0f}</pixel><latitude>{latitude}</latitude><longitude>{longitude}</longitude>"
        f"<height>{height}</height><incidenceAngle>30.0</incidenceAngle></geolocationGridPoint>"
        for i, j, r, longitude, latitude, height in points
    )


def _bounds(first_line: int, last_line: int, first_sample: int, last_sample: int) -> str:
    return (
        f"<firstAzimuthLine>{first_line}</firstAzimuthLine>"
        f"<firstRangeSample>{first_sample}</firstRangeSample>"
        f"<lastAzimuthLine>{last_line}</lastAzimuthLine>"
        f"<lastRangeSample>{last_sample}</lastRangeSample>"
    )


def _list(tag: str, values: Sequence[float]) -> str:
    return f'<{tag} count="{len(values)}">{" ".join(map(str, values))}</{tag}>'


def _vector(tag: str, vector: np.ndarray) -> str:
    x, y, z = vector
    return f"<{tag}><x>{x}</x><y>{y}</y><z>{z}</z></{tag}>"
