"""What a failed run means: exit status and stderr become a code and one sentence without paths. Pure.

The sentence is for a person and never quotes ffmpeg; the quoted end of stderr goes into ``detail``, for the log.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.launch import MARK, NOT_STARTED, ORPHANED
from cutroom.media.ffmpeg.limits import Limits

# ffmpeg leaves with the low byte of its (negative) error number.
_RC_NO_SPACE, _RC_NO_MEMORY, _RC_TOO_BIG, _RC_INVALID_DATA = 228, 244, 229, 183
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
# Threads that cannot get a stack fail with "temporarily unavailable"; x264 that cannot get its tables only says that
# it could not be opened, and with settings that are ours that is the one reason it has.
_NO_MEMORY = re.compile(
    r"Cannot allocate memory|malloc(?:ing)? .{0,60}failed|[Oo]ut of memory|failed to allocate|"
    r"Resource temporarily unavailable|Error while opening encoder"
)
_TOO_BIG = re.compile(r"File too large")
_TOO_MANY = re.compile(r"exceeds max_streams|exceeds specified max pixel count")
_INVALID = re.compile(
    r"Invalid data found|moov atom not found|Error while decoding|error reading header|Error decoding|corrupt|"
    r"End of file|could not find codec parameters",
    re.IGNORECASE,
)
_UNDECODED = re.compile(r"Error submitting packet to decoder|error while decoding MB|concealing \d+ DC")
_MISSING = re.compile(
    r"Unknown encoder|No such filter|Unknown decoder|Unrecognized option|Option not found|Decoder not found"
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its exit code (negative: the signal that killed it), CPU seconds, and the end of stderr."""

    code: int
    cpu: float
    stderr: str


def explain(ending: Ending, limits: Limits) -> CutroomError:
    """The error to raise for a run that did not end with 0."""
    code, message, next_step = _cause(ending, limits)
    detail = f"exit {ending.code}, {ending.cpu:.1f} CPU s: {ending.stderr.strip()}"
    return CutroomError(code, message, next_step=next_step, detail=detail)


def damaged(stderr: str) -> bool:
    """Whether decoders complained of the source although the run went on: something in the clip may be missing."""
    return bool(_UNDECODED.search(stderr))


def stalled(limits: Limits, stderr: str) -> CutroomError:
    """The error for a run that was ended because nothing moved any more."""
    return CutroomError(
        ErrorCode.PROCESSING_FAILED,
        f"Processing stood still for {limits.stall_seconds:.0f} seconds and was ended.",
        next_step="Try again; if it happens again, the disk or the file is at fault.",
        detail=f"stalled: {stderr.strip()}",
    )


def missing(detail: str) -> CutroomError:
    """The error for an ffmpeg that is not there or does not start."""
    return CutroomError(
        ErrorCode.TOOL_MISSING,
        "The ffmpeg program could not be started.",
        next_step='Run "cutroom doctor" to see what is installed.',
        detail=detail,
    )


def _cause(ending: Ending, limits: Limits) -> tuple[ErrorCode, str, str | None]:
    code, text = ending.code, ending.stderr
    if code in {NOT_STARTED, ORPHANED} and (MARK in text or not text):
        error = missing(text)
        return error.code, error.message, error.next_step
    if code == _RC_NO_SPACE or _NO_SPACE.search(text):
        return ErrorCode.DISK_FULL, "The disk is full.", "Make room and try again."
    if over := _over_limit(ending, limits):
        return ErrorCode.LIMIT_EXCEEDED, over, "Cut a shorter piece or ask for a lower quality."
    if _MISSING.search(text):
        return (
            ErrorCode.TOOL_MISSING,
            "The installed ffmpeg lacks a codec or filter that this needs.",
            'Run "cutroom doctor", or use the bundled ffmpeg.',
        )
    if code == _RC_INVALID_DATA or _INVALID.search(text):
        return ErrorCode.MEDIA_DAMAGED, "The media is damaged or incomplete at this place.", None
    if code in {-signal.SIGKILL, -signal.SIGTERM}:
        return ErrorCode.PROCESSING_FAILED, "Processing was stopped from outside.", "Try again."
    return ErrorCode.PROCESSING_FAILED, "Processing this media failed.", None


def _over_limit(ending: Ending, limits: Limits) -> str | None:
    code, text = ending.code, ending.stderr
    if code in {-signal.SIGXFSZ, _RC_TOO_BIG} or _TOO_BIG.search(text):
        return "The result would be larger than is allowed."
    # ffmpeg catches SIGXCPU and leaves with 255, so the time used has to be looked at.
    used_up = limits.cpu_seconds is not None and ending.cpu >= limits.cpu_seconds - 0.5
    if code == -signal.SIGXCPU or (used_up and code in {255, -signal.SIGKILL}):
        return "Processing takes more computing time than is allowed."
    if _TOO_MANY.search(text):
        return "The picture is larger, or the file has more streams, than is allowed."
    if code == _RC_NO_MEMORY or _NO_MEMORY.search(text):
        return "Processing this media takes more memory than is allowed."
    return None
