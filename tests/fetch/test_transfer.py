"""One file from an archive: broken off, continued, checked, refused."""

import errno
import shutil

import pytest
import requests
from loopback_archive import Served, a_zip

from iceco.fetch import transfer as transfer_module
from iceco.fetch.period import utc
from iceco.fetch.remote import Remote
from iceco.fetch.transfer import ArchiveError, FetchError, transfer

CONTENT = bytes(range(256)) * 200


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    waits = []
    monkeypatch.setattr(transfer_module.time, "sleep", waits.append)
    monkeypatch.setattr(transfer_module, "CHUNK", 4096)
    return waits


def offered(archive, name="a.nc", content=CONTENT, **how):
    """Put a file into the archive; return it and what the archive says of it."""
    said = {key: how.pop(key) for key in ("size", "checksum", "size_is_exact") if key in how}
    served = archive.files[f"/data/{name}"] = Served(content, **how)
    time = utc("2022-11-30")
    about = {"size": len(content), "checksum": f"md5:{served.md5()}"} | said
    return served, Remote(name, "G1", f"{archive.url}/data/{name}", time, time, **about)


def bring(remote, folder, came=None):
    session = requests.Session()
    session.trust_env = False
    counted = [] if came is None else came
    return transfer(session, remote, folder / remote.name, counted.append)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_with_its_checksum_and_every_byte_is_counted(archive, tmp_path):
    served, remote = offered(archive)
    came = []
    assert bring(remote, tmp_path, came) == f"md5:{served.md5()}"
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert names(tmp_path) == ["a.nc"]
    assert sum(came) == len(CONTENT)


def test_a_transfer_that_breaks_off_goes_on_from_where_it_was(archive, tmp_path):
    _, remote = offered(archive, breaks=[20_480, 4_096])
    came = []
    bring(remote, tmp_path, came)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    ranges = [asked.headers["Range"] for asked in archive.asked]
    assert ranges == [None, "bytes=20480-", "bytes=24576-"]
    assert sum(came) == len(CONTENT)


def test_a_file_of_which_nothing_more_comes_is_left_as_a_part_and_continued_by_the_next_run(
    archive, tmp_path
):
    served, remote = offered(archive, breaks=[28_672, 0, 0, 0, 0])
    with pytest.raises(FetchError, match=r"a.nc: stopped at 28672 bytes .* go on from there"):
        bring(remote, tmp_path)
    assert names(tmp_path) == [".a.nc.part"]
    archive.asked.clear()
    assert bring(remote, tmp_path) == f"md5:{served.md5()}"
    assert [asked.headers["Range"] for asked in archive.asked] == ["bytes=28672-"]
    assert names(tmp_path) == ["a.nc"]


def test_a_transfer_goes_on_as_long_as_something_comes(archive, tmp_path):
    _, remote = offered(archive, breaks=[4_096] * 10)
    bring(remote, tmp_path)
    assert len(archive.asked) == 11
    assert (tmp_path / "a.nc").read_bytes() == CONTENT


def test_an_archive_that_never_gets_further_is_not_asked_for_ever(archive, tmp_path):
    _, remote = offered(archive, breaks=[30_000] * 99, ranges=False)
    with pytest.raises(FetchError, match="stopped at"):
        bring(remote, tmp_path)
    assert len(archive.asked) == 5


def test_an_archive_that_does_not_continue_begins_again(archive, tmp_path):
    _, remote = offered(archive, breaks=[30_000], ranges=False)
    came = []
    bring(remote, tmp_path, came)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert sum(came) == len(CONTENT)


def test_a_part_of_another_version_is_thrown_away_and_the_file_comes_anew(archive, tmp_path):
    _, remote = offered(archive)
    (tmp_path / ".a.nc.part").write_bytes(b"old" * 1_000)
    bring(remote, tmp_path)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT
    assert [asked.headers["Range"] for asked in archive.asked] == ["bytes=3000-", None]


@pytest.mark.parametrize("extra", [b"", b"more than there is"])
def test_a_part_with_all_the_bytes_is_checked_and_one_with_more_is_not_kept(
    archive, tmp_path, extra
):
    _, remote = offered(archive)
    (tmp_path / ".a.nc.part").write_bytes(CONTENT + extra)
    bring(remote, tmp_path)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT


