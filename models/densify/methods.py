"""The densification methods by name, all of one form."""

from collections.abc import Mapping
from pathlib import Path

from .cdf_mapping import cdf_mapping
from .fields import Cells as Cells
from .fields import Field as Field
from .fields import Method
from .fields import Points as Points
from .kriging import external_drift, linear, optimal_interpolation
from .nearest import nearest
from .segments import segment_mean


def network(points: Points, cells: Cells) -> Field:
    """Return the map of the network that comes with iceco."""
    from .learned.method import network as shipped  # torch takes its time to load

    return shipped(points, cells)


#: A method takes observations and cells, neither with a missing value that it needs, and returns
#: a distribution for every cell.
METHODS: Mapping[str, Method] = {
    "nearest": nearest,
    "oi": optimal_interpolation,
    "linear": linear,
    "ked": external_drift,
    "cdf": cdf_mapping,
    "segment": segment_mean,
    "network": network,
}

#: The order in which analytic methods are taken that do about equally well: those that follow the
#: observations where there are some, and widen where there are none, before those that do not.
PREFERRED = ("ked", "oi", "segment", "cdf", "linear", "nearest")

#: Methods that look at no image.
WITHOUT_IMAGE = ("nearest", "oi")

#: The method that looks at all cells of a map together.
NETWORK = "network"


def methods_on(cells: Cells, model: Path | None = None) -> dict[str, Method]:
    """Return the methods as they are for places on a map, whichever of them are asked for.

    Parameters
    ----------
    cells : Cells
        All those of the map that scenes saw: the network looks at them as an image.  Where there
        are none, or they are wider than it knows, it is not among the methods.
    model : Path, optional
        Folder of iceco train-densify; by default the model that comes with iceco.
    """
    found = dict(METHODS)
    del found[NETWORK]
    if cells.x.size and cells.covariates.shape[1]:
        from .learned.method import network_on, suits  # torch takes its time to load
        from .learned.model import SIMULATED, open_model

        if suits(cells):
            found[NETWORK] = network_on(cells, open_model(model or SIMULATED))
    return found
