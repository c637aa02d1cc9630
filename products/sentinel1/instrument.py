"""The radiometry of a made-up EW scene: sub-swaths, calibration and thermal noise.

Everything has the form and the size of a product of IPF 3.52, its irregularities included:
sub-swaths that start one after the other, bounds that move, noise vectors of different lengths
on pixels of their own, unevenly spaced lines, and zeros where nothing was measured.
"""

from typing import NamedTuple

import numpy as np

from ...geo.orbit import ecef_to_geodetic, geodetic_to_ecef, locate, state
from .annotation import AzimuthVector, Calibration, LutVector, Noise, SwathBlock
from .geometry import SceneGeometry, range_doppler

#: Size of the scene whose sub-swath bounds the tables below hold.
TABLE_LINES, TABLE_SAMPLES = 10708, 10487

#: First slice of a data take: swath, first and last line, first and last sample.  The sub-swaths
#: start one after the other, and their bounds move.
FIRST_SLICE = (
    SwathBlock("EW1", 0, 78, 0, 3129),
    SwathBlock("EW1", 79, 127, 0, 3128),
    SwathBlock("EW1", 128, 1344, 0, 3117),
    SwathBlock("EW1", 1345, 10707, 0, 3111),
    SwathBlock("EW2", 128, 225, 3118, 5032),
    SwathBlock("EW2", 226, 1344, 3118, 5020),
    SwathBlock("EW2", 1345, 10707, 3112, 5012),
    SwathBlock("EW3", 226, 257, 5021, 7105),
    SwathBlock("EW3", 258, 323, 5021, 7104),
    SwathBlock("EW3", 324, 1344, 5021, 7091),
    SwathBlock("EW3", 1345, 10707, 5013, 7083),
    SwathBlock("EW4", 324, 358, 7092, 8975),
    SwathBlock("EW4", 359, 421, 7092, 8974),
    SwathBlock("EW4", 422, 1344, 7092, 8965),
    SwathBlock("EW4", 1345, 10707, 7084, 8958),
    SwathBlock("EW5", 422, 1344, 8966, 10486),
    SwathBlock("EW5", 1345, 10707, 8959, 10486),
)
LATER_SLICE = tuple(
    block._replace(first_line=0 if block.last_line == 1344 else block.first_line)
    for block in FIRST_SLICE
    if block.last_line >= 1344
)
SWATHS = ("EW1", "EW2", "EW3", "EW4", "EW5")

#: Noise-equivalent sigma0 [dB] at 13 even steps across each sub-swath, as in IPF 3.52.
CO_POLARISED_NESZ = (
    (-20.0, -23.7, -25.3, -25.3, -24.2, -22.8, -22.6, -23.8, -25.1, -25.7, -25.3, -23.8, -21.3),
    (-26.9, -27.9, -28.5, -28.8, -28.8, -28.8, -28.6, -28.4, -28.1, -27.7, -27.2, -26.4, -25.4),
    (-25.7, -27.1, -28.2, -29.1, -29.6, -29.9, -30.0, -29.9, -29.6, -29.1, -28.3, -27.3, -25.9),
    (-28.5, -30.1, -31.3, -32.1, -32.6, -32.8, -32.7, -32.3, -31.6, -30.6, -29.4, -27.8, -25.8),
    (-30.5, -31.2, -31.8, -32.2, -32.4, -32.5, -32.4, -32.1, -31.8, -31.3, -30.6, -29.8, -29.1),
)
CROSS_POLARISED_NESZ = (
    (-20.7, -24.5, -26.2, -26.2, -25.1, -23.8, -23.5, -24.7, -26.0, -26.6, -26.2, -24.7, -22.3),
    (-28.3, -29.3, -29.9, -30.2, -30.2, -30.2, -30.0, -29.8, -29.5, -29.1, -28.5, -27.7, -26.6),
    (-27.2, -28.8, -29.9, -30.7, -31.3, -31.5, -31.6, -31.5, -31.2, -30.7, -29.9, -28.8, -27.4),
    (-30.0, -31.6, -32.8, -33.6, -34.1, -34.3, -34.2, -33.8, -33.1, -32.1, -30.8, -29.2, -27.2),
    (-31.5, -32.2, -32.8, -33.2, -33.4, -33.5, -33.4, -33.2, -32.8, -32.3, -31.7, -30.9, -30.2),
)
#: By how much noise rises from the middle of a burst to its ends, each sub-swath, as in IPF 3.52.
CO_POLARISED_SCALLOPING = (0.215, 0.212, 0.191, 0.169, 0.138)
CROSS_POLARISED_SCALLOPING = (0.231, 0.221, 0.190, 0.173, 0.146)
BURST_CYCLE = 3.038  # s, from one burst of an EW sub-swath to its next (S1A, 2022)

