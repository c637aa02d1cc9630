"""One small run, made by the commands of the tutorial as they stand."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation import TUTORIAL, blocks, commands, run_command

from iceco.cli import simulate as simulate_command
from iceco.simulate import presets, produce
from iceco.simulate.ice.leads import LeadSettings

#: The presets of the tutorial in small: what it shows stays, what it costs does not.
EXTENT = 48_000.0  # m
LESSONS, LESSONS_EXTENT = 3, 20_000.0
PASSES = {"altika": 2, "cryosat2": 1, "sentinel3": 1}


def small_demo(seed: int, leads: LeadSettings) -> Iterator[presets.Plan]:
    """One world with everything that looks at it, and leads that SWOT sees."""
    wide = leads._replace(narrowest=150.0, widest=4_000.0, area_fraction=0.08)
    world = presets._world(seed, wide, presets.EPOCH, EXTENT)
    yield presets.look_at(world, EXTENT, 0)._replace(truth_spacing=200.0)


def small_lessons(seed: int, leads: LeadSettings) -> Iterator[presets.Plan]:
    """Give a few small worlds."""
    yield from presets._worlds_of_passes(seed, leads, LESSONS, LESSONS_EXTENT, PASSES)


def in_this_process(folder, plans, workers, scheduler, progress):
    """Write plans' files without starting processes."""
    return produce.produce(folder, plans, 1, "synchronous", progress)


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory) -> Path:
    """Run the tutorial from its first block to its last, in a folder of its own."""
    folder = tmp_path_factory.mktemp("tutorial")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(presets.PRESETS, "demo", small_demo)
        monkeypatch.setitem(presets.PRESETS, "lessons", small_lessons)
        monkeypatch.setattr(simulate_command, "produce", in_this_process)
        # To begin processes takes longer than what they would do: as on a machine of one core.
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
        monkeypatch.chdir(folder)
        for block in blocks(TUTORIAL):
            if block.language == "python":
                exec(compile(block.text, str(TUTORIAL), "exec"), names)
            elif block.language == "sh":
                for words in commands(block.text):
                    run_command(words, monkeypatch)
    return folder
