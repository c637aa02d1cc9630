"""An archive on 127.0.0.1, over HTTPS or HTTP, whose files break off, lie and refuse as told."""

import datetime
import hashlib
import io
import ipaddress
import json
import ssl
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Asked(dict):
    """A request: method, path, query, headers and body."""

    __getattr__ = dict.__getitem__


#: Status, headers and body of an answer.
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Served:
    """A file, and how it misbehaves."""

    content: bytes
    #: Bytes after which the connection is closed, one for each of the first requests.
    breaks: list[int] = field(default_factory=list)
    #: Answers that come before the file does.
    before: list[Answer] = field(default_factory=list)
    ranges: bool = True
    token: str = ""
    etag: str = '"v1"'

    def md5(self) -> str:
        return hashlib.md5(self.content).hexdigest()


class LoopbackArchive:
    """A server with files and pages; ``asked`` keeps what it was asked."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.files: dict[str, Served] = {}
        self.pages: dict[str, Callable[[Asked], Answer]] = {}
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"{'https' if certificate else 'http'}://{self.host}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.path in self.pages:
            return self.pages[asked.path](asked)
        if asked.path not in self.files:
            return 404, {}, b"nothing here"
        return _file_answer(self.files[asked.path], asked)

    def breaks_at(self, path: str) -> int | None:
        served = self.files.get(path)
        return served.breaks.pop(0) if served and served.breaks else None


def json_page(content: Any, headers: dict[str, str] | None = None, status: int = 200):
    """Return a page that always answers with the same JSON."""
    body = json.dumps(content).encode()
    return lambda asked: (status, {"Content-Type": "application/json"} | (headers or {}), body)


def a_zip(name: str = "manifest.safe", size: int = 3_000) -> bytes:
    """Return a zip with a member of bytes that do not compress."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), bytes(range(256)) * (size // 256))
    return file.getvalue()


def write_certificate(path: Path) -> Path:
    """Write a fresh key and its certificate of 127.0.0.1, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - hour)
        .not_valid_after(now + hour)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def _file_answer(served: Served, asked: Asked) -> Answer:
    if served.before:
        return served.before.pop(0)
    if served.token and asked.headers.get("Authorization") != f"Bearer {served.token}":
        return 401, {}, b"who are you"
    whole, headers = len(served.content), {"Content-Type": "application/zip"}
    start = asked.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
    if not (served.ranges and start):
        return 200, headers, served.content
    if int(start) >= whole:
        return 416, {"Content-Range": f"bytes */{whole}"}, b""
    headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
    return 206, headers, served.content[int(start) :]


def _handler(archive: LoopbackArchive) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)  # of a whole address, where this is the proxy
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            asked = Asked(
                method=self.command, host=parts.netloc, path=parts.path, query=parts.query,
                headers=self.headers, body=body,
            )  # fmt: skip
            status, headers, content = archive.answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: archive.breaks_at(parts.path)])

        do_POST = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *words: object) -> None:
            pass

    return Handler
