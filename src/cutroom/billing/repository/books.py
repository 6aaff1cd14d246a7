"""The SQL of the ledger and of reservations. Whether a change may happen is decided inside a conditional statement.

Nothing here knows a rule: ``ledger`` and ``wallet`` do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cutroom.billing.repository.inserting import insert_once
from cutroom.db import Transaction
from cutroom.db.tables.billing import ledger_accounts, ledger_entries, ledger_transactions, reservations


@dataclass(frozen=True, slots=True)
class Movement:
    """What a transaction of the ledger says of itself."""

    idem: str
    kind: str
    account_id: str | None
    subject: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Reserved:
    """A row of ``reservations``; cents."""

    account_id: str
    amount: int
    captured: int
    state: str


def attempt(tx: Transaction) -> contextlib.AbstractContextManager[Any]:
    """A savepoint: an exception undoes what the block did and leaves the transaction usable."""
    return tx.begin_nested()


def add_movement(tx: Transaction, movement: Movement) -> int | None:
    """The new transaction's number, or None when one of this ``idem`` was there already."""
    row = {
        "idem": movement.idem,
        "kind": movement.kind,
        "account_id": movement.account_id,
        "subject": movement.subject,
        "created": movement.created,
    }
    statement = insert_once(tx, ledger_transactions, row, "idem")
    number: int | None = tx.execute(statement.returning(ledger_transactions.c.id)).scalar()
    return number


def movement(tx: Transaction, idem: str) -> tuple[Movement, dict[str, int]] | None:
    """A transaction and its entries in cents by ledger account."""
    found = tx.execute(sa.select(ledger_transactions).where(ledger_transactions.c.idem == idem)).first()
    if found is None:
        return None
    entries = sa.select(ledger_entries.c.ledger_account, ledger_entries.c.amount)
    legs = tx.execute(entries.where(ledger_entries.c.transaction_id == found.id)).all()
    told = Movement(found.idem, found.kind, found.account_id, found.subject, found.created)
    return told, {leg.ledger_account: leg.amount for leg in legs}


def add_entries(tx: Transaction, number: int, legs: Mapping[str, int]) -> None:
    """``legs``: cents by ledger account."""
    rows = [{"transaction_id": number, "ledger_account": name, "amount": cents} for name, cents in legs.items()]
    tx.execute(sa.insert(ledger_entries), rows)


def shift_balance(tx: Transaction, ledger_account: str, cents: int) -> bool:
    """Add ``cents`` to a balance; false when it would fall below its floor, or when there is no such account."""
    table = ledger_accounts
    after = table.c.balance + cents
    allowed = sa.or_(table.c.floor.is_(None), after >= table.c.floor)
    statement = sa.update(table).where(table.c.id == ledger_account, allowed).values(balance=after)
    return tx.execute(statement).rowcount == 1


def add_ledger_account(tx: Transaction, name: str, kind: str, account_id: str | None, floor: int | None) -> bool:
    """True when it is new."""
    row = {"id": name, "kind": kind, "account_id": account_id, "balance": 0, "floor": floor}
    statement = insert_once(tx, ledger_accounts, row, "id")
    return tx.execute(statement).rowcount == 1


def balance(tx: Transaction, ledger_account: str) -> int:
    """Cents; 0 for an account that was never touched."""
    statement = sa.select(ledger_accounts.c.balance).where(ledger_accounts.c.id == ledger_account)
    return int(tx.execute(statement).scalar() or 0)


def add_reservation(tx: Transaction, job_id: str, account_id: str, cents: int, now: datetime) -> bool:
    """True when it is new."""
    row = {"id": job_id, "account_id": account_id, "amount": cents, "captured": 0, "state": "held", "created": now}
    statement = insert_once(tx, reservations, row, "id")
    return tx.execute(statement).rowcount == 1


def reservation(tx: Transaction, job_id: str) -> Reserved | None:
    """The reservation of a job, whatever its state."""
    row = tx.execute(sa.select(reservations).where(reservations.c.id == job_id)).first()
    return None if row is None else Reserved(row.account_id, row.amount, row.captured, row.state)


def settle_reservation(
    tx: Transaction, job_id: str, state: str, captured: int | None, now: datetime
) -> Reserved | None:
    """End a held reservation as ``captured`` or ``released``; None when it was not held any more.

    ``captured`` is in cents; None means all of it.
    """
    table = reservations
    taken = table.c.amount if captured is None else sa.literal(captured)
    statement = (
        sa.update(table)
        .where(table.c.id == job_id, table.c.state == "held", table.c.amount >= taken)
        .values(state=state, captured=taken, settled=now)
        .returning(table.c.account_id, table.c.amount, table.c.captured, table.c.state)
    )
    row = tx.execute(statement).first()
    return None if row is None else Reserved(*row)


def problems(tx: Transaction) -> list[str]:
    """Everything in the ledger that contradicts itself. One statement for each rule: it sees one moment."""
    rules = (_unbalanced_transactions(), _wrong_balances(), _below_floor(), _wrong_held(), _total())
    return [str(row[0]) for rule in rules for row in tx.execute(rule)]


def _unbalanced_transactions() -> sa.Select[Any]:
    number = ledger_entries.c.transaction_id
    text = sa.literal("entries do not sum to zero: transaction ") + sa.cast(number, sa.String)
    return sa.select(text).group_by(number).having(sa.func.sum(ledger_entries.c.amount) != 0)


def _wrong_balances() -> sa.Select[Any]:
    entries, accounts = ledger_entries, ledger_accounts
    summed = sa.func.coalesce(sa.func.sum(entries.c.amount), 0)
    joined = accounts.outerjoin(entries, entries.c.ledger_account == accounts.c.id)
    text = sa.literal("balance is not the sum of the entries: ") + accounts.c.id
    return (
        sa.select(text)
        .select_from(joined)
        .group_by(accounts.c.id, accounts.c.balance)
        .having(summed != accounts.c.balance)
    )


def _below_floor() -> sa.Select[Any]:
    text = sa.literal("balance below its floor: ") + ledger_accounts.c.id
    return sa.select(text).where(ledger_accounts.c.balance < ledger_accounts.c.floor)


def _wrong_held() -> sa.Select[Any]:
    accounts, held = ledger_accounts, reservations
    summed = sa.func.coalesce(sa.func.sum(held.c.amount), 0)
    joined = accounts.outerjoin(held, sa.and_(held.c.account_id == accounts.c.account_id, held.c.state == "held"))
    text = sa.literal("held money is not that of the open reservations: ") + accounts.c.id
    return (
        sa.select(text)
        .select_from(joined)
        .where(accounts.c.kind == "held")
        .group_by(accounts.c.id, accounts.c.balance)
        .having(summed != accounts.c.balance)
    )


def _total() -> sa.Select[Any]:
    total = sa.select(sa.func.coalesce(sa.func.sum(ledger_accounts.c.balance), 0)).scalar_subquery()
    return sa.select(sa.literal("the ledger does not sum to zero")).where(total != 0)
