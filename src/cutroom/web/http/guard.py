"""The wrapper around each dialect: who asks, may they ask now, and how much do they bring, before anything is parsed.

It stands outside the mounted application, because headers that are set inside vanish from errors, and because a
request without a key must not be read. Every answer leaves through it: rate headers, CORS and the dialect's shape are
on refusals and crashes too.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cutroom.actions import accounts
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.model.request import RateState
from cutroom.web.http import cors
from cutroom.web.http.dialect import Access, Dialect, Directory, Match
from cutroom.web.http.exchange import (
    BodyTooLarge,
    ClientGone,
    client_address,
    declared_length,
    has_body,
    json_reply,
    read_body,
    replay,
    route_path,
)
from cutroom.web.http.repeats import HEADER, Repeatable
from cutroom.web.http.streams import is_stopping
from cutroom.web.http.threads import briefly
from cutroom.web.http.uploads import FRAMING
from cutroom.web.http.windows import Meter, retry_after, too_many

_log = logging.getLogger(__name__)
CRASHED = "Something went wrong on the server."
STOPPING = "The server is stopping. Send it again in a few seconds."


@dataclass(slots=True)
class _Visit:
    """What is known of one request while it is inside."""

    scope: Scope
    match: Match
    meter: Meter
    counted: RateState | None = None
    started: bool = False
    unread: bool = False
    """The endpoint reads the body, and has not read all of it."""


class Guard:
    """Credentials, then request windows, then the size of the body, then the application, then the headers."""

    def __init__(self, app: ASGIApp, dialect: Dialect, services: Service) -> None:
        self._app = app
        self._dialect = dialect
        self._services = services
        self._directory = Directory(dialect.endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if cors.is_preflight(scope):
            await cors.preflight()(scope, receive, send)
            return
        match = self._directory.match(scope["method"], route_path(scope))
        state = scope.setdefault("state", {})
        state["surface"], state["route"] = self._dialect.name, match.endpoint.path if match.endpoint else "other"
        meter = Meter(self._services, self._dialect.name, None, client_address(scope), match.endpoint)
        visit = _Visit(scope, match, meter)
        outward = self._outward(visit, send)
        try:
            response = await self._handle(visit, receive, outward)
        except CutroomError as error:
            response = self._refusal(visit, error)
        except ClientGone:
            return
        except asyncio.CancelledError:
            if visit.started or not is_stopping():
                raise
            # Without rate headers: whatever is waited for now is cancelled once more, and then nothing is said at all.
            last = self._problem(503, STOPPING, close=True)
            cors.allow(last.headers)
            await last(scope, receive, send)
            return
        except Exception as error:
            _log.error("request failed", exc_info=error)
            if visit.started:
                raise
            response = self._problem(500, CRASHED)
        if response is not None:
            await response(scope, receive, outward)

    async def _handle(self, visit: _Visit, receive: Receive, send: Send) -> Response | None:
        """A refusal to be sent, or None when the application has answered."""
        headers = Headers(scope=visit.scope)
        await briefly(self._admit, visit, headers)
        if visit.match.endpoint is None:
            return self._lost(visit.match, route_path(visit.scope))
        takes_file = visit.match.endpoint.takes_file
        reception, limits = self._services.reception, self._services.config.limits
        limit = reception.most(self._dialect.name) if takes_file else limits.body_bytes
        try:
            if takes_file:
                body, inward = self._announced(visit, headers, receive, limit + FRAMING)
            else:
                body = await read_body(headers, receive, limit)
                inward = replay(body, receive)
        except BodyTooLarge:
            return self._problem(413, f"The request body must not be larger than {limit} bytes.", close=True)
        state = visit.scope.setdefault("state", {})
        state["caller"], state["asked"] = visit.meter.caller, visit.scope["method"]
        inner = {**visit.scope, "method": visit.match.endpoint.method}
        key = headers.get(HEADER) if visit.match.endpoint.method == "POST" else None
        if key is None:
            await self._app(inner, inward, send)
            return None
        return await self._once(visit, inner, key, body, inward, send)

    @staticmethod
    def _announced(visit: _Visit, headers: Headers, receive: Receive, limit: int) -> tuple[bytes, Receive]:
        """For a body that is not read here: what is known of it, and how to read it."""
        if (declared_length(headers) or 0) > limit:
            raise BodyTooLarge
        visit.unread = has_body(headers)

        async def read() -> Message:
            message = await receive()
            visit.unread = bool(message.get("more_body", False))
            return message

        return headers.get("content-length", "").encode(), read

    async def _once(
        self, visit: _Visit, inner: Scope, key: str, body: bytes, inward: Receive, send: Send
    ) -> Response | None:
        meter, endpoint = visit.meter, visit.match.endpoint
        assert endpoint is not None  # noqa: S101 - the caller has looked
        who = meter.caller.account.id if meter.caller else f"address {meter.address}"
        repeatable = Repeatable(
            self._services, self._dialect, f"{self._dialect.name} {endpoint.path} {who}", key, secret=endpoint.secret
        )
        asked = b"\n".join((route_path(inner).encode(), bytes(inner.get("query_string", b"")), body))
        kept = await briefly(repeatable.claim, asked)
        if kept is not None:
            return kept
        inner.setdefault("state", {})["once"] = repeatable.once
        try:
            await self._app(inner, inward, repeatable.watch(send))
        except asyncio.CancelledError:
            repeatable.settle()  # not in another thread: who is cancelled when the server ends is cancelled again
            raise
        except BaseException:
            await briefly(repeatable.settle)
            raise
        await briefly(repeatable.settle)
        return None

    def _admit(self, visit: _Visit, headers: Headers) -> None:
        """Blocking. Who asks, and whether they may now; raises what is to be told."""
        caller = self._caller(visit.match, headers)
        visit.meter = Meter(self._services, self._dialect.name, caller, visit.meter.address, visit.match.endpoint)
        visit.counted = visit.meter.count()
        if visit.counted is not None and not visit.counted.allowed:
            raise too_many(visit.counted)
        endpoint = visit.match.endpoint
        if endpoint is not None and endpoint.access is Access.SESSION and caller and not caller.by_session:
            raise CutroomError(
                ErrorCode.SESSION_NEEDED, "This needs a session: log in, and send the session token instead of a key."
            )

    def _caller(self, match: Match, headers: Headers) -> Caller | None:
        authorization, api_key = headers.get("authorization"), headers.get("x-api-key")
        open_to_all = match.endpoint is None or match.endpoint.access is Access.ANYONE
        if open_to_all and authorization is None and api_key is None:
            return None
        try:
            return accounts.authenticate(self._services, authorization, api_key)
        except CutroomError as error:
            if open_to_all:
                return None
            if error.code is ErrorCode.NOT_AUTHENTICATED:
                raise CutroomError(error.code, self._dialect.unauthenticated) from error
            raise

    def _lost(self, match: Match, path: str) -> Response:
        if not match.methods:
            return self._problem(404, self._dialect.lost(path), close=True)
        allowed = ", ".join(match.methods)
        response = self._problem(405, f"This path knows {allowed} only.", close=True)
        response.headers["allow"] = allowed
        return response

    def _refusal(self, visit: _Visit, error: CutroomError) -> Response:
        if error.detail:
            _log.info("refused, %s: %s", error.code.value, error.detail)
        rendered = self._dialect.error(error)
        self._services.metrics.error(error.code.value)
        headers = retry_after(error)
        if has_body(Headers(scope=visit.scope)):
            headers["connection"] = "close"  # what was not read is not to be taken for the next request
        return json_reply(rendered.status, rendered.body, headers)

    def _problem(self, status: int, sentence: str, *, close: bool = False) -> JSONResponse:
        headers = {"connection": "close"} if close else None
        return json_reply(status, self._dialect.problem(status, sentence), headers)

    def _outward(self, visit: _Visit, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.started = True
                headers = MutableHeaders(raw=list(message["headers"]))
                cors.allow(headers)
                for name, value in (await self._rates(visit, message["status"])).items():
                    headers[name] = value
                if visit.unread:
                    headers["connection"] = "close"  # what was not read is not to be taken for the next request
                message = {**message, "headers": headers.raw}
            await send(message)

        return dressed

    async def _rates(self, visit: _Visit, status: int) -> dict[str, Any]:
        try:
            look = visit.meter.state
            state = await briefly(look, visit.counted) if visit.meter.blocks else look(visit.counted)
        except Exception as error:  # noqa: BLE001 - the boundary: an answer is not lost for want of a header
            _log.error("no rate headers", exc_info=error)
            return {}
        return dict(self._dialect.rate_headers(state, status == 429)) if state else {}
