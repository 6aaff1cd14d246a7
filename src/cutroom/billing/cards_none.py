"""No cards at all: what a server has whose wallets are filled by grants, or whose billing is off."""

from __future__ import annotations

from datetime import datetime
from typing import NoReturn

from cutroom.billing.cards import Charge, Payment, PaymentNotice, StoredCard
from cutroom.kernel.errors import CutroomError, ErrorCode


class NoCards:
    """Holds no card and charges none; never invents a payment."""

    def knows(self, provider_id: str) -> bool:
        del provider_id
        return False

    def add_customer(self, account_id: str, email: str) -> str:
        del account_id, email
        _refuse()

    def add_card(self, customer_id: str, token: str) -> StoredCard:
        del customer_id, token
        _refuse()

    def remove_card(self, card_id: str) -> None:
        del card_id

    def cards(self, customer_id: str) -> list[StoredCard]:
        del customer_id
        return []

    def charge(self, order: Charge) -> Payment:
        del order
        _refuse()

    def find(self, customer_id: str, reload_id: str, payment_id: str | None, since: datetime) -> Payment | None:
        del customer_id, reload_id, payment_id, since
        return None

    def read_webhook(self, payload: bytes, signature: str) -> PaymentNotice | None:
        del payload, signature
        _refuse()


def _refuse() -> NoReturn:
    raise CutroomError(
        ErrorCode.INVALID_REQUEST,
        "Paying by card is not enabled on this server.",
        next_step="Ask whoever runs this server for credit.",
    )
