"""NASA's archives through earthaccess and asf_search themselves, over HTTPS on this machine."""

import importlib
from urllib.parse import parse_qs

import earthaccess
import pytest
from loopback_archive import a_zip, json_page
from repository_answers import GRANULES, granule, hold, polygon, rectangle

from iceco.fetch.archives import search
from iceco.fetch.area import parse_area
from iceco.fetch.earthdata import sign_in
from iceco.fetch.period import parse_period
from iceco.fetch.products import offer_of
from iceco.fetch.remote import SignInError
from iceco.fetch.run import fetch

ATL10 = "ATL10-01_20221130014342_02531701_006_01.h5"
SCENE = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.zip"
CAP = parse_area("-180,80,180,90")
DAY = parse_period("2022-11-30", "2022-11-30")
NEAR_POLE = polygon((0, 85), (120, 85), (-120, 85))
FAR_OFF = polygon((0, 60), (5, 60), (5, 65))


@pytest.fixture
def nasa(secure_archive, monkeypatch):
    """The archive in the place of NASA's metadata, login and data."""
    place = earthaccess.system.System(f"{secure_archive.url}/search/", "", "", secure_archive.host)
    monkeypatch.setattr(earthaccess.auth, "PROD", place)
    settings = importlib.import_module("asf_search.ASFSearchOptions.config").config
    monkeypatch.setitem(settings, "host", secure_archive.host)
    return secure_archive


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("EARTHDATA_TOKEN", "a-token")
    return "a-token"


def asked(archive, path=GRANULES):
    """Return what was asked of the metadata, each request as lists by key."""
    return [
        parse_qs(request.query or request.body) for request in archive.asked if request.path == path
    ]


def found(name, area=CAP, period=DAY, provider=None):
    return search(*offer_of(name, provider), area, period)


def bring(answer, folder):
    return fetch(answer, folder, 2, lambda done, total: None)


@pytest.mark.parametrize(("product", "name"), [("sentinel1-ew", SCENE), ("atl10", ATL10)])
def test_a_granule_is_found_fetched_with_a_login_and_checked(nasa, token, tmp_path, product, name):
    hold(nasa, granule(nasa, name, NEAR_POLE, a_zip(), token=token))
    answer = found(product)
    (remote,) = answer.remotes
    assert (remote.name, remote.source) == (name, f"{name.rsplit('.', 1)[0]}-UR")
    assert remote.size == len(a_zip())
    assert remote.checksum == f"md5:{nasa.files[f'/data/{name}'].md5()}"
    outcome = bring(answer, tmp_path / "out")
    assert [one.name for one in outcome.fetched] == [name]
    assert (tmp_path / "out" / name).read_bytes() == a_zip()


def test_asf_is_asked_for_ew_grdm_in_hh_and_hv(nasa):
    hold(nasa)
    found("sentinel1-ew")
    (question,) = asked(nasa)
    assert question["bounding_box"] == [f"{-180.0},{CAP.boxes[0].south},{180.0},{90.0}"]
    assert question["temporal"] == ["2022-11-30T00:00:00Z,2022-11-30T23:59:59Z,"]
    assert any("BEAM_MODE" in a and "EW" in a for a in question["attribute[]"])
    assert set(question["shortName"]) >= {"SENTINEL-1A_DP_GRD_MEDIUM", "SENTINEL-1B_DP_GRD_MEDIUM"}


def test_earthdata_is_asked_for_the_collection_and_its_version(nasa):
    hold(nasa)
    found("nsidc0116")
    for question in asked(nasa):
        assert question["short_name"] == ["NSIDC-0116"]
        assert question["version"] == ["4"]
        assert question["temporal[]"] == ["2022-11-30T00:00:00Z,2022-11-30T23:59:59Z"]


