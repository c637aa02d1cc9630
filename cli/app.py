"""The command ``iceco``: every command parses, calls once, and says what it did.

Heavy imports stand inside the commands, so that ``iceco --help`` answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from .measurement import commands as measurement
from .options import Config, Figure, Json
from .surroundings import commands as surroundings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Sea-ice altimetry and SAR, collocated.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"iceco {__version__}")
        raise typer.Exit


@app.callback()
def iceco(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_print_version, is_eager=True),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Sea-ice altimetry and SAR, collocated."""


@app.command()
def info(
    files: Annotated[list[Path], typer.Argument(help="Products: files or folders.")],
    as_json: Json = False,
) -> None:
    """Say what files are, and what iceco sees in them.

    Example: iceco info S1A_EW_GRDM_1SDH_20221130T014342_*.SAFE
    """
    from .info import show

    show(files, as_json)


@app.command()
def catalog(
    folders: Annotated[list[Path], typer.Argument(help="Folders to search, or single products.")],
    out: Annotated[Path, typer.Option(help="The catalogue (GeoParquet).")] = Path(
        "catalogue.parquet"
    ),
    figure: Figure = None,
    as_json: Json = False,
) -> None:
    """Index the tracks and scenes of an archive.

    Example: iceco catalog archive/sentinel1 archive/altika --out winter.parquet --figure map.png
    """
    from .catalog import write_catalogue

    write_catalogue(folders, out, figure, as_json)


@app.command()
def collocate(
    tracks: Annotated[
        list[Path], typer.Argument(help="Altimeter products, folders of them, or a catalogue.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the collocations (GeoParquet).")],
    scenes: Annotated[
        list[Path] | None,
        typer.Option(
            help="SAR scene, folder of scenes, or a catalogue; can be repeated. By default where "
            "the tracks are."
        ),
    ] = None,
    drift: Annotated[
        str,
        typer.Option(
            metavar="auto|PATH|DX,DY|none",
            help="Ice drift: auto, from the scenes at hand; a product, vectors of iceco drift, or "
            "a folder of them; one displacement from altimeter to SAR time along the axes of "
            "EPSG:3413 (south: 3976) in metres; or none. auto,PATH is both.",
        ),
    ] = "none",
    max_lag: Annotated[
        str, typer.Option(help="Longest time between altimeter and SAR: 3h, 45min, ...")
    ] = "3h",
    lead_distance: Annotated[
        str, typer.Option(help="Distances T of the columns P(distance to lead < T) [m].")
    ] = "250,500,1000",
    lead_life: Annotated[
        str | None,
        typer.Option(help="Mean time for which a lead can be seen: probabilities fade with lag."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; by default one a core.", show_default=False),
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler to use instead.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Do only the I-th of N shares, as a job of an array."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what would be collocated, and how long it takes."),
    ] = False,
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Label altimeter records by their distance to the leads of SAR scenes.

    An interrupted run continues where it stopped.

    Example: iceco collocate winter.parquet --drift auto,osi405/ --out collocations --figure one.png
    """
    from .collocate import collocate_paths

    collocate_paths(
        tracks, scenes, out, drift, (max_lag, lead_distance, lead_life), workers, dask, shard,
        dry_run, figure, as_json,
    )  # fmt: skip


@app.command()
def drift(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="SCENE_A SCENE_B",
            help="Two SAR scenes, the earlier first; or, with --buoys, drift files to evaluate.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="File for the vectors: .nc (CF) or .parquet (GeoParquet).")
    ] = None,
    spacing: Annotated[float, typer.Option(help="Of the grid of vectors [m].")] = 4000.0,
    pixel: Annotated[float, typer.Option(help="Of the images that are compared [m].")] = 80.0,
    figure: Figure = None,
    buoys: Annotated[
        list[Path] | None,
        typer.Option(help="Drifter file to compare with. Can be repeated."),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Find how the ice moved between two SAR scenes, each vector with its covariance.

    Example: iceco drift S1A_EW_*T0741*.SAFE S1A_EW_*T1421*.SAFE --out drift.nc --figure drift.png
    """
    from .drift import follow_or_evaluate

    follow_or_evaluate(files, out, spacing, pixel, figure, buoys or [], as_json)


app.add_typer(measurement)


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files.")],
    preset: Annotated[
        str,
        typer.Option(
            help="demo: 100 km by 100 km, all instruments; swath: a whole EW scene; "
            "season: a winter of worlds; passes: 40 worlds of many altimeter passes; "
            "lessons: 8 small ones."
        ),
    ] = "demo",
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 1,
    lead_exponent: Annotated[
        float, typer.Option(help="Exponent a of the widths of leads, w**-a.")
    ] = 2.47,
    lead_widths: Annotated[str, typer.Option(help="Narrowest and widest lead [m].")] = "30,10000",
    lead_fraction: Annotated[float, typer.Option(help="Share of the area that is leads.")] = 0.0244,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes; the files do not depend on it.")
    ] = 2,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler to use instead.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written.")
    ] = False,
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Write a known ice world as every instrument sees it, and what is true of it.

    An interrupted run continues where it stopped.

    Example: iceco simulate worlds/7 --preset demo --seed 7 --figure world.png
    """
    from .simulate import lead_settings, simulate_worlds

    leads = lead_settings(lead_exponent, lead_widths, lead_fraction)
    simulate_worlds(out, preset, seed, leads, workers, dask, dry_run, figure, as_json)


app.add_typer(surroundings)


def main() -> None:
    """Run; a user's mistake becomes one sentence and exit code 2, ours exit code 1."""
    debug = "--debug" in sys.argv
    try:
        app(prog_name="iceco")
    except (ValueError, OSError) as error:
        if debug:
            raise
        typer.echo(f"iceco: {error}", err=True)
        raise SystemExit(2) from error
    except Exception as error:  # ours, whatever it is: said in one line, exit code 1
        if debug:
            raise
        typer.echo(
            f"iceco: internal error ({type(error).__name__}: {error}); "
            "run iceco --debug COMMAND ... for the traceback, and report it",
            err=True,
        )
        raise SystemExit(1) from error
