"""Paying in: saved cards, reloads by hand, by mail and by themselves; the choices that go with them; bought storage.

Money that comes in goes through ``charging``; what is bought goes through the wallet like every other price.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from cutroom.billing.card_box import CardBox
from cutroom.billing.cards import CardProvider, card_declined
from cutroom.billing.charging import Charging
from cutroom.billing.preferences import change_settings
from cutroom.billing.repository import payments as rows
from cutroom.billing.wallet import Wallet
from cutroom.db import Database, Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.money import Money
from cutroom.model.account import Account, OnceToken
from cutroom.model.wallet import AutoReload, BillingMode, Card, Reload, ReloadStatus, WalletSettings

APPROVAL = "reload"
"""The purpose of the tokens in approval mails."""
_HOUR = timedelta(hours=1)
_A_DAY = timedelta(days=1)


class OnceLinks(Protocol):
    """Tokens that work once; the accounts room has them."""

    def issue_once(
        self, tx: Transaction, purpose: str, *, account_id: str | None = None, subject: str = "", seconds: float
    ) -> str: ...

    def peek_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken: ...

    def use_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken: ...


@dataclass(frozen=True, slots=True)
class ApprovalMail:
    """What the mail has to say. The link is made from the token by whoever knows the server's address."""

    email: str
    name: str
    amount: Money
    token: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class PaymentsConfig:
    """``approval_seconds``: how long a link in a mail works. ``automatic_per_hour``: automatic reloads of an account.

    ``settle_seconds``: a pending reload older than this is asked after; ``give_up_seconds``: one that the provider
    does not know by then was never charged.
    """

    approval_seconds: float = 3600
    automatic_per_hour: int = 3
    settle_seconds: float = 60
    give_up_seconds: float = 900


