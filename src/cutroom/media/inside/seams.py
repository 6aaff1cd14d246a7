"""The pieces of an exact cut that have to be encoded.

They are the pictures between the start and the first copied group of pictures, and the few behind the last copied one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av.error
from av.codec import CodecContext
from av.video.frame import PictureType

from cutroom.media.inside.nal import ParameterSets, access_kind, parse_extradata
from cutroom.media.inside.surprise import Surprise

if TYPE_CHECKING:
    from av import VideoCodecContext, VideoFrame, VideoStream
    from av.packet import Packet

# Encoded pictures sit next to copied ones, so they must not look worse; there are few of them.
_CRF = "20"
# Bits are cheaper here than time: seconds of picture at most, at a quality that the preset does not decide.
_PRESET = "ultrafast"
# So many pictures before the seam a key frame stands, from which the gate can decode without what came before.
_CHECKED = 9
_GLOBAL_HEADER = 1 << 22
THREADS = min(os.cpu_count() or 1, 4)
_PROFILES = {"Baseline": "baseline", "Constrained Baseline": "baseline", "Main": "main"}


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """One encoded picture; ``pts`` in the source stream's time base."""

    pts: int
    data: bytes
    key: bool


@dataclass(slots=True)
class Seam:
    """Encoded pictures with the parameter sets they need, and what every decoded picture around them looked like."""

    pictures: list[CodedPicture] = field(default_factory=list)
    sets: ParameterSets | None = None
    looks: dict[int, bytes] = field(default_factory=dict)
    """Source pts -> thumbprint of the source's picture, for the gate."""


def thumbprint(frame: VideoFrame) -> bytes:
    """About 600 luma samples spread over a picture: equal for equal pictures, close for close ones."""
    plane = frame.planes[0]
    data = memoryview(plane)
    step = max(1, frame.width // 48)
    rows = range(frame.height // 28, frame.height, max(1, frame.height // 13))
    return b"".join(bytes(data[row * plane.line_size : row * plane.line_size + frame.width : step]) for row in rows)


def decoder_for(stream: VideoStream) -> VideoCodecContext:
    """A decoder of its own, so that the demuxing stream's state is left alone."""
    decoder = CodecContext.create("h264", "r")
    decoder.extradata = stream.codec_context.extradata
    decoder.thread_type = "AUTO"
    decoder.thread_count = THREADS
    return decoder


def decode(
    stream: VideoStream, packets: Iterable[Packet[Any]], wanted: set[int], length_size: int
) -> Iterable[VideoFrame]:
    """The pictures with the ``wanted`` pts, in order of showing; pictures nobody needs are not decoded.

    Raises ``Surprise`` when one is missing or damaged.
    """
    decoder, missing = decoder_for(stream), set(wanted)

    def accept(frames: Sequence[VideoFrame]) -> Iterable[VideoFrame]:
        for frame in frames:
            if frame.pts in missing:
                if frame.is_corrupt:
                    raise Surprise("pictures at the cut cannot be decoded cleanly")
                missing.discard(frame.pts)
                yield frame

    try:
        for packet in packets:
            if packet.pts not in wanted and not access_kind(memoryview(packet), length_size)[1]:
                continue
            yield from accept(decoder.decode(packet))
            if not missing:
                return
        # Nothing follows: what the decoder still holds back comes out now.
        yield from accept(decoder.decode(None))
    except av.error.FFmpegError as error:
        raise Surprise("pictures at the cut cannot be decoded cleanly") from error
    if missing:
        raise Surprise("pictures at the cut cannot be decoded cleanly")


def encode_seam(
    stream: VideoStream,
    packets: Sequence[Packet[Any]],
    wanted: Sequence[int],
    neighbours: Sequence[int],
    taken_ids: set[int],
) -> Seam:
    """Encode the ``wanted`` pictures (pts, sorted); look at the ``neighbours`` too, which stay copied.

    ``packets`` start at a key frame and reach far enough to decode all of them. ``taken_ids`` are parameter set ids
    that must not be used.
    """
    seam = Seam()
    if not wanted:
        return seam
    source_sets = parse_extradata(bytes(stream.codec_context.extradata or b""))
    free_id = next(i for i in range(7, 32) if i not in taken_ids)
    encoder = _encoder(stream, free_id)
    chosen, looked_at = set(wanted), {wanted[0], *wanted[-_CHECKED:], *neighbours}
    checkpoint = wanted[-_CHECKED] if len(wanted) > 2 * _CHECKED else None
    for frame in decode(stream, packets, chosen | set(neighbours), source_sets.length_size):
        pts = cast("int", frame.pts)
        if pts in looked_at:
            seam.looks[pts] = thumbprint(frame)
        if pts in chosen:
            frame.pict_type = PictureType.I if pts == checkpoint else PictureType.NONE
            frame.time_base = cast("Fraction", stream.time_base)
            seam.pictures += _coded(encoder.encode(frame))
    seam.pictures += _coded(encoder.encode(None))
    if [picture.pts for picture in seam.pictures] != list(wanted):
        raise Surprise("the encoder did not return the pictures at the cut one for one")
    seam.sets = parse_extradata(_as_header(bytes(encoder.extradata or b"")))
    return seam


def _encoder(stream: VideoStream, free_id: int) -> VideoCodecContext:
    source = stream.codec_context
    encoder = CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = source.width, source.height, source.pix_fmt
    encoder.time_base = cast("Fraction", stream.time_base)
    encoder.framerate = stream.average_rate or stream.guessed_rate or Fraction(25)
    encoder.sample_aspect_ratio = source.sample_aspect_ratio or Fraction(1)
    for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
        setattr(encoder, name, getattr(source, name))
    encoder.thread_count = THREADS
    encoder.options = {
        "preset": _PRESET,
        "forced-idr": "1",
        "crf": _CRF,
        "profile": _PROFILES.get(source.profile or "", "high"),
        # No reordering, so that decoding times follow from the source's own; one key frame, at the start;
        # length-prefixed units as in the container; an id of our own, so that both parameter sets live in one record.
        "x264-params": f"sps-id={free_id}:bframes=0:keyint=infinite:scenecut=0:repeat-headers=0:annexb=0",
    }
    encoder.flags |= _GLOBAL_HEADER
    encoder.open()
    return encoder


def _as_header(extradata: bytes) -> bytes:
    """x264 states its header with length prefixes when asked for no start codes; parse both kinds alike."""
    if extradata[:1] == b"\x01" or extradata[:3] == b"\x00\x00\x01" or extradata[:4] == b"\x00\x00\x00\x01":
        return extradata
    units, at = [], 0
    while at + 4 <= len(extradata):
        length = int.from_bytes(extradata[at : at + 4], "big")
        units.append(extradata[at + 4 : at + 4 + length])
        at += 4 + length
    return b"".join(b"\x00\x00\x01" + unit for unit in units)


def _coded(packets: Sequence[Packet[Any]]) -> list[CodedPicture]:
    return [CodedPicture(cast("int", p.pts), bytes(p), bool(p.is_keyframe)) for p in packets]
