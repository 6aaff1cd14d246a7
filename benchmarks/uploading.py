"""Sending one large file in several ways, and the server to compare with: it writes what comes, nothing else."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

_PIECE = 1 << 20
_BOUNDARY = "----------------------------0123456789abcdef"
# Run in an interpreter of its own, as the server under test is.
_PLAIN = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        left = int(self.headers["Content-Length"])
        with open(sys.argv[1], "wb") as file:
            while left:
                piece = self.rfile.read(min(left, 1 << 20))
                file.write(piece)
                left -= len(piece)
        self.send_response(201)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *words):
        pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Sent:
    """How long it took until the answer was there (s), and the answer."""

    seconds: float
    answer: dict[str, Any]


def inflated(film: Path, target: Path, size: int) -> Path:
    """The film with so much free space behind it (a box that players skip) that the file has ``size`` bytes."""
    shutil.copyfile(film, target)
    with target.open("r+b") as file:
        free = size - file.seek(0, 2)
        file.write(free.to_bytes(4) + b"free")
        file.truncate(size)
    return target


@contextlib.contextmanager
def plain_server(target: Path) -> Iterator[str]:
    """The URL of a server that keeps the body of a request in ``target``."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PLAIN, target], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None:
            raise AssertionError
        with process.stdout as said:
            yield f"http://127.0.0.1:{int(said.readline())}/"
    finally:
        process.kill()
        process.wait()
        target.unlink(missing_ok=True)


def send_raw(url: str, key: str, path: Path) -> Sent:
    """The file as the body, its name in the query."""
    with path.open("rb") as file:
        return _send(f"{url}?name={path.name}", key, path.stat().st_size, _pieces(file), "application/octet-stream")


def send_form(url: str, key: str, path: Path) -> Sent:
    """As a browser's form sends it."""
    head = (
        f"--{_BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode()
    tail = f"\r\n--{_BOUNDARY}--\r\n".encode()

    def body(file: IO[bytes]) -> Iterator[bytes]:
        yield head
        yield from _pieces(file)
        yield tail

    size = len(head) + path.stat().st_size + len(tail)
    with path.open("rb") as file:
        return _send(url, key, size, body(file), f"multipart/form-data; boundary={_BOUNDARY}")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _send(url: str, key: str, size: int, body: Iterable[bytes], content_type: str) -> Sent:
    parts = urlsplit(url)
    headers = {"Authorization": f"Bearer {key}", "Content-Length": str(size), "Content-Type": content_type}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
    with contextlib.closing(connection):
        began = time.perf_counter()
        connection.request("POST", f"{parts.path}?{parts.query}", body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        seconds = time.perf_counter() - began
    if answer.status != 201:
        sys.exit(f"the upload was answered with {answer.status}: {text[:500]!r}")
    return Sent(seconds, json.loads(text))
