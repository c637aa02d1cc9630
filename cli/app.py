"""The command ``iceco``: every command parses, calls once, and says what it did.

Heavy imports stand inside the commands, so that ``iceco --help`` answers at once.
"""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__

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


def _read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the keys of a TOML file the defaults of the command's options."""
    if path is None:
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is not TOML ({error})") from error
    known = {p.name: p for p in context.command.params if p.param_type_name == "option"}
    settings: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in known or name == "config":
            raise ValueError(f"{path}: {key!r} is no option of iceco {context.info_name}")
        settings[name] = value if isinstance(value, bool | list) else str(value)
    context.default_map = settings
    return path


Config = Annotated[
    Path | None,
    typer.Option(
        help="TOML file with any of these options (max-lag = '1h').",
        callback=_read_config,
        is_eager=True,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


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
    as_json: Json = False,
) -> None:
    """Index the tracks and scenes of an archive.

    Example: iceco catalog archive/sentinel1 archive/altika --out winter.parquet
    """
    from .catalog import write_catalogue

    write_catalogue(folders, out, as_json)


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
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Label altimeter records by their distance to the leads of SAR scenes.

    An interrupted run continues where it stopped.

    Example: iceco collocate winter.parquet --drift auto,osi405/ --out collocations
    """
    from .collocate import collocate_paths

    collocate_paths(
        tracks, scenes, out, drift, (max_lag, lead_distance, lead_life), workers, dask, shard,
        dry_run, as_json,
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
    figure: Annotated[
        Path | None, typer.Option(help="Picture of the vectors: .png, .pdf or .svg.")
    ] = None,
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


@app.command("train-lstm")
def train_lstm(
    collocations: Annotated[list[Path], typer.Argument(help="Folders of iceco collocate.")],
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    epochs: Annotated[int, typer.Option(min=1, help="At most.")] = 40,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to train.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Sequences in a step.")] = 8,
    learning_rate: Annotated[float, typer.Option(help="The largest.")] = 2e-3,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a gain.")] = 8,
    lead_distance: Annotated[
        float, typer.Option(help="The probability learnt is that of a lead nearer than this [m].")
    ] = 500.0,
    sequence: Annotated[
        int, typer.Option(help="Echoes along the track that are read together; 1 for single ones.")
    ] = 64,
    hard_labels: Annotated[
        bool, typer.Option("--hard-labels", help="Round the probabilities of the labels.")
    ] = False,
    packed: Annotated[
        bool, typer.Option("--packed", help="Leave gain and tracker in the echoes.")
    ] = False,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(help="Test on a winter (2019) or a region (beaufort sea). Can be repeated."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option(help="Train and score the classical classifiers beside it.")
    ] = True,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for prepared echoes; by default OUT.examples.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted training.")
    ] = False,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Train a network to tell leads, and the distance to them, from sequences of echoes.

    Example: iceco train-lstm collocations --out model --seed 1
    """
    from .train_lstm import fitting_of, parse_learning, train_paths

    fitting = fitting_of(epochs, batch, learning_rate, patience, seed, device)
    learning = parse_learning(lead_distance, sequence, hard_labels, packed, hold_out or [], fitting)
    train_paths(collocations, out, learning, cache, resume, baselines, as_json)


@app.command()
def classify(
    tracks: Annotated[list[Path], typer.Argument(help="Altimeter products.")],
    out: Annotated[Path, typer.Option(help="File (.nc) for one track, folder for several.")],
    model: Annotated[
        Path | None,
        typer.Option(
            help="Folder of iceco train-lstm; by default the model that comes with iceco, trained "
            "on simulated worlds alone.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads; by default one a core.", show_default=False),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Say of every echo how probable a lead is, and how far the closest one.

    Example: iceco classify SRL_GPS_2PfP*.nc --out leads/
    """
    from .classify import classify_paths

    classify_paths(tracks, out, model, workers, as_json)


@app.command()
def freeboard(
    tracks: Annotated[list[Path], typer.Argument(help="Altimeter products.")],
    out: Annotated[Path, typer.Option(help="File (.nc) for one track, folder for several.")],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL|product",
            help="Where leads are known from: a folder of iceco train-lstm, or the product's own "
            "classes; by default the model that comes with iceco, trained on simulated worlds "
            "alone.",
            show_default=False,
        ),
    ] = None,
    snow: Annotated[
        str,
        typer.Option(
            metavar="none|product|warren|METRES",
            help="Snow depth, with which there are ice freeboard and thickness.",
        ),
    ] = "none",
    mean_sea_surface: Annotated[
        Path | None,
        typer.Option(help="Grid (NetCDF) to use instead of the product's mean sea surface."),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Find the height of floes above the sea between the leads, with its uncertainty.

    Products without echoes keep the freeboard they carry.

    Example: iceco freeboard SRL_GPS_2PfP*.nc --snow warren --out freeboard/
    """
    from .freeboard import freeboard_paths

    freeboard_paths(tracks, out, model, snow, mean_sea_surface, as_json)


@app.command()
def densify(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="More tracks, scenes and referees, in any order."),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The grid (.nc), or a folder for it.")],
    scenes: Annotated[
        list[Path] | None, typer.Option(help="SAR scene. Can be repeated, or left out.")
    ] = None,
    tracks: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of iceco freeboard, or a product that carries freeboard. Can be repeated."
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="To map, UTC; by default that of the swath, else of the first scene.",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        str, typer.Option(help="Longest time between an observation and the map: 5d, 12h, ...")
    ] = "5d",
    drift: Annotated[
        str,
        typer.Option(
            metavar="auto|PATH|DX,DY|none",
            help="Ice drift that takes tracks and scenes to that time, as of iceco collocate.",
        ),
    ] = "auto",
    method: Annotated[
        str,
        typer.Option(
            metavar="auto|nearest|oi|linear|ked|cdf|segment|network",
            help="auto: the one that best foresees observations held out.",
        ),
    ] = "auto",
    model: Annotated[
        Path | None,
        typer.Option(
            help="Folder of iceco train-densify, for the network; by default the model that "
            "comes with iceco, trained on simulated worlds alone.",
            show_default=False,
        ),
    ] = None,
    resolution: Annotated[
        str, typer.Option(metavar="2km|250m|METRES", help="Of a map; --like has its own.")
    ] = "2km",
    like: Annotated[
        Path | None, typer.Option(metavar="SWOT_FILE", help="Map on the samples of this swath.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="Projection of a map; by default EASE-Grid 2.0.", show_default=False),
    ] = None,
    validate_swot: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SWOT_FILE",
            help="Judge all methods by this swath, on the samples of the first unless --like or "
            "--crs says otherwise. Can be repeated.",
        ),
    ] = None,
    validate_atl10: Annotated[
        list[Path] | None,
        typer.Option(metavar="ATL10_FILE", help="Judge by ICESat-2. Can be repeated."),
    ] = None,
    snow_depth: Annotated[
        float | None,
        typer.Option(
            metavar="METRES",
            help="Taken off what SWOT and ICESat-2 see, where the map is of radar or ice "
            "freeboard; by default 0.",
            show_default=False,
        ),
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Picture: .png, .pdf or .svg.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads; by default one a core.", show_default=False),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Map freeboard from a few tracks and SAR scenes, as a distribution for every cell.

    With --validate-swot or --validate-atl10 all methods are judged, in OUT.validation.

    Example: iceco densify --scenes S1A_EW_*.SAFE --tracks freeboard/*.nc --out map.nc
    """
    from .densify import Asked, densify_paths
    from .densify_files import sort_out

    asked = Asked(time, window, drift, method, resolution, like, crs, snow_depth, model)
    named = [*(scenes or []), *(tracks or [])]
    sorted_files = sort_out(named, files or [], validate_swot or [], validate_atl10 or [])
    densify_paths(sorted_files, asked, out, figure, workers, as_json)


@app.command("train-densify")
def train_densify(
    data: Annotated[
        list[Path],
        typer.Argument(
            help="Folders of iceco simulate; or with scenes and files of iceco freeboard."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    epochs: Annotated[int, typer.Option(min=1, help="At most.")] = 60,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to train.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Scenes in a step.")] = 4,
    learning_rate: Annotated[float, typer.Option(help="The largest.")] = 3e-3,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a gain.")] = 20,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for prepared scenes; by default OUT.worlds.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads; by default one a core.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted training.")
    ] = False,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Train the network that maps freeboard between tracks with the help of scenes.

    Where scenes have no truth beside them, it learns to foretell tracks held out whole.

    Example: iceco train-densify worlds/1 worlds/2 --out model --seed 1
    """
    from .train_densify import fitting_of, train_folders

    fitting = fitting_of(epochs, batch, learning_rate, patience, seed, device)
    train_folders(data, out, fitting, cache, resume, workers, as_json)


@app.command()
def timeseries(
    grids: Annotated[list[Path], typer.Argument(help="Grids of iceco densify.")],
    regions: Annotated[Path, typer.Option(help="Polygons: GeoJSON or GeoPackage.")],
    out: Annotated[Path, typer.Option(help="Monthly means: .nc (CF) or .zarr.")],
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Average grids of freeboard by month, over regions and on a 25 km grid, with uncertainty.

    Example: iceco timeseries winter/*.nc --regions basins.geojson --out freeboard.nc
    """
    from .timeseries import write_time_series

    write_time_series(grids, regions, out, as_json)


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
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Write a known ice world as every instrument sees it, and what is true of it.

    An interrupted run continues where it stopped.

    Example: iceco simulate worlds/7 --preset demo --seed 7
    """
    from .simulate import lead_settings, simulate_worlds

    leads = lead_settings(lead_exponent, lead_widths, lead_fraction)
    simulate_worlds(out, preset, seed, leads, workers, dask, dry_run, as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the files made and the result.")] = Path(
        "demo-output"
    ),
) -> None:
    """Make a small scene, pass and drift file, collocate them, and compare with the truth."""
    from .demo import run_demo

    run_demo(out)


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
