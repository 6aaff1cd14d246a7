"""``cutroom admin``: one function for each of its commands. Accounts are named by their e-mail addresses.

The owner is ``owner@localhost``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from cyclopts import Parameter

from cutroom.cli.door import Door
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json
from cutroom.cli.wording import printable
from cutroom.kernel.clock import iso_z
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.account import Account, ApiKey

if TYPE_CHECKING:
    from cutroom.container.office import Office

_DATA_DIR_HELP = "The server's folder, where the database is not set otherwise."
DataDir = Annotated[Path | None, Parameter(help=_DATA_DIR_HELP)]
Name = Annotated[str, Parameter(help="What it is called.")]
PlanName = Annotated[str | None, Parameter(help="free, pro or enterprise.")]
AskPassword = Annotated[bool, Parameter(negative="", help="Read a password from standard input.")]
Email = Annotated[str, Parameter(help="The account's e-mail address.")]


@contextlib.contextmanager
def _office(data_dir: Path | None) -> Iterator[Office]:
    from cutroom.cli.house import House

    house = House.read(data_dir=data_dir)
    house.need_a_server()
    with house.office() as office:
        office.need_tables()
        yield office


def accounts(*, data_dir: DataDir = None, json: Json = False, door: Injected) -> int:
    """List all accounts, with plan, balance and number of keys."""
    del json
    with _office(data_dir) as office:
        found = list(office.accounts())
    content = [_account_content(one.account) | {"balance": str(one.balance), "keys": len(one.keys)} for one in found]
    lines = [
        f"{printable(one.account.email):<32} {one.account.plan:<12} {one.balance!s:>9}  {len(one.keys):>2} keys"
        f"{'  disabled' if one.account.disabled else ''}"
        for one in found
    ]
    return _tell(door, content, "\n".join(lines) or "There are no accounts yet.")


def add(
    email: Email,
    /,
    *,
    name: Name = "",
    plan: PlanName = None,
    ask_password: AskPassword = False,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Make an account, whatever the rules for sign-up. Without a password nobody can log in with one."""
    del json
    password = _read_password() if ask_password else None
    with _office(data_dir) as office:
        account = office.add(email, name=name, plan=plan, password=password)
    return _tell(door, _account_content(account), _begins(account.email, with_password=bool(password)))


def change(
    email: Email,
    /,
    *,
    plan: PlanName = None,
    disabled: Annotated[bool | None, Parameter(help="Refuse its keys and sessions, or no longer.")] = None,
    ask_password: AskPassword = False,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Change an account's plan, disable or enable it, or set its password, which ends its sessions."""
    del json
    password = _read_password() if ask_password else None
    with _office(data_dir) as office:
        account = office.change(email, plan=plan, disabled=disabled)
        if password is not None:
            office.set_password(email, password)
    return _tell(door, _account_content(account), f"{printable(account.email)} has been changed.")


def keys(email: Email, /, *, data_dir: DataDir = None, json: Json = False, door: Injected) -> int:
    """List the API keys of an account. Their secrets are known to nobody but their holders."""
    del json
    with _office(data_dir) as office:
        found = office.keys(email)
    lines = [f"{key.id}  {key.prefix}...{key.last4}  {key.status:<8}  {printable(key.name)}" for key in found]
    return _tell(door, [_key_content(key) for key in found], "\n".join(lines) or "There are no keys.")


def key(
    email: Email,
    /,
    *,
    name: Name = "",
    prefix: Annotated[str, Parameter(help="ve_live_, clp_ or sk_live_; every key works everywhere.")] = "ve_live_",
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Make an API key. It is shown only now."""
    del json
    with _office(data_dir) as office:
        made, secret = office.create_key(email, name=name, prefix=prefix)
    return _tell(door, _key_content(made) | {"key": secret}, secret)


def revoke(
    email: Email,
    key_id: Annotated[str, Parameter(help='Of the key, as "cutroom admin keys" shows it.')],
    /,
    *,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """End an API key for good, at once."""
    del json
    with _office(data_dir) as office:
        office.revoke_key(email, key_id)
    return _tell(door, {"id": key_id, "revoked": True}, "The key is refused from now on.")


def credit(
    email: Email,
    amount: Annotated[str, Parameter(help="Dollars: 12.50.")],
    /,
    *,
    once: Annotated[str | None, Parameter(help="Any word; with the same word the credit is given only once.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Give an account credit."""
    del json
    try:
        money = Money.from_decimal(amount)
    except ValueError as error:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The amount is not one of dollars, such as 12.50.") from error
    if not 0 < money.cents <= 10**11:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The amount must be more than nothing.")
    with _office(data_dir) as office:
        balance = office.credit(email, money, idem=once)
    return _tell(door, {"email": email, "balance": str(balance)}, f"{printable(email)} has {balance} now.")


def invite(email: str = "", /, *, data_dir: DataDir = None, json: Json = False, door: Injected) -> int:
    """Make an invitation, with which one account can be made; with an address, for that address alone."""
    del json
    with _office(data_dir) as office:
        token = office.invite(email)
    return _tell(door, {"invite": token}, token)


def link(
    email: str | None = None,
    /,
    *,
    url: Annotated[str | None, Parameter(help="The server's address. Default: where it listens or listened.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Make a link that logs in once within an hour: the owner, or the account of an address."""
    del json
    from cutroom.cli.house import House

    house = House.read(data_dir=data_dir)
    base = house.usual_url if url is None else _address(url)
    with _office(data_dir) as office:
        made = f"{base}/login/link?token={office.login_token(email)}"
    return _tell(door, {"login_url": made}, made)


def audit(*, data_dir: DataDir = None, json: Json = False, door: Injected) -> int:
    """Check the books: every transaction sums to zero, every balance is the sum of its entries."""
    del json
    with _office(data_dir) as office:
        problems = office.audit()
    _tell(door, {"ok": not problems, "problems": problems}, "\n".join(problems) or "The books are right.")
    return Exit.PROCESSING if problems else Exit.OK


def _tell(door: Door, content: Any, text: str) -> int:
    if door.as_json:
        door.document(content)
    else:
        door.say(text)
    return Exit.OK


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "Write the address as https://clips.example.")
    return url.rstrip("/")


def _begins(email: str, *, with_password: bool) -> str:
    name = printable(email)
    if with_password:
        return f"{name} can log in now."
    return (
        f"{name} has an account, and nothing to get in with yet. Make a link (cutroom admin link {name}) or a key "
        f"(cutroom admin key {name}), or set a password (cutroom admin change {name} --ask-password)."
    )


def _read_password() -> str:
    """From a terminal without showing it, else the first line of standard input. Never from the command's words."""
    import getpass
    import sys

    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return (sys.stdin.readline() if sys.stdin is not None else "").rstrip("\r\n")


def _account_content(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "plan": account.plan,
        "owner": account.is_owner,
        "disabled": account.disabled,
        "created": iso_z(account.created),
    }


def _key_content(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "last4": key.last4,
        "status": key.status.value,
        "created": iso_z(key.created),
        "last_used": iso_z(key.last_used) if key.last_used else None,
    }
