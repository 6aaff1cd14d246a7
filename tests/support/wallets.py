"""People with wallets, for tests of money; and a crowd of processes that spends from one wallet.

``python -m tests.support.wallets URL FIRST COUNT USED`` makes ``COUNT`` reservations of 20 cents and uses so many of
each; every call is made twice. It prints how many were covered.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from cutroom.accounts.once import OnceTokens
from cutroom.billing import ApprovalMail, CardProvider, Payments, Wallet
from cutroom.db import Database, Transaction
from cutroom.db.tables.accounts import accounts
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account, OnceToken
from cutroom.model.wallet import BillingMode, PriceList

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
PRICE = Money(20)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def add_account(tx: Transaction, name: str = "ann", *, owner: bool = False) -> Account:
    person = Account(name, f"{name}@example.com", name.title(), "free", owner, disabled=False, created=START)
    row = {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "plan": person.plan,
        "is_owner": owner,
        "webhook_secret": "whsec_x",
        "created": START,
    }
    tx.execute(sa.insert(accounts).values(row))
    return person


class Links:
    """The part of the accounts room that payments need."""

    def __init__(self, clock: Clock) -> None:
        self._tokens = OnceTokens(clock)

    def issue_once(
        self, tx: Transaction, purpose: str, *, account_id: str | None = None, subject: str = "", seconds: float
    ) -> str:
        return self._tokens.issue(tx, purpose, account_id=account_id, subject=subject, seconds=seconds)

    def peek_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        return self._tokens.peek(tx, token, purpose)

    def use_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        return self._tokens.use(tx, token, purpose)


@dataclass
class Purse:
    """An account with a wallet and everything needed to fill it. Sends its mails into a list."""

    database: Database
    provider: CardProvider
    mode: BillingMode = BillingMode.TEST
    clock: Clock = field(default_factory=Clock)
    mails: list[ApprovalMail] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wallet = Wallet(self.mode, PriceList(), self.clock)
        self.payments = Payments(
            self.database, self.wallet, self.provider, Links(self.clock), self.mails.append, clock=self.clock
        )
        with self.database.write() as tx:
            self.person = add_account(tx)
            self.wallet.open(tx, self.person)

    @property
    def balance(self) -> int:
        """Cents."""
        with self.database.read() as tx:
            assert self.wallet.check(tx) == []
            return self.wallet.balance(tx, self.person.id).cents

    def choose(self, **changes: object) -> None:
        with self.database.write() as tx:
            self.payments.change_settings(tx, self.person.id, **changes)  # type: ignore[arg-type]


def spend(database: Database, first: int, count: int, used: Money) -> int:
    """How many of the jobs were covered."""
    wallet = Wallet(BillingMode.CREDITS, PriceList())
    person = Account("ann", "", "", "free", is_owner=False, disabled=False, created=START)
    covered = 0
    for number in range(first, first + count):
        job = f"job{number}"
        try:
            for _ in range(2):
                with database.write() as tx:
                    wallet.reserve(tx, person, job, PRICE)
        except CutroomError as error:
            if error.code is ErrorCode.INSUFFICIENT_BALANCE:
                continue
            raise
        covered += 1
        for _ in range(2):
            with database.write() as tx:
                assert wallet.capture(tx, job, used) == used
    return covered


if __name__ == "__main__":
    print(spend(Database(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Money(int(sys.argv[4]))))  # noqa: T201
