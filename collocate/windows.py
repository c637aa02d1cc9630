"""Which windows of an image to look at so that all is seen near some pixels, at little cost."""

import numpy as np

#: Side of the blocks that are looked at whole or not at all [pixel].
BLOCK = 256

#: Most blocks along a side of a window: more would cost memory, not time.
MOST = 6

Window = tuple[slice, slice]  #: lines and samples


def windows_around(
    line: np.ndarray, sample: np.ndarray, pixels: np.ndarray, shape: tuple[int, int], halo: int
) -> list[Window]:
    """Return windows that hold every block with a pixel near enough to a place.

    Parameters
    ----------
    line, sample : array (n,), float64
        The places.
    pixels : array (n, 2), int
        How far around each one looks, in lines and in samples.
    shape : (lines, samples)
        Of the image.
    halo : int
        Pixels that are read around a window for its sake; they make small windows dear.

    Returns
    -------
    list of (slice, slice)
        Windows; blocks may lie in several.  Each is taken for the most new blocks at the price
        of its pixels, halo included, the first block that is left always among them.
    """
    waiting = _blocks_near(line, sample, pixels, shape)
    windows: list[Window] = []
    while waiting.any():
        rows, columns = _best_rectangle(waiting, halo)
        waiting[rows, columns] = False
        windows.append((_pixels(rows, shape[0]), _pixels(columns, shape[1])))
    return windows


def _pixels(blocks: slice, size: int) -> slice:
    return slice(blocks.start * BLOCK, min(blocks.stop * BLOCK, size))


def _blocks_near(
    line: np.ndarray, sample: np.ndarray, pixels: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Return the blocks (rows, columns) that hold a pixel near enough to a place, bool."""
    count = [-(-size // BLOCK) for size in shape]
    low, high = (
        [
            np.clip(at + way * far, 0, size - 1).astype(np.int64) // BLOCK
            for at, far, size in zip((line, sample), pixels.T, shape, strict=True)
        ]
        for way in (-1, 1)
    )
    # Corners of boxes of ones, summed up along both axes, give how many boxes hold a block.
    steps = np.zeros((count[0] + 1, count[1] + 1), dtype=np.int64)
    for i, j, one in (
        (low[0], low[1], 1),
        (high[0] + 1, high[1] + 1, 1),
        (low[0], high[1] + 1, -1),
        (high[0] + 1, low[1], -1),
    ):
        np.add.at(steps, (i, j), one)
    return steps.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0


def _best_rectangle(waiting: np.ndarray, halo: int) -> Window:
    """Return rows and columns of the window that sees waiting blocks at the least cost each."""
    top, left = (int(found[0]) for found in np.nonzero(waiting))
    held = np.pad(waiting.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best, least = (slice(top, top + 1), slice(left, left + 1)), np.inf
    for bottom in range(top + 1, min(top + MOST, waiting.shape[0]) + 1):
        for start in range(max(0, left - MOST + 1), left + 1):
            for end in range(left + 1, min(start + MOST, waiting.shape[1]) + 1):
                seen = held[bottom, end] - held[top, end] - held[bottom, start] + held[top, start]
                pixels = (BLOCK * (bottom - top) + 2 * halo) * (BLOCK * (end - start) + 2 * halo)
                if pixels < least * seen:
                    best, least = (slice(top, bottom), slice(start, end)), pixels / seen
    return best
