"""The processor, shared by the jobs of one worker: who works alone has all of it, several have equal parts.

An encoder asks for its threads once, when it starts. So what a job gets depends on how many are at work at that
moment; those that began alone keep what they have until they end.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator


class Shares:
    """``threads`` in all, by default as many as there are processors; ``most`` for one job. Thread-safe."""

    def __init__(self, threads: int | None = None, most: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 2
        self._most = most or self._threads
        self._lock = threading.Lock()
        self._at_work = 0

    @contextlib.contextmanager
    def share(self) -> Iterator[int]:
        """At work for as long as the block runs, with so many threads; at least one."""
        with self._lock:
            self._at_work += 1
            mine = max(1, min(self._most, self._threads // self._at_work))
        try:
            yield mine
        finally:
            with self._lock:
                self._at_work -= 1

    @contextlib.contextmanager
    def spare(self) -> Iterator[bool]:
        """One more at work for as long as the block runs, if a thread has nothing to do; whether that is so."""
        with self._lock:
            found = self._most > 1 and self._at_work < self._threads
            self._at_work += found
        try:
            yield found
        finally:
            with self._lock:
                self._at_work -= found
