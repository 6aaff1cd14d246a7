"""What is true of every job however it ends: its money is settled with it, and none of its files stay behind."""

from __future__ import annotations

import logging

from cutroom.workflows.scratch import JobScratch
from cutroom.workflows.telling import in_one_line
from cutroom.workflows.workbench import Workbench

_log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong in the server."


def settle_failure(bench: Workbench, job_id: str, code: str, message: str, *, detail: str | None = None) -> bool:
    """One transaction: the job has failed, and its reservation is released. False when it had ended already.

    Whoever ends the job says so in the log, once. ``detail`` is for the log alone.
    """
    with bench.database.write() as tx:
        failed = bench.jobs.fail(tx, job_id, code, message)
        if failed:
            bench.wallet.release(tx, job_id)
    if failed:
        _log.warning("job %s failed: %s: %s (%s)", job_id, code, message, in_one_line(detail or "no detail"))
    tidy(bench, job_id)
    return failed


def tidy(bench: Workbench, job_id: str) -> None:
    """Remove what the job was making on this machine. Idempotent."""
    JobScratch(bench.config.scratch, job_id).remove()


def clip_id_of(job_id: str) -> str:
    """The id of the one clip that a job makes: its own, as the contract of FastClip has it."""
    return job_id
