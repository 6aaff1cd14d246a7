"""Rows of ``api_keys``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cutroom.accounts.repository.people import COLUMNS, account_of
from cutroom.db import Transaction
from cutroom.db.tables.accounts import accounts, api_keys
from cutroom.model.account import Account, ApiKey, KeyStatus

_KEPT = api_keys.c.status != KeyStatus.REVOKED.value


def add(tx: Transaction, key: ApiKey, secret_hash: str) -> None:
    """Insert a key that was just made."""
    tx.execute(
        sa.insert(api_keys).values(
            id=key.id,
            account_id=key.account_id,
            name=key.name,
            prefix=key.prefix,
            last4=key.last4,
            hash=secret_hash,
            status=key.status.value,
            created=key.created,
            by_admin=key.by_admin,
        )
    )


def by_hash(tx: Transaction, secret_hash: str) -> tuple[ApiKey, Account] | None:
    """A key with its account, whatever state they are in."""
    query = (
        sa.select(*(column.label(f"key_{column.name}") for column in api_keys.c), *COLUMNS)
        .join(accounts, accounts.c.id == api_keys.c.account_id)
        .where(api_keys.c.hash == secret_hash)
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else (_key_of({name: getattr(row, f"key_{name}") for name in _NAMES}), account_of(row))


def by_id(tx: Transaction, account_id: str, key_id: str, *, revoked_too: bool = False) -> ApiKey | None:
    """A key of that account; by default only one that was not revoked."""
    query = sa.select(api_keys).where(api_keys.c.id == key_id, api_keys.c.account_id == account_id)
    row = tx.execute(query if revoked_too else query.where(_KEPT)).one_or_none()
    return None if row is None else _key_of(row._asdict())


def of_account(tx: Transaction, account_id: str) -> list[ApiKey]:
    """All that were not revoked, oldest first."""
    query = sa.select(api_keys).where(api_keys.c.account_id == account_id, _KEPT)
    return [_key_of(row._asdict()) for row in tx.execute(query.order_by(api_keys.c.created, api_keys.c.id))]


def active(tx: Transaction, account_id: str) -> int:
    """How many of an account's keys open the door. Exact while the account's row is locked."""
    query = sa.select(sa.func.count()).where(
        api_keys.c.account_id == account_id, api_keys.c.status == KeyStatus.ACTIVE.value
    )
    return int(tx.execute(query).scalar_one())


def rename(tx: Transaction, account_id: str, key_id: str, name: str) -> bool:
    """Give a key that was not revoked another name."""
    return _change(tx, account_id, key_id, _KEPT, name=name)


def move(tx: Transaction, account_id: str, key_id: str, before: KeyStatus, after: KeyStatus) -> bool:
    """From one state to another, if it still is in the first."""
    return _change(tx, account_id, key_id, api_keys.c.status == before.value, status=after.value)


def revoke(tx: Transaction, account_id: str, key_id: str) -> bool:
    """End a key, whether active or disabled."""
    return _change(tx, account_id, key_id, _KEPT, status=KeyStatus.REVOKED.value)


def renew(tx: Transaction, key: ApiKey, secret_hash: str) -> bool:
    """Give a key another secret; the old one is unknown from then on. False when there is no such key."""
    query = sa.update(api_keys).where(api_keys.c.id == key.id, api_keys.c.account_id == key.account_id)
    values = {"hash": secret_hash, "last4": key.last4, "status": key.status.value, "last_used": None}
    return tx.execute(query.values(**values)).rowcount == 1


def note_use(tx: Transaction, key_id: str, now: datetime, unless_after: datetime) -> bool:
    """Write down that a key was used, unless that was done after ``unless_after``."""
    stale = sa.or_(api_keys.c.last_used.is_(None), api_keys.c.last_used <= unless_after)
    return tx.execute(sa.update(api_keys).where(api_keys.c.id == key_id, stale).values(last_used=now)).rowcount == 1


_NAMES = ("id", "account_id", "name", "prefix", "last4", "status", "created", "last_used", "by_admin")


def _key_of(values: dict[str, Any]) -> ApiKey:
    chosen = {name: values[name] for name in _NAMES}
    return ApiKey(**chosen | {"status": KeyStatus(chosen["status"])})


def _change(tx: Transaction, account_id: str, key_id: str, where: sa.ColumnElement[bool], **values: Any) -> bool:
    query = sa.update(api_keys).where(api_keys.c.id == key_id, api_keys.c.account_id == account_id, where)
    return tx.execute(query.values(**values)).rowcount == 1
