"""The picture track of a clip being written: times of decoding and lengths for packets that come in decode order."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from av.packet import Packet

from cutroom.media.inside.order import DecodeClock
from cutroom.media.inside.surprise import Surprise

if TYPE_CHECKING:
    from av import VideoStream

    from cutroom.media.inside.job import Job, Splice
    from cutroom.media.inside.mp4 import Mp4Writer
    from cutroom.media.inside.seams import CodedPicture


class PictureTrack:
    """Takes pictures in decode order and writes them; holds one back, because the last one is special."""

    def __init__(self, job: Job, writer: Mp4Writer, stream: VideoStream, depth: int, result: Splice) -> None:
        """``depth`` is how many pictures the source reorders at most."""
        self._writer, self._stream, self._result = writer, stream, result
        self._tick = job.tick
        self._step = max(1, round(1 / (job.stream.average_rate or Fraction(25)) / job.tick))
        self._depth = depth
        self._end = job.window.end - job.window.first
        self._last = job.window.last - job.window.first
        self._clock: DecodeClock | None = None
        self._held: Packet[Any] | None = None

    def write(self, packet: Packet[Any], at: int) -> None:
        """Write one picture shown ``at`` (ticks of the source from the clip's zero)."""
        if self._clock is None:
            self._clock = DecodeClock(self._depth, self._step, at)
        packet.time_base = self._tick
        packet.pts = at
        try:
            packet.dts = self._clock(at)
        except ValueError as error:
            raise Surprise("its pictures are stored in an order that the stream does not announce") from error
        if at == self._last:
            packet.duration = self._end - at
        elif 0 <= at < self._end:
            packet.duration = min(packet.duration or self._step, self._end - at)
        packet.stream = self._stream
        self._result.shown.append(at)
        if self._held is not None:
            self._writer.write(self._held)
        self._held = packet

    def write_coded(self, picture: CodedPicture, at: int) -> None:
        """The same for a picture of our own making."""
        packet: Packet[Any] = Packet(picture.data)
        packet.is_keyframe = picture.key
        self._result.encoded.add(at)
        self.write(packet, at)

    def finish(self) -> None:
        """Write the last packet. It lasts until the clip's end in decoding time too, or the track would end early."""
        packet = self._held
        if packet is None or packet.dts is None:
            raise Surprise("no picture lies within the range")
        packet.duration = max(packet.duration or 1, self._end - packet.dts - self._depth * self._step)
        self._writer.write(packet)
        self._held = None
