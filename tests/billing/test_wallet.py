"""The wallet: what is reserved is taken or given back once, nothing is overdrawn, and the books are always right."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cutroom.billing import Wallet
from cutroom.billing.repository import books
from cutroom.db import Database, Transaction
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account
from cutroom.model.wallet import BillingMode, PriceList
from tests.support.wallets import Clock, add_account

FREE, CUT = Money(500), Money(10)


@pytest.fixture
def wallet() -> Wallet:
    return Wallet(BillingMode.CREDITS, PriceList(), Clock())


@pytest.fixture
def ann(database: Database, wallet: Wallet) -> Account:
    with database.write() as tx:
        person = add_account(tx)
        wallet.open(tx, person)
    return person


def refused(call: object, *arguments: object) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.code


def balance(database: Database, wallet: Wallet, person: Account) -> Money:
    with database.read() as tx:
        assert wallet.check(tx) == []
        return wallet.balance(tx, person.id)


def house(database: Database, name: str) -> int:
    with database.read() as tx:
        return books.balance(tx, f"house:{name}")


def test_a_new_wallet_has_the_sign_up_credit_once(database: Database, wallet: Wallet, ann: Account) -> None:
    dearer = Wallet(BillingMode.CREDITS, PriceList(signup_credit=Money(900)))
    with database.write() as tx:
        wallet.open(tx, ann)
        dearer.open(tx, ann)
    assert balance(database, wallet, ann) == FREE


def test_a_wallet_may_open_without_credit_and_get_it_later(database: Database, wallet: Wallet) -> None:
    with database.write() as tx:
        bob = add_account(tx, "bob")
        wallet.open(tx, bob, idem_grant=False)
    assert balance(database, wallet, bob) == Money(0)
    with database.write() as tx:
        wallet.open(tx, bob)
    assert balance(database, wallet, bob) == FREE


def test_an_account_that_was_never_opened_has_nothing_and_can_spend_nothing(database: Database, wallet: Wallet) -> None:
    with database.write() as tx:
        bob = add_account(tx, "bob")
        assert wallet.balance(tx, "bob") == Money(0)
        assert refused(wallet.reserve, tx, bob, "j", CUT) is ErrorCode.INSUFFICIENT_BALANCE
        assert wallet.grant(tx, "bob", CUT, "gift")
        wallet.reserve(tx, bob, "j", CUT)
    assert balance(database, wallet, bob) == Money(0)


def test_a_reservation_is_off_the_balance_and_captured_once(database: Database, wallet: Wallet, ann: Account) -> None:
    for _ in range(2):
        with database.write() as tx:
            wallet.reserve(tx, ann, "j", CUT)
        assert balance(database, wallet, ann) == FREE - CUT
    for _ in range(2):
        with database.write() as tx:
            assert wallet.capture(tx, "j") == CUT
            assert not wallet.release(tx, "j")
        assert balance(database, wallet, ann) == FREE - CUT
    assert house(database, "revenue") == CUT.cents


def test_what_is_not_captured_goes_back(database: Database, wallet: Wallet, ann: Account) -> None:
    with database.write() as tx:
        wallet.reserve(tx, ann, "j", Money(100))
        assert wallet.capture(tx, "j", Money(30)) == Money(30)
        assert wallet.capture(tx, "j", Money(100)) == Money(30), "what was captured stays captured"
    assert balance(database, wallet, ann) == FREE - Money(30)


def test_a_release_gives_everything_back_once(database: Database, wallet: Wallet, ann: Account) -> None:
    with database.write() as tx:
        wallet.reserve(tx, ann, "j", CUT)
        assert wallet.release(tx, "j")
        assert not wallet.release(tx, "j")
        assert wallet.capture(tx, "j") == Money(0)
    assert balance(database, wallet, ann) == FREE


def test_jobs_without_a_reservation_cost_nothing(database: Database, wallet: Wallet) -> None:
    with database.write() as tx:
        assert wallet.capture(tx, "unknown") == Money(0)
        assert not wallet.release(tx, "unknown")


def test_what_is_not_covered_is_refused_and_the_transaction_goes_on(
    database: Database, wallet: Wallet, ann: Account
) -> None:
    with database.write() as tx:
        wallet.reserve(tx, ann, "first", Money(495))
        with pytest.raises(CutroomError) as caught:
            wallet.reserve(tx, ann, "second", CUT)
        assert caught.value.code is ErrorCode.INSUFFICIENT_BALANCE
        assert caught.value.fields == {"needed": CUT, "balance": Money(5)}
        assert refused(wallet.spend, tx, ann, CUT, "buy", "purchase") is ErrorCode.INSUFFICIENT_BALANCE
        wallet.reserve(tx, ann, "third", Money(5))
    assert balance(database, wallet, ann) == Money(0)
    with database.write() as tx:
        assert wallet.release(tx, "first")
        wallet.reserve(tx, ann, "second", CUT)
        assert wallet.spend(tx, ann, CUT, "buy", "purchase"), "a refused purchase leaves its key unused"


def test_a_job_has_one_price(database: Database, wallet: Wallet, ann: Account) -> None:
    with database.write() as tx:
        bob = add_account(tx, "bob")
        wallet.open(tx, bob)
        wallet.reserve(tx, ann, "j", CUT)
        assert refused(wallet.reserve, tx, ann, "j", Money(11)) is ErrorCode.IDEMPOTENCY_CONFLICT
        assert refused(wallet.reserve, tx, bob, "j", CUT) is ErrorCode.IDEMPOTENCY_CONFLICT
        assert refused(wallet.capture, tx, "j", Money(11)) is ErrorCode.INTERNAL
        assert wallet.capture(tx, "j") == CUT
    assert balance(database, wallet, bob) == FREE


def test_gifts_deposits_and_purchases_happen_once_for_each_key(
    database: Database, wallet: Wallet, ann: Account
) -> None:
    for first in (True, False):
        with database.write() as tx:
            assert wallet.grant(tx, ann.id, Money(100), "g") is first
            assert wallet.deposit(tx, ann.id, Money(2500), "d") is first
            assert wallet.spend(tx, ann, Money(40), "s", "purchase", "4 GB") is first
    assert balance(database, wallet, ann) == FREE + Money(100 + 2500 - 40)
    with database.write() as tx:
        assert refused(wallet.grant, tx, ann.id, Money(101), "g") is ErrorCode.IDEMPOTENCY_CONFLICT
        assert refused(wallet.deposit, tx, ann.id, Money(100), "g") is ErrorCode.IDEMPOTENCY_CONFLICT


@pytest.mark.parametrize("call", ["grant", "deposit"])
def test_negative_amounts_are_refused(database: Database, wallet: Wallet, ann: Account, call: str) -> None:
    with database.write() as tx:
        assert refused(getattr(wallet, call), tx, ann.id, Money(-1), "n") is ErrorCode.INTERNAL
        assert refused(wallet.reserve, tx, ann, "n", Money(-1)) is ErrorCode.INTERNAL
        assert refused(wallet.spend, tx, ann, Money(-1), "n", "purchase") is ErrorCode.INTERNAL
    assert balance(database, wallet, ann) == FREE


def test_the_owner_is_always_covered_by_the_house(database: Database, wallet: Wallet) -> None:
    with database.write() as tx:
        owner = add_account(tx, "owner", owner=True)
        wallet.open(tx, owner)
        for job in ("captured", "part", "released"):
            wallet.reserve(tx, owner, job, Money(100_000))
            wallet.reserve(tx, owner, job, Money(100_000))
        assert wallet.balance(tx, owner.id) == FREE
        assert wallet.capture(tx, "captured") == Money(100_000)
        assert wallet.capture(tx, "part", Money(1)) == Money(1)
        assert wallet.release(tx, "released")
        assert wallet.spend(tx, owner, Money(7), "s", "purchase")
    assert balance(database, wallet, owner) == FREE
    assert house(database, "revenue") == 100_008
    assert house(database, "grants") == -100_008 - FREE.cents


def test_with_billing_off_everything_works_and_costs_nothing(database: Database, ann: Account) -> None:
    free = Wallet(BillingMode.OFF, PriceList())
    with database.write() as tx:
        assert free.balance(tx, ann.id) == Money(0)
        assert free.price(CUT) == Money(0)
        free.reserve(tx, ann, "j", Money(100_000))
        assert free.capture(tx, "j", Money(100_000)) == Money(0)
        assert free.spend(tx, ann, Money(100_000), "s", "purchase")
        assert not free.spend(tx, ann, Money(100_000), "s", "purchase")
        free.reserve(tx, ann, "k", CUT)
        assert free.release(tx, "k")
    assert balance(database, Wallet(BillingMode.CREDITS, PriceList()), ann) == FREE


def test_what_was_reserved_before_billing_was_turned_off_goes_back(
    database: Database, wallet: Wallet, ann: Account
) -> None:
    with database.write() as tx:
        wallet.reserve(tx, ann, "j", CUT)
        assert Wallet(BillingMode.OFF, PriceList()).capture(tx, "j") == Money(0)
    assert balance(database, wallet, ann) == FREE


def test_nothing_of_a_transaction_that_fails_remains(database: Database, wallet: Wallet, ann: Account) -> None:
    def interrupted(tx: Transaction) -> None:
        wallet.reserve(tx, ann, "j", CUT)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), database.write() as tx:
        interrupted(tx)
    assert balance(database, wallet, ann) == FREE
    with database.write() as tx:
        assert not wallet.release(tx, "j")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE ledger_accounts SET balance = balance + 1 WHERE id = 'wallet:ann'", "sum of the entries: wallet:ann"),
        ("UPDATE ledger_entries SET amount = amount + 1 WHERE ledger_account = 'wallet:ann'", "sum to zero: transact"),
        ("UPDATE ledger_accounts SET floor = 1000 WHERE id = 'wallet:ann'", "below its floor: wallet:ann"),
        ("UPDATE reservations SET amount = 11", "open reservations: held:ann"),
        ("UPDATE ledger_accounts SET balance = balance - 1 WHERE id = 'house:grants'", "ledger does not sum to zero"),
    ],
)
def test_the_audit_notices(database: Database, wallet: Wallet, ann: Account, statement: str, told: str) -> None:
    with database.write() as tx:
        wallet.reserve(tx, ann, "j", CUT)
        assert wallet.check(tx) == []
        tx.execute(sa.text(statement))
        assert any(told in problem for problem in wallet.check(tx))
