"""Files of single jobs: promised, there, over; inputs that go with their job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cutroom.db import Database
from cutroom.jobs import Jobs
from cutroom.kernel.ids import new_capability, new_id
from cutroom.library import Artifacts
from cutroom.model.artifact import Artifact, ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import Job, NewJob, Queue
from tests.library.shelf import DAY, StandingClock, open_account

FILE = ArtifactFile("runs/ab/abc/00.mp4", "result.mp4", "video/mp4", 7)
Order = Callable[..., Job]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def artifacts(clock: StandingClock) -> Artifacts:
    return Artifacts(DAY, clock)


@pytest.fixture
def jobs(clock: StandingClock) -> Jobs:
    return Jobs(clock)


@pytest.fixture
def order(database: Database, jobs: Jobs) -> Order:
    with database.write() as tx:
        account_id = open_account(tx, f"a{new_id(8)}")

    def submit() -> Job:
        new = NewJob(new_capability(), account_id, "clipi", "tool", Queue.CPU, {})
        with database.write() as tx:
            return jobs.add(tx, new)

    return submit


def put(database: Database, artifacts: Artifacts, job: Job, **changes: Any) -> Artifact:
    values: dict[str, Any] = {
        "id": new_capability(), "job_id": job.id, "account_id": job.account_id, "surface": job.surface,
    }  # fmt: skip
    with database.write() as tx:
        return artifacts.add(tx, NewArtifact(**values | changes))


def end(database: Database, jobs: Jobs, job: Job) -> None:
    with database.write() as tx:
        assert jobs.cancel(tx, job.id)


def sweep(database: Database, artifacts: Artifacts) -> list[str]:
    with database.write() as tx:
        gone = [one.id for one in artifacts.expired(tx, 10)]
        assert artifacts.forget(tx, gone) == len(gone)
    return gone


def test_a_promise_becomes_a_file_once_and_lives_a_day(
    database: Database, artifacts: Artifacts, clock: StandingClock, order: Order
) -> None:
    promised = put(database, artifacts, order())
    assert (promised.file, promised.expires, promised.kind) == (None, None, ArtifactKind.RESULT)
    with database.write() as tx:
        assert artifacts.get(tx, promised.id) == promised
        assert artifacts.fill(tx, promised.id, FILE)
        assert not artifacts.fill(tx, promised.id, FILE)
        assert not artifacts.fill(tx, "unknown", FILE)
        there = artifacts.get(tx, promised.id)
    assert there is not None
    assert (there.file, there.expires) == (FILE, clock.now + DAY)
    clock.pass_time(DAY - timedelta(seconds=1))
    assert sweep(database, artifacts) == []
    clock.pass_time(timedelta(seconds=1))
    with database.read() as tx:
        assert artifacts.get(tx, promised.id) is None
    assert sweep(database, artifacts) == [promised.id]
    assert sweep(database, artifacts) == []


def test_no_id_breaks_the_question(database: Database, artifacts: Artifacts) -> None:
    for name in ("", "unknown", "\x00", "../x", "x" * 500):
        with database.read() as tx:
            assert artifacts.get(tx, name) is None


def test_adding_again_changes_nothing(database: Database, artifacts: Artifacts, order: Order) -> None:
    made = put(database, artifacts, order(), kind=ArtifactKind.INPUT, file=FILE)
    assert put(database, artifacts, order(), id=made.id) == made


def test_inputs_are_seen_by_nobody_and_go_with_their_job(
    database: Database, artifacts: Artifacts, clock: StandingClock, jobs: Jobs, order: Order
) -> None:
    job, other = order(), order()
    sent = put(database, artifacts, job, kind=ArtifactKind.INPUT, file=FILE)
    kept = put(database, artifacts, other, kind=ArtifactKind.INPUT, file=FILE)
    with database.read() as tx:
        assert artifacts.get(tx, sent.id) is None
        assert artifacts.of_job(tx, job.id, ArtifactKind.INPUT) == [sent]
        assert artifacts.of_job(tx, job.id, ArtifactKind.RESULT) == []
        assert artifacts.waiting(tx, job.account_id) == 14
        assert artifacts.known(tx, [FILE.key, "runs/ab/abc/01.mp4"]) == {FILE.key}
    clock.pass_time(10 * DAY)
    assert sweep(database, artifacts) == []
    end(database, jobs, job)
    assert sweep(database, artifacts) == [sent.id]
    with database.write() as tx:
        assert artifacts.end_inputs(tx, other.id) == [kept]
        assert artifacts.end_inputs(tx, other.id) == []
        assert artifacts.waiting(tx, job.account_id) == 0
        assert artifacts.forget(tx, [kept.id]) == 1


def test_live_ones_are_not_forgotten(database: Database, artifacts: Artifacts, order: Order) -> None:
    kept = put(database, artifacts, order())
    with database.write() as tx:
        assert artifacts.forget(tx, [kept.id]) == 0
        assert artifacts.get(tx, kept.id) == kept


def test_a_promise_that_was_not_kept_goes_a_day_after_its_job(
    database: Database, artifacts: Artifacts, clock: StandingClock, jobs: Jobs, order: Order
) -> None:
    job, waiting = order(), order()
    broken, kept = put(database, artifacts, job), put(database, artifacts, waiting)
    end(database, jobs, job)
    assert sweep(database, artifacts) == []
    clock.pass_time(DAY)
    assert sweep(database, artifacts) == [broken.id]
    with database.read() as tx:
        assert artifacts.get(tx, kept.id) == kept


def test_ids_that_are_capabilities_have_more_than_122_random_bits() -> None:
    from math import log2

    assert log2(36) * len(new_capability()) >= 122
