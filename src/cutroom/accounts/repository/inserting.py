"""Inserting a row unless it is there: alike on both databases, without an error that would end the transaction."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction


def insert_new(tx: Transaction, table: sa.Table, **values: Any) -> bool:
    """Whether the row was inserted; False when one with the same key or unique value exists.

    On PostgreSQL this waits for whoever is just inserting the same row.
    """
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing()
    # Only told to does SQLAlchemy remember how many rows an INSERT made.
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1
