"""What an operator does by hand, and what a server does before it opens: tables, the owner, credit, invitations."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from cutroom.accounts import OwnerKey, Passwords
from cutroom.container.rooms import Rooms, open_rooms
from cutroom.db import Database, Transaction
from cutroom.db.migrate import is_current, upgrade
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.money import Money
from cutroom.model.account import Account, ApiKey
from cutroom.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """An account as the operator sees it."""

    account: Account
    balance: Money
    keys: tuple[ApiKey, ...]


@contextlib.contextmanager
def open_office(settings: Settings) -> Iterator[Office]:
    """The office, closed at the end of the block."""
    with open_rooms(settings) as rooms:
        password = settings.accounts.owner_password
        yield Office(rooms, password.get_secret_value() if password else None)


class Office:
    """Everything here is for whoever can read the data folder."""

    def __init__(self, rooms: Rooms, owner_password: str | None = None) -> None:
        self._rooms = rooms
        self._owner_password = owner_password

    # tables

    def migrate(self) -> bool:
        """Bring our tables and the engine's up to date; whether ours were not. Safe at any time, by any number."""
        self._rooms.database.reach()
        return migrate(self._rooms.database)

    def is_current(self) -> bool:
        """Whether our tables are those of this version."""
        self._rooms.database.reach()
        return is_current(self._rooms.database)

    def need_tables(self) -> None:
        """On SQLite bring the tables up to date; on PostgreSQL ``INVALID_REQUEST`` unless they are."""
        if self.is_current():
            return
        if self._rooms.database.is_sqlite:
            self.migrate()
        else:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                "The tables of the database are missing or out of date.",
                next_step="Run `cutroom migrate` once, then start again.",
            )

    # the owner

    def owner_key(self) -> str | None:
        """The owner's key, made with the owner where there is none; None when the owner has revoked it.

        On PostgreSQL also None on a machine that does not have it: a new one would end that of the others.
        """
        alone = self._rooms.database.is_sqlite
        with self._rooms.database.write() as tx:
            key = OwnerKey(self._rooms.places.owner_key).obtain(tx, self._rooms.accounts, renew=alone)
            self._rooms.wallet.open(tx, self._rooms.accounts.owner(tx))
        return key

    def keep_owner_key(self) -> str | None:
        """Where the owner's key is written for whoever may read the data folder, without being shown.

        None on PostgreSQL: servers that share a database each have a folder, and one's new key would end another's.
        """
        if not self._rooms.database.is_sqlite or self.owner_key() is None:
            return None
        return str(self._rooms.places.owner_key)

    def login_token(self, email: str | None = None) -> str:
        """Logs in once, the owner or another account."""
        with self._rooms.database.write() as tx:
            accounts = self._rooms.accounts
            account = self._find(tx, email) if email else accounts.ensure_owner(tx)[0]
            return accounts.login_link(tx, account.id)

    def set_owner_password(self) -> None:
        """Make the password of the settings the owner's. Another one than before ends the owner's sessions."""
        if self._owner_password is None:
            return
        passwords, accounts = Passwords(), self._rooms.accounts
        with self._rooms.database.write() as tx:
            owner, _ = accounts.ensure_owner(tx)
            self._rooms.wallet.open(tx, owner)
            stored = accounts.password_hash(tx, owner.id)
        if stored is not None and passwords.verify(self._owner_password, stored)[0]:
            return
        new = passwords.hash(self._owner_password)
        with self._rooms.database.write() as tx:
            accounts.set_password(tx, owner.id, new)

    # accounts

    def accounts(self) -> Iterator[Found]:
        """All of them, in the order of their addresses."""
        after = ""
        while True:
            with self._rooms.database.read() as tx:
                page = self._rooms.accounts.page(tx, after=after)
                found = [self._seen(tx, account) for account in page]
            yield from found
            if not page:
                return
            after = page[-1].email

    def add(self, email: str, *, name: str = "", password: str | None = None, plan: str | None = None) -> Account:
        """A new account with its wallet, whatever the rules for sign-up. ``EMAIL_TAKEN``, ``INVALID_REQUEST``."""
        hashed = Passwords().hash(password) if password else None
        with self._rooms.database.write() as tx:
            account = self._rooms.accounts.add(tx, email=email, password_hash=hashed, name=name, plan=plan)
            self._rooms.wallet.open(tx, account)
        return account

    def change(self, email: str, *, plan: str | None = None, disabled: bool | None = None) -> Account:
        """``NOT_FOUND``, ``INVALID_REQUEST``."""
        with self._rooms.database.write() as tx:
            account = self._find(tx, email)
            if plan is not None:
                self._rooms.accounts.set_plan(tx, account.id, plan)
            if disabled is not None:
                self._rooms.accounts.set_disabled(tx, account.id, disabled=disabled)
            return self._rooms.accounts.get(tx, account.id)

    def set_password(self, email: str, password: str) -> None:
        """Also ends the account's sessions."""
        hashed = Passwords().hash(password)
        with self._rooms.database.write() as tx:
            self._rooms.accounts.set_password(tx, self._find(tx, email).id, hashed)

    def invite(self, email: str = "") -> str:
        """A token with which one account can be made."""
        with self._rooms.database.write() as tx:
            return self._rooms.accounts.invite(tx, email=email)

    # keys

    def keys(self, email: str) -> list[ApiKey]:
        """Active and disabled ones."""
        with self._rooms.database.read() as tx:
            return self._rooms.accounts.keys(tx, self._find(tx, email).id)

    def create_key(self, email: str, *, name: str = "", prefix: str = "ve_live_") -> tuple[ApiKey, str]:
        """A key of the operator's making, and its secret. ``TOO_MANY_KEYS``, ``INVALID_REQUEST``."""
        with self._rooms.database.write() as tx:
            account_id = self._find(tx, email).id
            return self._rooms.accounts.create_key(tx, account_id, name=name, prefix=prefix, by_admin=True)

    def revoke_key(self, email: str, key_id: str) -> None:
        """``NOT_FOUND``."""
        with self._rooms.database.write() as tx:
            self._rooms.accounts.revoke_key(tx, self._find(tx, email).id, key_id)

    # money

    def credit(self, email: str, amount: Money, *, idem: str | None = None) -> Money:
        """A gift of the house; the balance then. With the same ``idem`` it is given once."""
        with self._rooms.database.write() as tx:
            account = self._find(tx, email)
            self._rooms.wallet.grant(tx, account.id, amount, f"admin:{idem or new_id()}")
            return self._rooms.wallet.balance(tx, account.id)

    def audit(self) -> list[str]:
        """One sentence for each contradiction in the books."""
        with self._rooms.database.read() as tx:
            return self._rooms.wallet.check(tx)

    def _find(self, tx: Transaction, email: str) -> Account:
        account = self._rooms.accounts.find(tx, email)
        if account is None:
            raise CutroomError(ErrorCode.NOT_FOUND, "There is no account with this e-mail address.")
        return account

    def _seen(self, tx: Transaction, account: Account) -> Found:
        keys = tuple(self._rooms.accounts.keys(tx, account.id))
        return Found(account, self._rooms.wallet.balance(tx, account.id), keys)


def migrate(database: Database) -> bool:
    """Ours first, then the engine's."""
    from cutroom.workflows import prepare_engine

    changed = not is_current(database)
    upgrade(database)
    prepare_engine(database)
    return changed
