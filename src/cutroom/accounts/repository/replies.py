"""Rows of ``replies``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cutroom.accounts.repository.inserting import insert_new
from cutroom.db import Transaction
from cutroom.db.tables.service import replies


def add(tx: Transaction, scope: str, key: str, request_hash: str, now: datetime) -> bool:
    """Claim the key; False when it is claimed already."""
    return insert_new(tx, replies, scope=scope, key=key, request_hash=request_hash, created=now)


def get(tx: Transaction, scope: str, key: str) -> Any | None:
    """The row: ``request_hash``, ``status``, ``headers``, ``body``, ``created``."""
    return tx.execute(sa.select(replies).where(*_is(scope, key))).one_or_none()


def take_over(tx: Transaction, scope: str, key: str, request_hash: str, seen: datetime, now: datetime) -> bool:
    """Claim a row that has had its time, if it is still the one that was seen."""
    query = sa.update(replies).where(*_is(scope, key), replies.c.created == seen)
    values = {"request_hash": request_hash, "status": None, "headers": sa.null(), "body": None, "created": now}
    return tx.execute(query.values(**values)).rowcount == 1


def fill(tx: Transaction, scope: str, key: str, status: int, headers: dict[str, str], body: bytes) -> bool:
    """Write the answer of a claim that has none yet."""
    query = sa.update(replies).where(*_is(scope, key), replies.c.status.is_(None))
    return tx.execute(query.values(status=status, headers=headers, body=body)).rowcount == 1


def drop(tx: Transaction, scope: str, key: str) -> bool:
    """Give up a claim that has no answer."""
    return tx.execute(sa.delete(replies).where(*_is(scope, key), replies.c.status.is_(None))).rowcount == 1


def sweep(tx: Transaction, before: datetime) -> int:
    """Delete claims and answers older than ``before``; how many."""
    return tx.execute(sa.delete(replies).where(replies.c.created < before)).rowcount


def _is(scope: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return replies.c.scope == scope, replies.c.key == key
