"""An account is told of each of its jobs that ends, once, whoever ends it and whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cutroom.db.tables.accounts import accounts
from cutroom.kernel.clock import iso_z
from cutroom.model.job import JobStatus
from cutroom.workflows import Workbench
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.reconciler import Reconciler
from cutroom.workflows.settling import settle_failure
from tests.support.crew import Crew, until
from tests.support.receiver import Receiver
from tests.support.work import Yard, children_of
from tests.support.yards import endless_film

__all__ = ["endless_film"]

pytestmark = pytest.mark.slow

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "https://example.com/hook"


def listen(yard: Yard, url: str | None) -> None:
    with yard.database.write() as tx:
        tx.execute(sa.update(accounts).values(webhook_url=url, webhook_secret=SECRET))


def stored(yard: Yard) -> list[Any]:
    return [json.loads(body) for (body,) in yard.rows("SELECT body FROM webhook_deliveries ORDER BY created")]


@pytest.fixture
def receiver(yard: Yard) -> Iterator[Receiver]:
    with Receiver(SECRET) as made:
        listen(yard, made.url)
        yield made


def test_a_cancelled_job_is_told_in_the_transaction_that_cancels_it(yard: Yard) -> None:
    before, made = yard.submit(), yard.submit()
    assert yard.client.cancel(before.id)
    listen(yard, HOOK)
    for _ in range(2):
        yard.client.cancel(made.id)
    (message,) = stored(yard)
    assert (message["type"], message["data"]["id"], message["data"]["clip"]) == ("job.cancelled", made.id, None)
    finished = yard.job(made.id).finished
    assert finished is not None
    assert message["timestamp"] == message["data"]["finished_at"] == iso_z(finished)
    rows = yard.rows("SELECT subject, url, secret, status FROM webhook_deliveries")
    assert rows == [(made.id, HOOK, SECRET, "waiting")]


def test_what_is_rolled_back_is_not_told(yard: Yard) -> None:
    listen(yard, HOOK)
    made = yard.submit()
    with contextlib.suppress(RuntimeError), yard.database.write() as tx:
        assert yard.jobs.cancel(tx, made.id)
        raise RuntimeError
    assert stored(yard) == []


def test_nobody_is_told_who_does_not_want_to_be(yard: Yard) -> None:
    listen(yard, HOOK)
    made = yard.submit()
    listen(yard, None)
    yard.client.cancel(made.id)
    assert stored(yard) == []


def test_a_failure_is_told_with_its_sentence(yard: Yard, bench: Workbench) -> None:
    listen(yard, HOOK)
    made = yard.submit()
    assert settle_failure(bench, made.id, "source_private", "The video is private.", detail="secret")
    assert not settle_failure(bench, made.id, "internal", "Once more.")
    (message,) = stored(yard)
    assert message["type"] == "job.failed"
    assert message["data"]["error"] == {"code": "source_private", "message": "The video is private."}


def test_what_the_reconciler_ends_is_told(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Callable[..., None]
) -> None:
    listen(yard, HOOK)
    made = yard.submit()
    force(made.id, status="MAX_RECOVERY_ATTEMPTS_EXCEEDED")
    reconciler = Reconciler(bench, engine)
    assert [reconciler.reconcile(everything=True) for _ in range(2)] == [1, 0]
    (message,) = stored(yard)
    assert message["data"]["error"]["message"] == "The work was interrupted too often."


@pytest.mark.chaos
@pytest.mark.enable_socket
@pytest.mark.timeout(180)
def test_each_job_is_told_once_although_a_worker_is_killed(
    yard: Yard, crew: Crew, receiver: Receiver, endless_film: Path
) -> None:
    worker = crew.hire(webhooks_every=0.1)
    done = [yard.submit(), yard.submit(format="mp3")]
    failed = yard.submit(url="/nothing.mp4")
    endless = yard.submit(url=str(endless_film), format="gif", end="600")
    interrupted = yard.submit(url=str(endless_film), format="gif", end="40")
    until(lambda: children_of(yard.root), 20.0, "it works")
    worker.kill()
    crew.hire(webhooks_every=0.1)
    yard.wait(endless.id, JobStatus.RUNNING)
    assert yard.client.cancel(endless.id)
    for job in (*done, interrupted):
        assert yard.wait(job.id, seconds=90).status is JobStatus.COMPLETED
    yard.wait(failed.id)
    unsent = "SELECT count(*) FROM webhook_deliveries WHERE status <> 'delivered'"
    until(lambda: yard.rows(unsent) == [(0,)], 20.0, "all messages arrive")
    kinds = dict.fromkeys([job.id for job in (*done, interrupted)], "job.completed")
    kinds |= {failed.id: "job.failed", endless.id: "job.cancelled"}
    assert sorted((said["data"]["id"], said["type"]) for said in receiver.messages) == sorted(kinds.items())
    assert yard.rows("SELECT count(*), count(DISTINCT subject) FROM webhook_deliveries") == [(5, 5)]
    assert yard.rows("SELECT max(attempts) > 1 FROM jobs") == [(True,)]
    assert receiver.refused == 0
    clip = next(said["data"]["clip"] for said in receiver.messages if said["data"]["id"] == done[0].id)
    assert (clip["id"], clip["duration"], clip["share_url"]) == (done[0].id, 2.0, f"/c/{done[0].id}")
