"""clipapi's errors: ``{"detail": "<sentence>"}``, and the status of every code there is."""

from __future__ import annotations

from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.dialect import Rendered
from cutroom.web.http.guard import CRASHED

UNAUTHENTICATED = "Invalid or expired API key"
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
    _E.TOO_MANY_KEYS: 400,
    _E.RATE_LIMITED: 429,
    _E.IDEMPOTENCY_CONFLICT: 409,
    _E.INSUFFICIENT_BALANCE: 402,
    _E.STORAGE_FULL: 402,
    _E.QUOTA_EXCEEDED: 402,
    _E.RELOAD_DISABLED: 403,
    _E.RELOAD_REFUSED: 403,
    _E.NO_CARD: 400,
    _E.CARD_DECLINED: 402,
    # here a source fails its job, and only what can be seen in the request itself is refused at once
    _E.SOURCE_NOT_FOUND: 400,
    _E.SOURCE_UNREACHABLE: 400,
    _E.SOURCE_REFUSED_ADDRESS: 400,
    _E.SOURCE_PRIVATE: 400,
    _E.SOURCE_BOT_CHECK: 400,
    _E.SOURCE_GEO_BLOCKED: 400,
    _E.SOURCE_DRM: 400,
    _E.SOURCE_LIVE: 400,
    _E.SOURCE_NO_MEDIA: 400,
    _E.SOURCE_UNSUPPORTED: 400,
    _E.SOURCE_TOO_LONG: 400,
    _E.NOT_MEDIA: 400,
    _E.MEDIA_DAMAGED: 400,
    _E.MEDIA_TOO_COSTLY: 400,
    _E.NO_VIDEO: 400,
    _E.NO_AUDIO: 400,
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
SENTENCES = {_E.EMAIL_TAKEN: "Email already registered", _E.INTERNAL: CRASHED}


def render(error: CutroomError) -> Rendered:
    """The error on the wire."""
    return Rendered(STATUS[error.code], problem(STATUS[error.code], SENTENCES.get(error.code, error.message)))


def problem(_status: int, sentence: str) -> dict[str, Any]:
    """The one shape."""
    return {"detail": sentence}
