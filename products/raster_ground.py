"""Where the pixels of a georeferenced raster lie on the polar plane.

rasterio counts pixels from the upper left corner of the image, a scene counts pixel centres from
0: half a pixel lies between the two, for transforms and control points alike.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyproj
import rasterio
from rasterio.errors import CRSError

from ..geo.polar import PolarPlane, ground_distance, plane_of_latitude
from ..geo.swath import fit_geolocation, image_to_plane
from ..geo.thin_plate import evaluate_thin_plate, fit_thin_plate

#: Spacing of the nodes of a geolocation grid [pixel], and the fewest and most along one side.
NODE_SPACING = 64
FEWEST_NODES, MOST_NODES = 9, 129

#: Positions on the plane of the scene, from lines and samples of pixel centres.
Locate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Ground(NamedTuple):
    """Where a raster lies: its plane, its positions, how they are known and how well."""

    plane: PolarPlane
    locate: Locate
    method: str
    residual: float | None  # root mean square of the leave-one-out residuals [m]


def raster_ground(path: Path, source: rasterio.DatasetReader) -> Ground:
    """Return where an open raster lies, by its control points or by its transform.

    Raises
    ------
    ValueError
        If it has neither, or they cannot be used.
    """
    points, points_crs = source.gcps
    try:
        if points and points_crs is not None:
            return _ground_of_points(points, points_crs)
        if source.crs is not None and not source.transform.is_identity:
            return _ground_of_transform(source)
    except (ValueError, CRSError, pyproj.exceptions.ProjError) as error:
        raise ValueError(f"{path}: the georeference cannot be used: {error}") from error
    raise ValueError(
        f"{path}: the image has no georeference, neither a CRS with a transform nor control "
        "points; if it should have one, the file is cut off"
    )


def node_grid(shape: tuple[int, int], ground: Ground) -> tuple[dict[str, np.ndarray], float]:
    """Return the geolocation grid of a scene, and the residual to be told with it [m].

    For control points that is their leave-one-out residual; for a transform, which is exact at
    the nodes, the root mean square error of the scene's geolocation between them.
    """
    line, sample = (
        np.linspace(0.0, n - 1.0, int(np.clip(n // NODE_SPACING, FEWEST_NODES, MOST_NODES)))
        for n in shape
    )
    x, y = ground.locate(line[:, np.newaxis], sample[np.newaxis, :])
    grid = {"line": line, "sample": sample, "x": x, "y": y}
    if ground.residual is not None:
        return grid, ground.residual
    between = 0.5 * (line[:-1, np.newaxis] + line[1:, np.newaxis])
    across = 0.5 * (sample[np.newaxis, :-1] + sample[np.newaxis, 1:])
    fitted = image_to_plane(fit_geolocation(line, sample, x, y, ground.plane), between, across)
    exact = ground.locate(between, across)
    off = np.hypot(fitted[0] - exact[0], fitted[1] - exact[1])
    return grid, float(np.sqrt((off**2).mean()))


def pixel_spacing(shape: tuple[int, int], ground: Ground) -> tuple[float, float]:
    """Return the ground length of the middle pixel of a scene along lines and samples [m]."""
    line, sample = 0.5 * (shape[0] - 1), 0.5 * (shape[1] - 1)
    lines = np.array([line - 0.5, line + 0.5, line, line])
    samples = np.array([sample, sample, sample - 0.5, sample + 0.5])
    x, y = ground.locate(lines, samples)
    length = ground_distance(ground.plane, x[::2], y[::2], x[1::2], y[1::2])
    return float(length[0]), float(length[1])


def _ground_of_transform(source: rasterio.DatasetReader) -> Ground:
    crs = pyproj.CRS.from_wkt(source.crs.to_wkt())
    a, b, c, d, e, f = source.transform[:6]
    middle = 0.5 * source.width, 0.5 * source.height
    plane = _plane(crs, a * middle[0] + b * middle[1] + c, d * middle[0] + e * middle[1] + f)
    to_plane = pyproj.Transformer.from_crs(crs, plane.crs, always_xy=True)

    def locate(line: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        column, row = np.broadcast_arrays(sample + 0.5, line + 0.5)
        x, y = a * column + b * row + c, d * column + e * row + f
        return to_plane.transform(x, y, errcheck=True)

    return Ground(plane, locate, "affine transform", None)


def _ground_of_points(points: list, points_crs: rasterio.CRS) -> Ground:
    """Return the thin-plate spline through control points.

    They are projected before they are fitted: longitudes and latitudes bend by hundreds of
    metres between the control points of a polar scene.  A point on land lies where the ray
    meets the terrain, up to a kilometre from where sea level would be seen, and would bend the
    sea beside it; land is given up where at least half of the points lie at height 0.
    """
    crs = pyproj.CRS.from_wkt(points_crs.to_wkt())
    at_sea_level = [p for p in points if not p.z]
    used = at_sea_level if 2 * len(at_sea_level) >= len(points) else points
    pixels = np.array([(p.row - 0.5, p.col - 0.5) for p in used])
    x, y = np.array([(p.x, p.y) for p in used]).T
    plane = _plane(crs, x, y)
    to_plane = pyproj.Transformer.from_crs(crs, plane.crs, always_xy=True)
    plate = fit_thin_plate(pixels, np.column_stack(to_plane.transform(x, y, errcheck=True)))

    def locate(line: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        line, sample = np.broadcast_arrays(line, sample)
        where = evaluate_thin_plate(plate, np.column_stack([line.ravel(), sample.ravel()]))
        return where[:, 0].reshape(line.shape), where[:, 1].reshape(line.shape)

    method = f"thin-plate spline through {len(used)} of {len(points)} control points"
    residual = float(np.sqrt((plate.leave_one_out**2).sum(axis=1).mean()))
    return Ground(plane, locate, method, residual)


def _plane(crs: pyproj.CRS, x: np.ndarray | float, y: np.ndarray | float) -> PolarPlane:
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return plane_of_latitude(np.asarray(to_degrees.transform(x, y)[1]))
