"""The one decode of a film's pictures: each small, upright and with its exact time and number, the large one on demand.

Decoded in one thread, large pictures in two, and without the codec's loop filter, which costs a fifth of the work and
changes nothing in pictures 96 pixels wide. What is written or measured finely is decoded again in full (``Exactly``).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av.error

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe, programme_video
from cutroom.media.inside.window import key_before
from cutroom.model.percepts import Missing
from cutroom.perception.inside.frames import Orientation, orientation, small_planes, upright_bgr
from cutroom.perception.inside.packets import Table, read_table
from cutroom.perception.sense import Planes

if TYPE_CHECKING:
    from av import VideoCodecContext, VideoFrame, VideoStream
    from av.container import InputContainer
    from av.packet import Packet

    from cutroom.media.inside.conversation import Conversation
    from cutroom.model.media import MediaFacts
    from cutroom.perception.sense import Plane

# A second thread costs a third more processor time for each picture and gives nothing as long as more is done with a
# picture than decoding it; those larger than this (pixels) take long to decode.
_LARGE = 1920 * 1088
# Decoding again goes on through at most this many pictures before the wanted one.
_LONGEST_RUN_IN = 1500


@dataclass(slots=True)
class Picture:
    """One decoded picture."""

    index: int
    """Its number in the source, from 0."""
    t: Fraction
    small: Planes
    after_gap: bool
    """Whether pictures right before it were left out."""
    frame: VideoFrame
    turn: Orientation

    def bgr(self, width: int) -> Plane:
        """The picture upright in square pixels: ``width`` wide, or its own width where that is 0 or less than that."""
        return upright_bgr(self.frame, self.turn, width)


@dataclass(slots=True)
class _Damage:
    pictures: int = 0
    ended_early: bool = False


@dataclass(slots=True)
class Film:
    """An untrusted film file: what is known of it, and the ways of decoding its pictures."""

    params: dict[str, Any]
    talk: Conversation
    facts: MediaFacts
    turn: Orientation
    table: Table | None
    width: int
    height: int
    duration: Fraction
    """Until the last picture goes; of a film without a table it is known when ``pictures`` has ended."""
    frames: int
    _damage: _Damage = field(default_factory=_Damage)
    _second: InputContainer | None = None

    def pictures(self, *, loop_filter: bool = False) -> Iterator[Picture]:
        """Every analysed picture in order of showing. Damaged ones are passed over and counted for ``missing``."""
        with open_media(self.params, "video", self.talk) as container:
            stream = _stream(container)
            _prepare(stream, loop_filter=loop_filter)
            last, number = -1, -1
            for frame in self._frames(container, stream):
                stamp, number = self._place(frame, stream, last, number)
                if stamp is None or stamp <= last:
                    continue
                left_out = self.table is not None and number > 0 and bool(self.table.left_out[number - 1])
                last = stamp
                t = (stamp - round(self.facts.origin / cast("Fraction", stream.time_base))) * cast(
                    "Fraction", stream.time_base
                )
                yield Picture(number, t, small_planes(frame, self.turn), left_out, frame, self.turn)
            self._end(last, number, stream)

    def _place(self, frame: VideoFrame, stream: VideoStream, last: int, number: int) -> tuple[int | None, int]:
        """Stamp and number of a decoded picture; stamp None for one that is not shown."""
        origin = round(self.facts.origin / cast("Fraction", stream.time_base))
        if self.table is not None:
            if frame.pts is None or frame.pts < origin:
                return None, number
            return frame.pts, self.table.number(frame.pts)
        step = max(1, round(1 / (stream.average_rate or 25) / cast("Fraction", stream.time_base)))
        stamp = frame.pts if frame.pts is not None and frame.pts > last else (last + step if last >= 0 else origin)
        return (None, number) if stamp < origin else (stamp, number + 1)

    def _end(self, last: int, number: int, stream: VideoStream) -> None:
        if self.table is not None or last < 0:
            return
        tick = cast("Fraction", stream.time_base)
        self.frames = number + 1
        self.duration = (last * tick - self.facts.origin) + 1 / Fraction(stream.average_rate or 25)

    def _frames(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Decoded pictures; damage is counted, not raised."""
        decoder, table = stream.codec_context, self.table
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                self._damage.ended_early = True
                yield from self._decode(decoder, None)
                return
            if table is None or not packet.size or not table.is_left_out(packet.pts):
                yield from self._decode(decoder, packet if packet.size else None)

    def _decode(self, decoder: VideoCodecContext, packet: Packet[Any] | None) -> list[VideoFrame]:
        try:
            frames = decoder.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._damage.pictures += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self._damage.pictures += len(frames) - len(whole)
        return whole

    def exactly(self, first: int, last: int) -> Iterator[Picture]:
        """The pictures numbered ``first`` to ``last``, decoded in full, loop filter and all. Needs a table.

        Where they cannot be reached (damage, an endless group of pictures) fewer come, or none.
        """
        table = self.table
        if table is None:
            return
        container = self._opened_again()
        for frame in self._near(container, _stream(container), int(table.stamps[first]), int(table.stamps[last])):
            number = table.number(cast("int", frame.pts))
            yield Picture(number, table.time(number), small_planes(frame, self.turn), after_gap=False, frame=frame,
                          turn=self.turn)  # fmt: skip

    def again(self, numbers: list[int]) -> Generator[Picture]:
        """The pictures with these numbers, in order, decoded in full. Some may not come, as with ``exactly``."""
        if self.table is not None:
            for number in numbers:
                yield from (picture for picture in self.exactly(number, number) if picture.index == number)
            return
        wanted = set(numbers)
        for picture in self.pictures(loop_filter=True) if wanted else ():
            if picture.index in wanted:
                yield picture
                wanted.discard(picture.index)
            if not wanted:
                return

    def run_in(self, number: int) -> int:
        """How many pictures have to be decoded before this one."""
        return self.table.run_in(number) if self.table is not None else 0

    def close(self) -> None:
        """Close what is still open."""
        if self._second is not None:
            self._second.close()
            self._second = None

    def _opened_again(self) -> InputContainer:
        """The file a second time, for going to places while the first one is read through."""
        if self._second is None:
            self._second = open_media(self.params, "video", self.talk)
            _prepare(_stream(self._second), loop_filter=True)
        return self._second

    def _near(self, container: InputContainer, stream: VideoStream, low: int, high: int) -> Iterator[VideoFrame]:
        """Frames shown from ``low`` to ``high`` (ticks), decoded from the key frame before."""
        table = cast("Table", self.table)
        try:
            stream.codec_context.flush_buffers()
            key = key_before(container, stream, low, table.floor)
        except (CutroomError, av.error.FFmpegError):
            return
        if table.number(low) - table.number(key.pts or 0) > _LONGEST_RUN_IN:
            return
        for packet in _chained(key, container.demux(stream)):
            # What is only shown before the first wanted picture, and nothing refers to, is not needed.
            early = packet is not None and packet.pts is not None and packet.pts < low
            if early and table.is_left_out(cast("Packet[Any]", packet).pts):
                continue
            for frame in self._decode(stream.codec_context, packet):
                if frame.pts is not None and low <= frame.pts <= high:
                    yield frame
                if frame.pts is not None and frame.pts >= high:
                    return

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be seen of the film, after it was decoded."""
        found = []
        if self._damage.pictures:
            few = "one picture is" if self._damage.pictures == 1 else f"{self._damage.pictures} pictures are"
            found.append(Missing("pictures", f"The film is damaged: {few} left out.", degraded=True))
        if self._damage.ended_early:
            found.append(Missing("pictures", "The film is damaged and cannot be read to its end.", degraded=True))
        if self.facts.video is not None and self.facts.video.hdr:
            found.append(Missing("pictures", "The film is HDR; how it looks is measured without tone mapping.",
                                 degraded=True))  # fmt: skip
        return tuple(found)


def open_film(params: dict[str, Any], talk: Conversation) -> Film:
    """What is known of the film at ``params`` (``{"path", "size"}``).

    Raises ``CutroomError``: NO_VIDEO for sound alone, NOT_MEDIA, MEDIA_DAMAGED.
    """
    with open_media(params, "video", talk) as container:
        facts = describe(container, params.get("size", 0), thorough=False)
        if facts.video is None:
            raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
    with open_media(params, "video", talk) as container:
        # The two fields of an interlaced picture may be one packet, of which only the first is looked at.
        table = read_table(container, _stream(container), facts.origin, sparing=not facts.video.interlaced)
    width, height = facts.video.display_size
    return Film(
        params=params,
        talk=talk,
        facts=facts,
        turn=orientation(facts.video),
        table=table,
        width=width,
        height=height,
        duration=_duration(facts, table),
        frames=len(table.stamps) if table is not None else 0,
    )


def _duration(facts: MediaFacts, table: Table | None) -> Fraction:
    """Until the last picture goes: the header's word where the pictures bear it out, else theirs."""
    stated = facts.video.duration if facts.video is not None else None
    if table is None:
        return stated or Fraction(0)
    last = table.time(len(table.stamps) - 1)
    end = (table.end - table.floor) * table.tick
    if stated is not None and last < stated <= last + 2 * (end - last):
        return stated
    return end


def _chained(first: Packet[Any], rest: Iterator[Packet[Any]]) -> Iterator[Packet[Any] | None]:
    """All packets to the end or to where the file cannot be read any more; None at last, which flushes a decoder."""
    yield first
    while True:
        try:
            packet = next(rest)
        except (StopIteration, av.error.FFmpegError):
            break
        if packet.size:
            yield packet
    yield None


def _stream(container: InputContainer) -> VideoStream:
    stream = programme_video(container)
    if stream is None:
        raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
    return stream


def _prepare(stream: VideoStream, *, loop_filter: bool) -> None:
    decoder = stream.codec_context
    decoder.thread_count = 2 if decoder.width * decoder.height > _LARGE else 1
    decoder.thread_type = "AUTO"
    if not loop_filter:
        decoder.options = {"skip_loop_filter": "all"}
