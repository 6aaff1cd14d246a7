"""The port to whoever charges cards. Three adapters: none, a test one without a network, and Stripe.

Card numbers never come here: a card is the provider's name for it, and what may be shown of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card as the provider keeps it. ``provider_id`` is what it is charged by."""

    provider_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class PaymentState(StrEnum):
    """Processing: the provider will say later, by a webhook or when asked."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """What became of a charge. ``failure`` is a sentence that may be shown."""

    id: str | None
    """The provider's payment intent, ``pi_...``; None when a failed charge made none."""
    state: PaymentState
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """What a webhook tells: a payment, its amount, and the reload that it is for where it says so."""

    payment: Payment
    amount: Money
    reload_id: str | None


@dataclass(frozen=True, slots=True)
class Charge:
    """An order to the provider. The same ``reload_id`` always means the same payment, however often it is sent."""

    reload_id: str
    account_id: str
    customer_id: str
    card_id: str
    amount: Money


class ProviderUnavailable(CutroomError):  # noqa: N818 - it says what is the matter
    """The provider gave no usable answer: what was asked of it may or may not have happened."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            ErrorCode.INTERNAL,
            "The card provider does not answer.",
            next_step="Try again in a few minutes.",
            detail=detail,
        )


class CardProvider(Protocol):
    """Calls may take seconds: never inside a transaction. Each may raise ``ProviderUnavailable``.

    Any other ``CutroomError`` means that nothing was charged.
    """

    def knows(self, provider_id: str) -> bool:
        """Whether a customer or card is this provider's: a server may have changed its provider."""
        ...

    def add_customer(self, account_id: str, email: str) -> str:
        """The provider's name for an account; the same when asked twice in a row."""
        ...

    def add_card(self, customer_id: str, token: str) -> StoredCard:
        """Save a card for later charges. Raises CARD_DECLINED, INVALID_REQUEST (no such token)."""
        ...

    def remove_card(self, card_id: str) -> None:
        """Forget a card; no error when it is not there."""
        ...

    def cards(self, customer_id: str) -> list[StoredCard]:
        """The cards saved at the provider."""
        ...

    def charge(self, order: Charge) -> Payment:
        """Charge a saved card while its holder is away. A declined card is a failed payment, not an exception."""
        ...

    def find(self, customer_id: str, reload_id: str, payment_id: str | None, since: datetime) -> Payment | None:
        """What became of a charge made at ``since`` or later; None when the provider knows of none."""
        ...

    def read_webhook(self, payload: bytes, signature: str) -> PaymentNotice | None:
        """What a signed message tells, None when it is about nothing of ours. Raises INVALID_REQUEST when forged."""
        ...


def card_declined(reason: str | None = None) -> CutroomError:
    """The one error for every card that cannot be charged."""
    return CutroomError(
        ErrorCode.CARD_DECLINED, reason or "The card was declined.", next_step="Use another card, or ask its bank."
    )
