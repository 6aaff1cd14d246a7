"""Carrying a reload out: its row is there before the card is charged, and its money is credited once.

Whoever learns first that a payment succeeded credits it: the answer to the charge, the provider's webhook, or the
question asked after a crash. The reload's status and the payment's id each let only one of them.
"""

from __future__ import annotations

from cutroom.billing.card_box import CardBox
from cutroom.billing.cards import CardProvider, Charge, Payment, PaymentState, ProviderUnavailable
from cutroom.billing.repository import payments as rows
from cutroom.billing.wallet import Wallet
from cutroom.db import Database
from cutroom.kernel.clock import Clock
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.wallet import Reload, ReloadStatus


class Charging:
    """Opens its own transactions, around the calls to the provider and never during them."""

    def __init__(self, database: Database, wallet: Wallet, provider: CardProvider, box: CardBox, clock: Clock) -> None:
        self._database = database
        self._wallet = wallet
        self._provider = provider
        self._box = box
        self._clock = clock

    def carry_out(self, reload: Reload) -> Reload:
        """Charge the card for a pending reload; the reload as it is then.

        It stays pending when the provider gave no answer: ``settle`` asks again. Raises ``CutroomError`` (and the
        reload has failed) when there is no card or the provider refused.
        """
        try:
            with self._database.read() as tx:
                chosen = self._box.choose(tx, reload.account_id)
            payment = self._provider.charge(
                Charge(reload.id, reload.account_id, chosen.customer_id, chosen.card_id, reload.amount)
            )
        except ProviderUnavailable:
            return reload
        except CutroomError as error:
            self.conclude(reload.id, Payment(None, PaymentState.FAILED, error.message))
            raise
        return self.conclude(reload.id, payment)

    def conclude(self, reload_id: str, payment: Payment) -> Reload:
        """Write down what became of a payment; a success is credited in the same transaction, once."""
        now = self._clock()
        pending, failed = ReloadStatus.PENDING, ReloadStatus.FAILED
        with self._database.write() as tx:
            if payment.state is PaymentState.PROCESSING:
                rows.move_reload(tx, reload_id, (pending,), pending, provider_id=payment.id)
            elif payment.state is PaymentState.FAILED:
                told = {"failure": payment.failure, "provider_id": payment.id, "finished": now}
                rows.move_reload(tx, reload_id, (pending,), failed, **told)
            else:
                # Also from failed: the money was taken, whatever we believed.
                told = {"failure": None, "provider_id": payment.id, "finished": now}
                if rows.move_reload(tx, reload_id, (pending, failed), ReloadStatus.SUCCEEDED, **told):
                    credited = _known(rows.reload(tx, reload_id))
                    self._wallet.deposit(tx, credited.account_id, credited.amount, f"payment:{payment.id}")
            return _known(rows.reload(tx, reload_id))

    def notice(self, payload: bytes, signature: str) -> bool:
        """Handle a webhook of the provider; false when it is about no reload of this server.

        Raises ``CutroomError``: INVALID_REQUEST for a message that the provider did not sign, INTERNAL when the
        payment is of another amount than the reload.
        """
        told = self._provider.read_webhook(payload, signature)
        if told is None or told.payment.id is None:
            return False
        with self._database.read() as tx:
            reload = rows.reload(tx, told.reload_id) if told.reload_id else rows.reload_of_payment(tx, told.payment.id)
        if reload is None:
            return False
        if told.amount != reload.amount:
            raise CutroomError(
                ErrorCode.INTERNAL,
                "The payment is not of the amount that was asked for.",
                detail=f"{reload.id}: {told.payment.id} is {told.amount}, not {reload.amount}",
            )
        self.conclude(reload.id, told.payment)
        return True

    def settle(self, reload: Reload, *, give_up: bool) -> bool:
        """Ask the provider what became of a pending reload; true when it is pending no more.

        A charge that the provider knows nothing of has failed, but only when it is late enough to ``give_up``.
        """
        with self._database.read() as tx:
            customer_id = self._box.customer(tx, reload.account_id)
        if customer_id is None:
            return False  # of another provider, who may know
        try:
            payment = self._provider.find(customer_id, reload.id, reload.provider_id, reload.created)
        except ProviderUnavailable:
            return False
        if payment is None and give_up:
            payment = Payment(None, PaymentState.FAILED, "The charge was not made.")
        return payment is not None and self.conclude(reload.id, payment).status is not ReloadStatus.PENDING


def _known(reload: Reload | None) -> Reload:
    if reload is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "There is no such reload.")
    return reload
