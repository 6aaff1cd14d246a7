"""What a folder and a bucket have in common, as the store uses them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as listed."""

    key: str
    size: int
    """bytes"""
    modified: datetime


class Backend(Protocol):
    """Keys are checked before they come here. Trouble is a ``CutroomError``, a missing file ``FileNotFoundError``."""

    def put(self, key: str, path: Path, *, media_type: str, disposition: str) -> None:
        """Copy the file at ``path`` there: all of it or nothing."""

    def size(self, key: str) -> int | None: ...

    def delete(self, key: str) -> None:
        """Idempotent."""

    def entries(self, prefix: str) -> Iterator[StoredFile]: ...

    def read(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        """The bytes from ``start`` up to, not including, ``end``; in pieces."""

    def path(self, key: str) -> Path | None:
        """Where on this machine the file would be; None where files are elsewhere."""

    def sign(self, key: str, seconds: int) -> str | None:
        """A link that the backend itself answers; None where it answers none."""

    def tidy(self) -> int:
        """Remove what killed writers left; how many files there were."""
