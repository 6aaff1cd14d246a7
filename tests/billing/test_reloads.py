"""Paying in, in the payment test mode: who may, how much, by mail, by itself; and buying storage."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from cutroom.billing import NoCards, TestCards
from cutroom.billing.repository import payments as rows
from cutroom.db import Database
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.wallet import AutoReload, BillingMode, Reload, ReloadStatus, WalletSettings
from tests.support.wallets import Purse, add_account

TEN = Money(1000)


@pytest.fixture
def purse(database: Database) -> Purse:
    """With API reload on and a good card."""
    made = Purse(database, TestCards())
    made.choose(api_reload_enabled=True)
    made.payments.add_card(made.person, "tok_visa")
    return made


def refused(call: Any, *arguments: Any, **named: Any) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        call(*arguments, **named)
    return caught.value.code


def kept(purse: Purse, reload: Reload) -> Reload:
    with purse.database.read() as tx:
        found = rows.reload(tx, reload.id)
    assert found is not None
    return found


def spend(purse: Purse, cents: int, name: str = "s") -> None:
    with purse.database.write() as tx:
        purse.wallet.spend(tx, purse.person, Money(cents), name, "purchase")


def test_a_reload_is_credited(purse: Purse) -> None:
    reload = purse.payments.reload(purse.person, Money(2500))
    assert reload.status is ReloadStatus.SUCCEEDED
    assert reload.provider_id is not None
    assert reload.provider_id.startswith("pi_test_")
    assert purse.balance == 3000


def test_a_reload_asked_for_twice_is_one(purse: Purse) -> None:
    first, again = (purse.payments.reload(purse.person, TEN, once="a" * 64) for _ in range(2))
    assert first.id == again.id
    assert again.status is ReloadStatus.SUCCEEDED
    assert purse.balance == 1500
    assert purse.payments.reload(purse.person, TEN, once="b" * 64).id != first.id
    assert purse.balance == 2500


def test_a_reload_asked_for_again_is_one_that_gets_another_mail(purse: Purse) -> None:
    """The first one may never have been sent; and whichever link is used, it is charged once."""
    purse.choose(reload_email_confirmation=True)
    first, again = (purse.payments.reload(purse.person, TEN, once="a" * 64) for _ in range(2))
    assert (first.id, again.status) == (again.id, ReloadStatus.UNCONFIRMED)
    one, other = (mail.token for mail in purse.mails)
    assert purse.payments.approve(other).status is ReloadStatus.SUCCEEDED
    with pytest.raises(CutroomError) as refused:
        purse.payments.approve(one)
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert purse.balance == 1500


def test_what_was_forbidden_since_the_mail_is_not_charged(purse: Purse) -> None:
    purse.choose(reload_email_confirmation=True)
    purse.payments.reload(purse.person, TEN)
    [mail] = purse.mails
    purse.choose(api_reload_enabled=False)
    with pytest.raises(CutroomError) as refused:
        purse.payments.approve(mail.token)
    assert refused.value.code is ErrorCode.RELOAD_DISABLED
    assert purse.balance == 500
    purse.choose(api_reload_enabled=True)
    assert purse.payments.approve(mail.token).status is ReloadStatus.SUCCEEDED


def test_the_newest_card_is_charged_and_a_declined_one_credits_nothing(purse: Purse) -> None:
    declined = purse.payments.add_card(purse.person, "tok_declined")
    assert refused(purse.payments.reload, purse.person, TEN) is ErrorCode.CARD_DECLINED
    assert purse.balance == 500
    purse.payments.remove_card(purse.person, declined.id)
    purse.payments.reload(purse.person, TEN)
    assert purse.balance == 1500


def test_cards_show_what_may_be_shown_and_belong_to_their_account(purse: Purse) -> None:
    with purse.database.write() as tx:
        bob = add_account(tx, "bob")
        (card,) = purse.payments.cards(tx, "ann")
        assert (card.brand, card.last4) == ("visa", "4242")
        assert purse.payments.cards(tx, "bob") == []
    assert refused(purse.payments.remove_card, bob, card.id) is ErrorCode.NOT_FOUND
    purse.payments.remove_card(purse.person, card.id)
    assert refused(purse.payments.remove_card, purse.person, card.id) is ErrorCode.NOT_FOUND
    assert refused(purse.payments.reload, purse.person, TEN) is ErrorCode.NO_CARD
    assert refused(purse.payments.add_card, purse.person, "tok_unknown") is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("cents", [-500, 0, 499, 50_001, 10**15])
def test_amounts_outside_the_limits_are_refused(purse: Purse, cents: int) -> None:
    assert refused(purse.payments.reload, purse.person, Money(cents)) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("cents", [500, 50_000])
def test_the_limits_are_allowed(purse: Purse, cents: int) -> None:
    purse.payments.reload(purse.person, Money(cents))
    assert purse.balance == 500 + cents


def test_by_default_a_key_may_not_reload_but_a_session_may(sqlite_database: Database) -> None:
    purse = Purse(sqlite_database, TestCards())
    with sqlite_database.read() as tx:
        assert purse.payments.settings(tx, "ann") == WalletSettings()
    assert refused(purse.payments.reload, purse.person, TEN, password_ok=True) is ErrorCode.RELOAD_DISABLED
    assert refused(purse.payments.reload, purse.person, TEN, by_session=True) is ErrorCode.NO_CARD
    purse.payments.add_card(purse.person, "tok_visa")
    purse.payments.reload(purse.person, TEN, by_session=True)
    assert purse.balance == 1500


def test_a_password_that_is_set_must_be_right(purse: Purse) -> None:
    purse.choose(reload_password_hash="argon-something")
    with purse.database.read() as tx:
        assert purse.payments.reload_password_hash(tx, "ann") == "argon-something"
        assert purse.payments.settings(tx, "ann").has_reload_password
    assert refused(purse.payments.reload, purse.person, TEN) is ErrorCode.RELOAD_REFUSED
    purse.payments.reload(purse.person, TEN, password_ok=True)
    purse.choose(reload_password_hash="")
    with purse.database.read() as tx:
        assert purse.payments.reload_password_hash(tx, "ann") is None
    purse.payments.reload(purse.person, TEN)
    assert purse.balance == 2500


@pytest.mark.parametrize("mode", [BillingMode.CREDITS, BillingMode.OFF])
def test_where_nothing_is_charged_there_is_nothing_to_reload(sqlite_database: Database, mode: BillingMode) -> None:
    purse = Purse(sqlite_database, NoCards(), mode)
    purse.choose(api_reload_enabled=True, auto_reload=AutoReload(enabled=True, threshold=TEN, amount=TEN))
    with pytest.raises(CutroomError, match="not enabled on this server") as caught:
        purse.payments.reload(purse.person, TEN)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert refused(purse.payments.add_card, purse.person, "tok_visa") is ErrorCode.INVALID_REQUEST
    assert purse.payments.auto_reload("ann") is None
    with sqlite_database.read() as tx:
        assert purse.payments.cards(tx, "ann") == []
        assert tx.execute(sa.text("SELECT count(*) FROM reloads")).scalar() == 0


def test_settings_change_one_by_one(purse: Purse) -> None:
    automatic = AutoReload(enabled=True, threshold=Money(200), amount=TEN)
    purse.choose(auto_reload=automatic)
    purse.choose(reload_email_confirmation=True)
    purse.choose()
    with purse.database.read() as tx:
        assert purse.payments.settings(tx, "ann") == WalletSettings(
            api_reload_enabled=True, reload_email_confirmation=True, has_reload_password=False, auto_reload=automatic
        )


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("amount", AutoReload(enabled=True, threshold=TEN, amount=Money(499))),
        ("amount", AutoReload(enabled=False, threshold=TEN, amount=Money(50_001))),
        ("threshold", AutoReload(enabled=True, threshold=Money(-1), amount=TEN)),
        ("threshold", AutoReload(enabled=True, threshold=Money(10**12), amount=TEN)),
    ],
)
def test_automatic_reloads_have_limits(purse: Purse, field: str, wrong: AutoReload) -> None:
    with pytest.raises(CutroomError) as caught:
        purse.choose(auto_reload=wrong)
    assert caught.value.fields == {"field": f"auto_reload.{field}"}


class TestApproval:
    @pytest.fixture
    def purse(self, purse: Purse) -> Purse:
        purse.choose(reload_email_confirmation=True)
        return purse

    def test_nothing_is_charged_before_the_link_in_the_mail_is_used(self, purse: Purse) -> None:
        reload = purse.payments.reload(purse.person, TEN)
        assert reload.status is ReloadStatus.UNCONFIRMED
        assert purse.balance == 500
        (mail,) = purse.mails
        assert (mail.email, mail.amount) == ("ann@example.com", TEN)
        with purse.database.read() as tx:
            assert purse.payments.look_at_approval(tx, mail.token).id == reload.id
        assert purse.payments.approve(mail.token).status is ReloadStatus.SUCCEEDED
        assert purse.balance == 1500

    def test_the_link_works_once_even_for_ten_at_the_same_time(self, purse: Purse) -> None:
        purse.payments.reload(purse.person, TEN)

        def approve(_: int) -> ErrorCode | None:
            try:
                purse.payments.approve(purse.mails[0].token)
            except CutroomError as error:
                return error.code
            return None

        with ThreadPoolExecutor(10) as pool:
            told = list(pool.map(approve, range(10)))
        assert sorted(told, key=str) == [None, *[ErrorCode.NOT_FOUND] * 9]
        assert purse.balance == 1500

    def test_the_link_works_for_an_hour(self, purse: Purse) -> None:
        reload = purse.payments.reload(purse.person, TEN)
        purse.clock.move(3601)
        assert refused(purse.payments.approve, purse.mails[0].token) is ErrorCode.NOT_FOUND
        assert purse.payments.settle_pending() == 1
        assert kept(purse, reload).status is ReloadStatus.FAILED
        assert purse.balance == 500

    def test_without_a_card_the_link_stays_good(self, purse: Purse) -> None:
        purse.payments.reload(purse.person, TEN)
        with purse.database.read() as tx:
            (card,) = purse.payments.cards(tx, "ann")
        purse.payments.remove_card(purse.person, card.id)
        assert refused(purse.payments.approve, purse.mails[0].token) is ErrorCode.NO_CARD
        purse.payments.add_card(purse.person, "tok_visa")
        purse.payments.approve(purse.mails[0].token)
        assert purse.balance == 1500

    def test_a_declined_card_ends_it(self, purse: Purse) -> None:
        reload = purse.payments.reload(purse.person, TEN)
        purse.payments.add_card(purse.person, "tok_declined")
        assert refused(purse.payments.approve, purse.mails[0].token) is ErrorCode.CARD_DECLINED
        assert kept(purse, reload).failure == "The card was declined."
        assert purse.balance == 500

    @pytest.mark.parametrize("token", ["", "x", "é" * 300])
    def test_other_tokens_are_none(self, purse: Purse, token: str) -> None:
        assert refused(purse.payments.approve, token) is ErrorCode.NOT_FOUND

    def test_a_mail_that_cannot_be_sent_is_told_and_charges_nothing(self, purse: Purse) -> None:
        def fail(_: object) -> None:
            raise CutroomError(ErrorCode.INTERNAL, "The mail could not be sent.")

        purse.payments._mail = fail
        assert refused(purse.payments.reload, purse.person, TEN) is ErrorCode.INTERNAL
        purse.clock.move(3601)
        assert purse.payments.settle_pending() == 1
        assert purse.balance == 500

    def test_a_session_needs_no_mail(self, purse: Purse) -> None:
        assert purse.payments.reload(purse.person, TEN, by_session=True).status is ReloadStatus.SUCCEEDED
        assert purse.mails == []


class TestAutomatic:
    @pytest.fixture
    def purse(self, purse: Purse) -> Purse:
        purse.choose(auto_reload=AutoReload(enabled=True, threshold=Money(200), amount=TEN))
        return purse

    def test_it_comes_when_the_balance_is_below_the_threshold(self, purse: Purse) -> None:
        spend(purse, 300, "to the threshold")
        assert purse.payments.auto_reload("ann") is None
        spend(purse, 1, "below it")
        reload = purse.payments.auto_reload("ann")
        assert reload is not None
        assert reload.status is ReloadStatus.SUCCEEDED
        assert purse.balance == 1199
        assert purse.payments.auto_reload("ann") is None

    def test_it_must_be_wanted_and_needs_a_card(self, purse: Purse) -> None:
        spend(purse, 400)
        purse.choose(auto_reload=AutoReload(enabled=False, threshold=TEN, amount=TEN))
        assert purse.payments.auto_reload("ann") is None
        purse.choose(auto_reload=AutoReload(enabled=True, threshold=TEN, amount=TEN))
        with purse.database.read() as tx:
            (card,) = purse.payments.cards(tx, "ann")
        purse.payments.remove_card(purse.person, card.id)
        assert purse.payments.auto_reload("ann") is None

    def test_ten_at_the_same_time_make_one(self, purse: Purse) -> None:
        spend(purse, 400)
        with ThreadPoolExecutor(10) as pool:
            made = [reload for reload in pool.map(purse.payments.auto_reload, ["ann"] * 10) if reload]
        assert len(made) == 1
        assert purse.balance == 1100

    def test_three_an_hour(self, purse: Purse) -> None:
        purse.choose(auto_reload=AutoReload(enabled=True, threshold=Money(5000), amount=Money(500)))
        for _ in range(6):
            purse.payments.auto_reload("ann")
        assert purse.balance == 500 + 3 * 500
        purse.clock.move(3601)
        purse.payments.auto_reload("ann")
        assert purse.balance == 500 + 4 * 500

    def test_a_declined_card_is_left_alone_for_an_hour(self, purse: Purse) -> None:
        spend(purse, 400)
        purse.payments.add_card(purse.person, "tok_declined")
        reload = purse.payments.auto_reload("ann")
        assert reload is not None
        assert reload.status is ReloadStatus.FAILED
        assert purse.payments.auto_reload("ann") is None
        purse.clock.move(3601)
        purse.payments.add_card(purse.person, "tok_visa")
        assert purse.payments.auto_reload("ann") is not None
        assert purse.balance == 1100


class TestStorage:
    def test_it_costs_its_price_and_adds_up(self, purse: Purse) -> None:
        for gb in (1, 3):
            with purse.database.write() as tx:
                assert purse.payments.buy_storage(tx, purse.person, gb) == Money(100 * gb)
        with purse.database.read() as tx:
            assert purse.payments.purchased_gb(tx, "ann") == 4
            assert purse.payments.purchased_gb(tx, "nobody") == 0
        assert purse.balance == 100

    def test_one_key_buys_once(self, purse: Purse) -> None:
        for _ in range(2):
            with purse.database.write() as tx:
                assert purse.payments.buy_storage(tx, purse.person, 1, idem="again") == Money(100)
        with purse.database.read() as tx:
            assert purse.payments.purchased_gb(tx, "ann") == 1

    def test_what_is_not_covered_is_not_bought(self, purse: Purse) -> None:
        with purse.database.write() as tx:
            assert refused(purse.payments.buy_storage, tx, purse.person, 6) is ErrorCode.INSUFFICIENT_BALANCE
            assert purse.payments.purchased_gb(tx, "ann") == 0
        assert purse.balance == 500

    @pytest.mark.parametrize("gb", [-1, 0, 1001])
    def test_one_to_a_thousand(self, purse: Purse, gb: int) -> None:
        with purse.database.write() as tx:
            assert refused(purse.payments.buy_storage, tx, purse.person, gb) is ErrorCode.INVALID_REQUEST

    def test_with_billing_off_it_is_free(self, sqlite_database: Database) -> None:
        purse = Purse(sqlite_database, NoCards(), BillingMode.OFF)
        with sqlite_database.write() as tx:
            assert purse.payments.buy_storage(tx, purse.person, 1000) == Money(0)
            assert purse.payments.purchased_gb(tx, "ann") == 1000
        assert purse.balance == 0


def test_two_reloads_at_once_are_credited_once_each(purse: Purse) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: purse.payments.reload(purse.person, TEN), range(4)))
    assert len({reload.provider_id for reload in made}) == 4
    assert purse.balance == 4500


def test_a_reload_that_was_cut_short_ends(purse: Purse) -> None:
    """The test provider remembers nothing, so what it did not answer it never did."""
    reload = Reload("rl_1", "ann", TEN, ReloadStatus.PENDING, None, None, purse.clock())
    with purse.database.write() as tx:
        rows.add_reload(tx, reload, "asked")
    purse.clock.move(61)
    assert purse.payments.settle_pending() == 0, "it may still be under way"
    purse.clock.move(900)
    assert purse.payments.settle_pending() == 1
    assert kept(purse, reload).status is ReloadStatus.FAILED
    assert purse.balance == 500
