"""Who asks: accounts, keys, plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LONGEST_WEBHOOK = 2048


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
    session_version: int = 1
    """Session tokens carry it; raising it ends them all."""


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
    by_admin: bool = False
    """Made by the server's operator, not by its user: some request windows are wider then."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request, after their key or session token was checked."""

    account: Account
    key_id: str | None
    """None for a session."""
    key_used: datetime | None = None
    """When the key was last seen, as far as it was written down; None also for a session."""
    key_by_admin: bool = False
    """Whether the key was made by the server's operator."""

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


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an account is told of its jobs, and what signs that. ``url`` is None until one is set."""

    url: str | None
    secret: str = field(repr=False)
    """``whsec_`` and base64."""


@dataclass(frozen=True, slots=True)
class OnceToken:
    """What a token that works once is good for. The token itself is known to its bearer alone."""

    purpose: str
    account_id: str | None
    subject: str
    """What it is about: the id of a reload, the e-mail address an invitation is for."""
    created: datetime
    expires: datetime
