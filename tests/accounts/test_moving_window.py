"""The storage does what ``limits`` asks of one, for the one strategy it is for."""

from __future__ import annotations

import pytest
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from cutroom.accounts.moving_window import Item, SqlStorage
from cutroom.db import Database

NOW = 1_800_000_000.0


def test_the_librarys_own_limiter_counts_in_our_rows(sqlite_database: Database) -> None:
    item = Item(3, 60)
    with sqlite_database.write() as tx:
        limiter = MovingWindowRateLimiter(SqlStorage(tx, NOW))
        assert [limiter.hit(item, "k") for _ in range(5)] == [True] * 3 + [False] * 2
        assert limiter.get_window_stats(item, "k") == (NOW + 60, 0)
        later = MovingWindowRateLimiter(SqlStorage(tx, NOW + 60))
        assert later.hit(item, "k", cost=3)
        assert not later.hit(item, "k")
        assert not later.test(item, "k")
        assert later.test(item, "another")


def test_clearing_and_starting_anew(sqlite_database: Database) -> None:
    item = Item(1, 60)
    with sqlite_database.write() as tx:
        storage = SqlStorage(tx, NOW)
        limiter = MovingWindowRateLimiter(storage)
        assert storage.check()
        for key in ("a", "b", "c"):
            limiter.hit(item, key)
        limiter.clear(item, "a")
        assert limiter.hit(item, "a")
        assert not limiter.hit(item, "b")
        assert storage.get(item.key_for("b")) == 1
        assert storage.reset() == 3
        assert limiter.hit(item, "b")


def test_fixed_windows_are_not_offered(sqlite_database: Database) -> None:
    with sqlite_database.write() as tx:
        storage = SqlStorage(tx, NOW)
        with pytest.raises(NotImplementedError):
            FixedWindowRateLimiter(storage).hit(Item(1, 60), "k")
        with pytest.raises(NotImplementedError):
            storage.get_expiry("k")


def test_a_counter_does_not_depend_on_its_limit() -> None:
    assert Item(5, 60).key_for("k") == Item(60, 60).key_for("k") != Item(5, 61).key_for("k")
