"""What the XML files of a Sentinel-1 GRD product say, as plain arrays.

Reads and renames, nothing else: no calibration, no geometry, no file access.
References: Sentinel-1 Product Specification, S1-RS-MDA-52-7441; the same names as its tables.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import numpy as np
from defusedxml.common import DefusedXmlException

_SAFE = "{http://www.esa.int/safe/sentinel-1.0}"

_Value = TypeVar("_Value")


class SwathBlock(NamedTuple):
    """A rectangle of the image that comes from one sub-swath; both ends belong to it."""

    swath: str
    first_line: int
    last_line: int
    first_sample: int
    last_sample: int


@dataclass(frozen=True)
class OrbitStates:
    """Earth-fixed state vectors of the satellite, about ten seconds apart."""

    time: np.ndarray  # (n,) datetime64[ns], UTC
    position: np.ndarray  # (n, 3) [m]
    velocity: np.ndarray  # (n, 3) [m/s]


@dataclass(frozen=True)
class GeolocationGrid:
    """The tie points: n image lines by m image samples; heights are terrain heights."""

    line: np.ndarray  # (n,) float64, increasing
    sample: np.ndarray  # (m,) float64, increasing
    azimuth_time: np.ndarray  # (n, m) datetime64[ns], UTC, zero Doppler
    slant_range_time: np.ndarray  # (n, m) [s], two ways
    latitude: np.ndarray  # (n, m) [degree]
    longitude: np.ndarray  # (n, m) [degree]
    height: np.ndarray  # (n, m) [m] above the ellipsoid
    incidence_angle: np.ndarray  # (n, m) [degree]


@dataclass(frozen=True)
class RangePolynomials:
    """Slant range over ground range, about one polynomial a second."""

    time: np.ndarray  # (k,) datetime64[ns], UTC
    ground_origin: np.ndarray  # (k,) [m], gr0: ground range at which the argument is 0
    coefficients: np.ndarray  # (k, order + 1), grsrCoefficients [m, 1, 1 / m, ...]


@dataclass(frozen=True)
class Annotation:
    """The product annotation of one polarisation."""

    mission: str  # S1A
    product_type: str  # GRD
    mode: str  # EW
    polarisation: str  # HV
    start_time: np.datetime64
    stop_time: np.datetime64
    absolute_orbit: int
    pass_direction: str  # ASCENDING or DESCENDING
    platform_heading: float  # [degree]
    lines: int
    samples: int
    line_spacing: float  # [m]
    sample_spacing: float  # [m] on the ground
    first_line_time: np.datetime64
    line_interval: float  # [s]
    thermal_noise_removed: bool
    orbit: OrbitStates
    grid: GeolocationGrid
    range_polynomials: RangePolynomials | None  # none where there is no ground range
    blocks: tuple[SwathBlock, ...]  # none for stripmap


class LutVector(NamedTuple):
    """One line of a look-up table, on its own pixels."""

    line: int  # may lie before or past the image
    sample: np.ndarray  # (m,) float64, increasing
    value: np.ndarray  # (m,) float64


@dataclass(frozen=True)
class Calibration:
    """The calibration annotation of one polarisation: DN / sigmaNought squared is sigma0."""

    polarisation: str
    sigma_nought: tuple[LutVector, ...]
    dn: float  # the first value of the dn vectors, A_dn


class AzimuthVector(NamedTuple):
    """The factor by which scalloping raises the range noise, along one block of a sub-swath."""

    block: SwathBlock
    line: np.ndarray  # (m,) float64, increasing
    value: np.ndarray  # (m,) float64


@dataclass(frozen=True)
class Noise:
    """The thermal noise annotation of one polarisation.

    Old products (IPF before 2.9) have no azimuth vectors; neither has stripmap.
    """

    polarisation: str
    range_vectors: tuple[LutVector, ...]  # DN squared, except before IPF 2.5
    azimuth_vectors: tuple[AzimuthVector, ...]


class Manifest(NamedTuple):
    """What the reader needs of ``manifest.safe``."""

    ipf_version: str | None  # "003.52"
    relative_orbit: int | None
    files: tuple[tuple[str, str], ...]  # (repID, href) of each data object


def parse_xml(text: bytes, name: str) -> Element:
    """Return the root of an XML file; entities and document types are refused.

    Raises
    ------
    ValueError
        If the text is cut off, no XML, or declares a document type or an entity.
    """
    try:
        return defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    except ParseError as error:
        raise ValueError(f"{name}: the XML is cut off or damaged ({error})") from error
    except DefusedXmlException as error:
        raise ValueError(
            f"{name}: the XML declares a document type or an entity, which no Sentinel-1 file "
            "does; it is refused"
        ) from error


def parse_manifest(text: bytes, name: str) -> Manifest:
    """Read ``manifest.safe``; ``name`` is how errors call the file."""
    root = parse_xml(text, name)
    versions = [
        software.get("version", "")
        for software in root.iter(f"{_SAFE}software")
        if software.get("name") == "Sentinel-1 IPF"
        and re.fullmatch(r"\d+\.\d+", software.get("version", ""))
    ]
    orbits = [
        int(orbit.text)
        for orbit in root.iter(f"{_SAFE}relativeOrbitNumber")
        if orbit.get("type") == "start" and orbit.text and orbit.text.isdigit()
    ]
    files = [
        (data.get("repID", ""), location.get("href", ""))
        for data in root.iter("dataObject")
        for location in data.iter("fileLocation")
    ]
    return Manifest(
        versions[0] if versions else None,
        orbits[0] if orbits else None,
        tuple(files),
    )


def parse_annotation(text: bytes, name: str, grid: GeolocationGrid | None = None) -> Annotation:
    """Read a product annotation.

    Parameters
    ----------
    text : bytes
        The XML file.
    name : str
        How errors call the file.
    grid : GeolocationGrid, optional
        Taken as it is instead of parsing the file's own: the polarisations of a product share
        one grid, and reading it is half the work.

    Raises
    ------
    ValueError
        If the XML is damaged, not a product annotation, or lacks an element.
    """
    root = parse_xml(text, name)
    header, image = "adsHeader", "imageAnnotation/imageInformation"
    processing = "imageAnnotation/processingInformation"
    return Annotation(
        mission=_get(root, f"{header}/missionId", str, name),
        product_type=_get(root, f"{header}/productType", str, name),
        mode=_get(root, f"{header}/mode", str, name),
        polarisation=_get(root, f"{header}/polarisation", str, name),
        start_time=_get(root, f"{header}/startTime", _time, name),
        stop_time=_get(root, f"{header}/stopTime", _time, name),
        absolute_orbit=_get(root, f"{header}/absoluteOrbitNumber", int, name),
        pass_direction=_get(root, "generalAnnotation/productInformation/pass", str, name).upper(),
        platform_heading=_get(
            root, "generalAnnotation/productInformation/platformHeading", float, name
        ),
        lines=_get(root, f"{image}/numberOfLines", int, name),
        samples=_get(root, f"{image}/numberOfSamples", int, name),
        line_spacing=_get(root, f"{image}/azimuthPixelSpacing", float, name),
        sample_spacing=_get(root, f"{image}/rangePixelSpacing", float, name),
        first_line_time=_get(root, f"{image}/productFirstLineUtcTime", _time, name),
        line_interval=_get(root, f"{image}/azimuthTimeInterval", float, name),
        thermal_noise_removed=_get(
            root, f"{processing}/thermalNoiseCorrectionPerformed", _boolean, name
        ),
        orbit=_orbit(root, name),
        grid=_grid(root, name) if grid is None else grid,
        range_polynomials=_range_polynomials(root, name),
        blocks=_blocks(root, name),
    )


def parse_calibration(text: bytes, name: str) -> Calibration:
    """Read a calibration annotation; errors as ``parse_annotation``."""
    root = parse_xml(text, name)
    vectors = root.findall("calibrationVectorList/calibrationVector")
    if not vectors:
        raise ValueError(f"{name}: there is no calibration vector in it")
    sigma_nought = tuple(_lut_vector(vector, "sigmaNought", name) for vector in vectors)
    if not all((vector.value > 0.0).all() for vector in sigma_nought):
        raise ValueError(f"{name}: sigmaNought must be positive everywhere")
    return Calibration(
        polarisation=_get(root, "adsHeader/polarisation", str, name),
        sigma_nought=sigma_nought,
        dn=float(_get(vectors[0], "dn", _numbers, name)[0]),
    )


def parse_noise(text: bytes, name: str) -> Noise:
    """Read a noise annotation of either format; errors as ``parse_annotation``."""
    root = parse_xml(text, name)
    vectors = [
        _lut_vector(vector, lut, name)
        for path, lut in (
            ("noiseRangeVectorList/noiseRangeVector", "noiseRangeLut"),
            ("noiseVectorList/noiseVector", "noiseLut"),
        )
        for vector in root.findall(path)
    ]
    if not vectors:
        raise ValueError(f"{name}: there is no noise vector in it")
    return Noise(
        polarisation=_get(root, "adsHeader/polarisation", str, name),
        range_vectors=tuple(vectors),
        azimuth_vectors=tuple(
            _azimuth_vector(vector, name)
            for vector in root.findall("noiseAzimuthVectorList/noiseAzimuthVector")
        ),
    )


def _get(root: Element, path: str, convert: Callable[[str], _Value], name: str) -> _Value:
    text = root.findtext(path)
    if text is None or not text.strip():
        raise ValueError(f"{name}: the element {path} is missing or empty")
    try:
        return convert(text.strip())
    except ValueError as error:
        raise ValueError(
            f"{name}: the element {path} holds {text[:40]!r}, which cannot be read"
        ) from error


def _time(text: str) -> np.datetime64:
    return np.datetime64(text.removesuffix("Z"), "ns")


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=np.float64)


def _columns(
    parents: list[Element], tag: str, convert: Callable[[str], _Value], name: str
) -> np.ndarray:
    return np.array([_get(parent, tag, convert, name) for parent in parents])


def _lut_vector(vector: Element, lut: str, name: str) -> LutVector:
    line = _get(vector, "line", int, name)
    sample = _get(vector, "pixel", _numbers, name)
    return LutVector(line, sample, _values(vector, lut, sample, name))


def _azimuth_vector(vector: Element, name: str) -> AzimuthVector:
    line = _get(vector, "line", _numbers, name)
    values = _values(vector, "noiseAzimuthLut", line, name)
    return AzimuthVector(_block(_get(vector, "swath", str, name), vector, name), line, values)


def _values(vector: Element, lut: str, knots: np.ndarray, name: str) -> np.ndarray:
    values = _get(vector, lut, _numbers, name)
    if values.size != knots.size or (np.diff(knots) <= 0).any():
        raise ValueError(
            f"{name}: a {lut} vector has {values.size} values on {knots.size} knots, "
            "which must be as many and increase"
        )
    return values


def _block(swath: str, bounds: Element, name: str) -> SwathBlock:
    return SwathBlock(
        swath,
        _get(bounds, "firstAzimuthLine", int, name),
        _get(bounds, "lastAzimuthLine", int, name),
        _get(bounds, "firstRangeSample", int, name),
        _get(bounds, "lastRangeSample", int, name),
    )


def _blocks(root: Element, name: str) -> tuple[SwathBlock, ...]:
    return tuple(
        _block(_get(merge, "swath", str, name), bounds, name)
        for merge in root.findall("swathMerging/swathMergeList/swathMerge")
        for bounds in merge.findall("swathBoundsList/swathBounds")
    )


def _orbit(root: Element, name: str) -> OrbitStates:
    states = root.findall("generalAnnotation/orbitList/orbit")
    if len(states) < 4:  # fewer cannot carry an interpolation
        raise ValueError(
            f"{name}: the orbit has {len(states)} state vectors, at least 4 are needed"
        )
    return OrbitStates(
        _columns(states, "time", _time, name),
        np.stack([_columns(states, f"position/{axis}", float, name) for axis in "xyz"], axis=-1),
        np.stack([_columns(states, f"velocity/{axis}", float, name) for axis in "xyz"], axis=-1),
    )


def _range_polynomials(root: Element, name: str) -> RangePolynomials | None:
    records = root.findall("coordinateConversion/coordinateConversionList/coordinateConversion")
    if not records:
        return None
    coefficients = [_get(record, "grsrCoefficients", _numbers, name) for record in records]
    if len({row.size for row in coefficients}) != 1:
        raise ValueError(f"{name}: the ground-range polynomials differ in degree")
    return RangePolynomials(
        _columns(records, "azimuthTime", _time, name),
        _columns(records, "gr0", float, name),
        np.stack(coefficients),
    )


def _grid(root: Element, name: str) -> GeolocationGrid:
    points = root.findall("geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    line, row = np.unique(_columns(points, "line", float, name), return_inverse=True)
    sample, column = np.unique(_columns(points, "pixel", float, name), return_inverse=True)
    if min(line.size, sample.size) < 2 or len(points) != line.size * sample.size:
        raise ValueError(
            f"{name}: the {len(points)} geolocation grid points do not fill a grid of "
            f"{line.size} lines by {sample.size} pixels"
        )
    order = np.lexsort((column, row))

    def field(tag: str, convert: Callable[[str], object]) -> np.ndarray:
        return _columns(points, tag, convert, name)[order].reshape(line.size, sample.size)

    return GeolocationGrid(
        line=line,
        sample=sample,
        azimuth_time=field("azimuthTime", _time),
        slant_range_time=field("slantRangeTime", float),
        latitude=field("latitude", float),
        longitude=field("longitude", float),
        height=field("height", float),
        incidence_angle=field("incidenceAngle", float),
    )