BETA_NOUGHT = 1087.0  # DN / sqrt(beta0), S1A EW, 2022
ALONG_TRACK_DRIFT = -0.05  # relative change of the noise from first to last line
VECTOR_INTERVAL = 1.0  # s, between calibration or noise vectors


class Radiometry(NamedTuple):
    """What stands between sigma0 and digital numbers, for one polarisation."""

    blocks: tuple[SwathBlock, ...]
    calibration: Calibration
    noise: Noise


def swath_blocks(lines: int, samples: int, first_slice: bool = True) -> tuple[SwathBlock, ...]:
    """Return the sub-swath bounds of a scene, in proportion to those of a full one.

    With ``first_slice`` the swaths start one after the other, as at the start of a data take;
    without, all start at line 0.
    """

    def scaled(edge: int, size: int, table_size: int) -> int:
        return round(edge * size / table_size)

    blocks = [
        SwathBlock(
            block.swath,
            scaled(block.first_line, lines, TABLE_LINES),
            scaled(block.last_line + 1, lines, TABLE_LINES) - 1,
            scaled(block.first_sample, samples, TABLE_SAMPLES),
            scaled(block.last_sample + 1, samples, TABLE_SAMPLES) - 1,
        )
        for block in (FIRST_SLICE if first_slice else LATER_SLICE)
    ]
    return tuple(block for block in blocks if block.last_line >= block.first_line)


def ew_radiometry(
    geometry: SceneGeometry,
    polarisation: str,
    blocks: tuple[SwathBlock, ...],
    scalloping: bool = True,
) -> Radiometry:
    """Return calibration and noise of one polarisation as an EW product would have them.

    Parameters
    ----------
    geometry : SceneGeometry
    polarisation : str
        HH, HV, VV or VH.
    blocks : tuple of SwathBlock
        From ``swath_blocks``.
    scalloping : bool
        Whether there are azimuth vectors; products before IPF 2.9 have none.
    """
    calibration = _calibration(geometry, polarisation)
    cross = polarisation[0] != polarisation[1]
    lines = _noise_lines(geometry, blocks)
    vectors = [
        _range_vector(line, blocks, calibration.sigma_nought[0], cross, geometry) for line in lines
    ]
    azimuth = [_azimuth_vector(block, cross, geometry) for block in blocks] if scalloping else []
    return Radiometry(blocks, calibration, Noise(polarisation, tuple(vectors), tuple(azimuth)))


def incidence_angle(geometry: SceneGeometry, line: float, sample: np.ndarray) -> np.ndarray:
    """Return the angle [degree] between sight and ellipsoid normal at the samples of one line.

    This is the angle which the calibration vectors hold, unlike the grid's geocentric one.
    """
    time, slant_range = range_doppler(geometry, np.full(sample.shape, line), sample)
    ground = locate(geometry.orbit, time, slant_range)
    longitude, latitude, _ = ecef_to_geodetic(ground)
    normal = geodetic_to_ecef(longitude, latitude, 1.0) - ground
    sight = state(geometry.orbit, time)[0] - ground
    return np.degrees(np.arccos((normal * sight).sum(axis=-1) / slant_range))


def vector_lines(geometry: SceneGeometry) -> np.ndarray:
    """Return the lines of the calibration vectors: a second apart, two of them past the image."""
    duration = (geometry.lines - 1) * geometry.line_interval
    seconds = np.arange(0.0, np.ceil(duration) + 1.5, VECTOR_INTERVAL)
    return np.rint(seconds / geometry.line_interval).astype(int)


