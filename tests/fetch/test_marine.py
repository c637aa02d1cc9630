"""Copernicus Marine through its own client, over HTTP on this machine.

The client drops the port of its store, so that it is reached through this machine as a proxy.
"""

import pytest
from copernicusmarine.core_functions import credentials_utils, marine_datastore_config, sessions
from loopback_archive import Served, json_page

from iceco.fetch.archives import search
from iceco.fetch.area import parse_area
from iceco.fetch.period import iso, parse_period
from iceco.fetch.products import offer_of
from iceco.fetch.remote import SignInError
from iceco.fetch.run import fetch

NORTH, SOUTH = (f"METNO-GLO-SEAICE_DRIFT-{name}-L4-NRT-OBS" for name in ("NORTH", "SOUTH"))
STORE = "http://store.example"
DAYS = parse_period("2022-11-03", "2022-11-03")
#: What S3 says of a file, and of a list of them.
ONE = (
    "<Contents><Key>{key}</Key><LastModified>2022-12-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;{tag}&quot;</ETag><Size>{size}</Size></Contents>"
)
LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>"


def drift(first, last, hemisphere="n"):
    return f"ice_drift_{hemisphere}h_polstere-625_multi-oi_{first}1200-{last}1200.nc"


@pytest.fixture
def store(archive, home, monkeypatch):
    """The archive in the place of the catalogue, the login and, as a proxy, the store."""
    monkeypatch.setenv("HTTP_PROXY", archive.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(sessions, "PROXIES", {})
    config = marine_datastore_config
    monkeypatch.setattr(config, "MARINE_DATASTORE_CONFIG_URL_DIRECT", f"{archive.url}/config")
    login = "COPERNICUS_MARINE_AUTH_SYSTEM"
    for name in ("TOKEN", "USERINFO"):
        monkeypatch.setattr(
            credentials_utils, f"{login}_{name}_ENDPOINT", f"{archive.url}/{name.lower()}"
        )
    monkeypatch.setattr(credentials_utils, "DEFAULT_CLIENT_BASE_DIRECTORY", home)
    archive.pages["/token"] = json_page({"access_token": "t"})
    archive.pages["/userinfo"] = json_page({"preferred_username": "me"})
    services = ("mds", "mds/serverlessNative", "mds/serverlessArco/meta")
    archive.pages["/config"] = json_page(
        {
            "clientVersions": dict.fromkeys(services, ">=0.0.1"),
            "catalogues": [
                {"stac": archive.url, "idMapping": f"{archive.url}/ids", "stacRoot": archive.url}
            ],
        }
    )
    archive.pages["/ids"] = json_page({NORTH: "SEAICE", SOUTH: "SEAICE"})
    catalogue(archive)
    return archive


@pytest.fixture
def login(store, monkeypatch):
    for name in ("USERNAME", "PASSWORD"):
        variable = f"COPERNICUSMARINE_SERVICE_{name}"
        monkeypatch.setattr(credentials_utils, variable, f"my {name}")
    return store


def catalogue(archive):
    """Let the archive answer with a product of two datasets, in STAC."""
    links = [{"rel": "item", "href": f"{name}/dataset.stac.json"} for name in (NORTH, SOUTH)]
    extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
    archive.pages["/SEAICE/product.stac.json"] = json_page(
        {"type": "Collection", "stac_version": "1.0.0", "id": "SEAICE", "description": "ice",
         "license": "other", "extent": extent, "links": links}
    )  # fmt: skip
    for name in (NORTH, SOUTH):
        native = {"href": f"{STORE}/bucket/native/SEAICE/{name}_202411", "type": "application/x"}
        archive.pages[f"/SEAICE/{name}/dataset.stac.json"] = json_page(
            {"type": "Feature", "stac_version": "1.0.0", "id": f"{name}_202411", "geometry": None,
             "bbox": [-180, -90, 180, 90], "links": [], "assets": {"native": native},
             "properties": {"datetime": "2022-01-01T00:00:00Z", "cube:variables": {}}}
        )  # fmt: skip


def hold(archive, dataset, *names, tag=None):
    """Let the store list files of a dataset, and have them."""
    told = []
    for name in names:
        key = f"native/SEAICE/{dataset}_202411/2022/11/{name}"
        served = archive.files[f"/bucket/{key}"] = Served(name.encode() * 400)
        told.append(ONE.format(key=key, tag=tag or served.md5(), size=len(served.content)))
    body = LIST.format("".join(told)).encode()
    archive.pages["/bucket"] = lambda asked: (200, {"Content-Type": "application/xml"}, body)


def found(area="-30,78,30,88", period=DAYS):
    return search(*offer_of("osi405", None), parse_area(area), period)


def test_the_days_of_a_hemisphere_are_found_by_their_names(login):
    hold(login, NORTH, drift("20221031", "20221102"), drift("20221101", "20221103"),
         drift("20221103", "20221105"), drift("20221104", "20221106"), "index.txt",
         "../" + drift("20221102", "20221104"))  # fmt: skip
    answer = found()
    # The dots are of a path in the store; a name is what follows the last stroke.
    assert [remote.name for remote in answer.remotes] == [
        drift("20221101", "20221103"), drift("20221102", "20221104"), drift("20221103", "20221105")
    ]  # fmt: skip
    first = answer.remotes[0]
    assert (iso(first.start), iso(first.end)) == ("2022-11-01T12:00:00Z", "2022-11-03T12:00:00Z")
    assert first.size == 400 * len(first.name)
    assert first.checksum.startswith("md5:")
    assert first.url.startswith(f"{STORE}/bucket/native/SEAICE/{NORTH}_202411/2022/11/")
    (listing,) = [asked for asked in login.asked if asked.path == "/bucket"]
    assert listing.host == "store.example"


def test_in_the_south_the_other_dataset_is_listed(login):
    hold(login, SOUTH, drift("20221101", "20221103", "s"))
    (remote,) = found("0,-80,90,-60").remotes
    assert SOUTH in remote.url


def test_a_file_is_fetched_and_checked_by_its_tag(login, tmp_path):
    name = drift("20221101", "20221103")
    hold(login, NORTH, name)
    answer = found()
    (remote,) = answer.remotes
    path = remote.url.removeprefix(STORE)
    here = answer._replace(remotes=[remote._replace(url=login.url + path)])
    outcome = fetch(here, tmp_path / "out", 1, lambda done, total: None)
    assert not outcome.failures
    assert (tmp_path / "out" / name).read_bytes() == name.encode() * 400


def test_a_tag_of_several_pieces_is_no_checksum(login):
    hold(login, NORTH, drift("20221101", "20221103"), tag="0" * 32 + "-3")
    assert found().remotes[0].checksum is None


def test_without_a_login_nothing_is_asked_for(store, monkeypatch, capsys):
    def ask(*words, **settings):
        raise AssertionError("a prompt")

    monkeypatch.setattr(credentials_utils.click, "prompt", ask)
    with pytest.raises(SignInError, match="no login for Copernicus Marine is known that it takes"):
        found()
    assert capsys.readouterr() == ("", "")


def test_a_refused_login_is_said(login):
    login.pages["/token"] = json_page({"error": "invalid_grant"}, status=401)
    with pytest.raises(SignInError, match="set COPERNICUSMARINE_SERVICE_USERNAME") as refusal:
        found()
    assert "my PASSWORD" not in str(refusal.value)


def test_a_dataset_that_is_gone_is_said(login):
    login.pages["/ids"] = json_page({})
    with pytest.raises(ValueError, match=f"Copernicus Marine gave no answer .*{NORTH}"):
        found()
