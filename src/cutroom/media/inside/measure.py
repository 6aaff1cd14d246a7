"""What a produced file really holds: counted from the file itself, for ``cutroom.media.verify`` to judge."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast
from zlib import crc32

from av.stream import Discard, Disposition

from cutroom.media.inside.opening import open_own
from cutroom.media.inside.probing import first_picture, programme_video
from cutroom.media.produced import Produced

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from av import AudioStream, VideoStream
    from av.container import InputContainer

_LENGTH = re.compile(r"([0-9]{2,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)", re.ASCII)


def measure(path: Path, *, quick: bool = False, counted: int | None = None, upright: bool = False) -> Produced:
    """Count pictures and sound by demuxing the whole file once; nothing is decoded but the header's pictures.

    ``quick`` takes an index's word for it where there is one, and a header's for the length of sound. Matroska has no
    index that counts: ``counted`` is how many pictures its muxer has written, which states how long each track lasts.
    ``upright`` looks whether players have to turn the picture.
    """
    with open_own(path) as container:
        video = next((s for s in container.streams.video if not s.disposition & Disposition.attached_pic), None)
        if quick and container.format.name.startswith("mov") and video is not None:
            return _with_turn(measure_index(path, container), container, video, upright=upright)
        if quick and counted and video is not None and (found := _stated_by_tags(path, container, video, counted)):
            return _with_turn(found, container, video, upright=upright)
        stamps: list[tuple[int, int]] = []
        sound: dict[int, tuple[int, int]] = {track.index: (0, 0) for track in container.streams.audio}
        if container.format.name == "mp3" and not quick:
            # Packets include the encoder's run-in and padding; what is heard is what a decoder gives out.
            return _summary(path, container, None, [], _heard(container))
        if quick and video is None:
            return _summary(path, container, None, [], _stated(container))
        for packet in container.demux():
            if packet.pts is None or not packet.size or packet.is_discard:
                continue
            end = packet.pts + (packet.duration or 0)
            if video is not None and packet.stream_index == video.index:
                stamps.append((packet.pts, end))
            elif packet.stream_index in sound:
                count, last = sound[packet.stream_index]
                sound[packet.stream_index] = (count + 1, max(last, end))
        found, number = _summary(path, container, video, stamps, sound), None if video is None else video.index
    if not upright or number is None:
        return found
    with open_own(path) as container:  # the demuxer of the other has read to the end
        return _with_turn(found, container, cast("VideoStream", container.streams[number]), upright=True)


def measure_picture(
    path: Path, container: InputContainer, summed: Container[int]
) -> tuple[Produced, list[int], dict[int, int]]:
    """The same from the picture's packets and the header alone; the pts of every picture shown; CRC-32s of some.

    Summed are those whose pts is in ``summed``.
    """
    video = container.streams.video[0]
    for track in container.streams.audio:
        track.discard = Discard.all
    stamps: list[tuple[int, int]] = []
    sums: dict[int, int] = {}
    for packet in container.demux(video):
        if packet.pts is None or not packet.size or packet.is_discard:
            continue
        stamps.append((packet.pts, packet.pts + (packet.duration or 0)))
        if packet.pts in summed:
            sums[packet.pts] = crc32(memoryview(packet))
    sound = {track.index: (track.frames, track.duration or 0) for track in container.streams.audio}
    return _summary(path, container, video, stamps, sound), [pts for pts, _ in stamps], sums


def measure_index(path: Path, container: InputContainer) -> Produced:
    """The same from the index of an MP4 file alone: every packet's entry says whether its picture is shown."""
    video = container.streams.video[0]
    frames = sum(not entry.is_discard for entry in video.index_entries)
    first = video.start_time or 0
    stamps = [(first, first + (video.duration or 0))] * frames
    sound = {track.index: (track.frames, track.duration or 0) for track in container.streams.audio}
    return _summary(path, container, video, stamps, sound)


