"""Jobs and results for whoever knows their ids: no account is asked for, because the ids cannot be guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutroom.actions.service import Service
from cutroom.actions.shelf import ServedFile, stored_file
from cutroom.actions.tools import ARTIFACT
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Job

if TYPE_CHECKING:
    from cutroom.db import Transaction
    from cutroom.model.artifact import Artifact


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that anybody may follow, and the id of its result."""

    job: Job
    artifact_id: str


def find_job_open(services: Service, job_or_artifact_id: str, *, kind: str, surface: str) -> OpenJob:
    """By its own id or that of its result. ``NOT_FOUND`` for unknown ones, other kinds, and those long over."""
    with services.database.read() as tx:
        job = services.jobs.get(tx, job_or_artifact_id)
        artifact = services.artifacts.get(tx, job.params.get(ARTIFACT, "") if job else job_or_artifact_id)
        return _open(services, tx, artifact, kind, surface)


def open_artifact(services: Service, artifact_id: str, *, kind: str, surface: str, inline: bool = False) -> ServedFile:
    """The file of a result. ``NOT_FOUND`` for unknown ones, and those that are not there yet or any more."""
    with services.database.read() as tx:
        artifact = services.artifacts.get(tx, artifact_id)
        _open(services, tx, artifact, kind, surface)
    if artifact is None or artifact.file is None:
        raise _nothing()
    file = artifact.file
    return stored_file(services, file.key, file.name, file.media_type, inline=inline)


def _open(services: Service, tx: Transaction, artifact: Artifact | None, kind: str, surface: str) -> OpenJob:
    job = services.jobs.get(tx, artifact.job_id) if artifact is not None else None
    if artifact is None or job is None or job.kind != kind or job.surface != surface:
        raise _nothing()
    return OpenJob(job, artifact.id)


def _nothing() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "Not found.")
