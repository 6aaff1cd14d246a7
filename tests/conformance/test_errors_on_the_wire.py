"""Every row of the contract's error tables, over a real socket; and bodies that are refused before they are read."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.conformance.conftest import Wire

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
FILM = "https://films.example/film.mp4"
CUT = {"url": FILM, "start": 0, "end": 10}
AT = "https://films.example"

ROWS: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "POST", "/clip", {"json": {**CUT, "start": "0"}}),
    (400, "POST", "/clip", {"json": {"url": FILM}}),
    (400, "POST", "/clip", {"data": "{", "headers": {"Content-Type": "application/json"}}),
    (400, "POST", "/clip", {"data": {"url": FILM}}),
    (400, "POST", "/clip", {"json": {**CUT, "url": f"{AT}/source_too_long"}}),
    (400, "POST", "/clip/analyze", {"json": {"url": FILM, "query": "q"}}),
    (400, "GET", "/clips?per_page=0", {}),
    (401, "GET", "/balance", {"headers": {"Authorization": "Bearer sk_live_no"}}),
    (403, "GET", "/settings", {}),
    (403, "POST", "/reload", {"json": {"amount": 2500}}),
    (404, "GET", "/clip/0000000000000000", {}),
    (404, "GET", "/nope", {}),
    (405, "DELETE", "/balance", {}),
    (413, "POST", "/clip", {"data": b" " * ((1 << 20) + 1), "headers": {"Content-Type": "application/json"}}),
    (422, "POST", "/clip", {"json": {**CUT, "url": "ftp://films.example/a"}}),
    (422, "POST", "/clip", {"json": {**CUT, "url": f"{AT}/source_unsupported"}}),
    (422, "POST", "/clip", {"json": {**CUT, "url": f"{AT}/source_no_media"}}),
    (422, "POST", "/clip", {"json": {**CUT, "url": f"{AT}/source_unreachable"}}),
    (422, "POST", "/clip", {"json": {**CUT, "url": f"{AT}/source_refused_address"}}),
    (422, "POST", "/clip/info", {"json": {"url": f"{AT}/source_drm"}}),
    (500, "POST", "/clip/info", {"json": {"url": f"{AT}/crash"}}),
]


def in_shape(answer: requests.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["detail"]
    assert isinstance(answer.json()["detail"], str)
    assert "Traceback" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 429)


@pytest.mark.parametrize(("status", "method", "path", "request_"), ROWS)
def test_a_row_of_the_table(wire: Wire, status: int, method: str, path: str, request_: dict[str, Any]) -> None:
    _, key = wire.account()
    answer = wire.call(key, method, path, **request_)
    in_shape(answer, status)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert ("x-ratelimit-remaining" in answer.headers) == (status != 401)
    assert wire.call(key, "GET", "/balance").json() == {"balance": 5.0}


def test_402_and_409(wire: Wire) -> None:
    account, key = wire.account()
    clip = wire.behind.clip(account, file_size=(1 << 30) + 1)
    in_shape(wire.call(key, "POST", f"/clips/{clip.id}/pin"), 409)
    assert wire.call(key, "POST", "/storage/purchase", json={"gb": 5}).status_code == 200
    in_shape(wire.call(key, "POST", "/clip", json=CUT), 402)
    assert wire.call(key, "POST", "/clip", json=CUT).json() == {"detail": "Insufficient balance"}


def test_429(wire: Wire) -> None:
    _, key = wire.account()
    with requests.Session() as session:
        session.headers["X-Api-Key"] = key
        answers = [session.get(f"{wire.base}/cards", timeout=30) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    in_shape(answers[60], 429)


def spoken(wire: Wire, head: str, body: bytes = b"") -> tuple[int, dict[str, str], dict[str, Any], bool]:
    """Say exactly this: status, headers and body of the answer, and whether the server hangs up after it."""
    parts = urlsplit(wire.origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += line.recv(65536)
        top, _, rest = got.partition(b"\r\n\r\n")
        first, *lines = top.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(rest) < int(headers["content-length"]):
            rest += line.recv(65536)
        return int(first.split()[1]), headers, json.loads(rest), line.recv(1) == b""


@pytest.mark.parametrize("size", [(1 << 20) + 1, 500_000_000, 10**18])
def test_a_large_body_is_refused_before_it_is_read(wire: Wire, size: int) -> None:
    _, key = wire.account()
    head = (
        f"POST /fastclip/v1/clip HTTP/1.1\nHost: x\nX-Api-Key: {key}\nContent-Type: application/json\n"
        f"Content-Length: {size}"
    )
    status, headers, body, closed = spoken(wire, head)
    assert (status, list(body), closed) == (413, ["detail"], True)
    assert "x-ratelimit-remaining" in headers
    assert spoken(wire, f"{head}\nExpect: 100-continue")[0] == 413


def test_without_a_key_nothing_is_read(wire: Wire) -> None:
    head = "POST /fastclip/v1/clip HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 500000000"
    status, _, body, closed = spoken(wire, head)
    assert (status, body, closed) == (401, {"detail": "Invalid API key"}, True)


def test_chunks_without_end_are_cut_off(wire: Wire) -> None:
    _, key = wire.account()
    head = (
        f"POST /fastclip/v1/clip HTTP/1.1\nHost: x\nX-Api-Key: {key}\nContent-Type: application/json\n"
        "Transfer-Encoding: chunked"
    )
    status, _, body, _ = spoken(wire, head, (b"10000\r\n" + b" " * 65536 + b"\r\n") * 17)
    assert (status, list(body)) == (413, ["detail"])


def test_a_client_that_hangs_up_in_mid_body_leaves_no_job(wire: Wire) -> None:
    _, key = wire.account()
    parts = urlsplit(wire.origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        line.sendall(
            f"POST /fastclip/v1/clip HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
            'Content-Length: 500\r\n\r\n{"url"'.encode()
        )
    assert wire.call(key, "GET", "/balance").json() == {"balance": 5.0}


def test_curl_like_uploads_get_the_answer_and_not_a_broken_pipe(wire: Wire) -> None:
    _, key = wire.account()
    answer = wire.call(key, "POST", "/clip", data=b" " * (20 << 20), headers={"Content-Type": "application/json"})
    in_shape(answer, 413)
