"""The card provider of these tests."""

from tests.support.card_server import _one_card_server, card_server

__all__ = ["_one_card_server", "card_server"]
