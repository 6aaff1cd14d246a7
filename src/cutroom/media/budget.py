"""The cost gate: what a cut would cost, worked out from the facts before anything is decoded. Pure.

A file of a few megabytes can claim hours of 4K; the limits of a run would end it too, but only after those hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import format_time
from cutroom.media.encode_picture import fit
from cutroom.media.ffmpeg.command import MAX_PIXELS, MAX_STREAMS
from cutroom.model.clip import CutRequest, Format, Mode
from cutroom.model.media import MediaFacts, VideoFacts

# Work for one sample of a picture, decoding 8-bit H.264 being 1. Orders of magnitude, not measurements of each codec.
_DECODE = {
    "mpeg1video": 0.6,
    "mpeg2video": 0.7,
    "vp8": 1.0,
    "h264": 1.0,
    "hevc": 1.6,
    "vp9": 1.4,
    "av1": 2.0,
    "vvc": 4.0,
}
_DECODE_OTHER = 1.2
_TEN_BIT = 1.4
_TONEMAP = 8.0
_ENCODE = 5.0
_UNKNOWN_RATE = Fraction(60)
# A rate above this is a broken time base or a lie; no more pictures than that are shown by anything.
_HIGHEST_RATE = Fraction(240)


@dataclass(frozen=True, slots=True)
class CostBudget:
    """What one cut may cost. ``work`` is samples decoded (times the codec's weight) plus five times those encoded."""

    work: float = 3 * 3600 * 60 * 1920 * 1080 * 6.0
    """The default is three hours of 1080p60 H.264, decoded and encoded."""
    pixels: int = MAX_PIXELS
    """Samples of one picture."""
    streams: int = MAX_STREAMS
    gif_seconds: Fraction = Fraction(600)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a cut will cost, in the unit of ``CostBudget.work``, and the pictures that are decoded for it (about)."""

    work: float
    pictures: int


DEFAULT_BUDGET = CostBudget()
TOOL_BUDGET = CostBudget(work=3 * 3600 * 30 * 1920 * 1080 * 6.0)
"""For a tool, which is free and always goes through the whole file: three hours of 1080p30 H.264."""


def check_cost(
    facts: MediaFacts, request: CutRequest, budget: CostBudget = DEFAULT_BUDGET, *, mode: Mode = Mode.REENCODE
) -> Cost:
    """The cost of ``request``, or ``CutroomError(MEDIA_TOO_COSTLY)`` in one sentence.

    ``mode`` is the mode that was chosen, not the one asked for: a copy that turns out impossible becomes a re-encode.
    Copying costs nothing here: its work does not grow with pictures.
    """
    check_size(facts, budget)
    seconds = request.end - request.start
    if request.format is Format.GIF and seconds > budget.gif_seconds:
        raise _too_costly(
            f"A GIF may be at most {format_time(budget.gif_seconds)} long; {format_time(seconds)} were asked for.",
            "Choose a shorter piece, or MP4.",
        )
    copied = request.format is Format.MP4 and mode is not Mode.REENCODE
    if facts.video is None or request.format is Format.MP3 or copied:
        return Cost(0.0, 0)
    cost = _cost(facts.video, request, seconds)
    if cost.work > budget.work:
        video = facts.video
        raise _too_costly(
            f"Re-encoding {format_time(seconds, 0)} of a {video.width}x{video.height} source takes more computing time "
            "than is allowed.",
            "Cut a shorter piece.",
        )
    return cost


def check_size(facts: MediaFacts, budget: CostBudget) -> None:
    """Raise ``CutroomError(MEDIA_TOO_COSTLY)`` for pictures too large, or too many streams."""
    video = facts.video
    if video is not None and video.width * video.height > budget.pixels:
        raise _too_costly(f"A picture of {video.width}x{video.height} is larger than is allowed.")
    if (1 if video else 0) + len(facts.audio) + len(facts.subtitles) > budget.streams:
        raise _too_costly(f"The file has more streams than is allowed ({budget.streams}).")


def _cost(video: VideoFacts, request: CutRequest, seconds: Fraction) -> Cost:
    width, height = fit(video, request.quality.lines if request.quality else None).shown
    encode = _ENCODE if request.format is Format.MP4 else 1.0
    return Cost(picture_work(video, seconds, width * height, encode), _pictures(video, seconds))


def picture_work(video: VideoFacts, seconds: Fraction, samples: int, encode: float) -> float:
    """The work of ``seconds`` of a source in the unit of ``CostBudget.work``.

    ``samples`` is the size of a written picture, ``encode`` the work of encoding one of them.
    """
    weight = _DECODE.get(video.codec, _DECODE_OTHER) * (_TEN_BIT if video.bit_depth > 8 else 1)
    written = samples * (encode + (_TONEMAP if video.hdr else 0))
    return float(_pictures(video, seconds) * (video.width * video.height * weight + written))


def _pictures(video: VideoFacts, seconds: Fraction) -> int:
    rate = min(video.frame_rate or _UNKNOWN_RATE, _HIGHEST_RATE)
    return max(1, round(seconds * rate))


def _too_costly(message: str, next_step: str | None = None) -> CutroomError:
    return CutroomError(ErrorCode.MEDIA_TOO_COSTLY, message, next_step=next_step)
