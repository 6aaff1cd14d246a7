"""The pieces of an exact cut that have to be encoded.

They are the pictures between the start and the first copied group of pictures, and the few behind the last copied one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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

# Encoded pictures sit next to copied ones, so they must not look worse; there are few of them. A constant quantizer
# spares the encoder the look ahead that rate control needs, a quarter of its time at the same likeness (41 dB).
_QUANTIZER = "22"
# Bits are cheaper here than time: seconds of picture at most, at a quality that the preset does not decide.
_PRESET = "ultrafast"
# So many pictures before the seam a key frame stands, from which the gate can decode without what came before.
_CHECKED = 6
_GLOBAL_HEADER, _OUTPUT_CORRUPT = 1 << 22, 1 << 3
# Threads for one picture cost a quarter more processor time. Decoding and encoding side by side is the better use of
# two cores; only very large pictures take several.
_LARGE = 1920 * 1088 * 2
# Pictures on their way from the decoder to the encoder at most.
_UNDER_WAY = 6
_PROFILES = {"Baseline": "baseline", "Constrained Baseline": "baseline", "Main": "main"}


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """One encoded picture; ``pts`` in the source stream's time base."""

    pts: int
    data: bytes
    key: bool


@dataclass(slots=True)
class Seam:
    """Encoded pictures with the parameter sets they need, and what some of them looked like in the source."""

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
    decoder.thread_count = _threads(stream)
    return decoder


def _threads(stream: VideoStream) -> int:
    large = stream.codec_context.width * stream.codec_context.height > _LARGE
    return min(os.cpu_count() or 1, 4) if large else 1


def decode(
    stream: VideoStream, packets: Iterable[Packet[Any]], wanted: set[int], length_size: int, *, rough: bool = False
) -> Iterable[VideoFrame]:
    """The pictures with the ``wanted`` pts, in order of showing; pictures nobody needs are not decoded.

    ``rough`` takes those, too, whose references are missing. Raises ``Surprise`` when one is missing or damaged.
    """
    if not wanted:
        return
    decoder, missing = decoder_for(stream), set(wanted)
    if rough:
        decoder.flags |= _OUTPUT_CORRUPT
    try:
        for frame in _frames(decoder, (p for p in packets if p.pts in wanted or _is_reference(p, length_size))):
            if frame.pts not in missing:
                continue
            if frame.is_corrupt and not rough:
                break
            missing.discard(frame.pts)
            yield frame
            if not missing:
                return
    except av.error.FFmpegError as error:
        raise Surprise("pictures at the cut cannot be decoded cleanly") from error
    raise Surprise("pictures at the cut cannot be decoded cleanly")


def _frames(decoder: VideoCodecContext, packets: Iterable[Packet[Any]]) -> Iterable[VideoFrame]:
    for packet in packets:
        yield from decoder.decode(packet)
    yield from decoder.decode(None)  # what it still holds back


def _is_reference(packet: Packet[Any], length_size: int) -> bool:
    return access_kind(memoryview(packet), length_size)[1]


def encode_seam(
    stream: VideoStream,
    packets: Sequence[Packet[Any]],
    wanted: Sequence[int],
    taken_ids: set[int],
) -> Seam:
    """Encode the ``wanted`` pictures (pts, sorted).

    ``packets`` start at a key frame and reach far enough to decode all of them. ``taken_ids`` are parameter set ids
    that must not be used.
    """
    seam = Seam()
    if not wanted:
        return seam
    source_sets = parse_extradata(bytes(stream.codec_context.extradata or b""))
    free_id = next(i for i in range(7, 32) if i not in taken_ids)
    encoder = _encoder(stream, free_id)
    checkpoint = wanted[-_CHECKED] if len(wanted) > 2 * _CHECKED else None
    looked_at = {wanted[0], *wanted[-_CHECKED:]} if checkpoint is not None else set(wanted)
    with ThreadPoolExecutor(1) as beside:
        under_way: deque[Future[list[Packet[Any]]]] = deque()
        for frame in decode(stream, packets, set(wanted), source_sets.length_size):
            pts = cast("int", frame.pts)
            if pts in looked_at:
                seam.looks[pts] = thumbprint(frame)
            frame.pict_type = PictureType.I if pts == checkpoint else PictureType.NONE
            frame.time_base = cast("Fraction", stream.time_base)
            under_way.append(beside.submit(encoder.encode, frame))
            while len(under_way) > _UNDER_WAY:
                seam.pictures += _coded(under_way.popleft().result())
        for coded in under_way:
            seam.pictures += _coded(coded.result())
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
    encoder.thread_count = _threads(stream)
    encoder.options = {
        "preset": _PRESET,
        "forced-idr": "1",
        "qp": _QUANTIZER,
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
