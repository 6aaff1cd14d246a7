"""A worker at work: jobs come out as completed or failed, one after the other, and the worker leaves when told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cutroom.jobs import Webhooks
from cutroom.model.job import JobEvent, JobStatus, Queue
from cutroom.workflows import WorkConfig
from tests.support.crew import until
from tests.support.work import PRICE, SIGNUP, Yard

pytestmark = pytest.mark.slow
Start = Callable[..., None]


def test_jobs_are_done(yard: Yard, worker: Start) -> None:
    worker()
    jobs = [
        yard.submit(),
        yard.submit(format="mp3"),
        yard.submit(format="gif", quality=None),
        yard.submit(queue=Queue.NET),
    ]
    for made in jobs:
        done = yard.wait(made.id)
        assert (done.status, done.attempts, done.fraction) == (JobStatus.COMPLETED, 1, 1.0)
    assert yard.balance() == SIGNUP - 4 * PRICE
    assert yard.audit() == []
    assert len(yard.stored()) == 4
    assert yard.litter() == []


@pytest.mark.parametrize(
    ("order", "code", "sentence"),
    [
        ({"url": "/nothing.mp4"}, "source_not_found", "There is no such file."),
        ({"start": "15", "end": "15"}, "invalid_range", "The range is empty: start and end are the same."),
        ({"format": "avi"}, "internal", "Something went wrong in the server."),
    ],
)
def test_what_cannot_be_done_fails_with_a_sentence_and_costs_nothing(
    yard: Yard, worker: Start, caplog: pytest.LogCaptureFixture, order: dict[str, Any], code: str, sentence: str
) -> None:
    worker()
    failed = yard.wait(yard.submit(**order).id)
    assert (failed.status, failed.error_code, failed.error) == (JobStatus.FAILED, code, sentence)
    assert yard.balance() == SIGNUP
    assert yard.audit() == []
    assert yard.litter() == []
    until(lambda: caplog.text.count(f"job {failed.id} failed: {code}: {sentence}") == 1, 2.0, "one line in the log")
    assert "no detail" not in caplog.text
    assert ("Traceback" in caplog.text) is (code == "internal")


def test_a_surprise_outside_of_the_long_steps_is_logged_too(
    yard: Yard, worker: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_course: object, _bench: object, _job_id: str) -> None:
        msg = "no such column"
        raise LookupError(msg)

    monkeypatch.setattr("cutroom.workflows.runtime._SHORT_TRIES", 1)
    monkeypatch.setattr("cutroom.workflows.course.Course.prepare", broken)
    worker()
    failed = yard.wait(yard.submit().id)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "internal")
    until(lambda: caplog.text.count(f"job {failed.id} failed: internal: ") == 1, 2.0, "one line in the log")
    assert f"job {failed.id} met something unexpected:\nTraceback" in caplog.text
    assert "LookupError: no such column" in caplog.text


def test_what_takes_too_long_fails(yard: Yard, worker: Start) -> None:
    worker()
    failed = yard.wait(yard.submit(format="gif", end="19", timeout=0.1).id)
    assert (failed.status, failed.error_code) == (JobStatus.FAILED, "limit_exceeded")
    assert yard.balance() == SIGNUP


def test_the_urgent_goes_first(yard: Yard, worker: Start) -> None:
    late, early = yard.submit(format="mp3", priority=50), yard.submit(format="mp3", priority=2)
    worker(cpu_jobs=1)
    ends = [yard.wait(made.id).finished for made in (early, late)]
    assert None not in ends
    assert ends == sorted(ends, key=str)


def test_a_worker_takes_from_its_own_queues_only(yard: Yard, worker: Start) -> None:
    worker()
    made = yard.submit(queue=Queue.GPU)
    assert yard.wait(yard.submit(format="mp3").id).status is JobStatus.COMPLETED
    assert yard.job(made.id).status is JobStatus.QUEUED


def test_webhooks_are_sent_until_they_arrive(yard: Yard, worker: Start) -> None:
    sent: list[tuple[str, str, bytes]] = []

    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        sent.append((url, headers["webhook-id"], body))
        return (500, "later") if len(sent) == 1 else (204, "")

    webhooks = Webhooks(delays=(0.05, 0.05))
    with yard.database.write() as tx:
        message = webhooks.add(
            tx, account_id=yard.account.id, subject="j", url="https://example.com", secret="d2g=", payload={"a": 1}
        )
    worker(lambda bench: replace(bench, webhooks=webhooks, post=post), webhooks_every=0.05)
    until(lambda: yard.rows("SELECT status, attempts FROM webhook_deliveries") == [("delivered", 2)], 10.0)
    assert sent == [("https://example.com", message, b'{"a":1}')] * 2


def test_a_worker_given_up_by_the_others_starts_anew(yard: Yard, worker: Start) -> None:
    worker()
    ((before,),) = yard.rows("SELECT id FROM workers")
    with yard.database.write() as tx:
        from cutroom.jobs import Workers

        Workers().leave(tx, before)
    until(lambda: yard.rows("SELECT id FROM workers") not in ([], [(before,)]), 10.0)
    assert yard.wait(yard.submit(format="mp3").id).status is JobStatus.COMPLETED


def test_progress_has_the_words_of_a_job(yard: Yard, worker: Start) -> None:
    seen: list[tuple[str, float]] = []
    stop = threading.Event()
    made = yard.submit(format="gif", end="19")

    def watch() -> None:
        while not stop.wait(0.01):
            job = yard.job(made.id)
            if job.step and (not seen or seen[-1] != (job.step, job.fraction)):
                seen.append((job.step, job.fraction))

    watcher = threading.Thread(target=watch)
    watcher.start()
    worker(progress_every=0.0)
    yard.wait(made.id)
    stop.set()
    watcher.join()
    steps = [step for step, _ in seen]
    order = ["downloading", "processing", "uploading"]
    assert set(steps) <= set(order)
    assert "processing" in steps
    assert steps == sorted(steps, key=order.index)
    assert [fraction for _, fraction in seen] == sorted(fraction for _, fraction in seen)
    with yard.database.read() as tx:
        events: list[JobEvent] = yard.jobs.events(tx, made.id)
    assert [event.kind for event in events] == ["queued", "started", "completed"]


def test_the_queues_have_room_by_the_config() -> None:
    from pathlib import Path

    config = WorkConfig(Path("/"), cpu_jobs=3)
    assert [config.concurrency(queue) for queue in Queue] == [64, 8, 3, 1]
    assert WorkConfig(Path("/")).cpu_jobs >= 1
