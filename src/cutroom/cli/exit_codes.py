"""The one table from error codes to exit codes. Scripts depend on it: ``docs/command-line.md`` is its contract."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from cutroom.kernel.errors import ErrorCode


class Exit(IntEnum):
    """What the process answers. 128 + N means: stopped by signal N."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    SOURCE = 3
    MEDIA = 4
    TARGET = 5
    LIMIT = 6
    PROCESSING = 7
    INTERRUPTED = 130
    BROKEN_PIPE = 141


MEANINGS: dict[Exit, str] = {
    Exit.OK: "done",
    Exit.INTERNAL: "a fault in Cutroom itself",
    Exit.USAGE: "the command or the request is wrong",
    Exit.SOURCE: "the source cannot be had",
    Exit.MEDIA: "the source is not usable media",
    Exit.TARGET: "the target cannot be written",
    Exit.LIMIT: "refused by a limit",
    Exit.PROCESSING: "the work failed",
    Exit.INTERRUPTED: "interrupted (143 when terminated)",
    Exit.BROKEN_PIPE: "nobody reads standard output any more",
}


def exit_code(code: ErrorCode) -> Exit:
    """The exit code for an error.

    >>> int(exit_code(ErrorCode.TARGET_EXISTS))
    5
    """
    match code:
        case (
            ErrorCode.INVALID_REQUEST
            | ErrorCode.INVALID_TIME
            | ErrorCode.INVALID_RANGE
            | ErrorCode.RANGE_OUTSIDE_SOURCE
            | ErrorCode.NOT_AUTHENTICATED
            | ErrorCode.KEY_DISABLED
            | ErrorCode.SESSION_NEEDED
            | ErrorCode.FORBIDDEN
            | ErrorCode.NOT_FOUND
            | ErrorCode.EMAIL_TAKEN
            | ErrorCode.IDEMPOTENCY_CONFLICT
            | ErrorCode.RELOAD_DISABLED
            | ErrorCode.RELOAD_REFUSED
            | ErrorCode.NO_CARD
        ):
            return Exit.USAGE
        case (
            ErrorCode.SOURCE_NOT_FOUND
            | ErrorCode.SOURCE_UNREACHABLE
            | ErrorCode.SOURCE_REFUSED_ADDRESS
            | ErrorCode.SOURCE_PRIVATE
            | ErrorCode.SOURCE_BOT_CHECK
            | ErrorCode.SOURCE_GEO_BLOCKED
            | ErrorCode.SOURCE_DRM
            | ErrorCode.SOURCE_LIVE
            | ErrorCode.SOURCE_NO_MEDIA
            | ErrorCode.SOURCE_UNSUPPORTED
        ):
            return Exit.SOURCE
        case ErrorCode.NOT_MEDIA | ErrorCode.MEDIA_DAMAGED | ErrorCode.NO_VIDEO | ErrorCode.NO_AUDIO:
            return Exit.MEDIA
        case ErrorCode.TARGET_EXISTS | ErrorCode.TARGET_NOT_WRITABLE | ErrorCode.DISK_FULL:
            return Exit.TARGET
        case (
            ErrorCode.SOURCE_TOO_LONG
            | ErrorCode.MEDIA_TOO_COSTLY
            | ErrorCode.LIMIT_EXCEEDED
            | ErrorCode.TIMED_OUT
            | ErrorCode.TOO_MANY_KEYS
            | ErrorCode.RATE_LIMITED
            | ErrorCode.INSUFFICIENT_BALANCE
            | ErrorCode.STORAGE_FULL
            | ErrorCode.QUOTA_EXCEEDED
            | ErrorCode.CARD_DECLINED
        ):
            return Exit.LIMIT
        case ErrorCode.PROCESSING_FAILED | ErrorCode.VERIFICATION_FAILED | ErrorCode.TOOL_MISSING:
            return Exit.PROCESSING
        case ErrorCode.CANCELLED:
            return Exit.INTERRUPTED
        case ErrorCode.INTERNAL:
            return Exit.INTERNAL
        case _:
            assert_never(code)
