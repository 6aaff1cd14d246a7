"""What a tool made against what was planned. Pure: a mismatch is an error, never a result."""

from __future__ import annotations

from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.encode_plan import Expected
from cutroom.media.produced import Produced

# Coded sound comes in packets of up to 128 ms, and MP3 keeps its encoder's run-in.
_SOUND_SLACK = Fraction(15, 100)
_TICK_SLACK = Fraction(1, 500)
# Formats without edit lists begin where the earliest stream does, sound's run-in included.
_START_SLACK = Fraction(15, 100)
# Of a source with damage, so much of what was planned must be there (share).
_MOST_OF_IT = Fraction(9, 10)
_WHOLE_PIXELS, _HALF_A_PIXEL = {"matroska", "webm"}, Fraction(1, 2)


def verify_tool(expected: Expected, produced: Produced, *, damaged: bool = False) -> tuple[str, ...]:
    """Check a produced file; return its warnings. ``damaged`` says that decoders complained of the source.

    Raises ``CutroomError``: VERIFICATION_FAILED, or MEDIA_DAMAGED where damage explains that much is missing.
    """
    _check_streams(expected, produced)
    if not damaged:
        _check_lengths(expected, produced)
        return ()
    try:
        _check_lengths(expected, produced)
    except CutroomError as error:
        if not _mostly_there(expected, produced):
            raise CutroomError(
                ErrorCode.MEDIA_DAMAGED,
                "The file is damaged: much of its picture or sound cannot be decoded.",
                next_step="Get the file again.",
                detail=error.detail,
            ) from error
    return ("The file is damaged: some of its pictures or sound could not be decoded and are missing.",)


def _check_streams(expected: Expected, produced: Produced) -> None:
    if produced.video_codec != expected.video_codec:
        raise _failed(f"pictures coded as {produced.video_codec} instead of {expected.video_codec}")
    if produced.audio_codecs != expected.audio_codecs:
        raise _failed(f"sound coded as {produced.audio_codecs} instead of {expected.audio_codecs}")
    if (produced.width, produced.height) != (expected.width, expected.height):
        raise _failed(f"{produced.width}x{produced.height} instead of {expected.width}x{expected.height}")
    if expected.upright and produced.turned:
        raise _failed("players would have to turn the picture")
    if expected.video_codec and not expected.copied and not _in_shape(expected, produced):
        raise _failed(f"samples of {produced.sample_aspect} instead of {expected.sample_aspect}")


def _in_shape(expected: Expected, produced: Produced) -> bool:
    """Whether samples are as wide as planned. Matroska states no more than whole pixels of the width as shown."""
    off = abs(produced.sample_aspect - expected.sample_aspect)
    return off == 0 or (produced.container in _WHOLE_PIXELS and off * (expected.width or 0) <= _HALF_A_PIXEL)


def _check_lengths(expected: Expected, produced: Produced) -> None:
    if expected.video_codec is not None:
        _check_pictures(expected, produced)
    for end in produced.audio_ends:
        if expected.sound is not None and abs(end - expected.sound) > _SOUND_SLACK:
            raise _failed(f"{float(end):.3f} s of sound instead of {float(expected.sound):.3f} s")


def _check_pictures(expected: Expected, produced: Produced) -> None:
    if not produced.frames or produced.first is None or produced.end is None:
        raise _failed("no pictures")
    frames = produced.wanted if expected.copied else expected.frames
    if frames is not None and produced.frames != frames:
        raise _failed(f"{produced.frames} pictures instead of {frames}")
    if not expected.duration:
        return
    boxed = produced.container == "mov"
    if abs(produced.first) > (_TICK_SLACK if boxed and not expected.copied else _START_SLACK):
        raise _failed(f"the first picture is shown at {float(produced.first):.3f}")
    length = produced.end - produced.first
    if abs(length - expected.duration) > _slack(expected, produced):
        raise _failed(f"{float(length):.3f} s of pictures instead of {float(expected.duration):.3f} s")


def _slack(expected: Expected, produced: Produced) -> Fraction:
    """How far off the end may be: only MP4 and its kin state how long the last picture stands."""
    if expected.frame_rate is not None:
        return 1 / expected.frame_rate
    if produced.container == "mov" and not expected.copied:
        return _TICK_SLACK
    return max(Fraction(1, 10), 2 * expected.duration / max(1, produced.frames or 1))


def _mostly_there(expected: Expected, produced: Produced) -> bool:
    pictures = produced.end is not None and produced.end >= expected.duration * _MOST_OF_IT
    sound = all(end >= (expected.sound or Fraction(0)) * _MOST_OF_IT for end in produced.audio_ends)
    return (expected.video_codec is None or pictures) and sound


def _failed(detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.VERIFICATION_FAILED,
        "What came out is not what was planned, so it was thrown away.",
        next_step="Please report this with the file.",
        detail=detail,
    )
