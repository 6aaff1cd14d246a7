"""Copying the needed packets of a remote or partial source into one local file that ffmpeg can be given.

ffmpeg must never meet the holes of a sparse file, nor a network. The file is NUT: it keeps every codec's packets and
the source's own time stamps, all moved by one constant. It is only ever written by us and read by us.
"""

from __future__ import annotations

from fractions import Fraction
from heapq import merge
from math import gcd, lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.ranging import decode_time, packets_of_range

# Nothing of a range that begins at zero lies further before it (s).
_RUN_IN = 10
# How their packets are laid out is said by the tag alone, and where tags are those of AVI NUT takes them as they are.
_TOLD_BY_TAG = {"rawvideo", "utvideo"}
_TAGS_OF_AVI = {"avi", "matroska,webm"}

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av import AudioStream, VideoStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    from cutroom.media.outcome import Bounds


def extract(
    container: InputContainer,
    video: VideoStream | None,
    sound: InputContainer | None,
    tracks: list[AudioStream],
    bounds: Bounds,
    path: Path,
) -> Fraction:
    """Write the packets that show ``bounds`` to ``path``; picture first, then the sound tracks, in their order.

    Returns how much later (s) than in the source everything is there: NUT knows no time before zero, where run-in of
    sound and decoding times of a first picture lie.
    """
    later = _common_multiple([_tick(stream) for stream in (video, *tracks) if stream is not None])
    with av.open(str(path), "w", format="nut", options={"avoid_negative_ts": "disabled"}) as out:
        lanes: list[Iterator[Packet[Any]]] = []
        targets: dict[tuple[int, int], Stream] = {}
        if video is not None:
            targets[id(container), video.index] = _add(out, video)
        for track in tracks:
            targets[id(sound or container), track.index] = _add(out, track)
        if sound is None:
            streams: list[Stream] = [s for s in (video, *tracks) if s is not None]
            lanes.append(packets_of_range(container, streams, bounds))
        else:
            lanes += [
                packets_of_range(container, [cast("Stream", video)], bounds),
                packets_of_range(sound, list(tracks), bounds),
            ]
        clock = _Clock(video)
        try:
            for packet in merge(*lanes, key=decode_time):
                owner = id(packet.stream.container)
                clock.stamp(packet)
                _move(packet, round(later / packet.time_base))
                packet.stream = targets[owner, packet.stream_index]
                out.mux_one(packet)
        except av.error.FFmpegError as error:
            raise CutroomError(
                ErrorCode.MEDIA_DAMAGED, "The source is damaged inside the range.", detail=str(error)
            ) from error
    return later


def _common_multiple(ticks: Sequence[Fraction]) -> Fraction:
    """At least ``_RUN_IN`` seconds that are a whole number of each of ``ticks``."""
    unit = Fraction(lcm(*(tick.numerator for tick in ticks)), gcd(*(tick.denominator for tick in ticks)))
    return unit * -(-_RUN_IN // unit)


def _move(packet: Packet[Any], ticks: int) -> None:
    """Let the packet, whose times must be known, be ``ticks`` later."""
    packet.pts, packet.dts = cast("int", packet.pts) + ticks, cast("int", packet.dts) + ticks


def _add(out: OutputContainer, source: Stream) -> Stream:
    stream = out.add_stream_from_template(source)
    stream.time_base = source.time_base
    context = source.codec_context
    if context.name in _TOLD_BY_TAG and source.container.format.name in _TAGS_OF_AVI:
        stream.codec_context.codec_tag = context.codec_tag
    stream.metadata.clear()
    return stream


def _tick(stream: Stream) -> Fraction:
    return cast("Fraction", stream.time_base)


class _Clock:
    """Gives the pictures the decoding times that some demuxers leave out."""

    def __init__(self, video: VideoStream | None) -> None:
        self._last: dict[tuple[int, int], int] = {}
        self._delay = 0
        if video is not None:
            depth = int(getattr(video.codec_context, "reorder_depth", 0) or 0)
            self._delay = round(max(depth, 2) / (video.average_rate or Fraction(25)) / _tick(video))

    def stamp(self, packet: Packet[Any]) -> None:
        key = (id(packet.stream.container), packet.stream_index)
        last = self._last.get(key)
        if packet.dts is None:
            early = cast("int", packet.pts) - (self._delay if packet.stream.type == "video" else 0)
            packet.dts = early if last is None else max(early, last + 1)
        elif last is not None and packet.dts <= last:
            packet.dts = last + 1
        self._last[key] = packet.dts
        if packet.pts is not None and packet.pts < packet.dts:
            packet.dts = self._last[key] = packet.pts
