"""The table of percepts: what is kept in the store of what was perceived in a content."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cutroom.db import Transaction
from cutroom.db.tables.analyses import analyses, percepts

_LIVE = percepts.c.deleted.is_(None)
Name = tuple[str, str, str]
"""Content, sense and version."""


def find(tx: Transaction, content: str, sense: str, version: str) -> dict[str, str] | None:
    """The keys of its files, by name; None where nothing is kept."""
    row = tx.execute(sa.select(percepts.c.files).where(_named((content, sense, version)), _LIVE)).one_or_none()
    return None if row is None else dict(row.files)


def keep(tx: Transaction, name: Name, files: dict[str, str], now: datetime) -> None:
    """These files are there, whatever was before."""
    content, sense, version = name
    values: dict[str, Any] = {"content": content, "sense": sense, "version": version, "files": files, "created": now}
    insert = postgresql.insert(percepts) if tx.dialect.name == "postgresql" else sqlite.insert(percepts)
    primary = [percepts.c.content, percepts.c.sense, percepts.c.version]
    tx.execute(
        insert.values(values).on_conflict_do_update(
            index_elements=primary, set_={"files": files, "created": now, "deleted": None}
        )
    )


def end(tx: Transaction, content: str, now: datetime) -> None:
    """Nobody needs what was perceived in this content any more."""
    tx.execute(sa.update(percepts).where(percepts.c.content == content, _LIVE).values(deleted=now))


def end_unused(tx: Transaction, now: datetime) -> None:
    """The same for every content that no analysis is of: a step that was being stopped may have kept something."""
    using = sa.select(analyses.c.id).where(analyses.c.content == percepts.c.content)
    tx.execute(sa.update(percepts).where(_LIVE, ~using.exists()).values(deleted=now))


def ended(tx: Transaction, limit: int, content: str | None = None) -> list[tuple[Name, dict[str, str]]]:
    """Those whose files are to go, perhaps of one content alone."""
    over = [percepts.c.deleted.is_not(None), *([percepts.c.content == content] if content is not None else [])]
    return [
        ((row.content, row.sense, row.version), dict(row.files))
        for row in tx.execute(sa.select(percepts).where(*over).limit(limit))
    ]


def forget(tx: Transaction, name: Name) -> None:
    """Its files are gone. One that was made again meanwhile stays."""
    tx.execute(sa.delete(percepts).where(_named(name), percepts.c.deleted.is_not(None)))


def known(tx: Transaction, contents: set[str]) -> set[str]:
    """Those of the contents of which anything is kept."""
    wanted = sa.select(percepts.c.content).where(percepts.c.content.in_(sorted(contents))).distinct()
    return set(tx.execute(wanted).scalars()) if contents else set()


def _named(name: Name) -> sa.ColumnElement[bool]:
    content, sense, version = name
    return sa.and_(percepts.c.content == content, percepts.c.sense == sense, percepts.c.version == version)
