"""An engine for a library that keeps its own tables in our database and begins its transactions its own way.

On SQLite ``make_engine`` begins every transaction by itself, and a library that says ``BEGIN IMMEDIATE`` would be
refused. Here the driver begins them, before the first statement that writes, and with the write lock taken at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from cutroom.db.engine import make_engine

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
)


def make_driver_engine(url: str, *, pool: int, ping: bool = True) -> sa.Engine:
    """An engine whose driver begins transactions. Raises as ``make_engine`` does.

    Without ``ping`` a connection that broke while it waited in the pool is noticed only by who uses it next: for
    users who ask again and again anyway, and for whom the ping would double the cost of asking.
    """
    if sa.make_url(url).get_backend_name() != "sqlite":
        return make_engine(url, pool=pool) if ping else _unpinged(url, pool)
    engine = sa.create_engine(
        url, pool_size=pool, max_overflow=10, connect_args={"timeout": 30, "check_same_thread": False}
    )
    sa.event.listen(engine, "connect", _prepare)
    return engine


def asks_for_any(engine: sa.Engine, table: sa.Table, column: str, **others: str) -> Callable[[str], bool]:
    """A function that says whether a row has the value it is given in ``column``, and ``others`` in theirs."""
    # Written out, not bound: else an index for rows of these values alone could not be used.
    fixed = (table.c[name] == sa.literal(value, literal_execute=True) for name, value in others.items())
    query: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).where(table.c[column] == sa.bindparam("value"), *fixed).limit(1)
    )

    def ask(value: str) -> bool:
        with engine.connect() as connection:
            return connection.execute(query, {"value": value}).first() is not None

    return ask


def _unpinged(url: str, pool: int) -> sa.Engine:
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(address, pool_size=pool, max_overflow=10)


def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
