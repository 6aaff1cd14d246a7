"""What only Stripe can do: signed messages, refused keys, lost answers; and the reloads that come out right anyway."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from cutroom.billing import TestCards
from cutroom.billing.cards import Charge, Payment, PaymentState, ProviderUnavailable
from cutroom.billing.cards_stripe import StripeCards, StripeConfig
from cutroom.billing.repository import payments as rows
from cutroom.db import Database
from cutroom.kernel.clock import utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.wallet import BillingMode, Reload, ReloadStatus
from tests.support.card_server import DECLINES, SECRET, STOLEN, VISA, CardServer
from tests.support.wallets import Clock, Purse

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
TEN = Money(1000)


def config(server: CardServer, retries: int = 0) -> StripeConfig:
    return StripeConfig("sk_test_12345", SECRET, api_base=server.url, retries=retries, timeout=5)


def purse_with_card(database: Database, provider: StripeCards) -> Purse:
    purse = Purse(database, provider, BillingMode.STRIPE, Clock(utc_now()))
    purse.choose(api_reload_enabled=True)
    purse.payments.add_card(purse.person, VISA)
    return purse


@pytest.fixture
def purse(sqlite_database: Database, card_server: CardServer) -> Purse:
    return purse_with_card(sqlite_database, StripeCards(config(card_server)))


@dataclass
class Inbox:
    """Takes the messages of the card server: payload and signature."""

    messages: queue.Queue[tuple[bytes, str]] = field(default_factory=queue.Queue)

    def wait(self, reload: Reload) -> tuple[bytes, str]:
        """The message about its payment; others (a new customer, an earlier test) are passed over."""
        while reload.id.encode() not in (message := self.messages.get(timeout=10))[0]:
            pass
        return message


@pytest.fixture
def inbox(card_server: CardServer) -> Iterator[Inbox]:
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.messages.put((body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        card_server.send_webhooks_to(f"http://127.0.0.1:{server.server_port}/")
        yield box
        server.shutdown()
        thread.join()


def kept(purse: Purse, reload_id: str) -> Reload:
    with purse.database.read() as tx:
        found = rows.reload(tx, reload_id)
    assert found is not None
    return found


def test_a_reload_charges_the_saved_card_and_a_declined_one_nothing(purse: Purse, card_server: CardServer) -> None:
    reload = purse.payments.reload(purse.person, TEN)
    assert purse.balance == 1500
    (paid,) = card_server.payments()
    assert (paid["id"], paid["amount"], paid["currency"]) == (reload.provider_id, 1000, "usd")
    assert paid["metadata"] == {"reload_id": reload.id, "account_id": "ann"}
    declined = purse.payments.add_card(purse.person, DECLINES)
    with pytest.raises(CutroomError, match="The card was declined") as caught:
        purse.payments.reload(purse.person, TEN)
    assert caught.value.code is ErrorCode.CARD_DECLINED
    purse.payments.remove_card(purse.person, declined.id)
    purse.payments.reload(purse.person, TEN)
    assert purse.balance == 2500


def test_a_card_that_is_declined_at_once_is_not_saved(purse: Purse) -> None:
    with pytest.raises(CutroomError) as caught:
        purse.payments.add_card(purse.person, STOLEN)
    assert caught.value.code is ErrorCode.CARD_DECLINED
    with purse.database.read() as tx:
        assert len(purse.payments.cards(tx, "ann")) == 1


def test_a_card_whose_row_was_never_written_comes_back_with_the_next(purse: Purse, card_server: CardServer) -> None:
    with purse.database.read() as tx:
        customer = rows.customer_id(tx, "ann")
    assert customer is not None
    StripeCards(config(card_server)).add_card(customer, VISA)  # and then the server died
    purse.payments.add_card(purse.person, DECLINES)
    with purse.database.read() as tx:
        assert [card.last4 for card in purse.payments.cards(tx, "ann")] == ["4242", "4242", "0341"]


def test_one_key_is_one_payment_and_of_one_amount(card_server: CardServer) -> None:
    provider = StripeCards(config(card_server))
    customer = provider.add_customer("ann", "ann@example.com")
    assert provider.add_customer("ann", "ann@example.com") == customer
    card = provider.add_card(customer, VISA)
    charge = Charge("rl_1", "ann", customer, card.provider_id, TEN)
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(provider.charge, [charge] * 4))) == 1
    with pytest.raises(CutroomError) as caught:
        provider.charge(replace(charge, amount=Money(1001)))
    assert caught.value.detail == "IdempotencyError 400 None"
    assert len(card_server.payments()) == 1


def test_a_bank_that_wants_its_customer_declines_and_leaves_nothing_open(card_server: CardServer) -> None:
    provider = StripeCards(config(card_server))
    customer = provider.add_customer("ann", "ann@example.com")
    client = stripe.StripeClient("sk_test_12345", base_addresses={"api": card_server.url})
    number: Any = {"number": "4000002500003155", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    token = client.v1.payment_methods.create({"type": "card", "card": number}).id
    card = provider.add_card(customer, token)
    paid = provider.charge(Charge("rl_1", "ann", customer, card.provider_id, TEN))
    assert paid.state is PaymentState.FAILED
    assert paid.failure == "The card's bank wants its holder to confirm the payment."
    assert [intent["status"] for intent in card_server.payments()] == ["canceled"]


def test_a_key_that_stripe_does_not_accept(card_server: CardServer) -> None:
    provider = StripeCards(replace(config(card_server), secret_key="wrong"))
    with pytest.raises(CutroomError) as caught:
        provider.add_customer("ann", "ann@example.com")
    assert not isinstance(caught.value, ProviderUnavailable)
    assert caught.value.code is ErrorCode.INTERNAL
    assert "wrong" not in str(caught.value)


def test_a_provider_that_is_not_there_leaves_the_reload_open(purse: Purse, card_server: CardServer) -> None:
    gone = StripeCards(replace(config(card_server), api_base="http://127.0.0.1:9"))
    purse.payments._charging._provider = gone
    reload = purse.payments.reload(purse.person, TEN)
    assert reload.status is ReloadStatus.PENDING
    purse.clock.move(1000)
    assert purse.payments.settle_pending() == 0, "not even whether it was charged is known"
    purse.payments._charging._provider = StripeCards(config(card_server))
    assert purse.payments.settle_pending() == 1
    assert kept(purse, reload.id).status is ReloadStatus.FAILED
    assert purse.balance == 500


def test_a_provider_that_refuses_ends_the_reload(purse: Purse, card_server: CardServer) -> None:
    purse.payments._charging._provider = StripeCards(replace(config(card_server), secret_key="wrong"))
    with pytest.raises(CutroomError) as caught:
        purse.payments.reload(purse.person, TEN)
    assert caught.value.code is ErrorCode.INTERNAL
    with purse.database.read() as tx:
        (failed,) = rows.reloads_of(tx, ReloadStatus.FAILED, utc_now() + timedelta(days=1), 10)
    assert failed.failure == "The card provider refused what this server asked."
    assert purse.balance == 500


def test_an_answer_that_is_lost_is_asked_for_again(sqlite_database: Database, card_server: CardServer) -> None:
    purse = purse_with_card(sqlite_database, StripeCards(config(card_server, retries=2)))
    card_server.lose_answers(1)
    assert purse.payments.reload(purse.person, TEN).status is ReloadStatus.SUCCEEDED
    assert len(card_server.payments()) == 1
    assert purse.balance == 1500


@pytest.mark.parametrize("reason", ["the answer was lost", "the server died"])
def test_a_charge_without_its_credit_is_healed_once(purse: Purse, card_server: CardServer, reason: str) -> None:
    if reason == "the answer was lost":
        card_server.lose_answers(1)
        reload = purse.payments.reload(purse.person, TEN)
    else:
        reload = Reload("rl_1", "ann", TEN, ReloadStatus.PENDING, None, None, purse.clock())
        with purse.database.write() as tx:
            rows.add_reload(tx, reload, "asked")
            chosen = purse.payments._box.choose(tx, "ann")
        StripeCards(config(card_server)).charge(Charge(reload.id, "ann", chosen.customer_id, chosen.card_id, TEN))
    assert kept(purse, reload.id).status is ReloadStatus.PENDING
    assert purse.balance == 500
    purse.clock.move(61)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: purse.payments.settle_pending(), range(4)))
    assert kept(purse, reload.id).status is ReloadStatus.SUCCEEDED
    assert purse.balance == 1500
    assert len(card_server.payments()) == 1


RELOAD = """
import sys
from cutroom.billing.cards_stripe import StripeCards, StripeConfig
from cutroom.billing import Payments, Wallet
from cutroom.db import Database
from cutroom.kernel.money import Money
from cutroom.model.wallet import BillingMode, PriceList
from tests.support.wallets import Clock, Links, START
from cutroom.model.account import Account
url, server = sys.argv[1:]
database, wallet = Database(url), Wallet(BillingMode.STRIPE, PriceList())
provider = StripeCards(StripeConfig("sk_test_12345", api_base=server))
payments = Payments(database, wallet, provider, Links(Clock()), print)
ann = Account("ann", "ann@example.com", "Ann", "free", is_owner=False, disabled=False, created=START)
print(payments.reload(ann, Money(1000)))
"""


@pytest.mark.chaos
def test_a_process_that_is_killed_between_charge_and_credit(database: Database, card_server: CardServer) -> None:
    purse = purse_with_card(database, StripeCards(config(card_server)))
    card_server.hold_answers(30)
    command = [sys.executable, "-c", RELOAD, database.url, card_server.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not card_server.payments() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        assert process.communicate()[0] == ""
    card_server.hold_answers(0)
    assert [intent["status"] for intent in card_server.payments()] == ["succeeded"]
    assert purse.balance == 500
    purse.clock.now = utc_now() + timedelta(seconds=61)
    assert purse.payments.settle_pending() == 1
    assert purse.payments.settle_pending() == 0
    assert purse.balance == 1500
    assert len(card_server.payments()) == 1


class TestWebhook:
    def test_a_signed_message_is_taken_and_one_changed_byte_refused(self, purse: Purse, inbox: Inbox) -> None:
        reload = purse.payments.reload(purse.person, TEN)
        payload, signature = inbox.wait(reload)
        assert purse.payments.handle_webhook(payload, signature)
        for forged, signed in (
            (payload.replace(b"1000", b"9000"), signature),
            (payload[:-1], signature),
            (payload, signature[:-1] + ("0" if signature[-1] != "0" else "1")),
            (payload, signature.replace("t=", "t=1")),
            (payload, ""),
        ):
            with pytest.raises(CutroomError) as caught:
                purse.payments.handle_webhook(forged, signed)
            assert caught.value.code is ErrorCode.INVALID_REQUEST
        assert kept(purse, reload.id).status is ReloadStatus.SUCCEEDED
        assert purse.balance == 1500, "by the answer and by the message, but once"

    def test_the_message_credits_when_the_answer_was_lost(
        self, purse: Purse, inbox: Inbox, card_server: CardServer
    ) -> None:
        card_server.lose_answers(1)
        reload = purse.payments.reload(purse.person, TEN)
        payload, signature = inbox.wait(reload)
        assert purse.balance == 500
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(lambda _: purse.payments.handle_webhook(payload, signature), range(4)))
        purse.clock.move(61)
        purse.payments.settle_pending()
        assert kept(purse, reload.id).provider_id == card_server.payments()[0]["id"]
        assert purse.balance == 1500

    def test_money_that_came_after_all_is_credited(self, purse: Purse, inbox: Inbox, card_server: CardServer) -> None:
        """We gave the charge up, and then the provider says that it took the money."""
        card_server.lose_answers(1)
        reload = purse.payments.reload(purse.person, TEN)
        payload, signature = inbox.wait(reload)
        with purse.database.write() as tx:
            rows.move_reload(tx, reload.id, (ReloadStatus.PENDING,), ReloadStatus.FAILED, failure="given up")
        assert purse.payments.handle_webhook(payload, signature)
        assert kept(purse, reload.id).failure is None
        assert purse.balance == 1500

    def test_a_message_about_a_declined_card_ends_the_reload(
        self, purse: Purse, inbox: Inbox, card_server: CardServer
    ) -> None:
        purse.payments.add_card(purse.person, DECLINES)
        card_server.lose_answers(1)
        reload = purse.payments.reload(purse.person, TEN)
        assert reload.status is ReloadStatus.PENDING
        payload, signature = inbox.wait(reload)
        assert purse.payments.handle_webhook(payload, signature)
        assert kept(purse, reload.id).failure == "The card was declined."
        assert purse.balance == 500

    def test_a_payment_that_takes_its_time(self, purse: Purse) -> None:
        """The provider says "processing" and tells the rest by a message, which need not name our reload."""
        reload = Reload("rl_1", "ann", TEN, ReloadStatus.PENDING, None, None, purse.clock())
        with purse.database.write() as tx:
            rows.add_reload(tx, reload, "asked")
        told = purse.payments._charging.conclude(reload.id, Payment("pi_slow", PaymentState.PROCESSING))
        assert told.status is ReloadStatus.PENDING
        payload = (
            '{"object": "event", "id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"object":'
            ' "payment_intent", "id": "pi_slow", "amount": 1000, "currency": "usd", "metadata": {}}}}'
        )
        signature = stripe.WebhookSignature.generate_signature_header(payload, SECRET)
        for _ in range(2):
            assert purse.payments.handle_webhook(payload.encode(), signature)
        assert purse.balance == 1500

    def test_messages_about_other_things_are_none_of_ours(self, purse: Purse) -> None:
        other = '{"object": "event", "id": "evt_1", "type": "%s", "data": {"object": %s}}'
        intent = '{"object": "payment_intent", "id": "pi_x", "amount": 5, "currency": "%s", "metadata": %s}'
        for kind, about in (
            ("customer.created", '{"object": "customer", "id": "cus_1"}'),
            ("payment_intent.succeeded", intent % ("usd", "{}")),
            ("payment_intent.succeeded", intent % ("usd", '{"reload_id": "rl_of_another_server"}')),
            ("payment_intent.succeeded", intent % ("eur", "{}")),
        ):
            payload = other % (kind, about)
            signature = stripe.WebhookSignature.generate_signature_header(payload, SECRET)
            assert not purse.payments.handle_webhook(payload.encode(), signature)
        assert purse.balance == 500

    def test_a_payment_of_another_amount_is_no_credit(self, purse: Purse) -> None:
        reload = Reload("rl_1", "ann", TEN, ReloadStatus.PENDING, None, None, purse.clock())
        with purse.database.write() as tx:
            rows.add_reload(tx, reload, "asked")
        payload = (
            '{"object": "event", "id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"object":'
            ' "payment_intent", "id": "pi_x", "amount": 1, "currency": "usd", "metadata": {"reload_id": "rl_1"}}}}'
        )
        signature = stripe.WebhookSignature.generate_signature_header(payload, SECRET)
        with pytest.raises(CutroomError) as caught:
            purse.payments.handle_webhook(payload.encode(), signature)
        assert caught.value.code is ErrorCode.INTERNAL
        assert purse.balance == 500


def test_changing_the_provider_hides_the_cards_of_the_other(sqlite_database: Database, card_server: CardServer) -> None:
    purse = Purse(sqlite_database, TestCards())
    purse.payments.add_card(purse.person, "tok_visa")
    purse.payments._box._provider = purse.payments._charging._provider = StripeCards(config(card_server))
    with sqlite_database.read() as tx:
        assert purse.payments.cards(tx, "ann") == []
    with pytest.raises(CutroomError) as caught:
        purse.payments.reload(purse.person, TEN, by_session=True)
    assert caught.value.code is ErrorCode.NO_CARD
    purse.payments.add_card(purse.person, VISA)
    purse.payments.reload(purse.person, TEN, by_session=True)
    assert purse.balance == 1500


def test_the_configuration_keeps_its_secrets(card_server: CardServer) -> None:
    assert "sk_test" not in repr(config(card_server))
    assert SECRET not in repr(config(card_server))
