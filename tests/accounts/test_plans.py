"""Plans as data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cutroom.accounts import DEFAULT_PLANS, AccountsConfig
from cutroom.db import Database
from cutroom.kernel.errors import ErrorCode
from cutroom.model.account import Plan
from tests.accounts.rooms import SECRET, made, refusal, room


def test_the_documented_numbers() -> None:
    rows = {
        name: (plan.analyses_per_month, plan.max_source_seconds, plan.requests_per_minute, plan.metered)
        for name, plan in DEFAULT_PLANS.items()
    }
    assert rows == {
        "free": (50, 120, 5, True),
        "pro": (500, 300, 60, True),
        "enterprise": (None, None, 200, True),
        "owner": (None, None, None, False),
    }


def test_an_account_changes_plan_and_the_numbers_follow(sqlite_database: Database) -> None:
    accounts = room()
    ada = made(sqlite_database, accounts)
    assert accounts.plan(ada) == DEFAULT_PLANS["free"]
    with sqlite_database.write() as tx:
        accounts.set_plan(tx, ada.id, "pro")
        assert accounts.plan(accounts.get(tx, ada.id)) == DEFAULT_PLANS["pro"]


@pytest.mark.parametrize("plan", ["owner", "gold", "", "Free"])
def test_nobody_is_put_on_the_owners_or_an_unknown_plan(sqlite_database: Database, plan: str) -> None:
    accounts = room()
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        assert refusal(lambda: accounts.set_plan(tx, ada.id, plan)) is ErrorCode.INVALID_REQUEST
        assert accounts.get(tx, ada.id).plan == "free"
        assert refusal(lambda: accounts.set_plan(tx, "acc_none", "pro")) is ErrorCode.NOT_FOUND


def test_a_plan_that_is_gone_becomes_the_first_and_the_owner_stays_unmetered(sqlite_database: Database) -> None:
    only = Plan("basic", metered=True, analyses_per_month=1, max_source_seconds=1, requests_per_minute=1)
    accounts = room(plans={"basic": only}, first_plan="basic")
    ada = made(sqlite_database, accounts)
    assert ada.plan == "basic"
    assert accounts.plan(replace(ada, plan="gold")) == only
    with sqlite_database.write() as tx:
        owner, _ = accounts.ensure_owner(tx)
    assert not accounts.plan(owner).metered


def test_new_accounts_need_a_plan_that_exists() -> None:
    with pytest.raises(ValueError, match="gold"):
        AccountsConfig(session_secret=SECRET, first_plan="gold")
