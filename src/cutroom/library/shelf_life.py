"""How long clips stay, and how much of them may stay for ever. Rules as data; no clock and no database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class ShelfLife:
    """A clip that is not pinned stays for ``lifetime``; pinned clips stay as long as they fit into the quota."""

    lifetime: timedelta = timedelta(hours=24)
    free_bytes: int = GIB

    def expires(self, now: datetime) -> datetime:
        """When a clip goes that is made, or unpinned, now."""
        return now + self.lifetime

    def quota(self, purchased_gb: int) -> int:
        """Bytes an account's pinned clips may take."""
        return self.free_bytes + purchased_gb * GIB
