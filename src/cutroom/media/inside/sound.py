"""The sound of a clip, lane by lane: AAC is copied packet by packet, everything else decoded, trimmed and encoded.

Every lane is fed the source's packets in file order, says when it has seen enough, and writes packets whose times
count from the clip's first picture. Copied sound keeps its distance to the picture exactly; the packets before the
start that a decoder needs lie before time zero, hidden by the file's edit list.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, cast

import av.error
import av.filter

from cutroom.media.inside.surprise import Surprise

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream
    from av.packet import Packet

    from cutroom.media.inside.mp4 import Mp4Writer

# Packets of pre-roll that an AAC decoder needs to give the first wanted sample right (overlap, and SBR on top).
_PREROLL_PACKETS = 2
# Codecs with long memories (Opus, MP3's bit reservoir) converge within this many seconds.
_DECODE_PREROLL = Fraction(1, 2)
# Time stamps rounded to milliseconds wander this far (s) without meaning it.
_JITTER = Fraction(3, 2000)
_AAC_RATES = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000}
_LAYOUTS = {"mono", "stereo", "3.0", "4.0", "5.0", "5.1"}


class Lane(Protocol):
    """One sound track on its way into the clip."""

    done: bool
    written: bool
    """At least one packet has reached the clip."""

    def feed(self, packet: Packet[Any]) -> None:
        """Take the next packet of the source's track."""

    def finish(self) -> None:
        """Write what is left."""


def copyable(stream: AudioStream) -> bool:
    """Whether the track can go into an MP4 file for everyone as it is."""
    return stream.codec_context.name in {"aac", "aac_fixed"} and stream.codec_context.channels <= 8


def open_lane(writer: Mp4Writer, stream: AudioStream, start: Fraction, end: Fraction) -> Lane:
    """A lane for container times [start, end) in seconds."""
    return (CopyLane if copyable(stream) else EncodeLane)(writer, stream, start, end)


class CopyLane:
    """Packets as they are. Whole numbers only: this runs for every packet of the clip."""

    def __init__(self, writer: Mp4Writer, stream: AudioStream, start: Fraction, end: Fraction) -> None:
        self.done = self.written = False
        self._writer = writer
        self._rate = rate = stream.codec_context.sample_rate
        self._frame = stream.codec_context.frame_size or 1024
        self._out = writer.add_copied_audio(stream, rate)
        tick = cast("Fraction", stream.time_base)
        # Sample number in the clip of a stamp: (stamp * factor + shift) / unit, rounded.
        scale, offset = tick * rate, start * rate
        self._unit = scale.denominator * offset.denominator
        self._factor = scale.numerator * offset.denominator
        self._shift = -offset.numerator * scale.denominator + self._unit // 2
        self._first = -self._frame * (1 + _PREROLL_PACKETS)
        self._last = round((end - start) * rate)
        self._jitter = round(_JITTER * rate)
        self._base = Fraction(1, rate)
        self._next: int | None = None
        self._held: Packet[Any] | None = None
        self._held_at = 0
        # What only warms up the decoder: written together with the first packet that is heard, or not at all.
        self._silent: list[Packet[Any]] = []

    def feed(self, packet: Packet[Any]) -> None:
        pts = packet.pts
        if self.done or pts is None or not packet.size:
            return
        at = (pts * self._factor + self._shift) // self._unit
        if at >= self._last:
            self.done = True
            return
        if at <= self._first:
            return
        if self._next is not None and -self._jitter <= at - self._next <= self._jitter:
            at = self._next
        if self._held is not None and at <= self._held_at:
            return  # a repeated or overlapping packet: the earlier one stays
        self._release(at)
        self._held, self._held_at, self._next = packet, at, at + self._frame

    def _release(self, following: int) -> None:
        """Write the packet held back, now that its length is known: up to the next one, or to the clip's end."""
        packet = self._held
        if packet is None:
            return
        packet.time_base = self._base
        packet.pts = packet.dts = self._held_at
        packet.duration = max(1, min(self._frame, following - self._held_at, self._last - self._held_at))
        packet.stream = self._out
        self._held = None
        self._silent.append(packet)
        if self._held_at + packet.duration > 0:
            for ready in self._silent:
                self._writer.write(ready)
            self._silent.clear()
            self.written = True

    def finish(self) -> None:
        self._release(self._last)
        self.done = True


class EncodeLane:
    """Decode, trim to the sample, encode as AAC."""

    def __init__(self, writer: Mp4Writer, stream: AudioStream, start: Fraction, end: Fraction) -> None:
        self.done = self.written = False
        self._writer = writer
        self._stream = stream
        self._tick = cast("Fraction", stream.time_base)
        self._start, self._end = start, end
        codec = stream.codec_context
        self._rate = codec.sample_rate if codec.sample_rate in _AAC_RATES else 48000
        self._layout = (
            codec.layout.name if codec.layout.name in _LAYOUTS else "mono" if codec.channels == 1 else "stereo"
        )
        channels = {"mono": 1, "stereo": 2}.get(self._layout, 6)
        self._out = writer.add_encoded_audio(
            stream, self._rate, self._layout, {1: 96_000, 2: 160_000}.get(channels, 384_000)
        )
        self._graph: av.filter.Graph | None = None
        self._broken = 0

    def feed(self, packet: Packet[Any]) -> None:
        if self.done or packet.pts is None or not packet.size:
            return
        time = packet.pts * self._tick
        if time + _DECODE_PREROLL < self._start:
            return
        # Half a second beyond the end: decoders hold frames back.
        if time >= self._end + _DECODE_PREROLL:
            self.done = True
            return
        try:
            frames = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            self._broken += 1  # one bad packet is a click, not a reason to lose the clip
            if self._broken > 100:
                raise Surprise("the sound is damaged") from None
            return
        self._push(frames)

    def _push(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            if frame.pts is None:
                continue
            if self._graph is None:
                self._graph = self._build(frame)
            try:
                self._graph.push(frame)
            except av.error.EOFError:  # the trim has all it wants
                self.done = True
                return
            self._drain()

    def _build(self, frame: AudioFrame) -> av.filter.Graph:
        """Trim, count from the clip's start, fill holes with silence, bring into the encoder's form."""
        graph = av.filter.Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=frame.time_base or self._tick,
        )
        length = self._end - self._start
        chain = [
            source,
            graph.add("asetpts", f"PTS-{float(self._start):.9f}/TB"),
            graph.add("aresample", f"async=1:min_hard_comp=0.03:first_pts=0:osr={self._rate}"),
            graph.add("atrim", f"start=0:end={float(length):.6f}"),
            graph.add("aformat", f"sample_fmts=fltp:channel_layouts={self._layout}"),
            graph.add("asetnsamples", "n=1024:p=0"),
            graph.add("abuffersink"),
        ]
        graph.link_nodes(*chain).configure()
        return graph

    def _drain(self) -> None:
        while self._graph is not None:
            try:
                frame = cast("AudioFrame", self._graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            for packet in self._out.encode(frame):
                self._writer.write(packet)
                self.written = True

    def finish(self) -> None:
        self.done = True
        if self._graph is None:
            return
        try:
            self._push(self._stream.codec_context.decode(None))
        except av.error.FFmpegError:
            self._broken += 1
        with contextlib.suppress(av.error.EOFError):
            self._graph.push(None)
        self._drain()
        for packet in self._out.encode(None):
            self._writer.write(packet)
            self.written = True
