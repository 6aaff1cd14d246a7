"""From an open container to ``MediaFacts``: what streams there are, and when the first picture is shown."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

import av.error
from av.packet import Packet
from av.stream import Disposition

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.claims import refuse_huge
from cutroom.media.inside.nal import beginnings, parse_extradata
from cutroom.media.inside.seeking import seek
from cutroom.media.inside.surprise import Surprise
from cutroom.model.media import AudioFacts, MediaFacts, SubtitleFacts, VideoFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av import AudioStream, VideoCodecContext, VideoFrame, VideoStream
    from av.container import InputContainer
    from av.sidedata.sidedata import SideData
    from av.stream import Stream

_PICTURE_ONLY = {"png_pipe", "jpeg_pipe", "webp_pipe", "apng"}
_NOT_THE_PROGRAMME = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
# Frames looked at to tell constant from variable frame rate, and how far to look for a first decodable picture.
_RATE_SAMPLE = 120
# Formats without a header: their length is guessed from the first bit rate met, so it is counted instead.
_ESTIMATED = {"aac", "mp3", "ac3", "eac3", "amr"}
_FIRST_PICTURE_PACKETS = 3000
_A_WHILE = 20_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class FirstPicture:
    """What only decoding one picture tells. ``pts`` is in the stream's time base."""

    pts: int
    interlaced: bool
    rotation: Literal[0, 90, 180, 270]
    mirrored: bool


def programme_video(container: InputContainer) -> VideoStream | None:
    """The picture stream that counts: no cover pictures; the default one, else the first."""
    streams = [s for s in container.streams.video if _decodable(s) and not s.disposition & _NOT_THE_PROGRAMME]
    streams = [s for s in streams if s.codec_context.width and s.codec_context.height] or streams
    defaults = [s for s in streams if s.disposition & Disposition.default]
    return next(iter(defaults or streams), None)


def sound_tracks(container: InputContainer) -> list[AudioStream]:
    """Every decodable sound track, in file order."""
    return [s for s in container.streams.audio if _decodable(s) and s.codec_context.sample_rate]


def _decodable(stream: Stream) -> bool:
    # The annotation promises a context; for codecs it does not know PyAV has none.
    return cast("object", stream.codec_context) is not None


def first_picture(container: InputContainer, stream: VideoStream, *, thorough: bool) -> FirstPicture:
    """Decode the first picture that a player shows. Unless ``thorough``, its headers will do where they say it all.

    Raises ``CutroomError(MEDIA_DAMAGED)`` when no picture can be decoded.
    """
    decoder = stream.codec_context
    decoder.thread_type = "SLICE"
    # When it is shown counts, not how well it looks, nor (ec) how well what is missing could be made up for.
    decoder.options = {"skip_loop_filter": "all"} if thorough else {"skip_loop_filter": "all", "ec": "0"}
    timeless = False
    try:
        for count, packet in enumerate(container.demux(stream)):
            # Nothing that can be decoded is shown before a key frame: no need to wait for the ones after it.
            at_once = packet.is_keyframe and not packet.is_discard and decoder.name == "h264"
            frames = _from_headers(decoder, packet) if at_once and not thorough else []
            frames = frames or decoder.decode(packet if packet.size else None)
            if not frames and at_once:
                frames = decoder.decode(None)
                decoder.flush_buffers()
            for frame in frames:
                timeless = timeless or frame.pts is None
                if frame.pts is not None:
                    turned = _orientation(frame)
                    return FirstPicture(frame.pts, bool(frame.interlaced_frame), *turned)
            if count > _FIRST_PICTURE_PACKETS:
                break
    except av.error.FFmpegError as error:
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED, "The picture of this file cannot be decoded.", detail=str(error)
        ) from error
    finally:
        stream.codec_context.flush_buffers()
    if timeless:
        raise CutroomError(
            ErrorCode.SOURCE_UNSUPPORTED,
            "This is a bare video stream that does not say when its pictures are shown.",
            next_step="Put it into a container first, for example: ffmpeg -i in.h264 -c copy out.mp4",
        )
    raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The file announces a picture but holds none that can be shown.")


