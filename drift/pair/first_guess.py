"""Where ice roughly went: features seen in both images, and what they say of places between.

Features (ORB) are found on coarse, locally normalised images and matched by their descriptors,
which do not mind rotation.  Matches that disagree with those around them are left out.  Where few
are left, large patches are sought by correlation.  Between them all, a robust local plane tells
displacement, rotation and how far off the guess may be.

References
----------
Rublee, E. et al. (2011), ORB: an efficient alternative to SIFT or SURF, ICCV; Korosov, A. A. and
P. Rampal (2017), A combination of feature tracking and pattern matching with optimal
parametrization for sea ice drift retrieval from SAR data, Remote Sens. 9, 258.
"""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.spatial import cKDTree

from .local_plane import GRADIENT_SIGMA, local_plane, nearest

#: Pixel of the images on which features are sought, about [m]: on simulated EW pairs of 1 to
#: 48 hours 160 m gave more right matches than 80 m or 240 m.
FEATURE_PIXEL = 160.0

#: Features sought: one an area, within bounds; a fifth of these gave the same vectors on
#: simulated and real pairs.
FEATURE_AREA = 4.0e6  # m2
FEWEST_FEATURES, MOST_FEATURES = 2_000, 15_000

LEVELS, LEVEL_STEP = 6, 1.2  # of the scale pyramid of ORB
FEATURE_PATCH = 31  # pixels, side of what a descriptor sees

#: A match must be this much better than the next best (Muckenhuber et al. 2016 take 0.75).
RATIO = 0.78

#: Largest rotation of ice between the images, with a margin for that of features [degree].
LARGEST_TURN = 20.0
FEATURE_TURN_MARGIN = 12.0

#: Half the width of the area over which images are normalised [coarse pixel].
NORMALISED_OVER = 20

#: A match is tested against this many around it.
NEIGHBOURS = 16

#: By how much matches may differ from the plane through their neighbours [coarse pixel], and how
#: this grows with the distance to these [1].
TOLERANCE, TOLERANCE_STRAIN = 3.0, 0.03

#: Where no match is nearer than this, large patches are sought by correlation [m].
SPARSE = 8_000.0

#: Such patches at most: each takes 0.05 to 0.1 s where the ice can have gone 40 to 80 km.
MOST_PATCHES = 64

#: Least standard deviation of where a feature lies, either coordinate [pixel].
FEATURE_NOISE = 0.5

#: Half the width of these patches [coarse pixel], their turns and the least correlation.
PATCH_HALF = 16
PATCH_TURNS = (-16.0, -8.0, 0.0, 8.0, 16.0)  # degree
LEAST_CORRELATION = 0.4

#: A search reaches this many standard deviations of the guess, and no less than so far [pixel].
SEARCH_SIGMAS, LEAST_SEARCH = 3.0, 3.0


class Anchors(NamedTuple):
    """Places of the first image whose displacement is known; float64 [pixel], column before row."""

    place: np.ndarray  #: (n, 2)
    move: np.ndarray  #: (n, 2)


class Guess(NamedTuple):
    """Where patches of the first image are sought in the second, each array (n,) float64."""

    row: np.ndarray  #: in the second image; nan where nothing is known
    column: np.ndarray
    angle: np.ndarray  #: of rotation, counter-clockwise with rows upward [degree]
    search: np.ndarray  #: how far around the guess to look [pixel]


def find_anchors(first: np.ndarray, second: np.ndarray, pixel: float, reach: float) -> Anchors:
    """Return places of two images that hold the same ice.

    Parameters
    ----------
    first, second : array (bands, rows, columns), float32
        On one grid; nan where there is no data.
    pixel : float
        Spacing of that grid [m].
    reach : float
        Farthest that ice can have gone [pixel].
    """
    factor = max(1, round(FEATURE_PIXEL / pixel))
    coarse = [[normalised(_shrunk(band, factor)) for band in image] for image in (first, second)]
    far = reach / factor
    pairs = zip(*coarse, strict=True)
    found = [_matched_features(a, b, pixel * factor, far) for a, b in pairs]
    anchors = consistent(_together(found))
    lonely = _lonely_places(coarse[0][0], anchors, SPARSE / pixel / factor)
    if lonely.size:
        found = [anchors, _matched_patches(coarse[0], coarse[1], lonely, far)]
        anchors = consistent(_together(found))
    # Pixel centres: the coarse pixel 0 covers the pixels 0 to factor - 1.
    return Anchors(anchors.place * factor + 0.5 * (factor - 1), anchors.move * factor)


