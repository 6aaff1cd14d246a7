"""Money of an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cutroom.kernel.money import Money


class BillingMode(StrEnum):
    """Off: everything is free. Credits: filled by grants. Test: cards that are none. Stripe: real cards."""

    OFF = "off"
    CREDITS = "credits"
    TEST = "test"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class PriceList:
    """Defaults are the documented ones; cents."""

    cut: Money = Money(10)
    auto_per_hour: Money = Money(20)
    auto_per_extra_segment: Money = Money(10)
    analyze_per_hour: Money = Money(10)
    short: Money = Money(150)
    storage_per_gb: Money = Money(100)
    signup_credit: Money = Money(500)
    reload_least: Money = Money(500)
    reload_most: Money = Money(50_000)


@dataclass(frozen=True, slots=True)
class Card:
    """A saved card as it may be shown."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class ReloadStatus(StrEnum):
    """Unconfirmed waits for the link in the mail; pending for the provider."""

    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reload:
    """Money that is to come, or has come, from a card."""

    id: str
    account_id: str
    amount: Money
    status: ReloadStatus
    provider_id: str | None
    failure: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class AutoReload:
    """Reload ``amount`` when the balance falls below ``threshold``."""

    enabled: bool = False
    threshold: Money = Money(0)
    amount: Money = Money(0)


@dataclass(frozen=True, slots=True)
class WalletSettings:
    """What the owner of a wallet has chosen. The password itself is never read back."""

    api_reload_enabled: bool = False
    reload_email_confirmation: bool = False
    has_reload_password: bool = False
    auto_reload: AutoReload = field(default_factory=AutoReload)
