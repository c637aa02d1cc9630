"""How a run tells how far it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

#: Called with (done, in all); 0 in all where that is not known yet.
Progress = Callable[[int, int], None]

#: Given what is being done, hands out a function to tell how far it is.
Watch = Callable[[str], AbstractContextManager[Progress]]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


@contextmanager
def unwatched(what: str) -> Iterator[Progress]:
    """Watch nothing."""
    yield silent
