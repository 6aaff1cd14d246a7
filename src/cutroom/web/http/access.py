"""The outermost layer: a request id, one log line and one measurement for each request."""

from __future__ import annotations

import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutroom.actions.service import Service
from cutroom.kernel.ids import new_id

_log = structlog.get_logger("cutroom.access")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Labels of metrics are few, whatever clients think of.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Nobody learns anything from these, and they come every few seconds.
_QUIET = {"/healthz", "/readyz", "/metrics"}


class Access:
    """Takes a client's ``X-Request-Id`` where it is a plain one, else makes one; gives it back and logs by it."""

    def __init__(self, app: ASGIApp, services: Service) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN.fullmatch(given) else new_id()
        state = scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        status, started = 500, time.perf_counter()

        async def identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["x-request-id"] = request_id
                message = {**message, "headers": headers.raw}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, identified)
            finally:
                self._tell(scope, state, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, state: dict[str, str], status: int, seconds: float) -> None:
        surface, route = state.get("surface", "site"), state.get("route", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._services.metrics.request(surface, method, route, status, seconds)
        if scope["path"] not in _QUIET:
            # The template, not the path: links to files and approvals are secrets.
            _log.info("request", surface=surface, method=method, route=route, status=status, seconds=seconds)
