"""What tools ask of the facts of a source: how long it is, which container to keep, what it must have. Pure."""

from __future__ import annotations

from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import format_time
from cutroom.media.tools.formats import FORMATS, OutputFormat
from cutroom.media.tools.sounds import longest_end
from cutroom.media.tools.tool import Facts, Size
from cutroom.model.media import AudioFacts, MediaFacts, VideoFacts
from cutroom.model.tool import Needs, Values


def require(needs: Needs, facts: Facts) -> None:
    """Raise ``CutroomError`` NO_VIDEO, NO_AUDIO or NOT_MEDIA unless the file has what a tool needs."""
    if not isinstance(facts, MediaFacts):
        if needs is Needs.IMAGE:
            return
        code = ErrorCode.NO_AUDIO if needs is Needs.SOUND else ErrorCode.NO_VIDEO
        wanted = "a video" if needs is Needs.PICTURE else "a video or sound file"
        raise CutroomError(
            code, f"The file is an image, not {wanted}.",
            next_step="For images there are image-converter, resize-image and compress-image.",
        )  # fmt: skip
    match needs:
        case Needs.IMAGE:
            raise CutroomError(ErrorCode.NOT_MEDIA, "The file is a video or sound file, not an image.")
        case Needs.PICTURE if facts.video is None:
            raise CutroomError(
                ErrorCode.NO_VIDEO, "The file has no picture, only sound.",
                next_step="For sound there are audio-converter and trim-audio.",
            )  # fmt: skip
        case Needs.SOUND if not facts.audio:
            raise CutroomError(ErrorCode.NO_AUDIO, "The file has no sound.")


def film(facts: Facts) -> MediaFacts:
    """The facts as those of a film; ``require`` has seen to it that they are."""
    if not isinstance(facts, MediaFacts):
        raise CutroomError(ErrorCode.NO_VIDEO, "The file is an image, not a video or sound file.")
    return facts


def picture(facts: Facts) -> VideoFacts:
    """The picture of a film. Raises ``CutroomError(NO_VIDEO)``."""
    video = film(facts).video
    if video is None:
        raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
    return video


def default_track(facts: MediaFacts) -> AudioFacts:
    """The sound track that players choose. Raises ``CutroomError(NO_AUDIO)``."""
    if not facts.audio:
        raise CutroomError(ErrorCode.NO_AUDIO, "The file has no sound.")
    return min(facts.audio, key=lambda track: not track.default)


def kept_container(facts: MediaFacts) -> OutputFormat:
    """The container of the source where it is one that we write films into, else MP4."""
    return FORMATS[facts.kind if facts.kind in {"mp4", "mov", "mkv", "webm"} else "mp4"]


def seconds(values: Values, name: str) -> Fraction:
    """A value that is a time or factor; 0 where it was not given."""
    return Fraction(values.get(name, 0))


def whole(values: Values, name: str) -> int | None:
    """A value that is a whole number; None where it was not given."""
    value = values.get(name)
    return None if value is None else int(value)


def length(facts: Facts) -> Fraction | None:
    """Seconds to the end of the pictures, or of the sound without any; None where it is not known."""
    return film(facts).duration


def sound_length(facts: Facts) -> Fraction:
    """Seconds to the end of everything: sound may outlast the pictures."""
    known = film(facts)
    return longest_end(known) - known.origin


def refuse_beyond(name: str, start: Fraction, end: Fraction | None) -> None:
    """Raise ``CutroomError(INVALID_RANGE)`` for a start at or beyond the end; None where that is not known."""
    if end is not None and start >= end:
        raise CutroomError(
            ErrorCode.INVALID_RANGE,
            f"{name} ({format_time(start)}) must lie before the end: the file is {format_time(end)} long.",
            field=name,
            duration=end,
        )


def clamped(wanted: Fraction, end: Fraction | None) -> Fraction | None:
    """None, the source's end, for an end at or past it."""
    return None if end is not None and wanted >= end else wanted


def fitted(base: Size, width: int | None, height: int | None) -> Size:
    """Exactly what was asked for; a side that was not follows from the aspect of ``base``."""
    if width is None and height is None:
        return base
    if width is not None and height is not None:
        return width, height
    if width is not None:
        return width, max(1, _rounded(Fraction(base[1] * width, base[0])))
    return max(1, _rounded(Fraction(base[0] * (height or 1), base[1]))), height or 1


def _rounded(value: Fraction) -> int:
    """To the nearest whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
