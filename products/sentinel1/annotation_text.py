"""The XML files of a made-up EW scene: product annotation, calibration and noise.

Elements, their order and their number formats are those of IPF 3.52.
"""

import numpy as np

from . import templates
from .annotation import AzimuthVector, LutVector, SwathBlock
from .ew_scene import EwScene, Identity
from .flight import PIXEL_SPACING, ascending_node_time, heading, utc
from .geometry import SPEED_OF_LIGHT, elevation_angle
from .instrument import BETA_NOUGHT, SWATHS, Radiometry, incidence_angle
from .templates import Element
from .xml_text import to_xml


def product_annotation(
    scene: EwScene, identity: Identity, polarisation: str, statistics: Element
) -> bytes:
    """Return the product annotation; ``statistics`` is the content of ``imageStatistics``."""
    start, stop = scene.start, scene.stop
    near = 2.0 * scene.geometry.ground_range.near_range / SPEED_OF_LIGHT
    return to_xml(
        "product",
        {
            "adsHeader": _header(identity, polarisation),
            "qualityInformation": templates.quality(start, statistics),
            "generalAnnotation": _general(scene, near),
            "imageAnnotation": {
                "imageInformation": _image(scene, near, statistics),
                "processingInformation": _processing(scene),
            },
            "dopplerCentroid": {
                "dcEstimateList": [templates.doppler_centroid(start, stop, near) for _ in SWATHS]
            },
            "antennaPattern": {
                "antennaPatternList": [_antenna_pattern(scene, swath) for swath in SWATHS]
            },
            "swathTiming": {"linesPerBurst": 0, "samplesPerBurst": 0, "burstList": []},
            "geolocationGrid": {"geolocationGridPointList": _tie_points(scene)},
            "coordinateConversion": {"coordinateConversionList": _conversions(scene)},
            "swathMerging": {"swathMergeList": [_merge(scene, swath) for swath in SWATHS]},
        },
    )


def calibration_annotation(
    scene: EwScene, identity: Identity, polarisation: str, radiometry: Radiometry
) -> bytes:
    """Return the calibration annotation."""
    vectors = radiometry.calibration.sigma_nought
    sample = vectors[0].sample
    angle = np.radians(incidence_angle(scene.geometry, 0.5 * (scene.view.lines - 1), sample))
    constant = np.full(sample.size, BETA_NOUGHT, dtype=np.float32)
    gamma = (BETA_NOUGHT / np.sqrt(np.tan(angle))).astype(np.float32)
    return to_xml(
        "calibration",
        {
            "adsHeader": _header(identity, polarisation),
            "calibrationInformation": {"absoluteCalibrationConstant": 1.0},
            "calibrationVectorList": [
                {
                    "azimuthTime": scene.line_time(vector.line),
                    "line": vector.line,
                    "pixel": vector.sample.astype(int),
                    "sigmaNought": vector.value.astype(np.float32),
                    "betaNought": constant,
                    "gamma": gamma,
                    "dn": constant,
                }
                for vector in vectors
            ],
        },
    )


def noise_annotation(
    scene: EwScene, identity: Identity, polarisation: str, radiometry: Radiometry
) -> bytes:
    """Return the noise annotation: with azimuth vectors, or in the format before IPF 2.9."""
    noise = radiometry.noise
    header = {"adsHeader": _header(identity, polarisation)}
    if not noise.azimuth_vectors:
        vectors = [_range_noise(scene, vector, "noiseLut") for vector in noise.range_vectors]
        return to_xml("noise", header | {"noiseVectorList": vectors})
    vectors = [_range_noise(scene, vector, "noiseRangeLut") for vector in noise.range_vectors]
    azimuth = [_azimuth_noise(vector) for vector in noise.azimuth_vectors]
    lists = {"noiseRangeVectorList": vectors, "noiseAzimuthVectorList": azimuth}
    return to_xml("noise", header | lists)


def _header(identity: Identity, polarisation: str) -> Element:
    return {
        "missionId": identity.mission,
        "productType": "GRD",
        "polarisation": polarisation,
        "mode": "EW",
        "swath": "EW",
        "startTime": identity.start,
        "stopTime": identity.stop,
        "absoluteOrbitNumber": identity.orbit,
        "missionDataTakeId": identity.data_take,
        "imageNumber": f"{identity.polarisations.index(polarisation) + 1:03d}",
    }


