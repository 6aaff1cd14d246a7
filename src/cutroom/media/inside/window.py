"""Where the ends of a cut fall: the frame boundaries nearest to the times asked for.

Only packets are read, nothing is decoded. A boundary is the time of a shown frame, or the end of the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import format_time
from cutroom.media.inside.nal import frames_to_recovery, parse_extradata
from cutroom.media.inside.seeking import seek
from cutroom.media.inside.surprise import Surprise
from cutroom.media.timeline import nearest

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer
    from av.packet import Packet

    from cutroom.model.media import MediaFacts

# H.264 and HEVC reorder at most 16 frames, so that many packets past a time make everything before it known.
REORDER = 18
# An end within this much beyond the last frame means the end of the source.
TOLERANCE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Window:
    """A cut in the video stream's time base (absolute container time). All values are pts."""

    first: int
    """First shown frame."""
    end: int
    """Boundary after the last shown frame."""
    last: int
    """Last shown frame."""
    before: int | None
    """The frame before ``first``, where known."""
    key: int
    """Key frame at or before ``first`` from which it can be decoded."""
    at_source_end: bool
    """``end`` is the end of the source."""


@dataclass(slots=True)
class Edge:
    """What lies around one asked-for time: sorted pts of shown frames from a key frame on."""

    key: int
    stamps: list[int]
    stream_end: int | None
    """End of the last frame when the stream ends within sight."""


def key_before(container: InputContainer, stream: VideoStream, target: int, floor: int) -> Packet[Any]:
    """Seek to the last key frame shown at or before ``target``; its packet. The container stands right behind it.

    Indexes sort by decoding time and some formats seek by guess, so the result is checked and the seek repeated
    further back until it is right. ``floor`` is the pts of the first shown frame.
    """
    tick = cast("Fraction", stream.time_base)
    for back in (0, 1, 5, 30, 180, None):
        at = floor - round(10 / tick) if back is None else target - round(back / tick)
        seek(container, at, stream)
        for packet in container.demux(stream):
            # The very first pictures of a stream cut out of a broadcast need not be flagged as key frames.
            if packet.pts is None or not (packet.is_keyframe or back is None):
                continue
            if back is None or packet.pts + _recovery(packet, stream) <= target:
                return packet
            break
    raise CutroomError(ErrorCode.MEDIA_DAMAGED, "No complete picture can be found at this place of the file.")


def _recovery(packet: Packet[Any], stream: VideoStream) -> int:
    """Ticks after this key frame at which decoded pictures are right."""
    if stream.codec_context.name != "h264":
        return 0
    extradata = bytes(stream.codec_context.extradata or b"")
    try:
        count = frames_to_recovery(bytes(packet), parse_extradata(extradata).length_size if extradata else 0)
    except Surprise:
        return 0
    # Counted in reference pictures; those that nothing refers to come on top, seldom more than seven for each.
    return count and round((count + 1) * 8 / (stream.average_rate or 25) / cast("Fraction", stream.time_base))


def is_shown(packet: Packet[Any]) -> bool:
    """Whether the packet becomes a picture on the screen."""
    if not packet.size or packet.is_discard:
        return False
    # VP8 keeps alternate reference pictures in packets of their own; bit 4 of the frame tag says "show" (RFC 6386 9.1).
    return packet.stream.codec_context.name != "vp8" or bool(memoryview(packet)[0] & 0x10)


def look_around(container: InputContainer, stream: VideoStream, target: int, floor: int) -> Edge:
    """The shown frames from a key frame before ``target`` until everything up to it is known."""
    key = key_before(container, stream, target, floor)
    stamps, beyond, ends, stream_end = [], 0, 0, None
    packet: Packet[Any] = key
    rest = container.demux(stream)
    while True:
        if packet.pts is not None and packet.pts >= floor and is_shown(packet):
            stamps.append(packet.pts)
            ends = max(ends, packet.pts + (packet.duration or 0))
            beyond += packet.pts > target
        if beyond > REORDER:
            break
        try:
            packet = next(rest)
        except (StopIteration, av.error.FFmpegError):
            stream_end = ends
            break
    stamps = sorted(set(stamps))
    if not stamps:
        raise CutroomError(ErrorCode.MEDIA_DAMAGED, "No complete picture can be found at this place of the file.")
    if stream_end is not None and stream_end <= stamps[-1]:  # no duration stated: as long as the one before
        stream_end = stamps[-1] + (stamps[-1] - stamps[-2] if len(stamps) > 1 else 1)
    return Edge(cast("int", key.pts), stamps, stream_end)


def plan_window(
    container: InputContainer, stream: VideoStream, facts: MediaFacts, start: Fraction, end: Fraction
) -> Window:
    """Both ends moved to the nearest boundary. Times are seconds from the first shown frame.

    Raises ``CutroomError``: RANGE_OUTSIDE_SOURCE, INVALID_RANGE when both ends fall on the same boundary.
    """
    tick = cast("Fraction", stream.time_base)
    floor = round(facts.origin / tick)
    wanted_start, wanted_end = facts.origin + start, facts.origin + end
    tail = look_around(container, stream, int(wanted_end / tick), floor)
    if tail.stream_end is not None:
        refuse_outside(start, end, tail.stream_end * tick - facts.origin)
    head = look_around(container, stream, int(wanted_start / tick), floor)
    first = nearest(head.stamps + ([head.stream_end] if head.stream_end else []), wanted_start / tick)
    stop = nearest(tail.stamps + ([tail.stream_end] if tail.stream_end else []), wanted_end / tick)
    if first >= stop:
        raise CutroomError(
            ErrorCode.INVALID_RANGE,
            "The range is shorter than one frame of this source.",
            next_step="Ask for a longer one.",
        )
    lasts = [stamp for stamp in tail.stamps if stamp < stop]
    if not lasts:  # the boundary is the key frame itself: the frame before it lies in the group before
        lasts = [s for s in look_around(container, stream, stop - 1, floor).stamps if s < stop]
    before = [stamp for stamp in head.stamps if stamp < first]
    return Window(
        first=first,
        end=stop,
        last=lasts[-1],
        before=before[-1] if before else None,
        key=head.key,
        at_source_end=stop == tail.stream_end,
    )


def refuse_outside(start: Fraction, end: Fraction, duration: Fraction) -> None:
    """Raise ``CutroomError(RANGE_OUTSIDE_SOURCE)`` unless the range lies inside ``duration`` (within a second)."""
    length = format_time(duration)
    if start >= duration:
        raise CutroomError(
            ErrorCode.RANGE_OUTSIDE_SOURCE,
            f"The start ({format_time(start)}) lies beyond the end of the source, which is {length} long.",
            duration=duration,
        )
    if end > duration + TOLERANCE:
        raise CutroomError(
            ErrorCode.RANGE_OUTSIDE_SOURCE,
            f"The end ({format_time(end)}) lies beyond the end of the source, which is {length} long.",
            duration=duration,
        )
