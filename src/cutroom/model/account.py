"""Who asks: accounts, keys, plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyStatus(StrEnum):
    """Revoked keys answer as unknown ones do; disabled keys say that they are disabled."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program with a wallet and a library."""

    id: str
    email: str
    name: str
    plan: str
    is_owner: bool
    """The owner of a server is not metered: no limits, no quotas, wallet always covered."""
    disabled: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown; its secret is known only at the moment it is made."""

    id: str
    account_id: str
    name: str
    prefix: str
    last4: str
    status: KeyStatus
    created: datetime
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request, after their key or session token was checked."""

    account: Account
    key_id: str | None
    """None for a session."""

    @property
    def by_session(self) -> bool:
        return self.key_id is None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an account may use. None means no limit. Rates and quotas of every surface hang on it."""

    name: str
    metered: bool
    analyses_per_month: int | None
    max_source_seconds: float | None
    requests_per_minute: int | None
