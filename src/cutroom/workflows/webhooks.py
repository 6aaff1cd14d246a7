"""Sending what was stored: every due delivery is tried once in a while, by the schedule kept with it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from cutroom.jobs import Delivery
from cutroom.kernel.errors import CutroomError
from cutroom.workflows.workbench import PostPort, Workbench

_log = logging.getLogger(__name__)
_AT_ONCE = 8


class WebhookSender:
    """Tries deliveries, several at once. A receiver that is slow or away delays nobody but itself."""

    def __init__(self, bench: Workbench, post: PostPort) -> None:
        self._bench = bench
        self._post = post
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cutroom-webhook")
        self._busy = 0

    def send_due(self) -> int:
        """Begin a try of each delivery that is due, as many as there are free threads; how many."""
        free = _AT_ONCE - self._busy
        if free <= 0:
            return 0
        with self._bench.database.read() as tx:
            if not self._bench.webhooks.any_due(tx):
                return 0
        with self._bench.database.write() as tx:
            due = self._bench.webhooks.due(tx, free)
        self._busy += len(due)
        for delivery in due:
            self._threads.submit(self.send, delivery).add_done_callback(self._done)
        return len(due)

    def send(self, delivery: Delivery) -> bool:
        """Try once and write what it came to. Delivered is what was answered with a status of 200 to 299."""
        delivered, answer = False, ""
        try:
            headers = self._bench.webhooks.headers(delivery)
            status, text = self._post(
                delivery.url, headers, delivery.body.encode(), seconds=self._bench.config.webhook_seconds
            )
            delivered, answer = 200 <= status < 300, f"{status} {text}".strip()
        except CutroomError as error:
            answer = error.message
        except Exception:  # noqa: BLE001 - the next try may fare better, and the other deliveries must go on
            _log.exception("a webhook could not be sent")
            answer = "Could not be sent."
        with self._bench.database.write() as tx:
            self._bench.webhooks.record(tx, delivery, delivered=delivered, answer=answer)
        return delivered

    def close(self) -> None:
        """Begin no more; what is under way may end or be tried again by others."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, _future: object) -> None:
        self._busy -= 1
