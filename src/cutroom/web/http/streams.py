"""Server-sent events: plain lines, a sign of life every few seconds, and an end that clients understand.

A stream ends when its job has, when the client goes away, when it stops reading, or when the server stops; whatever
it followed is let go of in each case.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager
from typing import Any, cast

import anyio
from sse_starlette import EventSourceResponse
from sse_starlette import ServerSentEvent as Event
from sse_starlette.sse import AppStatus, SendTimeoutError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cutroom.web.http.exchange import NO_STORE
from cutroom.web.http.routing import Description

__all__ = [
    "EVENTS",
    "KEEP_ALIVE",
    "Event",
    "event",
    "event_stream",
    "is_stopping",
    "last_event_id",
    "nothing_more",
]

KEEP_ALIVE = 10.0
"""s between comments on a silent stream; proxies cut what is silent for longer."""
EVENTS = Description(
    answers={
        # Without a type: some take it for that of the whole stream, others for that of each event.
        200: {"description": "The events.", "content": {"text/event-stream": {"schema": {}}}},
        204: {"description": "It has ended, and the client has seen all of it."},
    },
    operation={
        "parameters": [
            {"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"}},
        ]
    },
)
_STALLED = 30.0
_FAREWELL = 1.0
_RETRY_MILLISECONDS = 2000
_LINES = "\n"
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def last_event_id(request: Request) -> int | None:
    """What the client has seen; None for a new one. What is no id of ours counts as 0: everything is told again."""
    sent = request.headers.get("last-event-id")
    if sent is None:
        return None
    return int(sent) if _ID.fullmatch(sent.strip()) else 0


def event(kind: str | None, data: str, *, number: int | None = None) -> Event:
    """One event; None makes one without a name. Only those with a number are told again to a client that comes back."""
    return Event(data, event=kind, id=None if number is None else str(number), sep=_LINES)


def is_stopping() -> bool:
    """Whether this process was told to stop: what takes long ends itself then."""
    return AppStatus.should_exit


def nothing_more() -> Response:
    """For a client that comes back to what is over: it does not come again."""
    return Response(status_code=204, headers=NO_STORE)


def event_stream(events: AsyncGenerator[Event], open_for: AbstractContextManager[None]) -> EventSourceResponse:
    """The answer that tells these events as they come. It is inside ``open_for`` for as long as it lasts."""
    return _Stream(events, open_for)


class _Stream(EventSourceResponse):
    def __init__(self, events: AsyncGenerator[Event], open_for: AbstractContextManager[None]) -> None:
        stopping = _Stopping()
        super().__init__(
            _until(stopping, events),
            headers={"cache-control": "no-cache"},
            ping=0,  # a task for each stream; the one that waits for events does that as well
            sep=_LINES,
            send_timeout=_STALLED,
            shutdown_event=cast("anyio.Event", stopping),
            shutdown_grace_period=_FAREWELL,
        )
        self._open_for = open_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("state", {}).get("asked") == "HEAD":  # the guard has made a GET of it
            await super().__call__({**scope, "method": "HEAD"}, receive, send)
            return
        # Who does not read for so long is gone; the server then closes the connection.
        with self._open_for, contextlib.suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


class _Stopping:
    """What the library sets when the server stops; as an event, but waited for without a task."""

    def __init__(self) -> None:
        self.told: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set(self) -> None:
        if not self.told.done():
            self.told.set_result(None)


async def _until(stopping: _Stopping, events: AsyncGenerator[Event]) -> AsyncIterator[Event]:
    """The events until there are no more, or until the server stops: then the answer ends as it should."""
    yield Event(retry=_RETRY_MILLISECONDS, sep=_LINES)
    coming: asyncio.Future[Event | None] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(events, None))
            while not coming.done():
                either: set[asyncio.Future[Any]] = {coming, stopping.told}
                if not (await asyncio.wait(either, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED))[0]:
                    yield Event(comment="still here", sep=_LINES)
                elif not coming.done():
                    return
            found = coming.result()
            if found is None:
                return
            yield found
    finally:
        with anyio.CancelScope(shield=True):
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
            await events.aclose()
