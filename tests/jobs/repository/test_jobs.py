"""Jobs in the database: who comes first has decided, and nothing goes back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutroom.db import Database
from cutroom.jobs import Jobs
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Job, JobStatus, Queue

Submit = Callable[..., Job]
JOBS = Jobs()


def job(database: Database, job_id: str) -> Job:
    with database.read() as tx:
        found = JOBS.get(tx, job_id)
    assert found is not None
    return found


def kinds(database: Database, job_id: str) -> list[str]:
    with database.read() as tx:
        return [event.kind for event in JOBS.events(tx, job_id)]


def test_a_new_job_is_queued_as_it_was_ordered(database: Database, submit: Submit) -> None:
    made = submit(params={"url": "x", "start": "1/3"}, priority=7)
    assert made == job(database, made.id)
    assert made.status is JobStatus.QUEUED
    assert made.params == {"url": "x", "start": "1/3"}
    assert (made.priority, made.fraction, made.attempts, made.rev, made.queue) == (7, 0.0, 0, 0, Queue.CPU)
    assert kinds(database, made.id) == ["queued"]


def test_a_job_from_start_to_end(database: Database, submit: Submit) -> None:
    made = submit()
    with database.write() as tx:
        assert JOBS.start(tx, made.id, "w1")
        assert JOBS.progress(tx, made.id, "processing", 0.5, speed=2.0, eta=3.0)
    running = job(database, made.id)
    assert (running.status, running.step, running.fraction) == (JobStatus.RUNNING, "processing", 0.5)
    assert (running.speed, running.eta, running.worker, running.attempts) == (2.0, 3.0, "w1", 1)
    with database.write() as tx:
        assert JOBS.complete(tx, made.id, {"clip_id": "c"}, cost=10)
    done = job(database, made.id)
    assert (done.status, done.result, done.cost, done.fraction) == (JobStatus.COMPLETED, {"clip_id": "c"}, 10, 1.0)
    assert done.started is not None
    assert done.finished is not None
    assert done.finished >= done.started >= done.created
    assert done.rev > running.rev > made.rev
    assert kinds(database, made.id) == ["queued", "started", "completed"]


def test_starting_again_counts_and_is_told_once(database: Database, submit: Submit) -> None:
    made = submit()
    for worker in ("w1", "w2"):
        with database.write() as tx:
            assert JOBS.start(tx, made.id, worker)
    again = job(database, made.id)
    assert (again.attempts, again.worker) == (2, "w2")
    assert kinds(database, made.id) == ["queued", "started"]


@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
def test_a_job_that_has_ended_stays_so(database: Database, submit: Submit, end: str) -> None:
    made = submit()
    ends: dict[str, Callable[[Any], bool]] = {
        "complete": lambda tx: JOBS.complete(tx, made.id, {}),
        "fail": lambda tx: JOBS.fail(tx, made.id, "not_media", "Not media."),
        "cancel": lambda tx: JOBS.cancel(tx, made.id),
    }
    with database.write() as tx:
        assert JOBS.start(tx, made.id, "w")
        assert ends[end](tx)
    ended = job(database, made.id)
    with database.write() as tx:
        assert not any(again(tx) for again in ends.values())
        assert not JOBS.start(tx, made.id, "w")
        assert not JOBS.progress(tx, made.id, "late", 0.9)
    assert job(database, made.id) == ended
    assert len(kinds(database, made.id)) == 3


def test_only_a_running_job_completes_or_progresses(database: Database, submit: Submit) -> None:
    made = submit()
    with database.write() as tx:
        assert not JOBS.complete(tx, made.id, {})
        assert not JOBS.progress(tx, made.id, "processing", 0.5)
        assert JOBS.fail(tx, made.id, "not_media", "Not media.")
    failed = job(database, made.id)
    assert (failed.error_code, failed.error) == ("not_media", "Not media.")


def test_work_that_begins_again_keeps_its_step_until_it_is_further(database: Database, submit: Submit) -> None:
    made = submit()
    with database.write() as tx:
        JOBS.start(tx, made.id, "w")
        steps = []
        for step, fraction in (
            ("downloading", 0.1), ("processing", 0.5), ("downloading", 0.0), ("downloading", 0.2), ("processing", 0.4),
            ("uploading", 0.95),
        ):  # fmt: skip
            assert JOBS.progress(tx, made.id, step, fraction)
            found = JOBS.get(tx, made.id)
            assert found is not None
            steps.append(found.step)
    assert steps == ["downloading", "processing", "processing", "processing", "processing", "uploading"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fractions=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=6))
def test_progress_never_falls_and_stays_within_bounds(sqlite_database: Database, fractions: list[float]) -> None:
    submit = _submitter(sqlite_database)
    made = submit()
    seen = [0.0]
    with sqlite_database.write() as tx:
        JOBS.start(tx, made.id, "w")
        for fraction in fractions:
            assert JOBS.progress(tx, made.id, "processing", fraction)
            found = JOBS.get(tx, made.id)
            assert found is not None
            seen.append(found.fraction)
    assert seen == sorted(seen)
    assert seen[-1] <= 1.0


def _submitter(database: Database) -> Submit:
    from cutroom.kernel.ids import new_id
    from cutroom.model.job import NewJob
    from tests.support.people import add_account

    def add() -> Job:
        with database.write() as tx:
            owner = add_account(tx, new_id())
            return JOBS.add(tx, NewJob(new_id(), owner, "fastclip", "cut", Queue.CPU, {}))

    return add


def test_of_many_who_end_a_job_one_does(database: Database, submit: Submit) -> None:
    made = submit()
    won: list[str] = []

    def end(name: str) -> None:
        with database.write() as tx:
            if JOBS.fail(tx, made.id, "internal", name):
                won.append(name)

    threads = [threading.Thread(target=end, args=(f"{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert job(database, made.id).error == won[0]
    assert kinds(database, made.id) == ["queued", "failed"]


def test_places_in_the_queue(database: Database, submit: Submit) -> None:
    first, second, urgent, elsewhere = submit(), submit(), submit(priority=1), submit(queue=Queue.NET)

    everybody = [made.id for made in (first, second, urgent, elsewhere)]

    def places() -> list[tuple[int, int] | None]:
        with database.read() as tx:
            found = JOBS.places(tx, [*everybody, "unknown"])
        return [(found[name].position, found[name].total) if name in found else None for name in everybody]

    assert places() == [(2, 3), (3, 3), (1, 3), (1, 1)]
    with database.write() as tx:
        JOBS.start(tx, urgent.id, "w")
    assert places() == [(1, 2), (2, 2), None, (1, 1)]
    with database.read() as tx:
        assert JOBS.places(tx, []) == {}


@pytest.mark.parametrize(("account_id", "surface"), [("berta", None), ("anna", "clipi")])
def test_foreign_and_unknown_jobs_are_not_found_alike(
    database: Database, submit: Submit, account_id: str, surface: str | None
) -> None:
    made = submit()
    failures = []
    for job_id in (made.id, "unknown"):
        with database.read() as tx, pytest.raises(CutroomError) as caught:
            JOBS.find(tx, job_id, account_id, surface=surface)
        failures.append((caught.value.code, caught.value.message))
    assert failures == [(ErrorCode.NOT_FOUND, "There is no such job.")] * 2
    with database.read() as tx:
        assert JOBS.find(tx, made.id, "anna", surface="fastclip") == made


def test_events_are_told_from_where_one_stopped(database: Database, submit: Submit) -> None:
    made, other = submit(), submit()
    with database.write() as tx:
        JOBS.event(tx, made.id, "step_start", {"step": "cut"})
        JOBS.event(tx, other.id, "step_start", {})
        JOBS.event(tx, made.id, "step_done", {"duration_ms": 5})
    with database.read() as tx:
        events = JOBS.events(tx, made.id)
        assert [event.kind for event in events] == ["queued", "step_start", "step_done"]
        assert events[2].data == {"duration_ms": 5}
        assert JOBS.events(tx, made.id, after=events[1].id) == [events[2]]
        assert JOBS.events_of(tx, {made.id: events[1].id, other.id: events[2].id}) == [events[2]]
    assert job(database, made.id).rev == made.rev + 2


def test_what_is_unfinished_and_what_ended(database: Database, submit: Submit) -> None:
    queued, running, done, failed = submit(), submit(), submit(), submit()
    with database.write() as tx:
        JOBS.start(tx, running.id, "w")
        JOBS.start(tx, done.id, "w")
        JOBS.complete(tx, done.id, {})
        JOBS.fail(tx, failed.id, "internal", "x")
    with database.read() as tx:
        assert [found.id for found in JOBS.unfinished(tx)] == [queued.id, running.id]
        assert JOBS.ended_since(tx, queued.created, [JobStatus.FAILED]) == [failed.id]
        assert JOBS.counts(tx) == {(Queue.CPU, JobStatus.QUEUED): 1, (Queue.CPU, JobStatus.RUNNING): 1}
        assert {found.id for found in JOBS.many(tx, [done.id, "unknown"])} == {done.id}


def test_an_aborted_transaction_leaves_no_job(database: Database, submit: Submit) -> None:
    made = submit()
    with contextlib.suppress(RuntimeError), database.write() as tx:
        assert JOBS.cancel(tx, made.id)
        raise RuntimeError
    assert job(database, made.id) == made


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_an_ending_is_told_once_within_its_transaction(database: Database, submit: Submit, end: str) -> None:
    told: list[Job] = []
    telling = Jobs(told=lambda tx, ended: told.append(ended) if tx.in_transaction() else None)
    ends: dict[str, Callable[[Any], bool]] = {
        "completed": lambda tx: telling.complete(tx, made.id, {"a": 1}, cost=3),
        "failed": lambda tx: telling.fail(tx, made.id, "not_media", "Not media."),
        "cancelled": lambda tx: telling.cancel(tx, made.id),
    }
    made = submit()
    with database.write() as tx:
        assert telling.start(tx, made.id, "w")
        assert telling.progress(tx, made.id, "processing", 0.5)
        assert telling.hold(tx, made.id)
        assert told == []
        assert ends.pop(end)(tx)
        assert not any(again(tx) for again in ends.values())
        assert not telling.hold(tx, made.id)
    assert told == [job(database, made.id)]
    assert told[0].status == end


def test_what_is_held_is_ended_by_nobody_else(database: Database, submit: Submit) -> None:
    made, others = submit(), []
    with database.write() as tx:
        JOBS.start(tx, made.id, "w")

    def cancel() -> None:
        with database.write() as tx:
            others.append(JOBS.cancel(tx, made.id))

    with database.write() as tx:
        assert JOBS.hold(tx, made.id)
        other = threading.Thread(target=cancel)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert JOBS.complete(tx, made.id, {})
    other.join()
    assert others == [False]
    assert job(database, made.id).status is JobStatus.COMPLETED
