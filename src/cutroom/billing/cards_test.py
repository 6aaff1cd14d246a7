"""The payment test mode: cards that are none, charged without a network. No money moves outside our own books.

It keeps no memory; what it needs to know stands in the names it gives. A charge that was cut short therefore counts
as never made.
"""

from __future__ import annotations

from datetime import datetime

from cutroom.billing.cards import Charge, Payment, PaymentNotice, PaymentState, StoredCard
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id

_GOOD = "pm_test_visa_"
_DECLINED = "pm_test_declined_"
_TOKENS = {"tok_visa": (_GOOD, "4242"), "tok_declined": (_DECLINED, "0341")}


class TestCards:
    """``tok_visa`` saves a card whose charges succeed, ``tok_declined`` one whose charges are declined."""

    __test__ = False  # pytest would take it for a test

    def knows(self, provider_id: str) -> bool:
        return provider_id.startswith(("cus_test_", "pm_test_"))

    def add_customer(self, account_id: str, email: str) -> str:
        del email
        return f"cus_test_{account_id}"

    def add_card(self, customer_id: str, token: str) -> StoredCard:
        del customer_id
        if token not in _TOKENS:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                "This is no card of the payment test mode: use tok_visa or tok_declined.",
                field="token",
            )
        prefix, last4 = _TOKENS[token]
        return StoredCard(prefix + new_id(), brand="visa", last4=last4, exp_month=12, exp_year=2099)

    def remove_card(self, card_id: str) -> None:
        del card_id

    def cards(self, customer_id: str) -> list[StoredCard]:
        del customer_id
        return []

    def charge(self, order: Charge) -> Payment:
        if order.card_id.startswith(_GOOD):
            return Payment(f"pi_test_{order.reload_id}", PaymentState.SUCCEEDED)
        return Payment(f"pi_test_{order.reload_id}", PaymentState.FAILED, "The card was declined.")

    def find(self, customer_id: str, reload_id: str, payment_id: str | None, since: datetime) -> Payment | None:
        del customer_id, reload_id, payment_id, since
        return None

    def read_webhook(self, payload: bytes, signature: str) -> PaymentNotice | None:
        del payload, signature
        raise CutroomError(ErrorCode.INVALID_REQUEST, "No messages of a card provider are expected on this server.")
