"""Following jobs: state first, every event, the newest state, an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from cutroom.db import Database, Transaction
from cutroom.jobs import JobHub, Jobs
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Job, JobEvent, JobStatus

Submit = Callable[..., Job]
JOBS = Jobs()


def words(told: list[Job | JobEvent]) -> list[str]:
    return [item.kind if isinstance(item, JobEvent) else item.status.value for item in told]


async def read(hub: JobHub, job_id: str, after: int = 0) -> list[Job | JobEvent]:
    return [item async for item in hub.follow(job_id, after)]


def test_a_job_is_followed_to_its_end(database: Database, submit: Submit) -> None:
    made = submit()

    async def follow() -> list[Job | JobEvent]:
        hub = JobHub(database, JOBS, interval=0.02)
        poller = asyncio.create_task(hub.run())
        reader = asyncio.create_task(read(hub, made.id))
        await asyncio.sleep(0.1)
        assert hub.watched == 1
        changes: list[Callable[[Transaction], bool]] = [
            lambda tx: JOBS.start(tx, made.id, "w"),
            lambda tx: JOBS.progress(tx, made.id, "processing", 0.5),
            lambda tx: JOBS.complete(tx, made.id, {}),
        ]
        for change in changes:
            with database.write() as tx:
                change(tx)
            await asyncio.sleep(0.1)
        told = await asyncio.wait_for(reader, 5)
        poller.cancel()
        assert hub.watched == 0
        return told

    told = asyncio.run(follow())
    assert words(told) == ["queued", "queued", "started", "running", "running", "completed", "completed"]
    assert isinstance(told[0], Job)
    assert isinstance(told[-1], Job)
    assert told[-1].fraction == 1.0


def test_a_job_that_has_ended_is_told_and_over(sqlite_database: Database) -> None:
    made = _ended(sqlite_database)
    told = asyncio.run(read(JobHub(sqlite_database, JOBS), made.id))
    assert words(told) == ["failed", "queued", "failed"]
    last = told[-1]
    assert isinstance(last, JobEvent)
    assert last.data == {"code": "internal", "message": "x"}
    assert words(asyncio.run(read(JobHub(sqlite_database, JOBS), made.id, after=last.id))) == ["failed"]


def test_an_unknown_job_is_not_found(sqlite_database: Database) -> None:
    with pytest.raises(CutroomError) as caught:
        asyncio.run(read(JobHub(sqlite_database, JOBS), "unknown"))
    assert caught.value.code is ErrorCode.NOT_FOUND


@pytest.mark.slow
def test_many_followers_cost_one_question_each_round(database: Database, submit: Submit) -> None:
    made = [submit() for _ in range(20)]
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    async def follow() -> None:
        hub = JobHub(database, JOBS, interval=0.05)
        readers = [asyncio.create_task(read(hub, job.id)) for job in made for _ in range(10)]
        for _ in range(500):  # until each has been told the present state
            await asyncio.sleep(0.02)
            if hub.watched == 200 and all(f.rev >= 0 for group in hub._followers.values() for f in group):
                break
        asked.clear()
        poller = asyncio.create_task(hub.run())
        await asyncio.sleep(0.5)
        assert 0 < len([statement for statement in asked if "jobs" in statement]) <= 12
        with database.write() as tx:
            for job in made:
                JOBS.cancel(tx, job.id)
        told = await asyncio.wait_for(asyncio.gather(*readers), 10)
        poller.cancel()
        assert all(words(each) == ["queued", "queued", "cancelled", "cancelled"] for each in told)
        assert hub.watched == 0

    asyncio.run(follow())


def test_a_reader_that_goes_away_is_forgotten(sqlite_database: Database) -> None:
    made = _queued(sqlite_database)

    async def leave() -> int:
        hub = JobHub(sqlite_database, JOBS)
        stream = hub.follow(made.id)
        first = await anext(stream)
        assert isinstance(first, Job)
        await stream.aclose()
        return hub.watched

    assert asyncio.run(leave()) == 0


def test_a_slow_reader_gets_every_event_and_the_newest_state(sqlite_database: Database) -> None:
    made = _queued(sqlite_database)

    async def follow() -> list[Job | JobEvent]:
        hub = JobHub(sqlite_database, JOBS, interval=0.01)
        poller = asyncio.create_task(hub.run())
        stream = hub.follow(made.id)
        told = [await anext(stream)]
        with sqlite_database.write() as tx:
            JOBS.start(tx, made.id, "w")
        for number in range(20):
            with sqlite_database.write() as tx:
                JOBS.event(tx, made.id, f"step {number}", {})
                JOBS.progress(tx, made.id, "processing", number / 20)
            await asyncio.sleep(0.01)
        with sqlite_database.write() as tx:
            JOBS.complete(tx, made.id, {})
        await asyncio.sleep(0.1)
        told += [item async for item in stream]
        poller.cancel()
        return told

    told = asyncio.run(follow())
    assert [item.kind for item in told if isinstance(item, JobEvent)] == [
        "queued", "started", *(f"step {n}" for n in range(20)), "completed",
    ]  # fmt: skip
    assert len([item for item in told if isinstance(item, Job)]) <= 3
    assert isinstance(told[-1], Job)
    assert told[-1].status is JobStatus.COMPLETED


def test_a_database_that_fails_once_does_not_end_the_streams(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    made = _queued(sqlite_database)

    async def follow() -> list[Job | JobEvent]:
        hub = JobHub(sqlite_database, JOBS, interval=0.02)
        poller = asyncio.create_task(hub.run())
        reader = asyncio.create_task(read(hub, made.id))
        await asyncio.sleep(0.1)
        with sqlite_database.write() as tx:
            tx.execute(sa.text("ALTER TABLE jobs RENAME TO gone"))
        await asyncio.sleep(0.1)
        with sqlite_database.write() as tx:
            tx.execute(sa.text("ALTER TABLE gone RENAME TO jobs"))
            JOBS.cancel(tx, made.id)
        told = await asyncio.wait_for(reader, 5)
        poller.cancel()
        return told

    assert words(asyncio.run(follow()))[-1] == "cancelled"
    assert "could not be looked up" in caplog.text


def _queued(database: Database) -> Job:
    from cutroom.kernel.ids import new_id
    from cutroom.model.job import NewJob, Queue
    from tests.support.people import add_account

    with database.write() as tx:
        owner = add_account(tx, new_id())
        return JOBS.add(tx, NewJob(new_id(), owner, "fastclip", "cut", Queue.CPU, {}))


def _ended(database: Database) -> Job:
    made = _queued(database)
    with database.write() as tx:
        JOBS.fail(tx, made.id, "internal", "x")
    return made


def test_a_state_that_is_known_is_not_told_again(sqlite_database: Database) -> None:
    made = _ended(sqlite_database)
    with sqlite_database.read() as tx:
        job = JOBS.find(tx, made.id, made.account_id)

    async def follow(known: int) -> list[Job | JobEvent]:
        return [item async for item in JobHub(sqlite_database, JOBS).follow(made.id, 0, known)]

    assert words(asyncio.run(follow(job.rev))) == ["queued", "failed"]
    told = asyncio.run(follow(job.rev - 1))
    assert [type(item) for item in told] == [JobEvent, JobEvent, Job]


def test_many_followers_are_not_told_all_at_once(sqlite_database: Database) -> None:
    made = _queued(sqlite_database)

    def start() -> None:
        with sqlite_database.write() as tx:
            JOBS.start(tx, made.id, "w")

    heard = asyncio.run(_when_heard(sqlite_database, [made.id] * 20, start))
    moments = [moment for _, moment in heard]
    assert len(heard) == 20
    assert max(moments) - min(moments) > 0.08  # one after the other, 5 ms apart


def test_who_waits_for_the_end_is_told_before_the_others(sqlite_database: Database) -> None:
    moving, ending = _queued(sqlite_database), _queued(sqlite_database)

    def move() -> None:
        with sqlite_database.write() as tx:
            JOBS.start(tx, moving.id, "w")
            JOBS.cancel(tx, ending.id)

    heard = asyncio.run(_when_heard(sqlite_database, [moving.id] * 20 + [ending.id], move))
    assert heard[0][0] == ending.id


async def _when_heard(database: Database, job_ids: list[str], change: Callable[[], None]) -> list[tuple[str, float]]:
    """Who of the followers of these queued jobs heard when, in order, that ``change`` has moved theirs on."""
    hub = JobHub(database, JOBS, interval=0.4)
    poller = asyncio.create_task(hub.run())
    loop, heard = asyncio.get_running_loop(), []
    follows = [asyncio.Event() for _ in job_ids]

    async def read_one(job_id: str, follows: asyncio.Event) -> None:
        async for item in hub.follow(job_id):
            if isinstance(item, Job) and item.status is not JobStatus.QUEUED:
                heard.append((job_id, loop.time()))
                return
            follows.set()

    readers = [asyncio.create_task(read_one(*pair)) for pair in zip(job_ids, follows, strict=True)]
    for each in follows:
        await asyncio.wait_for(each.wait(), 10)
    await asyncio.to_thread(change)
    await asyncio.wait_for(asyncio.gather(*readers), 10)
    poller.cancel()
    return heard
