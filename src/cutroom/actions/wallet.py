"""Money: balance, cards, reloads, bought storage, and what the owner of a wallet has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cutroom.actions import windows
from cutroom.actions.accounts import need_session
from cutroom.actions.service import Service, ServiceConfig
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account, Caller
from cutroom.model.library import StorageUse
from cutroom.model.wallet import AutoReload, BillingMode, Card, Reload, ReloadStatus, WalletSettings

if TYPE_CHECKING:
    from cutroom.billing import ApprovalMail
    from cutroom.db import Transaction
    from cutroom.outbound.mail import Mail

# Attempts that ended before a password was looked at or a card asked.
_NOT_AN_ATTEMPT = {ErrorCode.INVALID_REQUEST, ErrorCode.RELOAD_DISABLED, ErrorCode.NO_CARD}
_LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Money that has come."""

    payment_intent_id: str
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class ReloadWaits:
    """Money that is still to come: when the link in a mail is followed, else when the card provider answers."""

    amount: Money
    by_mail: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """A reload that waits to be confirmed."""

    amount: Money


@dataclass(frozen=True, slots=True)
class StorageView:
    """What pinned clips take, and what more room costs."""

    use: StorageUse
    price_per_gb: Money


@dataclass(frozen=True, slots=True)
class StorageBought:
    """Room that was paid for."""

    gb: int
    use: StorageUse
    cost: Money
    balance: Money


def balance(services: Service, caller: Caller) -> Money:
    """What may be spent: reservations are off already."""
    with services.database.read() as tx:
        return services.wallet.balance(tx, caller.account.id)


def cards(services: Service, caller: Caller) -> list[Card]:
    """The saved cards, oldest first."""
    with services.database.read() as tx:
        return services.payments.cards(tx, caller.account.id)


def add_card(services: Service, caller: Caller, token: str) -> Card:
    """Save the card behind the provider's token. Slow. Session only: ``SESSION_NEEDED``.

    Raises ``INVALID_REQUEST`` (no such token, or no cards on this server), ``CARD_DECLINED``.
    """
    need_session(caller)
    return services.payments.add_card(caller.account, token)


def remove_card(services: Service, caller: Caller, card_id: str) -> None:
    """Slow. Session only. ``NOT_FOUND`` for cards that are not the caller's."""
    need_session(caller)
    services.payments.remove_card(caller.account, card_id)


def reload(
    services: Service, caller: Caller, amount: Money, *, password: str | None = None, once: str | None = None
) -> Reloaded | ReloadWaits:
    """Charge the saved card; with the same ``once`` a single time. Slow. So many an hour: ``RATE_LIMITED``.

    Raises ``INVALID_REQUEST`` outside the allowed amounts, ``RELOAD_DISABLED`` while the account has not allowed it,
    ``RELOAD_REFUSED`` for a wrong or missing password, ``NO_CARD``, ``CARD_DECLINED``.
    """
    limits = windows.reload_windows(services, caller)
    state = windows.count(services, limits, "reloads")
    try:
        found = services.payments.reload(
            caller.account,
            amount,
            password_ok=_password_fits(services, caller, password),
            by_session=caller.by_session,
            once=once,
        )
    except CutroomError as error:
        if state is not None and error.code in _NOT_AN_ATTEMPT:
            services.limiter.give_back(limits, state)
        raise
    return _outcome(services, found)


def look_at_approval(services: Service, token: str) -> Approval:
    """What the link in the mail would do; does not use it up. ``NOT_FOUND``."""
    with services.database.read() as tx:
        return Approval(services.payments.look_at_approval(tx, token).amount)


def approve_reload(services: Service, token: str) -> Reloaded | ReloadWaits:
    """Do what the link in the mail is for, once. Slow. ``NOT_FOUND``, ``NO_CARD``, ``CARD_DECLINED``."""
    return _outcome(services, services.payments.approve(token))


def storage(services: Service, caller: Caller) -> StorageView:
    """Use, quota and price of kept clips."""
    with services.database.read() as tx:
        use = _use(services, tx, caller)
    return StorageView(use, services.wallet.price(services.prices.storage_per_gb))


