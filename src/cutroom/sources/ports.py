"""What this package needs from outside, handed in by the composition root, and the limits it works under."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cutroom.kernel.cancel import CancelToken


class HttpReply(Protocol):
    """An answer whose body is still to be read, inside the ``with`` block that asked."""

    @property
    def status(self) -> int: ...

    @property
    def url(self) -> str:
        """Where the answer came from, after redirects."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Found by name in any case."""

    def chunks(self) -> Iterator[bytes]:
        """The body as sent."""

    def body(self) -> Iterator[bytes]:
        """The whole, with transfer compression undone."""

    def read(self, limit: int) -> bytes:
        """At most the first ``limit`` bytes, with transfer compression undone."""


class Http(Protocol):
    """Guarded HTTP for one piece of work. Failures are ``CutroomError`` with a ``SOURCE_*`` code."""

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        cancel: CancelToken | None = None,
    ) -> AbstractContextManager[HttpReply]:
        """Statuses of 400 and above that are not in ``accept`` raise."""

    def close(self) -> None: ...


class KeptFile(Protocol):
    """A file of the cache that stays where it is until it is released."""

    @property
    def path(self) -> Path: ...

    def release(self) -> None:
        """Idempotent."""


class SourceCache(Protocol):
    """Files kept on this machine, by any text that names their content for sure; shared by all pieces of work."""

    def lease(self, key: str) -> KeptFile | None:
        """None when nothing is kept for ``key``."""

    def get(self, key: str, fill: Callable[[Path], object], cancel: CancelToken | None = None) -> KeptFile:
        """The file kept for ``key``; otherwise ``fill`` writes it to the path it is given. Raises what that raises."""

    def put(self, key: str, path: Path) -> KeptFile:
        """Move a finished file into the cache."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Bounds on what one source may cost."""

    max_bytes: int = 50 * 1024**3
    """Fetched for one piece of work, all requests together."""
    max_duration_seconds: float | None = None
    """Of the whole programme; None for no bound."""
    extract_seconds: float = 120.0
    """For finding out what a page offers."""
    stall_seconds: float = 60.0
    """Without a byte arriving, a download by yt-dlp is given up."""
    spare_disk_bytes: int = 256 * 1024**2
    """Left free on the disk whatever is fetched."""


@dataclass(frozen=True, slots=True)
class Network:
    """The way out, as handed in."""

    connect: Callable[[], Http]
    """A new client for one piece of work."""
    proxy_url: Callable[[], str]
    """The guarded proxy, for what cannot use ``connect``."""
