"""One job as a stream: what has happened, how far it is, and what happens from now on, up to its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cutroom.actions import clipping
from cutroom.actions.jobs import JobHistory
from cutroom.actions.service import Service
from cutroom.model.job import JobEvent, JobStatus
from cutroom.web.dialects.cutroom import translate
from cutroom.web.http.streams import Event

_LAST = {status.value for status in JobStatus if status.is_final}


def has_ended(history: JobHistory) -> bool:
    """Also where only its last event says so: events may have been read a moment later than the job."""
    return history.job.status.is_final or any(event.kind in _LAST for event in history.events)


async def follow(services: Service, history: JobHistory, after: int) -> AsyncGenerator[Event]:
    """Begins with ``history``, the events above ``after``. The last event of a job is the last of the stream."""
    for event in history.events:
        yield translate.happened(event)
    if has_ended(history):
        return
    yield translate.progress(history.job)
    seen = history.events[-1].id if history.events else after
    news = clipping.watch_job(services, history.job.id, seen, history.job.rev)
    async with aclosing(news):
        async for item in news:
            if isinstance(item, JobEvent):
                yield translate.happened(item)
            elif not item.status.is_final:
                yield translate.progress(item)
