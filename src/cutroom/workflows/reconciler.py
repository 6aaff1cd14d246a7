"""Jobs whose workflow can no longer speak for them: cancelled, timed out, crashed too often, or never there.

After those the workflow's own code does not run, so somebody else has to end the job and give the money back. Every
worker does this now and then; ending a job is a conditional UPDATE, so they do not get in each other's way.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import ErrorCode
from cutroom.model.job import Job, JobStatus
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.settling import UNEXPECTED, settle_failure
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)
_CHUNK = 500
# Queued jobs are many and seldom wrong: they are looked at once in so many rounds, running ones in every round.
_QUEUED_EVERY = 12
# A job that was taken and not begun for this long (ms) was taken by a worker that does not know its kind.
_CLAIMED_TOO_LONG = 60_000
_GIVE_UP_AFTER = timedelta(hours=1)
_GRACE = timedelta(minutes=1)

_INTERNAL = (ErrorCode.INTERNAL, UNEXPECTED)
_ENDINGS = {
    "SUCCESS": _INTERNAL,  # it ended without a word about the job
    "ERROR": _INTERNAL,
    "CANCELLED": (ErrorCode.LIMIT_EXCEEDED, "The work was ended by the server."),
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": (ErrorCode.PROCESSING_FAILED, "The work was interrupted too often."),
}


class Reconciler:
    """Compares unfinished jobs with what the engine knows of them."""

    def __init__(self, bench: Workbench, engine: EngineClient, clock: Clock = utc_now) -> None:
        self._bench = bench
        self._engine = engine
        self._clock = clock
        self._round = 0

    def reconcile(self, *, everything: bool = False) -> int:
        """One round; how many jobs were put right. ``everything`` looks at queued jobs too."""
        everything = everything or self._round % _QUEUED_EVERY == 0
        self._round += 1
        # The jobs first: one that ends in between is ended already when it is to be failed.
        with self._bench.database.read() as tx:
            jobs = self._bench.jobs.unfinished(tx)
        jobs = [job for job in jobs if everything or job.status is JobStatus.RUNNING]
        changed = 0
        for start in range(0, len(jobs), _CHUNK):
            chunk = jobs[start : start + _CHUNK]
            states = self._engine.states([job.id for job in chunk])
            # The workers last: one that came in between makes itself known before it takes work.
            with self._bench.database.read() as tx:
                workers = {worker.id for worker in self._bench.workers.known(tx)}
            changed += sum(self._settle(job, states.get(job.id), workers) for job in chunk)
        return changed

    def _settle(self, job: Job, record: Any | None, workers: set[str]) -> bool:
        if record is None:
            return self._clock() - job.created > _GRACE and self._fail(job, *_INTERNAL, "unknown to the engine")
        if record.status in _ENDINGS:
            return self._fail(job, *_ENDINGS[record.status], f"the engine says {record.status}")
        if record.status == "PENDING" and record.executor_id not in workers:
            # Its worker was forgotten by a peer that died before it could take over.
            return self._engine.take_over(record.executor_id) > 0
        return self._not_begun(job, record)

    def _not_begun(self, job: Job, record: Any) -> bool:
        claimed = record.dequeued_at if record.status == "PENDING" and job.status is JobStatus.QUEUED else None
        if claimed is None or time.time() * 1000 - claimed < _CLAIMED_TOO_LONG:
            return False
        if self._clock() - job.created > _GIVE_UP_AFTER:
            return self._fail(job, *_INTERNAL, "no worker knows its kind")
        _log.warning("job %s was taken by a worker that does not know its kind; it is queued again", job.id)
        self._engine.client.resume_workflow(job.id, queue_name=job.queue.value)
        return True

    def _fail(self, job: Job, code: str, message: str, why: str) -> bool:
        return settle_failure(self._bench, job.id, code, message, detail=why)
