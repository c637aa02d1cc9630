"""A Sentinel-1 EW scene of the world: HH and HV, written as an agency product."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...geo.polar import NORTH, forward
from ...geo.swath import Geolocation, fit_geolocation, image_to_plane
from ...products.sentinel1.digital_numbers import on_lines
from ...products.sentinel1.ew_scene import EwScene, plan_scene, scene_radiometry
from ...products.sentinel1.flight import View
from ...products.sentinel1.geometry import SceneGeometry, ground_position
from ...products.sentinel1.instrument import Radiometry, incidence_angle
from ...products.sentinel1.writer import write_sentinel1
from ..surface import Surface, SurfaceAt
from .backscatter import sigma0
from .imaging import REACH, image_lines, single_looks
from .thermal_noise import NoiseError, draw_noise_error, true_noise

POLARISATIONS = ("HH", "HV")  # in the order of their random streams
BLOCK_LINES = 256  # seen at one time, 1.5 s
NODE_STEP = 500  # pixels, about, between nodes of the geolocation


class Band(NamedTuple):
    """One polarisation: what is annotated, and what is wrong with it."""

    polarisation: str
    radiometry: Radiometry
    error: NoiseError


class Look(NamedTuple):
    """What all blocks of lines of a scene have in common."""

    surface_at: SurfaceAt
    plan: EwScene
    place: Geolocation  #: of the pixels and of ``REACH`` more on each side
    start: float  #: time of the first line [s after the world's epoch]
    bands: tuple[Band, ...]
    seed: int


def write_scene(
    folder: Path,
    surface_at: SurfaceAt,
    epoch: np.datetime64,
    view: View,
    seed: int,
    workers: int = 1,
    first_slice: bool = True,
) -> Path:
    """Write what Sentinel-1 sees of a surface as an EW GRDM product with HH and HV.

    Parameters
    ----------
    folder : Path
        Existing folder in which the product appears.
    surface_at : function (x, y, t) -> Surface
        The surface on the plane ``geo.polar.NORTH``; called from several threads.
    epoch : datetime64
        UTC, from which the surface's time is counted.
    view : View
    seed : int
        Of speckle and of the errors of the annotated noise: each scene should have its own.
    workers : int
        Threads; the files do not depend on it.
    first_slice : bool
        Whether the sub-swaths start one after the other, as at the start of a data take.

    Returns
    -------
    Path
        The product's folder.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    plan = plan_scene(view, first_slice=first_slice)
    look = Look(
        surface_at,
        plan,
        pixel_places(plan.geometry),
        float((plan.start - epoch) / np.timedelta64(1, "s")),
        tuple(
            Band(name, scene_radiometry(plan, name), draw_noise_error(seed, i))
            for i, name in enumerate(POLARISATIONS)
        ),
        seed,
    )
    shape = (view.lines, view.samples)
    images = {name: np.empty(shape, dtype=np.uint16) for name in POLARISATIONS}
    blocks = [
        range(first, min(first + BLOCK_LINES, view.lines))
        for first in range(0, view.lines, BLOCK_LINES)
    ]
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(partial(_fill, look, images), blocks))
    return write_sentinel1(folder, plan, images)


def pixel_places(geometry: SceneGeometry) -> Geolocation:
    """Return where pixels lie on the plane, to ``REACH`` pixels beyond the image."""
    line, sample = (
        np.linspace(-REACH, size - 1.0 + REACH, 4 + size // NODE_STEP)
        for size in (geometry.lines, geometry.samples)
    )
    longitude, latitude = ground_position(geometry, *np.meshgrid(line, sample, indexing="ij"))
    return fit_geolocation(line, sample, *forward(NORTH, longitude, latitude), NORTH)


def _fill(look: Look, images: dict[str, np.ndarray], block: range) -> None:
    """Fill a block of lines of each image."""
    surface = _surface(look, block)
    geometry = look.plan.geometry
    middle = 0.5 * (block.start + block.stop - 1)
    sample = np.arange(-REACH, geometry.samples + REACH)
    angle = incidence_angle(geometry, middle, sample)
    line = np.array(block)
    around = range(block.start - REACH, block.stop + REACH)
    for i, (polarisation, radiometry, error) in enumerate(look.bands):
        # Along the flight sigmaNought does not change within a block.
        vectors = radiometry.calibration.sigma_nought
        sigma_nought = on_lines(vectors, line[:1], sample[REACH:-REACH])[0]
        noise = true_noise(radiometry, error, line, sigma_nought)
        looks = single_looks(look.seed, i, around, geometry.samples)
        power = sigma0(surface, angle, polarisation)
        images[polarisation][line[0] : line[-1] + 1] = image_lines(
            power, looks, sigma_nought, noise
        )


def _surface(look: Look, block: range) -> Surface:
    """Return the surface under a block of lines and ``REACH`` pixels around it."""
    geometry = look.plan.geometry
    line = np.arange(block.start - REACH, block.stop + REACH)
    sample = np.arange(-REACH, geometry.samples + REACH)
    x, y = image_to_plane(look.place, line[:, None], sample)
    middle = 0.5 * (block.start + block.stop - 1)
    return look.surface_at(x, y, look.start + middle * geometry.line_interval)
