"""Inserting what may be there already: both databases can, each in its own words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction


def insert_once(tx: Transaction, table: sa.Table, row: dict[str, Any], key: str) -> Any:
    """An INSERT that does nothing when a row with this ``key``, a unique column, exists: rowcount 0."""
    statement = (sqlite if tx.dialect.name == "sqlite" else postgresql).insert(table)
    # Unless told to, SQLAlchemy does not keep how many rows an INSERT made.
    return statement.values(row).on_conflict_do_nothing(index_elements=[key]).execution_options(preserve_rowcount=True)
