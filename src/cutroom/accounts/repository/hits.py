"""Rows of ``rate_hits``: one for each request that was let through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.service import rate_hits


def lock(tx: Transaction, keys: Iterable[str]) -> None:
    """Let nobody else count or add under these keys before the transaction ends.

    SQLite needs nothing more: its writers come one after the other. PostgreSQL's locks are taken in one order
    everywhere, so no two transactions wait for each other; a number that two keys share only costs a wait.
    """
    if tx.dialect.name != "postgresql":
        return
    for number in sorted({_number(key) for key in keys}):
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def count(tx: Transaction, key: str, since: float) -> tuple[int, float | None]:
    """How many hits are younger than ``since`` (s since 1970), and when the oldest of them was."""
    query = sa.select(sa.func.count(), sa.func.min(rate_hits.c.at)).where(rate_hits.c.key == key, _later(since))
    number, oldest = tx.execute(query).one()
    return int(number), oldest


def nth(tx: Transaction, key: str, since: float, index: int) -> float:
    """When hit number ``index`` (0 is the oldest) of those younger than ``since`` was."""
    query = sa.select(rate_hits.c.at).where(rate_hits.c.key == key, _later(since)).order_by(rate_hits.c.at)
    return float(tx.execute(query.offset(index).limit(1)).scalar_one())


def add(tx: Transaction, key: str, at: float, number: int) -> None:
    """Count ``number`` hits of that moment."""
    tx.execute(sa.insert(rate_hits), [{"key": key, "at": at}] * number)


def remove_one(tx: Transaction, key: str, at: float | None) -> bool:
    """Take back the hit of that moment, or the youngest."""
    when = sa.true() if at is None else rate_hits.c.at == at
    youngest = sa.select(rate_hits.c.id).where(rate_hits.c.key == key, when)
    youngest = youngest.order_by(rate_hits.c.at.desc(), rate_hits.c.id.desc()).limit(1)
    return tx.execute(sa.delete(rate_hits).where(rate_hits.c.id == youngest.scalar_subquery())).rowcount == 1


def clear(tx: Transaction, key: str | None) -> int:
    """Delete the hits of a key, or all; how many."""
    query = sa.delete(rate_hits)
    return tx.execute(query if key is None else query.where(rate_hits.c.key == key)).rowcount


def sweep(tx: Transaction, before: float) -> int:
    """Delete the hits older than ``before``; how many."""
    return tx.execute(sa.delete(rate_hits).where(rate_hits.c.at < before)).rowcount


def _later(since: float) -> sa.ColumnElement[bool]:
    # A hit exactly one window old is outside: at the moment named as the reset, a slot is free.
    return rate_hits.c.at > since


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(b"cutroom rate " + key.encode()).digest()[:8], "big", signed=True)
