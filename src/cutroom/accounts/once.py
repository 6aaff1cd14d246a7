"""Tokens that work once: invitations, the owner's log-in link, approvals by mail.

The bearer has the only copy; the database has its hash. Links are looked at by GET and used by POST, because mail
scanners follow every link they see.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

from cutroom.accounts.repository import once as rows
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import OnceToken


class Purpose(StrEnum):
    """What this room uses such tokens for. Others may have their own words, of at most 32 characters."""

    INVITE = "invite"
    LOGIN = "login"


class OnceTokens:
    """Makes, shows and spends them. Every method works inside the caller's transaction."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    def issue(
        self, tx: Transaction, purpose: str, *, account_id: str | None = None, subject: str = "", seconds: float
    ) -> str:
        """A new token of 256 random bits that can be used once within ``seconds``."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        rows.add(tx, _hash(token), OnceToken(purpose, account_id, subject, now, now + timedelta(seconds=seconds)))
        return token

    def peek(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        """What the token is good for, without using it. ``NOT_FOUND`` alike for unknown, used and expired ones."""
        found = rows.look(tx, _hash(token), purpose, self._clock())
        if found is None:
            raise _gone()
        return found

    def use(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        """What the token was good for: it is used up, unless the transaction fails. ``NOT_FOUND`` as ``peek``."""
        found = rows.spend(tx, _hash(token), purpose, self._clock())
        if found is None:
            raise _gone()
        return found

    def sweep(self, tx: Transaction) -> int:
        """Forget the expired ones; how many."""
        return rows.sweep(tx, self._clock())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _gone() -> CutroomError:
    return CutroomError(
        ErrorCode.NOT_FOUND,
        "This link does not work (any more): it was used, has expired, or never existed.",
        next_step="Ask for a new one.",
    )
