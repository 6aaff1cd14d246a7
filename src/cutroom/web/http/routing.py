"""Registers endpoints from a dialect's table, so that what the guard enforces and what answers cannot drift apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Security
from fastapi.datastructures import Default
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.web.http.dialect import Access, Dialect, Endpoint

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "__cutroom_calls__"

# They declare the credentials in the schema; the guard is what checks them.
_SCHEMES = {
    Access.CALLER: [
        Security(HTTPBearer(auto_error=False, scheme_name="key", description="An API key or a session token.")),
        Security(APIKeyHeader(name="X-Api-Key", auto_error=False, scheme_name="key_header")),
    ],
    Access.SESSION: [
        Security(HTTPBearer(auto_error=False, scheme_name="session", description="A session token from a log-in."))
    ],
    Access.ANYONE: [],
}


# Both are asynchronous, because for others the framework takes a thread.
async def caller_of(request: Request) -> Caller:
    """Whom the guard let in."""
    caller = request.state.caller
    if not isinstance(caller, Caller):  # only an endpoint that is open to all and asks nevertheless gets here
        raise CutroomError(ErrorCode.NOT_AUTHENTICATED, "A key or a session is needed.")
    return caller


async def once_of(request: Request) -> str | None:
    """What names a request with an ``Idempotency-Key`` for good."""
    once: str | None = getattr(request.state, "once", None)
    return once


@dataclass(frozen=True, slots=True)
class Description:
    """What OpenAPI says of a call whose request or answer is not JSON."""

    answers: Mapping[int | str, Mapping[str, Any]] = field(default_factory=dict)
    """By status; they take the place of what would be said."""
    operation: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the operation itself: its request body, further parameters."""


@dataclass(frozen=True, slots=True)
class _Call:
    """Which row of the table a method answers, and how."""

    method: str
    path: str
    status: int
    also: Mapping[int, type[BaseModel]]
    exclude_unset: bool
    hidden: bool
    page: bool
    described: Description | None


def call(
    method: str,
    path: str,
    *,
    status: int = 200,
    also: Mapping[int, type[BaseModel]] | None = None,
    exclude_unset: bool = False,
    hidden: bool = False,
    page: bool = False,
    described: Description | None = None,
) -> Callable[[_Function], _Function]:
    """Mark a method as what answers a call.

    ``hidden``: not in the schema; ``page``: its answer is no model; ``described``: what the schema says of it beyond
    what models say.
    """

    def mark(function: _Function) -> _Function:
        marked = _Call(method, path, status, also or {}, exclude_unset, hidden, page, described)
        marks = [marked, *getattr(function, _MARK, [])]  # decorators are applied from below
        setattr(function, _MARK, marks)
        return function

    return mark


class _StrictRequest(Request):
    """One whose body has no NaN and Infinity, words that Python's parser takes for numbers and JSON does not."""

    async def json(self) -> Any:
        """The body. ``json.JSONDecodeError`` for what is no JSON, or a number that is none anywhere in it."""

        def no_number(name: str) -> Any:
            raise json.JSONDecodeError(f"{name} is no number", "", 0)

        return json.loads(await self.body(), parse_constant=no_number)


class _StrictRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await answer(_StrictRequest(request.scope, request.receive))

        return strictly


class Router:
    """Takes summary, aliases and access of each call from the dialect's table."""

    def __init__(self, dialect: Dialect, error: type[BaseModel]) -> None:
        self.api = APIRouter(redirect_slashes=False, route_class=_StrictRoute)
        self._names: set[str] = set()
        self._endpoints = {(endpoint.method, endpoint.path): endpoint for endpoint in dialect.endpoints}
        self._errors: dict[int | str, dict[str, Any]] = {
            "4XX": {"model": error, "description": "What is wrong, in one sentence."},
            "5XX": {"model": error, "description": "The server's own fault."},
        }

    def register(self, calls: object) -> None:
        """Every marked method, in the order of the class. ``KeyError`` for a call that the table does not have."""
        for name in vars(type(calls)):
            self.add(getattr(calls, name))

    def add(self, function: Any) -> None:
        """One function or method that is marked; others are left out."""
        for marked in getattr(function, _MARK, ()):
            self._add(marked, function)

    def _add(self, marked: _Call, function: Callable[..., Any]) -> None:
        endpoint = self._endpoints.pop((marked.method, marked.path))
        more: dict[int | str, dict[str, Any]] = {code: {"model": model} for code, model in marked.also.items()}
        described = marked.described or Description()
        more |= {code: dict(said) for code, said in described.answers.items()}
        name = function.__name__
        name = f"{name}_{marked.method.lower()}" if name in self._names else name
        self._names.add(name)
        for number, path in enumerate(endpoint.paths):
            self.api.add_api_route(
                path,
                function,
                methods=[marked.method],
                status_code=marked.status,
                summary=endpoint.summary,
                operation_id=name,
                responses={**self._errors, **more},
                response_model=None if marked.page else Default(None),
                response_model_exclude_unset=marked.exclude_unset,
                response_class=Response if described.answers else Default(JSONResponse),
                openapi_extra=dict(described.operation) or None,
                include_in_schema=not marked.hidden and number == 0,
                dependencies=_SCHEMES[endpoint.access],
            )

    @property
    def missing(self) -> list[Endpoint]:
        """Endpoints of the table that nothing answers yet."""
        return list(self._endpoints.values())


def schema(request: Request) -> Response:
    """OpenAPI of the application that the request came to, with the mount it came through as its server."""
    app, root = request.app, request.scope.get("root_path", "")
    return JSONResponse({**app.openapi(), "servers": [{"url": root}]} if root else app.openapi())
