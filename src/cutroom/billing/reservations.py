"""Reservations: money set aside when a job is accepted, and either taken or given back, once, when it ends."""

from __future__ import annotations

from cutroom.billing import ledger
from cutroom.billing.repository import books
from cutroom.billing.repository.books import Movement
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account


def hold(tx: Transaction, account: Account, job_id: str, amount: Money, clock: Clock) -> bool:
    """Set ``amount`` aside for a job; false when that had been done before.

    For the owner of the server the house pays, so the owner's balance stays as it is.
    Raises ``CutroomError``: INSUFFICIENT_BALANCE (the transaction stays usable), IDEMPOTENCY_CONFLICT when the job has
    a reservation of another account or amount.
    """
    with books.attempt(tx):
        now = clock()
        if not books.add_reservation(tx, job_id, account.id, amount.cents, now):
            _require_same(tx, account, job_id, amount)
            return False
        source = ledger.GRANTS if account.is_owner else ledger.wallet_of(account.id)
        movement = Movement(f"reserve:{job_id}", "reserve", account.id, job_id, now)
        return ledger.post(tx, movement, {source: -amount, ledger.held_by(account.id): amount})


def capture(tx: Transaction, job_id: str, amount: Money | None, clock: Clock) -> Money:
    """Take ``amount`` (all, by default) of what is held, give the rest back; what was captured, now or before.

    Zero for a job without a reservation or with one that was released. Raises ``CutroomError(INTERNAL)`` for more than
    is held.
    """
    now = clock()
    settled = books.settle_reservation(tx, job_id, "captured", None if amount is None else amount.cents, now)
    if settled is None:
        found = books.reservation(tx, job_id)
        if found is not None and found.state == "held":
            detail = f"{job_id}: {found.amount} cents held, {amount} asked for"
            raise CutroomError(ErrorCode.INTERNAL, "More would be charged than was reserved.", detail=detail)
        return Money(0 if found is None else found.captured)
    taken, rest = Money(settled.captured), Money(settled.amount - settled.captured)
    legs = {ledger.held_by(settled.account_id): -(taken + rest), ledger.REVENUE: taken}
    if rest.cents:
        legs[_source(tx, job_id, settled.account_id)] = rest
    ledger.post(tx, Movement(f"settle:{job_id}", "capture", settled.account_id, job_id, now), legs)
    return taken


def release(tx: Transaction, job_id: str, clock: Clock) -> bool:
    """Give all of it back; false when nothing was held for the job (any more)."""
    now = clock()
    settled = books.settle_reservation(tx, job_id, "released", 0, now)
    if settled is None:
        return False
    amount = Money(settled.amount)
    legs = {ledger.held_by(settled.account_id): -amount}
    legs[_source(tx, job_id, settled.account_id)] = amount
    return ledger.post(tx, Movement(f"settle:{job_id}", "release", settled.account_id, job_id, now), legs)


def _source(tx: Transaction, job_id: str, account_id: str) -> str:
    """Where the money came from, and where what is left of it goes: the wallet, or the house for the owner."""
    found = books.movement(tx, f"reserve:{job_id}")
    givers = [name for name, cents in found[1].items() if cents < 0] if found else []
    return givers[0] if givers else ledger.wallet_of(account_id)


def _require_same(tx: Transaction, account: Account, job_id: str, amount: Money) -> None:
    found = books.reservation(tx, job_id)
    if found is None or (found.account_id, found.amount) != (account.id, amount.cents):
        raise CutroomError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "Another amount is reserved for this job.",
            detail=f"{job_id}: {found}",
        )
