"""Transactions. One request or step is one transaction; features take it, use it, and never commit.

``Transaction`` is SQLAlchemy's connection under the name the rest of the house knows it by: only ``db`` and the
features' repositories look inside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from cutroom.db.engine import make_engine
from cutroom.db.failures import reaching

Transaction = sa.Connection


class Database:
    """Opens transactions. Thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write: committed at the end of the block, rolled back by any exception."""
        with self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only reads: it waits for no writer."""
        with self.engine.connect() as connection:
            quiet = connection.execution_options(reads_only=True)
            with quiet.begin():
                yield quiet

    def reach(self) -> None:
        """Return when one can write there; ``INVALID_REQUEST`` with the reason when not."""
        with reaching(self.engine.url), self.write() as tx:
            tx.execute(sa.text("SELECT 1"))

    def ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as tx:
                return tx.execute(sa.text("SELECT 1")).scalar() == 1
        except sa.exc.SQLAlchemyError:
            return False

    def close(self) -> None:
        self.engine.dispose()
