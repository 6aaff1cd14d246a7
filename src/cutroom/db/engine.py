"""SQLAlchemy engines for the two databases there are; nothing connects before it is used.

SQLite gets what its defaults lack: write-ahead log, foreign keys, a busy timeout. A transaction that will write takes
the write lock when it begins (``BEGIN IMMEDIATE``), because a reader that becomes a writer can fail at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from cutroom.kernel.errors import CutroomError, ErrorCode

# As many as uvicorn's worker threads, or calm traffic ends in waiting for a connection.
_POOL = 40
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-256",  # KiB; each of many connections has one, and the operating system has them all
)


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


def make_engine(url: str, *, pool: int = _POOL) -> sa.Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://...``; ``CutroomError(INVALID_REQUEST)`` for anything else."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:  # the second for a port that is no number
        raise _refused(str(error)) from error
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_size=pool, max_overflow=10, pool_pre_ping=True
        )
    if kind != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise _refused(f"backend {kind}")
    engine = sa.create_engine(
        parsed,
        pool_size=pool,
        max_overflow=10,
        pool_use_lifo=True,  # those used last have their pages and statements at hand; the others need none
        connect_args={"timeout": 10, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _refused(detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.INVALID_REQUEST,
        "The database URL names no SQLite file and no PostgreSQL database.",
        next_step="Set CUTROOM_DATABASE__URL to sqlite:////path/to/file or postgresql://user@host/name.",
        detail=detail,
    )
