"""A server that takes webhooks on loopback, and believes only what is signed."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from standardwebhooks.webhooks import Webhook


class Receiver:
    """A context manager. ``taken`` has what arrived with a good signature, by ``webhook-id``; ``refused`` counts."""

    def __init__(self, secret: str) -> None:
        self._verifier = Webhook(secret)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self.taken: dict[str, list[Any]] = {}
        self.refused = 0

    @property
    def messages(self) -> list[Any]:
        """Each once."""
        return [times[0] for times in self.taken.values()]

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        with self._lock:
            try:
                said = self._verifier.verify(body, headers)
            except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not to be believed
                self.refused += 1
                return 400
            self.taken.setdefault(headers["webhook-id"], []).append(said)
            return 204

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(outer.take(body, {name.lower(): value for name, value in self.headers.items()}))
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Nothing."""

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
