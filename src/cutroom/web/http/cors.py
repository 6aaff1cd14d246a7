"""Browsers of any origin may call the documented APIs with a key; nothing here works by cookie."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Scope

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = "Authorization, X-Api-Key, Content-Type, Idempotency-Key, Last-Event-ID, Range"
_EXPOSED = (
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id, "
    "Content-Disposition, Content-Range, ETag"
)


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks what it may send."""
    return scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)


def preflight() -> Response:
    """The answer before the request: everything is allowed, for a day."""
    headers = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _REQUEST_HEADERS,
        "access-control-max-age": "86400",
    }
    return Response(status_code=204, headers=headers)


def allow(headers: MutableHeaders) -> None:
    """Let the page that asked read the answer."""
    headers["access-control-allow-origin"] = "*"
    headers["access-control-expose-headers"] = _EXPOSED
