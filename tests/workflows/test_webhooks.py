"""Sending webhooks: what counts as delivered, and that one bad receiver is one bad receiver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cutroom.jobs import Delivery
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.workflows import Workbench
from cutroom.workflows.webhooks import WebhookSender
from tests.support.work import Yard

pytestmark = pytest.mark.slow

SECRET = "d2g="


def add(yard: Yard, bench: Workbench, secret: str) -> Delivery:
    with yard.database.write() as tx:
        bench.webhooks.add(
            tx, account_id=yard.account.id, subject="j", url="https://example.com/hook", secret=secret, payload={}
        )
        (due,) = bench.webhooks.due(tx)
    return due


@pytest.mark.parametrize(
    ("status", "delivered"), [(200, True), (204, True), (299, True), (301, False), (410, False), (500, False)]
)
def test_only_success_is_delivered(yard: Yard, bench: Workbench, status: int, delivered: bool) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        assert seconds == 7.0
        return status, "said"

    bench = replace(bench, config=replace(bench.config, webhook_seconds=7.0))
    sender = WebhookSender(bench, post)
    assert sender.send(add(yard, bench, SECRET)) is delivered
    wanted = "delivered" if delivered else "waiting"
    assert yard.rows("SELECT status, last_answer, attempts FROM webhook_deliveries") == [(wanted, f"{status} said", 1)]
    sender.close()


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (CutroomError(ErrorCode.SOURCE_REFUSED_ADDRESS, "Not there.", detail="10.0.0.1"), "Not there."),
        (RuntimeError("secret"), "Could not be sent."),
    ],
)
def test_what_fails_is_noted_without_detail(yard: Yard, bench: Workbench, error: Exception, answer: str) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        raise error

    sender = WebhookSender(bench, post)
    assert not sender.send(add(yard, bench, SECRET))
    assert yard.rows("SELECT status, last_answer FROM webhook_deliveries") == [("waiting", answer)]
    sender.close()


def test_a_secret_that_is_none_does_not_stop_the_others(yard: Yard, bench: Workbench) -> None:
    def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        return 200, ""

    sender = WebhookSender(bench, post)
    assert not sender.send(add(yard, bench, ""))
    assert sender.send(add(yard, bench, SECRET))
    sender.close()
