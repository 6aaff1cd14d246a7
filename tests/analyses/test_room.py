"""Analyses in the database: the quota holds among many at once, isolation, steps once, pages, what is let go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutroom.analyses.repository import percepts
from cutroom.analyses.room import Analyses, month_of
from cutroom.db import Database
from cutroom.jobs import Jobs
from cutroom.kernel.clock import utc_now
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.analysis import NewAnalysis, Preset, SourceType
from cutroom.model.job import NewJob, Queue
from tests.support.people import add_account

Add = Callable[..., str]


@pytest.fixture
def add(database: Database) -> Add:
    """Accepts one for the account; its id."""
    with database.write() as tx:
        for name in ("anna", "bert"):
            add_account(tx, name)

    def accept(room: Analyses | None = None, limit: int | None = None, **changes: Any) -> str:
        new = NewAnalysis(**{
            "id": f"job_{new_id(12)}", "account_id": "anna", "preset": Preset.FULL, "source_type": SourceType.URL,
            "source": "https://e.com/a.mp4", "platform": "direct",
        } | changes)  # fmt: skip
        with database.write() as tx:
            Jobs().add(tx, NewJob(new.id, new.account_id, "clipapi", "analysis", Queue.NET, {}))
            (room or Analyses()).add(tx, new, limit=limit)
        return new.id

    return accept


def used(database: Database, room: Analyses | None = None) -> int:
    with database.read() as tx:
        return (room or Analyses()).used(tx, "anna")


def test_of_twenty_at_once_one_fits_into_what_is_left(database: Database, add: Add) -> None:
    for _ in range(2):
        add(limit=3)
    outcomes: list[str] = []
    start = threading.Barrier(20)

    def order() -> None:
        start.wait()
        try:
            add(limit=3)
            outcomes.append("accepted")
        except CutroomError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=order) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted(["accepted"] + [ErrorCode.QUOTA_EXCEEDED] * 19)
    assert used(database) == 3
    with database.read() as tx:
        assert len(Analyses().page(tx, "anna", limit=100).analyses) == 3


def test_a_refused_one_leaves_neither_job_nor_count(database: Database, add: Add) -> None:
    with pytest.raises(CutroomError, match="Monthly quota exceeded"):
        add(limit=0)
    assert used(database) == 0
    with database.read() as tx:
        assert Jobs().unfinished(tx) == []


def test_it_is_given_back_once_and_to_its_own_month(database: Database, add: Add) -> None:
    august, september = (Analyses(lambda m=month: datetime(2026, m, 15, tzinfo=UTC)) for month in (8, 9))  # type: ignore[misc]
    first = add(august)
    add(august)
    add(september)
    for _ in range(2):
        with database.write() as tx:
            september.come_to_nothing(tx, first)
    assert (used(database, august), used(database, september)) == (1, 1)


def test_a_demo_counts_nowhere_and_is_in_no_list(database: Database, add: Add) -> None:
    demo = add(demo=True, limit=0)
    assert used(database) == 0
    with database.read() as tx:
        assert Analyses().page(tx, "anna").analyses == ()
        with pytest.raises(CutroomError, match="no such analysis"):
            Analyses().find(tx, "anna", demo)


def test_others_and_unknown_ones_are_told_alike(database: Database, add: Add) -> None:
    mine = add()
    said = set()
    with database.read() as tx:
        for account, name in (("bert", mine), ("bert", "job_000000000000"), ("anna", "' OR 1=1"), ("anna", "\x00")):
            with pytest.raises(CutroomError) as caught:
                Analyses().find(tx, account, name)
            said.add((caught.value.code, caught.value.message))
    assert len(said) == 1


def test_a_step_begins_and_ends_once_and_in_its_turn(database: Database, add: Add) -> None:
    room, made = Analyses(), add()
    with database.write() as tx:
        assert not room.begin_step(tx, made, 1)
        assert [room.begin_step(tx, made, 0) for _ in range(2)] == [True, False]
        assert room.end_step(tx, made, 1, "x") is None
        assert room.end_step(tx, made, 0, "ingest") is not None
        assert room.end_step(tx, made, 0, "ingest") is None
        found = room.get(tx, made)
    assert found is not None
    assert [step.step for step in found.done] == ["ingest"]
    assert found.current_step == "ingest"


def test_pages_newest_first_by_state(database: Database, add: Add) -> None:
    room, made = Analyses(), [add() for _ in range(5)]
    with database.write() as tx:
        Jobs().cancel(tx, made[0])
        Jobs().start(tx, made[1], "w")
    with database.read() as tx:
        first = room.page(tx, "anna", limit=2)
        second = room.page(tx, "anna", limit=2, after=first.next_after)
        third = room.page(tx, "anna", limit=2, after=second.next_after)
        by_state = {
            status: [one.id for one in room.page(tx, "anna", status=status).analyses]
            for status in ("queued", "processing", "completed", "failed")
        }
    assert [one.id for page in (first, second, third) for one in page.analyses] == made[::-1]
    assert third.next_after is None
    assert by_state == {"queued": made[:1:-1], "processing": [made[1]], "completed": [], "failed": [made[0]]}


def test_percepts_go_with_the_last_analysis_of_their_content(database: Database, add: Add) -> None:
    room, made = Analyses(), [add(), add()]
    facts = {"source": {"platform": "direct"}}
    with database.write() as tx:
        for one in made:
            room.note_source(tx, one, facts, "ab" * 32)
        percepts.keep(tx, ("ab" * 32, "hear", "1"), {"": "percepts/x.json"}, utc_now())
        room.delete(tx, made[0])
        assert percepts.ended(tx, 10) == []
        room.come_to_nothing(tx, made[1])
        assert len(percepts.ended(tx, 10)) == 1
        percepts.keep(tx, ("ab" * 32, "hear", "1"), {"": "percepts/x.json"}, utc_now())
        assert percepts.ended(tx, 10) == []
        percepts.end_unused(tx, utc_now())
        assert len(percepts.ended(tx, 10)) == 1


def test_what_has_a_time_is_over_when_its_work_is(database: Database, add: Add) -> None:
    room = Analyses()
    over, running, later = (add(expires=utc_now() + timedelta(hours=hours)) for hours in (-1, -1, 1))
    with database.write() as tx:
        for one in (over, later):
            Jobs().cancel(tx, one)
        assert room.expired(tx, 10) == [over]
    assert running


def test_months_are_those_of_utc() -> None:
    assert month_of(datetime.fromisoformat("2026-09-01T00:30:00+02:00")) == "2026-08"
