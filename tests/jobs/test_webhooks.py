"""Webhook deliveries: signed as the specification says, tried by the schedule, claimed by one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cutroom.db import Database
from cutroom.jobs import Delivery, Webhooks
from cutroom.jobs.webhooks import DELAYS
from cutroom.kernel.clock import utc_now

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Clock:
    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def webhooks(clock: Clock) -> Webhooks:
    return Webhooks(clock, lease=30.0)


@pytest.fixture
def delivery_id(database: Database, account: str, webhooks: Webhooks) -> str:
    with database.write() as tx:
        return webhooks.add(
            tx, account_id=account, subject="job", url="https://example.com/hook", secret=SECRET,
            payload={"type": "job.completed", "title": "Grüße"},
        )  # fmt: skip


def due(database: Database, webhooks: Webhooks) -> list[Delivery]:
    with database.write() as tx:
        found = webhooks.due(tx)
        assert not webhooks.any_due(tx)
        return found


def record(database: Database, webhooks: Webhooks, delivery: Delivery, *, delivered: bool, answer: str = "") -> bool:
    with database.write() as tx:
        return webhooks.record(tx, delivery, delivered=delivered, answer=answer)


def got(database: Database, webhooks: Webhooks, delivery_id: str) -> Delivery:
    with database.read() as tx:
        found = webhooks.get(tx, delivery_id)
    assert found is not None
    return found


def test_a_new_delivery_is_due_at_once_and_for_one(database: Database, webhooks: Webhooks, delivery_id: str) -> None:
    with database.read() as tx:
        assert webhooks.any_due(tx)
    (mine,) = due(database, webhooks)
    assert mine.id == delivery_id
    assert json.loads(mine.body) == {"type": "job.completed", "title": "Grüße"}
    assert due(database, webhooks) == []


def test_a_try_that_was_never_recorded_is_made_again(
    database: Database, webhooks: Webhooks, clock: Clock, delivery_id: str
) -> None:
    due(database, webhooks)
    clock.advance(31)
    (again,) = due(database, webhooks)
    assert again.id == delivery_id
    assert again.attempts == 0


def test_delivered_is_delivered(database: Database, webhooks: Webhooks, delivery_id: str) -> None:
    (mine,) = due(database, webhooks)
    assert record(database, webhooks, mine, delivered=True, answer="204 " + "x" * 500)
    after = got(database, webhooks, delivery_id)
    assert (after.status, after.attempts, after.next_try) == ("delivered", 1, None)
    assert len(after.last_answer or "") == 200
    assert not record(database, webhooks, mine, delivered=False, answer="500")
    assert got(database, webhooks, delivery_id) == after


def test_failed_tries_follow_the_schedule_and_end(
    database: Database, webhooks: Webhooks, clock: Clock, delivery_id: str
) -> None:
    for delay in DELAYS:
        (mine,) = due(database, webhooks)
        assert record(database, webhooks, mine, delivered=False, answer="500")
        clock.advance(delay - 1)
        assert due(database, webhooks) == []
        clock.advance(1)
    (last,) = due(database, webhooks)
    assert last.attempts == len(DELAYS)
    assert record(database, webhooks, last, delivered=False, answer="500")
    assert got(database, webhooks, delivery_id).status == "failed"
    clock.advance(1_000_000)
    assert due(database, webhooks) == []
    with database.write() as tx:
        assert webhooks.forget(tx, older_than=timedelta(days=30)) == 0
        assert webhooks.forget(tx, older_than=timedelta(days=1)) == 1


def test_the_signature_is_that_of_the_specification(database: Database, webhooks: Webhooks, delivery_id: str) -> None:
    (mine,) = due(database, webhooks)
    headers = webhooks.headers(mine)
    assert headers["webhook-id"] == delivery_id
    assert Webhook(SECRET).verify(mine.body, headers) == {"type": "job.completed", "title": "Grüße"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(mine.body + " ", headers)
