"""Webhook deliveries in the database: what is to be told to whom, and when to try next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.jobs import webhook_deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a client's server. ``id`` is the same on every try; ``attempts`` counts those made."""

    id: str
    account_id: str
    subject: str
    url: str
    secret: str
    body: str
    status: str
    """waiting, delivered or failed"""
    attempts: int
    last_answer: str | None
    created: datetime
    next_try: datetime | None
    finished: datetime | None


class Deliveries:
    """Every method runs in the caller's transaction."""

    def add(self, tx: Transaction, **values: Any) -> None:
        tx.execute(sa.insert(webhook_deliveries).values(status="waiting", attempts=0, **values))

    def get(self, tx: Transaction, delivery_id: str) -> Delivery | None:
        row = tx.execute(sa.select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)).one_or_none()
        return None if row is None else _delivery(row)

    def claim(self, tx: Transaction, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
        """Those that are due, put off by ``lease`` so that nobody else tries them meanwhile."""
        table = webhook_deliveries
        due = tx.execute(
            sa.select(table)
            .where(table.c.status == "waiting", table.c.next_try <= now)
            .order_by(table.c.next_try)
            .limit(limit)
        ).all()
        return [row for row in map(_delivery, due) if self._put_off(tx, row, now + lease)]

    def any_due(self, tx: Transaction, now: datetime) -> bool:
        """Whether ``claim`` would find anything; only reads."""
        table = webhook_deliveries
        due = sa.select(table.c.id).where(table.c.status == "waiting", table.c.next_try <= now).limit(1)
        return tx.execute(due).first() is not None

    def settle(self, tx: Transaction, delivery: Delivery, **values: Any) -> bool:
        """Write what a try came to, unless the delivery was settled meanwhile."""
        table = webhook_deliveries
        changed = tx.execute(
            sa.update(table)
            .where(table.c.id == delivery.id, table.c.status == "waiting", table.c.attempts == delivery.attempts)
            .values(attempts=table.c.attempts + 1, **values)
        )
        return changed.rowcount == 1

    def forget(self, tx: Transaction, before: datetime) -> int:
        """Remove those that ended before this moment; how many they were."""
        table = webhook_deliveries
        return tx.execute(sa.delete(table).where(table.c.status != "waiting", table.c.finished < before)).rowcount

    def drop(self, tx: Transaction, subject: str, url: str) -> None:
        """Remove those about ``subject`` to ``url``, delivered or not."""
        table = webhook_deliveries
        tx.execute(sa.delete(table).where(table.c.subject == subject, table.c.url == url))

    def _put_off(self, tx: Transaction, delivery: Delivery, until: datetime) -> bool:
        table = webhook_deliveries
        changed = tx.execute(
            sa.update(table)
            .where(table.c.id == delivery.id, table.c.status == "waiting", table.c.next_try == delivery.next_try)
            .values(next_try=until)
        )
        return changed.rowcount == 1


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 - the documented way to a row's columns
