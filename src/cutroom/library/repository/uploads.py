"""The table of uploads: every statement on it is here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction
from cutroom.db.columns import Instant
from cutroom.db.tables.accounts import accounts
from cutroom.db.tables.library import uploads
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.library import NewUpload, Upload

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Well below what either database takes as parameters of one statement.
_AT_ONCE = 500


def add(tx: Transaction, upload: NewUpload, *, created: datetime, expires: datetime) -> Upload:
    """The row of that id: a new one, or the one there is."""
    values = asdict(upload) | {"created": created, "expires": expires}
    insert = postgresql.insert(uploads) if tx.dialect.name == "postgresql" else sqlite.insert(uploads)
    tx.execute(insert.values(values).on_conflict_do_nothing(index_elements=[uploads.c.id]))
    row = tx.execute(sa.select(uploads).where(uploads.c.id == upload.id)).one()
    if row.account_id != upload.account_id:
        raise CutroomError(ErrorCode.INTERNAL, "The upload could not be kept.", detail=f"upload id {upload.id} taken")
    return _upload(row)


def lock(tx: Transaction, account_id: str) -> None:
    """One after another for each account, until the transaction ends.

    PostgreSQL would let two uploads both see the room as it was. SQLite has one writer anyway.
    """
    row = sa.select(accounts.c.id).where(accounts.c.id == account_id)
    tx.execute(row.with_for_update(key_share=True))  # this strength does not hold up rows that refer to the account


def used(tx: Transaction, account_id: str, now: datetime) -> int:
    """Bytes of the account's live uploads."""
    total = sa.select(sa.func.coalesce(sa.func.sum(uploads.c.size), 0)).where(_of(account_id, now))
    return int(tx.execute(total).scalar_one())


def live(tx: Transaction, account_id: str, upload_id: str, now: datetime) -> Upload | None:
    """The upload, if it is this account's, not deleted, and its time not over."""
    row = tx.execute(sa.select(uploads).where(_named(upload_id), _of(account_id, now))).one_or_none()
    return _upload(row) if row else None


def count(tx: Transaction, account_id: str, now: datetime) -> int:
    """How many live uploads there are."""
    found = tx.execute(sa.select(sa.func.count()).select_from(uploads).where(_of(account_id, now)))
    return int(found.scalar_one())


def page(tx: Transaction, account_id: str, now: datetime, *, offset: int, limit: int) -> list[Upload]:
    """Live uploads, most recent first."""
    wanted = sa.select(uploads).where(_of(account_id, now)).order_by(uploads.c.seq.desc())
    return [_upload(row) for row in tx.execute(wanted.offset(offset).limit(limit))]


def keep_until(tx: Transaction, account_id: str, upload_id: str, now: datetime, least: datetime) -> bool:
    """Whether it was live; its time then is not over before ``least``."""
    later = sa.case((uploads.c.expires < least, sa.literal(least, Instant)), else_=uploads.c.expires)
    mine = sa.and_(_named(upload_id), _of(account_id, now))
    return tx.execute(sa.update(uploads).where(mine).values(expires=later)).rowcount == 1


def delete(tx: Transaction, account_id: str, upload_id: str, now: datetime) -> bool:
    """Whether it was live."""
    mine = sa.and_(_named(upload_id), _of(account_id, now))
    return tx.execute(sa.update(uploads).where(mine).values(deleted=now)).rowcount == 1


def end_expired(tx: Transaction, now: datetime, limit: int) -> None:
    """Delete up to ``limit`` uploads whose time is over, those first that have waited longest."""
    over = sa.and_(uploads.c.deleted.is_(None), uploads.c.expires <= now)
    first = sa.select(uploads.c.seq).where(over).order_by(uploads.c.expires).limit(limit)
    tx.execute(sa.update(uploads).where(uploads.c.seq.in_(first), over).values(deleted=now))


def ended(tx: Transaction, limit: int) -> list[Upload]:
    """Deleted uploads that still have a row."""
    wanted = sa.select(uploads).where(uploads.c.deleted.is_not(None)).order_by(uploads.c.seq).limit(limit)
    return [_upload(row) for row in tx.execute(wanted)]


def forget(tx: Transaction, upload_ids: Sequence[str]) -> int:
    """Remove the rows of deleted uploads."""
    removed = 0
    for some in _portions(upload_ids):
        done = tx.execute(sa.delete(uploads).where(uploads.c.id.in_(some), uploads.c.deleted.is_not(None)))
        removed += done.rowcount
    return removed


def known(tx: Transaction, upload_ids: Sequence[str]) -> set[str]:
    """Those of the ids that have a row."""
    found: set[str] = set()
    for some in _portions(upload_ids):
        found.update(tx.execute(sa.select(uploads.c.id).where(uploads.c.id.in_(some))).scalars())
    return found


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))


def _named(upload_id: str) -> sa.ColumnElement[bool]:
    """Ids come from clients; what the databases would not even take as text names nothing."""
    return uploads.c.id == upload_id if _ID.fullmatch(upload_id) else sa.false()


def _of(account_id: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(uploads.c.account_id == account_id, uploads.c.deleted.is_(None), uploads.c.expires > now)


def _upload(row: sa.Row[Any]) -> Upload:
    values = {name: value for name, value in row._mapping.items() if name != "deleted"}  # noqa: SLF001 - public
    return Upload(**values)
