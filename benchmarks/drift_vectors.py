"""Vectors per second, and their error, beside the usual recipe out of OpenCV and scikit-image.

Run it as ``python benchmarks/drift_vectors.py``; it needs scikit-image of the extra
``benchmark``.  Ice of a simulated world is seen twice by Sentinel-1, HH and HV, on 2000 x 2000
pixels of 40 m: before, and after it moved by some 90 pixels, turned by 4 degrees and sheared by
2 %, with speckle of its own each time.  Vectors start on a grid of 50 x 50.  All run on one core,
from the images to the vectors:

- iceco: first guess from features, correlation of both bands from coarse to fine;
- OpenCV: ORB with 100 000 features and their matches of HV, smoothed by a polynomial, then
  ``matchTemplate`` of 35 pixels at three angles (Muckenhuber and Sandven 2017; Korosov and Rampal
  2017), with the peak interpolated;
- scikit-image: ``phase_cross_correlation`` of HV after the same first guess.

It prints a table, how cost grows with the range of the search and with the grid, and fails where
the promise is not kept.  Seconds are the processor's; compilation is not counted.
"""

import time
from typing import NamedTuple

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.registration import phase_cross_correlation

from iceco.drift.pair.first_guess import find_anchors, guess_at
from iceco.drift.pair.matching import Match, match_patches
from iceco.simulate.sar.backscatter import sigma0
from iceco.simulate.sar.imaging import PSF_SIGMA
from iceco.simulate.world import World, WorldPlan, build_world, centre_of, surface

SIZE, PIXEL = 2000, 40.0  # pixels, m
GRID = 50
MARGIN = 200  # pixels, between the grid and the edge
MOVE = np.array([70.0, -55.0])  # pixels: columns, rows
TURN, SHEAR = np.radians(4.0), 0.02
REACH = 200.0  # pixels, farthest that ice can have gone
ANGLES = (-3.0, 0.0, 3.0)  # degree
HALF = 17  # pixels
SEARCH = 20  # pixels, of the recipe: at the lower end of its range
SEARCHES, GRIDS = (5.0, 10.0, 20.0, 50.0), (25, 50, 100)

#: Power of thermal noise after its subtraction, linear: -29 dB.
NESZ = 10.0**-2.9
DARKEST = 10.0**-3.4

FEATURES, RATIO = 100_000, 0.7
LONGEST_MOVE_OFF = 100.0  # pixels, of features from the polynomial
POLYNOMIAL_ROUNDS = 3
MIN_OVER_OPENCV = 10.0


class Vectors(NamedTuple):
    """Where points went, columns before rows [pixel], and the seconds it took."""

    place: np.ndarray  #: (n, 2), nan where not found
    seconds: float


def main() -> None:
    cv2.setNumThreads(1)
    first, second = image_pair()
    start = grid_of(GRID)
    truth = moved(start)
    compile_all(first, second)
    one, other = first[1], second[1]
    results = {"iceco": track(first, second, start)}
    begin = time.process_time()
    guess, angle = guess_by_opencv(one, other, start)
    features = time.process_time() - begin
    print(f"first guess of OpenCV: {features:.1f} s, off by {off_by(guess, truth):.1f} pixels")
    results["OpenCV"] = add(features, track_by_opencv(one, other, start, guess, angle))
    results["scikit-image"] = add(features, track_by_phase(one, other, start, guess, angle))
    print(f"{'':14s}{'seconds':>9s}{'vectors/s':>11s}{'median px':>11s}{'90 % px':>9s}{'lost':>8s}")
    for name, found in results.items():
        print(f"{name:14s}{summary(found, truth)}")
    print_growth(first, second)
    ours, recipe = results["iceco"], results["OpenCV"]
    assert recipe.seconds > MIN_OVER_OPENCV * ours.seconds
    assert off_by(ours.place, truth) <= off_by(recipe.place, truth)


def image_pair() -> tuple[np.ndarray, np.ndarray]:
    """Return two images of ice that moved, (2, SIZE, SIZE) float32 [dB], HH and HV."""
    reach = SIZE * PIXEL
    plan = WorldPlan(5, np.datetime64("2024-03-15T16:40:00", "ns"), -140.0, 75.5, reach)
    world = build_world(plan)
    column, row = np.meshgrid(*[np.arange(float(SIZE))] * 2)
    rng = np.random.default_rng(0)
    places = (np.stack([column, row], axis=-1), came_from(np.stack([column, row], axis=-1)))
    first, second = (see(world, place, rng) for place in places)
    return first, second


