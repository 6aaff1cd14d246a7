"""Copying the middle of a cut. ``exact``: whole groups of pictures copied, the seams encoded. ``instant``: everything
copied from the key frame before the start, the surplus hidden by the edit list.

Method: seek through the container's own index; read the few packets round the end first, then stream from the key
frame before the start to the end once. Only the seams' packets are ever held, so memory does not grow with length.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av.error
from av.packet import Packet

from cutroom.media.inside.boxes import set_video_end
from cutroom.media.inside.mp4 import Mp4Writer
from cutroom.media.inside.nal import ParameterSets, Repacker, access_kind, build_avcc, parse_extradata
from cutroom.media.inside.order import DecodeClock, gap_free_prefix, reorder_depth
from cutroom.media.inside.seams import CodedPicture, Seam, decode, encode_seam, thumbprint
from cutroom.media.inside.sound import Lane, open_lane
from cutroom.media.inside.surprise import Surprise
from cutroom.media.inside.window import REORDER, Window, key_before

if TYPE_CHECKING:
    from av import AudioStream, VideoStream
    from av.container import InputContainer

    from cutroom.media.inside.conversation import Conversation
    from cutroom.model.media import MediaFacts

# Packets of one seam held at most (bytes). A longer group of pictures is cheaper to re-encode with all cores.
_MOST_HELD = 96 << 20
# Formats without a per-track index: sound belonging to a picture may be stored before it, by at most this (s).
_SOUND_LEAD = Fraction(1)
# How much further (s) than the end to look for sound stored late.
_SOUND_LAG = Fraction(5)
# The gate looks at this many pictures on each side of a seam (0.3 s at 30 frames per second).
NEIGHBOURS = 9


@dataclass(slots=True)
class Job:
    """One cut in one open file (two, where the sound lives apart)."""

    container: InputContainer
    stream: VideoStream
    tracks: list[AudioStream]
    facts: MediaFacts
    window: Window
    path: Path
    talk: Conversation
    sound: InputContainer | None = None

    @property
    def tick(self) -> Fraction:
        return cast("Fraction", self.stream.time_base)

    def movie_ticks(self, ticks: int) -> int:
        """A length in the stream's time base, in the written file's movie time scale."""
        return round(ticks * self.tick * time_scale(self.tick))


@dataclass(slots=True)
class Splice:
    """What was written. ``shown`` are the pts of all shown pictures, from 0, in decode order."""

    shown: array[int] = field(default_factory=lambda: array("q"))
    copied: int = 0
    looks: dict[int, bytes] = field(default_factory=dict)
    """Thumbprints of the source's pictures round the seams, by pts from 0."""
    encoded: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Tail:
    stop: int | None = None
    """pts of the first packet, in decode order, that is not copied; None: the stream ends first."""
    seam: Seam = field(default_factory=Seam)
    depth: int = 0


def read_tail(job: Job, *, encode: bool, taken: set[int]) -> _Tail:
    """Look at the packets round the end: where copying stops, and (``encode``) the pictures that are left to encode."""
    window, packets = job.window, []
    packets = list(_bounded(_from_key(job, window.end), lambda p: p.pts is not None and p.pts > window.end, REORDER))
    order = [_pts(packet) for packet in packets]
    if any(packet.is_discard for packet in packets if _pts(packet) < window.end):
        raise Surprise("an edit list hides pictures inside the range")
    if encode:
        count = gap_free_prefix(order, window.end)
    else:
        # Everything up to the last shown picture, in decode order; what else comes along stays hidden.
        count = max((i + 1 for i, pts in enumerate(order) if pts < window.end), default=0)
    tail = _Tail(order[count] if count < len(order) else None, depth=reorder_depth(order))
    rest = sorted(pts for pts in order[count:] if window.first <= pts < window.end)
    if encode and rest:
        before = [pts for pts in sorted(order[:count]) if pts >= order[0]][-NEIGHBOURS:]
        tail.seam = encode_seam(job.stream, packets, rest, before, taken)
    return tail


