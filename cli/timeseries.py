"""``iceco timeseries``: monthly means of freeboard grids."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import typer
import xarray as xr

from ..drawing.saving import save_figure
from ..models.timeseries.figures import plot_time_series
from ..models.timeseries.monthly import monthly_means
from ..models.timeseries.output import check_place, write_means


def write_time_series(
    grids: list[Path], regions: Path, out: Path, figure: Path | None, as_json: bool
) -> None:
    """Average grids by month, write and draw the means, and say what they are."""
    check_place(out)
    means = monthly_means(grids, regions)
    write_means(means, out, grids, regions)
    if figure is not None:
        save_figure(plot_time_series(means), figure)
    told: list[dict[str, Any]] = [
        {
            "month": str(np.datetime64(month, "M")),
            "region": str(name),
            **{
                key: _number(means[f"regional_{variable}"].values[k, i])
                for key, variable in (
                    ("freeboard_m", "sea_ice_freeboard"),
                    ("uncertainty_m", "sea_ice_freeboard_uncertainty"),
                    ("coverage", "coverage"),
                    ("maps", "number_of_maps"),
                )
            },
        }
        for i, month in enumerate(means["time"].values)
        for k, name in enumerate(means["region_name"].values)
    ]
    if as_json:
        typer.echo(json.dumps({"out": str(out), "means": told}, indent=1))
        return
    typer.echo(f"wrote {out}: {_counted(means)}")
    for each in told:
        typer.echo(f"  {each['month']}  {each['region']}: {_words(each)}")


def _counted(means: xr.Dataset) -> str:
    months, regions = means.sizes["time"], means.sizes["region"]
    return f"{months} month{'s' * (months > 1)}, {regions} region{'s' * (regions > 1)}"


def _words(each: dict[str, Any]) -> str:
    if each["freeboard_m"] is None:
        return "no data"
    return (
        f"{each['freeboard_m']:.3f} ± {each['uncertainty_m']:.3f} m, "
        f"{each['coverage']:.0%} seen in {each['maps']:.0f} grids"
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
