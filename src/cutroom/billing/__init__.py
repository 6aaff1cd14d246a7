"""Money: the ledger, the wallet, reservations, and paying in by card.

``cards_stripe`` is imported by whoever composes the server, and only when it takes real cards: it is heavy.
"""

from cutroom.billing.cards import CardProvider
from cutroom.billing.cards_none import NoCards
from cutroom.billing.cards_test import TestCards
from cutroom.billing.reloads import ApprovalMail, OnceLinks, Payments, PaymentsConfig
from cutroom.billing.wallet import Wallet

__all__ = [
    "ApprovalMail",
    "CardProvider",
    "NoCards",
    "OnceLinks",
    "Payments",
    "PaymentsConfig",
    "TestCards",
    "Wallet",
]
