"""The clipapi application: its guard, its error shape, its calls. Mounted by both of its prefixes, or by host name."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from cutroom.actions.service import Service
from cutroom.web.dialects.clipapi import errors, limits, wire
from cutroom.web.dialects.clipapi.analysis_routes import AnalysisCalls
from cutroom.web.dialects.clipapi.routes import AccountCalls
from cutroom.web.http.dialect import Dialect
from cutroom.web.http.errors import install
from cutroom.web.http.guard import Guard
from cutroom.web.http.routing import Router

DIALECT = Dialect(
    name=limits.NAME,
    endpoints=limits.ENDPOINTS,
    error=errors.render,
    problem=errors.problem,
    rate_headers=limits.rate_headers,
    unauthenticated=errors.UNAUTHENTICATED,
    hints=limits.RULES,
)


def build(services: Service) -> ASGIApp:
    """The application within its guard."""
    app = FastAPI(
        title="clipapi on Cutroom",
        version="1",
        description="What is in a video, how it is made and how it may fare: by link, by upload, as it goes.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    router = Router(DIALECT, wire.ErrorReply)
    router.register(AnalysisCalls(services))
    router.register(AccountCalls(services))
    app.include_router(router.api)
    install(app, DIALECT, services)
    return Guard(app, DIALECT, services)
