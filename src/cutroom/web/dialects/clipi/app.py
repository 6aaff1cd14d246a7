"""The Clipi application: its guard, its error shape, its calls. Mounted by prefix, by host name, or both."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from cutroom.actions import tools
from cutroom.actions.service import Service
from cutroom.web.dialects.clipi import errors, limits, wire
from cutroom.web.dialects.clipi.routes import ClipiCalls, tool_calls
from cutroom.web.http.dialect import Dialect
from cutroom.web.http.errors import install
from cutroom.web.http.guard import Guard
from cutroom.web.http.routing import Router


def dialect() -> Dialect:
    """The tables of this surface."""
    return Dialect(
        name=limits.NAME,
        endpoints=limits.endpoints(tools.specs()),
        error=errors.render,
        problem=errors.problem,
        rate_headers=limits.rate_headers,
        unauthenticated=errors.UNAUTHENTICATED,
        hints=limits.RULES,
        lost=_lost,
    )


def _lost(path: str) -> str:
    """What is said of a path that there is not; a tool whose name was mistyped is most likely meant by some."""
    names = ", ".join(spec.name for spec in tools.specs())
    return f"There is no such tool; there are {names}." if path.startswith("/tools") else "Not found."


def build(services: Service) -> ASGIApp:
    """The application within its guard."""
    of = dialect()
    app = FastAPI(
        title="Clipi on Cutroom",
        version="1",
        description="Download videos by link, and work on files with fifteen media tools; both are followed live.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    router = Router(of, wire.ErrorReply)
    router.register(ClipiCalls(services))
    for function in tool_calls(services):
        router.add(function)
    app.include_router(router.api)
    install(app, of, services)
    return Guard(app, of, services)
