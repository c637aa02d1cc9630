"""One polarisation of a Sentinel-1 GRD image, read window by window.

A window costs what it holds.  A large one, up to the whole image, is read strip by strip in two
threads: while one waits for the file the other computes, and no second image is ever in memory.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ._kernels import NoiseTable, RowTable, nesz_rows, sigma0_rows, table_rows
from .annotation import Calibration, Noise
from .border import ValidArea, samples_to_read, valid_window, window_mask
from .measurement import Image, read_numbers, read_strips
from .radiometry import Layout, calibration_table, no_noise, noise_table, subswath_numbers

STRIP_LINES = 256  # at least; whole tiles of the file
THREADS = 2
#: Windows of more pixels than this are read in threads.
LARGE_WINDOW = 2_000_000


@dataclass(frozen=True, eq=False)
class Band:
    """What turns digital numbers into sigma0; the tables are made when they are first used."""

    layout: Layout
    calibration: Calibration
    noise: Noise
    noise_scale: float

    @cached_property
    def sigma_nought(self) -> RowTable:
        """SigmaNought on every sample."""
        return calibration_table(self.calibration, self.layout.samples)

    @cached_property
    def noise_power(self) -> NoiseTable | None:
        """Thermal noise [DN squared]; None where the product does not know it."""
        return noise_table(self.noise, self.layout, self.noise_scale)


def read_sigma0(
    band: Band, image: Image, area: ValidArea, subtract: bool, lines: slice, samples: slice
) -> np.ndarray:
    """Return sigma0 of a window, linear, float32; nan where not valid.

    With ``subtract`` its thermal noise is taken off, and values below zero are kept: cut off,
    they would bias every mean of dark ice.
    """
    noise = band.noise_power if subtract else None
    noise = no_noise(band.layout) if noise is None else noise
    sigma_nought = band.sigma_nought
    read = samples_to_read(area, lines, samples)
    out = np.empty(_shape(lines, samples), dtype=np.float32)

    def fill(part: slice) -> None:
        first = part.start
        for dn in read_strips(image, part, read, _strip_height(image)):
            strip = slice(first, first + len(dn))
            first = strip.stop
            deciding = dn if area.image is image else read_numbers(area.image, strip, read)
            window = valid_window(area, strip, samples, deciding, read)
            rows = out[strip.start - lines.start : strip.stop - lines.start]
            sigma0_rows(dn, window, band.layout.blocks, noise, sigma_nought, rows)

    _in_parts(fill, lines, samples, _strip_height(image))
    return out


def read_nesz(band: Band, lines: slice, samples: slice) -> np.ndarray:
    """Return the noise-equivalent sigma0 of a window, float32; nan outside the sub-swaths."""
    noise, sigma_nought = band.noise_power, band.sigma_nought
    out = np.empty(_shape(lines, samples), dtype=np.float32)

    def fill(part: slice) -> None:
        rows = out[part.start - lines.start : part.stop - lines.start]
        nesz_rows(part.start, samples.start, band.layout.blocks, noise, sigma_nought, rows)

    _in_parts(fill, lines, samples, STRIP_LINES)
    return out


def read_valid(layout: Layout, area: ValidArea, lines: slice, samples: slice) -> np.ndarray:
    """Return the valid pixels of a window, bool."""
    read = samples_to_read(area, lines, samples)
    out = np.empty(_shape(lines, samples), dtype=bool)

    def fill(part: slice) -> None:
        first = part.start
        for dn in read_strips(area.image, part, read, _strip_height(area.image)):
            strip = slice(first, first + len(dn))
            first = strip.stop
            window = valid_window(area, strip, samples, dn, read)
            out[strip.start - lines.start : strip.stop - lines.start] = window_mask(
                window, subswath_numbers(layout, strip, samples)
            )

    _in_parts(fill, lines, samples, _strip_height(area.image))
    return out


def read_table(table: RowTable, lines: slice, samples: slice) -> np.ndarray:
    """Return a table's values in a window, float32."""
    out = np.empty(_shape(lines, samples), dtype=np.float32)

    def fill(part: slice) -> None:
        rows = out[part.start - lines.start : part.stop - lines.start]
        table_rows(part.start, samples.start, table, rows)

    _in_parts(fill, lines, samples, STRIP_LINES)
    return out


def _shape(lines: slice, samples: slice) -> tuple[int, int]:
    return lines.stop - lines.start, samples.stop - samples.start


def _strip_height(image: Image) -> int:
    return -(-STRIP_LINES // image.block_lines) * image.block_lines


def _in_parts(fill: Callable[[slice], None], lines: slice, samples: slice, height: int) -> None:
    """Call ``fill`` with all lines, or in threads with a part each; parts end with whole strips."""
    rows, columns = _shape(lines, samples)
    strips = -(-rows // height)
    if rows * columns < LARGE_WINDOW or strips < THREADS:
        fill(lines)
        return
    ends = [lines.start + height * (strips * k // THREADS) for k in range(THREADS)] + [lines.stop]
    parts = [slice(first, stop) for first, stop in pairwise(ends)]
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(fill, parts))
