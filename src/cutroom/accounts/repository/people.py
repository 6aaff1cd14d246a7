"""Rows of ``accounts``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cutroom.accounts.repository.inserting import insert_new
from cutroom.db import Transaction
from cutroom.db.tables.accounts import accounts
from cutroom.model.account import Account, Webhook

COLUMNS = (
    accounts.c.id,
    accounts.c.email,
    accounts.c.name,
    accounts.c.plan,
    accounts.c.is_owner,
    accounts.c.disabled,
    accounts.c.created,
    accounts.c.session_version,
)


def account_of(row: Any) -> Account:
    """From a row that holds ``COLUMNS``."""
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        plan=row.plan,
        is_owner=row.is_owner,
        disabled=row.disabled,
        created=row.created,
        session_version=row.session_version,
    )


def add(tx: Transaction, account: Account, *, password_hash: str | None, webhook_secret: str) -> bool:
    """False when the e-mail address is taken."""
    return insert_new(
        tx,
        accounts,
        id=account.id,
        email=account.email,
        name=account.name,
        password_hash=password_hash,
        plan=account.plan,
        is_owner=account.is_owner,
        disabled=account.disabled,
        session_version=account.session_version,
        webhook_secret=webhook_secret,
        created=account.created,
    )


def by_id(tx: Transaction, account_id: str) -> Account | None:
    """The account, or None."""
    return _one(tx, accounts.c.id == account_id)


def by_email(tx: Transaction, email: str) -> Account | None:
    """The account of a folded address, or None."""
    return _one(tx, accounts.c.email == email)


def owner(tx: Transaction) -> Account | None:
    """The owner, once there is one."""
    return _one(tx, accounts.c.is_owner)


def login(tx: Transaction, email: str) -> tuple[Account, str | None] | None:
    """The account of an address and the hash of its password."""
    row = tx.execute(sa.select(*COLUMNS, accounts.c.password_hash).where(accounts.c.email == email)).one_or_none()
    return None if row is None else (account_of(row), row.password_hash)


def page(tx: Transaction, limit: int, after: str) -> list[Account]:
    """In the order of e-mail addresses, those after ``after``."""
    query = sa.select(*COLUMNS).where(accounts.c.email > after).order_by(accounts.c.email).limit(limit)
    return [account_of(row) for row in tx.execute(query)]


def webhook_of(tx: Transaction, account_id: str) -> Webhook | None:
    """Where it is told of its jobs, and what signs that; None when there is no such account."""
    query = sa.select(accounts.c.webhook_url, accounts.c.webhook_secret).where(accounts.c.id == account_id)
    row = tx.execute(query).one_or_none()
    return None if row is None else Webhook(row.webhook_url, row.webhook_secret)


def password_of(tx: Transaction, account_id: str) -> str | None:
    """The hash of the account's password, if it has one."""
    return tx.execute(sa.select(accounts.c.password_hash).where(accounts.c.id == account_id)).scalar_one_or_none()


def change(tx: Transaction, account_id: str, **values: Any) -> bool:
    """Set columns; False when there is no such account."""
    return tx.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**values)).rowcount == 1


def set_password(tx: Transaction, account_id: str, password_hash: str) -> bool:
    """Also ends every session: whoever knew the old password is out."""
    values = {"password_hash": password_hash, "session_version": accounts.c.session_version + 1}
    return change(tx, account_id, **values)


def replace_hash(tx: Transaction, account_id: str, old: str, new: str) -> bool:
    """The same password under newer parameters, unless it was changed meanwhile."""
    query = sa.update(accounts).where(accounts.c.id == account_id, accounts.c.password_hash == old)
    return tx.execute(query.values(password_hash=new)).rowcount == 1


def end_sessions(tx: Transaction, account_id: str) -> bool:
    """Make every session token of the account one of yesterday's."""
    return change(tx, account_id, session_version=accounts.c.session_version + 1)


def lock(tx: Transaction, account_id: str) -> bool:
    """Hold the account until the transaction ends, so that what hangs on it can be counted. False: unknown.

    SQLite needs nothing more: its writers come one after the other.
    """
    query = sa.select(accounts.c.id).where(accounts.c.id == account_id).with_for_update()
    return tx.execute(query).one_or_none() is not None


def _one(tx: Transaction, where: sa.ColumnElement[bool]) -> Account | None:
    row = tx.execute(sa.select(*COLUMNS).where(where)).one_or_none()
    return None if row is None else account_of(row)
