"""The commands around the measurement: getting data, looking at results, the state of the house."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Config, Json

commands = typer.Typer()


@commands.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the files made and the result.")] = Path(
        "demo-output"
    ),
) -> None:
    """Simulate a small world, collocate it, train on others, and map its freeboard beside SWOT.

    It ends with five results beside their baselines and a report.

    Example: iceco demo --out demo-output
    """
    from .demo import run_demo

    run_demo(out)


@commands.command()
def doctor(as_json: Json = False) -> None:
    """Say versions, threads, GPU and folders: what to send with a question.

    Example: iceco doctor
    """
    from .doctor import examine

    examine(as_json)


@commands.command()
def fetch(
    product: Annotated[
        str, typer.Argument(metavar="PRODUCT", help="sentinel1-ew, sentinel3, swot-expert, ...")
    ],
    area: Annotated[
        str,
        typer.Option(
            metavar="W,S,E,N|GEOJSON",
            help="Box in degrees, west first: 170,70,-170,75 crosses the date line, "
            "-180,80,180,90 is the pole's cap. Or a GeoJSON file of polygons.",
        ),
    ],
    start: Annotated[str, typer.Option(help="First day, or time, in UTC: 2022-11-01.")],
    end: Annotated[str, typer.Option(help="Last day, which is included, or time, in UTC.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    provider: Annotated[
        str | None,
        typer.Option(
            help="asf, copernicus, earthdata, eumetsat or marine; by default the first that has "
            "the product.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Files that come at once.")] = 4,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be fetched.")
    ] = False,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Fetch products of an area and time from public archives, checked and resumable.

    Example: iceco fetch sentinel1-ew --area -30,78,30,84 --start 2022-11-30 --end 2022-11-30
    --out sentinel1 --dry-run
    """
    from .fetch import fetch_product

    fetch_product(product, area, (start, end), out, provider, workers, dry_run, as_json)


@commands.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    out: Annotated[
        Path | None,
        typer.Option(help="The page (HTML); by default report.html in DIR.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a folder of results holds as one HTML page, which opens anywhere.

    Example: iceco report demo-output --out demo.html
    """
    from .report import write_report

    write_report(folder, out, as_json)
