"""API keys: their shape, how few of them, and what becomes of one that is disabled or revoked."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from cutroom.accounts import PREFIXES, Accounts
from cutroom.accounts.keys import hash_of, looks_like_key, new_secret
from cutroom.db import Database
from cutroom.db.tables.accounts import api_keys
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import KeyStatus
from tests.accounts.rooms import StandingClock, at_once, calling, made, refusal, room

SHAPE = re.compile(r"(clp_|ve_live_|sk_live_)[A-Za-z0-9]{32}")


@given(st.sampled_from(PREFIXES))
def test_a_key_is_a_documented_prefix_and_32_random_characters(prefix: str) -> None:
    secret = new_secret(prefix)
    assert SHAPE.fullmatch(secret)
    assert secret.startswith(prefix)
    assert looks_like_key(secret)
    assert secret != new_secret(prefix)


@given(st.text() | st.from_regex(SHAPE, fullmatch=True))
@pytest.mark.slow
def test_only_keys_look_like_keys(text: str) -> None:
    assert looks_like_key(text) == bool(SHAPE.fullmatch(text))


@pytest.mark.parametrize(
    "text", ["ve_live_" + "a" * 31, "ve_live_" + "a" * 33, "ve_live_" + "a" * 32 + "\n", "VE_LIVE_"]
)
def test_nearly_keys_are_none(text: str) -> None:
    assert not looks_like_key(text)


def test_every_character_is_used() -> None:
    seen = {character for _ in range(200) for character in new_secret("clp_")[4:]}
    assert len(seen) == 62


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_of_any_prefix_opens_the_door_and_is_kept_as_a_hash_alone(
    sqlite_database: Database, accounts: Accounts, prefix: str
) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        key, secret = accounts.create_key(tx, ada.id, name=" laptop ", prefix=prefix)
        assert (key.name, key.prefix, key.last4, key.status) == ("laptop", prefix, secret[-4:], KeyStatus.ACTIVE)
        assert accounts.keys(tx, ada.id) == [key]
        caller = accounts.authenticate(tx, secret)
        assert (caller.account, caller.key_id, caller.by_session) == (ada, key.id, False)
        row = tx.execute(sa.select(api_keys)).one()
    assert row.hash == hash_of(secret)
    assert secret[len(prefix) :] not in repr(row)


def test_it_is_known_whether_the_operator_has_made_a_key(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        secrets = [accounts.create_key(tx, ada.id, by_admin=by_admin)[1] for by_admin in (False, True)]
        assert [accounts.authenticate(tx, secret).key_by_admin for secret in secrets] == [False, True]
        assert [key.by_admin for key in accounts.keys(tx, ada.id)] == [False, True]


@pytest.mark.parametrize("prefix", ["", "pk_live_", "ve_live", "ve_live_x"])
def test_other_prefixes_are_refused(sqlite_database: Database, accounts: Accounts, prefix: str) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        assert refusal(lambda: accounts.create_key(tx, ada.id, prefix=prefix)) is ErrorCode.INVALID_REQUEST
        assert refusal(lambda: accounts.create_key(tx, ada.id, name="x" * 201)) is ErrorCode.INVALID_REQUEST
        assert refusal(lambda: accounts.create_key(tx, "acc_none")) is ErrorCode.NOT_FOUND


def test_disabled_says_so_revoked_is_unknown(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        key, secret = accounts.create_key(tx, ada.id)
        assert accounts.change_key(tx, ada.id, key.id, enabled=False).status is KeyStatus.DISABLED
        assert refusal(lambda: accounts.authenticate(tx, secret)) is ErrorCode.KEY_DISABLED
        assert accounts.change_key(tx, ada.id, key.id, enabled=False).status is KeyStatus.DISABLED
        assert accounts.change_key(tx, ada.id, key.id, enabled=True, name="again").name == "again"
        assert accounts.change_key(tx, ada.id, key.id, enabled=True).status is KeyStatus.ACTIVE
        assert accounts.authenticate(tx, secret).key_id == key.id
        accounts.revoke_key(tx, ada.id, key.id)
        for call in (
            lambda: accounts.revoke_key(tx, ada.id, key.id),
            lambda: accounts.change_key(tx, ada.id, key.id, enabled=True),
            lambda: accounts.change_key(tx, ada.id, key.id, name="x"),
        ):
            assert refusal(call) is ErrorCode.NOT_FOUND
        assert accounts.keys(tx, ada.id) == []
    with sqlite_database.read() as tx:
        with pytest.raises(CutroomError) as revoked:
            accounts.authenticate(tx, secret)
        with pytest.raises(CutroomError) as unknown:
            accounts.authenticate(tx, new_secret("ve_live_"))
    assert revoked.value.code is ErrorCode.NOT_AUTHENTICATED
    assert str(revoked.value) == str(unknown.value)


@pytest.mark.parametrize("key_id", ["key_none", "", "x" * 300, "key_\x00", "key_\ud800", "' OR 1=1"])
def test_anothers_key_and_an_unknown_one_answer_alike(database: Database, accounts: Accounts, key_id: str) -> None:
    ada, eve = made(database, accounts), made(database, accounts, "eve@example.com")
    with database.write() as tx:
        key, secret = accounts.create_key(tx, ada.id)
    for other in (key_id, key.id):
        with database.write() as tx:
            assert refusal(calling(accounts.revoke_key, tx, eve.id, other)) is ErrorCode.NOT_FOUND
            for change in ({"name": "mine"}, {"enabled": False}, {"enabled": True}, {}):
                call = calling(accounts.change_key, tx, eve.id, other, **change)
                assert refusal(call) is ErrorCode.NOT_FOUND
    with database.read() as tx:
        assert accounts.keys(tx, ada.id) == [key]
        assert accounts.keys(tx, eve.id) == []
        assert accounts.authenticate(tx, secret).account == ada


def test_a_disabled_account_is_refused_with_each_good_credential(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    token, _ = accounts.issue_session(ada)
    with sqlite_database.write() as tx:
        _, secret = accounts.create_key(tx, ada.id)
        gone, old = accounts.create_key(tx, ada.id)
        accounts.revoke_key(tx, ada.id, gone.id)
        accounts.set_disabled(tx, ada.id, disabled=True)
        assert refusal(lambda: accounts.authenticate(tx, secret)) is ErrorCode.KEY_DISABLED
        assert refusal(lambda: accounts.authenticate(tx, token)) is ErrorCode.KEY_DISABLED
        assert refusal(lambda: accounts.authenticate(tx, old)) is ErrorCode.NOT_AUTHENTICATED
        accounts.set_disabled(tx, ada.id, disabled=False)
        assert accounts.authenticate(tx, secret).account == ada


def test_the_eleventh_active_key_is_refused_however_it_comes(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        first, secret = accounts.create_key(tx, ada.id)
        for _ in range(9):
            accounts.create_key(tx, ada.id)
        assert refusal(lambda: accounts.create_key(tx, ada.id)) is ErrorCode.TOO_MANY_KEYS
        accounts.change_key(tx, ada.id, first.id, enabled=False)
        last, _ = accounts.create_key(tx, ada.id)
        enable = calling(accounts.change_key, tx, ada.id, first.id, enabled=True)
        assert refusal(enable) is ErrorCode.TOO_MANY_KEYS
        assert refusal(lambda: accounts.authenticate(tx, secret)) is ErrorCode.KEY_DISABLED
        accounts.revoke_key(tx, ada.id, last.id)
        enable()
        assert accounts.authenticate(tx, secret).key_id == first.id
        assert [key.status for key in accounts.keys(tx, ada.id)] == [KeyStatus.ACTIVE] * 10


def test_twenty_at_once_make_exactly_ten(database: Database, accounts: Accounts) -> None:
    ada = made(database, accounts)

    def create(_: int) -> str:
        with database.write() as tx:
            return accounts.create_key(tx, ada.id)[1]

    results = at_once(20, create)
    secrets = [result for result in results if isinstance(result, str)]
    assert len(secrets) == 10
    assert {r.code for r in results if isinstance(r, CutroomError)} == {ErrorCode.TOO_MANY_KEYS}
    with database.read() as tx:
        assert {accounts.authenticate(tx, secret).account.id for secret in secrets} == {ada.id}


def test_the_last_place_is_given_to_one_of_those_who_enable_at_once(database: Database, accounts: Accounts) -> None:
    ada = made(database, accounts)
    with database.write() as tx:
        sleeping = [accounts.create_key(tx, ada.id)[0] for _ in range(6)]
        for key in sleeping:
            accounts.change_key(tx, ada.id, key.id, enabled=False)
        for _ in range(9):
            accounts.create_key(tx, ada.id)

    def enable(index: int) -> bool:
        with database.write() as tx:
            return accounts.change_key(tx, ada.id, sleeping[index].id, enabled=True).status is KeyStatus.ACTIVE

    results = at_once(6, enable)
    assert results.count(True) == 1
    assert [r.code for r in results if isinstance(r, CutroomError)] == [ErrorCode.TOO_MANY_KEYS] * 5
    with database.read() as tx:
        assert sum(key.status is KeyStatus.ACTIVE for key in accounts.keys(tx, ada.id)) == 10


def test_the_last_use_is_written_at_most_once_a_minute(sqlite_database: Database, clock: StandingClock) -> None:
    accounts = room(clock=clock)
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        key, secret = accounts.create_key(tx, ada.id)
    written = []
    for _ in range(10):
        with sqlite_database.write() as tx:
            caller = accounts.authenticate(tx, secret)
            due = accounts.use_is_stale(caller)
            assert accounts.note_use(tx, caller) == due
            assert not accounts.note_use(tx, caller)
            if due:
                written.append(clock())
            last_used = accounts.keys(tx, ada.id)[0].last_used
            assert last_used == written[-1]
        clock.forward(25)
    assert [(b - a).total_seconds() for a, b in pairwise(written)] == [75.0] * 3
    assert key.last_used is None


def test_of_many_requests_at_once_one_writes_the_last_use(database: Database, accounts: Accounts) -> None:
    ada = made(database, accounts)
    with database.write() as tx:
        _, secret = accounts.create_key(tx, ada.id)
        caller = accounts.authenticate(tx, secret)

    def note(_: int) -> bool:
        with database.write() as tx:
            return accounts.note_use(tx, caller)

    assert at_once(8, note).count(True) == 1


def test_a_session_has_no_key_to_write_of(sqlite_database: Database, accounts: Accounts) -> None:
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        caller = accounts.authenticate(tx, accounts.issue_session(ada)[0])
        assert caller.by_session
        assert not accounts.use_is_stale(caller)
        assert not accounts.note_use(tx, caller)
