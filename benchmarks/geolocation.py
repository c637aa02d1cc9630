"""Points per second of geolocation and projection, beside SciPy and PROJ, on one core.

Run it as ``python benchmarks/geolocation.py``.
"""

import time
from collections.abc import Callable

import numpy as np
from pyproj import Transformer
from scipy.interpolate import RectBivariateSpline

from iceco.geo.polar import NORTH, forward, inverse
from iceco.geo.swath import fit_geolocation, image_to_plane, plane_to_image

POINTS = 1_000_000
REPEATS = 5


def rate(function: Callable[..., object], *arrays: np.ndarray) -> float:
    """Return points per second of the fastest of a few calls, after one to compile."""
    function(*(a[:2] for a in arrays))
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(*arrays)
        seconds.append(time.perf_counter() - start)
    return arrays[0].size / min(seconds)


def ew_grid() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a grid of an EW scene's size, 68 lines by 21 samples, gently bent."""
    line, sample = np.linspace(0, 10707, 68), np.linspace(0, 10486, 21)
    s, t = np.meshgrid(line * 40.0, sample * 40.0, indexing="ij")
    x = 1e6 + 0.6 * s - 0.8 * t + 2e-9 * s * t
    y = -4e5 - 0.8 * s - 0.6 * t + 3e-9 * s**2
    return line, sample, x, y


def report(name: str, ours: float, peer: str, theirs: float) -> None:
    ratio = ours / theirs
    print(f"{name:20s}{ours / 1e6:6.1f} M/s   {peer} {theirs / 1e6:.1f} M/s   ratio {ratio:.1f}")


def main() -> None:
    random = np.random.default_rng(0)
    line_nodes, sample_nodes, grid_x, grid_y = ew_grid()
    geolocation = fit_geolocation(line_nodes, sample_nodes, grid_x, grid_y, NORTH)
    spline_x, spline_y = (
        RectBivariateSpline(line_nodes, sample_nodes, grid) for grid in (grid_x, grid_y)
    )
    pixels = random.uniform(0, 10707, POINTS), random.uniform(0, 10486, POINTS)
    places = image_to_plane(geolocation, *pixels)
    spline = rate(lambda a, b: (spline_x.ev(a, b), spline_y.ev(a, b)), *pixels)
    pixel_to_place = rate(lambda a, b: image_to_plane(geolocation, a, b), *pixels)
    place_to_pixel = rate(lambda a, b: plane_to_image(geolocation, a, b), *places)
    report("pixel to plane", pixel_to_place, "RectBivariateSpline", spline)
    report("plane to pixel", place_to_pixel, "RectBivariateSpline, one way only", spline)

    proj = Transformer.from_crs("EPSG:4326", NORTH.crs, always_xy=True)
    degrees = random.uniform(-180, 180, POINTS), random.uniform(60, 90, POINTS)
    metres = forward(NORTH, *degrees)
    backwards = rate(lambda a, b: proj.transform(a, b, direction="INVERSE"), *metres)
    report(
        "longitude to plane",
        rate(lambda a, b: forward(NORTH, a, b), *degrees),
        "PROJ",
        rate(proj.transform, *degrees),
    )
    report(
        "plane to longitude", rate(lambda a, b: inverse(NORTH, a, b), *metres), "PROJ", backwards
    )


if __name__ == "__main__":
    main()
