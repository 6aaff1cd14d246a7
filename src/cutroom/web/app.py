"""The whole site as one ASGI application: surfaces by prefix and by host name, files, pages, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from cutroom.actions import operations, windows
from cutroom.actions.service import Service
from cutroom.web.dialects.clipapi import app as clipapi
from cutroom.web.dialects.clipi import app as clipi
from cutroom.web.dialects.clipi.errors import problem as clipi_problem
from cutroom.web.dialects.cutroom import app as own
from cutroom.web.dialects.cutroom.errors import problem as own_problem
from cutroom.web.dialects.fastclip import app as fastclip
from cutroom.web.dialects.fastclip import llm
from cutroom.web.http.access import Access
from cutroom.web.http.exchange import client_address, json_reply
from cutroom.web.http.files import Files
from cutroom.web.http.links import base_url, host_name, is_ours
from cutroom.web.http.mounting import Mounts
from cutroom.web.metrics import MetricsPage
from cutroom.web.notices import StripeNotices
from cutroom.web.pages.home import HomePage
from cutroom.web.pages.html import not_found
from cutroom.web.pages.login import LoginPage
from cutroom.web.pages.share import SharePage

_READ = ["GET", "HEAD"]
# Asked by machines that know this one by its address.
_BY_ANY_NAME = {"/healthz", "/readyz", "/metrics"}


# The body that tells a status and a sentence.
Problem = Callable[[int, str], dict[str, Any]]


def _problem(_status: int, sentence: str) -> dict[str, Any]:
    return {"detail": sentence}


@dataclass(frozen=True, slots=True)
class Surface:
    """A dialect that is served: where it is mounted, and what else its document places at the root."""

    name: str
    title: str
    app: ASGIApp
    prefixes: tuple[str, ...]
    """Among the others."""
    own_prefixes: tuple[str, ...]
    """On a host name of its own."""
    roots: tuple[BaseRoute, ...] = ()
    problem: Problem = _problem
    """The shape of what is answered below its name by nobody else: not there, or under another name of the server."""


class Site:
    """Chooses by host name, and knows who it is."""

    def __init__(
        self, services: Service, everything: ASGIApp, by_host: Mapping[str, ASGIApp], problems: Mapping[str, Problem]
    ) -> None:
        self._services = services
        self._problems = problems
        self._everything = everything
        self._by_host = by_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await Router(lifespan=_lifespan(self._services))(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"] not in _BY_ANY_NAME and not is_ours(self._services.config, scope):
            problem = self._problems.get(scope["path"].split("/")[1], _problem)
            body = problem(421, "This server does not answer to that host name.")
            await json_reply(421, body)(scope, receive, send)
        else:
            await self._by_host.get(host_name(scope), self._everything)(scope, receive, send)


def build_app(services: Service) -> ASGIApp:
    """The application for a server. While it runs (its lifespan) it follows the jobs."""
    surfaces, common = _surfaces(services), _common(services)
    at_root = [route for surface in surfaces for route in surface.roots]
    mounts = [(prefix, surface.app) for surface in surfaces for prefix in surface.prefixes]
    # Whatever else is asked for below a surface's name gets an answer in its shape.
    below = [(f"/{surface.name}", _router(surface.roots, _not_found(surface.problem))) for surface in surfaces]
    problems = {surface.name: surface.problem for surface in surfaces}
    everything = Mounts([*mounts, *below], _router([*common, *_pages(services, surfaces), *at_root], not_found))
    by_host = {
        name.lower(): Mounts(
            [(prefix, surface.app) for prefix in surface.own_prefixes],
            _router([*common, *surface.roots], _not_found(surface.problem)),
        )
        for surface in surfaces
        if (name := services.config.hosts.get(surface.name))
    }
    return Access(Site(services, everything, by_host, problems), services)


def _surfaces(services: Service) -> tuple[Surface, ...]:
    share, text = SharePage(services), _reference(services)
    roots = (
        _Known("/c/{clip_id}", share.show, methods=_READ),
        _Known("/llm", text, methods=_READ),
    )
    return (
        Surface("fastclip", "FastClip", fastclip.build(services), ("/fastclip/v1",), ("/v1",), roots),
        Surface("clipi", "Clipi", clipi.build(services), ("/clipi/api",), ("/api",), problem=clipi_problem),
        Surface("cutroom", "Cutroom's own API", own.build(services), ("/cutroom/v1",), ("/v1",), problem=own_problem),
        Surface(
            "clipapi",
            "clipapi",
            clipapi.build(services),
            ("/clipapi/v1", "/clipapi/api/v1"),
            ("/v1", "/api/v1"),
        ),
    )


def _common(services: Service) -> list[BaseRoute]:
    def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok" if operations.health() else "failing"})

    def ready(_request: Request) -> Response:
        found = operations.readiness(services)
        body = {"status": "ready" if found.ready else "not ready", "checks": dict(found.checks)}
        return json_reply(200 if found.ready else 503, body)

    return [
        _Known("/healthz", health, methods=_READ),
        _Known("/readyz", ready, methods=_READ),
        _Known("/metrics", MetricsPage(services).show, methods=_READ),
        _Known("/files/{token}", Files(services).send, methods=_READ),
        _Known("/webhooks/stripe", StripeNotices(services).take, methods=["POST"]),
    ]


def _pages(services: Service, surfaces: Sequence[Surface]) -> list[BaseRoute]:
    login, home = LoginPage(services), HomePage([(surface.title, surface.prefixes[0]) for surface in surfaces])
    return [
        _Known("/", home.show, methods=_READ),
        _Known("/login/link", login.ask, methods=_READ),
        _Known("/login/link", login.use, methods=["POST"]),
    ]


def _reference(services: Service) -> Callable[[Request], Response]:
    def reference(request: Request) -> Response:
        found = windows.request_windows(services, "fastclip", None, client_address(request.scope))
        state = windows.hit(services, found)
        if state is not None and not state.allowed:
            return PlainTextResponse(
                "Too many requests.\n", status_code=429, headers={"retry-after": str(state.retry_after)}
            )
        own = services.config.hosts.get("fastclip", "").lower() == host_name(request.scope)
        base = base_url(services.config, request.scope)
        return PlainTextResponse(llm.text(services, f"{base}/v1" if own else f"{base}/fastclip/v1"))

    return reference


class _Known(Route):
    """A path that says in words of its own which methods it knows."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.methods and scope["method"] not in self.methods:
            allowed = ", ".join(sorted(self.methods))
            body, headers = {"detail": f"This path knows {allowed} only."}, {"access-control-allow-origin": "*"}
            await json_reply(405, body, {**headers, "allow": allowed})(scope, receive, send)
        else:
            await super().handle(scope, receive, send)


def _router(routes: Sequence[BaseRoute], default: Callable[[], Response]) -> Router:
    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        await default()(scope, receive, send)

    return Router(routes=list(routes), redirect_slashes=False, default=otherwise)


def _not_found(problem: Problem) -> Callable[[], Response]:
    return lambda: json_reply(404, problem(404, "Not found."), {"access-control-allow-origin": "*"})


def _lifespan(services: Service) -> Callable[[object], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        following = asyncio.create_task(services.hub.run())
        try:
            yield
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    return lifespan
