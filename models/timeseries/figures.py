"""Monthly means as a picture: freeboard of regions, how sure it is, what was seen."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from ...drawing.page import FULL_WIDTH, new_figure, on_paper
from ...drawing.palette import Style, styles
from ...drawing.panels import letter

MOST_MONTHS = 10  # that are named below


@on_paper()
def plot_time_series(means: xr.Dataset) -> Figure:
    """Draw monthly means of regions with their 68 %, and the share of each that was seen.

    Parameters
    ----------
    means : dataset
        As ``monthly.monthly_means`` returns it, or the file of ``iceco timeseries``.

    Returns
    -------
    matplotlib Figure
        Lines join neighbouring months; a month without data is a gap.
    """
    figure = new_figure(FULL_WIDTH, 3.8)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, 1))
    names = [str(name) for name in means["region_name"].values]
    style = styles(names)
    for k, name in enumerate(names):
        _draw_region(above, below, means.isel(region=k), name, style(name))
    above.set_ylabel("freeboard [m]")
    below.set(ylabel="share of area seen", ylim=(-0.03, 1.03))
    letter((above, below), ("monthly mean and its 68 %", "coverage"))
    for axes in (above, below):
        axes.grid(visible=True)
    shown = means["time"].values.astype("datetime64[M]")
    shown = shown[:: 1 + shown.size // MOST_MONTHS]
    below.set_xticks(_middle(shown), [str(month) for month in shown])
    figure.legend(*above.get_legend_handles_labels(), loc="outside right upper", title="region")
    return figure


def _draw_region(above: Any, below: Any, means: xr.Dataset, name: str, style: Style) -> None:
    """Draw one region, its points in the middle of the months."""
    middle = _middle(means["time"].values)
    value, sigma = (
        means[f"regional_{key}"].values.astype(np.float64)
        for key in ("sea_ice_freeboard", "sea_ice_freeboard_uncertainty")
    )
    above.fill_between(
        middle, value - sigma, value + sigma, color=style.colour, alpha=0.2, linewidth=0.0
    )
    look = {"color": style.colour, "linestyle": style.stroke, "marker": style.marker}
    above.errorbar(
        middle, value, sigma, markersize=3.5, elinewidth=0.8, capsize=2.0, zorder=style.order,
        label=name, **look,
    )  # fmt: skip
    below.plot(middle, means["regional_coverage"].values, markersize=3.5, **look)


def _middle(time: np.ndarray) -> np.ndarray:
    """Return the fifteenth of the months of some times."""
    first = time.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(first + np.timedelta64(14, "D"))
