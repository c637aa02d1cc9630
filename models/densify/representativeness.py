"""What a line through a cell tells of the whole cell."""

import numpy as np

from .fields import Points, select
from .gaussian_process import fit_law
from .kriging import standardised

#: With fewer points that have backscatter, none is used here.
FEWEST = 20


def representative(points: Points, names: tuple[str, ...]) -> Points:
    """Return observations whose uncertainty is that with which they stand for their cells.

    What neighbouring cells do not share, and neither their uncertainty nor backscatter explains
    (the nugget), is what a line of echoes misses of the cell it crosses: the mean over the cell
    does not have it.  Where cells are finer than echoes it is variation of the cells themselves,
    and observations are to be left as they are.

    Parameters
    ----------
    points : Points
        One a track and cell.
    names : tuple of str
        Of their covariates.
    """
    basis = np.ones((points.x.size, 1))
    seen = np.isfinite(points.covariates).all(axis=1) & (len(names) > 0)
    some = points
    if seen.sum() >= FEWEST:
        some = select(points, seen)
        backscatter = some.covariates[:, names.index("sigma0_hv_db")].astype(np.float64)
        basis = np.column_stack([np.ones(backscatter.size), standardised(backscatter, backscatter)])
    law = fit_law(some, basis)
    return points._replace(uncertainty=np.sqrt(points.uncertainty**2 + law.nugget))
