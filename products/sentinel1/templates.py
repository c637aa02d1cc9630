"""What a product annotation says about instrument and processing: the same in every scene.

No reader of the images uses it, but the schema wants it.  Elements, order and number formats are
those of IPF 3.52; the values are those of a Sentinel-1A scene of November 2022.
"""

from typing import Any

import numpy as np

Element = dict[str, Any]

RADAR_FREQUENCY = 5.405000454334350e9  # Hz
RANGE_SAMPLING_RATE = 2.502314816e7  # Hz
REFERENCE_RANGE = 800_000.0  # m
ROLL = 29.65711508130648  # degree, of the antenna
#: Each sub-swath: pulse repetition frequency [Hz], rank, pulse length [s], total range bandwidth
#: [Hz], bandwidth of a range look [Hz], azimuth bandwidth [Hz], bandwidth of an azimuth look
#: [Hz], azimuth looks, processor scaling factor.
SWATH_PARAMETERS = {
    "EW1": (1647.922, 8, 3.029e-5, 2.220e7, 4.8e6, 233.0, 92.0, 3, 1.570277e12),
    "EW2": (1939.278, 10, 2.584e-5, 1.510e7, 3.3e6, 159.0, 91.0, 2, 1.816389e12),
    "EW3": (1647.777, 9, 3.035e-5, 1.290e7, 2.8e6, 156.0, 89.0, 2, 1.301189e12),
    "EW4": (1897.898, 11, 2.635e-5, 1.129e7, 2.4e6, 154.0, 88.0, 2, 1.348115e12),
    "EW5": (1630.668, 10, 3.066e-5, 1.040e7, 2.2e6, 159.0, 91.0, 2, 1.138888e12),
}
_RANGE_LOOKS = 6
_HAMMING = {"windowType": "Hamming", "windowCoefficient": 0.6}
_ERROR_COUNTS = (
    "SyncMarker",
    "DataTakeId",
    "EccNumber",
    "TestMode",
    "RxChannelId",
    "InstrumentConfigId",
    "PacketCount",
    "PriCount",
    "SsbErrorFlag",
    "BaqMode",
    "BaqBlockLength",
    "RangeDecimation",
    "RxGain",
    "TxRampRate",
    "TxPulseStartFrequency",
    "Rank",
    "Pri",
    "Swst",
    "Swl",
    "Polarisation",
    "TempComp",
    "ElevationBeamAddress",
    "AzimuthBeamAddress",
    "SasTestMode",
    "CalType",
    "CalibrationBeamAddress",
    "CalMode",
    "TxPulseNumber",
    "SignalType",
    "SwapFlag",
    "SwathNumber",
    "NumberOfQuads",
)


def quality(time: np.datetime64, statistics: Element) -> Element:
    """Return ``qualityInformation``: nothing wrong."""
    gaps: Element = {}
    for name, flag in (
        ("Downlink", "downlink"),
        ("Instrument", "instrument"),
        ("SsbError", "ssbError"),
    ):
        gaps |= {f"num{name}InputDataGaps": 0, f"{flag}GapsInInputDataSignificantFlag": False}
        gaps |= {f"num{name}InputMissingLines": 0, f"{flag}MissingLinesSignificantFlag": False}
    downlink = {
        "iInputDataMean": 0.0,
        "qInputDataMean": 0.0,
        "inputDataMeanOutsideNominalRangeFlag": False,
        "iInputDataStdDev": 8.0,
        "qInputDataStdDev": 8.0,
        "inputDataStDevOutsideNominalRangeFlag": False,
        **gaps,
        "chirpSourceUsed": "Nominal",
        "pgSourceUsed": "Extracted",
        "rrfSpectrumUsed": "Extended Tapered",
        "replicaReconstructionFailedFlag": False,
        "meanPgProductAmplitude": 0.413,
        "stdDevPgProductAmplitude": 0.088,
        "meanPgProductPhase": -2.568,
        "stdDevPgProductPhase": 0.164,
        "pgProductDerivationFailedFlag": False,
        "invalidDownlinkParamsFlag": False,
    }
    raw = {
        "iBias": 0.0,
        "iBiasSignificanceFlag": False,
        "qBias": 0.0,
        "qBiasSignificanceFlag": False,
        "iqGainImbalance": 1.0,
        "iqGainSignificanceFlag": False,
        "iqQuadratureDeparture": 0.0,
        "iqQuadratureDepartureSignificanceFlag": False,
    }
    entry = {
        "azimuthTime": time,
        "downlinkQuality": downlink,
        "rawDataAnalysisQuality": raw,
        "dopplerCentroidQuality": {
            "dcMethod": "Data Analysis",
            "dopplerCentroidUncertainFlag": False,
        },
        "imageQuality": {
            "imageStatistics": statistics,
            "outputDataMeanOutsideNominalRangeFlag": False,
            "outputDataStDevOutsideNominalRangeFlag": False,
        },
    }
    return {"productQualityIndex": 0.0, "qualityDataList": [entry]}