def _from_headers(decoder: VideoCodecContext, packet: Packet[Any]) -> list[VideoFrame]:
    """The picture of a key frame as far as its headers tell: all but what it shows. Large ones take 50 ms to decode."""
    try:
        extradata = bytes(decoder.extradata or b"")
        short: Packet[Any] = Packet(
            beginnings(bytes(packet), parse_extradata(extradata).length_size if extradata else 0)
        )
        short.pts, short.dts, short.time_base = packet.pts, packet.dts, packet.time_base
        return [*decoder.decode(short), *decoder.decode(None)]
    except (Surprise, av.error.FFmpegError):
        return []
    finally:
        decoder.flush_buffers()


def _orientation(frame: VideoFrame) -> tuple[Literal[0, 90, 180, 270], bool]:
    """Clockwise degrees and mirroring from the display matrix: 3x3 in 16.16 fixed point, row vectors."""
    for side in frame.side_data:
        data = cast("SideData", side)  # the annotation says str
        if data.type.name == "DISPLAYMATRIX":
            a, b, _u, c, d = struct.unpack("<5i", bytes(data)[:20])
            mirrored = a * d - b * c < 0
            if mirrored:  # undo a horizontal flip that comes after the turn
                a, c = -a, -c
            degrees = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}.get((_sign(a), _sign(b)), 0)
            return cast("Literal[0, 90, 180, 270]", degrees), mirrored
    return 0, False


def _sign(value: int) -> int:
    # Matrices of phones are exact; anything within a tenth of a turn counts as that axis.
    return 0 if abs(value) < 1 << 13 else 1 if value > 0 else -1


def describe(container: InputContainer, size: int, *, thorough: bool) -> MediaFacts:
    """The facts of an open file; ``thorough`` also reads the file's tail for a length the header does not give.

    Leaves the container at an unspecified position.
    """
    video_stream, tracks = programme_video(container), sound_tracks(container)
    if video_stream is None and not tracks:
        raise CutroomError(ErrorCode.NOT_MEDIA, "The file holds neither a picture nor sound that can be read.")
    video = _video(container, video_stream, thorough=thorough) if video_stream is not None else None
    audio = tuple(_audio(track) for track in tracks)
    origin = video.start if video else min(track.start for track in audio)
    duration = video.duration if video else _longest(audio, origin)
    if video is None and container.format.name in _ESTIMATED:
        duration = None
    if duration is None and thorough and not (video and video.still):
        duration = _end_of(container, video_stream or tracks[0]) - origin
    return MediaFacts(
        container=container.format.name.split(",")[0],
        size_bytes=size,
        origin=origin,
        duration=duration,
        video=video,
        audio=audio,
        subtitles=tuple(
            SubtitleFacts(s.index, s.codec_context.name if _decodable(s) else "unknown", s.language)
            for s in container.streams.subtitles
        ),
        title=(container.metadata.get("title") or None),
    )


def with_sound_ends(container: InputContainer, facts: MediaFacts) -> MediaFacts:
    """``facts`` with the length of every sound track, looked up at the end of the file where its header has none."""
    tracks = {track.index: track for track in sound_tracks(container)}

    def measured(track: AudioFacts) -> AudioFacts:
        if track.duration is not None or (facts.video is None and len(facts.audio) == 1):
            return replace(track, duration=track.duration or facts.duration)
        end = _end_of(container, tracks[track.index])
        return replace(track, duration=end - track.start) if end > track.start else track

    return replace(facts, audio=tuple(map(measured, facts.audio)))


