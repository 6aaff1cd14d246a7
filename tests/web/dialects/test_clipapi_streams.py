"""clipapi's streams over real connections, and the demo: named events, replay, the end, who may ask how often."""

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
from starlette.testclient import TestClient

from cutroom.actions import demo
from cutroom.actions.service import Limits, Rate, SurfaceRates
from cutroom.model.analysis import STEPS, Preset, Step
from cutroom.web.app import build_app
from tests.support.command import wait_until
from tests.support.site import FILM, Backstage, open_backstage, serving

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
API = "/clipapi/v1"
ALL = [step.value for step in STEPS[Preset.FULL]]


@dataclass
class Door:
    """A served site, and somebody with a key. Streams are opened without it."""

    behind: Backstage
    origin: str
    key: str

    def order(self) -> str:
        answer = requests.post(
            f"{self.origin}{API}/analyses", json={"video_url": FILM}, headers={"X-Api-Key": self.key}, timeout=30
        )
        return str(answer.json()["analysis_id"])

    def open(self, analysis_id: str, last: str | None = None) -> requests.Response:
        headers = {"Last-Event-ID": last} if last is not None else {}
        url = f"{self.origin}/clipapi/api/v1/analyses/{analysis_id}/stream"
        return requests.get(url, headers=headers, stream=True, timeout=20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    limits = Limits(surfaces={"clipapi": SurfaceRates(per_plan=True, per_address=(Rate(60, 60),))})
    with (
        open_backstage(tmp_path_factory.mktemp("clipapi"), limits=limits) as behind,
        serving(build_app(behind.services)) as origin,
    ):
        yield behind, origin


@pytest.fixture
def door(served: tuple[Backstage, str]) -> Iterator[Door]:
    behind, origin = served
    _, key = behind.account_on("enterprise")
    yield Door(behind, origin, key)
    wait_until(lambda: behind.services.hub.watched == 0, 5, "every stream to be let go of")
    behind.clock.ahead = 0.0


def events(answer: requests.Response) -> Iterator[tuple[str, Any, str]]:
    for event in sseclient.SSEClient(answer.iter_content(None)).events():
        said = json.loads(event.data)
        assert said["event"] == event.event
        yield event.event, said, str(event.id)


def test_every_step_is_told_as_it_begins_and_ends(door: Door) -> None:
    made = door.order()
    with door.open(made) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = events(answer)
        door.behind.analyse(made, Step.INGEST, finish=False)
        assert next(told)[1] == {"event": "step_start", "step": "ingest", "job_id": made}
        name, done, _ = next(told)
        assert (name, done["step"], done["job_id"]) == ("step_done", "ingest", made)
        assert isinstance(done["duration_ms"], int)
        assert done["duration_ms"] >= 0
        door.behind.analyse(made, *STEPS[Preset.FULL][1:])
        rest = list(told)
    assert [(name, said.get("step")) for name, said, _ in rest[:-1]] == [
        (name, step) for step in ALL[1:] for name in ("step_start", "step_done")
    ]
    assert rest[-1][1] == {"event": "pipeline_done", "analysis_id": made}


def test_who_comes_late_hears_all_of_it_who_comes_back_the_rest_and_who_heard_it_nothing(door: Door) -> None:
    made = door.order()
    door.behind.analyse(made)
    with door.open(made) as answer:
        everything = list(events(answer))
    assert [said.get("step") for _, said, _ in everything] == [step for step in ALL for _ in range(2)] + [None]
    with door.open(made, everything[3][2]) as answer:
        assert list(events(answer)) == everything[4:]
    with door.open(made, everything[-1][2]) as answer:
        assert (answer.status_code, answer.content) == (204, b"")
    for odd in ("x", "-1", ""):
        with door.open(made, odd) as answer:
            assert list(events(answer)) == everything


def test_lines_are_as_plain_as_the_document_has_them(door: Door) -> None:
    made = door.order()
    door.behind.analyse(made)
    with door.open(made) as answer:
        text = answer.text
    block = next(block for block in text.split("\n\n") if "step_start" in block)
    assert [line.partition(":")[0] for line in block.split("\n")] == ["id", "event", "data"]
    assert f'data: {{"event": "step_start", "step": "ingest", "job_id": "{made}"}}' in block
    assert "\r" not in text


def test_a_failure_and_a_cancelling_are_told_with_the_step(door: Door) -> None:
    failed, cancelled = door.order(), door.order()
    for made in (failed, cancelled):
        door.behind.analyse(made, Step.INGEST, Step.AUDIO, finish=False)
    door.behind.fail(failed, "media_damaged", "The file is damaged.")
    door.behind.services.client.cancel(cancelled)
    last = []
    for made in (failed, cancelled):
        with door.open(made) as answer:
            last.append(list(events(answer))[-1][1])
    assert last == [
        {"event": "pipeline_failed", "analysis_id": failed, "step": "audio_analysis", "error": "The file is damaged."},
        {
            "event": "pipeline_failed", "analysis_id": cancelled, "step": "audio_analysis",
            "error": "The analysis was cancelled.",
        },
    ]  # fmt: skip


def test_deleting_ends_the_stream(door: Door) -> None:
    made = door.order()
    with door.open(made) as answer:
        told = events(answer)
        threading.Timer(0.3, lambda: requests.delete(
            f"{door.origin}{API}/analyses/{made}", headers={"X-Api-Key": door.key}, timeout=10
        )).start()  # fmt: skip
        assert [name for name, _, _ in told] == ["pipeline_failed"]
    assert door.open(made).status_code == 404


def test_unknown_ids_are_404_and_guessing_is_stopped(served: tuple[Backstage, str]) -> None:
    behind, _ = served
    site = TestClient(build_app(behind.services), client=("10.9.9.9", 1))
    other = TestClient(build_app(behind.services), client=("10.9.9.8", 1))
    answers = [site.get(f"{API}/analyses/job_{n:012}/stream") for n in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {404}
    assert all(list(answer.json()) == ["detail"] for answer in answers)
    assert answers[60].status_code == 429
    assert int(answers[60].headers["retry-after"]) >= 1
    assert other.get(f"{API}/analyses/job_x/stream").status_code == 404


def test_streams_that_are_known_may_be_opened_any_number_of_times(door: Door) -> None:
    made = door.order()
    door.behind.analyse(made)
    assert {door.open(made).status_code for _ in range(65)} == {200}


# --- the demo --------------------------------------------------------------------------------------------------------


def visitor(behind: Backstage, address: str) -> TestClient:
    behind.account(owner=True)
    return TestClient(build_app(behind.services), raise_server_exceptions=False, client=(address, 1))


def helped(behind: Backstage, act: Any) -> threading.Thread:
    """Somebody who does ``act`` with the next demo."""

    def help_out() -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with behind.services.database.read() as tx:
                waiting = [job for job in behind.services.jobs.unfinished(tx) if job.params.get("longest") == 60.0]
            if waiting:
                act(waiting[0].id)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=help_out)
    thread.start()
    return thread


@pytest.fixture
def polled(served: tuple[Backstage, str]) -> Backstage:
    return served[0]


def test_the_demo_answers_with_the_whole(door: Door) -> None:
    door.behind.account(owner=True)
    hand = helped(door.behind, door.behind.analyse)
    answer = requests.post(f"{door.origin}{API}/demo/analyze", json={"video_url": FILM}, timeout=30)
    hand.join()
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "completed"
    assert answer.json()["media"]["duration_seconds"] == 12.0
    url = answer.json()["media_understanding"]["visual_analysis"]["keyframes"][0]["image_url"]
    assert requests.get(url, timeout=10).status_code == 200
    owner = {"X-Api-Key": door.behind.account(owner=True)[1]}
    assert requests.get(f"{door.origin}{API}/analyses", headers=owner, timeout=10).json()["analyses"] == []
    made = answer.json()["analysis_id"]
    assert requests.get(f"{door.origin}{API}/analyses/{made}", headers=owner, timeout=10).status_code == 404
    used = requests.get(f"{door.origin}{API}/usage", headers=owner, timeout=10)
    assert used.json()["analyses"]["used"] == 0
    # Who is not metered still finds the headers that clients read.
    assert used.headers["x-ratelimit-limit"] == used.headers["x-ratelimit-remaining"] == "200"


def test_a_demo_that_fails_or_takes_too_long(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.behind.account(owner=True)
    door.behind.clock.ahead = 7200.0
    hand = helped(door.behind, lambda job_id: door.behind.fail(job_id, "source_too_long", "At most 60 seconds."))
    answer = requests.post(f"{door.origin}{API}/demo/analyze", json={"video_url": FILM}, timeout=30)
    hand.join()
    assert (answer.status_code, answer.json()) == (400, {"detail": "At most 60 seconds."})
    monkeypatch.setattr(demo, "PATIENCE", 0.5)
    monkeypatch.setattr(demo.await_demo, "__kwdefaults__", {"patience": 0.5})
    answer = requests.post(f"{door.origin}{API}/demo/analyze", json={"video_url": FILM}, timeout=30)
    assert answer.status_code == 504
    assert "timed out" in answer.json()["detail"]
    with door.behind.services.database.read() as tx:
        assert [job for job in door.behind.services.jobs.unfinished(tx) if job.params.get("longest") == 60.0] == []


def test_three_an_hour_of_which_refused_ones_are_none(polled: Backstage, monkeypatch: pytest.MonkeyPatch) -> None:
    site = visitor(polled, "10.8.8.8")
    monkeypatch.setattr(demo.await_demo, "__kwdefaults__", {"patience": 0.05})
    bodies: list[dict[str, str]] = [{}, {"video_url": "x"}, *[{"video_url": FILM}] * 4]
    codes = [site.post(f"{API}/demo/analyze", json=body).status_code for body in bodies]
    assert codes == [400, 400, 504, 504, 504, 429]
