"""Images that are read when they are indexed, and only where.

xarray asks a *backend array* for windows or for points; this one turns both into calls of
one function ``read(lines, samples)``, so that a reader needs to know nothing about indexing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

#: Points are gathered tile by tile: each tile that holds a point is read once, cut to them.
POINT_TILE = 128

WindowReader = Callable[[slice, slice], np.ndarray]


def lazy_image(shape: tuple[int, int], dtype: Any, read: WindowReader) -> Any:
    """Return an array-like for ``xr.Variable`` whose pixels come from ``read`` on demand.

    Parameters
    ----------
    shape : (lines, samples)
    dtype : numpy dtype
        Of what ``read`` returns.
    read : function of (slice, slice)
        Given line and sample slices with step 1 inside ``shape``, returns that window.
    """
    return indexing.LazilyIndexedArray(_WindowedImage(shape, np.dtype(dtype), read))


class _WindowedImage(BackendArray):
    def __init__(self, shape: tuple[int, int], dtype: np.dtype, read: WindowReader) -> None:
        self.shape = shape
        self.dtype = dtype
        self.read = read

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        if isinstance(key, indexing.VectorizedIndexer) and all(
            isinstance(part, np.ndarray) for part in key.tuple
        ):
            return self._points(*np.broadcast_arrays(*key.tuple))
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._window
        )

    def _window(self, key: tuple[int | slice, ...]) -> np.ndarray:
        slices: list[slice] = []
        squeeze: list[int | slice] = []
        steps: list[slice] = []
        for part, size in zip(key, self.shape, strict=True):
            if isinstance(part, slice):
                start, stop, step = part.indices(size)
                steps.append(slice(None, None, step))
                squeeze.append(slice(None))
                slices.append(slice(start, max(start, stop)))
            else:
                index = int(part) % size
                steps.append(slice(None))
                squeeze.append(0)
                slices.append(slice(index, index + 1))
        if any(s.stop == s.start for s in slices):
            window = np.empty([s.stop - s.start for s in slices], dtype=self.dtype)
        else:
            window = self.read(slices[0], slices[1])
        return window[tuple(steps)][tuple(squeeze)]

    def _points(self, lines: np.ndarray, samples: np.ndarray) -> np.ndarray:
        shape = lines.shape
        line = lines.ravel() % self.shape[0]
        sample = samples.ravel() % self.shape[1]
        values = np.empty(line.size, dtype=self.dtype)
        tile = (line // POINT_TILE) * (self.shape[1] // POINT_TILE + 1) + sample // POINT_TILE
        order = np.argsort(tile, kind="stable")
        starts = np.flatnonzero(np.diff(tile[order], prepend=-1))
        for members in np.split(order, starts[1:]) if line.size else []:
            first_line, first_sample = line[members].min(), sample[members].min()
            window = self.read(
                slice(int(first_line), int(line[members].max()) + 1),
                slice(int(first_sample), int(sample[members].max()) + 1),
            )
            values[members] = window[line[members] - first_line, sample[members] - first_sample]
        return values.reshape(shape)
