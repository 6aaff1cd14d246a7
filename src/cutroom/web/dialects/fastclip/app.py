"""The FastClip application: its guard, its error shape, its calls. Mounted by prefix, by host name, or both."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from cutroom.actions.service import Service
from cutroom.web.dialects.fastclip import errors, limits, wire
from cutroom.web.dialects.fastclip.money_routes import MoneyCalls
from cutroom.web.dialects.fastclip.routes import ClipCalls
from cutroom.web.http.dialect import Dialect
from cutroom.web.http.errors import install
from cutroom.web.http.guard import Guard
from cutroom.web.http.routing import Router


def dialect(services: Service) -> Dialect:
    """The tables of this surface."""
    return Dialect(
        name=limits.NAME,
        endpoints=limits.ENDPOINTS,
        error=errors.render,
        problem=errors.problem,
        rate_headers=limits.rate_headers,
        unauthenticated=errors.UNAUTHENTICATED,
        hints=limits.rules(services),
    )


def build(services: Service) -> ASGIApp:
    """The application within its guard."""
    of = dialect(services)
    app = FastAPI(
        title="FastClip on Cutroom",
        version="1",
        description="Cut clips out of videos by link and times. `/llm` tells the same in prose.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    router = Router(of, wire.ErrorReply)
    router.register(ClipCalls(services))
    router.register(MoneyCalls(services))
    app.include_router(router.api)
    install(app, of, services)
    return Guard(app, of, services)
