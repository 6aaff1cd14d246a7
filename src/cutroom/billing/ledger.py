"""The double-entry ledger: money is never made, only moved between ledger accounts, and every movement happens once.

A movement is refused by the database itself when it would take an account below its floor, so no number of
simultaneous spenders can overdraw a wallet.
"""

from __future__ import annotations

from collections.abc import Mapping

from cutroom.billing.repository import books
from cutroom.billing.repository.books import Movement
from cutroom.db import Transaction
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money

REVENUE = "house:revenue"
"""What customers have paid for."""
DEPOSITS = "house:deposits"
"""What came in from outside; as much below zero as money came in."""
GRANTS = "house:grants"
"""What the house gave away; as much below zero as it gave."""
# Those of accounts first, those of the house last: everybody meets there, and they are locked until the commit.
_ORDER = ("held", "wallet", "house")


def wallet_of(account_id: str) -> str:
    """The ledger account with the money an account can spend."""
    return f"wallet:{account_id}"


def held_by(account_id: str) -> str:
    """The ledger account with the money reserved for an account's jobs."""
    return f"held:{account_id}"


def open_account(tx: Transaction, name: str) -> bool:
    """Make a ledger account; true when it is new. Those of an account may not fall below zero, the house's may."""
    kind, _, owner = name.partition(":")
    if kind == "house":
        return books.add_ledger_account(tx, name, owner, None, None)
    return books.add_ledger_account(tx, name, kind, owner, 0)


def post(tx: Transaction, movement: Movement, legs: Mapping[str, Money]) -> bool:
    """Move money; false, and nothing moves, when a movement of this ``idem`` happened before.

    Raises ``CutroomError``: INSUFFICIENT_BALANCE when a wallet does not cover it (the caller's transaction is then to
    be rolled back, or the call to be wrapped in ``books.attempt``), IDEMPOTENCY_CONFLICT when the ``idem`` was
    used for another movement, INTERNAL when the legs do not sum to zero.
    """
    cents = {name: leg.cents for name, leg in legs.items() if leg.cents}
    if sum(cents.values()):
        raise CutroomError(ErrorCode.INTERNAL, "The books would not balance.", detail=f"{movement.idem}: {cents}")
    number = books.add_movement(tx, movement)
    if number is None:
        _require_same(tx, movement, cents)
        return False
    # Always in the same order, or two movements could wait for each other for ever.
    for name in sorted(cents, key=lambda name: (_ORDER.index(name.partition(":")[0]), name)):
        _shift(tx, name, cents[name])
    if cents:
        books.add_entries(tx, number, cents)
    return True


def _shift(tx: Transaction, name: str, cents: int) -> None:
    if books.shift_balance(tx, name, cents):
        return
    if open_account(tx, name) and books.shift_balance(tx, name, cents):
        return  # its first movement
    if name.startswith("wallet:"):
        raise CutroomError(
            ErrorCode.INSUFFICIENT_BALANCE,
            f"The balance does not cover {Money(-cents)}.",
            next_step="Add money to the wallet and try again.",
            needed=Money(-cents),
            balance=Money(books.balance(tx, name)),
        )
    raise CutroomError(ErrorCode.INTERNAL, "The books do not hold what was reserved.", detail=f"{name}: {cents}")


def _require_same(tx: Transaction, movement: Movement, cents: Mapping[str, int]) -> None:
    before = books.movement(tx, movement.idem)
    if before is None:  # it was there a moment ago, and movements are never deleted
        raise CutroomError(ErrorCode.INTERNAL, "The books are in disorder.", detail=movement.idem)
    told, legs = before
    if (told.kind, told.account_id, legs) != (movement.kind, movement.account_id, dict(cents)):
        raise CutroomError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "This key was used for another payment.",
            next_step="Use a new key for a new payment.",
            detail=f"{movement.idem}: {told} {legs}",
        )