def _with_turn(found: Produced, container: InputContainer, video: VideoStream, *, upright: bool) -> Produced:
    """``found``, and if asked whether a player would turn or mirror the picture. Nothing may have been read before."""
    if not upright:
        return found
    first = first_picture(container, video, thorough=False)
    return replace(found, turned=first.rotation != 0 or first.mirrored)


def shown_pictures(container: InputContainer) -> int | None:
    """How many pictures a source shows by its index; None where it has none that says so."""
    video = programme_video(container)
    if video is None or not container.format.name.startswith("mov") or not len(video.index_entries):
        return None
    return sum(not entry.is_discard for entry in video.index_entries)


def _heard(container: InputContainer) -> dict[int, tuple[int, int]]:
    """Frames and end (in the track's time base) of the sound as decoded."""
    track = container.streams.audio[0]
    frames = samples = 0
    for frame in container.decode(track):
        frames, samples = frames + 1, samples + frame.samples
    end = Fraction(samples, track.codec_context.sample_rate) / cast("Fraction", track.time_base)
    return {track.index: (frames, round(end))}


def _stated(container: InputContainer) -> dict[int, tuple[int, int]]:
    """Frames (0 where it does not say) and end (in the track's time base) of sound by its header.

    The end is that of what is heard: the header knows of run-in and padding.
    """
    track = container.streams.audio[0]
    end = Fraction(container.duration or 0, 1_000_000) / cast("Fraction", track.time_base)
    return {track.index: (track.frames, round(end))}


def _stated_by_tags(path: Path, container: InputContainer, video: VideoStream, counted: int) -> Produced | None:
    """The same from the lengths that ffmpeg writes to every track of a Matroska file when it has ended; or None."""
    ends = {stream.index: _length(stream.metadata.get("DURATION", "")) for stream in (video, *container.streams.audio)}
    if not container.format.name.startswith("matroska") or not all(ends.values()):
        return None
    ticks = {stream.index: round((ends[stream.index] or 0) / cast("Fraction", stream.time_base))
             for stream in (video, *container.streams.audio)}  # fmt: skip
    stamps = [(video.start_time or 0, ticks[video.index])] * counted
    sound = {track.index: (0, ticks[track.index]) for track in container.streams.audio}
    return _summary(path, container, video, stamps, sound)


def _length(text: str) -> Fraction | None:
    """Seconds of ``01:02:03.456000000``."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def _summary(
    path: Path,
    container: InputContainer,
    video: VideoStream | None,
    stamps: list[tuple[int, int]],
    sound: dict[int, tuple[int, int]],
) -> Produced:
    tracks: list[AudioStream] = list(container.streams.audio)
    return Produced(
        container=container.format.name.split(",")[0],
        size_bytes=path.stat().st_size,
        video_codec=video.codec_context.codec.canonical_name if video else None,
        pixel_format=video.codec_context.pix_fmt if video else None,
        width=video.codec_context.width if video else None,
        height=video.codec_context.height if video else None,
        frames=len(stamps) if video else None,
        first=_seconds(min(stamps)[0], video) if video and stamps else None,
        end=_end(stamps, video) if video and stamps else None,
        audio_codecs=tuple(track.codec_context.codec.canonical_name for track in tracks),
        audio_packets=tuple(sound[track.index][0] for track in tracks),
        audio_ends=tuple(_seconds(sound[track.index][1], track) for track in tracks),
        sample_aspect=(video.sample_aspect_ratio if video else None) or Fraction(1),
    )


def _end(stamps: list[tuple[int, int]], video: VideoStream) -> Fraction:
    """When the last picture goes: where the edit list of an MP4 file ends, else where the last packet does.

    A packet's own length in MP4 is that of its decoding; with variable rate and reordering it says nothing of showing.
    """
    if video.container.format.name.startswith("mov") and video.duration:
        return _seconds(min(stamps)[0] + video.duration, video)
    return _seconds(max(end for _, end in stamps), video)


def _seconds(ticks: int, stream: VideoStream | AudioStream) -> Fraction:
    return ticks * cast("Fraction", stream.time_base)
