"""Handing work in: the job's row and its place in the engine's queue in one transaction, the caller's."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cutroom.db import Database, Transaction
from cutroom.jobs import Jobs
from cutroom.model.job import Job, NewJob
from cutroom.workflows.engine import VERSION, EngineClient, prepare_engine
from cutroom.workflows.names import workflow_of

__all__ = ["JobClient", "prepare_engine"]

_log = logging.getLogger(__name__)


class JobClient:
    """Submits and cancels; never runs work. Thread-safe; connects on first use.

    ``release`` gives a job's reservation back, in the transaction that cancels it (``Wallet.release``).
    """

    def __init__(
        self, database: Database, jobs: Jobs, *, release: Callable[[Transaction, str], object] | None = None
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._release = release
        self._engine = EngineClient(database)

    def submit(self, tx: Transaction, job: NewJob) -> Job:
        """Accept a job. It is there, and queued, if and only if the caller's transaction is committed."""
        accepted = self._jobs.add(tx, job)
        self._engine.client.enqueue_in_transaction(
            tx,
            {
                "workflow_name": workflow_of(job.kind),
                "queue_name": job.queue.value,
                "workflow_id": job.id,
                "app_version": VERSION,
                "priority": min(100, max(1, job.priority)),  # 0 would overtake everything
            },
            job.id,
            job.timeout,
        )
        return accepted

    def cancel(self, job_id: str) -> bool:
        """End a job and give its money back. False when it had ended already. Its processes end within 2 s."""
        with self._database.write() as tx:
            cancelled = self._jobs.cancel(tx, job_id)
            if cancelled and self._release is not None:
                self._release(tx, job_id)
        if cancelled:
            self.stop(job_id)
        return cancelled

    def stop(self, job_id: str) -> None:
        """Take a job that has ended out of the engine. Should that fail, its worker finds out by itself."""
        try:
            self._engine.client.cancel_workflow(job_id, cancel_children=True)
        except Exception:  # noqa: BLE001 - the job is cancelled: that must be said, whatever else fails
            _log.exception("the workflow of a cancelled job could not be stopped")

    def close(self) -> None:
        """Let go of connections."""
        self._engine.close()
