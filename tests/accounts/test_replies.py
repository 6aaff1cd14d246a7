"""A request that is sent twice is answered alike and done once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from cutroom.accounts import Replies, Reply, request_hash
from cutroom.db import Database
from cutroom.db.tables.service import replies as table
from cutroom.kernel.errors import CutroomError, ErrorCode
from tests.accounts.rooms import StandingClock, at_once, refusal

SCOPE = "acc_1 fastclip POST /clip"
REPLY = Reply(201, {"content-type": "application/json", "x-odd": "ä\x7f"}, b'{"id": "\x00\xff"}')
ONE, OTHER = request_hash(b"POST", b"/clip", b"{}"), request_hash(b"POST", b"/clip", b"{ }")


@pytest.fixture
def replies(clock: StandingClock) -> Replies:
    return Replies(clock)


def claim(database: Database, replies: Replies, key: str = "k", request: str = ONE, scope: str = SCOPE) -> Reply | None:
    with database.write() as tx:
        return replies.claim(tx, scope, key, request)


def test_the_first_acts_and_the_second_gets_the_same_answer(database: Database, replies: Replies) -> None:
    assert claim(database, replies) is None
    with database.write() as tx:
        assert replies.keep(tx, SCOPE, "k", REPLY)
    assert claim(database, replies) == REPLY
    assert claim(database, replies) == REPLY


def test_another_request_under_the_same_key_is_a_conflict(database: Database, replies: Replies) -> None:
    claim(database, replies)
    for _ in range(2):
        assert refusal(lambda: claim(database, replies, request=OTHER)) is ErrorCode.IDEMPOTENCY_CONFLICT
        with database.write() as tx:
            replies.keep(tx, SCOPE, "k", REPLY)
    assert claim(database, replies) == REPLY


def test_while_the_first_is_being_answered_the_second_is_told_to_wait(database: Database, replies: Replies) -> None:
    claim(database, replies)
    with pytest.raises(CutroomError) as caught:
        claim(database, replies)
    assert caught.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    assert caught.value.fields["retry_after"] >= 1


def test_a_dropped_claim_is_free_again_and_a_kept_answer_cannot_be_dropped(
    sqlite_database: Database, replies: Replies
) -> None:
    claim(sqlite_database, replies)
    with sqlite_database.write() as tx:
        assert replies.drop(tx, SCOPE, "k")
        assert not replies.drop(tx, SCOPE, "k")
    assert claim(sqlite_database, replies, request=OTHER) is None
    with sqlite_database.write() as tx:
        assert replies.keep(tx, SCOPE, "k", REPLY)
        assert not replies.drop(tx, SCOPE, "k")
    assert claim(sqlite_database, replies, request=OTHER) == REPLY


def test_the_first_answer_stays(sqlite_database: Database, replies: Replies) -> None:
    claim(sqlite_database, replies)
    with sqlite_database.write() as tx:
        assert replies.keep(tx, SCOPE, "k", REPLY)
        assert not replies.keep(tx, SCOPE, "k", Reply(500, {}, b""))
        assert not replies.keep(tx, SCOPE, "never claimed", REPLY)
    assert claim(sqlite_database, replies) == REPLY


def test_a_claim_whose_server_died_is_released_after_two_minutes(
    database: Database, replies: Replies, clock: StandingClock
) -> None:
    claim(database, replies)
    clock.forward(119)
    assert refusal(lambda: claim(database, replies)) is ErrorCode.IDEMPOTENCY_CONFLICT
    clock.forward(1)
    assert refusal(lambda: claim(database, replies, request=OTHER)) is ErrorCode.IDEMPOTENCY_CONFLICT
    assert claim(database, replies) is None
    assert refusal(lambda: claim(database, replies)) is ErrorCode.IDEMPOTENCY_CONFLICT


def test_answers_are_kept_for_a_day(database: Database, replies: Replies, clock: StandingClock) -> None:
    claim(database, replies)
    with database.write() as tx:
        replies.keep(tx, SCOPE, "k", REPLY)
    clock.forward(86_399)
    assert claim(database, replies) == REPLY
    clock.forward(1)
    assert claim(database, replies, request=OTHER) is None
    with database.write() as tx:
        replies.keep(tx, SCOPE, "k", Reply(200, {}, b""))
    assert claim(database, replies, request=OTHER) == Reply(200, {}, b"")


@pytest.mark.parametrize("abandoned", [False, True])
def test_of_ten_at_once_one_acts(database: Database, replies: Replies, clock: StandingClock, abandoned: bool) -> None:
    if abandoned:
        claim(database, replies)
        clock.forward(600)
    results = at_once(10, lambda _: claim(database, replies))
    assert results.count(None) == 1
    assert {r.code for r in results if isinstance(r, CutroomError)} == {ErrorCode.IDEMPOTENCY_CONFLICT}


def test_keys_of_others_and_of_other_paths_are_other_keys(database: Database, replies: Replies) -> None:
    scopes = [SCOPE, "acc_2 fastclip POST /clip", "acc_1 shorts POST /clip", "", "x" * 300, "x" * 301, "\x00\ud800"]
    for scope in scopes:
        assert claim(database, replies, scope=scope) is None
    for scope in scopes:
        with database.write() as tx:
            assert replies.keep(tx, scope, "k", REPLY)
        assert claim(database, replies, scope=scope) == REPLY


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "ä", "\x00", "\ud800", "a\n"])
def test_unfit_keys_are_refused(sqlite_database: Database, replies: Replies, key: str) -> None:
    assert refusal(lambda: claim(sqlite_database, replies, key)) is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("key", ["x" * 255, " ", "~", "8e03978e-40d5-43dd-bc93-6894a57f9324"])
def test_fit_keys_are_taken(database: Database, replies: Replies, key: str) -> None:
    assert claim(database, replies, key) is None


def test_an_answer_too_large_to_keep_frees_the_key(sqlite_database: Database, replies: Replies) -> None:
    claim(sqlite_database, replies)
    with sqlite_database.write() as tx:
        assert not replies.keep(tx, SCOPE, "k", Reply(200, {}, b"x" * (1024 * 1024 + 1)))
    assert claim(sqlite_database, replies) is None


def test_a_sweep_forgets_what_had_its_day(sqlite_database: Database, replies: Replies, clock: StandingClock) -> None:
    claim(sqlite_database, replies, "old")
    clock.forward(86_399)
    claim(sqlite_database, replies, "young")
    clock.forward(2)
    with sqlite_database.write() as tx:
        assert replies.sweep(tx) == 1
        assert tx.execute(sa.select(table.c.key)).scalars().all() == ["young"]


@given(st.lists(st.binary(), max_size=4), st.lists(st.binary(), max_size=4))
def test_different_requests_have_different_hashes(one: list[bytes], other: list[bytes]) -> None:
    assert (request_hash(*one) == request_hash(*other)) == (one == other)
    assert len(request_hash(*one)) == 64
