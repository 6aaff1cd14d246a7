"""The one error tree. An error is a code, one clear sentence and, where there is one, the next step.

    CutroomError
    └── Cancelled

Codes are what doors translate (exit codes, HTTP statuses); sentences are safe to show: they name no folder of ours
and carry no raw tool output. The raw detail goes to the log through ``detail``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Every cause a caller may have to tell apart. Values are stable: clients see them in JSON."""

    # the request itself
    INVALID_REQUEST = "invalid_request"
    INVALID_TIME = "invalid_time"
    INVALID_RANGE = "invalid_range"
    RANGE_OUTSIDE_SOURCE = "range_outside_source"
    # who asks, and what they may
    NOT_AUTHENTICATED = "not_authenticated"
    KEY_DISABLED = "key_disabled"
    SESSION_NEEDED = "session_needed"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    EMAIL_TAKEN = "email_taken"
    TOO_MANY_KEYS = "too_many_keys"
    RATE_LIMITED = "rate_limited"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    # money and room
    INSUFFICIENT_BALANCE = "insufficient_balance"
    STORAGE_FULL = "storage_full"
    QUOTA_EXCEEDED = "quota_exceeded"
    RELOAD_DISABLED = "reload_disabled"
    RELOAD_REFUSED = "reload_refused"
    NO_CARD = "no_card"
    CARD_DECLINED = "card_declined"
    # getting at the source
    SOURCE_NOT_FOUND = "source_not_found"
    SOURCE_UNREACHABLE = "source_unreachable"
    SOURCE_REFUSED_ADDRESS = "source_refused_address"
    SOURCE_PRIVATE = "source_private"
    SOURCE_BOT_CHECK = "source_bot_check"
    SOURCE_GEO_BLOCKED = "source_geo_blocked"
    SOURCE_DRM = "source_drm"
    SOURCE_LIVE = "source_live"
    SOURCE_NO_MEDIA = "source_no_media"
    SOURCE_UNSUPPORTED = "source_unsupported"
    SOURCE_TOO_LONG = "source_too_long"
    # the material
    NOT_MEDIA = "not_media"
    MEDIA_DAMAGED = "media_damaged"
    MEDIA_TOO_COSTLY = "media_too_costly"
    NO_VIDEO = "no_video"
    NO_AUDIO = "no_audio"
    # the target
    TARGET_EXISTS = "target_exists"
    TARGET_NOT_WRITABLE = "target_not_writable"
    DISK_FULL = "disk_full"
    # the work
    CANCELLED = "cancelled"
    LIMIT_EXCEEDED = "limit_exceeded"
    TIMED_OUT = "timed_out"
    PROCESSING_FAILED = "processing_failed"
    VERIFICATION_FAILED = "verification_failed"
    TOOL_MISSING = "tool_missing"
    INTERNAL = "internal"


class CutroomError(Exception):
    """A failure with a code, a sentence for the user, the next step for them, and detail for the log.

    ``fields`` are typed facts about this occurrence (for example ``{"duration": Fraction(30)}``), for doors that
    want to word their own sentence.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        next_step: str | None = None,
        detail: str | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.detail = detail
        self.fields = fields

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling: the default would call the class with the message alone."""
        return _rebuild, (type(self), self.code, self.message, self.next_step, self.detail, self.fields)

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}" if self.next_step else self.message


class Cancelled(CutroomError):  # noqa: N818 - it reports what was asked for, not a fault
    """The caller asked for the work to stop, and it has."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.CANCELLED, "Cancelled.")


def _rebuild(
    kind: type[CutroomError],
    code: ErrorCode,
    message: str,
    next_step: str | None,
    detail: str | None,
    fields: dict[str, Any],
) -> CutroomError:
    error = kind.__new__(kind)
    CutroomError.__init__(error, code, message, next_step=next_step, detail=detail, **fields)
    return error
