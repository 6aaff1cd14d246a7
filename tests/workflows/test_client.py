"""Handing work in: all of it or nothing; cancelling: job, money and place in the queue."""

from __future__ import annotations

import contextlib

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.model.job import JobStatus, NewJob, Queue
from cutroom.workflows import prepare_engine
from cutroom.workflows.engine import EngineClient
from tests.support.work import PRICE, SIGNUP, Yard


@pytest.mark.slow
def test_a_job_is_queued_with_its_transaction(yard: Yard, engine: EngineClient) -> None:
    made = yard.submit(priority=20)
    record = engine.states([made.id])[made.id]
    assert (record.status, record.queue_name, record.name, record.priority) == ("ENQUEUED", "cpu", "cut_clip", 20)
    assert yard.balance() == SIGNUP - PRICE


def test_what_is_rolled_back_was_never_there(yard: Yard, engine: EngineClient) -> None:
    with contextlib.suppress(RuntimeError), yard.database.write() as tx:
        yard.wallet.reserve(tx, yard.account, "gone", Money(PRICE))
        yard.client.submit(tx, NewJob("gone", yard.account.id, "fastclip", "cut", Queue.CPU, {}))
        raise RuntimeError
    assert engine.states(["gone"]) == {}
    assert yard.rows("SELECT count(*) FROM jobs") == [(0,)]
    assert yard.balance() == SIGNUP


def test_the_highest_priority_is_one(yard: Yard, engine: EngineClient) -> None:
    made = yard.submit(priority=0)
    assert engine.states([made.id])[made.id].priority == 1


def test_an_unknown_kind_is_refused(yard: Yard) -> None:
    order = NewJob("j", yard.account.id, "fastclip", "bake", Queue.CPU, {})
    with pytest.raises(CutroomError) as caught, yard.database.write() as tx:
        yard.client.submit(tx, order)
    assert caught.value.code is ErrorCode.INTERNAL
    assert yard.rows("SELECT count(*) FROM jobs") == [(0,)]


def test_a_cancelled_job_leaves_the_queue_and_its_money_comes_back(yard: Yard, engine: EngineClient) -> None:
    made = yard.submit()
    assert yard.client.cancel(made.id)
    assert not yard.client.cancel(made.id)
    assert yard.job(made.id).status is JobStatus.CANCELLED
    assert engine.states([made.id])[made.id].status == "CANCELLED"
    assert yard.balance() == SIGNUP
    assert yard.audit() == []


def test_an_unknown_job_is_not_cancelled(yard: Yard) -> None:
    assert not yard.client.cancel("unknown")


def test_the_engines_tables_can_be_made_again(yard: Yard, engine: EngineClient) -> None:
    made = yard.submit()
    prepare_engine(yard.database)
    assert made.id in engine.states([made.id])