def downlink_information(swath: str, start: np.datetime64, stop: np.datetime64) -> Element:
    """Return ``downlinkInformation`` of a sub-swath."""
    frequency, rank, pulse_length, bandwidth, *_ = SWATH_PARAMETERS[swath]
    return {
        "swath": swath,
        "azimuthTime": start,
        "firstLineSensingTime": start,
        "lastLineSensingTime": stop,
        "prf": frequency,
        "bitErrorCount": {f"numErr{name}": 0 for name in _ERROR_COUNTS} | {"numIspHeaderErrors": 0},
        "downlinkValues": {
            "pri": 1.0 / frequency,
            "rank": rank,
            "dataTakeId": 37600,
            "eccNumber": 32,
            "rxChannelId": 1,
            "instrumentConfigId": 7,
            "dataFormat": {
                "baqBlockLength": 256,
                "echoFormat": "FDBAQ",
                "noiseFormat": "BAQ 5 Bit",
                "calibrationFormat": "Decimation",
                "meanBitRate": 0.1124765740260776,
            },
            "rangeDecimation": {
                "decimationFilterBandwidth": bandwidth,
                "samplingFrequencyAfterDecimation": RANGE_SAMPLING_RATE,
                "filterLength": 92,
            },
            "rxGain": 0.0,
            "txPulseLength": pulse_length,
            "txPulseStartFrequency": -0.5 * bandwidth,
            "txPulseRampRate": bandwidth / pulse_length,
            "swathNumber": 19 + int(swath[2]),
            "swlList": [{"azimuthTime": start, "value": 3.6e-4}],
            "swstList": [{"azimuthTime": start, "value": 1.2e-4}],
            "pointingStatusList": [
                {
                    "azimuthTime": start,
                    "aocsOpMode": "Normal Pointing Mode",
                    "rollErrorFlag": False,
                    "pitchErrorFlag": False,
                    "yawErrorFlag": False,
                }
            ],
        },
    }


def attitude(time: np.datetime64) -> Element:
    """Return ``attitude``: none was worked out for a made-up orbit, so all is zero."""
    names = ("q0", "q1", "q2", "q3", "wx", "wy", "wz", "roll", "pitch", "yaw")
    return {"time": time, "frame": "GM2000", **{name: float(name == "q0") for name in names}}


def raw_data_analysis(time: np.datetime64) -> Element:
    """Return ``rawDataAnalysis``: a perfect receiver."""
    support: Element = {}
    for name, centre, width in (("iBias", 0, 0.013), ("qBias", 0, 0.013), ("iqGain", 1, 0.002)):
        support |= {f"{name}UpperBound": centre + width, f"{name}LowerBound": centre - width}
    support |= {"iqQuadratureDepartureUpperBound": 1.6, "iqQuadratureDepartureLowerBound": -1.6}
    found = {"iBias": 0.0, "qBias": 0.0, "iqQuadratureDeparture": 0.0, "iqGainImbalance": 1.0}
    order = ("iBias", "qBias", "iqGainImbalance", "iqQuadratureDeparture")
    support |= {f"{name}UsedForCorrection": found[name] for name in order}
    return {"azimuthTime": time, **found, "support": support}


