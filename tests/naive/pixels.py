"""Pixels of a Sentinel-1 image put on the Earth by its orbit and its range polynomials alone."""

from pathlib import Path

import numpy as np
from defusedxml import ElementTree

from iceco.geo.orbit import Orbit, ecef_to_geodetic, locate

SPEED_OF_LIGHT = 299_792_458.0


def pixel_positions(
    safe: Path, line: np.ndarray, sample: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude at sea level; polynomials linear in time between updates."""
    root = ElementTree.parse(next(safe.glob("annotation/*.xml")))

    def times(path):
        return np.array([np.datetime64(e.text, "ns") for e in root.iterfind(path)])

    def numbers(path):
        return np.array([float(e.text) for e in root.iterfind(path)])

    epoch = times(".//productFirstLineUtcTime")[0]

    def seconds(path):
        return (times(path) - epoch) / np.timedelta64(1, "s")

    position, velocity = (
        np.stack([numbers(f".//orbit/{kind}/{axis}") for axis in "xyz"], axis=-1)
        for kind in ("position", "velocity")
    )
    orbit = Orbit(epoch, seconds(".//orbit/time"), position, velocity)
    line_time = line * numbers(".//azimuthTimeInterval")[0]
    update = seconds(".//coordinateConversion/azimuthTime")
    ground = sample * numbers(".//rangePixelSpacing")[0]
    slant = np.zeros(line.shape)
    for i, (conversion, origin) in enumerate(
        zip(
            root.iterfind(".//coordinateConversion/srgrCoefficients/.."),
            numbers(".//coordinateConversion/gr0"),
            strict=True,
        )
    ):
        hat = np.zeros(update.size)
        hat[i] = 1.0
        weight = np.interp(line_time, update, hat)
        used = weight > 0
        coefficients = [float(c) for c in conversion.findtext("grsrCoefficients").split()]
        slant[used] += weight[used] * np.polynomial.polynomial.polyval(
            ground[used] - origin, coefficients
        )
    delay = numbers(".//geolocationGridPoint/slantRangeTime")
    middle = (delay.min() + delay.max()) / 2
    # The annotated grid is (tau - tau_mid) / 2 after the line's time.
    time = line_time + (2 * slant / SPEED_OF_LIGHT - middle) / 2
    longitude, latitude, _ = ecef_to_geodetic(locate(orbit, time, slant))
    return longitude, latitude
