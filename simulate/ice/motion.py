"""The smooth drift: x = xi + U(xi, t), a displacement known in closed form at every time.

The velocity of the ice that was at xi at the epoch is a sum of plane waves,
v(xi, t) = Re sum V exp(i (k . (xi - centre) + rate t)), with complex vectors V.  One form serves
all that ice does: the mean drift (k = 0, slowly turning), divergence, shear and rotation of the
whole region (waves so long that they are straight lines across it), weather (60 to 500 km, days)
and inertial oscillation (circles, once in 12 h / sin(latitude)).  Its integral over time is a sum
of the same waves, and no strain grows for ever: U is bounded at any time.

What no smooth drift has, the slip along leads, is theirs (``leads.py``).
"""

import math
from typing import NamedTuple

import numpy as np

from ...geo.polar import NORTH, flat_float64, inverse
from . import _motion_kernels

MOTION_STREAM = 301  # of random numbers, beside the seed
EARTH_ROTATION = 7.292115e-5  # rad/s, WGS 84 (NIMA TR8350.2)
DAY = 86_400.0  # s
#: Node spacing of the tabulated inverse [m]: the shortest waves then err by centimetres at most.
NODE_SPACING = 2_000.0
CUBIC_NODES = 16  # around a point

LONG_WAVE = 6_000e3  # m, of the region's own deformation: straight within 5 % to 500 km (chosen)
#: Speed against wavelength of the weather's waves: deformation then falls as scale**-0.2
#: (Marsan et al. 2004, doi:10.1103/PhysRevLett.93.178501, their exponent of the mean rate).
SPEED_EXPONENT = 0.8
#: Spread of the angle between a wave's velocity and its crests [rad]: divergence is then about a
#: third of shear (assumed).
DIVERGENCE_ANGLE = 0.35
#: Waves of the inertial oscillation, as shares of its speed: the first prevails (assumed).
INERTIAL_SHARES = (0.85, 0.4, 0.35)


class MotionSettings(NamedTuple):
    """How lively the ice is; on the plane."""

    #: Mean over worlds of the mean drift's speed, which is exponentially distributed [m/s].  With
    #: the waves, speeds are then near-exponential about 8 cm/s (Rampal et al. 2009, science.md
    #: 7.4, assumed).
    mean_speed: float = 0.068
    #: Time in which the mean drift turns round once: shortest and longest [day] (assumed).
    turning_period: tuple[float, float] = (15.0, 40.0)
    #: Standard deviation of the region's divergence, two shears and rotation [1/day] (assumed).
    deformation: float = 0.01
    #: Root mean square speed of the weather's waves [m/s] (assumed).
    wave_speed: float = 0.02
    #: Their number, wavelengths [m] and periods [day]: decorrelation in 1 to 2 d (science.md 7.4,
    #: assumed).
    wave_count: int = 20
    wavelength: tuple[float, float] = (60e3, 500e3)
    wave_period: tuple[float, float] = (1.0, 6.0)
    #: Least and largest speed of the inertial oscillation [m/s] (science.md 7.4, assumed).
    inertial_speed: tuple[float, float] = (0.02, 0.04)
    #: Distance over which its phase changes by one radian [m] (assumed).
    inertial_length: float = 200e3


class Motion(NamedTuple):
    """A drift; waves (m,), positions in metres on the plane."""

    centre: tuple[float, float]  #: where phases are counted from
    wavenumber: np.ndarray  #: (m, 2), float64 [rad/m]
    rate: np.ndarray  #: (m,), float64 [rad/s], never 0
    velocity: np.ndarray  #: (m, 2), complex128 [m/s]


class _Waves(NamedTuple):
    """Some of a motion's waves."""

    wavenumber: np.ndarray
    rate: np.ndarray
    velocity: np.ndarray