def guess_at(anchors: Anchors, row: np.ndarray, column: np.ndarray, farthest: float) -> Guess:
    """Return where to look for the ice at places of the first image.

    Parameters
    ----------
    anchors : Anchors
    row, column : array (n,), float64
        Places [pixel].
    farthest : float
        Bound of the search [pixel].

    Notes
    -----
    The guess is the plane through the nearest anchors (``local_plane``): far from all of them its
    variance grows, and with it the search.
    """
    if anchors.place.shape[0] < 3:
        nothing = np.full(row.shape, np.nan)
        return Guess(nothing, nothing.copy(), nothing.copy(), nothing.copy())
    place = np.column_stack([column, row])
    move, gradient, variance, _ = local_plane(*anchors, place, NEIGHBOURS, FEATURE_NOISE)
    turned = np.arctan2(
        gradient[:, 1, 0] - gradient[:, 0, 1], 2.0 + gradient[:, 0, 0] + gradient[:, 1, 1]
    )
    search = LEAST_SEARCH + SEARCH_SIGMAS * np.sqrt(variance)
    return Guess(
        row + move[:, 1],
        column + move[:, 0],
        np.degrees(turned).clip(-LARGEST_TURN, LARGEST_TURN),
        np.minimum(search, farthest),
    )


def consistent(anchors: Anchors) -> Anchors:
    """Return the anchors [coarse pixel] that move like those around them."""
    for rounds in range(3):
        if anchors.place.shape[0] < 4:
            return Anchors(np.empty((0, 2)), np.empty((0, 2)))
        distance, near = nearest(anchors.place, anchors.place, NEIGHBOURS + 1)
        away = np.median(distance[:, 1:], axis=1)
        if rounds == 0:  # most may be wrong: the median, with room for rotation, stands that
            expected = np.median(anchors.move[near[:, 1:]], axis=1)
            tolerance = TOLERANCE + GRADIENT_SIGMA * away
        else:
            expected = local_plane(
                *anchors, anchors.place, NEIGHBOURS, FEATURE_NOISE, without_itself=True
            ).move
            tolerance = TOLERANCE + TOLERANCE_STRAIN * away
        off = np.hypot(*(anchors.move - expected).T)
        good = off <= tolerance
        anchors = Anchors(anchors.place[good], anchors.move[good])
    return anchors


def normalised(image: np.ndarray) -> np.ndarray:
    """Return an image less its local mean over its local standard deviation, nan as before."""
    seen = np.isfinite(image)
    size = (2 * NORMALISED_OVER + 1, 2 * NORMALISED_OVER + 1)
    share, mean, square = (
        cv2.blur(part, size, borderType=cv2.BORDER_REFLECT)
        for part in (
            seen.astype(np.float32),
            np.where(seen, image, np.float32(0.0)),
            np.where(seen, image**2, np.float32(0.0)),
        )
    )
    share = np.maximum(share, np.float32(1e-6))
    level = mean / share
    variance = np.maximum(square / share - level**2, np.float32(1e-3))
    return (image - level) / np.sqrt(variance)


