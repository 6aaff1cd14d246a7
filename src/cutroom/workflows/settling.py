"""What is true of every job however it ends: its money is settled with it, and none of its files stay behind."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from cutroom.kernel.errors import CutroomError
from cutroom.model.artifact import ArtifactFile
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
        known = f" ({in_one_line(detail)})" if detail else ""
        _log.warning("job %s failed: %s: %s%s", job_id, code, message, known)
    end_inputs(bench, job_id)
    tidy(bench, job_id)
    return failed


def hand_over(bench: Workbench, job_id: str, artifact_id: str, file: ArtifactFile, result: dict[str, Any]) -> bool:
    """One transaction: the job is completed, and its promised result is there for whoever knows its id.

    False when the job had ended otherwise: then the stored file is not kept. In both cases its inputs go. Nothing is
    paid for. May be done twice.
    """
    with bench.database.write() as tx:
        done = bench.jobs.complete(tx, job_id, {"artifact_id": artifact_id} | result)
        if done:
            bench.artifacts.fill(tx, artifact_id, file)
        there = bench.artifacts.get(tx, artifact_id)
    if there is None or there.file is None or there.file.key != file.key:
        bench.store.delete(file.key)
    end_inputs(bench, job_id)
    tidy(bench, job_id)
    return done


def end_inputs(bench: Workbench, job_id: str) -> None:
    """Remove what was sent along with a job that has ended. Idempotent; what does not go now goes with a sweep."""
    with bench.database.write() as tx:
        inputs = bench.artifacts.end_inputs(tx, job_id)
    with contextlib.suppress(CutroomError):
        for one in inputs:
            if one.file is not None:
                bench.store.delete(one.file.key)
        with bench.database.write() as tx:
            bench.artifacts.forget(tx, [one.id for one in inputs])


def tidy(bench: Workbench, job_id: str) -> None:
    """Remove what the job was making on this machine. Idempotent."""
    JobScratch(bench.config.scratch, job_id).remove()


def clip_id_of(job_id: str) -> str:
    """The id of the one clip that a job makes: its own, as the contract of FastClip has it."""
    return job_id
