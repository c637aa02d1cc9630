"""Distance from places in an image to the closest pixel of a mask, in true ground metres.

The closest pixel is searched in image coordinates scaled by the local size of a pixel, which
leaves out the swath's skew (0.2 % in Sentinel-1 EW); the distance to what was found is that on the
ground, through the scene's geolocation.
"""

from typing import NamedTuple

import numpy as np

from ..geo.polar import ground_distance, inverse, scale_factor
from ..geo.swath import Geolocation, image_to_plane
from .nearest import Hierarchy, Nearest, nearest

#: Lines and samples of the blocks of an image in which pixels count as alike in size: over so
#: many either spacing of an EW image changes by less than 1 in 1000.
BLOCK = 4096, 512

#: The search goes this much further than asked for, since its distances are not quite the true.
FURTHER = 1.02


class Place(NamedTuple):
    """Places in an image, and how pixels and ground metres go together there; arrays (n,)."""

    line: np.ndarray  #: float64, whole numbers at the centres of the whole image's pixels
    sample: np.ndarray
    x: np.ndarray  #: the same on the geolocation's plane [m]
    y: np.ndarray
    #: (n, 2, 2): from ground metres along x and y to lines and samples
    to_image: np.ndarray
    spacing: np.ndarray  #: (n, 2): ground metres from one line, and one sample, to the next


def place_in_image(geolocation: Geolocation, line: np.ndarray, sample: np.ndarray) -> Place:
    """Return places with their local scales, from pixels (n,) inside the image."""
    x, y = image_to_plane(geolocation, line, sample)
    _, latitude = inverse(geolocation.plane, x, y)
    steps = []
    for grid, along in ((geolocation.grid_line, 0), (geolocation.grid_sample, 1)):
        ends = []
        begin = np.clip((line, sample)[along] - 0.5, grid[0], grid[-1] - 1.0)
        for moved in (begin, begin + 1.0):
            pixel = (moved, sample) if along == 0 else (line, moved)
            ends.append(np.stack(image_to_plane(geolocation, *pixel), axis=-1))
        steps.append((ends[1] - ends[0]) / scale_factor(geolocation.plane, latitude)[:, None])
    to_ground = np.stack(steps, axis=-1)
    return Place(line, sample, x, y, np.linalg.inv(to_ground), np.linalg.norm(to_ground, axis=-2))


def closest_pixels(
    mask: Hierarchy,
    first_line: int,
    first_sample: int,
    place: Place,
    line: np.ndarray,
    sample: np.ndarray,
    reach: float,
) -> Nearest:
    """Return the points of a mask's pixels closest to points about some places.

    Parameters
    ----------
    mask : Hierarchy
        Of a window of the image.
    first_line, first_sample : int
        Where the window begins.
    place : Place
        (n,) places, whose pixel sizes serve for the points about them.
    line, sample : array (n, k), float64
        Points about each place, in pixels of the whole image.
    reach : float
        How far to look [m on the ground].

    Returns
    -------
    Nearest
        Arrays (n, k): distance [m] in the local metric, inf without any pixel within reach, and
        the pixels of the whole image found.
    """
    found = Nearest(*(np.full(line.shape, value) for value in (np.inf, np.nan, np.nan)))
    block = np.stack([place.line // BLOCK[0], place.sample // BLOCK[1]])
    _, number = np.unique(block, axis=1, return_inverse=True)
    for i in np.unique(number):
        here = np.flatnonzero(number == i)
        per_line, per_sample = place.spacing[here].mean(axis=0)
        near = nearest(
            mask,
            line[here].ravel() - first_line,
            sample[here].ravel() - first_sample,
            per_line,
            per_sample,
            reach,
        )
        found.distance[here] = near.distance.reshape(len(here), -1)
        found.line[here] = near.line.reshape(len(here), -1) + first_line
        found.sample[here] = near.sample.reshape(len(here), -1) + first_sample
    return found


def distance_to_pixels(
    mask: Hierarchy,
    first_line: int,
    first_sample: int,
    geolocation: Geolocation,
    place: Place,
    reach: float,
) -> Nearest:
    """Return the point of a mask's pixels closest to each place, and how far it truly is.

    Parameters
    ----------
    mask : Hierarchy
        Of a window of the image.
    first_line, first_sample : int
        Where the window begins.
    geolocation : Geolocation
        Of the image.
    place : Place
    reach : float
        How far to look [m on the ground].

    Returns
    -------
    Nearest
        Arrays (n,): ground distance [m], 0 inside a pixel and inf without any within reach; the
        pixel of the whole image found.  Of two pixels that differ in distance by less than 0.2 %
        it may be the further.
    """
    points = (place.line[:, None], place.sample[:, None])
    near = closest_pixels(mask, first_line, first_sample, place, *points, FURTHER * reach)
    line, sample = near.line[:, 0], near.sample[:, 0]
    there = image_to_plane(geolocation, line, sample)
    distance = ground_distance(geolocation.plane, place.x, place.y, *there)
    distance = np.where(near.distance[:, 0] == 0.0, 0.0, distance)
    within = distance <= reach
    return Nearest(
        np.where(within, distance, np.inf),
        np.where(within, line, np.nan),
        np.where(within, sample, np.nan),
    )