def buy_storage(services: Service, caller: Caller, gb: int, *, once: str | None = None) -> StorageBought:
    """Room for ever, paid now; with the same ``once`` a single time.

    Raises ``INVALID_REQUEST`` unless 1 to 1000, ``INSUFFICIENT_BALANCE``.
    """
    with services.database.write() as tx:
        cost = services.payments.buy_storage(tx, caller.account, gb, idem=once)
        use = _use(services, tx, caller)
        left = services.wallet.balance(tx, caller.account.id)
    spent(services, caller.account)
    return StorageBought(gb, use, cost, left)


def wallet_settings(services: Service, caller: Caller) -> WalletSettings:
    """Session only: ``SESSION_NEEDED``."""
    need_session(caller)
    with services.database.read() as tx:
        return services.payments.settings(tx, caller.account.id)


def change_wallet_settings(
    services: Service,
    caller: Caller,
    *,
    api_reload_enabled: bool | None = None,
    reload_email_confirmation: bool | None = None,
    reload_password: str | None = None,
    auto_reload: AutoReload | None = None,
) -> WalletSettings:
    """Change what is given (None: as it is; an empty password removes it). Session only. Slow with a password."""
    need_session(caller)
    password_hash = reload_password
    if reload_password:
        password_hash = services.passwords.hash(_reload_password(reload_password))
    with services.database.write() as tx:
        return services.payments.change_settings(
            tx,
            caller.account.id,
            api_reload_enabled=api_reload_enabled,
            reload_email_confirmation=reload_email_confirmation,
            reload_password_hash=password_hash,
            auto_reload=auto_reload,
        )


def stripe_webhook(services: Service, payload: bytes, signature: str) -> bool:
    """What the card provider tells us; false when it is about nothing here. Slow.

    ``INVALID_REQUEST`` unless the provider signed it.
    """
    return services.payments.handle_webhook(payload, signature)


def spent(services: Service, account: Account) -> None:
    """To be called after money was spent or set aside: an automatic reload may be due. Waits for nothing."""
    if services.wallet.mode in {BillingMode.TEST, BillingMode.STRIPE}:
        services.later(lambda: services.payments.auto_reload(account.id))


def approval_mail(config: ServiceConfig, wanted: ApprovalMail) -> Mail:
    """The mail that asks its reader to approve a reload. Its link begins with an address of ours, never a request's."""
    from cutroom.outbound.mail import Mail

    own = config.hosts.get("fastclip")
    base = f"https://{own}/v1" if own else f"{config.base()}/fastclip/v1"
    greeting = f"Hello {wanted.name}," if wanted.name else "Hello,"
    text = (
        f"{greeting}\n\n"
        f"somebody with one of your API keys asks for {wanted.amount} USD to be charged to your saved card and added "
        "to your balance.\n\n"
        f"To approve it, open this page until {wanted.expires:%H:%M} UTC:\n\n"
        f"{base}/reload/approve?token={wanted.token}\n\n"
        "If it was not you, do nothing: no money moves, and the link stops working by itself.\n"
    )
    return Mail(wanted.email, f"Approve a reload of {wanted.amount} USD", text)


def _password_fits(services: Service, caller: Caller, password: str | None) -> bool:
    """Whether it is the reload password. Nothing is hashed where the answer does not matter."""
    if caller.by_session or password is None or len(password) > _LONGEST_PASSWORD:
        return False
    with services.database.read() as tx:
        enabled = services.payments.settings(tx, caller.account.id).api_reload_enabled
        stored = services.payments.reload_password_hash(tx, caller.account.id)
    if not enabled or stored is None:
        return False
    return services.passwords.verify(_reload_password(password), stored)[0]


def _reload_password(password: str) -> str:
    # A word of its own in front: the hash never fits where that of an account's password is asked for.
    if len(password) > _LONGEST_PASSWORD:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"reload_password must have at most {_LONGEST_PASSWORD} characters.",
            field="reload_password",
        )
    return f"reload password: {password}"


def _outcome(services: Service, found: Reload) -> Reloaded | ReloadWaits:
    if found.status is not ReloadStatus.SUCCEEDED or found.provider_id is None:
        return ReloadWaits(found.amount, by_mail=found.status is ReloadStatus.UNCONFIRMED)
    with services.database.read() as tx:
        return Reloaded(found.provider_id, found.amount, services.wallet.balance(tx, found.account_id))


def _use(services: Service, tx: Transaction, caller: Caller) -> StorageUse:
    return services.library.use(tx, caller.account.id, services.payments.purchased_gb(tx, caller.account.id))
