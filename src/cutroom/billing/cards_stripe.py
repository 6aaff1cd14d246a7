"""Stripe, through its own SDK: the only place that imports it. Imported where it is used: it takes half a second.

Every charge carries the id of our reload, as Stripe's idempotency key and in the payment's metadata: sent twice it is
one payment, and after a crash it can be found again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import stripe

from cutroom.billing.cards import (
    Charge,
    Payment,
    PaymentNotice,
    PaymentState,
    ProviderUnavailable,
    StoredCard,
    card_declined,
)
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money

# Our clock and Stripe's may differ.
_CLOCK_MARGIN = timedelta(hours=1)
_DECLINES = {
    "authentication_required": "The card's bank wants its holder to confirm the payment.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code is wrong.",
    "insufficient_funds": "The card was declined: insufficient funds.",
}
_NOTICES = {
    "payment_intent.succeeded": PaymentState.SUCCEEDED,
    "payment_intent.payment_failed": PaymentState.FAILED,
}


@dataclass(frozen=True, slots=True)
class StripeConfig:
    """``api_base``: another address than Stripe's own. ``timeout``: seconds for each try."""

    secret_key: str
    webhook_secret: str = ""
    currency: str = "usd"
    api_base: str | None = None
    timeout: float = 20.0
    retries: int = 2

    def __repr__(self) -> str:
        return f"StripeConfig(currency={self.currency!r})"  # the secrets are for no log


class StripeCards:
    """Thread-safe."""

    def __init__(self, config: StripeConfig) -> None:
        self._config = config
        self._client = stripe.StripeClient(
            config.secret_key,
            base_addresses={"api": config.api_base} if config.api_base else {},
            max_network_retries=config.retries,
            http_client=stripe.RequestsClient(timeout=config.timeout),
        )

    def knows(self, provider_id: str) -> bool:
        return provider_id.startswith(("cus_", "pm_")) and not provider_id.startswith(("cus_test_", "pm_test_"))

    def add_customer(self, account_id: str, email: str) -> str:
        # Its parameters are in the key: with others Stripe would refuse it.
        key = hashlib.sha256(f"{account_id} {email}".encode()).hexdigest()
        with _answers():
            customer = self._client.v1.customers.create(
                {"email": email, "metadata": {"account_id": account_id}},
                {"idempotency_key": f"customer:{key}"},
            )
        return customer.id

    def add_card(self, customer_id: str, token: str) -> StoredCard:
        if not token.startswith("pm_"):
            raise _no_card("token is not a payment method")
        try:
            with _answers(stripe.CardError, stripe.InvalidRequestError):
                method = self._client.v1.payment_methods.attach(token, {"customer": customer_id})
        except stripe.CardError as error:
            raise card_declined(_reason(error)) from error
        except stripe.InvalidRequestError as error:
            raise _no_card(str(error)) from error
        if method.card is None:
            raise _no_card(f"a payment method of type {method.type}")
        return _stored(method)

    def remove_card(self, card_id: str) -> None:
        # Not found, or not attached any more: gone is what was asked for.
        with contextlib.suppress(stripe.InvalidRequestError), _answers(stripe.InvalidRequestError):
            self._client.v1.payment_methods.detach(card_id)

    def cards(self, customer_id: str) -> list[StoredCard]:
        with _answers():
            methods = self._client.v1.payment_methods.list({"customer": customer_id, "type": "card", "limit": 100})
            return [_stored(method) for method in methods.auto_paging_iter() if method.card]

    def charge(self, order: Charge) -> Payment:
        try:
            with _answers(stripe.CardError):
                intent = self._client.v1.payment_intents.create(
                    {
                        "amount": order.amount.cents,
                        "currency": self._config.currency,
                        "customer": order.customer_id,
                        "payment_method": order.card_id,
                        "allowed_payment_method_types": ["card"],
                        "off_session": True,
                        "confirm": True,
                        "metadata": {"reload_id": order.reload_id, "account_id": order.account_id},
                    },
                    {"idempotency_key": order.reload_id},
                )
        except stripe.CardError as error:
            return Payment(_intent_of(error), PaymentState.FAILED, _reason(error))
        return self._settled(intent)

    def find(self, customer_id: str, reload_id: str, payment_id: str | None, since: datetime) -> Payment | None:
        with _answers():
            intent = (
                self._client.v1.payment_intents.retrieve(payment_id)
                if payment_id
                else self._search(customer_id, reload_id, since)
            )
        return None if intent is None else self._settled(intent)

    def read_webhook(self, payload: bytes, signature: str) -> PaymentNotice | None:
        try:
            event = stripe.Webhook.construct_event(payload, signature, self._config.webhook_secret)
        except (AttributeError, KeyError, TypeError):  # signed, and no event
            return None
        except (stripe.SignatureVerificationError, ValueError) as error:  # ValueError: no text, no JSON
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                "The message is not signed by the card provider.",
                detail=type(error).__name__,
            ) from error
        try:
            state = _NOTICES.get(event.type)
            intent: Any = event.data.object
            if state is None or intent.currency != self._config.currency:
                return None
        except (AttributeError, KeyError, TypeError):  # signed, and of a shape that is none of ours
            return None
        failure = _failure(intent) if state is PaymentState.FAILED else None
        return PaymentNotice(Payment(intent.id, state, failure), Money(intent.amount), _metadata(intent, "reload_id"))

    def _search(self, customer_id: str, reload_id: str, since: datetime) -> stripe.PaymentIntent | None:
        earliest = int((since - _CLOCK_MARGIN).timestamp())
        page = self._client.v1.payment_intents.list(
            {"customer": customer_id, "created": {"gte": earliest}, "limit": 100}
        )
        return next((i for i in page.auto_paging_iter() if _metadata(i, "reload_id") == reload_id), None)

    def _settled(self, intent: stripe.PaymentIntent) -> Payment:
        if intent.status == "succeeded":
            return Payment(intent.id, PaymentState.SUCCEEDED)
        if intent.status == "processing":
            return Payment(intent.id, PaymentState.PROCESSING)
        if intent.status in {"requires_action", "requires_confirmation"}:
            # Nobody is there to confirm it. Left open, it could still succeed when nobody expects it.
            with contextlib.suppress(stripe.InvalidRequestError), _answers(stripe.InvalidRequestError):
                intent = self._client.v1.payment_intents.cancel(intent.id)
            return Payment(intent.id, PaymentState.FAILED, _DECLINES["authentication_required"])
        return Payment(intent.id, PaymentState.FAILED, _failure(intent))


