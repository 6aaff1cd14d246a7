"""What the accounts room is told by whoever builds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cutroom.accounts.keys import MOST_ACTIVE
from cutroom.accounts.plans import DEFAULT_PLANS, FREE
from cutroom.model.account import Plan


class SignupMode(StrEnum):
    """Who may make an account: everybody, those with an invitation, nobody."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccountsConfig:
    """``session_secret`` has at least 32 bytes and stays the same over restarts, or sessions end with them."""

    session_secret: str = field(repr=False)
    signup: SignupMode = SignupMode.OPEN
    session_seconds: int = 86_400
    plans: Mapping[str, Plan] = field(default_factory=lambda: DEFAULT_PLANS)
    first_plan: str = FREE
    """The plan of a new account, and of one whose plan is not among ``plans`` any more."""
    active_keys: int = MOST_ACTIVE

    def __post_init__(self) -> None:
        if self.first_plan not in self.plans:
            msg = f"there is no plan {self.first_plan!r} for new accounts"
            raise ValueError(msg)
