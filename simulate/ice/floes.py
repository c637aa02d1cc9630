"""Floes and cracks as functions of place: where one ends, and what lies between them.

Lattices of falling spacing hold floes of falling size; a coarser lattice's floe lies on top.  The
floes are discs, cut straight where they touch, whose outlines the ice cover then bends.  A mesh of
cracks ran through all of them: part became ridges, part opened for a while and froze over.
"""

import numpy as np

from ._floe_kernels import FloeLaw
from ._noise_kernels import Lattices
from .noise import draw_lattices

FLOE_STREAM, CRACK_STREAM = 311, 312  # of random numbers, beside the seed

#: Spacings of the floe lattices [m].  With radii of 0.28 to 0.62 of them floes are 0.5 to 25 km
#: wide; numbers fall with a power of the diameter (Stern et al. 2018, doi:10.1525/elementa.305).
FLOE_SPACING = 20_000.0 / 2.2 ** np.arange(5)
SEAM_REACH = 100.0  # m, half the breadth of the broadest ridged zones

#: Cells between cracks: their area's root [m] and how much longer than wide they are (assumed).
CRACK_SPACING = 3_000.0
CRACK_STRETCH = 2.0


def floe_law() -> FloeLaw:
    """Return how floes fill their cells; probabilities by eye against Sentinel-1 (assumed)."""
    return FloeLaw(
        jitter=0.6,
        least_radius=0.28,
        largest_radius=0.62,
        radius_exponent=-2.5,
        presence=np.array([0.3, 0.5, 0.55, 0.6, 0.6]),
        reach=SEAM_REACH,
    )


def crack_law() -> FloeLaw:
    """Return how points lie whose cells, there being one in every cell, cracks surround."""
    # All points count, as if their discs, all of one size, reached everywhere.
    return floe_law()._replace(presence=np.ones(1), least_radius=2.0, largest_radius=2.0)


def floe_lattices(seed: int) -> Lattices:
    """Return the lattices that hold a world's floes, the coarsest first."""
    return draw_lattices(seed, FLOE_STREAM, FLOE_SPACING)


def crack_lattices(seed: int) -> Lattices:
    """Return the lattice whose cells cracks surround."""
    return draw_lattices(seed, CRACK_STREAM, np.array([CRACK_SPACING]), CRACK_STRETCH)
