"""Copernicus Data Space and EUMETSAT through eodag itself, over HTTP on this machine."""

import base64
import json
import time
from urllib.parse import parse_qs, unquote

import jwt
import numpy as np
import pytest
from loopback_archive import Served, a_zip, json_page

from iceco.fetch.archives import search
from iceco.fetch.area import Box, parse_area
from iceco.fetch.dataspace import polygons
from iceco.fetch.period import parse_period
from iceco.fetch.products import offer_of
from iceco.fetch.remote import SignInError
from iceco.fetch.run import fetch

SCENE = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15"
PASS = (
    "S3A_SR_2_WAT____20221130T152427_20221130T160854_20221225T093109_2667_088_310______"
    "MAR_O_NT_005.SEN3"
)
KEY = b"a key of thirty-two bytes' length"
DAY = parse_period("2022-11-30", "2022-11-30")
BOX = parse_area("-30,78,30,88")


@pytest.fixture
def europe(archive, home, monkeypatch):
    """The archive in the place of the Data Space's and EUMETSAT's."""
    endpoints = ("token_endpoint", "authorization_endpoint", "jwks_uri")
    names = {endpoint: f"{archive.url}/{endpoint}" for endpoint in endpoints}
    algorithms = {"id_token_signing_alg_values_supported": ["HS256"]}
    archive.pages["/openid"] = json_page(names | algorithms)
    settings = {
        "COP_DATASPACE__SEARCH__API_ENDPOINT": f"{archive.url}/odata/v1/Products",
        "COP_DATASPACE__SEARCH__METADATA_MAPPING__EODAG_DOWNLOAD_LINK":
            archive.url + "/odata/v1/Products({uid})/$value",
        "COP_DATASPACE__AUTH__OIDC_CONFIG_URL": f"{archive.url}/openid",
        "COP_DATASPACE__AUTH__MATCHING_URL": archive.url,
        "EUMETSAT_DS__SEARCH__API_ENDPOINT": f"{archive.url}/os",
        "EUMETSAT_DS__AUTH__AUTH_URI": f"{archive.url}/token",
        "EUMETSAT_DS__AUTH__MATCHING_URL": archive.url,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"EODAG__{name}", value)
    return archive


@pytest.fixture
def login(europe, monkeypatch):
    """A login that both know; the archive has the token that it gives."""
    for name in ("COP_DATASPACE", "EUMETSAT_DS"):
        monkeypatch.setenv(f"EODAG__{name}__AUTH__CREDENTIALS__USERNAME", "me")
        monkeypatch.setenv(f"EODAG__{name}__AUTH__CREDENTIALS__PASSWORD", "secret")
    key = {"kty": "oct", "alg": "HS256", "kid": "1", "k": base64.urlsafe_b64encode(KEY).decode()}
    europe.pages["/jwks_uri"] = json_page({"keys": [key]})
    claims = {"exp": int(time.time()) + 600, "aud": "CLOUDFERRO_PUBLIC"}
    token = jwt.encode(claims, KEY, "HS256", headers={"kid": "1"})
    answer = {"access_token": token, "refresh_token": "r", "refresh_expires_in": 3600}
    europe.pages["/token_endpoint"] = json_page(answer)
    europe.pages["/token"] = json_page({"access_token": "a-token", "expires_in": 600})
    europe.token = token
    return europe


def scene(archive, number, name=SCENE, content=None, footprint=None, **about):
    """Put a scene into the archive and return what its catalogue says of it."""
    content = a_zip() if content is None else content
    served = archive.files[f"/odata/v1/Products({number})/$value"] = Served(content)
    return {
        "Id": str(number), "Name": f"{name}.SAFE", "ContentLength": len(content), "Online": True,
        "ContentType": "application/octet-stream",
        "ContentDate": {"Start": "2022-11-30T01:43:42.0Z", "End": "2022-11-30T01:44:46.0Z"},
        "Footprint": f"geography'SRID=4326;{footprint or 'POLYGON((0 80,9 80,9 84,0 84,0 80))'}'",
        "Checksum": [{"Algorithm": "MD5", "Value": served.md5()}],
        "Attributes": [{"Name": "productType", "Value": "EW_GRDM_1S"}], "Assets": [],
    } | about  # fmt: skip


def hold(archive, *scenes):
    archive.pages["/odata/v1/Products"] = json_page({"@odata.count": len(scenes), "value": scenes})


def found(name="sentinel1-ew", provider="copernicus", area=BOX):
    return search(*offer_of(name, provider), area, DAY)


def bring(answer, folder):
    return fetch(answer, folder, 2, lambda done, total: None)


def test_a_scene_is_found_fetched_with_a_token_and_checked(login, tmp_path):
    hold(login, scene(login, 7))
    answer = found()
    (remote,) = answer.remotes
    assert (remote.name, remote.source) == (f"{SCENE}.zip", SCENE)
    assert remote.checksum == f"md5:{login.files['/odata/v1/Products(7)/$value'].md5()}"
    assert not bring(answer, tmp_path / "out").failures
    assert (tmp_path / "out" / f"{SCENE}.zip").read_bytes() == a_zip()
    (download,) = [asked for asked in login.asked if asked.path.endswith("$value")]
    assert parse_qs(download.query) == {"token": [login.token]}


def test_the_catalogue_is_asked_for_mode_polarisation_place_and_time(europe):
    hold(europe)
    found()
    (question,) = [asked for asked in europe.asked if asked.path == "/odata/v1/Products"]
    text = unquote(question.query)
    for part in ("swathIdentifier' and att/OData.CSC.StringAttribute/Value eq 'EW'",
                 "polarisationChannels' and att/OData.CSC.StringAttribute/Value eq 'HH&HV'",
                 "ContentDate/Start lt 2022-11-30T23:59:59", "POLYGON"):  # fmt: skip
        assert part in text, text


