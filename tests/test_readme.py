"""What the README says works: its two commands, and its examples after them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import iceco
from iceco.cli.app import main

ROOT = Path(iceco.__file__).parent
README = (ROOT / "README.md").read_text()


#: A result and that of its best baseline, at the end of a line.
BESIDE_BASELINE = re.compile(r" (\d[\d.]*) +(\d[\d.]*)  \w")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_set_up_is_two_commands_that_make_knows():
    (commands,) = (b for b in blocks("sh") if "make" in b)
    words = [line.split("#")[0].strip() for line in commands.strip().splitlines()]
    assert words == ["make demo", "make test"]
    for line in words:
        done = subprocess.run([*line.split(), "-n"], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0


def test_every_command_shown_exists_with_its_options(monkeypatch, capsys):
    (commands,) = (b for b in blocks("sh") if "iceco" in b and "make" not in b)
    for line in commands.strip().splitlines():
        words = line.split("#")[0].split()
        monkeypatch.setattr(sys, "argv", [*words[:2], "--help"])
        with pytest.raises(SystemExit):
            main()
        told = capsys.readouterr().out
        assert all(word in told for word in words if word.startswith("--")), line


@pytest.mark.slow
def test_the_demo_ends_with_results_and_a_report_and_the_examples_run_after_it(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["iceco", "demo", "--out", "demo-output"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    told = capsys.readouterr().out
    five = [line for line in told.splitlines() if BESIDE_BASELINE.search(line)]
    assert len(five) == 5
    placed = BESIDE_BASELINE.search(five[0])
    assert "off their place" in five[0]
    assert float(placed[1]) < 0.5 * float(placed[2])
    assert told.rstrip().endswith("report: demo-output/report.html")
    assert "<html" in Path("demo-output/report.html").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for example in blocks("python"):
        exec(example, names)
    assert len(names["near"]) > 0
