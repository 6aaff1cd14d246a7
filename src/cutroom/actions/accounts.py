"""Accounts: signing up and in, keys, and who a request comes from."""

from __future__ import annotations

from dataclasses import dataclass

from cutroom.actions import windows
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Account, ApiKey, Caller, Plan

SIGN_UP_PREFIX = "ve_live_"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is logged in: the token and how long it works (s)."""

    account: Account
    token: str
    seconds: int


@dataclass(frozen=True, slots=True)
class SignedUp(Session):
    """A new account with its first key, whose secret is shown only here."""

    key_secret: str


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks, and what they may."""

    account: Account
    plan: Plan


def sign_up(
    services: Service,
    *,
    email: str,
    password: str,
    name: str = "",
    invite: str | None = None,
    address: str | None = None,
) -> SignedUp:
    """Open an account with a wallet, the credit for new accounts and one key. Slow (a password is hashed).

    ``address`` is where the request comes from; given, its window counts. Raises ``INVALID_REQUEST`` (e-mail,
    password under 8 characters), ``EMAIL_TAKEN``, ``FORBIDDEN`` (closed, or no good invitation), ``RATE_LIMITED``.
    """
    accounts = services.accounts
    accounts.check_sign_up(email=email, name=name, invite=invite)
    windows.count(services, windows.sign_up_windows(services, address), "sign-ups")
    password_hash = services.passwords.hash(password)
    with services.database.write() as tx:
        account = accounts.sign_up(tx, email=email, password_hash=password_hash, name=name, invite=invite)
        services.wallet.open(tx, account)
        _, secret = accounts.create_key(tx, account.id, prefix=SIGN_UP_PREFIX)
    token, seconds = accounts.issue_session(account)
    return SignedUp(account, token, seconds, secret)


def log_in(services: Service, *, email: str, password: str, address: str | None = None) -> Session:
    """``NOT_AUTHENTICATED``, alike for an unknown e-mail address and a wrong password; ``RATE_LIMITED``. Slow."""
    accounts = services.accounts
    windows.count(services, windows.log_in_windows(services, address, email), "log-ins")
    with services.database.read() as tx:
        login = accounts.login(tx, email)
    fits, new_hash = services.passwords.verify(password, login.password_hash)
    account = accounts.admit(login, password_fits=fits)
    if new_hash is not None:
        with services.database.write() as tx:
            accounts.rehash(tx, login, new_hash)
    return _session(services, account)


def use_login_link(services: Service, token: str) -> Session:
    """Log in with a link that works once. ``NOT_FOUND`` when used, expired or unknown."""
    with services.database.write() as tx:
        account = services.accounts.use_login_link(tx, token)
    return _session(services, account)


def authenticate(services: Service, authorization: str | None, api_key: str | None) -> Caller:
    """Who the headers ``Authorization`` and ``X-Api-Key`` speak for; with both, ``Authorization`` decides.

    Raises ``NOT_AUTHENTICATED`` (nothing, unknown, revoked) or ``KEY_DISABLED``.
    """
    credential = _credential(authorization, api_key)
    if not credential:
        raise CutroomError(
            ErrorCode.NOT_AUTHENTICATED,
            "An API key is needed.",
            next_step="Send it as `Authorization: Bearer <key>` or `X-Api-Key: <key>`.",
        )
    with services.database.read() as tx:
        caller = services.accounts.authenticate(tx, credential)
    if services.accounts.use_is_stale(caller):
        with services.database.write() as tx:
            services.accounts.note_use(tx, caller)
    return caller


def _credential(authorization: str | None, api_key: str | None) -> str:
    if authorization is None or not authorization.strip():
        return (api_key or "").strip()
    scheme, _, rest = authorization.strip().partition(" ")
    # Some clients send the bare key; a key holds no blank.
    return rest.strip() if scheme.lower() == "bearer" else scheme if not rest else ""


def me(services: Service, caller: Caller) -> Me:
    """The caller and their plan."""
    return Me(caller.account, services.accounts.plan(caller.account))


def webhook_secret(services: Service, caller: Caller) -> str:
    """What signs the account's webhooks. Session only, here and below: ``SESSION_NEEDED``."""
    need_session(caller)
    with services.database.read() as tx:
        return services.accounts.webhook(tx, caller.account.id).secret


def list_keys(services: Service, caller: Caller) -> list[ApiKey]:
    """Active and disabled keys."""
    need_session(caller)
    with services.database.read() as tx:
        return services.accounts.keys(tx, caller.account.id)


def create_key(
    services: Service, caller: Caller, *, name: str = "", prefix: str = SIGN_UP_PREFIX
) -> tuple[ApiKey, str]:
    """A key and its secret, shown only here. ``TOO_MANY_KEYS``, ``INVALID_REQUEST`` (prefix)."""
    need_session(caller)
    with services.database.write() as tx:
        return services.accounts.create_key(tx, caller.account.id, name=name, prefix=prefix)


def change_key(
    services: Service, caller: Caller, key_id: str, *, name: str | None = None, enabled: bool | None = None
) -> ApiKey:
    """Rename, disable or enable. ``NOT_FOUND``, ``TOO_MANY_KEYS``."""
    need_session(caller)
    with services.database.write() as tx:
        return services.accounts.change_key(tx, caller.account.id, key_id, name=name, enabled=enabled)


def revoke_key(services: Service, caller: Caller, key_id: str) -> None:
    """For ever and at once. ``NOT_FOUND``."""
    need_session(caller)
    with services.database.write() as tx:
        services.accounts.revoke_key(tx, caller.account.id, key_id)


def need_session(caller: Caller) -> None:
    """``SESSION_NEEDED`` for a key: one that leaked must not be able to make others, or to lift its own bounds."""
    if not caller.by_session:
        raise CutroomError(
            ErrorCode.SESSION_NEEDED, "This needs a session token; an API key is not enough.", next_step="Log in."
        )


def _session(services: Service, account: Account) -> Session:
    token, seconds = services.accounts.issue_session(account)
    return Session(account, token, seconds)
