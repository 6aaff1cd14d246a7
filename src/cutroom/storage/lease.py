"""The right to use a file of the source cache for a while."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self


class Lease:
    """A file that stays where it is as long as the lease does. A context manager.

    ``release`` (what to let go of) is run once, also when the lease is ended from two threads.
    """

    def __init__(self, path: Path, release: contextlib.ExitStack, *, kept: bool) -> None:
        self.path = path
        self.kept = kept
        """Whether it is in the cache; else there was no room, and it goes with its lease."""
        self._release = release

    def release(self) -> None:
        """Idempotent."""
        self._release.pop_all().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