def draw_motion(seed: int, settings: MotionSettings, centre: tuple[float, float]) -> Motion:
    """Return the drift that follows from a seed.

    Parameters
    ----------
    seed : int
        Not negative.
    settings : MotionSettings
    centre : (x, y) [m]
        Of the region on the plane; its latitude sets the inertial period.
    """
    rng = np.random.default_rng([seed, MOTION_STREAM])
    parts = (
        _mean_drift(settings, rng),
        _region_deformation(settings, rng),
        _weather(settings, rng),
        _inertial(settings, centre, rng),
    )
    return Motion(centre, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def velocity(
    motion: Motion, xi: np.ndarray, eta: np.ndarray, t: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the velocity of the ice that was at xi, eta at the epoch.

    Parameters
    ----------
    motion : Motion
    xi, eta : array, float [m]
        In the drift frame.
    t : number or array, float [s]
        After the epoch.  All of any shapes that broadcast.

    Returns
    -------
    u, v : array, float64 [m/s on the plane]
        Along x and y.
    """
    return _wave_sum(motion, motion.velocity, xi, eta, t)


def smooth_displacement(
    motion: Motion, xi: np.ndarray, eta: np.ndarray, t: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the ice at xi, eta in the drift frame has gone since the epoch.

    Parameters
    ----------
    motion, xi, eta, t
        As of ``velocity``, whose integral from 0 to t this is.

    Returns
    -------
    dx, dy : array, float64 [m on the plane]
        The ice is at (xi + dx, eta + dy).
    """
    primitive = motion.velocity / (1j * motion.rate[:, None])
    x1, y1 = _wave_sum(motion, primitive, xi, eta, t)
    x0, y0 = _wave_sum(motion, primitive, xi, eta, np.zeros_like(t))
    return x1 - x0, y1 - y0


def drift_frame(
    motion: Motion, x: np.ndarray, y: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the ice at places of the plane was at the epoch, the smooth drift undone.

    Parameters
    ----------
    motion : Motion
    x, y : array, float [m]
        Any shapes that broadcast, all finite.
    t : float [s]
        After the epoch.

    Returns
    -------
    xi, eta : array, float64 [m]
        The inverse of xi + ``smooth_displacement``.  Many points close together are interpolated
        between the nodes of a grid that is the same whatever points are asked for; few points
        far apart are solved for one by one.  The two differ by less than 0.05 m.
    """
    (flat_x, flat_y), shape = flat_float64(x, y)
    nodes = _nodes_around(flat_x, flat_y) if flat_x.size >= CUBIC_NODES else None
    if nodes is None or nodes.rows * nodes.columns > flat_x.size:
        undone = _undo(motion, flat_x, flat_y, t)
        xi, eta = flat_x - undone[:, 0], flat_y - undone[:, 1]
    else:
        table = _table(motion, nodes, t)
        xi, eta = _motion_kernels.subtract_interpolated(
            flat_x, flat_y, NODE_SPACING, nodes.first_i, nodes.first_j, table
        )
    return xi.reshape(shape)[()], eta.reshape(shape)[()]


class _Nodes(NamedTuple):
    """A part of the grid of nodes at whole multiples of ``NODE_SPACING``."""

    first_i: int
    first_j: int
    rows: int
    columns: int


def _nodes_around(x: np.ndarray, y: np.ndarray) -> _Nodes:
    """Return the nodes that cubics through points need: one below them all, two above."""
    low = [math.floor(values.min() / NODE_SPACING) - 1 for values in (x, y)]
    high = [math.floor(values.max() / NODE_SPACING) + 2 for values in (x, y)]
    return _Nodes(low[0], low[1], high[0] - low[0] + 1, high[1] - low[1] + 1)


def _table(motion: Motion, nodes: _Nodes, t: float) -> np.ndarray:
    """Return the displacement (rows, columns, 2) [m] of the ice at nodes."""
    x = (nodes.first_i + np.arange(nodes.rows)) * NODE_SPACING
    y = (nodes.first_j + np.arange(nodes.columns)) * NODE_SPACING
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y, indexing="ij"))
    return _undo(motion, grid_x, grid_y, t).reshape(nodes.rows, nodes.columns, 2)


def _undo(motion: Motion, x: np.ndarray, y: np.ndarray, t: float) -> np.ndarray:
    """Return the displacement (n, 2) [m] since the epoch of the ice at places (n,) of the plane."""
    # The integral of exp(i rate t) from 0 to t is t sinc(rate t / 2) exp(i rate t / 2).
    half = 0.5 * motion.rate * t
    share = t * np.sinc(half / np.pi) * np.exp(1j * half)
    amplitude = motion.velocity * share[:, None]
    centre_x, centre_y = motion.centre
    return _motion_kernels.undo_displacement(
        x - centre_x, y - centre_y, motion.wavenumber, amplitude
    )


def _wave_sum(
    motion: Motion,
    amplitude: np.ndarray,
    xi: np.ndarray,
    eta: np.ndarray,
    t: np.ndarray | float,
) -> tuple[np.ndarray, np.ndarray]:
    flat, shape = flat_float64(xi, eta, np.asarray(t))
    centre_x, centre_y = motion.centre
    u, v = _motion_kernels.wave_sum(
        flat[0] - centre_x, flat[1] - centre_y, flat[2], motion.wavenumber, motion.rate, amplitude
    )
    return u.reshape(shape)[()], v.reshape(shape)[()]


def _mean_drift(settings: MotionSettings, rng: np.random.Generator) -> _Waves:
    speed = rng.exponential(settings.mean_speed)
    direction = rng.uniform(0.0, 2.0 * np.pi)
    turn = rng.choice([-1.0, 1.0]) * 2.0 * np.pi / (DAY * rng.uniform(*settings.turning_period))
    vector = speed * np.exp(1j * direction) * np.array([[1.0, -1j]])
    return _Waves(np.zeros((1, 2)), np.array([turn]), vector)


def _region_deformation(settings: MotionSettings, rng: np.random.Generator) -> _Waves:
    """Return standing waves with a node at the centre: a velocity gradient that swings."""
    divergence, stretch, shear, turn = rng.normal(0.0, settings.deformation / DAY, 4)
    gradient = 0.5 * np.array(
        [[divergence + stretch, shear - turn], [shear + turn, divergence - stretch]]
    )
    wavenumber = 2.0 * np.pi / LONG_WAVE
    waves = []
    for axis in range(2):
        rate = 2.0 * np.pi / (DAY * rng.uniform(*settings.turning_period))
        phase = rng.uniform(0.0, 2.0 * np.pi)
        # sin(k x) cos(r t + p) is half of sin(k x + r t + p) and half of sin(k x - r t - p).
        for sign in (1.0, -1.0):
            vector = -0.5j * gradient[:, axis] / wavenumber * np.exp(1j * sign * phase)
            waves.append((wavenumber * np.eye(2)[axis], sign * rate, vector))
    return _Waves(*(np.array(column) for column in zip(*waves, strict=True)))


def _weather(settings: MotionSettings, rng: np.random.Generator) -> _Waves:
    """Return travelling waves, one to each part of the range of wavelengths, mostly of shear."""
    count = settings.wave_count
    shortest, longest = settings.wavelength
    share = (np.arange(count) + rng.random(count)) / count
    wavelength = shortest * (longest / shortest) ** share
    fast, slow = np.log(settings.wave_period)
    period = DAY * np.exp(rng.uniform(fast, slow, count)) * rng.choice([-1.0, 1.0], count)
    course = rng.uniform(0.0, 2.0 * np.pi, count)
    along = course + 0.5 * np.pi + rng.normal(0.0, DIVERGENCE_ANGLE, count)
    speed = wavelength**SPEED_EXPONENT
    speed *= settings.wave_speed / np.sqrt(0.5 * np.sum(speed**2))
    amplitude = speed * np.exp(1j * rng.uniform(0.0, 2.0 * np.pi, count))
    return _Waves(
        _directed(2.0 * np.pi / wavelength, course),
        2.0 * np.pi / period,
        _directed(amplitude, along),
    )


def _inertial(
    settings: MotionSettings, centre: tuple[float, float], rng: np.random.Generator
) -> _Waves:
    """Return circles run through clockwise, as the Coriolis force has it in the north."""
    _, latitude = inverse(NORTH, *(np.asarray(c) for c in centre))
    coriolis = 2.0 * EARTH_ROTATION * np.sin(np.radians(latitude))
    count = len(INERTIAL_SHARES)
    speed = rng.uniform(*settings.inertial_speed) * np.array(INERTIAL_SHARES)
    amplitude = speed * np.exp(1j * rng.uniform(0.0, 2.0 * np.pi, count))
    course = rng.uniform(0.0, 2.0 * np.pi, count)
    # (cos(p - f t), sin(p - f t)) is the real part of (1, -i) exp(i (p - f t)).
    return _Waves(
        _directed(np.full(count, 1.0 / settings.inertial_length), course),
        np.full(count, -coriolis),
        amplitude[:, None] * np.array([1.0, -1j]),
    )


def _directed(length: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return vectors (n, 2) of given lengths and directions [rad]."""
    return length[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
