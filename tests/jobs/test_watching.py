"""Watching states: at once, at every change, again and again without one, with the place in the queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from cutroom.db import Database
from cutroom.jobs import JobHub, Jobs
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.job import Job, JobStatus, NewJob, Place, Queue, Standing
from tests.support.people import add_account

Submit = Callable[..., Job]
JOBS = Jobs()
LONG = 60.0


@pytest.fixture
def queued(sqlite_database: Database) -> Job:
    with sqlite_database.write() as tx:
        account = add_account(tx, "anna")
        return JOBS.add(tx, NewJob(new_id(), account, "clipi", "tool", Queue.CPU, {}))


async def watched(hub: JobHub, job_id: str, every: float = LONG) -> list[Standing]:
    return [standing async for standing in hub.watch(job_id, every)]


def start(database: Database, job: Job) -> None:
    with database.write() as tx:
        JOBS.start(tx, job.id, "w")


def test_the_present_state_every_change_and_the_end(database: Database, submit: Submit) -> None:
    made = submit()

    async def watch() -> list[Standing]:
        hub = JobHub(database, JOBS, interval=0.02)
        poller, reader = asyncio.create_task(hub.run()), asyncio.create_task(watched(hub, made.id))
        await asyncio.sleep(0.1)
        assert hub.watched == 1
        start(database, made)
        await asyncio.sleep(0.1)
        with database.write() as tx:
            JOBS.complete(tx, made.id, {})
        told = await asyncio.wait_for(reader, 5)
        poller.cancel()
        assert hub.watched == 0
        return told

    told = asyncio.run(watch())
    assert [one.job.status for one in told] == [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.COMPLETED]
    assert [one.place for one in told] == [Place(1, 1), None, None]


def test_without_a_change_the_same_is_told_again(sqlite_database: Database, queued: Job) -> None:

    async def watch() -> tuple[list[Standing], float]:
        hub, told, began = JobHub(sqlite_database, JOBS, interval=0.02), [], time.monotonic()
        async for standing in hub.watch(queued.id, 0.05):
            told.append(standing)
            if len(told) == 5:
                break
        return told, time.monotonic() - began

    told, seconds = asyncio.run(watch())
    assert {one.job.rev for one in told} == {queued.rev}
    assert 0.2 <= seconds < 1.5


def test_what_has_ended_is_told_once(sqlite_database: Database, queued: Job) -> None:
    with sqlite_database.write() as tx:
        JOBS.fail(tx, queued.id, "internal", "x")
    (told,) = asyncio.run(watched(JobHub(sqlite_database, JOBS), queued.id))
    assert (told.job.status, told.place) == (JobStatus.FAILED, None)


def test_an_unknown_job_is_not_found(sqlite_database: Database) -> None:
    with pytest.raises(CutroomError) as caught:
        asyncio.run(watched(JobHub(sqlite_database, JOBS), "unknown"))
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_the_place_moves_while_others_are_taken(database: Database, submit: Submit) -> None:
    queue = [submit() for _ in range(4)]
    submit(queue=Queue.NET)
    last = queue[-1]

    async def watch() -> list[Place]:
        hub = JobHub(database, JOBS, interval=0.02)
        poller = asyncio.create_task(hub.run())
        places: list[Place] = []
        async for standing in hub.watch(last.id, 0.1):
            if standing.place is None:
                break
            if not places or places[-1] != standing.place:
                places.append(standing.place)
                start(database, queue.pop(0))
        poller.cancel()
        return places

    assert asyncio.run(watch()) == [Place(4, 4), Place(3, 3), Place(2, 2), Place(1, 1)]


def test_many_who_wait_cost_one_look_at_the_queue_each_round(database: Database, submit: Submit) -> None:
    made = [submit() for _ in range(5)]
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    async def watch() -> None:
        hub = JobHub(database, JOBS, interval=0.05)
        readers = [asyncio.create_task(watched(hub, job.id)) for job in made for _ in range(4)]
        for _ in range(500):
            await asyncio.sleep(0.02)
            if hub.watched == 20 and all(f.place for group in hub._followers.values() for f in group):
                break
        asked.clear()
        poller = asyncio.create_task(hub.run())
        await asyncio.sleep(0.2)
        looks = [statement for statement in asked if "row_number" in statement]
        assert 0 < len(looks) <= 5
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        poller.cancel()
        assert hub.watched == 0

    asyncio.run(watch())


def test_a_running_job_is_not_looked_for_in_the_queue(sqlite_database: Database, queued: Job) -> None:
    start(sqlite_database, queued)
    asked: list[str] = []

    async def watch() -> None:
        hub = JobHub(sqlite_database, JOBS, interval=0.02)
        poller, reader = asyncio.create_task(hub.run()), asyncio.create_task(watched(hub, queued.id))
        await asyncio.sleep(0.1)
        sa.event.listen(sqlite_database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        await asyncio.sleep(0.2)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        poller.cancel()

    asyncio.run(watch())
    assert asked
    assert not [statement for statement in asked if "row_number" in statement]
