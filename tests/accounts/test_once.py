"""Tokens that work once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cutroom.accounts import Accounts
from cutroom.db import Database
from cutroom.db.tables.accounts import once_tokens
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import OnceToken
from tests.accounts.rooms import StandingClock, at_once, made, refusal, refuse_after, room


def test_a_token_can_be_looked_at_often_and_used_once(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        token = accounts.issue_once(tx, "reload", account_id=ada.id, subject="rel_1", seconds=60)
        for _ in range(3):
            assert accounts.peek_once(tx, token, "reload").subject == "rel_1"
        used = accounts.use_once(tx, token, "reload")
        assert (used.purpose, used.account_id, used.subject) == ("reload", ada.id, "rel_1")
        assert refusal(lambda: accounts.use_once(tx, token, "reload")) is ErrorCode.NOT_FOUND
        assert refusal(lambda: accounts.peek_once(tx, token, "reload")) is ErrorCode.NOT_FOUND


def test_the_database_does_not_know_the_token(sqlite_database: Database, accounts: Accounts) -> None:
    with sqlite_database.write() as tx:
        token = accounts.issue_once(tx, "reload", seconds=60)
        assert len(token) >= 43
        assert token not in repr(tx.execute(sa.select(once_tokens)).all())


def test_it_works_for_its_purpose_and_in_its_time(sqlite_database: Database, clock: StandingClock) -> None:
    accounts = room(clock=clock)
    with sqlite_database.write() as tx:
        token = accounts.issue_once(tx, "login", seconds=3600)
        assert refusal(lambda: accounts.use_once(tx, token, "reload")) is ErrorCode.NOT_FOUND
        clock.forward(3599)
        assert accounts.peek_once(tx, token, "login").purpose == "login"
        clock.forward(1)
        assert refusal(lambda: accounts.use_once(tx, token, "login")) is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "x" * 100_000])
def test_no_text_breaks_it(database: Database, accounts: Accounts, token: str) -> None:
    with database.write() as tx:
        assert refusal(lambda: accounts.peek_once(tx, token, "login")) is ErrorCode.NOT_FOUND
        assert refusal(lambda: accounts.use_once(tx, token, "login")) is ErrorCode.NOT_FOUND


def test_a_transaction_that_fails_has_not_used_it(database: Database, accounts: Accounts) -> None:
    with database.write() as tx:
        token = accounts.issue_once(tx, "login", seconds=60)
    with pytest.raises(CutroomError), database.write() as tx:
        refuse_after(accounts.use_once(tx, token, "login"))
    with database.write() as tx:
        assert accounts.use_once(tx, token, "login").purpose == "login"


def test_of_ten_at_once_one_gets_through(database: Database, accounts: Accounts) -> None:
    with database.write() as tx:
        token = accounts.issue_once(tx, "login", seconds=60)

    def use(_: int) -> OnceToken:
        with database.write() as tx:
            return accounts.use_once(tx, token, "login")

    results = at_once(10, use)
    assert sum(isinstance(result, OnceToken) for result in results) == 1
    assert {r.code for r in results if isinstance(r, CutroomError)} == {ErrorCode.NOT_FOUND}


def test_a_sweep_takes_the_expired_ones(sqlite_database: Database, clock: StandingClock) -> None:
    accounts = room(clock=clock)
    with sqlite_database.write() as tx:
        accounts.issue_once(tx, "login", seconds=60)
        lasting = accounts.issue_once(tx, "login", seconds=6000)
        clock.forward(61)
        assert accounts.sweep(tx) == 1
        assert accounts.peek_once(tx, lasting, "login").purpose == "login"
