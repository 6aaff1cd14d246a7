"""A small web site on loopback that does as it is told: honest ranges, or many kinds of trouble. Counts bytes."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Hit:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    number: int
    """How many requests for this path came before."""


@dataclass(frozen=True)
class Route:
    """What is served at a path."""

    body: bytes | Path = b""
    content_type: str = "application/octet-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    length: bool = True
    """Say how long the body is."""
    shift: int = 0
    """Send a part that begins this many bytes beside the one asked for, and say so."""
    cut_after: int | None = None
    """Break the connection after so many body bytes."""
    delay: float = 0
    """Seconds of silence before the answer."""
    pause: float = 0
    """Seconds of silence in the middle of the body."""
    modified: str | None = "Mon, 02 Nov 2026 10:00:00 GMT"


Answer = Route | Callable[[Hit], Route]


class Site:
    """A context manager: serves ``routes`` on a free port of ``host`` and remembers every hit."""

    def __init__(
        self, routes: dict[str, Answer] | None = None, host: str = "127.0.0.1", certificate: Path | None = None
    ) -> None:
        self.routes: dict[str, Answer] = dict(routes or {})
        self.host = host
        self.hits: list[Hit] = []
        self._connections = 0
        self._bytes_sent = 0
        self._lock = threading.Lock()
        site = self

        class Handler(_Handler):
            owner = site

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def get_request(self) -> tuple[socket.socket, Any]:
                pair = super().get_request()
                with site._lock:
                    site._connections += 1
                return pair

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that hang up are part of the tests."""

        self._server = Server((host, 0), Handler)
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def connections(self) -> int:
        """Connections accepted so far, those included that are just arriving."""
        time.sleep(0.05)
        return self._connections

    @property
    def bytes_sent(self) -> int:
        """Body bytes that were written, those included that are just being counted."""
        time.sleep(0.05)
        return self._bytes_sent

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str | None = None) -> str:
        return f"{self._scheme}://{host or self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        with self._lock:
            self.hits.clear()
            self._bytes_sent = 0

    def _arrived(self, method: str, path: str, headers: dict[str, str]) -> Hit:
        with self._lock:
            hit = Hit(method, path, headers, sum(1 for old in self.hits if old.path == path))
            self.hits.append(hit)
            return hit

    def _sent(self, count: int) -> None:
        with self._lock:
            self._bytes_sent += count


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Site

    def do_GET(self) -> None:
        self._serve(body=True)

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_CONNECT(self) -> None:
        self.owner._arrived("CONNECT", self.path, {})
        self.send_error(405)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Quiet."""

    def _serve(self, *, body: bool) -> None:
        path = self.path.split("?", 1)[0]
        hit = self.owner._arrived(self.command, path, {k.lower(): v for k, v in self.headers.items()})
        answer = self.owner.routes.get(path, Route(b"nothing here", "text/plain", 404))
        route = answer if isinstance(answer, Route) else answer(hit)
        time.sleep(route.delay)
        with contextlib.suppress(OSError):
            self._answer(route, hit, body=body)

    def _answer(self, route: Route, hit: Hit, *, body: bool) -> None:
        size = route.body.stat().st_size if isinstance(route.body, Path) else len(route.body)
        first, last, status = 0, size, route.status
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", hit.headers.get("range", ""))
        extra = dict(route.headers)
        if route.ranges and route.status == 200:
            extra["Accept-Ranges"] = "bytes"
            if asked:
                first = int(asked[1]) + route.shift
                last = min(size, (int(asked[2]) + 1 if asked[2] else size) + route.shift)
                status = 206 if first < size else 416
                extra["Content-Range"] = f"bytes {first}-{last - 1}/{size}" if status == 206 else f"bytes */{size}"
                if status == 416:
                    route, first, last = replace(route, body=b""), 0, 0
        self.send_response(status)
        if route.modified:
            extra.setdefault("Last-Modified", route.modified)
        for name, value in extra.items():
            self.send_header(name, value)
        self.send_header("Content-Type", route.content_type)
        if route.length:
            self.send_header("Content-Length", str(last - first))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if body:
            self._pour(route, first, last)

    def _pour(self, route: Route, first: int, last: int) -> None:
        end = last if route.cut_after is None else min(last, first + route.cut_after)
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(route.body.open("rb")) if isinstance(route.body, Path) else None
            if file is not None:
                file.seek(first)
            at = first
            while at < end:
                count = min(64 * 1024, end - at)
                piece = file.read(count) if file is not None else bytes(route.body)[at : at + count]
                if route.pause and at <= (first + end) // 2 < at + count:
                    time.sleep(route.pause)
                self.wfile.write(piece)
                self.owner._sent(len(piece))
                at += len(piece)
        if end < last:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
