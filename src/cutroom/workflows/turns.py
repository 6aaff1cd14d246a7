"""Turns at the processor for work that is not in its queue: a download waits for the network, then wants to encode."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

from cutroom.kernel.cancel import CancelToken
from cutroom.workflows.shares import Shares

# A cancelled job does not wait for its turn; it looks this often (s).
_LOOK = 0.2


class Turns:
    """``places`` at the same time, by default as many as there are processors, sharing the threads. Thread-safe."""

    def __init__(self, places: int | None = None, shares: Shares | None = None) -> None:
        self._places = threading.BoundedSemaphore(max(1, places or os.cpu_count() or 2))
        self._shares = shares or Shares()

    @contextlib.contextmanager
    def take(self, cancel: CancelToken) -> Iterator[int]:
        """Wait for a place and keep it for as long as the block runs, with so many threads. Raises ``Cancelled``."""
        while not self._places.acquire(timeout=_LOOK):
            cancel.check()
        try:
            with self._shares.share() as threads:
                yield threads
        finally:
            self._places.release()

    @contextlib.contextmanager
    def keep(self) -> Iterator[int]:
        """As ``take``, for work that has its place already: its queue gave it."""
        with self._shares.share() as threads:
            yield threads

    @contextlib.contextmanager
    def spare(self) -> Iterator[bool]:
        """Whether something may be done beside one's own work, without waiting; it counts as at work then."""
        with self._shares.spare() as found:
            yield found
