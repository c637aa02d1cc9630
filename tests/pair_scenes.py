"""Small scenes of made-up ice that moves as a test wants it to, with speckle."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter, map_coordinates

from iceco.geo.polar import NORTH
from iceco.products.canonical import make_scene

MIDDLE = np.array([-1_000_000.0, 300_000.0])  # m on the plane
PIXEL = 80.0  # m, of the scenes
START = np.datetime64("2024-03-01T06:00:00", "ns")
HOUR = np.timedelta64(3_600_000_000_000, "ns")
LINE_TIME = np.timedelta64(12_000_000, "ns")
LOOKS = 40.0  # of a pixel of 80 m of an EW scene

Places = tuple[np.ndarray, np.ndarray]


def texture(seed: int, size: int = 800) -> np.ndarray:
    """Level of ice [dB] on a grid of 80 m about MIDDLE: floes, ridges and all between."""
    rng = np.random.default_rng(seed)
    image = np.zeros((size, size))
    for width in (1.0, 2.0, 4.0, 8.0):  # pixels
        field = gaussian_filter(rng.standard_normal((size, size)), width)
        image += 1.5 * field / field.std()
    return image.astype(np.float32)


def turned(degrees: float, dx: float, dy: float) -> Callable[[np.ndarray, np.ndarray], Places]:
    """Return where ice was that has turned about MIDDLE and then moved [m]."""
    sine, cosine = np.sin(np.radians(-degrees)), np.cos(np.radians(-degrees))

    def before(x: np.ndarray, y: np.ndarray) -> Places:
        along, up = x - dx - MIDDLE[0], y - dy - MIDDLE[1]
        return MIDDLE[0] + cosine * along - sine * up, MIDDLE[1] + sine * along + cosine * up

    return before


def still(x: np.ndarray, y: np.ndarray) -> Places:
    return x, y


def scene_of(
    ice: np.ndarray,
    hours: float,
    before: Callable[[np.ndarray, np.ndarray], Places] = still,
    size: int = 320,
    slant: float = 0.0,
    speckle: int = 0,
) -> xr.Dataset:
    """Return what a scene sees of ice that was elsewhere at the start.

    ``slant`` [degree] is the direction of its lines, ``speckle`` a seed.
    """
    rng = np.random.default_rng(speckle)
    angle = np.radians(slant)
    line, sample = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    down, across = ((n - 0.5 * (size - 1)) * PIXEL for n in (line, sample))
    x = MIDDLE[0] + np.cos(angle) * across + np.sin(angle) * down
    y = MIDDLE[1] + np.sin(angle) * across - np.cos(angle) * down
    x0, y0 = before(x, y)
    middle = 0.5 * (ice.shape[0] - 1)
    places = [(y0 - MIDDLE[1]) / PIXEL + middle, (x0 - MIDDLE[0]) / PIXEL + middle]
    level = map_coordinates(ice, places, order=3, mode="wrap", output=np.float32)
    images = {}
    for band, mean in (("hh", -15.0), ("hv", -22.0)):
        speckled = rng.gamma(LOOKS, 1.0 / LOOKS, level.shape).astype(np.float32)
        images[f"sigma0_{band}"] = 10.0 ** (0.1 * (mean + level)) * speckled
    nodes = np.linspace(0, size - 1, 7).astype(int)
    grid = {"line": nodes, "sample": nodes, "x": x[nodes][:, nodes], "y": y[nodes][:, nodes]}
    time = START + np.timedelta64(round(hours * 3.6e12), "ns")
    attributes = {
        "scene_id": f"scene of {hours} h", "mission": "s1a", "mode": "EW",
        "polarisations": "HH HV", "crs": NORTH.crs, "pixel_spacing_line_m": PIXEL,
        "pixel_spacing_sample_m": PIXEL, "thermal_noise": "present", "source": f"{hours} h",
    }  # fmt: skip
    valid = {"valid": np.ones(level.shape, dtype=bool)}
    return make_scene(images | valid, time + np.arange(size) * LINE_TIME, grid, attributes)