@contextlib.contextmanager
def _answers(*expected: type[stripe.StripeError]) -> Iterator[None]:
    """What leaves open whether it happened becomes one error, what was refused another; ``expected`` ones pass."""
    try:
        yield
    except expected:
        raise
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise ProviderUnavailable(_told(error)) from error
    except stripe.StripeError as error:
        raise CutroomError(
            ErrorCode.INTERNAL, "The card provider refused what this server asked.", detail=_told(error)
        ) from error


def _stored(method: stripe.PaymentMethod) -> StoredCard:
    card: Any = method.card
    return StoredCard(method.id, str(card.brand), str(card.last4), int(card.exp_month), int(card.exp_year))


def _metadata(intent: Any, name: str) -> str | None:
    metadata = getattr(intent, "metadata", None)
    value = None if metadata is None else getattr(metadata, name, None)
    return value if isinstance(value, str) else None


def _intent_of(error: stripe.CardError) -> str | None:
    intent = getattr(error.error, "payment_intent", None)
    return None if intent is None else str(intent["id"])


def _reason(error: stripe.CardError) -> str:
    decline = getattr(error.error, "decline_code", None)
    return _DECLINES.get(str(decline)) or _DECLINES.get(str(error.code)) or "The card was declined."


def _failure(intent: Any) -> str:
    problem = getattr(intent, "last_payment_error", None)
    codes = [getattr(problem, name, None) for name in ("decline_code", "code")]
    return next((_DECLINES[str(code)] for code in codes if str(code) in _DECLINES), "The card was declined.")


def _told(error: stripe.StripeError) -> str:
    # Not its body: that may name a person.
    return f"{type(error).__name__} {error.http_status} {error.code}"


def _no_card(detail: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, "This is no card that can be saved.", detail=detail, field="token")
