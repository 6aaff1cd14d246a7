"""Going through a range's packets before ffmpeg does: how many pictures it will show, and whether it has sound."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from typing import TYPE_CHECKING, cast

import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.coverage import Coverage, silence_warnings
from cutroom.media.inside.probing import uneven
from cutroom.media.inside.ranging import MARGIN, packets_of_range, shown_time
from cutroom.media.inside.seeking import rewind
from cutroom.media.inside.window import REORDER, is_shown

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import InputContainer
    from av.stream import Stream

    from cutroom.media.outcome import Bounds


@dataclass(frozen=True, slots=True)
class Survey:
    """``frames`` and ``uneven`` (whether the range's pictures last differently long) are None without pictures."""

    frames: int | None
    warnings: tuple[str, ...]
    uneven: bool | None = None


def survey(
    container: InputContainer,
    video: VideoStream | None,
    sound: InputContainer | None,
    tracks: list[AudioStream],
    bounds: Bounds,
) -> Survey:
    """Read the range's packets once. Raises ``CutroomError(MEDIA_DAMAGED)`` where they cannot be read."""
    heard = {id(track): Coverage(track, bounds.first, bounds.end) for track in tracks}
    beyond = 0
    shown = array("q")
    lanes = [(container, [s for s in (video, *(() if sound else tracks)) if s is not None])]
    lanes += [(sound, list(tracks))] if sound is not None else []
    streams = [packets_of_range(file, cast("list[Stream]", members), bounds) for file, members in lanes if members]
    try:
        for packet in merge(*streams, key=shown_time):
            if packet.stream is not video:
                heard[id(packet.stream)].add(cast("int", packet.pts), packet.duration or 0)
                continue
            time = shown_time(packet)
            if is_shown(packet) and bounds.first <= time < bounds.end:
                shown.append(cast("int", packet.pts))
            beyond += time > bounds.end
            if beyond > REORDER and not tracks:
                break
    except av.error.FFmpegError as error:
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED, "The source is damaged inside the range.", detail=str(error)
        ) from error
    warnings = silence_warnings(heard.values())
    if video is None:
        return Survey(None, warnings)
    end = round(bounds.end / cast("Fraction", video.time_base))
    return Survey(len(shown), warnings, uneven([*sorted(shown), end]))


def sound_end(container: InputContainer, track: AudioStream, wanted: Fraction) -> Fraction | None:
    """Where a track really ends, when that is before ``wanted`` (container seconds); headers of cut-off files lie."""
    tick = cast("Fraction", track.time_base)
    last = None
    for back in (MARGIN, None):
        try:
            if back is None:
                rewind(container)
            else:
                container.seek(round((wanted - back) / tick), stream=track, backward=True)
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
