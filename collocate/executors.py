"""Many tasks side by side, in the processes of this machine or of a Dask cluster.

Tasks are handed out a few at a time, so that their number costs no memory.  A worker that is
lost takes no task with it: what it had begun is done again.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Tasks handed out beyond one a worker, so that none waits for its next.
AHEAD = 2


class WorkerLost(NamedTuple):
    """Stands for the result of a task that takes its worker down, again and again."""

    reason: str = "every process working on it ended abruptly: too little memory?"


#: Calls a function for each task; yields tasks and results as they come.
Runner = Callable[
    [Callable[[T], R], Collection[T]], Generator[tuple[T, R | WorkerLost], None, None]
]


@contextmanager
def workers_of(workers: int | None, dask: str | None) -> Iterator[Runner]:
    """Hand out a runner that works in processes of this machine, or on a cluster.

    Parameters
    ----------
    workers : int or None
        Processes; None: as many as this process may use cores.  There are never more than
        tasks, and a single one is this process.
    dask : str or None
        Address of a Dask scheduler to use instead.

    Raises
    ------
    ValueError
        If there is less than one worker, or no scheduler answers.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"there must be at least one worker, got {workers}")
    if dask is not None:
        with _cluster(dask) as client:
            yield partial(_on_cluster, client)
        return
    yield partial(_on_this_machine, workers or len(os.sched_getaffinity(0)))


def _on_this_machine(
    workers: int, function: Callable[[T], R], tasks: Collection[T]
) -> Generator[tuple[T, R | WorkerLost], None, None]:
    count = min(workers, len(tasks))
    if count > 1:
        yield from _in_processes(count, AHEAD, function, iter(tasks))
        return
    for task in tasks:
        yield task, function(task)


def _in_processes(
    workers: int, ahead: int, function: Callable[[T], R], waiting: Iterator[T]
) -> Generator[tuple[T, R | WorkerLost], None, None]:
    """Work in processes; what was in hand when one was lost is done again, one by one."""
    alone = workers + ahead == 1
    broken = True
    while broken:
        lost: list[T] = []
        with _processes(workers) as executor:
            for task, future in _in_window(executor, function, waiting, workers + ahead):
                if _broke(future):
                    lost.append(task)
                else:
                    yield task, future.result()
        broken = bool(lost)
        if alone:
            yield from ((task, WorkerLost()) for task in lost)
        elif lost:
            yield from _in_processes(1, 0, function, iter(lost))


def _in_window(
    executor: Executor, function: Callable[[T], R], waiting: Iterator[T], most: int
) -> Iterator[tuple[T, Future[R]]]:
    """Hand out what waits, at ``most`` so many at a time, until the executor breaks."""
    running: dict[Future[R], T] = {}
    taken = True
    while running or taken:
        taken = False
        for task in islice(waiting, most - len(running)):
            running[_submitted(executor, function, task)] = task
            taken = True
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        if any(map(_broke, done)):
            waiting = iter(())
        for future in done:
            yield running.pop(future), future


def _submitted(executor: Executor, function: Callable[[T], R], task: T) -> Future[R]:
    try:
        return executor.submit(function, task)
    except BrokenExecutor as error:
        future: Future[R] = Future()
        future.set_exception(error)
        return future


def _broke(future: Future[R]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Hand out a pool whose workers end with this process, however it ends.

    They hold one end of a pipe whose other end nobody but this process has: it closes when the
    block is left in a hurry, and when the process is killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "iceco.collocate.scene_task"])
    listener, lifeline = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(workers, context, _live_while, (listener,))
    try:
        with closing(lifeline):
            yield executor
            executor.shutdown()
    finally:
        executor.shutdown(cancel_futures=True)
        listener.close()


def _live_while(lifeline: Connection) -> None:
    """Begin a worker's life: leave Ctrl-C to the parent, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)


def _cluster(address: str) -> AbstractContextManager[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError("Dask needs the package distributed: pip install distributed") from error
    try:
        return Client(address, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"{address}: no Dask scheduler answers there") from error


def _on_cluster(
    client: Any, function: Callable[[T], R], tasks: Iterable[T]
) -> Generator[tuple[T, R | WorkerLost], None, None]:
    """Work on a cluster, which itself does again what a lost worker had begun."""
    from distributed import KilledWorker

    slots = sum(client.ncores().values()) or 1
    executor = client.get_executor(pure=False)
    try:
        for task, future in _in_window(executor, function, iter(tasks), slots + AHEAD):
            try:
                yield task, future.result()
            except KilledWorker:
                yield task, WorkerLost()
    except CancelledError as error:
        raise ValueError("the Dask cluster went away; start again to go on from here") from error
    finally:
        executor.shutdown(wait=False)
