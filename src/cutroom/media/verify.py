"""What came out against what was planned. Pure: a mismatch is an error, never a result."""

from __future__ import annotations

from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.encode_plan import Expected
from cutroom.media.outcome import Outcome
from cutroom.media.produced import Produced

# Copied and coded sound comes in packets of about 21 to 128 ms; a track may end up to this much off.
_SOUND_SLACK = Fraction(15, 100)
_TICK_SLACK = Fraction(1, 500)


def verify_copy(outcome: Outcome) -> tuple[str, ...]:
    """Check a spliced clip; return its warnings. Raises ``CutroomError(VERIFICATION_FAILED)``."""
    produced, bounds = outcome.produced, outcome.bounds
    if produced is None:
        raise _failed("no clip was measured")
    _check_picture(produced, outcome.frames, bounds.end - bounds.first)
    if len(produced.audio_codecs) != outcome.sounding:
        raise _failed(f"{len(produced.audio_codecs)} sound tracks instead of {outcome.sounding}")
    return ()


def verify_encoding(
    expected: Expected, outcome: Outcome, produced: Produced, *, damaged: bool = False
) -> tuple[str, ...]:
    """Check an encoded clip; return its warnings. ``damaged`` says that decoders complained of the source.

    Raises ``CutroomError``: VERIFICATION_FAILED, or MEDIA_DAMAGED where that explains what is missing.
    """
    try:
        _check_encoding(expected, outcome, produced)
    except CutroomError as error:
        if not damaged:
            raise
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED,
            "The source is damaged in this range: not all of its pictures and sound can be decoded.",
            next_step="Cut around the damage, or get the source again.",
            detail=error.detail,
        ) from error
    if damaged:
        return ("The source is damaged in this range: some of its pictures or sound could not be decoded.",)
    return ()


def _check_encoding(expected: Expected, outcome: Outcome, produced: Produced) -> None:
    if produced.video_codec != expected.video_codec:
        raise _failed(f"pictures coded as {produced.video_codec} instead of {expected.video_codec}")
    if produced.audio_codecs != expected.audio_codecs:
        raise _failed(f"sound coded as {produced.audio_codecs} instead of {expected.audio_codecs}")
    if (produced.width, produced.height) != (expected.width, expected.height):
        raise _failed(f"{produced.width}x{produced.height} instead of {expected.width}x{expected.height}")
    if expected.video_codec is not None:
        video = outcome.facts.video
        frames = expected.frames
        if frames is None and video is not None and not video.interlaced and expected.frame_rate is None:
            frames = outcome.frames
        slack = 1 / expected.frame_rate if expected.frame_rate else _TICK_SLACK
        _check_picture(produced, frames, expected.duration, slack)
    for end in produced.audio_ends:
        if abs(end - expected.duration) > _SOUND_SLACK:
            raise _failed(f"{float(end):.3f} s of sound instead of {float(expected.duration):.3f} s")


def _check_picture(produced: Produced, frames: int | None, duration: Fraction, slack: Fraction = _TICK_SLACK) -> None:
    if not produced.frames:
        raise _failed("no pictures")
    if frames is not None and produced.frames != frames:
        raise _failed(f"{produced.frames} pictures instead of {frames}")
    if produced.first is None or abs(produced.first) > _TICK_SLACK:
        raise _failed(f"the first picture is shown at {produced.first}")
    if produced.end is None or abs(produced.end - duration) > slack:
        raise _failed(f"{produced.end} s of pictures instead of {duration} s")


def _failed(detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.VERIFICATION_FAILED,
        "The clip that came out is not what was planned, so it was thrown away.",
        next_step="Please report this with the source.",
        detail=detail,
    )
