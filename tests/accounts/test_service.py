"""Signing up, logging in, and being recognised."""

from __future__ import annotations

import base64

import pytest
import sqlalchemy as sa

from cutroom.accounts import Accounts, Passwords, SignupMode
from cutroom.db import Database
from cutroom.db.tables.accounts import accounts as table
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Account
from tests.accounts.rooms import StandingClock, at_once, calling, made, refusal, room

PASSWORD = "correct horse"


def signed_up(database: Database, accounts: Accounts, passwords: Passwords, email: str = "Ada@Example.com") -> Account:
    stored = passwords.hash(PASSWORD)
    with database.write() as tx:
        return accounts.sign_up(tx, email=email, password_hash=stored, name="Ada")


def log_in(database: Database, accounts: Accounts, passwords: Passwords, email: str, password: str) -> Account:
    with database.read() as tx:
        login = accounts.login(tx, email)
    fits, _ = passwords.verify(password, login.password_hash)
    return accounts.admit(login, password_fits=fits)


# --- sign-up ---------------------------------------------------------------------------------------------------------


def test_who_signs_up_can_log_in_and_is_recognised(
    sqlite_database: Database, accounts: Accounts, passwords: Passwords
) -> None:
    ada = signed_up(sqlite_database, accounts, passwords)
    assert (ada.email, ada.name, ada.plan, ada.is_owner, ada.disabled) == (
        "ada@example.com",
        "Ada",
        "free",
        False,
        False,
    )
    assert log_in(sqlite_database, accounts, passwords, " ADA@example.COM", PASSWORD) == ada
    token, seconds = accounts.issue_session(ada)
    assert seconds == 86_400
    with sqlite_database.read() as tx:
        caller = accounts.authenticate(tx, token)
        assert (caller.account, caller.by_session) == (ada, True)
        assert accounts.find(tx, "ADA@EXAMPLE.COM") == accounts.get(tx, ada.id) == ada
        assert PASSWORD not in repr(tx.execute(sa.select(table)).all())


def test_an_address_is_taken_in_any_case(database: Database, accounts: Accounts, passwords: Passwords) -> None:
    signed_up(database, accounts, passwords, "ada@example.com")
    for email in ("ada@example.com", "ADA@EXAMPLE.COM", " Ada@example.com "):
        assert refusal(calling(signed_up, database, accounts, passwords, email)) is ErrorCode.EMAIL_TAKEN


def test_of_eight_at_once_one_gets_the_address(database: Database, accounts: Accounts, passwords: Passwords) -> None:
    stored = passwords.hash(PASSWORD)

    def sign_up(index: int) -> Account:
        with database.write() as tx:
            return accounts.sign_up(tx, email="aDa@example.com".swapcase() if index % 2 else "ada@example.com",
                                    password_hash=stored)  # fmt: skip

    results = at_once(8, sign_up)
    assert sum(isinstance(result, Account) for result in results) == 1
    assert {r.code for r in results if isinstance(r, CutroomError)} == {ErrorCode.EMAIL_TAKEN}
    with database.read() as tx:
        assert len(accounts.page(tx)) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"email": "ada"}, {"email": "owner@localhost"}, {"name": "x" * 201}, {"name": "a\x00"}],
    ids=["no address", "the owner's", "long name", "zero byte"],
)
def test_bad_sign_ups_are_refused_before_and_in_the_transaction(
    database: Database, accounts: Accounts, wrong: dict[str, str]
) -> None:
    given = {"email": "ada@example.com", "name": ""} | wrong
    assert refusal(lambda: accounts.check_sign_up(**given)) is ErrorCode.INVALID_REQUEST
    with database.write() as tx:
        assert refusal(lambda: accounts.sign_up(tx, password_hash="h", **given)) is ErrorCode.INVALID_REQUEST


def test_a_closed_server_takes_nobody_but_whom_its_operator_adds(sqlite_database: Database) -> None:
    accounts = room(SignupMode.CLOSED)
    with sqlite_database.write() as tx:
        invite = accounts.invite(tx)
        for given in (None, invite):
            call = calling(accounts.sign_up, tx, email="a@b.de", password_hash="h", invite=given)
            assert refusal(call) is ErrorCode.FORBIDDEN
        assert accounts.add(tx, email="a@b.de", password_hash=None, plan="pro").plan == "pro"


