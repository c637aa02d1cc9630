"""Collocate in child processes that are killed at random moments, until twenty have been.

Usage: python interrupted.py ARCHIVE OUT SEED.  Prints how many scenes were done at each kill.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from small_archive import contents, dark_leads

from iceco.collocate.archive import gather
from iceco.collocate.catalogue import write_entries
from iceco.collocate.runs import run

KILLS = 20


def collocate(catalogue: Path, out: Path) -> None:
    run(catalogue, catalogue, out, leads=dark_leads(0.03), workers=1)


def started(catalogue: Path, out: Path) -> int:
    """Return the id of a child that collocates: a fork, which need not import anything."""
    child = os.fork()
    if child == 0:
        collocate(catalogue, out)
        os._exit(0)
    return child


def main(archive: Path, out: Path, seed: int) -> None:
    catalogue = archive / "all.parquet"
    write_entries(gather([archive / "tracks", archive / "scenes"]).entries, catalogue)
    collocate(catalogue, out)  # loads all that a fork then need not load
    undisturbed = contents(out)
    shutil.rmtree(out)
    begun = time.monotonic()
    os.waitpid(started(catalogue, out), 0)
    usual = time.monotonic() - begun
    assert contents(out) == undisturbed
    shutil.rmtree(out)
    delays = random.Random(seed)
    done = []
    while len(done) < KILLS:
        child = started(catalogue, out)
        time.sleep(delays.uniform(0.0, usual))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done.append(len(list(out.with_name(f"{out.name}.partial").glob("_work/scenes/*"))))
        if out.exists():
            assert contents(out) == undisturbed
            shutil.rmtree(out)
    os.waitpid(started(catalogue, out), 0)
    assert contents(out) == undisturbed
    assert {path.name for path in out.parent.iterdir()} == {out.name}
    print(*done)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
