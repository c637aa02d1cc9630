"""``iceco simulate``: a known ice world as agency files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from ..drawing.saving import save_figure
from ..simulate.ice.leads import LeadSettings
from ..simulate.presets import PRESETS, Plan
from ..simulate.produce import produce
from ..simulate.truth import truth_name
from . import progress
from .world_picture import picture_of_world


def simulate_worlds(
    out: Path,
    preset: str,
    seed: int,
    leads: LeadSettings,
    workers: int,
    dask: str | None,
    dry_run: bool,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Write the worlds of a preset one after the other, draw the first, say what was written."""
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; use one of {', '.join(PRESETS)}")
    if seed < 0:
        raise ValueError(f"a seed must not be negative, got {seed}")
    plans = list(PRESETS[preset](seed, leads))
    if dry_run:
        if figure is not None:
            raise ValueError("--figure has nothing to draw in a --dry-run: leave one of them out")
        _say_plans(plans, as_json)
        return
    out.mkdir(parents=True, exist_ok=True)
    with _cluster(dask), progress.over(f"simulating {preset}") as advance:
        scheduler = "distributed" if dask else "processes"
        written = produce(out, plans, workers, scheduler, advance)
    if figure is not None:
        save_figure(picture_of_world(out, out / "truth" / truth_name(plans[0])), figure)
    made = sum(path.parent.name == "truth" for path in written)
    _say_written(out, written, len(plans) - made, as_json)


def lead_settings(exponent: float, widths: str, fraction: float) -> LeadSettings:
    """Return the settings that the options describe.

    Raises
    ------
    ValueError
        If an option is malformed or no network can be drawn with it.
    """
    try:
        narrowest, widest = (float(part) for part in widths.split(","))
    except ValueError as error:
        raise ValueError(
            f"--lead-widths {widths!r} is not two widths in metres; write 30,10000"
        ) from error
    if not 0.0 < narrowest < widest:
        raise ValueError(f"--lead-widths {widths!r}: the first must be positive and the smaller")
    if not 1.0 < exponent < 5.0:
        raise ValueError(f"--lead-exponent must lie between 1 and 5, got {exponent:g}")
    if not 0.0 < fraction <= 0.2:
        raise ValueError(f"--lead-fraction must lie between 0 and 0.2, got {fraction:g}")
    return LeadSettings(
        exponent=exponent, narrowest=narrowest, widest=widest, area_fraction=fraction
    )


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Work in a Dask cluster; here where none is named."""
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError("--dask needs the package distributed: pip install distributed") from error
    try:
        client = Client(address, timeout=20, set_as_default=False)  # that fails must not be current
    except (OSError, ValueError) as error:
        raise ValueError(f"--dask {address}: no Dask scheduler answers there") from error
    with client, client.as_current():
        yield


def _say_plans(plans: list[Plan], as_json: bool) -> None:
    counts = {
        "worlds": len(plans),
        "scenes": sum(len(plan.scenes) for plan in plans),
        "altimeter passes": sum(len(plan.altimeters) for plan in plans),
        "SWOT passes": sum(len(plan.swaths) for plan in plans),
    }
    if as_json:
        typer.echo(json.dumps(counts, indent=1))
        return
    typer.echo(", ".join(f"{count} {what}" for what, count in counts.items()) + "; nothing written")


def _say_written(out: Path, written: list[Path], complete: int, as_json: bool) -> None:
    if as_json:
        files = [str(path) for path in written]
        typer.echo(json.dumps({"out": str(out), "files": files, "complete": complete}, indent=1))
        return
    for path in written:
        typer.echo(path.relative_to(out))
    if complete:
        typer.echo(f"{complete} worlds were complete before")
    typer.echo(f"wrote {out}: {len(written)} files; look closer: iceco info {out}/*/*")