def test_by_invitation_each_admits_one(sqlite_database: Database) -> None:
    accounts = room(SignupMode.INVITE)

    def join(email: str, invite: str | None) -> Account:
        with sqlite_database.write() as tx:
            return accounts.sign_up(tx, email=email, password_hash="h", invite=invite)

    with sqlite_database.write() as tx:
        anyone, ada_only = accounts.invite(tx), accounts.invite(tx, email="Ada@Example.com")
        login = accounts.issue_once(tx, "login", seconds=60)
    for invite in (None, "", "made-up", login, ada_only):
        assert refusal(calling(join, "eve@example.com", invite)) is ErrorCode.FORBIDDEN
    assert join("bob@example.com", anyone).email == "bob@example.com"
    assert refusal(lambda: join("eve@example.com", anyone)) is ErrorCode.FORBIDDEN
    assert refusal(lambda: join("bob@example.com", ada_only)) is ErrorCode.FORBIDDEN
    assert join("ADA@example.com", ada_only).email == "ada@example.com"


def test_an_invitation_is_not_lost_to_an_address_that_is_taken(sqlite_database: Database) -> None:
    accounts = room(SignupMode.INVITE)
    made(sqlite_database, accounts, "ada@example.com")
    with sqlite_database.write() as tx:
        invite = accounts.invite(tx)
    for email, expected in (("ada@example.com", ErrorCode.EMAIL_TAKEN), ("bob@example.com", None)):
        try:
            with sqlite_database.write() as tx:
                accounts.sign_up(tx, email=email, password_hash="h", invite=invite)
            code = None
        except CutroomError as error:
            code = error.code
        assert code is expected


def test_an_invitation_expires(sqlite_database: Database, clock: StandingClock) -> None:
    accounts = room(SignupMode.INVITE, clock)
    with sqlite_database.write() as tx:
        invite = accounts.invite(tx)
        clock.forward(7 * 86_400)
        call = calling(accounts.sign_up, tx, email="a@b.de", password_hash="h", invite=invite)
        assert refusal(call) is ErrorCode.FORBIDDEN


# --- log-in ----------------------------------------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    database: Database, accounts: Accounts, passwords: Passwords
) -> None:
    signed_up(database, accounts, passwords)
    made(database, accounts, "nopassword@example.com")
    said = set()
    for email in (
        "ada@example.com",
        "eve@example.com",
        "nopassword@example.com",
        "",
        "a\x00@b.de",
        "\ud800",
        "x" * 9999,
    ):
        with pytest.raises(CutroomError) as caught:
            log_in(database, accounts, passwords, email, "wrong horse")
        said.add((caught.value.code, str(caught.value), repr(caught.value.fields)))
    assert len(said) == 1
    assert said.pop()[0] is ErrorCode.NOT_AUTHENTICATED


def test_a_disabled_account_is_told_so_only_to_who_knows_the_password(
    sqlite_database: Database, accounts: Accounts, passwords: Passwords
) -> None:
    ada = signed_up(sqlite_database, accounts, passwords)
    with sqlite_database.write() as tx:
        accounts.set_disabled(tx, ada.id, disabled=True)
    wrong = calling(log_in, sqlite_database, accounts, passwords, ada.email, "wrong horse")
    right = calling(log_in, sqlite_database, accounts, passwords, ada.email, PASSWORD)
    assert refusal(wrong) is ErrorCode.NOT_AUTHENTICATED
    assert refusal(right) is ErrorCode.KEY_DISABLED


def test_a_hash_is_renewed_unless_the_password_was_changed_meanwhile(
    sqlite_database: Database, accounts: Accounts, passwords: Passwords
) -> None:
    ada = signed_up(sqlite_database, accounts, passwords)
    with sqlite_database.write() as tx:
        login = accounts.login(tx, ada.email)
        accounts.rehash(tx, login, "newer hash")
        assert accounts.password_hash(tx, ada.id) == "newer hash"
        assert accounts.get(tx, ada.id).session_version == ada.session_version
        accounts.set_password(tx, ada.id, "another password's")
        accounts.rehash(tx, login, "too late")
        assert accounts.password_hash(tx, ada.id) == "another password's"
        accounts.rehash(tx, accounts.login(tx, "eve@example.com"), "nobody's")


