"""Clipi's streams over real connections: frames as the document has them, their pace, their end, what they hold."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import sseclient
from sse_starlette.sse import AppStatus

from cutroom.model.account import Account
from cutroom.web.app import build_app
from tests.support.command import wait_until
from tests.support.site import FILM, MOST_SENT, Backstage, open_backstage, serving
from tests.web.dialects.clipi import API, BOUNDARY, Part, form
from tests.web.dialects.clipi import film as a_film

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]


@dataclass
class Door:
    """A served site, and somebody with a key. Streams are opened without it."""

    behind: Backstage
    origin: str
    account: Account
    key: str

    @property
    def base(self) -> str:
        return self.origin + API

    def order(self, tool: str = "remove-audio", **values: str) -> tuple[str, str]:
        """The two ids of a tool that waits."""
        with a_film().open("rb") as file:
            answer = requests.post(
                f"{self.base}/tools/{tool}", files={"file": file}, data=values, headers={"X-Api-Key": self.key},
                timeout=30,
            )  # fmt: skip
        return answer.json()["jobId"], answer.json()["toolJobId"]

    def download(self) -> tuple[str, str]:
        """The same of a download."""
        answer = requests.post(
            f"{self.base}/video/download", json={"url": FILM}, headers={"X-Api-Key": self.key}, timeout=30
        )  # fmt: skip
        return answer.json()["jobId"], answer.json()["downloadId"]

    def open(self, path: str, last: str | None = None) -> requests.Response:
        headers = {"Last-Event-ID": last} if last is not None else {}
        return requests.get(f"{self.base}{path}", headers=headers, stream=True, timeout=20)

    def open_streams(self) -> tuple[int, float]:
        """As the hub and as the metrics have them."""
        metrics = self.behind.services.metrics
        return self.behind.services.hub.watched, metrics._streams.labels("clipi")._value.get()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    with open_backstage(tmp_path_factory.mktemp("clipi")) as behind, serving(build_app(behind.services)) as origin:
        yield behind, origin


@pytest.fixture
def door(served: tuple[Backstage, str]) -> Iterator[Door]:
    behind, origin = served
    yield Door(behind, origin, *behind.account())
    wait_until(lambda: behind.services.hub.watched == 0, 5, "every stream to be let go of")
    with behind.services.database.read() as tx:
        left = behind.services.jobs.unfinished(tx)
    for job in left:
        behind.services.client.cancel(job.id)


def frames(answer: requests.Response) -> Iterator[Any]:
    for event in sseclient.SSEClient(answer.iter_content(None)).events():
        assert event.event == "message"
        yield json.loads(event.data)


def test_a_tool_from_the_queue_to_its_result_as_the_document_prints_it(door: Door) -> None:
    job_id, tool_job_id = door.order()
    with door.open(f"/tools/jobs/{job_id}") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["access-control-allow-origin"] == "*"
        told = frames(answer)
        first = next(told)
        assert first == {"jobId": job_id, "status": "pending", "percent": 0, "queuePosition": 1, "queueTotal": 1}
        door.behind.start(job_id, 0.45)
        seen = next(frame for frame in told if frame["percent"] == 45)
        assert seen == {"jobId": job_id, "status": "processing", "percent": 45, "speed": "2.5MB/s", "eta": 12}
        door.behind.make(job_id)
        *_, last = told
    assert last == {
        "jobId": job_id, "status": "completed", "percent": 100,
        "downloadUrl": f"{API}/tools/download/{tool_job_id}",
    }  # fmt: skip
    assert requests.get(door.origin + last["downloadUrl"], timeout=10).content == b"made"


def test_a_download_that_fails(door: Door) -> None:
    job_id, download_id = door.download()
    with door.open(f"/jobs/{download_id}") as answer:  # the other id leads there, too
        told = frames(answer)
        assert next(told) == {"jobId": job_id, "status": "pending", "percent": 0}
        door.behind.start(job_id, 0.3)
        door.behind.fail(job_id, "source_private", "The video is private.\nReally.")
        *_, last = told
    assert last == {"jobId": job_id, "status": "failed", "percent": 30, "error": "The video is private.\nReally."}
    done, made = door.download()
    door.behind.make(done)
    (only,) = frames(door.open(f"/jobs/{done}"))
    assert only["downloadUrl"] == f"{API}/download/{made}"


def test_lines_are_as_plain_as_the_document_has_them(door: Door) -> None:
    job_id, tool_job_id = door.order()
    door.behind.make(job_id)
    text = door.open(f"/tools/jobs/{job_id}").text
    blocks = [block for block in text.split("\n\n") if block]
    assert blocks[0].startswith("retry: ")
    number, data = blocks[1].split("\n")
    assert number.startswith("id: ")
    assert data == (
        f'data: {{"jobId":"{job_id}","status":"completed","percent":100,'
        f'"downloadUrl":"{API}/tools/download/{tool_job_id}"}}'
    )
    assert len(blocks) == 2
    assert "event:" not in text
    assert "\r" not in text


def test_a_frame_comes_every_second_even_without_change(door: Door) -> None:
    job_id, _ = door.order()
    for started in (False, True):
        if started:
            door.behind.start(job_id, 0.5)
        with door.open(f"/tools/jobs/{job_id}") as answer:
            told = frames(answer)
            seen = [(next(told), time.monotonic()) for _ in range(3)]
        assert {frame["status"] for frame, _ in seen} == {"processing" if started else "pending"}
        assert {"queuePosition" in frame for frame, _ in seen} == {not started}
        gaps = [later - earlier for (_, earlier), (_, later) in pairwise(seen)]
        assert max(gaps) < 1.9
        assert sum(gaps) > 1.4


def test_the_place_in_the_queue_moves_on(door: Door) -> None:
    jobs = [door.order()[0] for _ in range(3)]
    with door.open(f"/tools/jobs/{jobs[2]}") as answer:
        told = frames(answer)
        places = [next(told)]
        for taken in jobs[:2]:
            door.behind.start(taken)
            places.append(next(frame for frame in told if frame.get("queuePosition") != places[-1]["queuePosition"]))
        for job_id in jobs:
            door.behind.services.client.cancel(job_id)
        *_, last = told
    assert [(frame["queuePosition"], frame["queueTotal"]) for frame in places] == [(3, 3), (2, 2), (1, 1)]
    assert last == {"jobId": jobs[2], "status": "failed", "percent": 0, "error": "The job was cancelled."}


def test_percent_never_falls_and_is_100_only_at_the_end(door: Door) -> None:
    job_id, _ = door.order()
    with door.open(f"/tools/jobs/{job_id}") as answer:
        told = frames(answer)
        seen = [next(told)["percent"]]
        door.behind.start(job_id, 0.7)
        seen.append(next(told)["percent"])
        door.behind.start(job_id, 0.2)  # another worker began again
        seen.append(next(told)["percent"])
        door.behind.start(job_id, 1.0)
        seen += [next(told)["percent"] for _ in range(2)]
        door.behind.make(job_id)
        seen += [frame["percent"] for frame in told]
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert 99 in seen[:-1]
    assert seen.count(100) == 1


def test_who_comes_late_gets_the_last_frame_and_who_had_it_is_sent_away(door: Door) -> None:
    job_id, tool_job_id = door.order()
    with door.open(f"/tools/jobs/{job_id}") as answer:
        first = next(iter(sseclient.SSEClient(answer.iter_content(None)).events())).id
    door.behind.make(job_id)
    for path in (f"/tools/jobs/{job_id}", f"/tools/jobs/{tool_job_id}"):
        ids = set()
        for last in (None, "", "x", first, "99999"):
            with door.open(path, last) as answer:
                (event,) = sseclient.SSEClient(answer.iter_content(None)).events()
            assert json.loads(event.data)["status"] == "completed"
            ids.add(event.id)
        (final,) = ids
        over = door.open(path, final)
        assert (over.status_code, over.content) == (204, b"")


def test_who_goes_away_leaves_nothing_behind(door: Door) -> None:
    job_id, _ = door.order()
    answers = [door.open(f"/tools/jobs/{job_id}") for _ in range(20)]
    readers = [frames(answer) for answer in answers]
    assert {next(reader)["status"] for reader in readers} == {"pending"}
    wait_until(lambda: door.open_streams() == (20, 20.0), 5, "twenty streams")
    for answer in answers:
        answer.close()
    wait_until(lambda: door.open_streams() == (0, 0.0), 5, "all to be let go of")


def test_a_look_at_the_headers_opens_no_stream(door: Door) -> None:
    job_id, _ = door.order()
    answer = requests.head(f"{door.base}/tools/jobs/{job_id}", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert door.open_streams() == (0, 0.0)


def test_errors_come_before_the_stream(door: Door) -> None:
    for path in ("/tools/jobs/nothing", "/jobs/nothing", f"/jobs/{door.order()[0]}"):
        answer = door.open(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not found."})
        assert answer.headers["content-type"] == "application/json"


def test_streams_end_well_when_the_server_stops(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, _ = door.order()
    ended: list[float] = []

    def follow() -> None:
        for _ in frames(door.open(f"/tools/jobs/{job_id}")):
            pass
        ended.append(time.monotonic())

    threads = [threading.Thread(target=follow) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_until(lambda: door.open_streams()[0] == 5, 5, "five streams")
    began = time.monotonic()
    monkeypatch.setattr(AppStatus, "should_exit", True)
    for thread in threads:
        thread.join(10)
    assert len(ended) == 5
    assert max(ended) - began < 4


def test_everything_else_is_answered_while_streams_are_open(door: Door) -> None:
    job_id, _ = door.order()
    answers = [door.open(f"/tools/jobs/{job_id}") for _ in range(60)]
    try:
        wait_until(lambda: door.open_streams()[0] == 60, 10, "sixty streams")
        started = time.monotonic()
        assert requests.get(f"{door.base}/openapi.json", timeout=10).status_code == 200
        assert time.monotonic() - started < 2
    finally:
        for answer in answers:
            answer.close()


# --- what comes in ---------------------------------------------------------------------------------------------------


def connect(door: Door, length: int, *, key: bool = True, path: str = "/tools/trim-video") -> socket.socket:
    """A connection on which the head of an order was sent."""
    parts = urlsplit(door.origin)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    head = [
        f"POST {API}{path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}", "Expect: 100-continue",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}", *([f"X-Api-Key: {door.key}"] if key else []), "", "",
    ]  # fmt: skip
    connection.sendall("\r\n".join(head).encode())
    return connection


def answer_of(connection: socket.socket) -> tuple[int, Any, bool]:
    """Status, body, and whether the body was asked for."""
    received = b""
    while not received.endswith(b"}") and (part := connection.recv(65536)):
        received += part
    asked = received.startswith(b"HTTP/1.1 100")
    if asked:
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body), asked


def left(door: Door) -> tuple[list[str], list[Any], int]:
    """What an order that came to nothing may not leave."""
    services = door.behind.services
    return list(services.store.list("runs")), list(services.reception.scratch.iterdir()), services.reception.coming


def test_nothing_is_read_without_a_key_and_of_what_is_too_large(door: Door) -> None:
    before = left(door)
    with connect(door, 1000, key=False) as connection:
        assert answer_of(connection) == (401, {"error": "Invalid or missing API key."}, False)
    with connect(door, MOST_SENT + 65_537) as connection:
        sentence = f"The request body must not be larger than {MOST_SENT} bytes."
        assert answer_of(connection) == (413, {"error": sentence}, False)
    assert left(door) == before


def test_cut_off_in_the_middle_leaves_no_trace(door: Door) -> None:
    before = left(door)
    body = form(Part("startTime", b"0"), Part("file", a_film().read_bytes(), "a.mp4"))["content"]
    connection = connect(door, len(body))
    connection.sendall(body[: len(body) // 2])
    wait_until(lambda: left(door)[2] == 1, 5, "the order to come in")
    connection.close()
    wait_until(lambda: left(door) == before, 5, "nothing to be left")


def test_a_wrong_field_before_the_file_ends_the_upload(door: Door) -> None:
    before = left(door)
    body = form(Part("startTime", b"NaN"), Part("file", b"x" * 1000, "a.mp4"))["content"]
    with connect(door, 5_000_000) as connection:
        connection.sendall(body[:-30])  # and then nothing for a while
        connection.sendall(b"x" * (5_000_000 - len(body) + 30))
        status, said, asked = answer_of(connection)
    assert (status, "startTime" in said["error"], asked) == (400, True, True)
    assert left(door) == before
