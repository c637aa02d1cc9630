"""iceco: sea-ice altimetry and SAR, collocated."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what is asked for and no more, so that ``import iceco`` costs nothing."""
    if name == "open_collocations":
        return import_module(".collocate.opening", __name__).open_collocations
    if name == "collocate":
        return import_module(".collocate", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