def test_ending_sessions_and_changing_the_password_log_out_everywhere(
    sqlite_database: Database, accounts: Accounts
) -> None:
    ada, eve = made(sqlite_database, accounts), made(sqlite_database, accounts, "eve@example.com")
    hers = accounts.issue_session(eve)[0]
    with sqlite_database.write() as tx:
        key = accounts.create_key(tx, ada.id)[1]
        ways = (calling(accounts.end_sessions, tx, ada.id), calling(accounts.set_password, tx, ada.id, "hash"))
        for end in ways:
            token, _ = accounts.issue_session(accounts.get(tx, ada.id))
            assert accounts.authenticate(tx, token).account.id == ada.id
            end()
            assert refusal(calling(accounts.authenticate, tx, token)) is ErrorCode.NOT_AUTHENTICATED
        assert accounts.authenticate(tx, key).account.id == ada.id
        assert accounts.authenticate(tx, hers).account == eve


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer x", "ve_live_", "ve_live_" + "a" * 32, "a.b.c", "\x00", "\ud800", "é" * 40, "x" * 100_000],
)
def test_anything_else_is_nobody(database: Database, accounts: Accounts, credential: str) -> None:
    with database.read() as tx:
        assert refusal(lambda: accounts.authenticate(tx, credential)) is ErrorCode.NOT_AUTHENTICATED


def test_a_session_of_an_account_of_another_server_is_nobody(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        tx.execute(sa.delete(table))
        token = accounts.issue_session(ada)[0]
        assert refusal(lambda: accounts.authenticate(tx, token)) is ErrorCode.NOT_AUTHENTICATED


def test_a_log_in_link_works_once_for_its_account(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        token = accounts.login_link(tx, ada.id)
        assert accounts.use_login_link(tx, token) == ada
        assert refusal(lambda: accounts.use_login_link(tx, token)) is ErrorCode.NOT_FOUND
        invite = accounts.invite(tx)
        assert refusal(lambda: accounts.use_login_link(tx, invite)) is ErrorCode.NOT_FOUND
        later = accounts.login_link(tx, ada.id)
        accounts.set_disabled(tx, ada.id, disabled=True)
        assert refusal(lambda: accounts.use_login_link(tx, later)) is ErrorCode.KEY_DISABLED


# --- the rest --------------------------------------------------------------------------------------------------------


def test_each_account_has_a_webhook_secret_of_its_own(sqlite_database: Database, accounts: Accounts) -> None:
    people = [made(sqlite_database, accounts, f"{name}@example.com") for name in ("ada", "bob")]
    with sqlite_database.read() as tx:
        secrets = {accounts.webhook(tx, person.id).secret for person in people}
        assert refusal(lambda: accounts.webhook(tx, "acc_none")) is ErrorCode.NOT_FOUND
    assert len(secrets) == 2
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_an_account_is_told_of_its_jobs_where_it_says(sqlite_database: Database, accounts: Accounts) -> None:
    ada, bob = (made(sqlite_database, accounts, f"{name}@example.com") for name in ("ada", "bob"))
    with sqlite_database.write() as tx:
        accounts.set_webhook(tx, ada.id, " https://example.com/hook ")
        assert accounts.webhook(tx, ada.id).url == "https://example.com/hook"
        assert accounts.webhook(tx, ada.id).secret not in repr(accounts.webhook(tx, ada.id))
        assert accounts.webhook(tx, bob.id).url is None
        accounts.set_webhook(tx, ada.id, None)
        assert accounts.webhook(tx, ada.id).url is None
        assert refusal(lambda: accounts.set_webhook(tx, "acc_none", None)) is ErrorCode.NOT_FOUND


def test_accounts_are_listed_page_by_page(sqlite_database: Database, accounts: Accounts) -> None:
    emails = [f"{letter}@example.com" for letter in "cabed"]
    for email in emails:
        made(sqlite_database, accounts, email)
    seen: list[str] = []
    with sqlite_database.read() as tx:
        while page := accounts.page(tx, limit=2, after=seen[-1] if seen else ""):
            seen += [account.email for account in page]
    assert seen == sorted(emails)


def test_changing_an_account_that_is_not_there(sqlite_database: Database, accounts: Accounts) -> None:
    with sqlite_database.write() as tx:
        for call in (
            lambda: accounts.get(tx, "acc_none"),
            lambda: accounts.set_disabled(tx, "acc_none", disabled=True),
            lambda: accounts.set_name(tx, "acc_none", "x"),
            lambda: accounts.set_password(tx, "acc_none", "h"),
            lambda: accounts.end_sessions(tx, "acc_none"),
        ):
            assert refusal(call) is ErrorCode.NOT_FOUND
        assert accounts.password_hash(tx, "acc_none") is None
        assert accounts.find(tx, "nobody@example.com") is None


def test_a_name_can_be_changed(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        accounts.set_name(tx, ada.id, " Ada L. ")
        assert accounts.get(tx, ada.id).name == "Ada L."


def test_secrets_are_not_in_what_is_printed(accounts: Accounts) -> None:
    assert "secret" not in repr(accounts._config).replace("session_seconds", "")
