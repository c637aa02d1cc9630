"""Many files into a folder: resumed, listed, and one that fails does not stop the rest."""

import fcntl
import json
import os
import shutil

import pytest
import requests
from loopback_archive import Served

from iceco.collocate.archive import gather
from iceco.fetch import run as run_module
from iceco.fetch import transfer as transfer_module
from iceco.fetch.period import utc
from iceco.fetch.remote import Found, Remote
from iceco.fetch.run import divide, fetch
from iceco.fetch.transfer import ArchiveError

NAMES = ("a.nc", "b.nc", "c.nc")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(transfer_module.time, "sleep", lambda seconds: None)


@pytest.fixture
def found(archive):
    """Three files, and a session that may have them."""
    return Found([offered(archive, name) for name in NAMES], open_session)


def offered(archive, name, content=None, **how):
    content = name.encode() * 1_000 if content is None else content
    served = archive.files[f"/{name}"] = Served(content, **how)
    day = utc("2022-11-30")
    return Remote(
        name, f"id of {name}", f"{archive.url}/{name}", day, day, None, len(content), True,
        f"md5:{served.md5()}",
    )  # fmt: skip


def open_session():
    session = requests.Session()
    session.trust_env = False
    return session


def bring(found, folder, workers=2):
    told = []
    outcome = fetch(found, folder, workers, lambda done, total: told.append((done, total)))
    return outcome, told


def names(remotes):
    return [remote.name for remote in remotes]


def listing(folder):
    return json.loads((folder / "_fetched.json").read_text())


def test_files_come_are_listed_and_are_not_fetched_twice(archive, found, tmp_path):
    outcome, told = bring(found, tmp_path / "out")
    assert (names(outcome.fetched), outcome.there, outcome.failures) == (list(NAMES), [], [])
    assert told[-1] == (12_000, 12_000)
    entry = listing(tmp_path / "out")["b.nc"]
    assert entry["size"] == 4_000
    assert entry["checksum"] == found.remotes[1].checksum
    assert entry["source"] == "id of b.nc"
    assert entry["fetched"].endswith("Z")
    archive.asked.clear()
    outcome, _ = bring(found, tmp_path / "out")
    assert (outcome.fetched, names(outcome.there)) == ([], list(NAMES))
    assert archive.asked == []


def test_nobody_signs_in_when_nothing_is_missing(found, tmp_path):
    bring(found, tmp_path / "out")
    outcome, _ = bring(Found(found.remotes, lambda: pytest.fail("signed in")), tmp_path / "out")
    assert len(outcome.there) == 3


def test_what_is_cut_gone_or_renewed_by_the_archive_comes_again(archive, found, tmp_path):
    bring(found, tmp_path)
    (tmp_path / "a.nc").write_bytes(b"cut")
    (tmp_path / "b.nc").unlink()
    renewed = Found([*found.remotes[:2], offered(archive, "c.nc", b"new" * 900)], open_session)
    there, missing = divide(renewed.remotes, tmp_path)
    assert (there, names(missing)) == ([], list(NAMES))
    bring(renewed, tmp_path)
    assert (tmp_path / "c.nc").read_bytes() == b"new" * 900
    assert listing(tmp_path)["c.nc"]["size"] == 2_700


def test_the_same_product_of_another_archive_is_not_fetched_beside_it(archive, found, tmp_path):
    bring(found, tmp_path)
    other = [
        remote._replace(source=f"another {remote.source}", checksum="md5:" + "0" * 32, size=5)
        for remote in found.remotes
    ]
    assert names(divide(other, tmp_path)[0]) == list(NAMES)


def test_a_file_that_lies_there_unlisted_is_taken_if_it_is_the_archives(archive, found, tmp_path):
    (tmp_path / "a.nc").write_bytes(b"a.nc" * 1_000)
    (tmp_path / "b.nc").write_bytes(b"B.nc" * 1_000)
    outcome, _ = bring(found, tmp_path)
    assert (names(outcome.there), names(outcome.fetched)) == (["a.nc"], ["b.nc", "c.nc"])
    assert set(listing(tmp_path)) == set(NAMES)
    assert archive.paths().count("/a.nc") == 0


