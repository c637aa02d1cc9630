"""Commands from echoes to maps: leads, freeboard, grids, time series.

Heavy imports stand inside the commands, as in ``app``.
"""

from pathlib import Path
from typing import Annotated

import typer

from .options import Config, Figure, Json

commands = typer.Typer()


@commands.command("train-lstm")
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
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Train a network to tell leads, and the distance to them, from sequences of echoes.

    Example: iceco train-lstm collocations --out model --seed 1 --figure learning.png
    """
    from .train_lstm import fitting_of, parse_learning, train_paths

    fitting = fitting_of(epochs, batch, learning_rate, patience, seed, device)
    learning = parse_learning(lead_distance, sequence, hard_labels, packed, hold_out or [], fitting)
    train_paths(collocations, out, learning, cache, resume, baselines, figure, as_json)


@commands.command()
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
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Say of every echo how probable a lead is, and how far the closest one.

    Example: iceco classify SRL_GPS_2PfP*.nc --out leads/ --figure pass.png
    """
    from .classify import classify_paths

    classify_paths(tracks, out, model, workers, figure, as_json)


@commands.command()
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
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Find the height of floes above the sea between the leads, with its uncertainty.

    Products without echoes keep the freeboard they carry.

    Example: iceco freeboard SRL_GPS_2PfP*.nc --snow warren --out freeboard/ --figure one.png
    """
    from .freeboard import freeboard_paths

    freeboard_paths(tracks, out, model, snow, mean_sea_surface, figure, as_json)


@commands.command()
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
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Threads; by default one a core.", show_default=False),
    ] = None,
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Map freeboard from a few tracks and SAR scenes, as a distribution for every cell.

    With --validate-swot or --validate-atl10 all methods are judged, in OUT.validation.

    Example: iceco densify --scenes S1A_EW_*.SAFE --tracks freeboard/*.nc --out map.nc
    --figure map.png
    """
    from .densify import Asked, densify_paths
    from .densify_files import sort_out

    asked = Asked(time, window, drift, method, resolution, like, crs, snow_depth, model)
    named = [*(scenes or []), *(tracks or [])]
    sorted_files = sort_out(named, files or [], validate_swot or [], validate_atl10 or [])
    densify_paths(sorted_files, asked, out, figure, workers, as_json)


@commands.command("train-densify")
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
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Train the network that maps freeboard between tracks with the help of scenes.

    Where scenes have no truth beside them, it learns to foretell tracks held out whole.

    Example: iceco train-densify worlds/1 worlds/2 --out model --figure learning.png
    """
    from .train_densify import fitting_of, train_folders

    fitting = fitting_of(epochs, batch, learning_rate, patience, seed, device)
    train_folders(data, out, fitting, cache, resume, workers, figure, as_json)


@commands.command()
def timeseries(
    grids: Annotated[list[Path], typer.Argument(help="Grids of iceco densify.")],
    regions: Annotated[Path, typer.Option(help="Polygons: GeoJSON or GeoPackage.")],
    out: Annotated[Path, typer.Option(help="Monthly means: .nc (CF) or .zarr.")],
    figure: Figure = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Average grids of freeboard by month, over regions and on a 25 km grid, with uncertainty.

    Example: iceco timeseries winter/*.nc --regions basins.geojson --out means.nc --figure means.png
    """
    from .timeseries import write_time_series

    write_time_series(grids, regions, out, figure, as_json)
