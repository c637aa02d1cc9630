"""Readers of other packages: found, asked last, checked, and blamed by name."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from one_of_each import write_one_of_each
from small_archive import dark_leads, write_scene
from typer.testing import CliRunner

import iceco
from iceco.cli.app import app
from iceco.collocate import open_collocations, run
from iceco.geo.polar import NORTH, inverse
from iceco.models.densify.observations import SEA_LEVEL_SIGMA, read_freeboard
from iceco.products import plugins
from iceco.products.canonical import make_track
from iceco.products.contract import check_scene, check_track, check_vectors
from iceco.products.plugins import check_reader
from iceco.products.recognise import NotAProduct, Product, identify, open_product

EXAMPLE = Path(iceco.__file__).parent / "examples" / "mission_plugin"
MAGIC = b"KITE"


@pytest.fixture
def installed(monkeypatch):
    """A function that installs entry points, as name and object, for the time of a test."""

    def install(**readers):
        class Entry(EntryPoint):
            def load(self):
                reader = readers[self.name]
                if isinstance(reader, Exception):
                    raise reader
                return reader

        entries = [Entry(name, "kite_reader:READER", plugins.GROUP) for name in readers]
        monkeypatch.setattr(plugins, "entry_points", lambda group: entries)
        plugins.readers.cache_clear()

    yield install
    plugins.readers.cache_clear()


@pytest.fixture
def kite(tmp_path) -> Path:
    path = tmp_path / "flight"
    path.write_bytes(MAGIC)
    return path


def is_kite(path: Path) -> bool:
    return path.is_file() and path.read_bytes().startswith(MAGIC)


def kite_track(**changes) -> xr.Dataset:
    time = np.datetime64("2024-03-15T12:00", "ns") + np.arange(3) * np.timedelta64(50, "ms")
    columns = {
        "longitude": np.array([-140.0, -140.0, -140.0]),
        "latitude": np.array([75.0, 75.1, 75.2]),
        "waveform": np.ones((3, 8), np.float32),
    }
    attributes = {
        "mission": "kite", "mode": "LRM", "product": "K", "baseline": "1", "track_id": "kite_1",
        "rate_hz": 20, "source": "flight", "gate_spacing_m": 0.5, "reference_gate": 4.0,
    }  # fmt: skip
    return make_track(time, columns, attributes | changes)


def reader(opened=kite_track, recognises=is_kite, kind="track") -> Product:
    return Product(kind, recognises, lambda path: opened())


def test_a_track_of_another_package_is_known_and_opened(installed, kite):
    with pytest.raises(NotAProduct):
        identify(kite)
    installed(kite=reader())
    assert identify(kite) == "track"
    assert open_product(kite).attrs["mission"] == "kite"


def test_readers_of_iceco_are_asked_first(installed, tmp_path):
    files = write_one_of_each(tmp_path)
    installed(greedy=reader(recognises=lambda path: True))
    assert {kind: identify(path) for kind, path in files.items()} == {k: k for k in files}


def test_several_packages_are_asked_in_the_order_of_their_names(installed, kite):
    installed(
        zebra=reader(lambda: kite_track(track_id="zebra")),
        ant=reader(lambda: kite_track(track_id="ant")),
    )
    assert open_product(kite).attrs["track_id"] == "ant"


def test_a_file_that_nobody_takes_is_refused_as_before(installed, tmp_path):
    installed(kite=reader())
    other = tmp_path / "picture"
    other.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(NotAProduct, match="PNG picture"):
        identify(other)


@pytest.mark.parametrize(
    "broken",
    [
        ImportError("no module called wind"),
        SyntaxError("half a line"),
        RuntimeError("only on Tuesdays"),
        "a text",
        Product("balloon", is_kite, is_kite),
    ],
    ids=lambda broken: type(broken).__name__,
)
def test_a_reader_that_cannot_be_loaded_is_named_with_its_package(installed, kite, broken):
    installed(kite=broken)
    with pytest.raises(ValueError, match=r"reader 'kite' of the package 'kite_reader'.*uninstall"):
        identify(kite)


def test_a_reader_that_fails_is_named_with_its_package(installed, kite):
    def fails(*_):
        raise KeyError("wind")

    installed(kite=Product("track", fails, fails))
    with pytest.raises(ValueError, match=r"flight: the reader 'kite' of .* failed \(KeyError"):
        identify(kite)
    installed(kite=Product("track", is_kite, fails))
    with pytest.raises(ValueError, match=r"flight: the reader 'kite' of .* failed \(KeyError"):
        open_product(kite)


def test_what_a_reader_says_of_a_damaged_file_is_passed_on(installed, kite):
    def cut(path):
        raise ValueError(f"{path}: is cut short; copy it again")

    installed(kite=Product("track", is_kite, cut))
    with pytest.raises(ValueError, match=r"^\S*flight: is cut short; copy it again$"):
        open_product(kite)


def test_a_track_against_the_contract_is_not_handed_on(installed, kite):
    installed(kite=reader(lambda: kite_track(mission="ki/te")))
    with pytest.raises(ValueError, match=r"breaks the contract: the attribute mission is 'ki/te'"):
        open_product(kite)


def in_kilometres() -> xr.Dataset:
    track = kite_track()
    track["altitude"] = ("time", np.full(3, 800.0), {"units": "km"})
    return track


WRONG = {
    "unknown variable": (lambda: kite_track().assign(colour=("time", [1, 2, 3])), "colour"),
    "unit": (in_kilometres, "altitude is in 'km', not 'm'"),
    "no longitude": (lambda: kite_track().drop_vars("longitude"), "lacks longitude"),
    "beyond the pole": (
        lambda: kite_track().assign_coords(
            latitude=("time", [89.0, 90.0, 91.0], kite_track().latitude.attrs)
        ),
        "latitude is beyond 90",
    ),
    "backwards": (lambda: kite_track().isel(time=[2, 1, 0]), "time must not decrease"),
    "doubles": (
        lambda: kite_track().assign(waveform=kite_track().waveform.astype(np.float64)),
        "waveform is of type float64",
    ),
    "gate": (lambda: kite_track(reference_gate=8.0), "reference_gate is 8.0, not one of the 8"),
    "spacing": (lambda: kite_track(gate_spacing_m=0.0), "gate_spacing_m is 0.0"),
    "no name": (lambda: kite_track(track_id=""), "track_id is ''"),
    "a table": (lambda: kite_track().to_dataframe(), "a DataFrame, not an xarray Dataset"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_track_is_said(kite, name):
    opened, words = WRONG[name]
    with pytest.raises(ValueError, match=words):
        check_reader(reader(opened), kite)


def test_a_good_reader_passes_and_what_it_opened_comes_back(kite):
    assert check_reader(reader(), kite).identical(kite_track())


def test_a_reader_of_files_that_iceco_reads_itself_is_told_so(tmp_path):
    files = write_one_of_each(tmp_path)
    with pytest.raises(ValueError, match="iceco reads this itself, as altika"):
        check_reader(reader(recognises=lambda path: True), files["altika"])


def test_a_reader_must_take_the_file_it_is_for(kite):
    with pytest.raises(ValueError, match="does not recognise it"):
        check_reader(reader(recognises=lambda path: False), kite)


def test_what_readers_of_iceco_open_holds_to_the_same_contract(tmp_path):
    files = write_one_of_each(tmp_path)
    for kind in ("altika", "cryosat2", "sentinel3"):
        check_track(open_product(files[kind]))
    check_scene(open_product(files["raster"]))
    check_vectors(open_product(files["vectors"]))


def test_a_scene_without_a_place_or_an_image_is_refused(tmp_path):
    scene = open_product(write_one_of_each(tmp_path)["raster"])
    nowhere = scene.assign_coords(grid_x=scene["grid_x"] * np.nan)
    with pytest.raises(ValueError, match="no place"):
        check_scene(nowhere)
    with pytest.raises(ValueError, match="at least one sigma0"):
        check_scene(scene.drop_vars("sigma0_hh"))


def test_vectors_that_end_before_they_begin_are_refused(tmp_path):
    vectors = open_product(write_one_of_each(tmp_path)["vectors"])
    back = vectors.assign(start_time=vectors["stop_time"], stop_time=vectors["start_time"])
    with pytest.raises(ValueError, match="ends before it begins"):
        check_vectors(back)


def test_without_entry_points_nothing_is_loaded_for_a_foreign_file(
    installed, tmp_path, monkeypatch
):
    installed()
    (tmp_path / "note").write_text("hello")
    monkeypatch.delitem(sys.modules, "iceco.products.contract")
    with pytest.raises(NotAProduct):
        identify(tmp_path / "note")
    assert "iceco.products.contract" not in sys.modules


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> Path:
    """The folder into which the example package was installed, as a user would do it."""
    target = tmp_path_factory.mktemp("packages")
    words = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", target]
    build = tmp_path_factory.mktemp("source") / "plugin"
    build.mkdir()
    for name in ("pyproject.toml", "iceco_polarwing.py", "README.md"):
        (build / name).write_bytes((EXAMPLE / name).read_bytes())
    subprocess.run([sys.executable, "-m", "pip", "install", *words, build], check=True)
    return target


@pytest.fixture
def polarwing(packages, monkeypatch):
    monkeypatch.syspath_prepend(str(packages))
    plugins.readers.cache_clear()
    yield
    plugins.readers.cache_clear()


def write_flight(path: Path) -> Path:
    """Write a flight along the middle of the first scene of ``small_archive``."""
    records = 40
    longitude, latitude = inverse(
        NORTH, 300e3 + 70.0 * np.arange(records), np.full(records, -900e3)
    )
    rows = [
        f"{60 + 0.05 * i:.2f},{lon % 360:.6f},{lat:.6f},412.3,410.9,0.318,0.045"
        for i, (lon, lat) in enumerate(zip(longitude, latitude, strict=True))
    ]
    head = "# instrument: Polarwing\n# flight: 20240401_02\n# midnight: 2024-04-01\n"
    names = "seconds,longitude,latitude,altitude,snow_range,freeboard,freeboard_sigma\n"
    path.write_text(head + names + "\n".join(rows))
    return path


def test_the_example_is_told_by_iceco_info(polarwing, tmp_path):
    result = CliRunner().invoke(app, ["info", str(write_flight(tmp_path / "f.txt"))])
    assert result.exit_code == 0, result.output
    assert "polarwing_20240401_02" in result.output
    assert "product_total_freeboard" in result.output


def test_the_example_is_collocated_with_its_scene(polarwing, tmp_path):
    flights, scenes, out = (tmp_path / name for name in ("flights", "scenes", "out"))
    flights.mkdir()
    scenes.mkdir()
    write_scene(scenes, 0)
    write_flight(flights / "f.txt")
    run(flights, scenes, out, leads=dark_leads(), workers=1)
    records = open_collocations(out)
    assert set(records["mission"]) == {"polarwing"}
    assert set(records["track_id"]) == {"polarwing_20240401_02"}
    # The lead of the scene lies from 500 m to 700 m along the flight.
    inside = records["record"].between(8, 9)
    assert (records["distance_to_lead_m"][inside] == 0.0).all()
    (later,) = records["distance_to_lead_m"][records["record"] == 25]
    assert later == pytest.approx(25 * 70.0 - 700.0, abs=60.0)


def test_the_freeboard_of_the_example_can_be_mapped(polarwing, tmp_path):
    observed = read_freeboard(write_flight(tmp_path / "f.txt"))
    value, sigma = observed.freeboard["total"]
    assert (value == 0.318).all()
    assert sigma == pytest.approx(np.hypot(0.045, SEA_LEVEL_SIGMA))


def test_the_example_keeps_its_own_tests(polarwing):
    words = ["-p", "no:cacheprovider", f"--rootdir={EXAMPLE}"]
    assert pytest.main([*words, str(EXAMPLE)]) == pytest.ExitCode.OK
