"""Options that many commands have."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer


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


def _checked_figure(context: typer.Context, path: Path | None) -> Path | None:
    """Refuse a picture that cannot be written before the work begins, not after."""
    if path is not None and not context.resilient_parsing:
        from ..drawing.saving import check_figure_name

        check_figure_name(path)
    return path


Figure = Annotated[
    Path | None, typer.Option(help="Picture: .png, .pdf or .svg.", callback=_checked_figure)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
