"""API keys: made here, known by their hash alone afterwards, at most so many active for an account."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import replace
from datetime import timedelta

from cutroom.accounts.names import checked_name
from cutroom.accounts.repository import keys as rows
from cutroom.accounts.repository import people
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.account import Account, ApiKey, KeyStatus

PREFIXES = ("ve_live_", "clp_", "sk_live_")
DEFAULT_PREFIX = PREFIXES[0]
MOST_ACTIVE = 10
USE_NOTED_EVERY = timedelta(minutes=1)

_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits
_KEY_ID = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_SHAPE = re.compile(f"(?:{'|'.join(PREFIXES)})[A-Za-z0-9]{{{_LENGTH}}}", re.ASCII)


def new_secret(prefix: str) -> str:
    """A key as its owner gets to see it, once: 190 random bits behind a documented prefix."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def looks_like_key(credential: str) -> bool:
    """Whether it has the shape of a key; nothing else is looked up."""
    return _SHAPE.fullmatch(credential) is not None


def hash_of(secret: str) -> str:
    """What is stored. A plain hash is enough: there is nothing to guess in 190 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyRing:
    """The keys of accounts. Every method works inside the caller's transaction."""

    def __init__(self, most_active: int = MOST_ACTIVE, clock: Clock = utc_now) -> None:
        self._most_active = most_active
        self._clock = clock

    def create(
        self,
        tx: Transaction,
        account_id: str,
        *,
        name: str = "",
        prefix: str = DEFAULT_PREFIX,
        key_id: str | None = None,
        by_admin: bool = False,
    ) -> tuple[ApiKey, str]:
        """A new active key and its secret. ``TOO_MANY_KEYS``, ``NOT_FOUND`` (no such account), ``INVALID_REQUEST``."""
        if prefix not in PREFIXES:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST, f"prefix must be one of {', '.join(PREFIXES)}.", field="prefix"
            )
        name = checked_name(name)
        self._need_room(tx, account_id)
        secret = new_secret(prefix)
        key = ApiKey(
            id=key_id or f"key_{new_id()}",
            account_id=account_id,
            name=name,
            prefix=prefix,
            last4=secret[-4:],
            status=KeyStatus.ACTIVE,
            created=self._clock(),
            last_used=None,
            by_admin=by_admin,
        )
        rows.add(tx, key, hash_of(secret))
        return key, secret

    def of_account(self, tx: Transaction, account_id: str) -> list[ApiKey]:
        """Active and disabled ones, oldest first."""
        return rows.of_account(tx, account_id)

    def change(
        self, tx: Transaction, account_id: str, key_id: str, *, name: str | None = None, enabled: bool | None = None
    ) -> ApiKey:
        """Rename, disable or enable; ``NOT_FOUND``, ``TOO_MANY_KEYS``, ``INVALID_REQUEST``. None leaves as it is."""
        _check_id(key_id)
        if name is not None and not rows.rename(tx, account_id, key_id, checked_name(name)):
            raise _no_such_key()
        if enabled is not None:
            self._switch(tx, account_id, key_id, enabled=enabled)
        key = rows.by_id(tx, account_id, key_id)
        if key is None:
            raise _no_such_key()
        return key

    def revoke(self, tx: Transaction, account_id: str, key_id: str) -> None:
        """End a key for good, at once. ``NOT_FOUND`` for an unknown, foreign or revoked one."""
        _check_id(key_id)
        if not rows.revoke(tx, account_id, key_id):
            raise _no_such_key()

    def look_up(self, tx: Transaction, secret: str) -> tuple[ApiKey, Account] | None:
        """The key and its account, whatever state they are in; None when there is no such key."""
        return rows.by_hash(tx, hash_of(secret)) if looks_like_key(secret) else None

    def renew(self, tx: Transaction, account_id: str, key_id: str) -> str | None:
        """Another secret for a key, which is active afterwards; the old one is unknown from then on.

        None when there is no such key, or the account has no room for one more active key.
        """
        people.lock(tx, account_id)
        key = rows.by_id(tx, account_id, key_id, revoked_too=True)
        full = rows.active(tx, account_id) >= self._most_active
        if key is None or (full and key.status is not KeyStatus.ACTIVE):
            return None
        secret = new_secret(key.prefix)
        rows.renew(tx, replace(key, last4=secret[-4:], status=KeyStatus.ACTIVE), hash_of(secret))
        return secret

    def note_use(self, tx: Transaction, key_id: str) -> bool:
        """Write down that a key was used just now, at most once a minute."""
        now = self._clock()
        return rows.note_use(tx, key_id, now, now - USE_NOTED_EVERY)

    def _switch(self, tx: Transaction, account_id: str, key_id: str, *, enabled: bool) -> None:
        if not enabled:
            rows.move(tx, account_id, key_id, KeyStatus.ACTIVE, KeyStatus.DISABLED)
            return
        people.lock(tx, account_id)
        key = rows.by_id(tx, account_id, key_id)
        if key is not None and key.status is KeyStatus.DISABLED:
            self._need_room(tx, account_id)
            rows.move(tx, account_id, key_id, KeyStatus.DISABLED, KeyStatus.ACTIVE)

    def _need_room(self, tx: Transaction, account_id: str) -> None:
        # The lock on the account makes the count exact: two requests at once cannot both take the last place.
        if not people.lock(tx, account_id):
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no such account.")
        if rows.active(tx, account_id) >= self._most_active:
            raise CutroomError(
                ErrorCode.TOO_MANY_KEYS,
                f"An account can have at most {self._most_active} active keys.",
                next_step="Revoke or disable one first.",
                most=self._most_active,
            )


def _check_id(key_id: str) -> None:
    # What comes out of a URL may hold characters that no database takes.
    if not _KEY_ID.fullmatch(key_id):
        raise _no_such_key()


def _no_such_key() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "There is no such key.")
