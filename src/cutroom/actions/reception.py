"""How much may come in: the size of one upload, and how many of an account at the same time."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode


class Reception:
    """Where uploads come in, how large they may be, and how many may come at once. Thread-safe.

    ``surfaces``: those by name that take files of another size than ``max_bytes``.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        max_bytes: int = 500_000_000,
        account_bytes: int = 5_000_000_000,
        at_once: int = 4,
        surfaces: Mapping[str, int] | None = None,
    ) -> None:
        self.scratch = scratch
        self.max_bytes = max_bytes
        self.account_bytes = account_bytes
        """What the files of an account that wait for their jobs may take together."""
        self._surfaces = dict(surfaces or {})
        self._at_once = at_once
        self._coming: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def coming(self) -> int:
        """How many are coming in now."""
        return self._coming.total()

    @contextlib.contextmanager
    def place(self, account_id: str, *, limited: bool = True) -> Iterator[None]:
        """One of the account's places, for as long as the block runs. ``RATE_LIMITED`` when all are taken."""
        with self._lock:
            if limited and self._coming[account_id] >= self._at_once:
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

    def most(self, surface: str = "") -> int:
        """Bytes of the largest file that this surface takes."""
        return self._surfaces.get(surface, self.max_bytes)