def exact(job: Job) -> Splice:
    """Write the cut to ``job.path``. Raises ``Surprise`` for anything that only a re-encode gets right."""
    source = parse_extradata(bytes(job.stream.codec_context.extradata or b""))
    taken = source.ids
    tail = read_tail(job, encode=True, taken=taken)
    taken |= tail.seam.sets.ids if tail.seam.sets else set()
    writer = _Writer(job, source, tail)
    writer.stream_from_key(encode=True, taken=taken)
    return writer.result


def instant(job: Job) -> Splice:
    """Write the copy with its hidden pre-roll to ``job.path``; the edit list's end is set by the caller."""
    source = parse_extradata(bytes(job.stream.codec_context.extradata or b""))
    writer = _Writer(job, source, read_tail(job, encode=False, taken=set()))
    writer.stream_from_key(encode=False, taken=set())
    return writer.result


class _Writer:
    """The one pass from the key frame before the start to the end."""

    def __init__(self, job: Job, source: ParameterSets, tail: _Tail) -> None:
        self.job, self.source, self.tail = job, source, tail
        self.result = Splice()
        self.repack = Repacker(source)
        self.out: Mp4Writer | None = None
        self.lanes: dict[int, Lane] = {}
        self.waiting: list[Packet] = []
        self.after: list[Packet] = []
        self.held: Packet | None = None
        self.step = round(1 / (job.stream.average_rate or Fraction(25)) / job.tick) or 1
        self.depth = max(tail.depth, _announced_depth(job.stream))
        self.clock: DecodeClock | None = None

    def stream_from_key(self, *, encode: bool, taken: set[int]) -> None:
        """Head, middle, tail; then what is left of the sound."""
        job, window = self.job, self.job.window
        head: list[Packet] = []
        copying = done = False
        held = 0
        span = max(1, window.end - window.first)
        for packet in self._packets():
            if packet.stream.type == "audio":
                self._sound(packet)
            elif done or packet.pts is None or not packet.size:
                if packet.pts is not None and (packet.pts - window.end) * job.tick > _SOUND_LAG:
                    break
            elif packet.pts == self.tail.stop:
                if not copying:
                    raise Surprise("no whole group of pictures lies within the range")
                self._write_seam(self.tail.seam)
                done = True
            elif copying:
                self._copy(packet)
                job.talk.tick("cutting", (packet.pts - window.first) / span)
            elif encode and not (_is_idr(packet, self.source) and packet.pts >= window.first):
                head.append(packet)
                held += packet.size
                if held > _MOST_HELD:
                    raise Surprise("a group of pictures is too long to be held")
            else:
                copying = True
                self._begin(self._head_seam(head, packet, taken) if encode else Seam())
                self._copy(packet)
            if done and all(lane.done for lane in self.lanes.values()):
                break
        if not copying:
            raise Surprise("no whole group of pictures lies within the range")
        if not done:
            self._write_seam(self.tail.seam)
        self._finish()

    def _head_seam(self, head: list[Packet], first_copied: Packet, taken: set[int]) -> Seam:
        """Encode what lies between the start and the first copied group of pictures."""
        stop = _pts(first_copied)
        wanted = sorted(pts for pts in map(_pts, head) if self.job.window.first <= pts < stop)
        if any(packet.is_discard for packet in head if _pts(packet) in set(wanted)):
            raise Surprise("an edit list hides pictures inside the range")
        self.depth = max(self.depth, reorder_depth([_pts(packet) for packet in head]))
        return encode_seam(self.job.stream, head, wanted, [], taken)

    def _begin(self, head: Seam) -> None:
        """Open the output now that every parameter set is known, and write the pictures before the first copied one."""
        job = self.job
        sets = [self.source, *(seam.sets for seam in (head, self.tail.seam) if seam.sets)]
        changed = len(sets) > 1 or self.source.length_size != 4  # noqa: PLR2004  the length prefix that Repacker writes
        self.out = Mp4Writer(job.path, time_scale=time_scale(job.tick))
        assert job.facts.video is not None  # noqa: S101  there is a stream, so there are facts of it
        self.video = self.out.add_copied_video(job.stream, build_avcc(sets) if changed else None, job.facts.video)
        first, end = job.window.first * job.tick, job.window.end * job.tick
        self.lanes = {track.index: open_lane(self.out, track, first, end) for track in job.tracks}
        for packet in self.waiting:
            self._sound(packet)
        self.waiting.clear()
        self._write_seam(head)

    def _write_seam(self, seam: Seam) -> None:
        first = self.job.window.first
        self.result.looks |= {pts - first: look for pts, look in seam.looks.items()}
        self.result.encoded |= {picture.pts - first for picture in seam.pictures}
        for picture in seam.pictures:
            self._write_picture(_as_packet(picture), picture.pts - first)

    def _copy(self, packet: Packet) -> None:
        if packet.is_corrupt or packet.is_discard and _pts(packet) >= self.job.window.first:
            raise Surprise("the stream is damaged inside the range")
        at = _pts(packet) - self.job.window.first
        fresh = self.repack(memoryview(packet))
        if self.result.encoded and len(self.after) < NEIGHBOURS + self.depth + 2:
            self.after.append(packet)
        if 0 <= at < self.job.window.end - self.job.window.first:
            self.result.copied += 1
        self._write_picture(packet if fresh is None else _replaced(packet, fresh), at)
        packet.pts = at

    def _write_picture(self, packet: Packet, at: int) -> None:
        """Write one picture shown at ``at``; its length ends where the clip ends at the latest."""
        window = self.job.window
        if self.clock is None:
            self.clock = DecodeClock(self.depth, self.step, at)
        end = window.end - window.first
        last = window.last - window.first
        packet.time_base = self.job.tick
        packet.pts = at
        try:
            packet.dts = self.clock(at)
        except ValueError as error:
            raise Surprise("its pictures are stored in an order that the stream does not announce") from error
        if at == last:
            packet.duration = end - last
        elif 0 <= at < end:
            packet.duration = min(packet.duration or self.step, end - at)
        packet.stream = self.video
        self.result.shown.append(at)
        if self.held is not None:
            self._out.write(self.held)
        self.held = packet

    def _write_last(self) -> None:
        """The last packet lasts until the clip's end in decoding time too, or the header would end the track early."""
        packet = self.held
        if packet is None or packet.dts is None:
            raise Surprise("no picture lies within the range")
        window = self.job.window
        lead = self.depth * max(1, self.step)
        packet.duration = max(packet.duration or 1, window.end - window.first - packet.dts - lead)
        self._out.write(packet)

    def _sound(self, packet: Packet) -> None:
        if self.out is None:
            self.waiting.append(packet)
        else:
            self.lanes[packet.stream.index].feed(packet)

    @property
    def _out(self) -> Mp4Writer:
        assert self.out is not None  # noqa: S101  opened by _begin before anything is written
        return self.out

    def _finish(self) -> None:
        self._write_last()
        for lane in self.lanes.values():
            lane.finish()
        self._out.close()
        window = self.job.window
        set_video_end(self.job.path, self.job.movie_ticks(window.end - window.first))
        self._look_after_seam()

    def _look_after_seam(self) -> None:
        """Remember how the first copied pictures look when decoded on their own, as in the source."""
        end = self.job.window.end - self.job.window.first
        wanted = {pts for pts in sorted(map(_pts, self.after))[:NEIGHBOURS] if pts < end}
        for frame in decode(self.job.stream, self.after, wanted, self.source.length_size):
            self.result.looks[cast("int", frame.pts)] = thumbprint(frame)

    def _packets(self) -> Iterator[Packet]:
        """Pictures from the key frame on, sound from a little before; two files are read side by side."""
        job = self.job
        try:
            if job.sound is None:
                yield from self._interleaved()
            else:
                yield from self._side_by_side(job.sound)
        except av.error.FFmpegError as error:
            raise Surprise("the file is damaged inside the range") from error

    def _interleaved(self) -> Iterator[Packet]:
        job = self.job
        # Formats without an index of their own for each track: go back a little further for the sound.
        lead = 0 if job.facts.container == "mov" or not job.tracks else round(_SOUND_LEAD / job.tick)
        _seek(job.container, job.stream, job.window.key - lead)
        yield from self._after_key(job.container.demux(job.stream, *job.tracks))

    def _side_by_side(self, sound: InputContainer) -> Iterator[Packet]:
        job = self.job
        _seek(job.container, job.stream, job.window.key)
        first = job.tracks[0]
        _seek(sound, first, round((job.window.first * job.tick - _SOUND_LEAD) / cast("Fraction", first.time_base)))
        lanes = [self._after_key(job.container.demux(job.stream)), sound.demux(*job.tracks)]
        yield from merge(*lanes, key=_decode_time)

    def _after_key(self, packets: Iterator[Packet]) -> Iterator[Packet]:
        """Drop the pictures before the key frame; raise ``Surprise`` when it does not come."""
        started = False
        for packet in packets:
            if packet.stream.type == "video" and not started:
                if packet.pts is not None and packet.pts > self.job.window.key and packet.is_keyframe:
                    raise Surprise("the key frame before the start cannot be found again")
                if packet.pts != self.job.window.key:
                    continue
                started = True
            elif packet.stream.type == "video" and packet.pts is not None and packet.pts < self.job.window.key:
                continue  # shown before the key frame, and not decodable without what came before it
            yield packet


