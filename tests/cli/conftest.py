"""What tests of the commands share."""

import sys

import pytest

from iceco.cli.app import main


@pytest.fixture
def iceco(monkeypatch, capsys):
    """Run the command; return exit code, output and error text."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["iceco", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
