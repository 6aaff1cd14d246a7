"""Who works: one row for each running worker, renewed while it lives. Its id is also its name towards the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.jobs import workers
from cutroom.kernel.clock import utc_now


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that takes jobs from ``queues``; ``beat`` is its last sign of life."""

    id: str
    host: str
    queues: tuple[str, ...]
    started: datetime
    beat: datetime
    draining: bool


class Workers:
    """Leases. All times are the database's own where it has a clock, because the clocks of machines differ."""

    def enter(self, tx: Transaction, worker_id: str, host: str, queues: Sequence[str]) -> None:
        """Make the worker known."""
        now = database_time(tx)
        tx.execute(
            sa.insert(workers).values(
                id=worker_id, host=host[:255], queues=",".join(queues), started=now, beat=now, draining=False
            )
        )

    def beat(self, tx: Transaction, worker_id: str) -> bool:
        """A sign of life. False when the others have given the worker up: its jobs are no longer its own."""
        changed = tx.execute(sa.update(workers).where(workers.c.id == worker_id).values(beat=database_time(tx)))
        return changed.rowcount == 1

    def drain(self, tx: Transaction, worker_id: str) -> None:
        """Note that the worker takes no more work."""
        tx.execute(sa.update(workers).where(workers.c.id == worker_id).values(draining=True))

    def leave(self, tx: Transaction, worker_id: str) -> None:
        """Forget the worker."""
        tx.execute(sa.delete(workers).where(workers.c.id == worker_id))

    def silent(self, tx: Transaction, seconds: float) -> list[Worker]:
        """Workers without a sign of life for this long."""
        since = database_time(tx) - timedelta(seconds=seconds)
        return [_worker(row) for row in tx.execute(sa.select(workers).where(workers.c.beat < since))]

    def forget_silent(self, tx: Transaction, worker: Worker) -> bool:
        """Forget a worker unless it has given a sign of life since ``worker`` was read."""
        gone = tx.execute(sa.delete(workers).where(workers.c.id == worker.id, workers.c.beat == worker.beat))
        return gone.rowcount == 1

    def known(self, tx: Transaction) -> list[Worker]:
        """Every worker, longest there first."""
        return [_worker(row) for row in tx.execute(sa.select(workers).order_by(workers.c.started))]

    def silence(self, tx: Transaction) -> float | None:
        """Seconds since the last sign of life of any worker; None when there is none."""
        last = tx.execute(sa.select(workers.c.beat).order_by(workers.c.beat.desc()).limit(1)).scalar()
        return None if last is None else max(0.0, (database_time(tx) - last).total_seconds())


def database_time(tx: Transaction) -> datetime:
    """Now, by the clock that all users of this database share."""
    if tx.dialect.name == "sqlite":  # a file of one machine
        return utc_now()
    now: datetime = tx.execute(sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))).scalar_one()
    return now.astimezone(UTC)


def _worker(row: sa.Row[Any]) -> Worker:
    return Worker(row.id, row.host, tuple(row.queues.split(",")), row.started, row.beat, row.draining)
