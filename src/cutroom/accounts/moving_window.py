"""The storage that ``limits`` counts in: rows of our database, seen by every process alike.

One instance serves one transaction that holds the locks of all keys it is asked about, so what it has read stays true.
"""

from __future__ import annotations

from limits import RateLimitItemPerSecond
from limits.storage import MovingWindowSupport, Storage

from cutroom.accounts.repository import hits
from cutroom.db import Transaction


class Item(RateLimitItemPerSecond):
    """A window whose counter does not depend on its limit: who changes plan does not start anew."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        return f"{'/'.join(str(part) for part in identifiers)}/{self.get_expiry()}s"


class SqlStorage(Storage, MovingWindowSupport):
    """Moving windows only: fixed ones, which count without remembering when, are refused."""

    STORAGE_SCHEME = None

    def __init__(self, tx: Transaction, now: float) -> None:
        super().__init__()
        self._tx = tx
        self._now = now
        self._seen: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count ``amount`` more, unless that were more than ``limit`` in ``expiry`` seconds."""
        frees_from, taken = self.get_moving_window(key, limit, expiry)
        if taken + amount > limit:
            return False
        hits.add(self._tx, key, self._now, amount)
        self._seen[key] = taken + amount, frees_from if taken else self._now
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the hit was whose end makes room (now, if there is none), and how many there are."""
        if key not in self._seen:
            since = self._now - expiry
            taken, oldest = hits.count(self._tx, key, since)
            if taken > limit > 0:  # the limit was lowered meanwhile: more than one has to go
                oldest = hits.nth(self._tx, key, since, taken - limit)
            self._seen[key] = taken, self._now if oldest is None else oldest
        taken, frees_from = self._seen[key]
        return frees_from, taken

    def check(self) -> bool:
        return True

    def get(self, key: str) -> int:
        return hits.count(self._tx, key, float("-inf"))[0]

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def clear(self, key: str) -> None:
        self._seen.pop(key, None)
        hits.clear(self._tx, key)

    def reset(self) -> int:
        self._seen.clear()
        return hits.clear(self._tx, None)
