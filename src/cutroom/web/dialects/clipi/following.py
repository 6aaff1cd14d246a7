"""One job as Clipi streams it: frames without a name, one line of JSON each, the last of them told to whoever comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from cutroom.actions import jobs
from cutroom.actions.service import Service
from cutroom.actions.tools import TOOL
from cutroom.model.job import Job, Standing
from cutroom.web.dialects.clipi import translate
from cutroom.web.dialects.clipi.limits import FRAME_SECONDS
from cutroom.web.http.streams import Event, event


def has_seen_the_end(job: Job, last_event_id: int | None) -> bool:
    """Whether a client that comes back has had the final frame: frames carry the number of the state they tell."""
    return job.status.is_final and last_event_id == job.rev


async def follow(services: Service, job: Job, download_url: str) -> AsyncGenerator[Event]:
    """The present state at once, every change, the same again each second, and nothing after the end."""
    async with aclosing(jobs.watch_standing(services, job.id, FRAME_SECONDS)) as standings:
        async for standing in standings:
            shown = standing if job.kind == TOOL else Standing(standing.job)  # the place is told of tools alone
            yield event(None, translate.frame(shown, download_url), number=standing.job.rev)
