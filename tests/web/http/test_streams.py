"""Event streams over real connections: replay, followers, who leaves, what is held."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import sseclient

from cutroom.model.account import Account
from cutroom.web.app import build_app
from cutroom.web.http import streams
from tests.support.command import wait_until
from tests.support.site import FILM, Backstage, open_backstage, serving

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

OWN = "/cutroom/v1"


@dataclass
class Door:
    """A served site, somebody with a key, and what a worker would do."""

    behind: Backstage
    origin: str
    account: Account
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Api-Key": self.key}

    def submit(self) -> str:
        order = {"url": FILM, "start": 0, "end": 10}
        answer = requests.post(f"{self.origin}/fastclip/v1/clip", json=order, headers=self.headers, timeout=10)
        return str(answer.json()["job_id"])

    def open(self, job_id: str, last: str | None = None, key: str | None = None) -> requests.Response:
        headers = {"X-Api-Key": key or self.key} | ({"Last-Event-ID": last} if last is not None else {})
        return requests.get(f"{self.origin}{OWN}/jobs/{job_id}/events", headers=headers, stream=True, timeout=20)

    def start(self, job_id: str) -> None:
        with self.behind.services.database.write() as tx:
            self.behind.services.jobs.start(tx, job_id, "worker")

    def progress(self, job_id: str, fraction: float) -> None:
        with self.behind.services.database.write() as tx:
            self.behind.services.jobs.progress(tx, job_id, "processing", fraction)

    def finish(self, job_id: str) -> None:
        self.behind.finish(self.account, job_id)

    def open_streams(self) -> tuple[int, float]:
        """As the hub and as the metrics have them."""
        metrics = self.behind.services.metrics
        return self.behind.services.hub.watched, metrics._streams.labels("cutroom")._value.get()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    with open_backstage(tmp_path_factory.mktemp("streams")) as behind, serving(build_app(behind.services)) as origin:
        yield behind, origin


@pytest.fixture
def door(served: tuple[Backstage, str]) -> Iterator[Door]:
    behind, origin = served
    yield Door(behind, origin, *behind.account())
    wait_until(lambda: behind.services.hub.watched == 0, 5, "every stream to be let go of")


def told(answer: requests.Response) -> Iterator[Any]:
    return iter(sseclient.SSEClient(answer.iter_content(None)).events())


def kinds(answer: requests.Response) -> list[str]:
    return [event.event for event in told(answer)]


def test_a_stream_goes_from_the_order_to_the_end(door: Door) -> None:
    job_id = door.submit()
    with door.open(job_id) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["access-control-allow-origin"] == "*"
        events = told(answer)
        seen = [next(events), next(events)]
        door.start(job_id)
        seen += [next(events), next(events)]
        door.progress(job_id, 0.5)
        seen.append(next(events))
        door.finish(job_id)
        seen += list(events)
    assert [event.event for event in seen] == ["queued", "progress", "started", "progress", "progress", "completed"]
    assert json.loads(seen[4].data) == {
        "job_id": job_id, "status": "running", "step": "processing", "progress": 0.5, "speed": None, "eta": None,
    }  # fmt: skip
    assert json.loads(seen[-1].data)["data"] == {"cost": 10}


def test_lines_are_plain_and_only_what_happened_has_an_id(door: Door) -> None:
    job_id = door.submit()
    door.finish(job_id)
    text = door.open(job_id).text
    assert "\r" not in text
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    assert [block[0].partition(":")[0] for block in blocks] == ["retry", "id", "id", "id"]


def test_who_comes_late_is_told_everything(door: Door) -> None:
    job_id = door.submit()
    door.finish(job_id)
    for last in (None, "", "x", "-1", "9" * 40, "\u0663"):
        headers = None if last is None else last.encode().decode("latin-1")
        assert kinds(door.open(job_id, headers)) == ["queued", "started", "completed"]


def test_who_comes_back_is_told_the_rest_and_then_to_stay_away(door: Door) -> None:
    job_id = door.submit()
    with door.open(job_id) as answer:
        first = next(told(answer)).id
    door.start(job_id)
    with door.open(job_id, first) as answer:
        events = told(answer)
        assert [next(events).event for _ in range(2)] == ["started", "progress"]
        door.finish(job_id)
        rest = list(events)
    assert [event.event for event in rest] == ["completed"]
    assert kinds(door.open(job_id, first)) == ["started", "completed"]
    for last in (rest[-1].id, "999999999999999999"):
        over = door.open(job_id, last)
        assert (over.status_code, over.content) == (204, b"")


def test_many_follow_one_job(door: Door) -> None:
    job_id = door.submit()
    answers = [door.open(job_id) for _ in range(5)]
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda a=answer: found.append(kinds(a))) for answer in answers]
    for thread in threads:
        thread.start()
    wait_until(lambda: door.open_streams() == (5, 5.0), 5, "five streams")
    door.finish(job_id)
    for thread in threads:
        thread.join(10)
    assert found == [["queued", "progress", "started", "completed"]] * 5
    wait_until(lambda: door.open_streams() == (0, 0.0), 5, "all to be let go of")


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_every_end_ends_the_stream(door: Door, end: str) -> None:
    job_id = door.submit()
    with door.open(job_id) as answer:
        events = told(answer)
        next(events)
        if end == "failed":
            with door.behind.services.database.write() as tx:
                door.behind.services.jobs.fail(tx, job_id, "source_private", "Private.")
        else:
            requests.delete(f"{door.origin}{OWN}/jobs/{job_id}", headers=door.headers, timeout=10)
        last = list(events)[-1]
    assert last.event == end


def test_who_goes_away_leaves_nothing_behind(door: Door) -> None:
    job_id = door.submit()
    answers = [door.open(job_id) for _ in range(20)]
    readers = [told(answer) for answer in answers]
    assert {next(reader).event for reader in readers} == {"queued"}
    wait_until(lambda: door.open_streams() == (20, 20.0), 5, "twenty streams")
    for answer in answers:
        answer.close()
    wait_until(lambda: door.open_streams() == (0, 0.0), 5, "all to be let go of")


def test_a_silent_stream_shows_that_it_lives(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    assert streams.KEEP_ALIVE <= 15
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.2)
    job_id = door.submit()
    with door.open(job_id) as answer:
        lines = answer.iter_lines(chunk_size=1)
        seen: list[bytes] = []
        while seen.count(b": still here") < 3:
            seen.append(next(lines))


def test_who_does_not_read_is_let_go_of(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_STALLED", 0.5)
    job_id = door.submit()
    with door.open(job_id):
        wait_until(lambda: door.open_streams()[0] == 1, 5, "the stream")
        big = {"text": "x" * 500_000}
        for _ in range(40):  # more than the system keeps for a reader
            with door.behind.services.database.write() as tx:
                door.behind.services.jobs.event(tx, job_id, "noted", big)
        wait_until(lambda: door.open_streams() == (0, 0.0), 15, "the stream to be let go of")


def test_errors_come_before_the_stream_and_in_the_surfaces_shape(door: Door) -> None:
    job_id = door.submit()
    _, other = door.behind.account()
    refused = {
        (answer.status_code, answer.json()["error"]["code"], answer.headers["content-type"])
        for answer in (door.open("0" * 16), door.open(job_id, key=other))
    }
    assert refused == {(404, "not_found", "application/json")}
    for query in ("", f"?key={door.key}"):
        answer = requests.get(f"{door.origin}{OWN}/jobs/{job_id}/events{query}", timeout=10)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


def test_a_look_at_the_headers_opens_no_stream(door: Door) -> None:
    job_id = door.submit()
    started = time.monotonic()
    answer = requests.head(f"{door.origin}{OWN}/jobs/{job_id}/events", headers=door.headers, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert time.monotonic() - started < 5
    assert door.open_streams() == (0, 0.0)


def test_everything_else_is_answered_while_streams_are_open(door: Door) -> None:
    """Streams wait in the event loop, not in threads: sixty of them leave all threads to the others."""
    job_id = door.submit()
    answers = [door.open(job_id) for _ in range(60)]
    try:
        wait_until(lambda: door.open_streams()[0] == 60, 10, "sixty streams")
        started = time.monotonic()
        assert requests.get(f"{door.origin}{OWN}/jobs", headers=door.headers, timeout=10).status_code == 200
        assert time.monotonic() - started < 2
    finally:
        for answer in answers:
            answer.close()
