"""Jobs and their events in the database.

A change that decides something is one conditional UPDATE: whoever changes the row has won, whoever does not has come
too late. Every change of a job raises its ``rev``, and events are written after the row was changed in the same
transaction, so that the ids of one job's events rise in the order in which they become visible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.jobs import job_events, jobs
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Job, JobEvent, JobStatus, NewJob, Place, Queue

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)
# Names in one IN (...): far below what the databases allow for bound values.
_CHUNK = 500
# How long an order that is sent again is known for the same one.
ONCE = timedelta(hours=24)
Told = Callable[[Transaction, Job], object]


class Jobs:
    """The truth about work. Every method runs in the caller's transaction.

    ``told`` hears of every job that ends, once, however it ends and in the transaction that ends it.
    """

    def __init__(self, clock: Clock = utc_now, *, told: Told | None = None) -> None:
        self._clock = clock
        self._told = told

    def add(self, tx: Transaction, job: NewJob) -> Job:
        """A new job, queued. Nothing runs it until it is also handed to the engine, in the same transaction."""
        now = self._clock()
        if job.once is not None:  # one of days ago is another order
            old = sa.and_(jobs.c.once == job.once, jobs.c.created <= now - ONCE)
            tx.execute(sa.update(jobs).where(old).values(once=None))
        row = tx.execute(
            sa.insert(jobs)
            .values(
                id=job.id,
                account_id=job.account_id,
                surface=job.surface,
                kind=job.kind,
                queue=job.queue,
                priority=job.priority,
                status=JobStatus.QUEUED,
                params=job.params,
                created=now,
                once=job.once,
            )
            .returning(jobs)
        ).one()
        self._write_event(tx, job.id, "queued", {})
        return _job(row)

    def ordered(self, tx: Transaction, once: str) -> Job | None:
        """The job that this order became within the last day."""
        mine = sa.and_(jobs.c.once == once, jobs.c.created > self._clock() - ONCE)
        row = tx.execute(sa.select(jobs).where(mine)).one_or_none()
        return None if row is None else _job(row)

    def get(self, tx: Transaction, job_id: str) -> Job | None:
        row = tx.execute(sa.select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return None if row is None else _job(row)

    def find(self, tx: Transaction, job_id: str, account_id: str, *, surface: str | None = None) -> Job:
        """A job of this account. ``NOT_FOUND`` for unknown jobs, those of others and of other surfaces alike."""
        job = self.get(tx, job_id)
        if job is None or job.account_id != account_id or (surface is not None and job.surface != surface):
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no such job.")
        return job

    def places(self, tx: Transaction, job_ids: Collection[str]) -> dict[str, Place]:
        """Of those of the jobs that are queued: the same for any number of them in one look at the queues."""
        waiting = (
            sa.select(
                jobs.c.id,
                sa.func.row_number()
                .over(partition_by=jobs.c.queue, order_by=(jobs.c.priority, jobs.c.seq))
                .label("at"),
                sa.func.count().over(partition_by=jobs.c.queue).label("of"),
            )
            .where(jobs.c.status == JobStatus.QUEUED)
            .subquery()
        )
        return {
            row.id: Place(row.at, row.of)
            for ids in _chunks(job_ids)
            for row in tx.execute(sa.select(waiting).where(waiting.c.id.in_(ids)))
        }

    def start(self, tx: Transaction, job_id: str, worker_id: str) -> bool:
        """Note that a worker has taken the job, for the first time or again. False when it has ended already."""
        now = self._clock()
        started = self._change(
            tx, job_id, (JobStatus.QUEUED,),
            status=JobStatus.RUNNING, attempts=jobs.c.attempts + 1, worker=worker_id, started=now,
        )  # fmt: skip
        if started:
            self._write_event(tx, job_id, "started", {})
            return True
        return self._change(
            tx, job_id, (JobStatus.RUNNING,), attempts=jobs.c.attempts + 1, worker=worker_id
        )  # fmt: skip

    def progress(
        self,
        tx: Transaction,
        job_id: str,
        step: str,
        fraction: float,
        *,
        speed: float | None = None,
        eta: float | None = None,
    ) -> bool:
        """How far the whole job is, 0..1; it never falls. ``eta`` in seconds. False unless the job is running.

        Work that was taken over and begins again keeps the step it had, until it is further than that.
        """
        bounded = min(1.0, max(0.0, fraction)) if fraction == fraction else 0.0  # noqa: PLR0124 - NaN is no progress
        been_further = jobs.c.fraction > bounded
        higher, later = (
            sa.case((been_further, jobs.c.fraction), else_=bounded),
            sa.case((been_further, jobs.c.step), else_=step),
        )
        return self._change(
            tx, job_id, (JobStatus.RUNNING,), step=later, fraction=higher, speed=speed, eta=eta
        )  # fmt: skip

    def hold(self, tx: Transaction, job_id: str) -> bool:
        """Let nobody else end a running job until the transaction ends. False unless it is running."""
        return self._change(tx, job_id, (JobStatus.RUNNING,))

    def complete(self, tx: Transaction, job_id: str, result: dict[str, Any], *, cost: int = 0) -> bool:
        """End a running job well; ``cost`` in cents. False when somebody else has ended it.

        What it made is there by then, so that whoever is told can be told of that too: see ``hold``.
        """
        return self._end(
            tx, job_id, JobStatus.COMPLETED, {"cost": cost},
            when=(JobStatus.RUNNING,), result=result, cost=cost, fraction=1.0,
        )  # fmt: skip

    def fail(self, tx: Transaction, job_id: str, code: str, message: str) -> bool:
        """End a job with an error; ``message`` is a sentence for its owner. False when it had ended already."""
        said = {"code": code, "message": message}
        return self._end(tx, job_id, JobStatus.FAILED, said, error_code=code, error=message)

    def cancel(self, tx: Transaction, job_id: str) -> bool:
        """End a job because its owner wants so. False when it had ended already."""
        return self._end(tx, job_id, JobStatus.CANCELLED, {})

    def scrub(self, tx: Transaction, job_id: str) -> None:
        """Forget what a job that has ended was about; that there was one stays."""
        ended = sa.and_(jobs.c.id == job_id, jobs.c.status.not_in(UNFINISHED))
        tx.execute(sa.update(jobs).where(ended).values(params={}, result=None, error=None, once=None))

    def event(self, tx: Transaction, job_id: str, kind: str, data: dict[str, Any]) -> None:
        """Add an event to the job's stream, whatever its status."""
        tx.execute(sa.update(jobs).where(jobs.c.id == job_id).values(rev=jobs.c.rev + 1))
        self._write_event(tx, job_id, kind, data)

    def events(self, tx: Transaction, job_id: str, after: int = 0) -> list[JobEvent]:
        """The job's events with an id above ``after``, oldest first."""
        return self.events_of(tx, {job_id: after})

    def events_of(self, tx: Transaction, after: Mapping[str, int]) -> list[JobEvent]:
        """The events of several jobs, of each those with an id above the one given, oldest first."""
        found: list[JobEvent] = []
        for ids in _chunks(after):
            lowest = min(after[job_id] for job_id in ids)
            rows = tx.execute(
                sa.select(job_events)
                .where(job_events.c.job_id.in_(ids), job_events.c.id > lowest)
                .order_by(job_events.c.id)
            )
            found += [_event(row) for row in rows if row.id > after[row.job_id]]
        return found

    def revisions(self, tx: Transaction, job_ids: Collection[str]) -> dict[str, int]:
        """The ``rev`` of each job that exists: the cheapest way to see which of them have changed."""
        found: dict[str, int] = {}
        for ids in _chunks(job_ids):
            found |= {row.id: row.rev for row in tx.execute(sa.select(jobs.c.id, jobs.c.rev).where(jobs.c.id.in_(ids)))}
        return found

    def many(self, tx: Transaction, job_ids: Collection[str]) -> list[Job]:
        """Those of the jobs that exist, in no order."""
        return [
            _job(row)
            for ids in _chunks(job_ids)
            for row in tx.execute(sa.select(jobs).where(jobs.c.id.in_(ids)))
        ]  # fmt: skip

    def page(self, tx: Transaction, account_id: str, *, page: int, per_page: int) -> tuple[list[Job], int]:
        """A page of the account's jobs of every surface, most recent first, and how many there are in all."""
        if page < 1 or per_page < 1:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "page and per_page must be at least 1.")
        mine = jobs.c.account_id == account_id
        count = int(tx.execute(sa.select(sa.func.count()).select_from(jobs).where(mine)).scalar_one())
        before = (page - 1) * per_page
        if before >= count:
            return [], count
        newest = sa.select(jobs).where(mine).order_by(jobs.c.created.desc(), jobs.c.seq.desc())
        return [_job(row) for row in tx.execute(newest.offset(before).limit(per_page))], count

    def unfinished(self, tx: Transaction) -> list[Job]:
        """All queued and running jobs, oldest first."""
        rows = tx.execute(sa.select(jobs).where(jobs.c.status.in_(UNFINISHED)).order_by(jobs.c.seq))
        return [_job(row) for row in rows]

    def ended_since(self, tx: Transaction, since: datetime, how: Collection[JobStatus]) -> list[str]:
        """The ids of jobs that ended in one of these ways since then."""
        found = tx.execute(sa.select(jobs.c.id).where(jobs.c.status.in_(tuple(how)), jobs.c.finished >= since))
        return list(found.scalars())

    def counts(self, tx: Transaction) -> dict[tuple[Queue, JobStatus], int]:
        """How many jobs wait and run in each queue."""
        rows = tx.execute(
            sa.select(jobs.c.queue, jobs.c.status, sa.func.count())
            .where(jobs.c.status.in_(UNFINISHED))
            .group_by(jobs.c.queue, jobs.c.status)
        )
        return {(Queue(queue), JobStatus(status)): count for queue, status, count in rows}

    def _end(
        self,
        tx: Transaction,
        job_id: str,
        status: JobStatus,
        said: dict[str, Any],
        *,
        when: Iterable[JobStatus] = UNFINISHED,
        **values: Any,
    ) -> bool:
        """The one place where a job ends: row, event, whoever is to be told."""
        done = self._change(tx, job_id, when, status=status, finished=self._clock(), eta=None, **values)
        if done:
            self._write_event(tx, job_id, status.value, said)
        if done and self._told is not None and (ended := self.get(tx, job_id)) is not None:
            self._told(tx, ended)
        return done

    def _change(self, tx: Transaction, job_id: str, when: Iterable[JobStatus], **values: Any) -> bool:
        changed = tx.execute(
            sa.update(jobs)
            .where(jobs.c.id == job_id, jobs.c.status.in_(tuple(when)))
            .values(rev=jobs.c.rev + 1, **values)
        )
        return changed.rowcount == 1

    def _write_event(self, tx: Transaction, job_id: str, kind: str, data: dict[str, Any]) -> None:
        tx.execute(sa.insert(job_events).values(job_id=job_id, kind=kind, data=data, created=self._clock()))


def _job(row: sa.Row[Any]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's columns
    del values["once"]  # of the order, not of the job
    values["queue"] = Queue(values["queue"])
    values["status"] = JobStatus(values["status"])
    return Job(**values)


def _event(row: sa.Row[Any]) -> JobEvent:
    return JobEvent(id=row.id, job_id=row.job_id, kind=row.kind, data=row.data, created=row.created)


def _chunks(job_ids: Iterable[str]) -> Iterable[list[str]]:
    ids = list(job_ids)
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
