"""Any life of any clips against a model of the rules, with a clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cutroom.db import Database
from cutroom.db.tables.accounts import accounts
from cutroom.db.tables.library import clips
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.library import Library
from tests.library.shelf import StandingClock, new_clip, open_account

pytestmark = pytest.mark.slow

LIFETIME = timedelta(hours=24)
FREE = 10
PEOPLE = ("ann", "bob")


@dataclass
class Card:
    """What the model remembers of a clip."""

    account: str
    size: int
    expires: datetime | None
    pinned: bool = False
    deleted: bool = False


class Life(RuleBasedStateMachine):
    """Two accounts, a quota of ten bytes, hours that pass."""

    database: ClassVar[Database]
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.clock = StandingClock()
        self.library = Library(LIFETIME, FREE, self.clock)
        self.model: dict[str, Card] = {}
        with self.database.write() as tx:
            tx.execute(clips.delete())
            tx.execute(accounts.delete())
            for person in PEOPLE:
                open_account(tx, person)

    def live(self, person: str, clip_id: str) -> Card | None:
        card = self.model[clip_id]
        over = card.expires is not None and card.expires <= self.clock.now
        return None if card.deleted or over or card.account != person else card

    def attempt(self, method: str, person: str, *arguments: Any) -> Any:
        try:
            with self.database.write() as tx:
                return getattr(self.library, method)(tx, person, *arguments)
        except CutroomError as error:
            return error.code

    @rule(target=ids, person=st.sampled_from(PEOPLE), size=st.integers(1, 6))
    def add(self, person: str, size: int) -> str:
        clip = new_clip(person, file_size=size)
        with self.database.write() as tx:
            self.library.add(tx, clip)
        self.model[clip.id] = Card(person, size, self.clock.now + LIFETIME)
        return clip.id

    @rule(hours=st.sampled_from([1, 11, 12, 23, 24]))
    def wait(self, hours: int) -> None:
        self.clock.pass_time(timedelta(hours=hours))

    @rule(clip_id=ids, person=st.sampled_from(PEOPLE), purchased=st.sampled_from([0, None]))
    def pin(self, clip_id: str, person: str, purchased: int | None) -> None:
        outcome = self.attempt("pin", person, clip_id, purchased)
        card = self.live(person, clip_id)
        if card is None:
            assert outcome is ErrorCode.NOT_FOUND
        elif not card.pinned and purchased is not None and self.used(person) + card.size > FREE:
            assert outcome is ErrorCode.STORAGE_FULL
        else:
            card.pinned, card.expires = True, None
            assert (outcome.pinned, outcome.expires) == (True, None)

    @rule(clip_id=ids, person=st.sampled_from(PEOPLE))
    def unpin(self, clip_id: str, person: str) -> None:
        outcome = self.attempt("unpin", person, clip_id)
        card = self.live(person, clip_id)
        if card is None:
            assert outcome is ErrorCode.NOT_FOUND
            return
        if card.pinned:
            card.pinned, card.expires = False, self.clock.now + LIFETIME
        assert (outcome.pinned, outcome.expires) == (False, card.expires)

    @rule(clip_id=ids, person=st.sampled_from(PEOPLE))
    def delete(self, clip_id: str, person: str) -> None:
        outcome = self.attempt("delete", person, clip_id)
        card = self.live(person, clip_id)
        if card is None:
            assert outcome is ErrorCode.NOT_FOUND
        else:
            assert outcome.file_size == card.size
            card.deleted = True

    @rule(limit=st.integers(1, 3))
    def sweep(self, limit: int) -> None:
        over = {name for name in self.model if not self.live(self.model[name].account, name)}
        with self.database.write() as tx:
            ended = {clip.id for clip in self.library.expired(tx, limit)}
            assert ended <= over
            assert len(ended) == min(limit, len(over & self.library.known(tx, list(self.model))))
            assert self.library.forget(tx, [*self.model][:1] + sorted(ended)) >= len(ended)
        for name in ended:
            self.model[name].deleted = True

    def used(self, person: str) -> int:
        return sum(c.size for c in self.model.values() if c.account == person and c.pinned and not c.deleted)

    @invariant()
    def lists_and_sums_agree(self) -> None:
        with self.database.read() as tx:
            for person in PEOPLE:
                found, count = self.library.page(tx, person, surface=None, page=1, per_page=1000)
                expected = [name for name in reversed(self.model) if self.live(person, name)]
                assert [clip.id for clip in found] == expected
                assert count == len(expected)
                assert self.library.use(tx, person, 0).used == self.used(person)
            for name, card in self.model.items():
                assert (self.library.get(tx, name) is not None) == (self.live(card.account, name) is not None)


def live_through(url: str, *, examples: int, steps: int) -> None:
    database = Database(url)
    machine = type("LifeHere", (Life,), {"database": database})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck)
            ),
        )
    finally:
        database.close()


def test_any_life_follows_the_rules(sqlite_database_url: str) -> None:
    live_through(sqlite_database_url, examples=20, steps=20)


@pytest.mark.slow
def test_any_life_follows_the_rules_on_postgres(postgres_database_url: str) -> None:
    live_through(postgres_database_url, examples=15, steps=30)
