"""The images of a Sentinel-1 GRD product: digital numbers from the measurement TIFFs."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.windows import Window

from .annotation import Annotation
from .archive import Product, raster_path


@dataclass(frozen=True)
class Image:
    """A measurement TIFF that was found whole; it is opened anew for each use."""

    source: str  # how errors call it
    path: str  # for GDAL
    lines: int
    samples: int
    block_lines: int  # height of its strips or tiles
    plain: bool  # not compressed and not in a zip


def open_image(product: Product, name: str, annotation: Annotation) -> Image:
    """Check the header of a measurement TIFF; no pixel is read.

    Raises
    ------
    ValueError
        If the file is damaged or cut off, or is not the image that the annotation describes.
    """
    source = f"{product.path}: {name}"
    path = raster_path(product, name)
    with warnings.catch_warnings():
        # Places come from the annotation; a TIFF without them may be cut off, which is seen below.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return _checked_image(product, path, source, annotation)


def _checked_image(product: Product, path: str, source: str, annotation: Annotation) -> Image:
    with _opened(path, source, direct=False) as dataset:
        if (dataset.height, dataset.width) != (annotation.lines, annotation.samples):
            raise ValueError(
                f"{source} has {dataset.height} x {dataset.width} pixels, its annotation says "
                f"{annotation.lines} x {annotation.samples}"
            )
        if dataset.count != 1 or dataset.dtypes[0] != "uint16":
            raise ValueError(
                f"{source} holds {dataset.count} bands of {dataset.dtypes[0]}, a GRD image has "
                "one of uint16"
            )
        plain = not product.zipped and dataset.compression is None
        if not product.zipped:
            _refuse_cut(dataset, Path(path), source, plain)
        return Image(source, path, dataset.height, dataset.width, dataset.block_shapes[0][0], plain)


def read_numbers(image: Image, lines: slice, samples: slice) -> np.ndarray:
    """Return a window of digital numbers, uint16.

    Raises
    ------
    ValueError
        If the file is damaged there.
    """
    return next(read_strips(image, lines, samples, lines.stop - lines.start))


def read_strips(image: Image, lines: slice, samples: slice, height: int) -> Iterator[np.ndarray]:
    """Yield the digital numbers of a window, uint16, ``height`` lines at a time.

    The array is used again for the next strip.

    Raises
    ------
    ValueError
        If the file is damaged there.
    """
    buffer = np.empty((height, samples.stop - samples.start), dtype=np.uint16)
    with _opened(image.path, image.source, image.plain) as dataset:
        for first in range(lines.start, lines.stop, height):
            strip = buffer[: min(height, lines.stop - first)]
            window = Window(samples.start, first, strip.shape[1], strip.shape[0])
            try:
                dataset.read(1, window=window, out=strip)
            except RasterioIOError as error:
                raise ValueError(
                    f"{image.source} cannot be read near line {first}; it is damaged: copy the "
                    "product again"
                ) from error
            yield strip


@contextmanager
def _opened(path: str, source: str, direct: bool) -> Iterator[rasterio.DatasetReader]:
    """Open a TIFF, as nothing else than a TIFF; ``direct`` goes round GDAL's block cache.

    Reading uncompressed strips one by one through that cache takes five times as long.
    """
    settings = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GTIFF_DIRECT_IO": direct}
    with rasterio.Env(**settings):
        try:
            dataset = rasterio.open(path, driver="GTiff")
        except RasterioIOError as error:
            raise ValueError(
                f"{source} is no readable TIFF; it is cut off or damaged: copy the product again"
            ) from error
        with dataset:
            yield dataset


def _refuse_cut(dataset: rasterio.DatasetReader, path: Path, source: str, plain: bool) -> None:
    """Refuse a file that ends before its last strip: direct reading gives zeros there."""
    height, width = dataset.block_shapes[0]
    last = f"{(dataset.width - 1) // width}_{(dataset.height - 1) // height}"
    ends = [dataset.height * dataset.width * 2] if plain else []
    offset = dataset.get_tag_item(f"BLOCK_OFFSET_{last}", "TIFF", bidx=1)
    size = dataset.get_tag_item(f"BLOCK_SIZE_{last}", "TIFF", bidx=1)
    if offset and size:
        ends.append(int(offset) + int(size))
    if path.stat().st_size < max(ends, default=0):
        raise ValueError(
            f"{source} has {path.stat().st_size} of at least {max(ends)} bytes; it is cut off: "
            "copy the product again"
        )