@pytest.mark.parametrize("product", ["sentinel1-ew", "atl10"])
def test_a_box_over_the_date_line_is_asked_in_two_and_what_both_find_comes_once(nasa, product):
    name = SCENE if product == "sentinel1-ew" else ATL10
    hold(nasa, granule(nasa, name, polygon((178, 72), (-178, 72), (-178, 73), (178, 73)), a_zip()))
    answer = found(product, parse_area("170,70,-170,75"))
    assert [remote.name for remote in answer.remotes] == [name]
    boxes = {
        tuple(float(s) for s in q["bounding_box"][0].split(","))
        for q in asked(nasa)
        if "bounding_box" in q
    }
    boxes |= {
        tuple(float(s) for s in q["bounding_box[]"][0].split(","))
        for q in asked(nasa)
        if "bounding_box[]" in q
    }
    assert {(round(west), round(east)) for west, _, east, _ in boxes} == {(170, 180), (-180, -170)}


def test_what_lies_elsewhere_or_at_another_time_or_has_another_name_is_left_out(nasa):
    later = ("2022-12-01T00:00:01Z", "2022-12-01T00:01:00Z")
    hold(
        nasa,
        granule(nasa, ATL10, FAR_OFF, b"x"),
        granule(nasa, ATL10.replace("0143", "0243"), NEAR_POLE, b"x", later),
        granule(nasa, "ATL07-01_20221130014342_02531701_006_01.h5", NEAR_POLE, b"x"),
        granule(nasa, ATL10.replace("0143", "0343"), rectangle(-180, 30, 180, 79), b"x"),
        granule(nasa, ATL10.replace("0143", "0443"), rectangle(-180, 30, 180, 81), b"x"),
    )
    names = [remote.name for remote in found("atl10").remotes]
    assert names == [ATL10.replace("0143", "0443")]


def test_of_two_releases_of_a_granule_the_later_is_taken(nasa):
    releases = [ATL10.replace("006_01", release) for release in ("006_02", "007_01", "006_01")]
    hold(nasa, *(granule(nasa, name, NEAR_POLE, b"x") for name in releases))
    assert [remote.name for remote in found("atl10").remotes] == [releases[1]]


@pytest.mark.parametrize("name", [f"../../{ATL10}", f"..%2f..%2f{ATL10}", f"{ATL10}/../evil.sh"])
def test_a_name_that_leads_elsewhere_is_no_name_of_a_product(nasa, token, tmp_path, name):
    hold(nasa, granule(nasa, name, NEAR_POLE, b"x"))
    answer = found("atl10")
    assert all(remote.name == ATL10 for remote in answer.remotes)
    bring(answer, tmp_path / "out" / "deep")
    outside = {path.name for path in tmp_path.rglob("*")} - {"home", "out", "deep"}
    assert outside <= {"_fetched.json", "_failures.json"}


def test_without_a_login_files_can_be_listed_and_not_fetched(nasa, tmp_path):
    hold(nasa, granule(nasa, ATL10, NEAR_POLE, b"x"))
    answer = found("atl10")
    assert len(answer.remotes) == 1
    with pytest.raises(SignInError, match="no Earthdata login is known: set EARTHDATA_TOKEN, or"):
        bring(answer, tmp_path / "out")


def test_a_login_of_netrc_is_used_and_a_wrong_one_is_said(nasa, home):
    (home / ".netrc").write_text(f"machine {nasa.host} login me password secret\n")
    path = "/api/users/find_or_create_token"
    nasa.pages[path] = json_page({"access_token": "t", "expiration_date": "1/1/2030"})
    assert sign_in().headers["Authorization"] == "Bearer t"
    nasa.pages[path] = json_page({"error": "invalid_credentials"}, status=401)
    with pytest.raises(SignInError, match="Earthdata refuses the login from netrc") as refusal:
        sign_in()
    assert "secret" not in str(refusal.value)


def test_a_search_that_fails_is_one_sentence(nasa):
    nasa.pages[GRANULES] = json_page({"errors": ["Collection [X] was not found"]}, status=400)
    with pytest.raises(ValueError, match=r"NASA Earthdata gave no answer .*was not found"):
        found("atl10")