def _pixel_step(samples: int) -> int:
    """Return the spacing of table pixels: 40 as in real scenes, less in small ones."""
    return max(1, min(40, samples // 100))


def _calibration(geometry: SceneGeometry, polarisation: str) -> Calibration:
    step = _pixel_step(geometry.samples)
    sample = np.unique(np.append(np.arange(0, geometry.samples, step), geometry.samples - 1))
    incidence = np.radians(incidence_angle(geometry, 0.5 * (geometry.lines - 1), sample))
    value = np.round(BETA_NOUGHT / np.sqrt(np.sin(incidence)), 3)  # seven digits, as in the file
    vectors = (LutVector(int(line), sample.astype(float), value) for line in vector_lines(geometry))
    return Calibration(polarisation, tuple(vectors), BETA_NOUGHT)


def _noise_lines(geometry: SceneGeometry, blocks: tuple[SwathBlock, ...]) -> np.ndarray:
    """Return a line a second, and the one where the last sub-swath starts, and the last line."""
    step = round(VECTOR_INTERVAL / geometry.line_interval)
    last_start = max(min(b.first_line for b in blocks if b.swath == swath) for swath in SWATHS)
    lines = [*range(0, geometry.lines, step), last_start, geometry.lines - 1]
    return np.unique(lines)


def _range_vector(
    line: int,
    blocks: tuple[SwathBlock, ...],
    sigma_nought: LutVector,
    cross: bool,
    geometry: SceneGeometry,
) -> LutVector:
    """Return the noise [DN^2] along a line: 0 in swaths not yet started and at the last sample."""
    table = CROSS_POLARISED_NESZ if cross else CO_POLARISED_NESZ
    step = _pixel_step(geometry.samples)
    samples, values = [], []
    first = 0
    for swath, nesz_db in zip(SWATHS, table, strict=True):
        own = [block for block in blocks if block.swath == swath]
        here = [block for block in own if block.first_line <= line <= block.last_line]
        last = (here or own)[0].last_sample
        sample = np.unique(np.append(np.arange(first, last, step), last))
        across = (sample - first) / (last - first)
        nesz = 10.0 ** (0.1 * np.interp(across, np.linspace(0.0, 1.0, 13), nesz_db))
        lut = np.interp(sample, sigma_nought.sample, sigma_nought.value)
        samples.append(sample)
        values.append(nesz * lut**2 if here else np.zeros(sample.size))
        first = last + 1
    value = np.concatenate(values) * (1.0 + ALONG_TRACK_DRIFT * line / geometry.lines)
    value[-1] = 0.0
    return LutVector(int(line), np.concatenate(samples).astype(float), _seven_digits(value))


def _azimuth_vector(block: SwathBlock, cross: bool, geometry: SceneGeometry) -> AzimuthVector:
    """Return the scalloping of a block: every tenth line, both sides of each change of burst."""
    swath = SWATHS.index(block.swath)
    peak = (CROSS_POLARISED_SCALLOPING if cross else CO_POLARISED_SCALLOPING)[swath]
    burst = BURST_CYCLE / geometry.line_interval
    middle = (0.58 + 0.2 * swath) * burst  # the sub-swaths take turns
    every_tenth = np.arange(block.first_line // 10 * 10 + 10, block.last_line + 1, 10)
    change = middle + (np.arange(-2, geometry.lines // burst + 2) + 0.5) * burst
    ends = [block.first_line]
    if block.last_line == geometry.lines - 1:
        ends.append(block.last_line)
    line = np.unique(np.concatenate([ends, every_tenth, np.floor(change), np.floor(change) + 1.0]))
    line = line[(line >= block.first_line) & (line <= block.last_line)]
    phase = (line - middle) / burst
    value = 1.0 + peak * (2.0 * (phase - np.rint(phase))) ** 2
    return AzimuthVector(block, line, _seven_digits(value))


def _seven_digits(value: np.ndarray) -> np.ndarray:
    """Return values as the file will say them."""
    return np.array([float(f"{x:.6e}") for x in value])