def test_one_file_that_fails_is_reported_and_does_not_stop_the_rest(archive, found, tmp_path):
    archive.files["/b.nc"].content = b"other" * 800  # of the same size
    outcome, _ = bring(found, tmp_path)
    assert names(outcome.fetched) == ["a.nc", "c.nc"]
    (failure,) = json.loads((tmp_path / "_failures.json").read_text())
    assert (failure["name"], failure["source"]) == ("b.nc", "id of b.nc")
    assert "the archive says" in failure["reason"]
    assert set(listing(tmp_path)) == {"a.nc", "c.nc"}
    archive.files["/b.nc"].content = b"b.nc" * 1_000
    outcome, _ = bring(found, tmp_path)
    assert (names(outcome.fetched), len(outcome.there)) == (["b.nc"], 2)
    assert not (tmp_path / "_failures.json").exists()


def test_a_refused_login_stops_everything_and_the_next_run_goes_on(archive, found, tmp_path):
    archive.files["/b.nc"].before = [(401, {}, b"")]
    with pytest.raises(ArchiveError, match="refuses the login"):
        bring(found, tmp_path, workers=1)
    assert set(listing(tmp_path)) == {"a.nc"}
    archive.asked.clear()
    outcome, _ = bring(found, tmp_path)
    assert (names(outcome.there), names(outcome.fetched)) == (["a.nc"], ["b.nc", "c.nc"])


def test_a_run_that_is_interrupted_keeps_its_parts_and_goes_on(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer_module, "CHUNK", 1_000)
    found = Found([offered(archive, "a.nc", b"a" * 50_000)], open_session)

    def stop(done, total):
        if done > 20_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(found, tmp_path, 1, stop)
    part = tmp_path / ".a.nc.part"
    assert 20_000 < part.stat().st_size < 50_000
    assert not (tmp_path / "a.nc").exists()
    size = part.stat().st_size
    _, told = bring(found, tmp_path)
    assert archive.asked[-1].headers["Range"] == f"bytes={size}-"
    assert told[0] == (size, 50_000)
    assert (tmp_path / "a.nc").read_bytes() == b"a" * 50_000


def test_a_disk_without_room_is_said_before_anything_comes(archive, found, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=11_999)
    monkeypatch.setattr(run_module.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(ArchiveError, match=r"12\.0 kB are to come and 12\.0 kB are free"):
        bring(found, tmp_path)
    assert archive.asked == []
    (tmp_path / ".a.nc.part").write_bytes(b"a.nc" * 10)  # what is here need not come
    assert len(bring(found, tmp_path)[0].fetched) == 3


def test_a_damaged_listing_is_said(found, tmp_path):
    for content in ("{", "[]", '{"a.nc": {"size": 1}}', '{"a.nc": 1}'):
        (tmp_path / "_fetched.json").write_text(content)
        with pytest.raises(ValueError, match=r"_fetched\.json: is damaged; delete it"):
            bring(found, tmp_path)


def test_two_runs_do_not_fetch_into_one_folder(found, tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(ValueError, match="another run is fetching into it"):
            bring(found, tmp_path)
    finally:
        os.close(descriptor)
    bring(found, tmp_path)


def test_a_file_in_the_place_of_the_folder_is_said(found, tmp_path):
    (tmp_path / "out").write_text("here")
    with pytest.raises(ValueError, match="out: cannot be made"):
        bring(found, tmp_path / "out")


def test_the_listing_is_no_product_of_an_archive(archive, found, tmp_path):
    archive.files["/b.nc"].content = b"damaged"
    bring(found, tmp_path)
    for path in tmp_path.glob("*.nc"):
        path.unlink()
    catalogue = gather([tmp_path])
    assert (len(catalogue.entries), catalogue.failures) == (0, [])