def test_a_cap_is_asked_for_in_three_and_what_they_find_comes_once(europe):
    hold(europe, scene(europe, 7, footprint="POLYGON((0 85,120 85,-120 85,0 85))"))
    answer = found(area=parse_area("-180,80,180,90"))
    assert len([asked for asked in europe.asked if asked.path == "/odata/v1/Products"]) == 3
    assert len(answer.remotes) == 1


def test_all_pages_are_read_and_a_page_that_is_missing_is_said(europe, monkeypatch):
    monkeypatch.setattr("iceco.fetch.dataspace.PAGE", 2)
    names = [SCENE[:-4] + f"{number:04d}" for number in range(3)]
    scenes = [scene(europe, number, name) for number, name in enumerate(names)]
    broken = []

    def page(asked):
        first = int((parse_qs(asked.query).get("$skip") or ["0"])[0])
        if first and broken:
            return 500, {}, b"{}"
        value = {"value": scenes[first : first + 2]}
        if first == 0:
            value["@odata.nextLink"] = f"{europe.url}/odata/v1/Products?%24skip=2"
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()

    europe.pages["/odata/v1/Products"] = page
    assert len(found().remotes) == 3
    broken.append(True)
    with pytest.raises(ValueError, match="Copernicus Data Space gave no answer"):
        found()


def test_a_footprint_cut_at_the_date_line_the_wrong_way_round_is_understood(europe):
    wrong = "POLYGON((178 72,-178 72,-178 73,178 73,178 72))"
    cut = "MULTIPOLYGON(((178 72,180 72,180 73,178 73,178 72)),((-180 72,-178 72,-178 73,-180 72)))"
    hold(
        europe,
        *(scene(europe, n, SCENE[:-1] + str(n), footprint=f) for n, f in enumerate((wrong, cut))),
    )
    assert len(found(area=parse_area("170,70,-170,75")).remotes) == 2
    assert len(found(area=parse_area("-10,70,10,75")).remotes) == 0


def test_another_polarisation_or_format_or_a_hostile_name_is_no_scene(europe):
    names = (f"../../{SCENE}", SCENE.replace("1SDH", "1SSH"), f"{SCENE}_COG", f"/{SCENE}")
    hold(europe, *(scene(europe, number, name) for number, name in enumerate(names)))
    assert found().remotes == []


def test_without_a_login_scenes_can_be_listed_and_not_fetched(europe, tmp_path):
    hold(europe, scene(europe, 7))
    answer = found()
    assert len(answer.remotes) == 1
    with pytest.raises(SignInError, match="no login for copernicus is known: set EODAG__COP"):
        bring(answer, tmp_path / "out")


def test_a_refused_login_is_said_without_the_password(login, tmp_path):
    hold(login, scene(login, 7))
    login.pages["/token_endpoint"] = json_page({"error": "invalid_grant"}, status=401)
    with pytest.raises(SignInError, match="copernicus refuses the login") as refusal:
        bring(found(), tmp_path / "out")
    assert "secret" not in str(refusal.value)


def test_a_pass_of_sentinel3_comes_from_eumetsat(login, tmp_path):
    content = a_zip(f"{PASS}/xfdumanifest.xml")
    login.files["/download/7"] = Served(content, token="a-token")
    login.pages["/os"] = json_page(
        {
            "totalResults": 1,
            "features": [
                {
                    "id": PASS,
                    "geometry": {"type": "MultiLineString", "coordinates": [[[0, 60], [9, 81]]]},
                    "properties": {
                        "identifier": PASS, "title": PASS, "parentIdentifier": "EO:EUM:DAT:0415",
                        "date": "2022-11-30T15:24:27.000Z/2022-11-30T16:08:54.000Z",
                        "productInformation": {"productType": "SR_2_WAT___", "size": 3},
                        "links": {
                            "data": [
                                {"title": "Product download", "href": f"{login.url}/download/7"}
                            ],
                            "sip-entries": [],
                        },
                    },
                }
            ],
        }
    )  # fmt: skip
    answer = found("sentinel3", "eumetsat")
    (remote,) = answer.remotes
    assert remote.name == f"{PASS}.zip"
    outcome = bring(answer, tmp_path / "out")
    assert not outcome.failures
    assert (tmp_path / "out" / remote.name).read_bytes() == content
    (token,) = [asked for asked in login.asked if asked.path == "/token"]
    basic = base64.b64encode(b"me:secret").decode()
    assert token.headers["Authorization"] == f"Basic {basic}"


@pytest.mark.parametrize("box", [Box(-180, 60, 180, 90), Box(-20, -80, 30, -60)])
def test_polygons_hold_their_box_whether_edges_are_parallels_or_great_circles(box):
    west = []
    for polygon in polygons(box):
        longitude, latitude = np.array(polygon.exterior.coords).T
        assert np.ptp(longitude) <= 120.0
        assert np.abs(np.diff(longitude)).max() < 5.0 + 1e-9
        # A great circle of 5 degrees leaves its parallel by less than the margin.
        equatorward = np.abs(latitude).min()
        middle = np.degrees(np.arctan(np.tan(np.radians(equatorward)) / np.cos(np.radians(2.5))))
        assert middle <= min(abs(box.south), abs(box.north)) + 1e-9
        west.append(longitude.min())
    assert min(west) == box.west
