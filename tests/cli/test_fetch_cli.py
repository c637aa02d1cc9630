"""``iceco fetch`` from the shell: what it lists, brings, says and refuses."""

import json

import earthaccess
import pytest
from loopback_archive import LoopbackArchive, write_certificate
from repository_answers import granule, hold, polygon

ATL10 = "ATL10-01_20221130014342_02531701_006_01.h5"
LATER = "ATL10-01_20221130034342_02531801_006_01.h5"
ASKED = ("--area", "-180,80,180,90", "--start", "2022-11-30", "--end", "2022-11-30")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return write_certificate(tmp_path_factory.mktemp("tls") / "loopback.pem")


@pytest.fixture
def nasa(certificate, tmp_path, monkeypatch):
    """NASA's archive on this machine, of two granules at the pole, and a login."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("EARTHDATA_TOKEN", "a-token")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    archive = LoopbackArchive(certificate)
    place = earthaccess.system.System(f"{archive.url}/search/", "", "", archive.host)
    monkeypatch.setattr(earthaccess.auth, "PROD", place)
    corners = polygon((0, 85), (120, 85), (-120, 85))
    times = ("2022-11-30T03:43:42Z", "2022-11-30T03:50:00Z")
    hold(
        archive,
        granule(archive, LATER, corners, b"later" * 100_000, times, token="a-token"),
        granule(archive, ATL10, corners, b"first" * 300_000, token="a-token"),
    )
    yield archive
    archive.close()


def refused(iceco, *words):
    code, told, error = iceco("fetch", *words)
    assert (code, told) == (2, ""), error
    assert error.startswith("iceco: ")
    assert error.count("\n") == 1
    return error


def test_a_dry_run_lists_names_times_and_sizes_and_writes_nothing(iceco, nasa, tmp_path):
    out = tmp_path / "out"
    code, told, error = iceco("fetch", "atl10", *ASKED, "--out", out, "--dry-run")
    assert (code, error) == (0, "")
    assert told.splitlines() == [
        f"{ATL10}  2022-11-30T01:43:42Z        1.5 MB",
        f"{LATER}  2022-11-30T03:43:42Z      500.0 kB",
        f"2 files at earthdata, of which 0 are in {out}; 2.0 MB to come; nothing written",
    ]
    assert not out.exists()
    assert not any(path.startswith("/data") for path in nasa.paths())


def test_files_come_and_are_there_the_second_time(iceco, nasa, tmp_path):
    out = tmp_path / "out"
    words = ("fetch", "atl10", *ASKED, "--out", out, "--workers", 2)
    code, told, error = iceco(*words)
    assert (code, error) == (0, "")
    assert told == f"wrote {out}: 2 files (2.0 MB); 0 were there\n"
    assert sorted(path.name for path in out.iterdir()) == [ATL10, LATER, "_fetched.json"]
    assert iceco(*words)[1] == f"wrote {out}: 0 files (0 bytes); 2 were there\n"
    assert "2 files at earthdata, of which 2 are in" in iceco(*words, "--dry-run")[1]


def test_for_machines_all_is_json(iceco, nasa, tmp_path):
    words = ("fetch", "atl10", *ASKED, "--out", tmp_path / "out", "--json")
    plan = json.loads(iceco(*words, "--dry-run")[1])
    assert [(file["name"], file["there"]) for file in plan["files"]] == [
        (ATL10, False), (LATER, False)
    ]  # fmt: skip
    nasa.files[f"/data/{LATER}"].content = b"damaged"
    result = json.loads(iceco(*words)[1])
    assert [file["name"] for file in result["fetched"]] == [ATL10]
    assert result["fetched"][0]["size"] == 1_500_000
    assert [failure["name"] for failure in result["failures"]] == [LATER]


def test_a_file_that_fails_is_left_out_and_said(iceco, nasa, tmp_path):
    nasa.files.pop(f"/data/{LATER}")
    out = tmp_path / "out"
    code, told, error = iceco("fetch", "atl10", *ASKED, "--out", out)
    assert code == 0
    assert told == f"wrote {out}: 1 file (1.5 MB); 0 were there\n"
    assert error == f"left out: {LATER}: the archive does not hand it out (HTTP 404)\n"
    assert (out / "_failures.json").exists()


def test_nothing_found_is_said(iceco, nasa, tmp_path):
    words = ("--area", "0,-80,20,-70", *ASKED[2:], "--out", tmp_path / "out")
    assert iceco("fetch", "atl10", *words)[1] == "earthdata has nothing of this area and time\n"


def test_an_interrupted_run_says_how_to_go_on(iceco, nasa, tmp_path, monkeypatch):
    def interrupted(*words):
        raise KeyboardInterrupt

    monkeypatch.setattr("iceco.cli.fetch.fetch", interrupted)
    code, told, error = iceco("fetch", "atl10", *ASKED, "--out", tmp_path / "out")
    assert (code, told) == (130, "")
    assert error == "iceco: stopped; start again to go on from here\n"


def test_what_is_asked_may_stand_in_a_file(iceco, nasa, tmp_path):
    settings = tmp_path / "fetch.toml"
    settings.write_text(
        f'area = "-180,80,180,90"\nstart = 2022-11-30\nend = 2022-11-30\nout = "{tmp_path}/out"\n'
    )
    assert "2 files (2.0 MB)" in iceco("fetch", "atl10", "--config", settings)[1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("cryosat2", *ASKED), "no client knows its archive"),
        (("nothing", *ASKED), "is no product; there are"),
        (("atl10", *ASKED, "--provider", "asf"), "does not have atl10"),
        (("atl10", "--area", "1,2", *ASKED[2:]), "neither W,S,E,N in degrees"),
        (("atl10", "--area", "0,-10,20,80", *ASKED[2:]), "both hemispheres"),
        (("atl10", *ASKED[:5], "2022-02-30"), "is no date"),
        (("atl10", *ASKED[:4], "--end", "2021-01-01"), "lies before"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anyone_is_asked(
    iceco, nasa, tmp_path, words, reason
):
    assert reason in refused(iceco, *words, "--out", tmp_path / "out")
    assert nasa.asked == []


def test_without_a_login_it_is_said_which_and_where_to_get_it(iceco, nasa, tmp_path, monkeypatch):
    monkeypatch.delenv("EARTHDATA_TOKEN")
    error = refused(iceco, "atl10", *ASKED, "--out", tmp_path / "out")
    assert "no Earthdata login is known: set EARTHDATA_TOKEN" in error
    assert "register at https://urs.earthdata.nasa.gov" in error


def test_a_login_that_is_refused_ends_the_run_and_is_not_shown(iceco, nasa, tmp_path, monkeypatch):
    monkeypatch.setenv("EARTHDATA_TOKEN", "expired-token")
    error = refused(iceco, "atl10", *ASKED, "--out", tmp_path / "out")
    assert "refuses the login (HTTP 401)" in error
    assert "expired-token" not in error


def test_an_archive_that_cannot_be_reached_is_one_sentence(iceco, nasa, tmp_path):
    nasa.close()
    error = refused(iceco, "atl10", *ASKED, "--out", tmp_path / "out")
    assert "NASA Earthdata gave no answer (Connection refused); try again later" in error