def _general(scene: EwScene, slant_range_time: float) -> Element:
    start, stop = scene.start, scene.stop
    information = {
        "pass": "Ascending" if scene.ascending else "Descending",
        "timelinessCategory": "Fast-24h",
        "platformHeading": heading(scene.geometry.orbit),
        "projection": "Ground Range",
        "rangeSamplingRate": templates.RANGE_SAMPLING_RATE,
        "radarFrequency": templates.RADAR_FREQUENCY,
        "azimuthSteeringRate": 2.390895448,
    }
    seconds = np.arange(-10.0, scene.view.lines * scene.geometry.line_interval + 11.0, 10.0)
    return {
        "productInformation": information,
        "downlinkInformationList": [
            templates.downlink_information(swath, start, stop) for swath in SWATHS
        ],
        "orbitList": _orbit(scene),
        "attitudeList": [templates.attitude(start), templates.attitude(stop)],
        "rawDataAnalysisList": [templates.raw_data_analysis(start) for _ in SWATHS],
        "replicaInformationList": [templates.replica_information(s, start) for s in SWATHS],
        "noiseList": [templates.instrument_noise(swath, start) for swath in SWATHS],
        "terrainHeightList": [
            {"azimuthTime": time, "value": 0.0}
            for time in utc(scene.geometry.orbit, scene.geometry.first_line_time + seconds)
        ],
        "azimuthFmRateList": [templates.azimuth_fm_rate(start, slant_range_time)],
    }


def _orbit(scene: EwScene) -> list[Element]:
    orbit = scene.geometry.orbit
    times = utc(orbit, orbit.time)
    return [
        {
            "time": time,
            "frame": "Earth Fixed",
            "position": dict(zip("xyz", position.tolist(), strict=True)),
            "velocity": dict(zip("xyz", velocity.tolist(), strict=True)),
        }
        for time, position, velocity in zip(times, orbit.position, orbit.velocity, strict=True)
    ]


def _image(scene: EwScene, slant_range_time: float, statistics: Element) -> Element:
    view, geometry = scene.view, scene.geometry
    number = 1 if scene.first_slice else 2
    sensing = {"sensingStartTime": scene.start, "sensingStopTime": scene.stop}
    return {
        "productFirstLineUtcTime": scene.start,
        "productLastLineUtcTime": scene.stop,
        "ascendingNodeTime": ascending_node_time(geometry.orbit),
        "anchorTime": scene.start,
        "productComposition": "Slice",
        "sliceNumber": number,
        "sliceList": [{"sliceNumber": n, **sensing} for n in range(1, number + 2)],
        "slantRangeTime": slant_range_time,
        "pixelValue": "Detected",
        "outputPixels": "16 bit Unsigned Integer",
        "rangePixelSpacing": PIXEL_SPACING,
        "azimuthPixelSpacing": PIXEL_SPACING,
        "azimuthTimeInterval": geometry.line_interval,
        "azimuthFrequency": 342.560197,
        "numberOfSamples": view.samples,
        "numberOfLines": view.lines,
        "zeroDopMinusAcqTime": 0.0,
        "incidenceAngleMidSwath": view.incidence_angle,
        "imageStatistics": statistics,
    }


