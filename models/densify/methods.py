"""The densification methods by name, all of one form."""

from collections.abc import Mapping

from .cdf_mapping import cdf_mapping
from .fields import Cells as Cells
from .fields import Field as Field
from .fields import Method
from .fields import Points as Points
from .kriging import external_drift, linear, optimal_interpolation
from .nearest import nearest
from .segments import segment_mean

#: A method takes observations and cells, neither with a missing value that it needs, and returns
#: a distribution for every cell.
METHODS: Mapping[str, Method] = {
    "nearest": nearest,
    "oi": optimal_interpolation,
    "linear": linear,
    "ked": external_drift,
    "cdf": cdf_mapping,
    "segment": segment_mean,
}

#: The order in which methods are taken that do about equally well: those that follow the
#: observations where there are some, and widen where there are none, before those that do not.
PREFERRED = ("ked", "oi", "segment", "cdf", "linear", "nearest")

#: Methods that look at no image.
WITHOUT_IMAGE = ("nearest", "oi")
