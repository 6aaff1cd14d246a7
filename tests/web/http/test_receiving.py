"""Uploads over real connections: refused before they are read, cut off, slow, many at once."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cutroom.web.app import build_app
from cutroom.web.http import uploads
from tests.support.command import wait_until
from tests.support.site import MOST_UPLOADED, Backstage, open_backstage, serving

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

PATH = "/cutroom/v1/uploads"


@dataclass
class Door:
    """A served site, and somebody with a key."""

    behind: Backstage
    origin: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-Key": self.key}

    def post(self, **request: Any) -> requests.Response:
        return requests.post(self.origin + PATH, headers=self.headers, timeout=30, **request)

    def connect(self, *headers: str, key: bool = True) -> socket.socket:
        """A connection on which the head of an upload was sent."""
        parts = urlsplit(self.origin)
        connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
        mine = [f"X-Api-Key: {self.key}"] if key else []
        head = [f"POST {PATH} HTTP/1.1", f"Host: {parts.netloc}", *mine, *headers, "", ""]
        connection.sendall("\r\n".join(head).encode())
        return connection

    def left(self) -> tuple[list[str], list[Any], int]:
        """What an upload that came to nothing may not leave."""
        services = self.behind.services
        return (
            list(services.store.list("uploads")),
            list(services.reception.scratch.iterdir()),
            services.reception.coming,
        )


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with open_backstage(tmp_path_factory.mktemp("uploads")) as behind, serving(build_app(behind.services)) as origin:
        yield Door(behind, origin, behind.account()[1])


def answer_of(connection: socket.socket) -> tuple[int, str, Any]:
    """Status, head and body of what was answered; the connection has to be closed after it."""
    received = b""
    while part := connection.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), json.loads(body)


def test_without_a_key_nothing_is_read(door: Door) -> None:
    with door.connect("Content-Length: 1000000", "Expect: 100-continue", key=False) as connection:
        status, head, body = answer_of(connection)
    assert (status, body["error"]["code"]) == (401, "not_authenticated")
    assert "connection: close" in head
    assert "100 continue" not in head


@pytest.mark.parametrize("kind", ["video/mp4", "multipart/form-data; boundary=x"])
def test_what_says_that_it_is_too_large_is_not_read(door: Door, kind: str) -> None:
    size = MOST_UPLOADED + 64 * 1024 + 1
    with door.connect(f"Content-Length: {size}", "Expect: 100-continue", f"Content-Type: {kind}") as connection:
        status, head, body = answer_of(connection)
    assert (status, body["error"]["code"]) == (413, "limit_exceeded")
    assert f"larger than {MOST_UPLOADED} bytes" in body["error"]["message"]
    assert "connection: close" in head
    assert "100 continue" not in head
    assert door.left() == ([], [], 0)


def test_what_does_not_say_how_large_it_is_ends_at_the_limit(door: Door) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST_UPLOADED:
            sent += 65536
            yield b"x" * 65536

    try:
        answer = door.post(data=endless())
        assert answer.status_code == 413
    except requests.exceptions.ConnectionError:
        pass  # the server hung up while more was being sent
    assert sent < 5 * MOST_UPLOADED
    wait_until(lambda: door.left() == ([], [], 0), 5, "nothing to be left")


@pytest.mark.parametrize("kind", ["video/mp4", "multipart/form-data; boundary=x"])
def test_cut_off_in_the_middle_leaves_no_trace(door: Door, kind: str) -> None:
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    connection = door.connect("Content-Length: 4000000", f"Content-Type: {kind}")
    connection.sendall((start if "form" in kind else b"") + b"x" * 2_000_000)
    wait_until(lambda: door.left()[2] == 1, 5, "the upload to come in")
    connection.close()
    wait_until(lambda: door.left() == ([], [], 0), 5, "nothing to be left")
    assert requests.get(door.origin + PATH, headers=door.headers, timeout=10).json()["total"] == 0


def test_who_sends_nothing_for_a_while_is_taken_for_gone(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_IDLE_SECONDS", 0.3)
    with door.connect("Content-Length: 4000000") as connection:
        connection.sendall(b"x" * 1000)
        connection.settimeout(5)
        assert b"201" not in connection.recv(1000)
    wait_until(lambda: door.left() == ([], [], 0), 5, "nothing to be left")


def test_both_ways_of_sending_bring_the_same_bytes(door: Door) -> None:
    content = hashlib.sha256(b"seed").digest() * 100_000
    made = [
        door.post(files={"file": ("film.mp4", content)}),
        door.post(data=content, params={"name": "film.mp4"}),
        door.post(data=iter([content[:1], content[1:]]), params={"name": "film.mp4"}),
    ]
    assert [answer.status_code for answer in made] == [201] * 3
    assert {answer.json()["name"] for answer in made} == {"film.mp4"}
    for key in door.left()[0]:
        assert b"".join(door.behind.services.store.read(key)) == content


def test_an_account_has_so_many_places(door: Door) -> None:
    connections = [door.connect("Content-Length: 1000") for _ in range(4)]
    wait_until(lambda: door.left()[2] == 4, 5, "four uploads to come in")
    refused = door.post(data=b"film")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert refused.headers["retry-after"] == "5"
    _, other = door.behind.account()
    assert requests.post(door.origin + PATH, data=b"x", headers={"X-Api-Key": other}, timeout=10).status_code == 201
    for connection in connections:
        connection.sendall(b"x" * 1000)
        status, _, _ = answer_of_one(connection)
        assert status == 201
        connection.close()
    assert door.post(data=b"film").status_code == 201


def answer_of_one(connection: socket.socket) -> tuple[int, str, Any]:
    """As ``answer_of``, of a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"}"):
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), json.loads(body)


def test_room_is_looked_for_before_anything_is_read(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.behind.services.uploads, "_quota", 1000)
    with door.connect("Content-Length: 2000", "Expect: 100-continue") as connection:
        status, head, body = answer_of(connection)
    assert (status, body["error"]["code"]) == (409, "storage_full")
    assert "connection: close" in head
    assert "100 continue" not in head
    chunked = door.post(data=iter([b"x" * 2000]))
    assert (chunked.status_code, chunked.json()["error"]["code"]) == (409, "storage_full")
    assert door.left() == ([], [], 0)


def test_others_are_answered_while_uploads_come_in_slowly(door: Door) -> None:
    accounts = [door.behind.account()[1] for _ in range(20)]
    connections = [Door(door.behind, door.origin, key).connect("Content-Length: 1000000") for key in accounts * 3]
    try:
        wait_until(lambda: door.left()[2] == 60, 10, "sixty uploads to come in")
        started = time.monotonic()
        assert requests.get(door.origin + PATH, headers=door.headers, timeout=10).status_code == 200
        assert time.monotonic() - started < 2
    finally:
        for connection in connections:
            connection.close()
    wait_until(lambda: door.left() == ([], [], 0), 10, "nothing to be left")


def test_two_uploads_at_once_do_not_mix(door: Door) -> None:
    contents = [bytes([number]) * 3_000_000 for number in range(3)]
    threads = [threading.Thread(target=lambda c=content: door.post(data=c)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = [b"".join(door.behind.services.store.read(key)) for key in door.left()[0]]
    assert sorted(stored) == contents
