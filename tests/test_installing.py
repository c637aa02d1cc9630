"""The ways of installing say the same as pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import iceco

ROOT = Path(iceco.__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RECIPE = yaml.safe_load((ROOT / "conda" / "recipe.yaml").read_text())
#: Names of packages that conda-forge gives differently.
CONDA_NAMES = {
    "netCDF4": "netcdf4",
    "opencv-python-headless": "py-opencv",
    "matplotlib": "matplotlib-base",
    "torch": "pytorch",
}


def locked() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    return {plain(name): version for name, version in pins.items()}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for e in extras for line in extras[e])]
    return [one for one in map(Requirement, lines) if one.name != "iceco"]


def test_the_conda_recipe_has_the_project_s_requirements():
    named = {Requirement(line) for line in PROJECT["dependencies"]}
    wanted = {f"{CONDA_NAMES.get(one.name, one.name)} {one.specifier}" for one in named}
    run = set(RECIPE["requirements"]["run"])
    assert run - {"python >=${{ python_min }}"} == wanted
    assert RECIPE["context"]["version"] == PROJECT["version"] == iceco.__version__
    assert f">={RECIPE['context']['python_min']}" == PROJECT["requires-python"]
    assert RECIPE["build"]["python"]["entry_points"] == [
        f"{name} = {place}" for name, place in PROJECT["scripts"].items()
    ]


@pytest.mark.parametrize(
    "requirement",
    [r for r in requirements() if r.name not in ("satpy", "scikit-image", "pykdtree", "edt")],
    ids=str,
)
def test_every_requirement_but_those_of_benchmarks_has_one_locked_version(requirement):
    version = locked()[plain(requirement.name)]
    assert requirement.specifier.contains(version)


def test_the_container_installs_extras_that_are_there_with_the_locked_versions():
    text = (ROOT / "Containerfile").read_text()
    (extras,) = re.findall(r"ARG EXTRAS=(\S+)", text)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    assert "--constraint /source/iceco/constraints.txt" in text
    assert (ROOT / "constraints.txt").exists()
    ignored = (ROOT / ".containerignore").read_text().split()
    assert ".git" in ignored and "constraints.txt" not in ignored