def _video(container: InputContainer, stream: VideoStream, *, thorough: bool) -> VideoFacts:
    codec = stream.codec_context
    refuse_huge(codec.width, codec.height)
    first = first_picture(container, stream, thorough=thorough)
    if codec.pix_fmt is None or codec.format is None:
        raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The picture of this file cannot be decoded.")
    time_base = cast("Fraction", stream.time_base)
    start = first.pts * time_base
    return VideoFacts(
        index=stream.index,
        codec=codec.codec.canonical_name,
        profile=stream.profile,
        width=codec.width,
        height=codec.height,
        pixel_format=codec.pix_fmt,
        bit_depth=codec.format.components[0].bits,
        # The container's word counts where it has one: VP9 and many MKV files say it nowhere else.
        sample_aspect=stream.sample_aspect_ratio or codec.sample_aspect_ratio or Fraction(1),
        rotation=first.rotation,
        mirrored=first.mirrored,
        frame_rate=stream.average_rate or stream.guessed_rate,
        variable_frame_rate=varying_rate(container, stream) if thorough else None,
        interlaced=first.interlaced,
        hdr={16: "pq", 18: "hlg"}.get(int(codec.color_trc)),  # type: ignore[arg-type]
        color_primaries=int(codec.color_primaries),
        color_transfer=int(codec.color_trc),
        color_space=int(codec.colorspace),
        color_range=int(codec.color_range),
        time_base=time_base,
        start=start,
        duration=_stated_duration(stream, start),
        frames=stream.frames or None,
        bit_rate=codec.bit_rate,
        still=container.format.name in _PICTURE_ONLY,
    )


def _stated_duration(stream: VideoStream | AudioStream, start: Fraction) -> Fraction | None:
    if stream.duration is None or stream.time_base is None or stream.duration <= 0:
        return None
    begin = (stream.start_time or 0) * stream.time_base
    return begin + stream.duration * stream.time_base - start


def _audio(stream: AudioStream) -> AudioFacts:
    codec = stream.codec_context
    time_base = cast("Fraction", stream.time_base)
    start = (stream.start_time or 0) * time_base
    return AudioFacts(
        index=stream.index,
        codec=codec.codec.canonical_name,
        profile=stream.profile,
        sample_rate=codec.sample_rate,
        channels=codec.channels,
        layout=codec.layout.name,
        time_base=time_base,
        start=start,
        duration=_stated_duration(stream, start),
        language=stream.language if stream.language not in {None, "und"} else None,
        default=bool(stream.disposition & Disposition.default),
        bit_rate=codec.bit_rate,
    )


def _longest(audio: tuple[AudioFacts, ...], origin: Fraction) -> Fraction | None:
    ends = [track.start + track.duration - origin for track in audio if track.duration is not None]
    return max(ends) if ends else None


# With fewer ticks than this between two pictures, one tick more is another rate and not the rounding of one.
_FINE = 5


def varying_rate(container: InputContainer, stream: VideoStream) -> bool | None:
    """Whether the first pictures are shown at varying distances; None where too few are there."""
    seek(container, 0, stream)
    stamps: list[int] = []
    for packet in container.demux(stream):
        if packet.pts is not None:
            stamps.append(packet.pts)
        if len(stamps) >= _RATE_SAMPLE:
            break
    # The last few may still miss pictures that are stored later but shown earlier.
    return uneven(sorted(stamps)[: -16 if len(stamps) == _RATE_SAMPLE else None])


def uneven(stamps: Sequence[int]) -> bool | None:
    """Whether the distances of ``stamps`` (sorted) differ by more than the rounding of the time base.

    >>> uneven([0, 33, 67, 100]), uneven([0, 1, 3]), uneven([7])
    (False, True, None)
    """
    steps = {b - a for a, b in pairwise(stamps)}
    if not steps:
        return None
    least, most = min(steps), max(steps)
    return most - least > (1 if least >= _FINE else 0)


def _end_of(container: InputContainer, stream: VideoStream | AudioStream) -> Fraction:
    """Container time at which the stream ends, from its last packets."""
    time_base = cast("Fraction", stream.time_base)
    start = container.start_time or 0
    stated = 0 if container.format.name in _ESTIMATED else container.duration or 0
    # At the stated end demuxers with an index go to their last key frame, others to the start; some find nothing there.
    for target in dict.fromkeys((stated, max(0, stated - _A_WHILE), 0)):
        seek(container, target + start)
        ends = [packet.pts + (packet.duration or 0) for packet in container.demux(stream) if packet.pts is not None]
        if ends:
            return max(ends) * time_base
    return Fraction(0)
