"""What every card provider must do: the test one, and Stripe's SDK before a server that speaks like Stripe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cutroom.billing import CardProvider, NoCards, TestCards
from cutroom.billing.cards import Charge, PaymentState
from cutroom.billing.cards_stripe import StripeCards, StripeConfig
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from tests.support.card_server import DECLINES, VISA, CardServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


@pytest.fixture(params=["test", "stripe"])
def provider(request: pytest.FixtureRequest) -> CardProvider:
    if request.param == "test":
        return TestCards()
    server: CardServer = request.getfixturevalue("card_server")
    return StripeCards(StripeConfig("sk_test_12345", api_base=server.url))


@pytest.fixture
def good(provider: CardProvider) -> str:
    return "tok_visa" if isinstance(provider, TestCards) else VISA


@pytest.fixture
def bad(provider: CardProvider) -> str:
    return "tok_declined" if isinstance(provider, TestCards) else DECLINES


def order(provider: CardProvider, token: str, reload_id: str) -> Charge:
    customer = provider.add_customer("ann", "ann@example.com")
    card = provider.add_card(customer, token)
    return Charge(reload_id, "ann", customer, card.provider_id, Money(2500))


def test_a_saved_card_shows_brand_last_digits_and_expiry(provider: CardProvider, good: str) -> None:
    customer = provider.add_customer("ann", "ann@example.com")
    card = provider.add_card(customer, good)
    assert (card.brand, card.last4) == ("visa", "4242")
    assert 1 <= card.exp_month <= 12
    assert card.exp_year >= 2026
    assert provider.knows(customer)
    assert provider.knows(card.provider_id)


def test_two_cards_are_two(provider: CardProvider, good: str) -> None:
    customer = provider.add_customer("ann", "ann@example.com")
    assert provider.add_card(customer, good).provider_id != provider.add_card(customer, good).provider_id


def test_a_removed_card_can_be_removed_again(provider: CardProvider, good: str) -> None:
    customer = provider.add_customer("bob", "bob@example.com")
    card = provider.add_card(customer, good)
    provider.remove_card(card.provider_id)
    provider.remove_card(card.provider_id)
    assert provider.cards(customer) == []


def test_a_good_card_is_charged_once_for_each_reload(provider: CardProvider, good: str) -> None:
    charge = order(provider, good, "rl_good")
    paid = provider.charge(charge)
    assert paid.state is PaymentState.SUCCEEDED
    assert paid.id is not None
    assert paid.id.startswith("pi_")
    assert provider.charge(charge) == paid
    assert provider.charge(replace(charge, reload_id="rl_other")).id != paid.id


def test_a_declined_card_is_a_failed_payment(provider: CardProvider, bad: str) -> None:
    paid = provider.charge(order(provider, bad, "rl_bad"))
    assert paid.state is PaymentState.FAILED
    assert paid.failure == "The card was declined."


def test_a_charge_that_was_never_made_is_not_found(provider: CardProvider) -> None:
    customer = provider.add_customer("ann", "ann@example.com")
    assert provider.find(customer, "rl_never", None, datetime.now(UTC)) is None


@pytest.mark.parametrize("token", ["", "4242424242424242", "tok_x", "pm_unknown", "pm_../../x", "é" * 500])
def test_other_tokens_are_refused(provider: CardProvider, token: str) -> None:
    customer = provider.add_customer("ann", "ann@example.com")
    with pytest.raises(CutroomError) as caught:
        provider.add_card(customer, token)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(("payload", "signature"), [(b"", ""), (b"{}", "t=1,v1=x"), (b"\xff", "t=x"), (b"[]", "v1")])
def test_messages_that_are_not_signed_are_refused(provider: CardProvider, payload: bytes, signature: str) -> None:
    with pytest.raises(CutroomError) as caught:
        provider.read_webhook(payload, signature)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_each_knows_its_own(card_server: CardServer) -> None:
    stripe = StripeCards(StripeConfig("sk_test_12345", api_base=card_server.url))
    providers: dict[str, CardProvider] = {"test": TestCards(), "stripe": stripe, "none": NoCards()}
    for name in ("test", "stripe"):
        customer = providers[name].add_customer("ann", "ann@example.com")
        assert [other for other, each in providers.items() if each.knows(customer)] == [name]


def test_no_cards_has_none_and_invents_no_payment() -> None:
    none = NoCards()
    none.remove_card("pm_1")
    assert none.cards("cus_1") == []
    assert none.find("cus_1", "rl_1", "pi_1", datetime.now(UTC)) is None
    for call in (
        lambda: none.add_customer("ann", ""),
        lambda: none.add_card("cus_1", "tok_visa"),
        lambda: none.charge(Charge("rl_1", "ann", "cus_1", "pm_1", Money(500))),
        lambda: none.read_webhook(b"{}", ""),
    ):
        with pytest.raises(CutroomError) as caught:
            call()
        assert caught.value.code is ErrorCode.INVALID_REQUEST
