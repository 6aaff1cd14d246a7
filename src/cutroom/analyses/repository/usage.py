"""The counter of an account's analyses in a calendar month."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction
from cutroom.db.tables.analyses import analysis_usage


def count(tx: Transaction, account_id: str, month: str, limit: int | None) -> bool:
    """One more, if that is no more than ``limit`` (None: any number); whether it was.

    The conditional UPDATE is what decides among any number of orders at the same time.
    """
    insert = postgresql.insert(analysis_usage) if tx.dialect.name == "postgresql" else sqlite.insert(analysis_usage)
    tx.execute(insert.values(account_id=account_id, month=month, used=0).on_conflict_do_nothing())
    room = [] if limit is None else [analysis_usage.c.used < limit]
    changed = sa.update(analysis_usage).where(_of(account_id, month), *room).values(used=analysis_usage.c.used + 1)
    return tx.execute(changed).rowcount == 1


def give_back(tx: Transaction, account_id: str, month: str) -> None:
    """One less."""
    some = sa.and_(_of(account_id, month), analysis_usage.c.used > 0)
    tx.execute(sa.update(analysis_usage).where(some).values(used=analysis_usage.c.used - 1))


def used(tx: Transaction, account_id: str, month: str) -> int:
    """How many there were."""
    return int(tx.execute(sa.select(analysis_usage.c.used).where(_of(account_id, month))).scalar() or 0)


def _of(account_id: str, month: str) -> sa.ColumnElement[bool]:
    return sa.and_(analysis_usage.c.account_id == account_id, analysis_usage.c.month == month)
