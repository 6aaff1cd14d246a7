"""How much may come in: the size of one upload, and how many of an account at the same time."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode


class Reception:
    """Where uploads come in, and how many may come at once. Thread-safe."""

    def __init__(self, scratch: Path, *, max_bytes: int = 500_000_000, at_once: int = 4) -> None:
        self.scratch = scratch
        self.max_bytes = max_bytes
        self._at_once = at_once
        self._coming: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def coming(self) -> int:
        """How many are coming in now."""
        return self._coming.total()

    @contextlib.contextmanager
    def place(self, account_id: str) -> Iterator[None]:
        """One of the account's places, for as long as the block runs. ``RATE_LIMITED`` when all are taken."""
        with self._lock:
            if self._coming[account_id] >= self._at_once:
                raise CutroomError(
                    ErrorCode.RATE_LIMITED,
                    f"At most {self._at_once} uploads of an account can come in at once.",
                    next_step="Wait for one to end.",
                    retry_after=5,
                )
            self._coming[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming[account_id] -= 1
                self._coming += Counter()  # forgets those who have none

    def check_size(self, size: int) -> None:
        """``LIMIT_EXCEEDED`` for what is larger than an upload may be; bytes."""
        if size > self.max_bytes:
            raise CutroomError(
                ErrorCode.LIMIT_EXCEEDED, f"An upload must not be larger than {self.max_bytes} bytes.",
                limit=self.max_bytes,
            )  # fmt: skip
