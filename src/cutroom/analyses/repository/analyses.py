"""The table of analyses: every statement on it is here. Status and times are read along from the jobs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.analyses import analyses
from cutroom.db.tables.jobs import jobs
from cutroom.model.analysis import Analysis, NewAnalysis, Preset, SourceType, StepDone

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_OF_JOB = (jobs.c.status, jobs.c.error, jobs.c.started, jobs.c.finished)
_FAILED = ("failed", "cancelled")


def add(tx: Transaction, new: NewAnalysis, *, created: datetime) -> None:
    """The row of that id."""
    names = NewAnalysis.__dataclass_fields__
    values = {name: getattr(new, name) for name in names}
    values |= {"preset": new.preset.value, "source_type": new.source_type.value}
    tx.execute(sa.insert(analyses).values(created=created, begun=0, done=[], pictures={}, **values))


def get(tx: Transaction, analysis_id: str, *, without: Sequence[str] = ()) -> Analysis | None:
    """With what its job says; ``without`` names columns that are large and not needed."""
    if not _ID.fullmatch(analysis_id):  # ids come from clients
        return None
    row = tx.execute(_joined(without).where(analyses.c.id == analysis_id)).one_or_none()
    return None if row is None else _analysis(row)


def page(
    tx: Transaction, account_id: str, *, statuses: Sequence[str] | None, before: int | None, limit: int
) -> list[Analysis]:
    """Newest first, without what is large; ``before`` is the place behind which to begin."""
    mine = [analyses.c.account_id == account_id, analyses.c.demo.is_(False)]
    if statuses is not None:
        mine.append(jobs.c.status.in_(tuple(statuses)))
    if before is not None:
        mine.append(analyses.c.seq < before)
    wanted = _joined(("facts", "result")).where(*mine).order_by(analyses.c.seq.desc()).limit(limit)
    return [_analysis(row) for row in tx.execute(wanted)]


def begin_step(tx: Transaction, analysis_id: str, number: int, now: datetime) -> bool:
    """Whether step ``number``, counted from 0, begins hereby: it is its turn, and nobody has begun it yet."""
    turn = sa.and_(analyses.c.id == analysis_id, analyses.c.begun == number)
    return tx.execute(sa.update(analyses).where(turn).values(begun=number + 1, step_began=now)).rowcount == 1


def lock(tx: Transaction, analysis_id: str) -> sa.Row[Any] | None:
    """The row, for this transaction alone until it ends."""
    wanted = sa.select(analyses).where(analyses.c.id == analysis_id)
    if tx.dialect.name != "sqlite":  # SQLite has one writer anyway
        wanted = wanted.with_for_update()
    return tx.execute(wanted).one_or_none()


def change(tx: Transaction, analysis_id: str, **values: Any) -> None:
    """Set columns."""
    tx.execute(sa.update(analyses).where(analyses.c.id == analysis_id).values(**values))


def take_month(tx: Transaction, analysis_id: str) -> tuple[str, str] | None:
    """The account and month in which it counts, which it does no longer hereby; None where it does not, or any more."""
    counted = sa.and_(analyses.c.id == analysis_id, analyses.c.month.is_not(None))
    row = tx.execute(sa.select(analyses.c.account_id, analyses.c.month).where(counted)).one_or_none()
    if row is None or tx.execute(sa.update(analyses).where(counted).values(month=None)).rowcount != 1:
        return None
    return row.account_id, row.month


def delete(tx: Transaction, analysis_id: str) -> bool:
    """Whether it was there."""
    return tx.execute(sa.delete(analyses).where(analyses.c.id == analysis_id)).rowcount == 1


def is_used(tx: Transaction, content: str) -> bool:
    """Whether any analysis is of this content."""
    return tx.execute(sa.select(analyses.c.id).where(analyses.c.content == content).limit(1)).first() is not None


def expired(tx: Transaction, now: datetime, limit: int) -> list[str]:
    """Ids of those whose time is over and whose work has ended."""
    over = sa.and_(analyses.c.expires <= now, jobs.c.finished.is_not(None))
    wanted = sa.select(analyses.c.id).join(jobs, jobs.c.id == analyses.c.id).where(over).limit(limit)
    return list(tx.execute(wanted).scalars())


def with_leavings(tx: Transaction, limit: int) -> list[str]:
    """Ids of those that have failed and still have something of their work."""
    left = sa.or_(analyses.c.content.is_not(None), analyses.c.result.is_not(None))
    wanted = sa.select(analyses.c.id).join(jobs, jobs.c.id == analyses.c.id)
    return list(tx.execute(wanted.where(jobs.c.status.in_(_FAILED), left).limit(limit)).scalars())


def _joined(without: Sequence[str] = ()) -> sa.Select[Any]:
    wanted = [column for column in analyses.c if column.name not in without]
    return sa.select(*wanted, *_OF_JOB).join(jobs, jobs.c.id == analyses.c.id)


def _analysis(row: sa.Row[Any]) -> Analysis:
    values = {"facts": None, "result": None} | dict(row._mapping)  # noqa: SLF001 - the documented way to its columns
    del values["step_began"]
    values |= {
        "preset": Preset(row.preset),
        "source_type": SourceType(row.source_type),
        "done": tuple(StepDone(**step) for step in row.done),
    }
    return Analysis(**values)
