"""What the tests of accounts share: a room, a clock that stands still until told, calls made at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest

from cutroom.accounts import Accounts, AccountsConfig, PasswordCost, SignupMode
from cutroom.db import Database
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Account

Result = TypeVar("Result")
SECRET = "not a secret, only long enough to be one"
CHEAP = PasswordCost(rounds=1, memory_kib=8, lanes=1)


class StandingClock:
    """Starts at a full second, so that sums of quarters of seconds are exact."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def made(database: Database, accounts: Accounts, email: str = "ada@example.com") -> Account:
    with database.write() as tx:
        return accounts.add(tx, email=email, password_hash=None)


def room(signup: SignupMode = SignupMode.OPEN, clock: StandingClock | None = None, **options: Any) -> Accounts:
    config = AccountsConfig(session_secret=SECRET, signup=signup, **options)
    return Accounts(config, clock) if clock else Accounts(config)


def refusal(call: Callable[[], object]) -> ErrorCode:
    """The code with which a call is refused."""
    with pytest.raises(CutroomError) as caught:
        call()
    return caught.value.code


def at_once(number: int, call: Callable[[int], Result]) -> list[Result | CutroomError]:
    """What ``number`` calls made at the same moment give, in no particular order."""
    barrier = Barrier(number)

    def one(index: int) -> Result | CutroomError:
        barrier.wait()
        try:
            return call(index)
        except CutroomError as error:
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def refuse_after(_done: object) -> None:
    """Something was done, and then the transaction fails."""
    raise CutroomError(ErrorCode.INTERNAL, "Failed on purpose.")


def calling(function: Callable[..., object], *arguments: object, **named: object) -> Callable[[], object]:
    """The call, to be made later."""
    return lambda: function(*arguments, **named)
