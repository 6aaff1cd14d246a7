"""The wallet: what other rooms know of money. What is repeated happens once, and nothing here commits."""

from __future__ import annotations

from cutroom.billing import ledger, reservations
from cutroom.billing.repository import books
from cutroom.billing.repository.books import Movement
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account
from cutroom.model.wallet import BillingMode, PriceList

_FREE = Money(0)


class Wallet:
    """Balances, reservations and purchases. Where billing is off every price is zero, and all else is as ever.

    On PostgreSQL a transaction should move the money of one account, and reserve or settle before it grants, deposits
    or spends. In another order two transactions could wait for each other, and the database would end one of them.
    """

    def __init__(self, mode: BillingMode, prices: PriceList, clock: Clock = utc_now) -> None:
        self.mode = mode
        self.prices = prices
        self._clock = clock

    def open(self, tx: Transaction, account: Account, *, idem_grant: bool = True) -> None:
        """Make an account's ledger accounts, once, and unless told otherwise give it the sign-up credit, once."""
        for name in (ledger.held_by(account.id), ledger.wallet_of(account.id)):
            ledger.open_account(tx, name)
        idem = f"signup:{account.id}"
        # Looked up first: the price list may have changed since, which is no conflict.
        if idem_grant and self.prices.signup_credit.cents and books.movement(tx, idem) is None:
            self.grant(tx, account.id, self.prices.signup_credit, idem)

    def price(self, amount: Money) -> Money:
        """What ``amount`` is here: zero where billing is off."""
        return _FREE if self.mode is BillingMode.OFF else amount

    def balance(self, tx: Transaction, account_id: str) -> Money:
        """What can be spent: reservations are off already. Zero where billing is off."""
        return self.price(Money(books.balance(tx, ledger.wallet_of(account_id))))

    def reserve(self, tx: Transaction, account: Account, job_id: str, amount: Money) -> None:
        """Set the price of a job aside. The owner is always covered: the house pays.

        Raises ``CutroomError``: INSUFFICIENT_BALANCE (fields ``needed`` and ``balance``; nothing is changed and the
        transaction stays usable), IDEMPOTENCY_CONFLICT when the job has a reservation of another amount.
        """
        reservations.hold(tx, account, job_id, self.price(_positive(amount)), self._clock)

    def capture(self, tx: Transaction, job_id: str, amount: Money | None = None) -> Money:
        """Take the reserved money, or ``amount`` of it, and give the rest back. Returns what was captured, ever.

        Zero for a job that has no reservation or one that was released, and where billing is off by now.
        """
        if amount is not None or self.mode is BillingMode.OFF:
            amount = self.price(_positive(amount or _FREE))
        return reservations.capture(tx, job_id, amount, self._clock)

    def release(self, tx: Transaction, job_id: str) -> bool:
        """Give the reserved money back; false when nothing is held for the job (any more)."""
        return reservations.release(tx, job_id, self._clock)

    def grant(self, tx: Transaction, account_id: str, amount: Money, idem: str) -> bool:
        """A gift of the house; false when it was given before."""
        legs = {ledger.GRANTS: -_positive(amount), ledger.wallet_of(account_id): amount}
        return ledger.post(tx, self._movement(idem, "grant", account_id), legs)

    def deposit(self, tx: Transaction, account_id: str, amount: Money, idem: str) -> bool:
        """Money from outside; false when it was credited before."""
        legs = {ledger.DEPOSITS: -_positive(amount), ledger.wallet_of(account_id): amount}
        return ledger.post(tx, self._movement(idem, "deposit", account_id), legs)

    def spend(self, tx: Transaction, account: Account, amount: Money, idem: str, kind: str, subject: str = "") -> bool:
        """Buy something at once; false when it was bought before. The owner is always covered.

        Raises ``CutroomError(INSUFFICIENT_BALANCE)``; the transaction stays usable.
        """
        price = self.price(_positive(amount))
        source = ledger.GRANTS if account.is_owner else ledger.wallet_of(account.id)
        with books.attempt(tx):
            movement = self._movement(idem, kind, account.id, subject)
            return ledger.post(tx, movement, {source: -price, ledger.REVENUE: price})

    def check(self, tx: Transaction) -> list[str]:
        """The audit: one sentence for each contradiction in the books, none when they are right."""
        return books.problems(tx)

    def _movement(self, idem: str, kind: str, account_id: str, subject: str = "") -> Movement:
        return Movement(idem, kind, account_id, subject, self._clock())


def _positive(amount: Money) -> Money:
    if amount.cents < 0:
        raise CutroomError(ErrorCode.INTERNAL, "An amount of money must not be negative.", detail=str(amount))
    return amount
