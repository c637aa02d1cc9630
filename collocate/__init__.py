"""Tracks and scenes joined: altimeter records labelled by the leads of a SAR image."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .opening import open_collocations as open_collocations
    from .runs import run as run

__all__ = ["open_collocations", "run"]


def __getattr__(name: str) -> Any:
    """Import what is asked for and no more, so that ``import iceco.collocate`` costs nothing."""
    if name == "run":
        from .runs import run

        return run
    if name == "open_collocations":
        from .opening import open_collocations

        return open_collocations
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