def _shrunk(image: np.ndarray, factor: int) -> np.ndarray:
    """Return the means of areas of ``factor`` x ``factor`` pixels; nan where one is."""
    rows, columns = (size // factor * factor for size in image.shape)
    size = (columns // factor, rows // factor)
    return cv2.resize(image[:rows, :columns], size, interpolation=cv2.INTER_AREA)


def _together(found: list[Anchors]) -> Anchors:
    return Anchors(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _matched_features(first: np.ndarray, second: np.ndarray, pixel: float, reach: float) -> Anchors:
    """Return features of one band [coarse pixel] that match and can have gone so far."""
    features = [_features(image, pixel) for image in (first, second)]
    (place, turn, described), (place2, turn2, described2) = features
    if min(len(place), len(place2)) < 2:
        return Anchors(np.empty((0, 2)), np.empty((0, 2)))
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(described, described2, k=2)
    best = np.array(
        [(m.queryIdx, m.trainIdx, m.distance, n.distance) for m, n in matches], dtype=np.float64
    )
    one, other = best[:, 0].astype(int), best[:, 1].astype(int)
    move = place2[other] - place[one]
    turned = (turn2[other] - turn[one] + 180.0) % 360.0 - 180.0
    possible = (
        (best[:, 2] < RATIO * best[:, 3])
        & (np.hypot(*move.T) <= reach + 1.0)
        & (np.abs(turned) <= LARGEST_TURN + FEATURE_TURN_MARGIN)
    )
    return Anchors(place[one][possible], move[possible])


def _features(image: np.ndarray, pixel: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places (n, 2), directions (n,) [degree] and descriptors (n, 32) of features."""
    seen = np.isfinite(image)
    grey = np.where(seen, (image * 42.0 + 128.0).clip(1, 255), 0).astype(np.uint8)  # +- 3 sigma
    inner = cv2.erode(seen.astype(np.uint8), np.ones((FEATURE_PATCH // 2,) * 2, np.uint8))
    count = int(np.clip(seen.sum() * pixel**2 / FEATURE_AREA, FEWEST_FEATURES, MOST_FEATURES))
    orb = cv2.ORB.create(
        nfeatures=count,
        scaleFactor=LEVEL_STEP,
        nlevels=LEVELS,
        edgeThreshold=FEATURE_PATCH,
        patchSize=FEATURE_PATCH,
        fastThreshold=5,
    )
    points, described = orb.detectAndCompute(grey, inner)
    place = np.array([point.pt for point in points], dtype=np.float64).reshape(-1, 2)
    turn = np.array([point.angle for point in points], dtype=np.float64)
    return place, turn, described


def _lonely_places(image: np.ndarray, anchors: Anchors, distance: float) -> np.ndarray:
    """Return places (n, 2) with data, ``distance`` apart, that have no anchor nearby.

    Where they are more than ``MOST_PATCHES``, some are passed over evenly.
    """
    step = max(1, round(distance))
    columns, rows = np.meshgrid(*(np.arange(step // 2, n, step) for n in image.shape[::-1]))
    place = np.column_stack([columns.ravel(), rows.ravel()])
    place = place[np.isfinite(image[place[:, 1], place[:, 0]])]
    if len(anchors.place) and len(place):
        place = place[cKDTree(anchors.place).query(place)[0] > distance]
    return place[:: max(1, -(-len(place) // MOST_PATCHES))]


def _matched_patches(
    first: list[np.ndarray], second: list[np.ndarray], place: np.ndarray, reach: float
) -> Anchors:
    """Return large patches around places [coarse pixel] that are found again by correlation."""
    areas = [np.nan_to_num(band) for band in second]
    found = [_matched_patch(first, areas, c, r, reach) for c, r in place]
    known = [(p, move) for p, move in zip(place, found, strict=True) if move is not None]
    place = np.array([p for p, _ in known], dtype=np.float64).reshape(-1, 2)
    return Anchors(place, np.array([m for _, m in known], dtype=np.float64).reshape(-1, 2))


def _matched_patch(
    first: list[np.ndarray], areas: list[np.ndarray], column: int, row: int, reach: float
) -> np.ndarray | None:
    """Return how far (columns, rows) a patch went, None where it is cut or not found."""
    wide = int(1.5 * PATCH_HALF)  # a turned patch has its corners there
    height, width = areas[0].shape
    if not (wide <= column < width - wide and wide <= row < height - wide):
        return None
    around = np.s_[row - wide : row + wide + 1, column - wide : column + wide + 1]
    patches = [band[around] for band in first]
    if np.isfinite(patches[0]).mean() < 0.8:
        return None
    far = int(reach) + PATCH_HALF + 1
    top, left = max(0, row - far), max(0, column - far)
    window = np.s_[top : row + far + 1, left : column + far + 1]
    best, place = LEAST_CORRELATION, None
    for turn in PATCH_TURNS:
        scores = [
            cv2.matchTemplate(area[window], _turned(patch, turn), cv2.TM_CCOEFF_NORMED)
            for patch, area in zip(patches, areas, strict=True)
        ]
        _, highest, _, (at_column, at_row) = cv2.minMaxLoc(np.mean(scores, axis=0))
        if highest > best:
            best, place = highest, (left + at_column + PATCH_HALF, top + at_row + PATCH_HALF)
    return None if place is None else np.array([place[0] - column, place[1] - row], np.float64)


def _turned(patch: np.ndarray, turn: float) -> np.ndarray:
    """Return the middle of a patch turned counter-clockwise with rows upward [degree]."""
    wide = patch.shape[0] // 2
    # OpenCV turns counter-clockwise with rows downward.
    matrix = cv2.getRotationMatrix2D((wide, wide), -turn, 1.0)
    whole = cv2.warpAffine(np.nan_to_num(patch), matrix, patch.shape[::-1])
    inner = slice(wide - PATCH_HALF, wide + PATCH_HALF + 1)
    return np.ascontiguousarray(whole[inner, inner])
