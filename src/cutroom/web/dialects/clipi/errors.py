"""Clipi's errors: ``{"error": "<sentence>"}``, with ``retryAfter`` for 429, and the status of every code there is."""

from __future__ import annotations

import math
from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.dialect import Rendered
from cutroom.web.http.guard import CRASHED

UNAUTHENTICATED = "Invalid or missing API key."
_E = ErrorCode

STATUS: dict[ErrorCode, int] = {
    _E.INVALID_REQUEST: 400,
    _E.INVALID_TIME: 400,
    _E.INVALID_RANGE: 400,
    _E.RANGE_OUTSIDE_SOURCE: 400,
    _E.NOT_AUTHENTICATED: 401,
    _E.KEY_DISABLED: 403,
    _E.SESSION_NEEDED: 403,
    _E.FORBIDDEN: 403,
    _E.NOT_FOUND: 404,
    _E.EMAIL_TAKEN: 409,
    _E.TOO_MANY_KEYS: 409,
    _E.RATE_LIMITED: 429,
    _E.IDEMPOTENCY_CONFLICT: 409,
    _E.INSUFFICIENT_BALANCE: 402,
    _E.STORAGE_FULL: 409,
    _E.QUOTA_EXCEEDED: 402,
    _E.RELOAD_DISABLED: 403,
    _E.RELOAD_REFUSED: 403,
    _E.NO_CARD: 400,
    _E.CARD_DECLINED: 402,
    # the request is right, but what it names or brings cannot be used
    _E.SOURCE_NOT_FOUND: 422,
    _E.SOURCE_UNREACHABLE: 422,
    _E.SOURCE_REFUSED_ADDRESS: 422,
    _E.SOURCE_PRIVATE: 422,
    _E.SOURCE_BOT_CHECK: 422,
    _E.SOURCE_GEO_BLOCKED: 422,
    _E.SOURCE_DRM: 422,
    _E.SOURCE_LIVE: 422,
    _E.SOURCE_NO_MEDIA: 422,
    _E.SOURCE_UNSUPPORTED: 422,
    _E.SOURCE_TOO_LONG: 422,
    _E.NOT_MEDIA: 422,
    _E.MEDIA_DAMAGED: 422,
    _E.MEDIA_TOO_COSTLY: 422,
    _E.NO_VIDEO: 422,
    _E.NO_AUDIO: 422,
    _E.TARGET_EXISTS: 500,
    _E.TARGET_NOT_WRITABLE: 500,
    _E.DISK_FULL: 500,
    _E.CANCELLED: 409,
    _E.LIMIT_EXCEEDED: 413,
    _E.TIMED_OUT: 504,
    _E.PROCESSING_FAILED: 500,
    _E.VERIFICATION_FAILED: 500,
    _E.TOOL_MISSING: 500,
    _E.INTERNAL: 500,
}
# The document's own words, by the length of the window in seconds.
_WINDOWS = {3600: "Hourly rate limit exceeded ({}/hr)", 86_400: "Daily rate limit exceeded ({}/day)"}


def render(error: CutroomError) -> Rendered:
    """The error on the wire."""
    body = problem(STATUS[error.code], _words(error))
    if error.code is _E.RATE_LIMITED:
        body["retryAfter"] = max(1, math.ceil(error.fields.get("retry_after", 1)))
    return Rendered(STATUS[error.code], body)


def problem(_status: int, sentence: str) -> dict[str, Any]:
    """The one shape."""
    return {"error": sentence}


def _words(error: CutroomError) -> str:
    if error.code is _E.INTERNAL:
        return CRASHED
    window = _WINDOWS.get(error.fields.get("seconds", 0)) if error.code is _E.RATE_LIMITED else None
    return window.format(error.fields["limit"]) if window else error.message
