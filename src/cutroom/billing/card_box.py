"""An account's saved cards: kept at the provider, and here as what may be shown of them."""

from __future__ import annotations

from dataclasses import dataclass

from cutroom.billing.cards import CardProvider
from cutroom.billing.repository import payments as rows
from cutroom.db import Database, Transaction
from cutroom.kernel.clock import Clock
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Account
from cutroom.model.wallet import Card


@dataclass(frozen=True, slots=True)
class Chosen:
    """The card that would be charged, in the provider's words."""

    customer_id: str
    card_id: str


class CardBox:
    """Cards of another provider (the server's mode was changed) are kept, but neither shown nor charged."""

    def __init__(self, database: Database, provider: CardProvider, clock: Clock) -> None:
        self._database = database
        self._provider = provider
        self._clock = clock

    def cards(self, tx: Transaction, account_id: str) -> list[Card]:
        """Oldest first."""
        return [card for card, name in rows.saved_cards(tx, account_id) if self._provider.knows(name)]

    def customer(self, tx: Transaction, account_id: str) -> str | None:
        """The present provider's name for the account."""
        found = rows.customer_id(tx, account_id)
        return found if found is not None and self._provider.knows(found) else None

    def choose(self, tx: Transaction, account_id: str) -> Chosen:
        """The card saved last. Raises ``CutroomError(NO_CARD)``."""
        customer_id = self.customer(tx, account_id)
        names = [name for _, name in rows.saved_cards(tx, account_id) if self._provider.knows(name)]
        if customer_id is None or not names:
            raise CutroomError(ErrorCode.NO_CARD, "There is no saved card.", next_step="Save a card first.")
        return Chosen(customer_id, names[-1])

    def add(self, account: Account, token: str) -> Card:
        """Save a card at the provider, then here. Takes no transaction: it asks the provider."""
        customer_id = self._ensure_customer(account)
        stored = self._provider.add_card(customer_id, token)
        # Whatever else is there was saved by a call that was cut short before its row was written.
        others = self._provider.cards(customer_id)
        now = self._clock()
        with self._database.write() as tx:
            for card in [*(other for other in others if other != stored), stored]:
                rows.save_card(tx, account.id, card, now)
            mine = [card for card, name in rows.saved_cards(tx, account.id) if name == stored.provider_id]
        if not mine:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "This card belongs to another account.", field="token")
        return mine[0]

    def remove(self, account: Account, card_id: str) -> None:
        """Forget a card at the provider, then here. Raises ``CutroomError(NOT_FOUND)``."""
        with self._database.read() as tx:
            names = [name for card, name in rows.saved_cards(tx, account.id) if card.id == card_id]
        if not names or not self._provider.knows(names[0]):
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no such card.")
        self._provider.remove_card(names[0])
        with self._database.write() as tx:
            rows.delete_card(tx, account.id, card_id)

    def _ensure_customer(self, account: Account) -> str:
        with self._database.read() as tx:
            before = rows.customer_id(tx, account.id)
        if before is not None and self._provider.knows(before):
            return before
        new = self._provider.add_customer(account.id, account.email)
        with self._database.write() as tx:
            if rows.set_customer_id(tx, account.id, before, new):
                return new
            return rows.customer_id(tx, account.id) or new  # another call was faster
