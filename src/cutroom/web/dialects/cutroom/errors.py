"""The errors of Cutroom's own API: ``{"error": {"code", "message"}}``, and the status of every code there is."""

from __future__ import annotations

from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.dialect import Rendered
from cutroom.web.http.guard import CRASHED

UNAUTHENTICATED = "This needs a valid API key or session token."
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
    _E.DISK_FULL: 507,
    _E.CANCELLED: 409,
    _E.LIMIT_EXCEEDED: 413,
    _E.TIMED_OUT: 504,
    _E.PROCESSING_FAILED: 500,
    _E.VERIFICATION_FAILED: 500,
    _E.TOOL_MISSING: 500,
    _E.INTERNAL: 500,
}
# Of what HTTP itself knows. 405 has no cause in our tree.
_CODES = {
    401: _E.NOT_AUTHENTICATED,
    403: _E.FORBIDDEN,
    404: _E.NOT_FOUND,
    413: _E.LIMIT_EXCEEDED,
    429: _E.RATE_LIMITED,
}


def render(error: CutroomError) -> Rendered:
    """The error on the wire, with the next step where there is one."""
    words = CRASHED if error.code is _E.INTERNAL else str(error)
    return Rendered(STATUS[error.code], _shape(error.code, words))


def problem(status: int, sentence: str) -> dict[str, Any]:
    """The same for what HTTP itself knows."""
    return _shape(_CODES.get(status, _E.INTERNAL if status >= 500 else _E.INVALID_REQUEST), sentence)


def _shape(code: ErrorCode, message: str) -> dict[str, Any]:
    return {"error": {"code": code.value, "message": message}}
