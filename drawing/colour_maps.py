"""The colour maps of cmocean, read from the tables of that package.

The package itself is not imported: that loads pyplot, and warns from matplotlib 3.11 on.

References
----------
Thyng, K. M., et al. (2016), True colors of oceanography, Oceanography, 29(3), 9-13,
doi:10.5670/oceanog.2016.66.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

STEPS = 256


@cache
def colour_map(name: str) -> LinearSegmentedColormap:
    """Return the map that cmocean calls ``name``.

    Raises
    ------
    ValueError
        If cmocean is missing or has no such map.
    """
    found = find_spec("cmocean")
    if found is None or found.origin is None:
        raise ValueError("figures need the package cmocean: pip install cmocean")
    table = Path(found.origin).parent / "rgb" / f"{name}-rgb.txt"
    if not table.is_file():
        raise ValueError(f"cmocean has no colour map {name!r}")
    return LinearSegmentedColormap.from_list(name, np.loadtxt(table), STEPS)
