"""Making the next items while the last one is worked on."""

from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

#: Items that wait at most.
DEPTH = 2
#: How often a thread with nowhere to put its item looks whether it still shall [s].
PATIENCE = 0.1


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Give the items in their order; another thread makes the next ones meanwhile.

    What ends their making is raised here, after the items made before it.  The thread has ended
    when this iterator has, or is closed.
    """
    ready: Queue[tuple[T] | BaseException | None] = Queue(DEPTH)
    stopped = Event()
    thread = Thread(target=_make, args=(items, ready, stopped), daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stopped.set()
        with suppress(Empty):
            ready.get_nowait()
        thread.join()


def _make(items: Iterable[T], ready: Queue, stopped: Event) -> None:
    try:
        for item in items:
            if not _put((item,), ready, stopped):
                return
        _put(None, ready, stopped)
    except BaseException as error:  # raised again where the items are wanted
        _put(error, ready, stopped)


def _put(item: object, ready: Queue, stopped: Event) -> bool:
    """Put an item where it is waited for; tell whether it still was wanted."""
    while not stopped.is_set():
        with suppress(Full):
            ready.put(item, timeout=PATIENCE)
            return True
    return False