class Payments:
    """Thread-safe. Methods that take a transaction ask no provider; the others open their own around the asking."""

    def __init__(
        self,
        database: Database,
        wallet: Wallet,
        provider: CardProvider,
        links: OnceLinks,
        mail: Callable[[ApprovalMail], None],
        *,
        config: PaymentsConfig | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._wallet = wallet
        self._links = links
        self._mail = mail
        self._config = config or PaymentsConfig()
        self._clock = clock
        self._box = CardBox(database, provider, clock)
        self._charging = Charging(database, wallet, provider, self._box, clock)

    # cards

    def cards(self, tx: Transaction, account_id: str) -> list[Card]:
        """Oldest first; the last one is charged. None where this server takes no cards."""
        return self._box.cards(tx, account_id)

    def add_card(self, account: Account, token: str) -> Card:
        """Save a card. Raises ``CutroomError``: INVALID_REQUEST (no cards here, or no such token), CARD_DECLINED."""
        self._require_cards()
        return self._box.add(account, token)

    def remove_card(self, account: Account, card_id: str) -> None:
        """Forget a card. Raises ``CutroomError(NOT_FOUND)``."""
        self._box.remove(account, card_id)

    # choices

    def settings(self, tx: Transaction, account_id: str) -> WalletSettings:
        return rows.wallet_settings(tx, account_id)

    def reload_password_hash(self, tx: Transaction, account_id: str) -> str | None:
        """For whoever verifies the password that came with a reload; None when none is set."""
        return rows.password_hash(tx, account_id)

    def change_settings(
        self,
        tx: Transaction,
        account_id: str,
        *,
        api_reload_enabled: bool | None = None,
        reload_email_confirmation: bool | None = None,
        reload_password_hash: str | None = None,
        auto_reload: AutoReload | None = None,
    ) -> WalletSettings:
        """Change what is given, keep the rest; an empty hash removes the password.

        Raises ``CutroomError(INVALID_REQUEST)``, with the ``field``, for amounts outside the limits.
        """
        return change_settings(
            tx,
            account_id,
            self._wallet.prices,
            api_reload_enabled=api_reload_enabled,
            reload_email_confirmation=reload_email_confirmation,
            reload_password_hash=reload_password_hash,
            auto_reload=auto_reload,
        )

    # reloads

    def reload(
        self,
        account: Account,
        amount: Money,
        *,
        password_ok: bool = False,
        by_session: bool = False,
        once: str | None = None,
    ) -> Reload:
        """Charge the saved card, or with e-mail confirmation send the mail (status unconfirmed).

        The same ``once`` (hexadecimal) within a day is the same reload: what became of it is said, nothing charged
        again. One that waits for its confirmation gets another mail: who asks again has none.

        A caller with a session needs neither API reload nor password nor mail. The status is pending when the provider
        gave no answer: the money is credited as soon as it does. Raises ``CutroomError``: INVALID_REQUEST (amount, or
        no cards on this server), RELOAD_DISABLED, RELOAD_REFUSED (password), NO_CARD, CARD_DECLINED, INTERNAL.
        """
        self._require_cards()
        self._require_amount(amount)
        with self._database.write() as tx:
            chosen = self.settings(tx, account.id)
            if not by_session:
                _require_allowed(chosen, password_ok=password_ok)
            self._box.choose(tx, account.id)
            confirm = chosen.reload_email_confirmation and not by_session
            status = ReloadStatus.UNCONFIRMED if confirm else ReloadStatus.PENDING
            mail = None
            reload = self._earlier(tx, account.id, once) or self._new(account.id, amount, status, once)
            if rows.reload(tx, reload.id) is None:
                rows.add_reload(tx, reload, "asked")
            if reload.status is ReloadStatus.UNCONFIRMED:
                mail = self._approval(tx, account, reload)
        if reload.status is ReloadStatus.PENDING:  # a repeated one, too: the provider knows it by its id
            return _require_paid(self._charging.carry_out(reload))
        if mail is None:
            return reload if reload.status is ReloadStatus.UNCONFIRMED else _require_paid(reload)
        self._mail(mail)  # a mail that could not be sent is an error; its reload ends with its token
        return reload

    def look_at_approval(self, tx: Transaction, token: str) -> Reload:
        """The reload that a token approves, without approving it. Raises ``CutroomError(NOT_FOUND)``."""
        return _require_waiting(rows.reload(tx, self._links.peek_once(tx, token, APPROVAL).subject))

    def approve(self, token: str) -> Reload:
        """Carry out the reload that the token is for. Raises what ``reload`` does, and ``CutroomError(NOT_FOUND)``.

        Without a card, or while reloads are not allowed, the token stays good.
        """
        self._require_cards()
        with self._database.write() as tx:
            reload = _require_waiting(rows.reload(tx, self._links.use_once(tx, token, APPROVAL).subject))
            _require_allowed(self.settings(tx, reload.account_id), password_ok=True)  # it may have been forbidden since
            self._box.choose(tx, reload.account_id)
            now = self._clock()  # of the charge, from which the provider is asked after it
            if not rows.move_reload(tx, reload.id, (ReloadStatus.UNCONFIRMED,), ReloadStatus.PENDING, created=now):
                raise _gone()
        return _require_paid(self._charging.carry_out(replace(reload, status=ReloadStatus.PENDING, created=now)))

    def auto_reload(self, account_id: str) -> Reload | None:
        """Reload by itself when the balance has fallen below the chosen threshold; None when there was no need.

        To be called after a reservation was committed. One at a time for each account, so many an hour, and none
        within an hour of one that failed. Never raises for what the card or the provider says: see the reload.
        """
        with self._database.read() as tx:
            if not self._due(tx, account_id):
                return None
        with self._database.write() as tx:
            rows.lock_customer(tx, account_id)
            reload = self._new(account_id, self.settings(tx, account_id).auto_reload.amount, ReloadStatus.PENDING)
            most, since = self._config.automatic_per_hour, self._clock() - _HOUR
            if not rows.add_automatic_reload(tx, reload, most=most, since=since):
                return None
            # Looked at again, and only now: whatever reload came before is credited, or this one were not there.
            if not self._due(tx, account_id):
                rows.delete_reload(tx, reload.id)
                return None
        try:
            return self._charging.carry_out(reload)
        except CutroomError:
            with self._database.read() as tx:
                return rows.reload(tx, reload.id)

    def handle_webhook(self, payload: bytes, signature: str) -> bool:
        """Take a message of the card provider; false when it concerns nothing here. Raises as ``Charging.notice``."""
        return self._charging.notice(payload, signature)

    def settle_pending(self, limit: int = 100) -> int:
        """Ask the provider after reloads that were cut short, and end those nobody confirmed; how many ended.

        To be called every minute or so by a worker.
        """
        now, config = self._clock(), self._config
        stale = now - timedelta(seconds=config.approval_seconds)
        with self._database.read() as tx:
            unconfirmed = rows.reloads_of(tx, ReloadStatus.UNCONFIRMED, stale, limit)
            due = rows.reloads_of(tx, ReloadStatus.PENDING, now - timedelta(seconds=config.settle_seconds), limit)
        ended = 0
        for reload in unconfirmed:
            told = {"failure": "Nobody confirmed it in time.", "finished": now}
            with self._database.write() as tx:
                ended += rows.move_reload(tx, reload.id, (ReloadStatus.UNCONFIRMED,), ReloadStatus.FAILED, **told)
        last = now - timedelta(seconds=config.give_up_seconds)
        return ended + sum(self._charging.settle(reload, give_up=reload.created < last) for reload in due)

    # storage

    def buy_storage(self, tx: Transaction, account: Account, gb: int, *, idem: str | None = None) -> Money:
        """Buy pinned storage for ever; what it cost. The same ``idem`` buys once.

        Raises ``CutroomError``: INVALID_REQUEST (1 to 1000 GB), INSUFFICIENT_BALANCE.
        """
        if not 1 <= gb <= 1000:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "gb must be from 1 to 1000.", field="gb")
        cost = self._wallet.price(self._wallet.prices.storage_per_gb * gb)
        if self._wallet.spend(tx, account, cost, f"storage:{account.id}:{idem or new_id()}", "purchase", f"{gb} GB"):
            rows.add_purchased_gb(tx, account.id, gb)
        return cost

    def purchased_gb(self, tx: Transaction, account_id: str) -> int:
        """All that was ever bought."""
        return rows.purchased_gb(tx, account_id)

    def _new(self, account_id: str, amount: Money, status: ReloadStatus, once: str | None = None) -> Reload:
        now = self._clock()
        named = _named(account_id, once, now) if once else f"rl_{new_id(20)}"
        return Reload(named, account_id, amount, status, None, None, now)

    def _earlier(self, tx: Transaction, account_id: str, once: str | None) -> Reload | None:
        """What the same request became within a day."""
        now = self._clock()
        for day in (now, now - _A_DAY) if once else ():
            found = rows.reload(tx, _named(account_id, once or "", day))
            if found is not None and found.created > now - _A_DAY:
                return found
        return None

    def _approval(self, tx: Transaction, account: Account, reload: Reload) -> ApprovalMail:
        seconds = self._config.approval_seconds
        token = self._links.issue_once(tx, APPROVAL, account_id=account.id, subject=reload.id, seconds=seconds)
        expires = reload.created + timedelta(seconds=seconds)
        return ApprovalMail(account.email, account.name, reload.amount, token, expires)

    def _due(self, tx: Transaction, account_id: str) -> bool:
        if self._wallet.mode not in {BillingMode.TEST, BillingMode.STRIPE}:
            return False
        chosen = self.settings(tx, account_id).auto_reload
        if not chosen.enabled or self._wallet.balance(tx, account_id) >= chosen.threshold:
            return False
        return self._box.customer(tx, account_id) is not None and bool(self._box.cards(tx, account_id))

    def _require_cards(self) -> None:
        if self._wallet.mode not in {BillingMode.TEST, BillingMode.STRIPE}:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                "Reloading is not enabled on this server.",
                next_step="Ask whoever runs this server for credit.",
            )

    def _require_amount(self, amount: Money) -> None:
        least, most = self._wallet.prices.reload_least, self._wallet.prices.reload_most
        if not least <= amount <= most:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST, f"amount must be from {least.cents} to {most.cents} cents.", field="amount"
            )


def _require_allowed(chosen: WalletSettings, *, password_ok: bool) -> None:
    if not chosen.api_reload_enabled:
        raise CutroomError(
            ErrorCode.RELOAD_DISABLED, "API Reload is not enabled.", next_step="Enable it in the settings."
        )
    if chosen.has_reload_password and not password_ok:
        raise CutroomError(ErrorCode.RELOAD_REFUSED, "The reload password is missing or wrong.")


def _require_paid(reload: Reload) -> Reload:
    if reload.status is ReloadStatus.FAILED:
        raise card_declined(reload.failure)
    return reload


def _require_waiting(reload: Reload | None) -> Reload:
    if reload is None or reload.status is not ReloadStatus.UNCONFIRMED:
        raise _gone()
    return reload


def _gone() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "There is nothing to approve (any more).")


def _named(account_id: str, once: str, day: datetime) -> str:
    # The day is in it because a key may be used for something new when its reply is no longer kept.
    return f"rl_{hashlib.sha256(f'{once} {account_id} {day:%Y-%m-%d}'.encode()).hexdigest()[:24]}"
