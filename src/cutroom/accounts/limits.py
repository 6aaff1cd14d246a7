"""Request limits: at most so many in any stretch of so many seconds, exact over every process that shares a database.

Refused requests do not count, and a request that one window refuses does not count in the others either.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from limits.strategies import MovingWindowRateLimiter

from cutroom.accounts.moving_window import Item, SqlStorage
from cutroom.accounts.repository import hits
from cutroom.db import Database, Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.model.request import RateState, Window

DAY = 86_400
_LONGEST_KEY = 120

_Tier = tuple[Item, str]


class RateLimiter:
    """Opens transactions of its own, short ones: a hit counts whatever becomes of the request. Thread-safe.

    ``longest`` is the longest window there is, in seconds; rows are kept that long.
    """

    def __init__(self, database: Database, clock: Clock = utc_now, *, longest: int = DAY) -> None:
        self._database = database
        self._clock = clock
        self._longest = longest

    def hit(self, windows: Iterable[Window]) -> RateState:
        """Count one request in all of the windows, or in none when any of them is full."""
        tiers = self._tiers(windows)
        if not tiers:
            return self._unmetered()
        with self._database.write() as tx:
            hits.lock(tx, [item.key_for(key) for item, key in tiers])
            now = self._now()  # after the wait for the lock, so that hits are counted in the order of their times
            limiter = _limiter(tx, now)
            full = [tier for tier in tiers if not limiter.test(*tier)]
            for tier in tiers if not full else ():
                limiter.hit(*tier)
            return _state(limiter, full or tiers, now, allowed=not full)

    def look(self, windows: Iterable[Window]) -> RateState:
        """How things stand, without counting: ``allowed`` says whether a hit would be."""
        tiers = self._tiers(windows)
        if not tiers:
            return self._unmetered()
        now = self._now()
        with self._database.read() as tx:
            limiter = _limiter(tx, now)
            full = [tier for tier in tiers if not limiter.test(*tier)]
            return _state(limiter, full or tiers, now, allowed=not full)

    def give_back(self, windows: Iterable[Window], state: RateState | None = None) -> None:
        """Take a hit back, for requests that turn out not to count.

        ``state`` is what ``hit`` answered and names the hit; without it the youngest goes, which may be another
        request's.
        """
        with self._database.write() as tx:
            for item, key in self._tiers(windows):
                hits.remove_one(tx, item.key_for(key), state.at if state else None)

    def sweep(self) -> int:
        """Delete the hits that no window can see any more; how many. Call it now and then."""
        with self._database.write() as tx:
            return hits.sweep(tx, self._now() - self._longest)

    def _tiers(self, windows: Iterable[Window]) -> list[_Tier]:
        tightest: dict[tuple[str, int], int] = {}
        for window in windows:
            if not 1 <= window.seconds <= self._longest:
                msg = f"a window of {window.seconds} s: hits are kept for 1 to {self._longest} s"
                raise ValueError(msg)
            name = _bounded(window.key), window.seconds
            tightest[name] = min(window.limit, tightest.get(name, window.limit))
        return [(Item(limit, seconds), key) for (key, seconds), limit in tightest.items()]

    def _unmetered(self) -> RateState:
        now = self._now()
        return RateState(allowed=True, limit=0, remaining=0, reset=now, retry_after=0, at=now, metered=False)

    def _now(self) -> float:
        return self._clock().timestamp()


def _limiter(tx: Transaction, now: float) -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(SqlStorage(tx, now))


def _state(limiter: MovingWindowRateLimiter, tiers: list[_Tier], now: float, *, allowed: bool) -> RateState:
    """Of the window with the least left; among equals, of the one that takes longest to give a slot back."""
    stats = [(limiter.get_window_stats(*tier), tier[0]) for tier in tiers]
    (reset, remaining), item = min(stats, key=lambda one: (max(0, one[0].remaining), -one[0].reset_time))
    # Rounded first: 60.000000001 s are not 61.
    wait = 0 if allowed else max(1, math.ceil(round(reset - now, 6)))
    return RateState(allowed, item.amount, max(0, remaining), reset, wait, now, item.get_expiry())


def _bounded(key: str) -> str:
    """Keys are made of what clients send (addresses); columns have a width, and no database takes every character."""
    if len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
