"""Rows of customers, cards and reloads. A reload changes its status only from the statuses it may come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cutroom.billing.cards import StoredCard
from cutroom.billing.repository.inserting import insert_once
from cutroom.db import Transaction
from cutroom.db.tables.billing import cards, customers, reloads
from cutroom.kernel.ids import new_id
from cutroom.kernel.money import Money
from cutroom.model.wallet import AutoReload, Card, Reload, ReloadStatus, WalletSettings

SavedCard = tuple[Card, str]
"""A card, and the provider's name for it."""


def customer_id(tx: Transaction, account_id: str) -> str | None:
    """The provider's name for an account."""
    found: str | None = tx.execute(
        sa.select(customers.c.provider_id).where(customers.c.account_id == account_id)
    ).scalar()
    return found


def set_customer_id(tx: Transaction, account_id: str, old: str | None, new: str) -> bool:
    """False when it was not ``old`` any more."""
    _ensure_customer(tx, account_id)
    same = customers.c.provider_id.is_(None) if old is None else customers.c.provider_id == old
    statement = sa.update(customers).where(customers.c.account_id == account_id, same).values(provider_id=new)
    return tx.execute(statement).rowcount == 1


def wallet_settings(tx: Transaction, account_id: str) -> WalletSettings:
    """The defaults for an account that never chose."""
    row = tx.execute(sa.select(customers).where(customers.c.account_id == account_id)).first()
    if row is None:
        return WalletSettings()
    automatic = AutoReload(row.auto_reload_enabled, Money(row.auto_reload_threshold), Money(row.auto_reload_amount))
    return WalletSettings(
        row.api_reload_enabled, row.reload_email_confirmation, row.reload_password_hash is not None, automatic
    )


def change_customer(tx: Transaction, account_id: str, changes: Mapping[str, Any]) -> None:
    """Set columns of ``customers``."""
    _ensure_customer(tx, account_id)
    if changes:
        tx.execute(sa.update(customers).where(customers.c.account_id == account_id).values(changes))


def password_hash(tx: Transaction, account_id: str) -> str | None:
    """Of the reload password; None when there is none."""
    found: str | None = tx.execute(
        sa.select(customers.c.reload_password_hash).where(customers.c.account_id == account_id)
    ).scalar()
    return found


def lock_customer(tx: Transaction, account_id: str) -> None:
    """Until the end of the transaction nobody else passes here for the account. SQLite has one writer anyway."""
    tx.execute(sa.select(customers.c.account_id).where(customers.c.account_id == account_id).with_for_update())


def purchased_gb(tx: Transaction, account_id: str) -> int:
    """All that was ever bought."""
    found = tx.execute(sa.select(customers.c.purchased_gb).where(customers.c.account_id == account_id)).scalar()
    return int(found or 0)


def add_purchased_gb(tx: Transaction, account_id: str, gb: int) -> None:
    """More room for pinned clips."""
    _ensure_customer(tx, account_id)
    bought = customers.c.purchased_gb + gb
    tx.execute(sa.update(customers).where(customers.c.account_id == account_id).values(purchased_gb=bought))


def saved_cards(tx: Transaction, account_id: str) -> list[SavedCard]:
    """Oldest first."""
    statement = sa.select(cards).where(cards.c.account_id == account_id).order_by(cards.c.created, cards.c.id)
    return [_card(row) for row in tx.execute(statement)]


def save_card(tx: Transaction, account_id: str, card: StoredCard, now: datetime) -> None:
    """Nothing happens when it is there already. It is newer than all others, whatever the clock says."""
    newest: datetime | None = tx.execute(
        sa.select(cards.c.created).where(cards.c.account_id == account_id).order_by(cards.c.created.desc()).limit(1)
    ).scalar()
    if newest is not None:
        now = max(now, newest + timedelta(microseconds=1))
    row = {
        "id": f"card_{new_id()}",
        "account_id": account_id,
        "provider_id": card.provider_id,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "created": now,
    }
    tx.execute(insert_once(tx, cards, row, "provider_id"))


def delete_card(tx: Transaction, account_id: str, card_id: str) -> None:
    """No error when it is gone already."""
    tx.execute(sa.delete(cards).where(cards.c.id == card_id, cards.c.account_id == account_id))


def add_reload(tx: Transaction, reload: Reload, reason: str) -> None:
    """``reason``: asked or automatic."""
    tx.execute(sa.insert(reloads).values(_reload_row(reload, reason)))


def add_automatic_reload(tx: Transaction, reload: Reload, *, most: int, since: datetime) -> bool:
    """Add it unless another is under way, ``most`` were made since then, or one of those failed.

    Call it with the customer locked, or two could find that there is none.
    """
    table = reloads
    mine = sa.and_(table.c.account_id == reload.account_id, table.c.reason == "automatic")
    recent = sa.select(sa.func.count()).select_from(table).where(mine, table.c.created > since).scalar_subquery()
    blocking = sa.exists().where(
        mine,
        sa.or_(
            table.c.status == ReloadStatus.PENDING,
            sa.and_(table.c.status == ReloadStatus.FAILED, table.c.created > since),
        ),
    )
    row = _reload_row(reload, "automatic")
    values = sa.select(*(sa.literal(value, table.c[name].type) for name, value in row.items()))
    statement = sa.insert(table).from_select(list(row), values.where(recent < most, ~blocking))
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def delete_reload(tx: Transaction, reload_id: str) -> None:
    """One that nobody has seen yet."""
    tx.execute(sa.delete(reloads).where(reloads.c.id == reload_id))


def reload(tx: Transaction, reload_id: str) -> Reload | None:
    """By its own id."""
    row = tx.execute(sa.select(reloads).where(reloads.c.id == reload_id)).first()
    return None if row is None else _reload(row)


def reload_of_payment(tx: Transaction, payment_id: str) -> Reload | None:
    """By the provider's payment intent."""
    row = tx.execute(sa.select(reloads).where(reloads.c.provider_id == payment_id)).first()
    return None if row is None else _reload(row)


def reloads_of(tx: Transaction, status: ReloadStatus, before: datetime, limit: int) -> list[Reload]:
    """Those made before a moment, oldest first."""
    statement = sa.select(reloads).where(reloads.c.status == status, reloads.c.created < before)
    return [_reload(row) for row in tx.execute(statement.order_by(reloads.c.created, reloads.c.id).limit(limit))]


def move_reload(
    tx: Transaction, reload_id: str, come_from: tuple[ReloadStatus, ...], to: ReloadStatus, **values: Any
) -> bool:
    """Change its status; false when it was in none of ``come_from``."""
    table = reloads
    statement = sa.update(table).where(table.c.id == reload_id, table.c.status.in_(come_from))
    return tx.execute(statement.values(status=to, **values)).rowcount == 1


def _reload_row(reload: Reload, reason: str) -> dict[str, Any]:
    return {
        "id": reload.id,
        "account_id": reload.account_id,
        "amount": reload.amount.cents,
        "status": reload.status,
        "reason": reason,
        "created": reload.created,
    }


def _reload(row: Any) -> Reload:
    return Reload(
        row.id, row.account_id, Money(row.amount), ReloadStatus(row.status), row.provider_id, row.failure, row.created
    )


def _card(row: Any) -> SavedCard:
    return Card(row.id, row.brand, row.last4, row.exp_month, row.exp_year), row.provider_id


def _ensure_customer(tx: Transaction, account_id: str) -> None:
    row = {"account_id": account_id}
    tx.execute(insert_once(tx, customers, row, "account_id"))
