"""Rows of ``once_tokens``."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.accounts import once_tokens
from cutroom.model.account import OnceToken

_COLUMNS = (
    once_tokens.c.purpose,
    once_tokens.c.account_id,
    once_tokens.c.subject,
    once_tokens.c.created,
    once_tokens.c.expires,
)


def add(tx: Transaction, token_hash: str, token: OnceToken) -> None:
    """Insert a token that was just made."""
    tx.execute(
        sa.insert(once_tokens).values(
            hash=token_hash,
            purpose=token.purpose,
            account_id=token.account_id,
            subject=token.subject,
            created=token.created,
            expires=token.expires,
        )
    )


def look(tx: Transaction, token_hash: str, purpose: str, now: datetime) -> OnceToken | None:
    """The token, if it can still be used."""
    row = tx.execute(sa.select(*_COLUMNS).where(*_usable(token_hash, purpose, now))).one_or_none()
    return None if row is None else OnceToken(**row._asdict())


def spend(tx: Transaction, token_hash: str, purpose: str, now: datetime) -> OnceToken | None:
    """The token, if this call is the one that used it up."""
    query = sa.update(once_tokens).where(*_usable(token_hash, purpose, now)).values(used=now)
    if tx.execute(query).rowcount != 1:
        return None
    row = tx.execute(sa.select(*_COLUMNS).where(once_tokens.c.hash == token_hash)).one()
    return OnceToken(**row._asdict())


def sweep(tx: Transaction, before: datetime) -> int:
    """Delete those that expired before that; how many."""
    return tx.execute(sa.delete(once_tokens).where(once_tokens.c.expires < before)).rowcount


def _usable(token_hash: str, purpose: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        once_tokens.c.hash == token_hash,
        once_tokens.c.purpose == purpose,
        once_tokens.c.used.is_(None),
        once_tokens.c.expires > now,
    )