def test_what_cannot_be_checked_is_never_continued(archive, tmp_path):
    _, remote = offered(archive, checksum=None)
    (tmp_path / ".a.nc.part").write_bytes(CONTENT[:3_000])
    assert bring(remote, tmp_path).startswith("sha256:")
    assert [asked.headers["Range"] for asked in archive.asked] == [None]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"checksum": "md5:" + "0" * 32}, "has md5:.*, the archive says (md5|sha256):0000"),
        ({"checksum": "sha256:" + "0" * 64}, "has sha256:.*, the archive says (md5|sha256):0000"),
        ({"size": 12}, "has 51200 bytes, the archive says 12"),
    ],
)
def test_a_wrong_size_or_checksum_leaves_nothing(archive, tmp_path, said, reason):
    _, remote = offered(archive, **said)
    came = []
    with pytest.raises(FetchError, match=reason):
        bring(remote, tmp_path, came)
    assert names(tmp_path) == []
    assert sum(came) == 0


def test_a_checksum_of_what_an_archive_unpacks_is_not_held_against_the_zip(archive, tmp_path):
    content = a_zip()
    other = {"size": 12, "size_is_exact": False, "checksum": "md5:" + "0" * 32}
    _, remote = offered(archive, "a.zip", content, **other)
    assert bring(remote, tmp_path).startswith("sha256:")
    assert (tmp_path / "a.zip").read_bytes() == content


def test_a_zip_without_a_checksum_is_tried_by_its_own(archive, tmp_path):
    content = bytearray(a_zip())
    content[500] ^= 1
    _, remote = offered(archive, "a.zip", bytes(content), checksum=None)
    with pytest.raises(FetchError, match=r"is damaged at manifest.safe"):
        bring(remote, tmp_path)
    _, remote = offered(archive, "b.zip", b"no zip at all", checksum=None)
    with pytest.raises(FetchError, match="is no sound zip"):
        bring(remote, tmp_path)
    assert names(tmp_path) == []


def test_an_archive_that_wants_rest_is_given_it(archive, tmp_path, no_waiting):
    _, remote = offered(archive, before=[(429, {"Retry-After": "7"}, b"")])
    bring(remote, tmp_path)
    assert no_waiting == [7.0]


@pytest.mark.parametrize("before", [["3600"], ["1", "1", "1", "1"], ["Wed, 21 Oct 2026"] * 4])
def test_too_much_rest_stops_everything_with_a_sentence(archive, tmp_path, before):
    answers = [(429, {"Retry-After": text}, b"") for text in before]
    _, remote = offered(archive, before=answers)
    with pytest.raises(ArchiveError, match=r"127.0.0.1:\d+ is asked too much \(HTTP 429\)"):
        bring(remote, tmp_path)


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (401, ArchiveError, "refuses the login"),
        (403, FetchError, "a licence to accept"),
        (404, FetchError, "HTTP 404"),
    ],
)
def test_a_refusal_is_said_at_once(archive, tmp_path, status, error, reason):
    _, remote = offered(archive, before=[(status, {}, b"")])
    with pytest.raises(error, match=reason):
        bring(remote, tmp_path)
    assert len(archive.asked) == 1
    assert names(tmp_path) == []


def test_a_server_in_trouble_is_asked_again(archive, tmp_path):
    _, remote = offered(archive, before=[(503, {}, b""), (502, {}, b"")])
    bring(remote, tmp_path)
    assert (tmp_path / "a.nc").read_bytes() == CONTENT


def test_a_page_for_signing_in_is_not_taken_for_the_file(archive, tmp_path):
    page = (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>sign in</html>")
    _, remote = offered(archive, before=[page], checksum=None, size=None)
    with pytest.raises(ArchiveError, match=r"sends a web page instead of a.nc"):
        bring(remote, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("url", ["http://archive.example/a.nc", "file:///etc/passwd", "s3://b/a"])
def test_a_login_is_not_carried_to_an_address_that_is_not_https(tmp_path, url):
    time = utc("2022-11-30")
    with pytest.raises(FetchError, match="its address is not https"):
        bring(Remote("a.nc", "G1", url, time, time), tmp_path)


def test_no_message_holds_an_address_with_a_token(archive, tmp_path):
    _, remote = offered(archive, breaks=[0, 0, 0, 0])
    archive.close()
    with pytest.raises(FetchError) as refusal:
        bring(remote._replace(url=remote.url + "?token=secret"), tmp_path)
    assert "secret" not in str(refusal.value)
    assert "ConnectionError" in str(refusal.value)


def test_a_full_disk_stops_everything_and_keeps_the_part(archive, tmp_path, monkeypatch):
    _, remote = offered(archive)

    def full(answer, part, watch):
        part.write_bytes(CONTENT[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer_module, "_write", full)
    with pytest.raises(ArchiveError, match="the disk is full; make room and start again"):
        bring(remote, tmp_path)
    assert names(tmp_path) == [".a.nc.part"]


def test_a_folder_that_is_gone_is_said(archive, tmp_path):
    _, remote = offered(archive)
    shutil.rmtree(tmp_path)
    with pytest.raises(ArchiveError, match="cannot be written"):
        bring(remote, tmp_path)
