"""Passwords: Argon2id, and nothing about them that a stopwatch could tell.

Hashing takes a tenth of a second and 64 MiB on purpose: call it in a thread, outside transactions.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from cutroom.kernel.errors import CutroomError, ErrorCode

SHORTEST = 8
LONGEST = 1024


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one hash costs. The defaults are those of RFC 9106 for machines without memory to waste."""

    rounds: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class Passwords:
    """Hashes and verifies, at most ``at_once`` at the same time. Thread-safe."""

    def __init__(self, cost: PasswordCost | None = None, *, at_once: int = 2, patience: float = 20.0) -> None:
        cost = cost or PasswordCost()
        hasher = Argon2Hasher(time_cost=cost.rounds, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._hasher = PasswordHash((hasher,))
        self._slots = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._lock = threading.Lock()
        self._decoy: str | None = None

    def hash(self, password: str) -> str:
        """What may be stored of a password.

        ``CutroomError(INVALID_REQUEST)`` for one of less than 8 or more than 1024 characters, ``RATE_LIMITED`` when too
        many are being hashed already.
        """
        checked_password(password)
        with self._slot():
            return self._hasher.hash(_prepared(password))

    def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and the hash to store instead where parameters have changed since.

        ``stored`` is None for an account that is not there or has no password: the answer is no, and takes as long.
        """
        with self._slot():
            decoy = self._known_decoy()
            fits = len(password) <= LONGEST
            prepared = _prepared(password if fits else "")
            try:
                if stored is not None and fits:
                    return self._hasher.verify_and_update(prepared, stored)
            except UnknownHashError:
                pass
            self._hasher.verify(prepared, decoy)
            return False, None

    def _known_decoy(self) -> str:
        """The hash of a password nobody knows. Made by the first call, whatever that call is about."""
        with self._lock:
            if self._decoy is None:
                self._decoy = self._hasher.hash(secrets.token_hex(32))
            return self._decoy

    @contextlib.contextmanager
    def _slot(self) -> Iterator[None]:
        # A flood of log-ins must not hold every thread of the server.
        if not self._slots.acquire(timeout=self._patience):
            raise CutroomError(
                ErrorCode.RATE_LIMITED,
                "Too many people are logging in at this moment.",
                next_step="Try again in a minute.",
                retry_after=60,
            )
        try:
            yield
        finally:
            self._slots.release()


def checked_password(password: str) -> None:
    """``CutroomError(INVALID_REQUEST)`` unless it has 8 to 1024 characters of text."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"password must have {SHORTEST} to {LONGEST} characters.",
            field="password",
            least=SHORTEST,
            most=LONGEST,
        )
    if any(unicodedata.category(character) == "Cs" for character in password):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "password is not valid text.", field="password")


def _prepared(password: str) -> bytes:
    # The same keys pressed on two systems can give two sequences of code points for one letter.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
