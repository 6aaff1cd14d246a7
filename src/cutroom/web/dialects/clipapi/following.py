"""One analysis as clipapi streams it: named events, each with its name in the data, from the first to the last."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from cutroom.actions import analyses
from cutroom.actions.jobs import JobHistory
from cutroom.actions.service import Service
from cutroom.model.job import JobEvent
from cutroom.web.http.streams import Event, event

_START, _DONE = "step_start", "step_done"
_LAST = {"completed": "pipeline_done", "failed": "pipeline_failed", "cancelled": "pipeline_failed"}
_CANCELLED = "The analysis was cancelled."


def has_seen_the_end(history: JobHistory, last_event_id: int | None) -> bool:
    """Whether a client that comes back has had the last event; ``history`` has what came after ``last_event_id``."""
    return last_event_id is not None and history.job.status.is_final and not any(map(_shown, history.events))


async def follow(services: Service, history: JobHistory, after: int) -> AsyncGenerator[Event]:
    """Begins with ``history``, the events above ``after``. Nothing comes after a final event."""
    teller = _Teller(history.job.id, history.job.step or None)
    seen = after
    for happened in history.events:
        seen = happened.id
        if (told := teller.tell(happened)) is not None:
            yield told
    if teller.over:
        return
    async with aclosing(analyses.follow(services, history.job.id, seen, history.job.rev)) as news:
        async for item in news:
            if isinstance(item, JobEvent) and (told := teller.tell(item)) is not None:
                yield told
                if teller.over:
                    return


class _Teller:
    """Our events in the document's words."""

    def __init__(self, job_id: str, step: str | None) -> None:
        self._job_id, self._step = job_id, step
        self.over = False

    def tell(self, happened: JobEvent) -> Event | None:
        """None for what clients are not told of."""
        if not _shown(happened):
            return None
        name = _LAST.get(happened.kind, happened.kind)
        return event(name, json.dumps({"event": name} | self._data(happened)), number=happened.id)

    def _data(self, happened: JobEvent) -> dict[str, Any]:
        said = happened.data
        if happened.kind == _START:
            self._step = said["step"]
            return {"step": said["step"], "job_id": self._job_id}
        if happened.kind == _DONE:
            return {"step": said["step"], "duration_ms": said["duration_ms"], "job_id": self._job_id}
        self.over = True
        if happened.kind == "completed":
            return {"analysis_id": self._job_id}
        return {"analysis_id": self._job_id, "step": self._step, "error": said.get("message", _CANCELLED)}


def _shown(happened: JobEvent) -> bool:
    return happened.kind in {_START, _DONE, *_LAST}
