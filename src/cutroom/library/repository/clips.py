"""The table of clips: every statement on it is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction
from cutroom.db.tables.accounts import accounts
from cutroom.db.tables.library import clips
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.model.library import Clip, NewClip

_FRACTIONS = ("start", "end", "duration")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Well below what either database takes as parameters of one statement.
_AT_ONCE = 500


def add(tx: Transaction, clip: NewClip, *, created: datetime, expires: datetime) -> Clip:
    """The row of that id: a new one, or the one there is."""
    values: dict[str, Any] = asdict(clip) | {name: str(getattr(clip, name)) for name in _FRACTIONS}
    values |= {"format": clip.format.value, "pinned": False, "created": created, "expires": expires}
    insert = postgresql.insert(clips) if tx.dialect.name == "postgresql" else sqlite.insert(clips)
    tx.execute(insert.values(values).on_conflict_do_nothing(index_elements=[clips.c.id]))
    row = tx.execute(sa.select(clips).where(clips.c.id == clip.id)).one()
    if row.account_id != clip.account_id:
        raise CutroomError(ErrorCode.INTERNAL, "The clip could not be kept.", detail=f"clip id {clip.id} taken")
    return _clip(row)


def live(tx: Transaction, clip_id: str, now: datetime) -> Clip | None:
    """The clip, unless it is deleted or its time is over."""
    row = tx.execute(sa.select(clips).where(_named(clip_id), _is_live(now))).one_or_none()
    return _clip(row) if row else None


def of_job(tx: Transaction, job_id: str, now: datetime) -> list[Clip]:
    """Live clips of a job, oldest first."""
    wanted = sa.select(clips).where(clips.c.job_id == job_id, _is_live(now)).order_by(clips.c.seq)
    return [_clip(row) for row in tx.execute(wanted)]


def count(tx: Transaction, account_id: str, surface: str | None, now: datetime) -> int:
    """How many live clips there are; of one surface, or of all."""
    found = tx.execute(sa.select(sa.func.count()).select_from(clips).where(_on_shelf(account_id, surface, now)))
    return int(found.scalar_one())


def page(
    tx: Transaction, account_id: str, surface: str | None, now: datetime, *, offset: int, limit: int
) -> list[Clip]:
    """Live clips, most recent first."""
    wanted = sa.select(clips).where(_on_shelf(account_id, surface, now))
    return [_clip(row) for row in tx.execute(wanted.order_by(clips.c.seq.desc()).offset(offset).limit(limit))]


def rename(tx: Transaction, account_id: str, clip_id: str, name: str, now: datetime) -> bool:
    """Whether there was such a clip."""
    return _change(tx, sa.and_(_is(account_id, clip_id), _is_live(now)), name=name)


def lock_shelf(tx: Transaction, account_id: str) -> None:
    """One after another for each account, until the transaction ends.

    PostgreSQL would let two changes of two clips both see the quota as it was. SQLite has one writer anyway.
    """
    row = sa.select(accounts.c.id).where(accounts.c.id == account_id)
    tx.execute(row.with_for_update(key_share=True))  # this strength does not hold up rows that refer to the account


def pin(tx: Transaction, account_id: str, clip_id: str, quota: int | None, now: datetime) -> bool:
    """Whether it was live, not pinned, and within the quota (bytes; None for none) with all pinned ones."""
    condition = sa.and_(_is(account_id, clip_id), _is_live(now), sa.not_(clips.c.pinned))
    if quota is not None:
        others = clips.alias()
        taken = (
            sa.select(sa.func.coalesce(sa.func.sum(others.c.file_size), 0))
            .where(others.c.account_id == account_id, others.c.pinned, others.c.deleted.is_(None))
            .scalar_subquery()
        )
        condition = sa.and_(condition, taken + clips.c.file_size <= quota)
    return _change(tx, condition, pinned=True, expires=None)


def unpin(tx: Transaction, account_id: str, clip_id: str, *, expires: datetime) -> bool:
    """Whether it was pinned."""
    condition = sa.and_(_is(account_id, clip_id), clips.c.pinned, clips.c.deleted.is_(None))
    return _change(tx, condition, pinned=False, expires=expires)


def delete(tx: Transaction, account_id: str, clip_id: str, now: datetime) -> bool:
    """Whether it was live."""
    return _change(tx, sa.and_(_is(account_id, clip_id), _is_live(now)), deleted=now)


def pinned(tx: Transaction, account_id: str) -> tuple[int, int]:
    """Bytes of the pinned clips, and how many there are."""
    sums = sa.select(sa.func.coalesce(sa.func.sum(clips.c.file_size), 0), sa.func.count())
    taken, number = tx.execute(
        sums.where(clips.c.account_id == account_id, clips.c.pinned, clips.c.deleted.is_(None))
    ).one()
    return int(taken), int(number)


def end_expired(tx: Transaction, now: datetime, limit: int) -> None:
    """Delete up to ``limit`` clips whose time is over, those first that have waited longest."""
    over = sa.and_(clips.c.deleted.is_(None), clips.c.expires <= now)
    first = sa.select(clips.c.seq).where(over).order_by(clips.c.expires).limit(limit)
    tx.execute(sa.update(clips).where(clips.c.seq.in_(first), over).values(deleted=now))


def ended(tx: Transaction, limit: int) -> list[Clip]:
    """Deleted clips that still have a row."""
    wanted = sa.select(clips).where(clips.c.deleted.is_not(None)).order_by(clips.c.seq).limit(limit)
    return [_clip(row) for row in tx.execute(wanted)]


def forget(tx: Transaction, clip_ids: Sequence[str]) -> int:
    """Remove the rows of deleted clips."""
    removed = 0
    for some in _portions(clip_ids):
        done = tx.execute(sa.delete(clips).where(clips.c.id.in_(some), clips.c.deleted.is_not(None)))
        removed += done.rowcount
    return removed


def known(tx: Transaction, clip_ids: Sequence[str]) -> set[str]:
    """Those of the ids that have a row."""
    found: set[str] = set()
    for some in _portions(clip_ids):
        found.update(tx.execute(sa.select(clips.c.id).where(clips.c.id.in_(some))).scalars())
    return found


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))


def _change(tx: Transaction, condition: sa.ColumnElement[bool], **values: Any) -> bool:
    return tx.execute(sa.update(clips).where(condition).values(**values)).rowcount == 1


def _is(account_id: str, clip_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(_named(clip_id), clips.c.account_id == account_id)


def _named(clip_id: str) -> sa.ColumnElement[bool]:
    """Ids come from clients; what the databases would not even take as text names no clip."""
    return clips.c.id == clip_id if _ID.fullmatch(clip_id) else sa.false()


def _is_live(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(clips.c.deleted.is_(None), sa.or_(clips.c.expires.is_(None), clips.c.expires > now))


def _on_shelf(account_id: str, surface: str | None, now: datetime) -> sa.ColumnElement[bool]:
    mine = sa.and_(clips.c.account_id == account_id, _is_live(now))
    return mine if surface is None else sa.and_(mine, clips.c.surface == surface)


def _clip(row: sa.Row[Any]) -> Clip:
    values = {name: value for name, value in row._mapping.items() if name != "deleted"}  # noqa: SLF001 - public
    values |= {name: Fraction(values[name]) for name in _FRACTIONS}
    values["format"] = Format(values["format"])
    return Clip(**values)