def _from_key(job: Job, target: int) -> Iterator[Packet]:
    """Packets of the picture from the last key frame at or before ``target`` on."""
    yield key_before(job.container, job.stream, target, round(job.facts.origin / job.tick))
    yield from job.container.demux(job.stream)


def _bounded(packets: Iterator[Packet], beyond: Callable[[Packet], bool], most: int) -> Iterator[Packet]:
    """``packets`` until ``most`` of them are ``beyond``; raises ``Surprise`` when too many bytes would be held."""
    held = seen = 0
    for packet in packets:
        if packet.pts is None or not packet.size:
            continue
        held += packet.size
        if held > _MOST_HELD:
            raise Surprise("a group of pictures is too long to be held")
        yield packet
        seen += beyond(packet)
        if seen >= most:
            return


def _seek(container: InputContainer, stream: VideoStream | AudioStream, target: int) -> None:
    try:
        container.seek(target, stream=stream, backward=True, any_frame=False)
    except av.error.FFmpegError:
        container.seek(container.start_time or 0, backward=True)


def _decode_time(packet: Packet) -> Fraction:
    stamp = packet.dts if packet.dts is not None else packet.pts
    return (stamp or 0) * packet.time_base


def _announced_depth(stream: VideoStream) -> int:
    return int(getattr(stream.codec_context, "reorder_depth", 0) or 0)


def time_scale(tick: Fraction) -> int:
    """Ticks per second that hold a multiple of ``tick`` exactly, or a fine scale where that is impossible."""
    return tick.denominator if 1000 <= tick.denominator < 1 << 31 else 90_000 * tick.denominator % (1 << 31) or 90_000


def _pts(packet: Packet) -> int:
    if packet.pts is None:
        raise Surprise("the stream carries no times")
    return packet.pts


def _is_idr(packet: Packet, sets: ParameterSets) -> bool:
    return bool(packet.is_keyframe) and access_kind(memoryview(packet), sets.length_size)[0]


def _as_packet(picture: CodedPicture) -> Packet:
    packet = Packet(picture.data)
    packet.is_keyframe = picture.key
    return packet


def _replaced(packet: Packet, data: bytes) -> Packet:
    fresh = Packet(data)
    fresh.is_keyframe, fresh.duration = packet.is_keyframe, packet.duration
    return fresh
