"""A local server of one zip that misbehaves as told, and what tests of downloads share."""

import hashlib
import http.server
import io
import random
import re
import socket
import ssl
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from enem.errors import InputError
from enem.retrieve.download import download
from enem.retrieve.sources import Source

NAME = "microdados_enem_2017.zip"


def make_zip(seed: int = 1, size: int = 400_000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        members = {
            "LEIA-ME.txt": b"x" * 100,
            "DADOS/MICRODADOS_ENEM_2017.csv": random.Random(seed).randbytes(size),
        }
        for name, body in members.items():
            # A ZipInfo has a fixed date: test names hold the digest, and the processes that share
            # the tests among them compare names.
            archive.writestr(zipfile.ZipInfo(name), body)
    return buffer.getvalue()


BODY = make_zip()
SHA256 = hashlib.sha256(BODY).hexdigest()


@dataclass
class Site:
    """One file on a server; `answers` says how to misbehave, request by request."""

    body: bytes = BODY
    etag: str | None = '"one"'
    last_modified: str | None = "Mon, 06 Aug 2018 12:00:00 GMT"
    answers: list[dict] = field(default_factory=list)
    asked: list[dict] = field(default_factory=list)
    url: str = ""

    def source(self, **known) -> Source:
        return Source("2017", self.url, **known)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        site.asked.append(dict(self.headers))
        answer = site.answers.pop(0) if site.answers else {}
        for name in ("body", "etag", "last_modified"):
            if name in answer:
                setattr(site, name, answer[name])
        status = answer.get("status", 200)
        if status != 200:
            self._send(status, answer.get("headers", {}), b"")
        elif "page" in answer:
            self._send(200, {"Content-Type": "text/html"}, answer["page"])
        else:
            self._send_file(site, answer)

    def _send_file(self, site, answer):
        headers = {"ETag": site.etag, "Last-Modified": site.last_modified}
        start = self._start(site, answer)
        if start >= len(site.body):
            self._send(416, {"Content-Range": f"bytes */{len(site.body)}"}, b"")
            return
        rest = site.body[start:]
        if start:
            start += answer.get("shift", 0)
            rest = site.body[start:][: answer.get("at_most")]
            last = start + len(rest) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(site.body)}"
            if answer.get("terse"):
                del headers["Last-Modified"]
        headers["Content-Length"] = str(len(rest) + answer.get("claim_more", 0))
        if answer.get("no_length"):
            del headers["Content-Length"]
        headers |= answer.get("headers", {})
        self._send(206 if start else 200, headers, rest[: answer.get("drop_after")], answer)

    def _start(self, site, answer):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted is None or answer.get("ignore_range"):
            return 0
        condition = self.headers.get("If-Range")
        honest = not answer.get("ignore_if_range")
        if honest and condition not in (None, site.etag, site.last_modified):
            return 0
        return int(wanted[1])

    def _send(self, status, headers, payload, answer={}):  # noqa: B006
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        if status >= 300:
            self.send_header("Content-Length", "0")
        self.end_headers()
        size = answer.get("pieces_of", len(payload)) or 1
        for start in range(0, len(payload), size):
            self.wfile.write(payload[start : start + size])
            time.sleep(answer.get("pause", 0))
        time.sleep(answer.get("hang", 0))


@contextmanager
def servers() -> Iterator:
    """Give a function that starts a server for a site, with TLS where a context is given."""
    running = []

    def start(site: Site, context: ssl.SSLContext | None = None) -> Site:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.site = site
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        scheme = "http" if context is None else "https"
        site.url = f"{scheme}://127.0.0.1:{server.server_port}/{NAME}"
        return site

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


class Getter:
    """Download to a folder, noting the waits instead of waiting."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waits = []
        self.result = None

    def __call__(self, source, *, retries=3, ca_bundle=None, timeout=5.0, slowest=0.0) -> Path:
        destination = self.folder / NAME
        self.result = download(
            source,
            destination,
            ca_bundle=ca_bundle,
            retries=retries,
            timeout=timeout,
            slowest=slowest,
            wait=self.waits.append,
        )
        return destination


def refused(call, *args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_two_ways_on(message: str) -> None:
    assert "--config source=/path/to/microdados_enem_2017.zip" in message
    assert "--config editions=simulated" in message


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