def _processing(scene: EwScene) -> Element:
    flags_before = {
        "rawDataAnalysisUsed": True,
        "orbitDataFileUsed": True,
        "attitudeDataFileUsed": False,
        "rxVariationCorrectionApplied": True,
        "antennaElevationPatternApplied": True,
        "antennaAzimuthPatternApplied": True,
        "antennaAzimuthElementPatternApplied": True,
        "dcMethod": "Data Analysis",
        "dcInputData": "Range Compressed",
        "rangeSpreadingLossCompensationApplied": True,
        "srgrConversionApplied": True,
        "detectionPerformed": True,
        "thermalNoiseCorrectionPerformed": False,
    }
    interference = {
        "rfiMitigationPerformed": "BasedOnNoiseMeas",
        "rfiMitigationDomain": "TimeAndFrequency",
    }
    sizes = {"numberOfInputSamples": scene.view.samples, "numberOfInputLines": scene.view.lines}
    return {
        **flags_before,
        **(interference if scene.processor_version >= "003.40" else {}),
        "chirpSource": "Nominal",
        "pgSource": "Extracted",
        "rrfSpectrum": "Extended Tapered",
        "applicationLutId": "EW_Default",
        "swathProcParamsList": [templates.processing_parameters(swath) for swath in SWATHS],
        "inputDimensionsList": [
            {"azimuthTime": scene.start, "swath": swath, **sizes} for swath in SWATHS
        ],
        "referenceRange": templates.REFERENCE_RANGE,
        "ellipsoidName": "WGS84",
        "ellipsoidSemiMajorAxis": 6378137.0,
        "ellipsoidSemiMinorAxis": 6356752.314245,
        "bistaticDelayCorrectionApplied": True,
        "topsFilterConvention": "Only Echo Lines",
        "orbitSource": "Auxiliary",
        "attitudeSource": "Downlink",
    }


def _antenna_pattern(scene: EwScene, swath: str) -> Element:
    """Return angles and times at the tie points of one line inside a sub-swath."""
    grid = scene.grid
    row = grid.line.size // 2
    first, last = (
        sorted(edge for block in scene.blocks if block.swath == swath for edge in block[3:])[k]
        for k in (0, -1)
    )
    inside = (grid.sample >= first) & (grid.sample <= last)
    elevation = elevation_angle(scene.geometry, grid)[row, inside]
    return {
        "swath": swath,
        "azimuthTime": grid.azimuth_time[row, 0],
        "slantRangeTime": grid.slant_range_time[row, inside],
        "elevationAngle": elevation.astype(np.float32),
        "elevationPattern": np.ones(elevation.size, dtype=np.complex64),
        "incidenceAngle": grid.incidence_angle[row, inside].astype(np.float32),
        "terrainHeight": 0.0,
        "roll": templates.ROLL,
    }


def _tie_points(scene: EwScene) -> list[Element]:
    grid = scene.grid
    elevation = elevation_angle(scene.geometry, grid)
    return [
        {
            "azimuthTime": grid.azimuth_time[i, j],
            "slantRangeTime": float(grid.slant_range_time[i, j]),
            "line": int(line),
            "pixel": int(sample),
            "latitude": float(grid.latitude[i, j]),
            "longitude": float(grid.longitude[i, j]),
            "height": float(grid.height[i, j]),
            "incidenceAngle": float(grid.incidence_angle[i, j]),
            "elevationAngle": float(elevation[i, j]),
        }
        for i, line in enumerate(grid.line)
        for j, sample in enumerate(grid.sample)
    ]


def _conversions(scene: EwScene) -> list[Element]:
    records = scene.geometry.ground_range
    return [
        {
            "azimuthTime": time,
            "slantRangeTime": 2.0 * records.near_range / SPEED_OF_LIGHT,
            "sr0": records.near_range,
            "srgrCoefficients": ground,
            "gr0": 0.0,
            "grsrCoefficients": slant,
        }
        for time, ground, slant in zip(
            utc(scene.geometry.orbit, records.time), records.ground, records.slant, strict=True
        )
    ]


def _merge(scene: EwScene, swath: str) -> Element:
    bounds = [
        {"azimuthTime": scene.line_time(block.first_line), **_bounds(block)}
        for block in scene.blocks
        if block.swath == swath
    ]
    return {"swath": swath, "swathBoundsList": bounds}


def _bounds(block: SwathBlock) -> Element:
    return {
        "firstAzimuthLine": block.first_line,
        "firstRangeSample": block.first_sample,
        "lastAzimuthLine": block.last_line,
        "lastRangeSample": block.last_sample,
    }


def _range_noise(scene: EwScene, vector: LutVector, lut: str) -> Element:
    return {
        "azimuthTime": scene.line_time(vector.line),
        "line": vector.line,
        "pixel": vector.sample.astype(int),
        lut: vector.value.astype(np.float32),
    }


def _azimuth_noise(vector: AzimuthVector) -> Element:
    return {
        "swath": vector.block.swath,
        **_bounds(vector.block),
        "line": vector.line.astype(int),
        "noiseAzimuthLut": vector.value.astype(np.float32),
    }
