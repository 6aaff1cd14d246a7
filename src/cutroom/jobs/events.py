"""Following jobs: one poller in each process asks the database for all watched jobs at once and tells every follower.

Two hundred open streams cost one small query each half second, not two hundred. A follower who reads slowly holds one
job and the events it has not read yet, nothing else, and slows nobody down. News are told to one follower after the
other, spread over the time until the next look.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Collection, Iterator
from dataclasses import dataclass, field

from cutroom.db import Database
from cutroom.jobs.repository.jobs import Jobs
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Job, JobEvent, JobStatus, Place, Standing

_log = logging.getLogger(__name__)
# How far apart (s) one follower is told after the other, and how much of the time until the next look that may take.
_APART = 0.005
_SPREAD = 0.9
# Beyond every event: for those who follow states alone.
_NO_EVENTS = 2**62
# Of a job that leaves its queue at this moment.
_NEXT = Place(1, 1)


@dataclass(eq=False, slots=True)
class _Follower:
    """What one follower has been told, and what is waiting for it."""

    after: int
    rev: int = -1
    job: Job | None = None
    queued: bool = False
    """Whether its place in the queue is to be known."""
    place: Place | None = None
    events: list[JobEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, job: Job, events: Collection[JobEvent]) -> None:
        """Keep the newest state of the job and the events not told yet."""
        if job.rev > self.rev:
            self.job, self.rev = job, job.rev
            self.news.set()
        fresh = [event for event in events if event.id > self.after]
        if fresh:
            self.events += fresh
            self.after = fresh[-1].id
            self.news.set()

    def take(self) -> tuple[list[JobEvent], Job | None]:
        events, job = self.events, self.job
        self.events, self.job = [], None
        self.news.clear()
        return events, job


class JobHub:
    """The one poller of a process. ``run`` has to be running for ``follow`` to go on; ``interval`` in seconds."""

    def __init__(self, database: Database, jobs: Jobs, interval: float = 0.5) -> None:
        self._database = database
        self._jobs = jobs
        self._interval = interval
        self._followers: dict[str, set[_Follower]] = {}

    @property
    def watched(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._followers.values()))

    async def run(self) -> None:
        """Poll until cancelled. A database that does not answer is asked again."""
        loop, spent = asyncio.get_running_loop(), 0.0
        while True:
            await asyncio.sleep(max(self._interval / 10, self._interval - spent))
            began = loop.time()
            if self._followers:
                try:
                    await self._poll()
                except Exception:  # noqa: BLE001 - a stream outlives a restart of the database
                    _log.exception("jobs could not be looked up for their followers")
            spent = loop.time() - began

    async def watch(self, job_id: str, every: float) -> AsyncGenerator[Standing]:
        """The job as it is, then every change and, unchanged, the same again after ``every`` s, until it has ended.

        No events. The place of a queued job is looked up with everything else, once a round for all followers of this
        process. Raises ``NOT_FOUND``.
        """
        follower = _Follower(_NO_EVENTS, queued=True)
        with self._watching(job_id, follower):
            found, places = await asyncio.to_thread(self._look, {job_id: -1}, {job_id: _NO_EVENTS}, {job_id})
            if not found:
                raise CutroomError(ErrorCode.NOT_FOUND, "There is no such job.")
            job = found[0][0]
            follower.tell(job, ())
            follower.place = follower.place or places.get(job_id)
            while True:
                _, newer = follower.take()
                job = newer or job
                follower.queued = job.status is JobStatus.QUEUED
                yield Standing(job, (follower.place or _NEXT) if follower.queued else None)
                if job.status.is_final:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        await follower.news.wait()

    async def follow(self, job_id: str, after: int = 0, known: int | None = None) -> AsyncGenerator[Job | JobEvent]:
        """The job's present state, its events with an id above ``after``, then every change, until it has ended.

        The first thing given is always the job. Of changes that come faster than they are read only the newest state
        is given; events are never left out, and come before the state they led to. Raises ``NOT_FOUND``.

        With ``known``, the ``rev`` of the job as the follower has seen it, that first job is left out.
        """
        follower = _Follower(after) if known is None else _Follower(after, known)
        with self._watching(job_id, follower):
            found, _ = await asyncio.to_thread(self._look, {job_id: -1}, {job_id: after}, ())
            if not found:
                raise CutroomError(ErrorCode.NOT_FOUND, "There is no such job.")
            job, events = found[0]
            if known is None:
                yield job
            follower.tell(job, events)
            if known is None and follower.job is not None and follower.job.rev <= job.rev:
                follower.job = None  # else the poller was there with a newer one
            while True:
                events, newer = follower.take()
                for event in events:
                    yield event
                if newer is not None:
                    job = newer
                    yield job
                if job.status.is_final:
                    return
                await follower.news.wait()

    @contextlib.contextmanager
    def _watching(self, job_id: str, follower: _Follower) -> Iterator[None]:
        self._followers.setdefault(job_id, set()).add(follower)
        try:
            yield
        finally:
            others = self._followers[job_id]
            others.discard(follower)
            if not others:
                del self._followers[job_id]

    async def _poll(self) -> None:
        # A follower that comes while the database is asked looks for itself: the answer may lack its older events.
        asking = {job_id: tuple(followers) for job_id, followers in self._followers.items()}
        known = {job_id: min(f.rev for f in followers) for job_id, followers in asking.items()}
        after = {job_id: min(f.after for f in followers) for job_id, followers in asking.items()}
        placed = [job_id for job_id, followers in asking.items() if any(f.queued for f in followers)]
        changed, places = await asyncio.to_thread(self._look, known, after, placed)
        for job_id, place in places.items():  # no news by itself: it is told with the next
            for follower in asking[job_id]:
                follower.place = place
        telling = [(follower, job, events) for job, events in changed for follower in asking[job.id]]
        telling.sort(key=lambda news: not news[1].status.is_final)  # who waits for the end does not wait longer
        # One after the other until it is almost time to look again: what two hundred of them do with the news at once
        # would hold up every request of the process.
        pause = min(_APART, _SPREAD * self._interval / max(1, len(telling)))
        for number, (follower, job, events) in enumerate(telling):
            if number:
                await asyncio.sleep(pause)
            follower.tell(job, events)

    def _look(
        self, known: dict[str, int], after: dict[str, int], placed: Collection[str]
    ) -> tuple[list[tuple[Job, list[JobEvent]]], dict[str, Place]]:
        """The jobs that have changed since ``known``, each with its events after ``after``; places of ``placed``."""
        with self._database.read() as tx:
            revisions = self._jobs.revisions(tx, known)
            changed = [job_id for job_id, rev in revisions.items() if rev > known[job_id]]
            places = self._jobs.places(tx, placed) if placed else {}
            if not changed:
                return [], places
            jobs = self._jobs.many(tx, changed)
            events: dict[str, list[JobEvent]] = {job_id: [] for job_id in changed}
            for event in self._jobs.events_of(tx, {job_id: after[job_id] for job_id in changed}):
                events[event.job_id].append(event)
        return [(job, events[job.id]) for job in jobs], places
