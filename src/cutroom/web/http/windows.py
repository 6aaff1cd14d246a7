"""Request windows at the door: count a request, and say in headers how much is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cutroom.actions import windows
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.model.request import RateState, Window
from cutroom.web.http.dialect import Access, Counts, Endpoint


@dataclass(frozen=True, slots=True)
class Meter:
    """The windows of one request."""

    services: Service
    surface: str
    caller: Caller | None
    address: str
    endpoint: Endpoint | None

    def count(self) -> RateState | None:
        """Count the request, if it fits; the state says whether it did. None where nothing is counted."""
        if self.caller is None and (self.endpoint is None or self.endpoint.access is not Access.ANYONE):
            return None
        if self.endpoint is not None and self.endpoint.counts is Counts.NOTHING:
            return None
        found = windows.request_windows(self.services, self.surface, self.caller, self.address)
        return windows.hit(self.services, found)

    @property
    def blocks(self) -> bool:
        """Whether ``state`` asks the database."""
        return bool(self._narrow())

    def state(self, counted: RateState | None) -> RateState | None:
        """What to tell: of the tightest window that applies. None for callers nobody knows."""
        if self.caller is None:
            return None
        narrow = self._narrow()
        own = windows.look(self.services, narrow) if narrow else None
        known = [state for state in (counted, own) if state is not None]
        return min(known, key=lambda state: (state.remaining, -state.reset), default=self._unlimited())

    def _narrow(self) -> Sequence[Window]:
        counts = self.endpoint.counts if self.endpoint else Counts.REQUESTS
        if self.caller is not None and counts is Counts.JOBS:
            return windows.job_windows(self.services, self.surface, self.caller)
        if self.caller is not None and counts is Counts.RELOADS:
            return windows.reload_windows(self.services, self.caller)
        return ()

    def _unlimited(self) -> RateState | None:
        """Clients that look for the headers find them: always as much as the documented window holds."""
        rates = windows.documented(self.services, self.surface).get("per_key", ())
        if not rates:
            return None
        tightest = min(rates, key=lambda rate: rate.limit)
        reset = self.services.clock().timestamp() + tightest.seconds
        return RateState(True, tightest.limit, tightest.limit, reset, 0, metered=False)  # noqa: FBT003 - its first field


def too_many(state: RateState) -> CutroomError:
    """The refusal of a request that does not fit into its window."""
    return CutroomError(
        ErrorCode.RATE_LIMITED,
        f"Rate limit exceeded. Try again in {max(1, math.ceil(state.retry_after))} s.",
        retry_after=max(1, math.ceil(state.retry_after)),
        limit=state.limit,
        seconds=state.seconds,
    )


def retry_after(error: CutroomError) -> dict[str, str]:
    """The header of a refusal; empty for other errors."""
    if error.code is not ErrorCode.RATE_LIMITED:
        return {}
    return {"retry-after": str(max(1, math.ceil(error.fields.get("retry_after", 1))))}
