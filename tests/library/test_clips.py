"""The library on both databases: what is live, what may be pinned, and that two callers at once cannot both win."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest

from cutroom.db import Database, Transaction
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.library import Library
from cutroom.library.shelf_life import GIB
from tests.library.shelf import DAY, StandingClock, new_clip, open_account

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def library(clock: StandingClock) -> Library:
    return Library(clock=clock)


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.write() as transaction:
        open_account(transaction, "ann")
        open_account(transaction, "bob")
        yield transaction


def refusal(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        call()
    return caught.value.code


def test_a_clip_comes_back_exactly_as_it_was_added(library: Library, tx: Transaction, clock: StandingClock) -> None:
    new = new_clip("ann", facts={"mode": "exact", "warnings": ["a \ud800 b \x00"], "n": 1.5})
    clip = library.add(tx, new)
    assert {name: getattr(clip, name) for name in asdict(new)} == asdict(new)
    assert (clip.pinned, clip.created, clip.expires) == (False, clock.now, clock.now + DAY)
    assert library.find(tx, "ann", new.id) == library.get(tx, new.id) == clip
    assert library.of_job(tx, new.job_id) == [clip]


def test_adding_again_changes_nothing(library: Library, tx: Transaction, clock: StandingClock) -> None:
    new = new_clip("ann")
    first = library.add(tx, new)
    clock.pass_time(timedelta(hours=3))
    assert library.add(tx, new_clip("ann", new.id, name="other", file_size=5)) == first
    library.delete(tx, "ann", new.id)
    library.add(tx, new)
    assert library.get(tx, new.id) is None, "a deleted clip does not come back"


def test_an_id_of_another_account_is_not_taken_over(library: Library, tx: Transaction) -> None:
    new = library.add(tx, new_clip("ann"))
    assert refusal(lambda: library.add(tx, new_clip("bob", new.id))) is ErrorCode.INTERNAL


def test_texts_of_other_people_are_made_fit(library: Library, tx: Transaction) -> None:
    hostile = "a\x00b\r\nc\ud800 " + "x" * 600
    clip = library.add(tx, new_clip("ann", name=hostile, source_title=hostile, source_url="https://e.com/\x00"))
    assert clip.name.startswith("a b c x")
    assert (len(clip.name), len(clip.source_title)) == (200, 500)
    assert library.get(tx, clip.id) == clip


def test_a_clip_expires_to_the_microsecond(library: Library, tx: Transaction, clock: StandingClock) -> None:
    clip = library.add(tx, new_clip("ann"))
    clock.pass_time(DAY - MOMENT)
    assert library.get(tx, clip.id) == clip
    clock.pass_time(MOMENT)
    assert library.get(tx, clip.id) is None
    assert library.of_job(tx, clip.job_id) == []
    assert library.page(tx, "ann", surface=None, page=1, per_page=10) == ([], 0)


@pytest.mark.parametrize("state", ["unknown", "foreign", "expired", "deleted", "gibberish"])
@pytest.mark.parametrize("deed", ["find", "rename", "pin", "unpin", "delete"])
def test_what_is_not_there_for_you_is_not_there(
    library: Library, tx: Transaction, clock: StandingClock, state: str, deed: str
) -> None:
    clip_id = library.add(tx, new_clip("bob" if state == "foreign" else "ann")).id
    if state == "expired":
        clock.pass_time(DAY)
    elif state == "deleted":
        library.delete(tx, "ann", clip_id)
    elif state == "unknown":
        clip_id = "0000000000000000"
    ids = ["\x00", "\ud800", "", "x" * 5000, "' OR 1=1 --"] if state == "gibberish" else [clip_id]
    deeds: dict[str, Callable[[str], object]] = {
        "find": lambda name: library.find(tx, "ann", name),
        "rename": lambda name: library.rename(tx, "ann", name, "new"),
        "pin": lambda name: library.pin(tx, "ann", name, 0),
        "unpin": lambda name: library.unpin(tx, "ann", name),
        "delete": lambda name: library.delete(tx, "ann", name),
    }
    sentences = set()
    for name in ids:
        with pytest.raises(CutroomError) as caught:
            deeds[deed](name)
        assert caught.value.code is ErrorCode.NOT_FOUND
        sentences.add(str(caught.value))
    assert sentences == {"There is no such clip."}


def test_pages_are_most_recent_first_and_of_one_account(library: Library, tx: Transaction) -> None:
    ids = [library.add(tx, new_clip("ann", surface="fastclip" if n % 2 else "shorts")).id for n in range(7)]
    library.add(tx, new_clip("bob"))

    def page(number: int, surface: str | None = None, size: int = 3) -> tuple[list[str], int]:
        clips, count = library.page(tx, "ann", surface=surface, page=number, per_page=size)
        return [clip.id for clip in clips], count

    assert page(1) == (ids[:3:-1], 7)
    assert page(3) == ([ids[0]], 7)
    assert page(4) == page(10**30) == ([], 7)
    assert page(1, "fastclip") == ([ids[5], ids[3], ids[1]], 3)
    assert page(1, "nothing", 100) == ([], 0)
    for bad in ({"page": 0, "per_page": 1}, {"page": 1, "per_page": 0}):
        assert refusal(lambda bad=bad: library.page(tx, "ann", surface=None, **bad)) is ErrorCode.INVALID_REQUEST  # type: ignore[misc]


def test_names_have_one_to_two_hundred_characters(library: Library, tx: Transaction) -> None:
    clip = library.add(tx, new_clip("ann"))
    for good in ("x", "日" * 200, "  trimmed \n", "👨‍👩‍👧 שלום"):
        assert library.rename(tx, "ann", clip.id, good).name == good.strip()
    for bad in ("", "   ", "x" * 201, "a\x00b", "a\nb", "\ud800"):
        assert refusal(lambda bad=bad: library.rename(tx, "ann", clip.id, bad)) is ErrorCode.INVALID_REQUEST  # type: ignore[misc]
    assert library.find(tx, "ann", clip.id).name == "👨‍👩‍👧 שלום"


def test_pinning_ends_expiry_and_unpinning_begins_it_anew(
    library: Library, tx: Transaction, clock: StandingClock
) -> None:
    clip = library.add(tx, new_clip("ann"))
    for _ in range(2):
        pinned = library.pin(tx, "ann", clip.id, 0)
        assert (pinned.pinned, pinned.expires) == (True, None)
    clock.pass_time(DAY * 400)
    unpinned = library.unpin(tx, "ann", clip.id)
    assert (unpinned.pinned, unpinned.expires) == (False, clock.now + DAY)
    clock.pass_time(timedelta(hours=1))
    assert library.unpin(tx, "ann", clip.id) == unpinned, "unpinning what is not pinned changes nothing"
    library.pin(tx, "ann", clip.id, 0)
    assert library.unpin(tx, "ann", clip.id).expires == clock.now + DAY


def test_only_pinned_clips_count_and_the_quota_is_exact(library: Library, tx: Transaction) -> None:
    half = GIB // 2
    first, second, third = (library.add(tx, new_clip("ann", file_size=half)).id for _ in range(3))
    one = library.add(tx, new_clip("ann", file_size=1)).id
    library.pin(tx, "bob", library.add(tx, new_clip("bob", file_size=GIB)).id, 0)
    assert library.use(tx, "ann", 0).used == 0
    library.pin(tx, "ann", first, 0)
    library.pin(tx, "ann", second, 0)
    use = library.use(tx, "ann", 3)
    assert (use.used, use.quota, use.pinned_clips, use.purchased_gb) == (GIB, 4 * GIB, 2, 3)
    assert refusal(lambda: library.pin(tx, "ann", one, 0)) is ErrorCode.STORAGE_FULL
    assert library.pin(tx, "ann", second, 0).pinned, "idempotent in a full library, too"
    assert library.pin(tx, "ann", one, 1).pinned
    assert library.pin(tx, "ann", third, None).pinned, "who has no quota has none"
    library.delete(tx, "ann", first)
    library.unpin(tx, "ann", second)
    assert library.use(tx, "ann", 0).used == half + 1


def test_a_clip_larger_than_the_quota_cannot_be_pinned(library: Library, tx: Transaction) -> None:
    clip = library.add(tx, new_clip("ann", file_size=GIB + 1))
    assert refusal(lambda: library.pin(tx, "ann", clip.id, 0)) is ErrorCode.STORAGE_FULL
    assert library.find(tx, "ann", clip.id) == clip


def test_the_sweep_ends_what_is_over_and_forgets_only_that(
    library: Library, tx: Transaction, clock: StandingClock
) -> None:
    old, deleted, pinned = (library.add(tx, new_clip("ann")).id for _ in range(3))
    library.pin(tx, "ann", pinned, 0)
    clock.pass_time(DAY - MOMENT)
    library.delete(tx, "ann", deleted)
    fresh = library.add(tx, new_clip("ann")).id
    assert [clip.id for clip in library.expired(tx, 10)] == [deleted]
    clock.pass_time(MOMENT)
    assert {clip.id for clip in library.expired(tx, 10)} == {old, deleted}
    assert len(library.expired(tx, 1)) == 1
    clock.pass_time(-DAY)  # another machine's clock runs behind: what was handed out for removal stays ended
    assert refusal(lambda: library.pin(tx, "ann", old, 0)) is ErrorCode.NOT_FOUND
    everything = [old, deleted, pinned, fresh, "unknown"]
    assert library.known(tx, everything) == {old, deleted, pinned, fresh}
    assert library.forget(tx, everything) == 2
    assert library.known(tx, everything) == {pinned, fresh}
    assert library.expired(tx, 10) == []
    assert library.forget(tx, [f"none{n}" for n in range(2000)]) == 0


def test_pins_at_once_never_exceed_the_quota(database: Database) -> None:
    library = Library(free_bytes=10_000)
    with database.write() as tx:
        open_account(tx, "ann")
        ids = [library.add(tx, new_clip("ann", file_size=3_000)).id for _ in range(12)]
    gate = threading.Barrier(12)

    def pin(clip_id: str) -> ErrorCode | None:
        gate.wait()
        try:
            with database.write() as tx:
                library.pin(tx, "ann", clip_id, 0)
        except CutroomError as error:
            return error.code
        return None

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(pin, ids))
    assert outcomes.count(None) == 3
    assert outcomes.count(ErrorCode.STORAGE_FULL) == 9
    with database.read() as tx:
        assert library.use(tx, "ann", 0).used == 9_000


def test_a_clip_deleted_from_many_sides_is_deleted_once(database: Database) -> None:
    library = Library()
    with database.write() as tx:
        open_account(tx, "ann")
        clip_id = library.add(tx, new_clip("ann")).id
    gate = threading.Barrier(8)

    def delete(_: int) -> int:
        gate.wait()
        try:
            with database.write() as tx:
                return library.delete(tx, "ann", clip_id).file_size
        except CutroomError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(delete, range(8))) == 1_000_000


def test_a_clip_added_from_many_sides_is_there_once(database: Database) -> None:
    library = Library()
    with database.write() as tx:
        open_account(tx, "ann")
    new = new_clip("ann")
    gate = threading.Barrier(8)

    def add(_: int) -> int:
        gate.wait()
        with database.write() as tx:
            return library.add(tx, new).seq

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(add, range(8)))) == 1
    with database.read() as tx:
        assert library.page(tx, "ann", surface=None, page=1, per_page=5)[1] == 1
