"""Going through a range's packets before ffmpeg does: how many pictures it will show, and whether it has sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from typing import TYPE_CHECKING, Any, cast

import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.coverage import Coverage, silence_warnings
from cutroom.media.inside.window import REORDER, is_shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import AudioStream, VideoStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cutroom.media.outcome import Bounds

# Sound is looked for from this long (s) before the start until this long after the end of the pictures.
_MARGIN = Fraction(2)


@dataclass(frozen=True, slots=True)
class Survey:
    """``frames`` is None without pictures."""

    frames: int | None
    warnings: tuple[str, ...]


def survey(
    container: InputContainer,
    video: VideoStream | None,
    sound: InputContainer | None,
    tracks: list[AudioStream],
    bounds: Bounds,
) -> Survey:
    """Read the range's packets once. Raises ``CutroomError(MEDIA_DAMAGED)`` where they cannot be read."""
    heard = {id(track): Coverage(track, bounds.first, bounds.end) for track in tracks}
    frames = beyond = 0
    lanes = [(container, [s for s in (video, *(() if sound else tracks)) if s is not None])]
    lanes += [(sound, list(tracks))] if sound is not None else []
    streams = [_packets(file, cast("list[Stream]", members), bounds) for file, members in lanes if members]
    try:
        for packet in merge(*streams, key=_time):
            if packet.stream is not video:
                heard[id(packet.stream)].add(cast("int", packet.pts))
                continue
            time = _time(packet)
            frames += is_shown(packet) and bounds.first <= time < bounds.end
            beyond += time > bounds.end
            if beyond > REORDER and not tracks:
                break
    except av.error.FFmpegError as error:
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED, "The source is damaged inside the range.", detail=str(error)
        ) from error
    return Survey(None if video is None else frames, silence_warnings(heard.values()))


def sound_end(container: InputContainer, track: AudioStream, wanted: Fraction) -> Fraction | None:
    """Where a track really ends, when that is before ``wanted`` (container seconds); headers of cut-off files lie."""
    tick = cast("Fraction", track.time_base)
    last = None
    for back in (_MARGIN, None):
        try:
            begin = container.start_time or 0 if back is None else round((wanted - back) / tick)
            container.seek(begin, stream=None if back is None else track, backward=True)
            for packet in container.demux(track):
                if packet.pts is None or not packet.size:
                    continue
                last = packet.pts + (packet.duration or 0)
                if last * tick >= wanted:
                    return None
        except av.error.FFmpegError:
            continue
        if last is not None:
            return last * tick
    return last * tick if last is not None else None


def _time(packet: Packet[Any]) -> Fraction:
    return (packet.pts or 0) * packet.time_base


def _packets(container: InputContainer, streams: list[Stream], bounds: Bounds) -> Iterator[Packet[Any]]:
    lead = streams[0]
    begin = min(bounds.key, bounds.first - _MARGIN) if lead.type == "video" else bounds.first - _MARGIN
    try:
        container.seek(round(begin / cast("Fraction", lead.time_base)), stream=lead, backward=True)
    except av.error.FFmpegError:
        container.seek(container.start_time or 0, backward=True)
    open_ends = {stream.index for stream in streams}
    for packet in container.demux(*streams):
        if packet.pts is None or not packet.size:
            continue
        if _time(packet) > bounds.end + _MARGIN:
            open_ends.discard(packet.stream_index)
            if not open_ends:
                return
        yield packet
