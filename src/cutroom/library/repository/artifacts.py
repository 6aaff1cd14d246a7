"""The table of artifacts: every statement on it is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction
from cutroom.db.tables.jobs import jobs
from cutroom.db.tables.library import artifacts
from cutroom.model.artifact import Artifact, ArtifactFile, ArtifactKind, NewArtifact
from cutroom.model.job import JobStatus

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Well below what either database takes as parameters of one statement.
_AT_ONCE = 500
_ENDED = tuple(status.value for status in JobStatus if status.is_final)
_LIVE = artifacts.c.deleted.is_(None)


def add(tx: Transaction, artifact: NewArtifact, *, created: datetime) -> Artifact:
    """The row of that id: a new one, or the one there is."""
    values: dict[str, Any] = {
        "id": artifact.id,
        "job_id": artifact.job_id,
        "account_id": artifact.account_id,
        "surface": artifact.surface,
        "kind": artifact.kind.value,
        "created": created,
    }
    if artifact.file is not None:
        values |= _columns(artifact.file)
    insert = postgresql.insert(artifacts) if tx.dialect.name == "postgresql" else sqlite.insert(artifacts)
    tx.execute(insert.values(values).on_conflict_do_nothing(index_elements=[artifacts.c.id]))
    return _artifact(tx.execute(sa.select(artifacts).where(artifacts.c.id == artifact.id)).one())


def fill(tx: Transaction, artifact_id: str, file: ArtifactFile, *, expires: datetime) -> bool:
    """Whether the result had no file yet, and was live."""
    promised = sa.and_(artifacts.c.id == artifact_id, artifacts.c.file_key.is_(None), _LIVE)
    return tx.execute(sa.update(artifacts).where(promised).values(expires=expires, **_columns(file))).rowcount == 1


def result(tx: Transaction, artifact_id: str, now: datetime) -> Artifact | None:
    """A result that is live, with its file or without."""
    if not _ID.fullmatch(artifact_id):  # ids come from clients
        return None
    mine = sa.and_(artifacts.c.id == artifact_id, artifacts.c.kind == ArtifactKind.RESULT.value, _timely(now))
    row = tx.execute(sa.select(artifacts).where(mine)).one_or_none()
    return None if row is None else _artifact(row)


def of_job(tx: Transaction, job_id: str, kind: ArtifactKind, now: datetime) -> list[Artifact]:
    """Live ones, in the order in which they came."""
    mine = sa.and_(artifacts.c.job_id == job_id, artifacts.c.kind == kind.value, _timely(now))
    return [_artifact(row) for row in tx.execute(sa.select(artifacts).where(mine).order_by(artifacts.c.seq))]


def waiting(tx: Transaction, account_id: str) -> int:
    """Bytes of an account's live inputs."""
    mine = sa.and_(artifacts.c.account_id == account_id, artifacts.c.kind == ArtifactKind.INPUT.value, _LIVE)
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.sum(artifacts.c.size), 0)).where(mine)).scalar_one())


def end(tx: Transaction, artifact_ids: Sequence[str], now: datetime) -> None:
    """Delete these."""
    for some in _portions(artifact_ids):
        tx.execute(sa.update(artifacts).where(artifacts.c.id.in_(some), _LIVE).values(deleted=now))


def end_job(tx: Transaction, job_id: str, now: datetime) -> list[Artifact]:
    """Delete those of a job; they and those that were deleted before and still have a row."""
    mine = artifacts.c.job_id == job_id
    tx.execute(sa.update(artifacts).where(mine, _LIVE).values(deleted=now))
    return [_artifact(row) for row in tx.execute(sa.select(artifacts).where(mine))]


def end_expired(tx: Transaction, now: datetime, before: datetime, limit: int) -> None:
    """Delete up to ``limit`` of each kind that is over; promises, where their job ended ``before``."""
    ended = sa.select(jobs.c.id).where(jobs.c.id == artifacts.c.job_id, jobs.c.status.in_(_ENDED))
    over = (
        artifacts.c.expires <= now,
        sa.and_(artifacts.c.kind == ArtifactKind.INPUT.value, ended.exists()),
        sa.and_(artifacts.c.file_key.is_(None), ended.where(jobs.c.finished <= before).exists()),
    )
    for which in over:
        first = sa.select(artifacts.c.seq).where(_LIVE, which).order_by(artifacts.c.seq).limit(limit)
        tx.execute(sa.update(artifacts).where(artifacts.c.seq.in_(first), _LIVE).values(deleted=now))


def ended(tx: Transaction, limit: int) -> list[Artifact]:
    """Deleted artifacts that still have a row."""
    wanted = sa.select(artifacts).where(artifacts.c.deleted.is_not(None)).order_by(artifacts.c.seq).limit(limit)
    return [_artifact(row) for row in tx.execute(wanted)]


def forget(tx: Transaction, artifact_ids: Sequence[str]) -> int:
    """Remove the rows of deleted artifacts."""
    removed = 0
    for some in _portions(artifact_ids):
        gone = sa.and_(artifacts.c.id.in_(some), artifacts.c.deleted.is_not(None))
        removed += tx.execute(sa.delete(artifacts).where(gone)).rowcount
    return removed


def known(tx: Transaction, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row names, deleted or not."""
    found: set[str] = set()
    for some in _portions(keys):
        found.update(tx.execute(sa.select(artifacts.c.file_key).where(artifacts.c.file_key.in_(some))).scalars())
    return found


def _timely(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_LIVE, sa.or_(artifacts.c.expires.is_(None), artifacts.c.expires > now))


def _portions(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE))


def _columns(file: ArtifactFile) -> dict[str, Any]:
    return {"file_key": file.key, "file_name": file.name, "media_type": file.media_type, "size": file.size}


def _artifact(row: sa.Row[Any]) -> Artifact:
    file = None
    if row.file_key is not None:
        file = ArtifactFile(row.file_key, row.file_name, row.media_type, row.size)
    return Artifact(
        id=row.id,
        job_id=row.job_id,
        account_id=row.account_id,
        surface=row.surface,
        kind=ArtifactKind(row.kind),
        file=file,
        seq=row.seq,
        created=row.created,
        expires=row.expires,
    )
