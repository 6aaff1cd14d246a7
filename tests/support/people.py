"""Accounts for tests that need one to hang their rows on."""

from __future__ import annotations

import sqlalchemy as sa

from cutroom.db import Transaction
from cutroom.db.tables.accounts import accounts
from cutroom.kernel.clock import utc_now


def add_account(tx: Transaction, account_id: str) -> str:
    tx.execute(
        sa.insert(accounts).values(
            id=account_id, email=f"{account_id}@example.com", webhook_secret="d2g=", created=utc_now()
        )
    )
    return account_id
