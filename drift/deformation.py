"""Deformation of the ice: divergence, shear and vorticity of the cells of a grid of vectors.

Velocity gradients are line integrals around the quadrilateral of four neighbouring vectors, taken
where the ice was half way: a rigid rotation by any angle is then free of divergence and shear.
They are free of scale, and the same on the polar plane as on the ground but for the change of
scale along the way: ice that goes 10 km polewards at 75 degrees seems to diverge by 4e-4.

References
----------
Lindsay and Stern (2003), doi:10.1175/1520-0426(2003)020<0329:TRGPSQ>2.0.CO;2, eqs. 5 to 8 (line
integrals); Dierking, Stern and Hutchings (2020), doi:10.5194/tc-14-2999-2020 (their errors).
"""

import numpy as np
import xarray as xr

from ..products.canonical_vectors import covariance_of, on_grid, usable

#: Corners of a cell counter-clockwise: rows and columns beyond its first.
CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))
SECOND = np.timedelta64(1, "s")

#: Every variable of a deformation dataset over (row, column): its long name and units.
DEFORMATION = {
    "x": ("x of the cell's middle half way through the interval", "m"),
    "y": ("y of the cell's middle half way through the interval", "m"),
    "area": ("area of the cell half way, on the plane", "m2"),
    "divergence": ("divergence of the ice velocity", "s-1"),
    "shear": ("shear, the square root of the two rates squared and added, of the velocity", "s-1"),
    "vorticity": ("vorticity of the ice velocity, counter-clockwise", "s-1"),
    "divergence_uncertainty": ("standard deviation of divergence", "s-1"),
    "shear_uncertainty": ("standard deviation of shear", "s-1"),
    "vorticity_uncertainty": ("standard deviation of vorticity", "s-1"),
}


def deformation(vectors: xr.Dataset) -> xr.Dataset:
    """Return the deformation of every cell whose four vectors are usable.

    Parameters
    ----------
    vectors : vectors dataset
        On a grid.

    Returns
    -------
    xr.Dataset
        Over ``row`` and ``column``, the grid's place of each cell's first corner (least x and
        y): the variables of ``DEFORMATION``, float64, nan where a corner is missing.

    Raises
    ------
    ValueError
        If the vectors are free points.

    Notes
    -----
    With corners i counter-clockwise, u_x = sum_i u_i (y_{i+1} - y_{i-1}) / 2A and so on.
    Uncertainties are propagated from the covariance of each vector, the four taken as
    independent; where image patches overlap, errors are alike and deformation is better than
    stated.  Shear is never negative: far below its uncertainty it is mostly error.
    """
    if not on_grid(vectors):
        raise ValueError("deformation needs vectors on a grid, these are free points")
    row, column = (vectors[name].values for name in ("grid_row", "grid_column"))
    corners = _corners(vectors, row - row.min(), column - column.min())  # (4, r, c, ...)
    place, velocity, covariance = corners
    area, weight = _weights(place)
    gradient = np.einsum("krcb,krca->rcab", weight, velocity)  # d velocity_a / d place_b
    errors = np.einsum("krcb,krcae,krcd->rcabed", weight, covariance, weight)
    columns = {"x": place[..., 0].mean(axis=0), "y": place[..., 1].mean(axis=0), "area": area}
    columns |= _invariants(gradient, errors)
    dataset = xr.Dataset(
        {
            name: (("row", "column"), columns[name], {"long_name": text, "units": units})
            for name, (text, units) in DEFORMATION.items()
        },
        attrs=dict(vectors.attrs),
    )
    return dataset.assign_coords(
        row=np.arange(row.min(), row.max()), column=np.arange(column.min(), column.max())
    )


def _corners(
    vectors: xr.Dataset, row: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return place half way, velocity and its covariance of the corners of cells, (4, r, c, ...).

    nan where a vector is missing or not usable.
    """
    good = usable(vectors)
    seconds = (vectors["stop_time"].values - vectors["start_time"].values) / SECOND
    start, move = (
        np.stack([vectors[f"{name[0]}"].values, vectors[f"{name[1]}"].values], axis=-1)
        for name in (("x0", "y0"), ("dx", "dy"))
    )
    columns = (
        start + 0.5 * move,
        move / seconds[:, None],
        covariance_of(vectors) / seconds[:, None, None] ** 2,
    )
    found = []
    for values in columns:
        grid = np.full((row.max() + 1, column.max() + 1, *values.shape[1:]), np.nan)
        grid[row[good], column[good]] = values[good]
        rows, cells = grid.shape[0] - 1, grid.shape[1] - 1
        found.append(np.stack([grid[i : i + rows, j : j + cells] for i, j in CORNERS]))
    return found[0], found[1], found[2]


def _weights(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas (r, c) of cells and the weights (4, r, c, 2) of velocities in gradients."""
    ahead, behind = np.roll(place, -1, axis=0), np.roll(place, 1, axis=0)
    across = ahead - behind
    area = 0.5 * np.sum(place[..., 0] * ahead[..., 1] - place[..., 1] * ahead[..., 0], axis=0)
    outward = np.stack([across[..., 1], -across[..., 0]], axis=-1)
    return area, 0.5 * outward / area[..., None]


def _invariants(gradient: np.ndarray, errors: np.ndarray) -> dict[str, np.ndarray]:
    """Return divergence, shear and vorticity with uncertainties.

    ``gradient`` (r, c, a, b) is that of velocity a along b, ``errors`` (r, c, a, b, e, d) the
    covariance of it with that of e along d.
    """
    parts = {
        "divergence": np.array([[1.0, 0.0], [0.0, 1.0]]),
        "vorticity": np.array([[0.0, -1.0], [1.0, 0.0]]),
        "stretch": np.array([[1.0, 0.0], [0.0, -1.0]]),
        "slide": np.array([[0.0, 1.0], [1.0, 0.0]]),
    }
    rate = {name: np.einsum("rcab,ab->rc", gradient, part) for name, part in parts.items()}

    def shared(one: str, other: str) -> np.ndarray:
        return np.einsum("rcabed,ab,ed->rc", errors, parts[one], parts[other])

    shear = np.hypot(rate["stretch"], rate["slide"])
    turned = np.arctan2(rate["slide"], rate["stretch"])
    cosine, sine = np.cos(turned), np.sin(turned)
    variance = (
        cosine**2 * shared("stretch", "stretch")
        + sine**2 * shared("slide", "slide")
        + 2.0 * cosine * sine * shared("stretch", "slide")
    )
    return {
        "divergence": rate["divergence"],
        "shear": shear,
        "vorticity": rate["vorticity"],
        "divergence_uncertainty": np.sqrt(shared("divergence", "divergence")),
        "shear_uncertainty": np.sqrt(variance),
        "vorticity_uncertainty": np.sqrt(shared("vorticity", "vorticity")),
    }
