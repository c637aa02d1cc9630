"""What a shell and a newcomer ask of every command: help with an example, completion."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from iceco.cli.app import app

COMMANDS = get_command(app).commands


def example(command) -> list[str]:
    (line,) = (line for line in command.help.splitlines() if line.startswith("Example: "))
    return shlex.split(line.removeprefix("Example: "))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_whose_options_are_the_command_s(name):
    words = example(COMMANDS[name])
    assert words[:2] == ["iceco", name]
    options = {o for p in COMMANDS[name].params for o in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


def complete(words: str, number: int) -> list[str]:
    iceco = Path(sys.executable).with_name("iceco")
    environment = os.environ | {
        "_ICECO_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
    }
    done = subprocess.run([iceco], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_the_shell_completes_commands_and_options():
    assert complete("iceco de", 1) == ["densify", "demo"]
    assert complete("iceco densify --validate-s", 2) == ["--validate-swot"]
