"""An endpoint on this machine that speaks OpenAI's chat completions, and misbehaves as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[dict[str, Any]], "Sent"]
"""What to send for a request's JSON."""


class Sent:
    """A status, a body, headers, and how the sending goes wrong: ``cut`` bytes are sent, or nothing for ``stall``."""

    def __init__(self, body: object, status: int = 200, *, cut: int | None = None, stall: bool = False) -> None:
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.cut, self.stall = status, cut, stall


def called(arguments: object, finish: str = "tool_calls") -> Sent:
    """A completion that calls the output tool; ``arguments`` are its JSON, or text that only looks like it."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    call = {"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": text}}
    return _completion({"role": "assistant", "content": None, "tool_calls": [call]}, finish)


def prose(text: str) -> Sent:
    return _completion({"role": "assistant", "content": text}, "stop")


def _completion(message: dict[str, object], finish: str) -> Sent:
    return Sent(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "test",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
    )


class Completions:
    """The endpoint: ``url`` for clients, the requests it got, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.reply: Reply = lambda _: prose("hello")
        self.over = threading.Event()
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    endpoint: Completions

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.endpoint.requests.append(asked)
        sent = self.endpoint.reply(asked)
        if sent.stall:
            self.endpoint.over.wait(20)
            return
        self.send_response(sent.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent.body)))
        self.end_headers()
        self.wfile.write(sent.body[: sent.cut])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def completions() -> Iterator[Completions]:
    endpoint = Completions()
    handler = type("Handler", (_Handler,), {"endpoint": endpoint})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        endpoint.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
