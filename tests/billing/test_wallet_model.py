"""Any order of wallet calls, repeated or refused, leaves what the simplest imaginable wallet would hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cutroom.billing import Wallet
from cutroom.db import Database, Transaction
from cutroom.db.engine import sqlite_url
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.wallet import BillingMode, PriceList
from tests.support.databases import create_tables
from tests.support.wallets import add_account

CENTS = st.integers(0, 400)
KEYS = st.integers(0, 12).map(str)


class WalletMachine(RuleBasedStateMachine):
    """``balance`` and ``jobs`` (state, held, captured) are the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = sqlite_url(Path(self.folder.name) / "wallet.db")
        create_tables(url)
        self.database = Database(url)
        self.wallet = Wallet(BillingMode.CREDITS, PriceList())
        with self.database.write() as tx:
            self.ann = add_account(tx)
            self.wallet.open(tx, self.ann)
        self.balance = 500
        self.jobs: dict[str, tuple[str, int, int]] = {}
        self.moved: dict[str, int] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(job=KEYS, cents=CENTS)
    def reserve(self, job: str, cents: int) -> None:
        expected: ErrorCode | None = None
        if job in self.jobs:
            expected = None if self.jobs[job][1] == cents else ErrorCode.IDEMPOTENCY_CONFLICT
        elif cents > self.balance:
            expected = ErrorCode.INSUFFICIENT_BALANCE
        else:
            self.balance -= cents
            self.jobs[job] = ("held", cents, 0)
        assert self.told(self.wallet.reserve, self.ann, job, Money(cents)) is expected

    @rule(job=KEYS, share=st.floats(0, 1))
    def capture(self, job: str, share: float) -> None:
        state, held, captured = self.jobs.get(job, ("none", 0, 0))
        cents = int(held * share)
        if state == "held":
            self.jobs[job], captured = ("captured", held, cents), cents
            self.balance += held - cents
        with self.database.write() as tx:
            assert self.wallet.capture(tx, job, Money(cents)) == Money(captured)

    @rule(job=KEYS)
    def release(self, job: str) -> None:
        state, held, _ = self.jobs.get(job, ("none", 0, 0))
        if state == "held":
            self.jobs[job] = ("released", held, 0)
            self.balance += held
        with self.database.write() as tx:
            assert self.wallet.release(tx, job) is (state == "held")

    @rule(key=KEYS, cents=CENTS, kind=st.sampled_from(["grant", "deposit"]))
    def receive(self, key: str, cents: int, kind: str) -> None:
        name = f"{kind}{key}"
        new = name not in self.moved
        cents = self.moved.setdefault(name, cents)
        self.balance += cents if new else 0
        with self.database.write() as tx:
            assert getattr(self.wallet, kind)(tx, "ann", Money(cents), name) is new

    @rule(key=KEYS, cents=CENTS)
    def spend(self, key: str, cents: int) -> None:
        name = f"spend{key}"
        cents = self.moved.get(name, cents)
        expected = None
        if name not in self.moved:
            if cents > self.balance:
                expected = ErrorCode.INSUFFICIENT_BALANCE
            else:
                self.moved[name] = cents
                self.balance -= cents
        assert self.told(self.wallet.spend, self.ann, Money(cents), name, "purchase") is expected

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def a_transaction_that_fails_changes_nothing(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.jobs)))

        def interrupted(tx: Transaction) -> None:
            self.wallet.release(tx, job)
            self.wallet.grant(tx, "ann", Money(1), "never")
            raise KeyError(job)

        with pytest.raises(KeyError), self.database.write() as tx:
            interrupted(tx)

    @invariant()
    def the_books_are_right(self) -> None:
        with self.database.read() as tx:
            assert self.wallet.balance(tx, "ann") == Money(self.balance)
            assert self.wallet.check(tx) == []
        assert self.balance >= 0

    def told(self, call: Any, *arguments: Any) -> ErrorCode | None:
        try:
            with self.database.write() as tx:
                call(tx, *arguments)
        except CutroomError as error:
            return error.code
        return None


TestWalletModel = WalletMachine.TestCase
TestWalletModel.settings = settings(max_examples=15, stateful_step_count=30)
TestWalletModel.pytestmark = [pytest.mark.slow]  # type: ignore[attr-defined]
