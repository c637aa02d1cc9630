"""What KaRIn measures in its cells of 250 m: ice on a moving sea, seen through its errors."""

from typing import NamedTuple

import numpy as np

from ...geo.polar import NORTH, forward
from ..sea import SeaAt, sea_height
from ..surface import Kind, Surface, SurfaceAt
from .backscatter import coherence, echo_of_cells, measured, with_ringing
from .gaps import missing_cells
from .geometry import CELL, Swath
from .karin import NOISE_BLOCK, KarinErrors, random_noise_std, systematic_errors, unit_noise

NEAREST, FARTHEST = 10_000.0, 60_000.0  # m, across track: between them KaRIn tells heights
PLACES = 3  # along either side of a cell, at which it is looked at: leads are narrower than cells
RINGING_NOISE = 0.3  # m, of heights where a bright lead saturates or rings (assumed)


class Observation(NamedTuple):
    """Arrays (lines, pixels), float64 unless said, nan where KaRIn tells nothing."""

    height: np.ndarray  #: above the ellipsoid, media corrections applied [m]
    sigma0: np.ndarray  #: linear
    sigma0_deviation: np.ndarray  #: of its noise
    coherence: np.ndarray
    disturbed: np.ndarray  #: bool, where a bright lead saturates or rings
    ice: np.ndarray  #: share of the cell that is not open water
    mean_sea_surface: np.ndarray  #: everywhere [m]
    known_sea: np.ndarray  #: everywhere: the sea's height as products know it [m]


def observe(
    cells: Swath,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    seed: int,
    errors: KarinErrors,
) -> Observation:
    """Return what KaRIn measures on a pass.

    The surface is asked a block of ``NOISE_BLOCK`` lines at a time, at the block's mean time:
    16 km pass in 2.5 s, in which ice moves less than a metre.

    Parameters
    ----------
    cells : Swath
        Of 250 m.
    surface_at, sea_at : SurfaceAt, SeaAt
    epoch : datetime64
        UTC, zero of their time.
    seed : int
        Of noise, errors and gaps.
    errors : KarinErrors
    """
    x, y = forward(NORTH, cells.longitude, cells.latitude)
    seconds = (cells.time - epoch) / np.timedelta64(1, "s")
    sea = sea_at(x, y, np.broadcast_to(seconds[:, None], x.shape))
    level = sea_height(sea)
    inside = (np.abs(cells.across) > NEAREST) & (np.abs(cells.across) < FARTHEST)
    across = cells.across[inside]
    look = _look_at_lines(
        _cells_on_plane(x, y, cells.across, inside), seconds, across, surface_at, seed
    )
    error = systematic_errors(cells.along, across, seed, errors).error
    error += look.noise * random_noise_std(across, CELL**2, errors.noise_share)
    if errors.noise_share > 0.0:
        error += RINGING_NOISE * look.ringing
    missing = missing_cells(cells.along, across, seed)

    def everywhere(values: np.ndarray) -> np.ndarray:
        spread = np.full(x.shape, np.nan)
        spread[:, inside] = np.where(missing, np.nan, values)
        return spread

    return Observation(
        height=everywhere(level[:, inside] + look.height + error),
        sigma0=everywhere(look.sigma0),
        sigma0_deviation=everywhere(look.deviation),
        coherence=everywhere(look.coherence),
        disturbed=everywhere(look.ringing != 0.0) == 1.0,
        ice=everywhere(look.ice),
        mean_sea_surface=sea.mean_sea_surface,
        known_sea=level - sea.sea_level_anomaly,
    )


class _Places(NamedTuple):
    """Cells on the plane, (2, lines, pixels): x and y [m], and how they change on the ground."""

    middle: np.ndarray
    forwards: np.ndarray  #: by a metre along track [m]
    sidewards: np.ndarray  #: by a metre across track [m]


class _Look(NamedTuple):
    """A block of lines as KaRIn sees it; (lines, pixels)."""

    height: np.ndarray  #: of what scatters above the sea [m]
    sigma0: np.ndarray
    deviation: np.ndarray
    coherence: np.ndarray
    ice: np.ndarray
    noise: np.ndarray  #: standard normal
    ringing: np.ndarray  #: the same where the cell is disturbed, 0 elsewhere


def _look_at_lines(
    places: _Places, seconds: np.ndarray, across: np.ndarray, surface_at: SurfaceAt, seed: int
) -> _Look:
    """Look block by block, each at its mean time and with its own random stream."""
    looks = []
    for block in range(-(-seconds.size // NOISE_BLOCK)):
        lines = slice(block * NOISE_BLOCK, (block + 1) * NOISE_BLOCK)
        x, y = _inside_cells(_Places(*(values[:, lines] for values in places)))
        surface = surface_at(x, y, float(seconds[lines].mean()))
        looks.append(_look(surface, across, unit_noise(seed, block, across.size)))
    return _Look(*(np.concatenate(parts) for parts in zip(*looks, strict=True)))


def _look(
    surface: Surface, across: np.ndarray, noise: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> _Look:
    echo = echo_of_cells(surface, across)
    sides = (with_ringing(side) for side in np.split(echo.sigma0, 2, axis=1))
    sigma0, disturbed = (np.concatenate(both, axis=1) for both in zip(*sides, strict=True))
    lines = sigma0.shape[0]
    measured_sigma0, deviation = measured(sigma0, noise[1][:lines])
    water = (surface.kind == Kind.CALM_WATER) | (surface.kind == Kind.ROUGH_WATER)
    return _Look(
        echo.height,
        measured_sigma0,
        deviation,
        coherence(sigma0),
        1.0 - water.mean(axis=-1),
        noise[0][:lines],
        np.where(disturbed, noise[2][:lines], 0.0),
    )


def _cells_on_plane(
    x: np.ndarray, y: np.ndarray, across: np.ndarray, inside: np.ndarray
) -> _Places:
    xy = np.stack([x, y])
    forwards = np.gradient(xy, CELL, axis=1)
    sidewards = np.gradient(xy, across, axis=2)
    return _Places(*(values[:, :, inside] for values in (xy, forwards, sidewards)))


def _inside_cells(cells: _Places) -> np.ndarray:
    """Return where cells are looked at, (2, lines, pixels, places) [m on the plane]."""
    offset = ((np.arange(PLACES) + 0.5) / PLACES - 0.5) * CELL
    forwards, sidewards = (o.ravel() for o in np.meshgrid(offset, offset, indexing="ij"))
    middle, *rates = (values[..., None] for values in cells)
    return np.asarray(middle + rates[0] * forwards + rates[1] * sidewards)
