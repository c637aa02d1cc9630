"""The package itself: what is installed, what it imports, what it says of itself."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import iceco

ROOT = Path(iceco.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_folder_with_modules_is_in_the_package():
    kept_out = {"tests", "benchmarks", "docs", "examples", "build", "dist"}
    folders = {
        ".".join(["iceco", *path.parent.relative_to(ROOT).parts])
        for path in ROOT.rglob("*.py")
        if not any(
            part in kept_out or part.startswith(".") for part in path.relative_to(ROOT).parts
        )
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_no_stray_module_stands_in_the_root():
    assert {p.name for p in ROOT.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_the_version_is_the_same_everywhere():
    assert PROJECT["project"]["version"] == iceco.__version__
    assert f"version: {iceco.__version__}" in (ROOT / "CITATION.cff").read_text()


def test_imports_point_one_way():
    pytest.importorskip("importlinter")
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_help_loads_nothing_heavy():
    script = (
        "import sys; sys.argv = ['iceco', '--help']\n"
        "from iceco.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'geopandas', 'xarray', 'scipy', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "collocate" in done.stdout
