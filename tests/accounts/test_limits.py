"""Request windows: never more than the limit in any stretch of time, whoever counts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.accounts import RateLimiter, RateState, Window
from cutroom.db import Database
from cutroom.db.tables.service import rate_hits
from tests.accounts.rooms import StandingClock, at_once

HAMMER = Path(__file__).with_name("rate_hammer.py")
_numbers = count()


@pytest.fixture
def limiter(sqlite_database: Database, clock: StandingClock) -> RateLimiter:
    return RateLimiter(sqlite_database, clock)


def rows(database: Database) -> list[tuple[str, float]]:
    with database.read() as tx:
        query = sa.select(rate_hits.c.key, rate_hits.c.at).order_by(rate_hits.c.key, rate_hits.c.at)
        return [(row.key, row.at) for row in tx.execute(query)]


# --- exactness -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_four_processes_share_one_limit_exactly(database: Database) -> None:
    windows = ["key:1", "100", "3600", "address:1", "1000", "86400"]
    command = [sys.executable, str(HAMMER), database.url, "200", *windows]
    hammers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    try:
        for hammer in hammers:
            assert hammer.stdout is not None
            assert hammer.stdout.readline() == "ready\n"
        for hammer in hammers:
            assert hammer.stdin is not None
            hammer.stdin.write("go\n")
            hammer.stdin.flush()
        allowed = [int(hammer.communicate(timeout=90)[0]) for hammer in hammers]
    finally:
        for hammer in hammers:
            hammer.kill()
            hammer.communicate()
    assert sum(allowed) == 100, allowed
    assert [hammer.returncode for hammer in hammers] == [0] * 4
    keys = [key for key, _ in rows(database)]
    assert {key: keys.count(key) for key in keys} == {"key:1/3600s": 100, "address:1/86400s": 100}


def test_threads_share_one_limit_exactly(database: Database) -> None:
    limiter = RateLimiter(database)
    windows = [Window("a", 10, 60), Window("b", 1000, 60)]
    results = at_once(16, lambda _: [limiter.hit(windows).allowed for _ in range(3)])
    assert sum(sum(result) for result in results if isinstance(result, list)) == 10


def test_those_who_need_two_locks_do_not_wait_for_each_other_for_ever(database: Database) -> None:
    limiter = RateLimiter(database)
    one, other = Window("a", 1000, 60), Window("b", 1000, 60)
    orders = ([one, other], [other, one])
    results = at_once(8, lambda index: [limiter.hit(orders[index % 2]).allowed for _ in range(5)])
    assert [result for result in results if isinstance(result, list)] == [[True] * 5] * 8


@dataclass
class Model:
    """The rule itself, as slow as it is plain."""

    windows: list[Window]
    kept: list[float] = field(default_factory=list)

    def taken(self, window: Window, now: float) -> list[float]:
        return [at for at in self.kept if at > now - window.seconds]

    def fits(self, now: float) -> bool:
        return all(len(self.taken(window, now)) < window.limit for window in self.windows)

    def remaining(self, now: float) -> int:
        return min(max(0, window.limit - len(self.taken(window, now))) for window in self.windows)


steps = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["hit", "hit", "hit", "look", "give back", "sweep"])), max_size=40
)
tiers = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), min_size=1, max_size=3)


@settings(max_examples=60)
@given(tiers, steps)
def test_never_more_than_the_limit_in_any_window(
    lasting_database: Database, given_tiers: list[tuple[int, int]], taken_steps: list[tuple[int, str]]
) -> None:
    clock = StandingClock()
    limiter = RateLimiter(lasting_database, clock)
    name = f"property:{next(_numbers)}"
    windows = [Window(f"{name}:{i}", limit, seconds) for i, (limit, seconds) in enumerate(given_tiers)]
    model = Model(windows)
    last: RateState | None = None
    for quarters, step in taken_steps:
        clock.forward(quarters / 4)
        now = clock().timestamp()
        if step == "give back":
            if last is not None:
                limiter.give_back(windows, last)
                model.kept.remove(last.at)
                last = None
        elif step == "sweep":
            limiter.sweep()
        else:
            fits = model.fits(now)
            state = limiter.look(windows) if step == "look" else limiter.hit(windows)
            if step == "hit" and fits:
                model.kept.append(now)
                last = state
            check(state, model, now, fits)
    for window in windows:
        for start in model.kept:
            assert sum(start <= at < start + window.seconds for at in model.kept) <= window.limit


def check(state: RateState, model: Model, now: float, fits: bool) -> None:
    assert state.allowed == fits
    assert state.metered
    assert state.remaining == model.remaining(now)
    assert any(state.limit == window.limit for window in model.windows)
    if fits:
        assert state.retry_after == 0
        return
    assert state.remaining == 0
    assert 1 <= state.retry_after <= max(window.seconds for window in model.windows)
    assert now < state.reset <= now + state.retry_after < state.reset + 1 or state.retry_after == 1
    if all(window.limit for window in model.windows):
        assert model.fits(state.reset), "who comes back at the reset is let in"
        assert not model.fits(state.reset - 0.25)


# --- what is said ----------------------------------------------------------------------------------------------------


def test_a_refused_request_uses_nothing_up_in_any_window(
    limiter: RateLimiter, sqlite_database: Database, clock: StandingClock
) -> None:
    narrow, wide = Window("narrow", 2, 60), Window("wide", 100, 3600)
    for _ in range(20):
        limiter.hit([wide, narrow])
    assert len(rows(sqlite_database)) == 4
    assert limiter.look([wide]).remaining == 98


def test_the_tightest_window_is_told(limiter: RateLimiter, clock: StandingClock) -> None:
    start = clock().timestamp()
    windows = [Window("k", 50, 3600), Window("k", 500, 86_400)]
    state = limiter.hit(windows)
    assert state == RateState(True, 50, 49, start + 3600, 0, start, 3600)
    clock.forward(10)
    for _ in range(49):
        state = limiter.hit(windows)
    assert (state.allowed, state.remaining, state.reset) == (True, 0, start + 3600)
    clock.forward(0.5)
    state = limiter.hit(windows)
    assert (state.allowed, state.limit, state.remaining, state.reset) == (False, 50, 0, start + 3600)
    assert state.retry_after == 3590
    clock.forward(3589.25)
    assert limiter.hit(windows).retry_after == 1
    clock.forward(0.25)
    assert limiter.hit(windows).allowed


def test_where_two_windows_refuse_the_wait_is_for_both(limiter: RateLimiter, clock: StandingClock) -> None:
    windows = [Window("k", 1, 60), Window("k", 1, 3600)]
    limiter.hit(windows)
    assert limiter.hit(windows).retry_after == 3600
    clock.forward(60)
    assert limiter.hit(windows).retry_after == 3540


def test_looking_counts_nothing(limiter: RateLimiter, sqlite_database: Database) -> None:
    for _ in range(5):
        assert limiter.look([Window("k", 1, 60)]).allowed
    assert rows(sqlite_database) == []


def test_without_windows_nobody_is_metered(limiter: RateLimiter) -> None:
    for state in (limiter.hit([]), limiter.look([])):
        assert (state.allowed, state.metered, state.retry_after) == (True, False, 0)


def test_a_limit_of_nothing_lets_nothing_through(limiter: RateLimiter) -> None:
    state = limiter.hit([Window("k", 0, 60)])
    assert (state.allowed, state.remaining, state.retry_after) == (False, 0, 60)


def test_a_changed_limit_finds_the_hits_that_were(limiter: RateLimiter, clock: StandingClock) -> None:
    for _ in range(5):
        limiter.hit([Window("k", 5, 60)])
        clock.forward(1)
    state = limiter.hit([Window("k", 60, 60)])
    assert (state.allowed, state.remaining) == (True, 54)
    state = limiter.hit([Window("k", 2, 60)])
    assert not state.allowed
    # Six are counted: the fifth has to go before there is room for a second.
    assert state.retry_after == 59
    clock.forward(state.retry_after)
    assert limiter.hit([Window("k", 2, 60)]).allowed


def test_the_same_window_twice_is_counted_once(limiter: RateLimiter) -> None:
    state = limiter.hit([Window("k", 5, 60), Window("k", 3, 60)])
    assert (state.limit, state.remaining) == (3, 2)


def test_a_hit_that_was_given_back_was_not(
    limiter: RateLimiter, clock: StandingClock, sqlite_database: Database
) -> None:
    windows = [Window("k", 2, 3600), Window("j", 2, 60)]
    first = limiter.hit(windows)
    clock.forward(10)
    limiter.hit(windows)
    limiter.give_back(windows, first)
    assert {at for _, at in rows(sqlite_database)} == {clock().timestamp()}
    assert limiter.hit(windows).allowed
    assert not limiter.hit(windows).allowed
    limiter.give_back(windows)
    assert limiter.look(windows).remaining == 1
    for _ in range(3):
        limiter.give_back(windows)
    assert limiter.look(windows).remaining == 2


def test_a_sweep_deletes_only_what_no_window_sees(database: Database, clock: StandingClock) -> None:
    limiter = RateLimiter(database, clock)
    day = [Window("k", 2, 86_400)]
    limiter.hit(day)
    clock.forward(86_399)
    limiter.hit(day)
    assert limiter.sweep() == 0
    assert not limiter.hit(day).allowed
    clock.forward(1.25)
    assert limiter.sweep() == 1
    assert limiter.look(day).remaining == 1


@pytest.mark.parametrize("seconds", [0, -1, 86_401])
def test_windows_that_could_not_be_kept_are_refused(limiter: RateLimiter, seconds: int) -> None:
    with pytest.raises(ValueError, match="1 to 86400 s"):
        limiter.hit([Window("k", 1, seconds)])


@pytest.mark.parametrize("key", ["x" * 5000, "\x00", "\ud800", "ä", "fe80::1%eth0", ""])
def test_no_key_breaks_it(database: Database, key: str) -> None:
    limiter = RateLimiter(database)
    assert limiter.hit([Window(key, 1, 60)]).allowed
    assert not limiter.hit([Window(key, 1, 60)]).allowed
    assert limiter.hit([Window(key + "!", 1, 60)]).allowed
