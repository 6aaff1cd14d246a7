"""The owner: made once, unmetered, with a key that every start can show."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cutroom.accounts import Accounts, OwnerKey
from cutroom.accounts.keys import new_secret
from cutroom.db import Database
from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.accounts.rooms import at_once, made, refusal, refuse_after


@pytest.fixture
def key(tmp_path: Path) -> OwnerKey:
    return OwnerKey(tmp_path / "data" / "owner.key")


def obtained(database: Database, accounts: Accounts, key: OwnerKey) -> str:
    with database.write() as tx:
        secret = key.obtain(tx, accounts)
    assert secret is not None
    return secret


def test_another_machine_does_not_end_the_key_of_the_first(
    sqlite_database: Database, accounts: Accounts, key: OwnerKey, tmp_path: Path
) -> None:
    first = obtained(sqlite_database, accounts, key)
    with sqlite_database.write() as tx:
        assert OwnerKey(tmp_path / "elsewhere" / "owner.key").obtain(tx, accounts, renew=False) is None
        assert key.obtain(tx, accounts, renew=False) == first
        assert accounts.authenticate(tx, first).account.is_owner


def test_the_owner_is_made_once_and_is_not_metered(sqlite_database: Database, accounts: Accounts) -> None:
    with sqlite_database.write() as tx:
        assert refusal(lambda: accounts.owner(tx)) is ErrorCode.NOT_FOUND
        owner, secret = accounts.ensure_owner(tx)
        assert secret is not None
        assert (owner.email, owner.plan, owner.is_owner) == ("owner@localhost", "owner", True)
        assert not accounts.plan(owner).metered
        assert accounts.authenticate(tx, secret).account == owner
        assert accounts.ensure_owner(tx) == (owner, None)
        assert accounts.owner(tx) == owner
        assert accounts.password_hash(tx, owner.id) is None


def test_eight_processes_that_start_at_once_make_one_owner(database: Database, accounts: Accounts) -> None:
    def ensure(_: int) -> str | None:
        with database.write() as tx:
            return accounts.ensure_owner(tx)[1]

    secrets = [secret for secret in at_once(8, ensure) if secret is not None]
    assert len(secrets) == 1
    with database.read() as tx:
        assert len(accounts.page(tx)) == 1
        assert len(accounts.keys(tx, accounts.owner(tx).id)) == 1


def test_every_start_shows_the_same_key(sqlite_database: Database, accounts: Accounts, key: OwnerKey) -> None:
    secret = obtained(sqlite_database, accounts, key)
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    assert key.path.read_text().strip() == secret
    assert [path.name for path in key.path.parent.iterdir()] == ["owner.key"]
    assert {obtained(sqlite_database, accounts, key) for _ in range(3)} == {secret}
    with sqlite_database.read() as tx:
        assert accounts.authenticate(tx, secret).account.is_owner


@pytest.mark.parametrize("content", [None, "", "rubbish", "\x00" * 500, "ve_live_" + "a" * 32])
def test_a_lost_file_means_a_new_key_and_the_end_of_the_old_one(
    sqlite_database: Database, accounts: Accounts, key: OwnerKey, content: str | None
) -> None:
    old = obtained(sqlite_database, accounts, key)
    key.path.unlink()
    if content is not None:
        key.path.write_text(content)
    new = obtained(sqlite_database, accounts, key)
    assert new != old
    assert key.path.read_text().strip() == new
    with sqlite_database.read() as tx:
        assert refusal(lambda: accounts.authenticate(tx, old)) is ErrorCode.NOT_AUTHENTICATED
        owner = accounts.authenticate(tx, new).account
        assert len(accounts.keys(tx, owner.id)) == 1


def test_a_start_that_dies_before_its_transaction_ends_is_put_right_by_the_next(
    sqlite_database: Database, accounts: Accounts, key: OwnerKey
) -> None:
    with pytest.raises(CutroomError), sqlite_database.write() as tx:
        refuse_after(key.obtain(tx, accounts))
    stale = key.read()
    assert stale is not None
    secret = obtained(sqlite_database, accounts, key)
    assert secret != stale
    with sqlite_database.read() as tx:
        assert accounts.authenticate(tx, secret).account.is_owner


def test_six_starts_at_once_show_one_working_key(database: Database, accounts: Accounts, key: OwnerKey) -> None:
    for _ in range(2):  # with no owner yet, and with the file gone
        secrets = set(at_once(6, lambda _: obtained(database, accounts, key)))
        assert len(secrets) == 1
        with database.read() as tx:
            assert accounts.authenticate(tx, str(secrets.pop())).account.is_owner
        key.path.unlink()


def test_a_revoked_or_disabled_key_is_replaced(sqlite_database: Database, accounts: Accounts, key: OwnerKey) -> None:
    secrets = [obtained(sqlite_database, accounts, key)]
    with sqlite_database.write() as tx:
        owner = accounts.owner(tx)
        accounts.revoke_key(tx, owner.id, accounts.keys(tx, owner.id)[0].id)
    secrets.append(obtained(sqlite_database, accounts, key))
    with sqlite_database.write() as tx:
        accounts.change_key(tx, owner.id, accounts.keys(tx, owner.id)[0].id, enabled=False)
    secrets.append(obtained(sqlite_database, accounts, key))
    assert len(set(secrets)) == 3
    with sqlite_database.read() as tx:
        assert accounts.authenticate(tx, secrets[-1]).account == owner


def test_with_ten_other_keys_a_revoked_one_stays_revoked(
    sqlite_database: Database, accounts: Accounts, key: OwnerKey
) -> None:
    obtained(sqlite_database, accounts, key)
    with sqlite_database.write() as tx:
        owner = accounts.owner(tx)
        accounts.revoke_key(tx, owner.id, accounts.keys(tx, owner.id)[0].id)
        others = [accounts.create_key(tx, owner.id)[1] for _ in range(10)]
        assert key.obtain(tx, accounts) is None
        key.write(others[0])  # any working key of the owner may be put there
        assert key.obtain(tx, accounts) == others[0]


def test_somebody_elses_key_in_the_file_is_not_the_owners(
    sqlite_database: Database, accounts: Accounts, key: OwnerKey
) -> None:
    obtained(sqlite_database, accounts, key)
    ada = made(sqlite_database, accounts)
    with sqlite_database.write() as tx:
        hers = accounts.create_key(tx, ada.id)[1]
    key.write(hers)
    secret = obtained(sqlite_database, accounts, key)
    assert secret != hers
    with sqlite_database.read() as tx:
        assert accounts.authenticate(tx, secret).account.is_owner
        assert accounts.authenticate(tx, hers).account == ada


def test_a_file_that_others_could_read_is_closed_to_them(key: OwnerKey) -> None:
    secret = new_secret("ve_live_")
    key.write(secret)
    key.path.chmod(0o644)
    assert key.read() == secret
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_to_is_named_without_its_path(
    sqlite_database: Database, accounts: Accounts, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    key = OwnerKey(tmp_path / "file" / "owner.key")
    with sqlite_database.write() as tx:
        assert refusal(lambda: key.obtain(tx, accounts)) is ErrorCode.TARGET_NOT_WRITABLE
