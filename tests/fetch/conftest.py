"""Archives on this machine, and a home without any login."""

import pytest
from loopback_archive import LoopbackArchive, write_certificate


@pytest.fixture
def archive():
    """An archive over plain HTTP."""
    server = LoopbackArchive()
    yield server
    server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return write_certificate(tmp_path_factory.mktemp("tls") / "loopback.pem")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of which no client knows a login, and no proxy."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("NETRC", str(place / ".netrc"))
    for name in ("EARTHDATA_TOKEN", "EARTHDATA_USERNAME", "EARTHDATA_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return place


@pytest.fixture
def secure_archive(certificate, home, monkeypatch):
    """An archive over HTTPS, whose certificate clients trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server = LoopbackArchive(certificate)
    yield server
    server.close()