def replica_information(swath: str, time: np.datetime64) -> Element:
    """Return ``replicaInformation`` of a sub-swath."""
    return {
        "swath": swath,
        "referenceReplica": {
            "azimuthTime": time,
            "chirpSource": "Nominal",
            "pgSource": "Extracted",
            "amplitudeCoefficients": np.array([1, 0, 0, 0], dtype=np.float32),
            "phaseCoefficients": np.array([0, -675.6476, 3.664639e11, 0], dtype=np.float32),
            "timeDelay": 4.328939e-7,
            "gain": {"re": 1.0, "im": 0.0},
        },
        "replicaList": [
            {
                "azimuthTime": time,
                "crossCorrelationBandwidth": 0.985,
                "crossCorrelationPslr": -12.4,
                "crossCorrelationIslr": -9.46,
                "crossCorrelationPeakLocation": 0.0,
                "reconstructedReplicaValidFlag": True,
                "pgProductAmplitude": 0.413,
                "pgProductPhase": -2.568,
                "modelPgProductAmplitude": 0.413,
                "modelPgProductPhase": 0.0,
                "relativePgProductValidFlag": True,
                "absolutePgProductValidFlag": True,
                "internalTimeDelay": 4.328818e-7,
            }
        ],
    }


def instrument_noise(swath: str, time: np.datetime64) -> Element:
    """Return ``noise`` of a sub-swath, as the instrument measures it between bursts."""
    return {
        "swath": swath,
        "azimuthTime": time,
        "noisePowerCorrectionFactor": 4.303031,
        "numberOfNoiseLines": 8,
    }


def azimuth_fm_rate(time: np.datetime64, slant_range_time: float) -> Element:
    """Return ``azimuthFmRate``."""
    return {
        "azimuthTime": time,
        "t0": slant_range_time,
        "azimuthFmRatePolynomial": np.array([-2494.785, 530673.8, -107585860.0]),
    }


def doppler_centroid(start: np.datetime64, stop: np.datetime64, slant_range_time: float) -> Element:
    """Return ``dcEstimate``: 0 Hz, as the steered satellite aims at."""
    return {
        "azimuthTime": start,
        "t0": slant_range_time,
        "geometryDcPolynomial": np.zeros(3, dtype=np.float32),
        "dataDcPolynomial": np.zeros(3, dtype=np.float32),
        "dataDcRmsError": 8.9,
        "dataDcRmsErrorAboveThreshold": False,
        "fineDceAzimuthStartTime": start,
        "fineDceAzimuthStopTime": stop,
        "fineDceList": [{"slantRangeTime": slant_range_time, "frequency": 0.0}],
    }


def processing_parameters(swath: str) -> Element:
    """Return ``swathProcParams`` of a sub-swath."""
    *_, bandwidth, look_bandwidth, azimuth_bandwidth, azimuth_look, looks, scaling = (
        SWATH_PARAMETERS[swath]
    )
    return {
        "swath": swath,
        "rangeProcessing": _looks(bandwidth, look_bandwidth, _RANGE_LOOKS),
        "azimuthProcessing": _looks(azimuth_bandwidth, azimuth_look, looks),
        "processorScalingFactor": scaling,
    }


def _looks(bandwidth: float, look_bandwidth: float, looks: int) -> Element:
    return {
        **_HAMMING,
        "totalBandwidth": bandwidth,
        "processingBandwidth": bandwidth,
        "lookBandwidth": look_bandwidth,
        "numberOfLooks": looks,
        "lookOverlap": (looks * look_bandwidth - bandwidth) / (looks - 1),
    }