def deformation() -> np.ndarray:
    turn = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    return turn @ np.array([[1.0, SHEAR], [0.0, 1.0]])


def moved(place: np.ndarray) -> np.ndarray:
    """Return where ice at places (..., 2) [pixel] of the first image went."""
    middle = 0.5 * (SIZE - 1)
    return middle + MOVE + (place - middle) @ deformation().T


def came_from(place: np.ndarray) -> np.ndarray:
    middle = 0.5 * (SIZE - 1)
    return middle + (place - middle - MOVE) @ np.linalg.inv(deformation()).T


def see(world: World, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what Sentinel-1 sees of the ice that was at places (rows, columns, 2) [pixel]."""
    x, y = np.moveaxis((place - 0.5 * SIZE) * PIXEL + centre_of(world.plan), -1, 0)
    ice = surface(world, x, y, 0.0)
    angle = np.full(SIZE, 32.0)
    bands = []
    for polarisation in ("HH", "HV"):
        power = sigma0(ice, angle, polarisation) + np.float32(NESZ)
        power *= rng.standard_exponential(power.shape, dtype=np.float32)
        seen = gaussian_filter(power, PSF_SIGMA) - np.float32(NESZ)
        bands.append(10.0 * np.log10(np.maximum(seen, np.float32(DARKEST))))
    return np.stack(bands)


def grid_of(count: int) -> np.ndarray:
    """Return the nodes of a grid (count^2, 2), columns before rows [pixel]."""
    axis = np.rint(np.linspace(MARGIN, SIZE - MARGIN, count))
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def compile_all(first: np.ndarray, second: np.ndarray) -> None:
    corner = np.s_[:, :300, :300]
    here = np.full((1, 2), 150.0)
    match(first[corner], second[corner], here, here, np.zeros(1), np.full(1, 5.0))


def match(
    first: np.ndarray,
    second: np.ndarray,
    start: np.ndarray,
    guess: np.ndarray,
    angle: np.ndarray,
    search: np.ndarray,
) -> Match:
    places = start[:, 1], start[:, 0], guess[:, 1], guess[:, 0]
    return match_patches(first, second, *places, angle, search, HALF, ANGLES, 1)


def track(first: np.ndarray, second: np.ndarray, start: np.ndarray) -> Vectors:
    begin = time.process_time()
    anchors = find_anchors(first, second, PIXEL, REACH)
    guess = guess_at(anchors, start[:, 1], start[:, 0], REACH)
    expected = np.column_stack([guess.column, guess.row])
    found = match(first, second, start, expected, guess.angle, guess.search)
    return Vectors(np.column_stack([found.column, found.row]), time.process_time() - begin)


def track_by_opencv(
    first: np.ndarray, second: np.ndarray, start: np.ndarray, guess: np.ndarray, angle: np.ndarray
) -> Vectors:
    """Return what ``matchTemplate`` makes of a guess, whose cost is not counted."""
    begin = time.process_time()
    place = [best_place(first, second, *each) for each in zip(start, guess, angle, strict=True)]
    return Vectors(np.array(place), time.process_time() - begin)


def guess_by_opencv(
    first: np.ndarray, second: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where points went (n, 2), and the rotation there (n,) [degree], from features."""
    orb = cv2.ORB.create(nfeatures=FEATURES, nlevels=7, edgeThreshold=34, patchSize=34)
    grey = [np.clip((b - b.mean()) / b.std() * 42.0 + 128.0, 0, 255) for b in (first, second)]
    (points, described), (points2, described2) = (
        orb.detectAndCompute(image.astype(np.uint8), None) for image in grey
    )
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(described, described2, k=2)
    good = [one for one, other in pairs if one.distance < RATIO * other.distance]
    place = np.array([points[m.queryIdx].pt for m in good])
    went = np.array([points2[m.trainIdx].pt for m in good])
    near = np.hypot(*(went - place).T) < REACH
    place, went = place[near], went[near]
    for _ in range(POLYNOMIAL_ROUNDS):
        factors = np.linalg.lstsq(polynomial(place), went, rcond=None)[0]
        kept = np.hypot(*(polynomial(place) @ factors - went).T) < LONGEST_MOVE_OFF
        place, went = place[kept], went[kept]
    guess, beside = (polynomial(start + step) @ factors for step in ([0.0, 0.0], [1.0, 0.0]))
    return guess, np.degrees(np.arctan2(*(beside - guess).T[::-1]))


def polynomial(place: np.ndarray) -> np.ndarray:
    """Return the terms of second order at places (n, 2), (n, 6)."""
    x, y = place.T / SIZE
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def best_place(
    first: np.ndarray, second: np.ndarray, start: np.ndarray, guess: np.ndarray, turn: float
) -> np.ndarray:
    """Return where a point went (2,) by the highest of all angles' correlations."""
    corner = np.rint(guess).astype(int) - HALF - SEARCH
    size = 2 * (HALF + SEARCH) + 1
    if corner.min() < 0 or corner.max() + size > SIZE:
        return np.full(2, np.nan)
    area = second[corner[1] : corner[1] + size, corner[0] : corner[0] + size]
    scores = [
        cv2.matchTemplate(area, turned(first, start, turn + a), cv2.TM_CCOEFF_NORMED)
        for a in ANGLES
    ]
    score = max(scores, key=np.max)
    row, column = np.unravel_index(score.argmax(), score.shape)
    peak = np.array([column, row], dtype=float)
    if 0 < row < score.shape[0] - 1 and 0 < column < score.shape[1] - 1:
        peak[0] += vertex(score[row, column - 1 : column + 2])
        peak[1] += vertex(score[row - 1 : row + 2, column])
    return corner + HALF + peak


def turned(image: np.ndarray, place: np.ndarray, degrees: float) -> np.ndarray:
    """Return the patch about a place, turned from columns towards rows."""
    # OpenCV turns from rows towards columns.
    matrix = cv2.getRotationMatrix2D(tuple(place), -degrees, 1.0)
    matrix[:, 2] -= place - HALF
    return cv2.warpAffine(image, matrix, (2 * HALF + 1, 2 * HALF + 1))


def vertex(score: np.ndarray) -> float:
    """Return where the parabola through three values is highest [step]."""
    before, here, after = score.astype(float)
    return 0.5 * (before - after) / (before - 2.0 * here + after)


def track_by_phase(
    first: np.ndarray, second: np.ndarray, start: np.ndarray, guess: np.ndarray, angle: np.ndarray
) -> Vectors:
    """Return what ``phase_cross_correlation`` adds to a guess, whose cost is not counted."""
    begin = time.process_time()
    place = np.empty_like(start)
    for k, (here, expected, degrees) in enumerate(zip(start, guess, angle, strict=True)):
        middle = np.rint(expected).astype(int)
        area = second[tuple(slice(m - HALF, m + HALF + 1) for m in middle[::-1])]
        shift, *_ = phase_cross_correlation(area, turned(first, here, degrees), upsample_factor=20)
        place[k] = middle + shift[::-1]
    return Vectors(place, time.process_time() - begin)


def add(seconds: float, found: Vectors) -> Vectors:
    return found._replace(seconds=found.seconds + seconds)


def off_by(place: np.ndarray, truth: np.ndarray) -> float:
    """Return the median of how far places are from the truth [pixel]."""
    return float(np.nanmedian(np.hypot(*(place - truth).T)))


def summary(found: Vectors, truth: np.ndarray) -> str:
    off = np.hypot(*(found.place - truth).T)
    lost = np.mean(~(off < 3.0))
    return (
        f"{found.seconds:9.2f}{len(off) / found.seconds:11.0f}{np.nanmedian(off):11.3f}"
        f"{np.nanpercentile(off, 90.0):9.3f}{lost:8.1%}"
    )


def print_growth(first: np.ndarray, second: np.ndarray) -> None:
    """Print what matching alone costs, given a guess within the search."""
    print("\nmatching alone\ngrid     search px  vectors/s  microseconds/vector")
    for count, search in [(GRID, s) for s in SEARCHES] + [(g, SEARCHES[1]) for g in GRIDS]:
        start = grid_of(count)
        guess = moved(start) + np.random.default_rng(1).uniform(-2.0, 2.0, start.shape)
        angle = np.full(len(start), np.degrees(TURN))
        begin = time.process_time()
        match(first, second, start, guess, angle, np.full(len(start), search))
        each = (time.process_time() - begin) / len(start)
        print(f"{count:3d} x {count:<3d}{search:9.0f}{1.0 / each:11.0f}{1e6 * each:14.0f}")


if __name__ == "__main__":
    main()
