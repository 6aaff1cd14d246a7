"""Accounts: sign-up, log-in, credentials, the owner. Wallets are another room's; actions bring the two together.

Every method works inside the caller's transaction; hashing passwords (``Passwords``) happens outside of it.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from cutroom.accounts import plans
from cutroom.accounts.config import AccountsConfig, SignupMode
from cutroom.accounts.emails import checked_email, fold_email, is_email
from cutroom.accounts.keys import DEFAULT_PREFIX, USE_NOTED_EVERY, KeyRing
from cutroom.accounts.names import checked_name
from cutroom.accounts.once import OnceTokens, Purpose
from cutroom.accounts.receivers import checked_receiver
from cutroom.accounts.repository import people
from cutroom.accounts.sessions import Sessions
from cutroom.db import Transaction
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.account import Account, ApiKey, Caller, KeyStatus, OnceToken, Plan, Webhook

OWNER_EMAIL = "owner@localhost"  # nobody can sign up with it: its domain has one label
OWNER_KEY_ID = "key_owner"
INVITE_SECONDS = 7 * 86_400
LOGIN_LINK_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Login:
    """What a password has to be compared with. ``account`` is None for an address nobody has."""

    account: Account | None
    password_hash: str | None


class Accounts:
    """Who there is, and who is asking."""

    def __init__(self, config: AccountsConfig, clock: Clock = utc_now) -> None:
        self._config = config
        self._clock = clock
        self._sessions = Sessions(config.session_secret, config.session_seconds, clock)
        self._keys = KeyRing(config.active_keys, clock)
        self._once = OnceTokens(clock)

    # --- sign-up -----------------------------------------------------------------------------------------------------

    def check_sign_up(self, *, email: str, name: str, invite: str | None = None) -> None:
        """What can be said against a sign-up before a password is hashed for it: ``FORBIDDEN``, ``INVALID_REQUEST``."""
        if self._config.signup is SignupMode.CLOSED:
            raise CutroomError(
                ErrorCode.FORBIDDEN,
                "This server does not take new accounts.",
                next_step="Ask whoever runs it.",
            )
        if self._config.signup is SignupMode.INVITE and not invite:
            raise _no_invitation()
        checked_email(email)
        checked_name(name)

    def sign_up(
        self, tx: Transaction, *, email: str, password_hash: str, name: str = "", invite: str | None = None
    ) -> Account:
        """A new account. ``EMAIL_TAKEN``; ``FORBIDDEN`` where sign-up is closed or by invitation; ``INVALID_REQUEST``.

        An invitation is used up by it, unless the transaction fails.
        """
        self.check_sign_up(email=email, name=name, invite=invite)
        if self._config.signup is SignupMode.INVITE:
            self._use_invite(tx, invite or "", fold_email(email))
        return self.add(tx, email=email, password_hash=password_hash, name=name)

    def add(
        self, tx: Transaction, *, email: str, password_hash: str | None, name: str = "", plan: str | None = None
    ) -> Account:
        """A new account, whatever the sign-up mode. ``EMAIL_TAKEN``, ``INVALID_REQUEST``."""
        account = self._new_account(checked_email(email), checked_name(name), plan or self._config.first_plan)
        self._checked_plan(account.plan)
        if not people.add(tx, account, password_hash=password_hash, webhook_secret=_new_webhook_secret()):
            raise CutroomError(ErrorCode.EMAIL_TAKEN, "This e-mail address is already registered.")
        return account

    def invite(self, tx: Transaction, *, email: str = "", seconds: float = INVITE_SECONDS) -> str:
        """A token with which one account can be made; with ``email``, only under that address."""
        subject = checked_email(email) if email else ""
        return self._once.issue(tx, Purpose.INVITE, subject=subject, seconds=seconds)

    # --- log-in and credentials --------------------------------------------------------------------------------------

    def login(self, tx: Transaction, email: str) -> Login:
        """What ``Passwords.verify`` needs. It says nothing of whether there is such an account: verify all the same."""
        folded = fold_email(email)
        found = people.login(tx, folded) if folded == OWNER_EMAIL or is_email(folded) else None
        return Login(*found) if found else Login(None, None)

    def admit(self, login: Login, *, password_fits: bool) -> Account:
        """Whose log-in this is.

        ``NOT_AUTHENTICATED`` in the same words for a wrong password and an unknown address; ``KEY_DISABLED`` for the
        right password of a disabled account.
        """
        if login.account is None or not password_fits:
            raise CutroomError(ErrorCode.NOT_AUTHENTICATED, "Wrong e-mail address or password.")
        return _enabled(login.account)

    def rehash(self, tx: Transaction, login: Login, new_hash: str) -> None:
        """Store what ``Passwords.verify`` gave back: the same password under today's parameters."""
        if login.account is not None and login.password_hash is not None:
            people.replace_hash(tx, login.account.id, login.password_hash, new_hash)

    def issue_session(self, account: Account) -> tuple[str, int]:
        """A session token, and for how many seconds it is good."""
        return self._sessions.issue(account.id, account.session_version), self._sessions.seconds

    def authenticate(self, tx: Transaction, credential: str) -> Caller:
        """Who shows this API key or session token. Reads only.

        ``NOT_AUTHENTICATED`` for what is unknown, revoked, expired or forged; ``KEY_DISABLED`` for a disabled key, and
        for any good credential of a disabled account.
        """
        found = self._keys.look_up(tx, credential)
        if found is not None and found[0].status is not KeyStatus.REVOKED:
            key, account = found
            if key.status is KeyStatus.DISABLED:
                raise CutroomError(ErrorCode.KEY_DISABLED, "This API key is disabled.", next_step="Enable it again.")
            return Caller(_enabled(account), key.id, key.last_used, key.by_admin)
        session = self._sessions.read(credential) if found is None else None
        holder = people.by_id(tx, session.account_id) if session else None
        if session is None or holder is None or holder.session_version != session.version:
            raise CutroomError(ErrorCode.NOT_AUTHENTICATED, "Invalid or expired API key or session.")
        return Caller(_enabled(holder), None)

    def use_is_stale(self, caller: Caller) -> bool:
        """Whether ``note_use`` would write: the key's last use was written down over a minute ago, or never."""
        if caller.key_id is None:
            return False
        return caller.key_used is None or caller.key_used <= self._clock() - USE_NOTED_EVERY

    def note_use(self, tx: Transaction, caller: Caller) -> bool:
        """Write down that a caller's key was used, at most once a minute."""
        return caller.key_id is not None and self._keys.note_use(tx, caller.key_id)

    def login_link(self, tx: Transaction, account_id: str, *, seconds: float = LOGIN_LINK_SECONDS) -> str:
        """A token that logs in once, for a link; it is used by POST."""
        return self._once.issue(tx, Purpose.LOGIN, account_id=account_id, seconds=seconds)

    def use_login_link(self, tx: Transaction, token: str) -> Account:
        """Whose link it was. ``NOT_FOUND`` for a used, expired or unknown one, ``KEY_DISABLED``."""
        account_id = self._once.use(tx, token, Purpose.LOGIN).account_id
        return _enabled(self.get(tx, account_id or ""))

    # --- keys --------------------------------------------------------------------------------------------------------

    def create_key(
        self,
        tx: Transaction,
        account_id: str,
        *,
        name: str = "",
        prefix: str = DEFAULT_PREFIX,
        by_admin: bool = False,
    ) -> tuple[ApiKey, str]:
        """A new active key and its secret. ``TOO_MANY_KEYS``, ``NOT_FOUND`` (no such account), ``INVALID_REQUEST``."""
        return self._keys.create(tx, account_id, name=name, prefix=prefix, by_admin=by_admin)

    def keys(self, tx: Transaction, account_id: str) -> list[ApiKey]:
        """Active and disabled ones, oldest first."""
        return self._keys.of_account(tx, account_id)

    def change_key(
        self, tx: Transaction, account_id: str, key_id: str, *, name: str | None = None, enabled: bool | None = None
    ) -> ApiKey:
        """Rename, disable or enable; None leaves as it is. ``NOT_FOUND``, ``TOO_MANY_KEYS``, ``INVALID_REQUEST``."""
        return self._keys.change(tx, account_id, key_id, name=name, enabled=enabled)

    def revoke_key(self, tx: Transaction, account_id: str, key_id: str) -> None:
        """End a key for good, at once. ``NOT_FOUND`` for an unknown, foreign or revoked one."""
        self._keys.revoke(tx, account_id, key_id)

    # --- one account -------------------------------------------------------------------------------------------------

    def get(self, tx: Transaction, account_id: str) -> Account:
        """``NOT_FOUND`` when there is none."""
        account = people.by_id(tx, account_id)
        if account is None:
            raise _no_such_account()
        return account

    def find(self, tx: Transaction, email: str) -> Account | None:
        return people.by_email(tx, fold_email(email))

    def page(self, tx: Transaction, *, limit: int = 100, after: str = "") -> list[Account]:
        """All accounts in the order of their addresses, those after ``after``."""
        return people.page(tx, limit, after)

    def plan(self, account: Account) -> Plan:
        """What the account may use. A plan that is no longer offered becomes the one new accounts get."""
        if account.is_owner:
            return self._config.plans.get(plans.OWNER) or plans.DEFAULT_PLANS[plans.OWNER]
        return self._config.plans.get(account.plan) or self._config.plans[self._config.first_plan]

    def set_plan(self, tx: Transaction, account_id: str, plan: str) -> None:
        """``INVALID_REQUEST`` for an unknown plan, ``NOT_FOUND``."""
        _need(people.change(tx, account_id, plan=self._checked_plan(plan)))

    def set_disabled(self, tx: Transaction, account_id: str, *, disabled: bool) -> None:
        """A disabled account's keys and sessions are refused from the next request on. ``NOT_FOUND``."""
        _need(people.change(tx, account_id, disabled=disabled))

    def set_name(self, tx: Transaction, account_id: str, name: str) -> None:
        """``INVALID_REQUEST``, ``NOT_FOUND``."""
        _need(people.change(tx, account_id, name=checked_name(name)))

    def set_password(self, tx: Transaction, account_id: str, password_hash: str) -> None:
        """Also ends all sessions. ``NOT_FOUND``."""
        _need(people.set_password(tx, account_id, password_hash))

    def password_hash(self, tx: Transaction, account_id: str) -> str | None:
        """None when nobody can log in with a password."""
        return people.password_of(tx, account_id)

    def end_sessions(self, tx: Transaction, account_id: str) -> None:
        """Log out everywhere: every session token of the account is refused from now on. ``NOT_FOUND``."""
        _need(people.end_sessions(tx, account_id))

    def webhook(self, tx: Transaction, account_id: str) -> Webhook:
        """Where the account is told of its jobs, and what signs that. ``NOT_FOUND``."""
        found = people.webhook_of(tx, account_id)
        if found is None:
            raise _no_such_account()
        return found

    def set_webhook(self, tx: Transaction, account_id: str, url: str | None) -> None:
        """From now on tell it there, or with None nowhere. ``INVALID_REQUEST``, ``NOT_FOUND``."""
        _need(people.change(tx, account_id, webhook_url=None if url is None else checked_receiver(url)))

    # --- the owner ---------------------------------------------------------------------------------------------------

    def owner(self, tx: Transaction) -> Account:
        """``NOT_FOUND`` before ``ensure_owner``."""
        account = people.owner(tx)
        if account is None:
            raise _no_such_account()
        return account

    def ensure_owner(self, tx: Transaction) -> tuple[Account, str | None]:
        """The owner, made on the first call, and then with a key's secret; later calls give None for it.

        Whoever else calls this waits until the transaction ends.
        """
        if (present := people.owner(tx)) is not None:
            people.lock(tx, present.id)
            return present, None
        account = self._new_account(OWNER_EMAIL, "Owner", plans.OWNER, is_owner=True)
        if not people.add(tx, account, password_hash=None, webhook_secret=_new_webhook_secret()):
            return self.ensure_owner(tx)  # another process was faster
        _, secret = self._keys.create(tx, account.id, name="Made when the server was started", key_id=OWNER_KEY_ID)
        return account, secret

    def owner_key(self, tx: Transaction, known: str | None, *, renew: bool = True) -> str | None:
        """The owner's key as it is shown at every start: ``known`` while it works.

        Otherwise, with ``renew``, the key that was made with the owner gets a new secret, and its old one ends. None
        when the owner has revoked it and has as many other keys as are allowed.
        """
        account, secret = self.ensure_owner(tx)
        if secret is not None:
            return secret
        found = self._keys.look_up(tx, known or "")
        if found and found[0].status is KeyStatus.ACTIVE and found[1].id == account.id:
            return known
        return self._keys.renew(tx, account.id, OWNER_KEY_ID) if renew else None

    # --- tokens that work once ---------------------------------------------------------------------------------------

    def issue_once(
        self, tx: Transaction, purpose: str, *, account_id: str | None = None, subject: str = "", seconds: float
    ) -> str:
        """A token that can be used once within ``seconds``."""
        return self._once.issue(tx, purpose, account_id=account_id, subject=subject, seconds=seconds)

    def peek_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        """What a token is good for, without using it. ``NOT_FOUND`` alike for unknown, used and expired ones."""
        return self._once.peek(tx, token, purpose)

    def use_once(self, tx: Transaction, token: str, purpose: str) -> OnceToken:
        """What a token was good for; it is used up, unless the transaction fails. ``NOT_FOUND`` as ``peek_once``."""
        return self._once.use(tx, token, purpose)

    def sweep(self, tx: Transaction) -> int:
        """Forget links and invitations that have expired; how many."""
        return self._once.sweep(tx)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _new_account(self, email: str, name: str, plan: str, *, is_owner: bool = False) -> Account:
        return Account(
            id=f"acc_{new_id()}",
            email=email,
            name=name,
            plan=plan,
            is_owner=is_owner,
            disabled=False,
            created=self._clock(),
        )

    def _checked_plan(self, plan: str) -> str:
        if plan not in self._config.plans or plan == plans.OWNER:
            offered = ", ".join(name for name in self._config.plans if name != plans.OWNER)
            raise CutroomError(ErrorCode.INVALID_REQUEST, f"plan must be one of {offered}.", field="plan")
        return plan

    def _use_invite(self, tx: Transaction, token: str, email: str) -> None:
        try:
            invitation = self._once.use(tx, token, Purpose.INVITE)
        except CutroomError as error:
            raise _no_invitation() from error
        if invitation.subject not in {"", email}:
            raise _no_invitation()


def _enabled(account: Account) -> Account:
    if account.disabled:
        raise CutroomError(
            ErrorCode.KEY_DISABLED, "This account is disabled.", next_step="Ask whoever runs the server."
        )
    return account


def _need(found: bool) -> None:  # noqa: FBT001 - it asks one yes-or-no question
    if not found:
        raise _no_such_account()


def _no_such_account() -> CutroomError:
    return CutroomError(ErrorCode.NOT_FOUND, "There is no such account.")


def _no_invitation() -> CutroomError:
    return CutroomError(
        ErrorCode.FORBIDDEN,
        "A valid invitation is needed to make an account here.",
        next_step="Ask whoever runs the server for one.",
    )


def _new_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
