"""What the owner of a wallet may choose, within limits."""

from __future__ import annotations

from typing import Any

from cutroom.billing.repository import payments as rows
from cutroom.db import Transaction
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.wallet import AutoReload, PriceList, WalletSettings


def change_settings(
    tx: Transaction,
    account_id: str,
    prices: PriceList,
    *,
    api_reload_enabled: bool | None,
    reload_email_confirmation: bool | None,
    reload_password_hash: str | None,
    auto_reload: AutoReload | None,
) -> WalletSettings:
    """Change what is not None; the settings as they are then. Raises ``CutroomError(INVALID_REQUEST)``."""
    changes: dict[str, Any] = {}
    if api_reload_enabled is not None:
        changes["api_reload_enabled"] = api_reload_enabled
    if reload_email_confirmation is not None:
        changes["reload_email_confirmation"] = reload_email_confirmation
    if reload_password_hash is not None:
        changes["reload_password_hash"] = reload_password_hash or None
    if auto_reload is not None:
        changes |= _automatic(auto_reload, prices)
    rows.change_customer(tx, account_id, changes)
    return rows.wallet_settings(tx, account_id)


def _automatic(chosen: AutoReload, prices: PriceList) -> dict[str, Any]:
    """Amounts are checked when they would be used; switched off, whatever was filled in may stay unfinished."""
    least, most = prices.reload_least.cents, prices.reload_most.cents
    amount, threshold = chosen.amount.cents, chosen.threshold.cents
    if not (least if chosen.enabled else 0) <= amount <= most:
        raise _outside("auto_reload.amount", least, most)
    if not 0 <= threshold <= most:
        raise _outside("auto_reload.threshold", 0, most)
    return {
        "auto_reload_enabled": chosen.enabled,
        "auto_reload_threshold": threshold,
        "auto_reload_amount": amount,
    }


def _outside(field: str, least: int, most: int) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, f"{field} must be from {least} to {most} cents.", field=field)
