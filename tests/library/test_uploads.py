"""Uploads in the library: whose they are, how long they stay, how much they may take."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from cutroom.db import Database
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.library import Uploads
from cutroom.library.names import upload_name
from cutroom.model.library import NewUpload, Upload
from tests.library.shelf import DAY, StandingClock, open_account

MB = 1_000_000


def new_upload(account_id: str, **changes: Any) -> NewUpload:
    upload_id = changes.pop("id", None) or f"up_{new_id()}"
    values: dict[str, Any] = {
        "id": upload_id, "account_id": account_id, "name": "film.mp4", "size": MB, "digest": "ab" * 32,
        "file_key": f"uploads/up/{upload_id}/{'ab' * 16}.mp4", "media_type": "video/mp4", "facts": {"title": "Film"},
    }  # fmt: skip
    return NewUpload(**values | changes)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def uploads(clock: StandingClock) -> Uploads:
    return Uploads(DAY, quota=3 * MB, clock=clock)


@pytest.fixture
def people(database: Database) -> tuple[str, str]:
    with database.write() as tx:
        return open_account(tx, f"a{new_id(8)}"), open_account(tx, f"b{new_id(8)}")


def put(database: Database, uploads: Uploads, account_id: str, **changes: Any) -> Upload:
    with database.write() as tx:
        return uploads.add(tx, new_upload(account_id, **changes))


def refused(database: Database, act: Any) -> ErrorCode:
    with pytest.raises(CutroomError) as told, database.write() as tx:
        act(tx)
    return told.value.code


def test_an_upload_is_its_accounts_alone_for_a_day(
    database: Database, uploads: Uploads, clock: StandingClock, people: tuple[str, str]
) -> None:
    mine, other = people
    made = put(database, uploads, mine)
    assert made.source == f"upload:{made.id}"
    assert made.expires - made.created == DAY
    with database.read() as tx:
        assert uploads.find(tx, mine, made.id) == made
    for account, name in [(other, made.id), (mine, "up_unknown"), (mine, "\x00"), (mine, "x" * 500)]:
        assert refused(database, lambda tx, a=account, n=name: uploads.find(tx, a, n)) is ErrorCode.NOT_FOUND
        assert refused(database, lambda tx, a=account, n=name: uploads.delete(tx, a, n)) is ErrorCode.NOT_FOUND
    clock.pass_time(DAY)
    assert refused(database, lambda tx: uploads.find(tx, mine, made.id)) is ErrorCode.NOT_FOUND


def test_adding_again_changes_nothing(database: Database, uploads: Uploads, people: tuple[str, str]) -> None:
    made = put(database, uploads, people[0])
    assert put(database, uploads, people[0], id=made.id, name="other.mp4") == made
    with database.write() as tx:
        uploads.delete(tx, people[0], made.id)
    put(database, uploads, people[0], id=made.id)
    assert refused(database, lambda tx: uploads.find(tx, people[0], made.id)) is ErrorCode.NOT_FOUND
    taken = new_upload(people[1], id=made.id)
    assert refused(database, lambda tx: uploads.add(tx, taken)) is ErrorCode.INTERNAL


def test_pages(database: Database, uploads: Uploads, people: tuple[str, str]) -> None:
    made = [put(database, uploads, people[0], size=1).id for _ in range(3)]
    put(database, uploads, people[1], size=1)
    with database.read() as tx:
        first, total = uploads.page(tx, people[0], page=1, per_page=2)
        second, _ = uploads.page(tx, people[0], page=2, per_page=2)
        assert uploads.page(tx, people[0], page=3, per_page=2) == ([], 3)
    assert [one.id for one in first + second] == made[::-1]
    assert total == 3
    assert refused(database, lambda tx: uploads.page(tx, people[0], page=0, per_page=2)) is ErrorCode.INVALID_REQUEST


def test_an_account_has_so_much_room(
    database: Database, uploads: Uploads, clock: StandingClock, people: tuple[str, str]
) -> None:
    made = [put(database, uploads, people[0]) for _ in range(3)]
    assert refused(database, lambda tx: uploads.add(tx, new_upload(people[0], size=1))) is ErrorCode.STORAGE_FULL
    put(database, uploads, people[1])
    with database.write() as tx:
        uploads.add(tx, new_upload(people[0]), metered=False)
        uploads.delete(tx, people[0], made[0].id)
        uploads.delete(tx, people[0], made[1].id)
    put(database, uploads, people[0])
    clock.pass_time(DAY)
    put(database, uploads, people[0], size=3 * MB)


def test_two_at_once_do_not_both_get_the_last_room(
    database: Database, uploads: Uploads, people: tuple[str, str]
) -> None:
    codes: list[str] = []

    def add() -> None:
        try:
            put(database, uploads, people[0], size=2 * MB)
            codes.append("added")
        except CutroomError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["added", "storage_full", "storage_full", "storage_full"]


def test_what_a_job_needs_stays_longer_and_never_shorter(
    database: Database, uploads: Uploads, clock: StandingClock, people: tuple[str, str]
) -> None:
    made = put(database, uploads, people[0])
    with database.write() as tx:
        assert uploads.hold(tx, people[0], made.id, timedelta(hours=1)).expires == made.expires
    clock.pass_time(timedelta(hours=23, minutes=30))
    with database.write() as tx:
        assert uploads.hold(tx, people[0], made.id, timedelta(hours=1)).expires == clock.now + timedelta(hours=1)
    assert refused(database, lambda tx: uploads.hold(tx, people[1], made.id, DAY)) is ErrorCode.NOT_FOUND
    clock.pass_time(DAY)
    assert refused(database, lambda tx: uploads.hold(tx, people[0], made.id, DAY)) is ErrorCode.NOT_FOUND


def test_what_is_over_is_found_until_it_is_forgotten(
    database: Database, uploads: Uploads, clock: StandingClock, people: tuple[str, str]
) -> None:
    over, deleted = put(database, uploads, people[0]), put(database, uploads, people[0])
    with database.write() as tx:
        uploads.delete(tx, people[0], deleted.id)
    clock.pass_time(DAY)
    kept = put(database, uploads, people[0])
    for _ in range(2):  # killed before the files were gone: found again
        with database.write() as tx:
            assert {one.id for one in uploads.expired(tx, 1000)} >= {over.id, deleted.id}
    with database.write() as tx:
        assert uploads.forget(tx, [over.id, deleted.id, kept.id]) == 2
        assert uploads.known(tx, [over.id, kept.id, "unknown"]) == {kept.id}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        ('a"b\r\nSet-Cookie: x.mp4', 'a"b Set-Cookie: x.mp4'),
        ("\u202egpj.exe\u2066", "gpj.exe"),
        ("", "upload"),
        ("///", "upload"),
        ("\x00\ud800", "upload"),
        ("\u00e9" * 300 + ".mp4", "\u00e9" * 196 + ".mp4"),
        ("x" * 300, "x" * 200),
    ],
)
def test_names_become_one_line_that_can_be_read(given: str, name: str) -> None:
    assert upload_name(given) == name
