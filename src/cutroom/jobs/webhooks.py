"""Webhooks by the Standard Webhooks specification: stored, signed, tried again by a schedule. Sending is not done here.

A delivery is written in the transaction of the change it tells of, so none is lost and none tells of what never
happened. It is delivered at least once: receivers tell repetitions by the ``webhook-id``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cutroom.db import Transaction
from cutroom.jobs.repository.deliveries import Deliveries, Delivery
from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.ids import new_id

# s to wait after the first failed try, the second, ...; when all are used up, the delivery has failed.
DELAYS = (60.0, 300.0, 1800.0, 7200.0, 43_200.0)
_ANSWER = 200  # characters of an answer that are kept


class Webhooks:
    """Deliveries and their schedule. ``lease`` is how long (s) a try may take before another is made."""

    def __init__(self, clock: Clock = utc_now, *, delays: Sequence[float] = DELAYS, lease: float = 60.0) -> None:
        self._clock = clock
        self._delays = tuple(delays)
        self._lease = timedelta(seconds=lease)
        self._deliveries = Deliveries()

    def add(
        self, tx: Transaction, *, account_id: str, subject: str, url: str, secret: str, payload: Mapping[str, Any]
    ) -> str:
        """Store a message for ``url`` about ``subject`` (a job's id, say), due at once; the id it will carry.

        ``secret`` is the account's webhook secret: base64, with or without the prefix ``whsec_``.
        """
        delivery_id, now = f"msg_{new_id(24)}", self._clock()
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        self._deliveries.add(
            tx,
            id=delivery_id,
            account_id=account_id,
            subject=subject,
            url=url,
            secret=secret,
            body=body,
            created=now,
            next_try=now,
        )
        return delivery_id

    def get(self, tx: Transaction, delivery_id: str) -> Delivery | None:
        return self._deliveries.get(tx, delivery_id)

    def any_due(self, tx: Transaction) -> bool:
        """Whether there is anything to be tried now; only reads."""
        return self._deliveries.any_due(tx, self._clock())

    def due(self, tx: Transaction, limit: int = 20) -> list[Delivery]:
        """Deliveries to be tried now. They are the caller's alone until the lease is over."""
        return self._deliveries.claim(tx, self._clock(), self._lease, limit)

    def record(self, tx: Transaction, delivery: Delivery, *, delivered: bool, answer: str) -> bool:
        """Write what a try came to: delivered, to be tried again, or failed for good. ``answer`` is for the log."""
        now, answer = self._clock(), answer[:_ANSWER]
        if delivered or delivery.attempts >= len(self._delays):
            status = "delivered" if delivered else "failed"
            return self._deliveries.settle(
                tx, delivery, status=status, last_answer=answer, next_try=None, finished=now
            )  # fmt: skip
        again = now + timedelta(seconds=self._delays[delivery.attempts])
        return self._deliveries.settle(tx, delivery, last_answer=answer, next_try=again)

    def headers(self, delivery: Delivery) -> dict[str, str]:
        """The headers of a try made now: id, time, signature over both and the body."""
        from standardwebhooks.webhooks import Webhook

        now = self._clock()
        return {
            "content-type": "application/json",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(delivery.secret).sign(delivery.id, now, delivery.body),
        }

    def drop(self, tx: Transaction, *, subject: str, url: str) -> None:
        """Forget what was told, or is still to be told, about ``subject`` to ``url``: it is there no more."""
        self._deliveries.drop(tx, subject, url)

    def forget(self, tx: Transaction, *, older_than: timedelta) -> int:
        """Remove deliveries that ended that long ago; how many they were."""
        return self._deliveries.forget(tx, self._clock() - older_than)
