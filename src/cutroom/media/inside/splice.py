"""Copying the middle of a cut.

``exact``: whole groups of pictures copied, the seams encoded. ``instant``: everything copied from the key frame
before the start, the surplus hidden by the edit list.

Method: seek through the container's own index; read the few packets round the end first, then stream from the key
frame before the start to the end once. Only the seams' packets are ever held, so memory does not grow with length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast
from zlib import crc32

from av.packet import Packet

from cutroom.media.inside.boxes import set_video_end
from cutroom.media.inside.coverage import Coverage, silence_warnings
from cutroom.media.inside.job import Job, Splice
from cutroom.media.inside.mp4 import Mp4Writer
from cutroom.media.inside.nal import (
    ParameterSets,
    Repacker,
    access_kind,
    build_avcc,
    frames_to_recovery,
    parse_extradata,
)
from cutroom.media.inside.order import gap_free_prefix, reorder_depth
from cutroom.media.inside.pictures import PictureTrack
from cutroom.media.inside.reading import MOST_HELD, all_packets, bounded, from_key, stamp
from cutroom.media.inside.seams import Seam, encode_seam
from cutroom.media.inside.sound import Lane, open_lane
from cutroom.media.inside.surprise import Surprise
from cutroom.media.inside.window import REORDER

# How much further (s) than the end to look for sound that is stored late.
_SOUND_LAG = Fraction(20)
_SOUND_LAG_MOV = Fraction(12)
# So many copied pictures before and after a seam must come out of the gate's decoder. Those after it begin with a
# picture that stands alone, and what goes wrong there goes wrong at once.
_BEFORE, _AFTER = 5, 3


@dataclass(slots=True)
class Tail:
    """What the packets round the end say."""

    stop: int | None = None
    """pts of the first packet, in decode order, that is not copied; None: the stream ends first."""
    seam: Seam = field(default_factory=Seam)
    depth: int = 0
    before: tuple[int, ...] = ()
    """pts of the copied pictures shown right before the seam, and what ``key`` their group begins with."""
    key: int = 0


def exact(job: Job) -> Splice:
    """Write the cut to ``job.path``. Raises ``Surprise`` for anything that only a re-encode gets right."""
    sets = parse_extradata(bytes(job.stream.codec_context.extradata or b""))
    tail = read_tail(job, sets, encode=True)
    return Splicer(job, sets, tail, encode=True).run()


def instant(job: Job) -> Splice:
    """Write the copy with its hidden pre-roll to ``job.path``."""
    sets = parse_extradata(bytes(job.stream.codec_context.extradata or b""))
    return Splicer(job, sets, read_tail(job, sets, encode=False), encode=False).run()


def read_tail(job: Job, sets: ParameterSets, *, encode: bool) -> Tail:
    """Where copying stops, and (``encode``) the pictures that are left to encode behind that."""
    end = job.window.end
    packets = list(bounded(from_key(job, end), lambda pts: pts > end, REORDER))
    order = [stamp(packet) for packet in packets]
    if any(packet.is_discard for packet in packets if stamp(packet) < end):
        raise Surprise("an edit list hides pictures inside the range")
    if encode:
        count = gap_free_prefix(order, end)
    else:
        # Everything up to the last shown picture, in decode order; what comes along of later ones stays hidden.
        count = max((i + 1 for i, pts in enumerate(order) if pts < end), default=0)
    tail = Tail(order[count] if count < len(order) else None, depth=reorder_depth(order))
    rest = sorted(pts for pts in order[count:] if job.window.first <= pts < end)
    if encode and rest:
        tail.key, tail.before = order[0], tuple(sorted(order[:count])[-_BEFORE:])
        tail.seam = encode_seam(job.stream, packets, rest, sets.ids)
    return tail


class Splicer:
    """The one pass from the key frame before the start to the end: head, middle, tail, and the sound beside them."""

    def __init__(self, job: Job, sets: ParameterSets, tail: Tail, *, encode: bool) -> None:
        self.job, self.sets, self.tail, self.encode = job, sets, tail, encode
        self.result = Splice()
        self.depth = max(tail.depth, job.stream.codec_context.reorder_depth)
        self.repack = Repacker(sets)
        self.out: Mp4Writer | None = None
        self.pictures: PictureTrack | None = None
        self.lanes: dict[int, Lane] = {}
        self.heard: dict[int, Coverage] = {}
        self.done = False
        # Until the first copied group of pictures is found:
        self.head: list[Packet[Any]] = []
        self.held = 0
        self.early_sound: list[Packet[Any]] = []
        # pts of the first copied pictures behind encoded ones, in decode order.
        self.after: list[int] = []

    def run(self) -> Splice:
        """Write the file. Raises ``Surprise``."""
        job = self.job
        lag = _SOUND_LAG_MOV if job.facts.container == "mov" else _SOUND_LAG
        late = job.window.end + round(lag / job.tick)
        for packet in all_packets(job):
            if packet.pts is None or not packet.size:
                continue
            if packet.stream.type == "audio":
                self._sound(packet)
            else:
                if self.done and packet.pts > late:
                    break
                if not self.done:
                    self._picture(packet, packet.pts)
            if self.done and all(lane.done for lane in self.lanes.values()):
                break
        if not self.done:
            self._end()
        self._finish()
        return self.result

    def _picture(self, packet: Packet[Any], pts: int) -> None:
        window = self.job.window
        if pts == self.tail.stop:
            self._end()
        elif self.pictures is not None:
            self._copy(packet, pts - window.first, self.pictures)
            self.job.talk.tick("cutting", (pts - window.first) / (window.end - window.first))
        elif self.encode and not (pts >= window.first and self._is_idr(packet)):
            self.head.append(packet)
            self.held += packet.size
            if self.held > MOST_HELD:
                raise Surprise("a group of pictures is too long to be held")
        else:
            if not self.encode and frames_to_recovery(bytes(packet), self.sets.length_size):
                raise Surprise("there is no clean key frame before the range")
            self._copy(packet, pts - window.first, self._begin(self._head_seam(pts)))

    def _is_idr(self, packet: Packet[Any]) -> bool:
        # Not every key frame will do: at other random access points earlier pictures may still be referred to.
        return bool(packet.is_keyframe) and access_kind(memoryview(packet), self.sets.length_size)[0]

    def _head_seam(self, stop: int) -> Seam:
        """Encode what lies between the start and the first copied group of pictures, which begins at ``stop``."""
        first = self.job.window.first
        wanted = sorted(pts for pts in map(stamp, self.head) if first <= pts < stop)
        if any(packet.is_discard for packet in self.head if stamp(packet) >= first):
            raise Surprise("an edit list hides pictures inside the range")
        self.depth = max(self.depth, reorder_depth([stamp(packet) for packet in self.head]))
        taken = self.sets.ids | (self.tail.seam.sets.ids if self.tail.seam.sets else set())
        seam = encode_seam(self.job.stream, self.head, wanted, taken)
        self.head.clear()
        return seam

    def _begin(self, head: Seam) -> PictureTrack:
        """Open the output, now that every parameter set is known, and write the pictures before the copied ones."""
        job = self.job
        sets = [self.sets, *(seam.sets for seam in (head, self.tail.seam) if seam.sets)]
        record = build_avcc(sets) if len(sets) > 1 or self.sets.length_size != Repacker.LENGTH_SIZE else None
        self.out = Mp4Writer(job.path, time_scale=job.movie_scale)
        stream = self.out.add_copied_video(job.stream, record, job.facts)
        first, end = job.window.first * job.tick, job.window.end * job.tick
        self.lanes = {track.index: open_lane(self.out, track, first, end) for track in job.tracks}
        self.heard = {track.index: Coverage(track, first, end) for track in job.tracks}
        self.pictures = PictureTrack(job, self.out, stream, self.depth, self.result)
        for packet in self.early_sound:
            self._sound(packet)
        self.early_sound.clear()
        self._write_seam(head, self.pictures)
        return self.pictures

    def _write_seam(self, seam: Seam, pictures: PictureTrack) -> None:
        first = self.job.window.first
        self.result.looks |= {pts - first: look for pts, look in seam.looks.items()}
        for picture in seam.pictures:
            pictures.write_coded(picture, picture.pts - first)

    def _copy(self, packet: Packet[Any], at: int, pictures: PictureTrack) -> None:
        if packet.is_corrupt or (packet.is_discard and at >= 0):
            raise Surprise("the stream is damaged inside the range")
        fresh = self.repack(memoryview(packet))
        after_seam = bool(self.result.encoded) and len(self.after) < _AFTER + self.depth
        if after_seam:
            self.after.append(at)
        self.result.copied += 0 <= at < self.job.window.end - self.job.window.first
        if packet.is_keyframe and self.result.shown and not self._is_idr(packet):
            # A player that seeks to such a picture would show the ones before it without what they refer to.
            packet.is_keyframe = False
        if after_seam or (self.tail.before and at + self.job.window.first >= self.tail.key):
            self.result.sums[at] = crc32(memoryview(packet) if fresh is None else fresh)
        pictures.write(packet if fresh is None else _with_data(packet, fresh), at)

    def _sound(self, packet: Packet[Any]) -> None:
        if self.out is None:
            self.early_sound.append(packet)
        else:
            self.heard[packet.stream_index].add(cast("int", packet.pts), packet.duration or 0)
            self.lanes[packet.stream_index].feed(packet)

    def _end(self) -> None:
        if self.pictures is None:
            raise Surprise("there is no key frame inside the range to copy from")
        self._write_seam(self.tail.seam, self.pictures)
        beside = {pts - self.job.window.first for pts in self.tail.before}
        self.result.beside = (beside | set(sorted(self.after)[:_AFTER])) & self.result.sums.keys()
        self.done = True

    def _finish(self) -> None:
        job, out = self.job, cast("Mp4Writer", self.out)
        cast("PictureTrack", self.pictures).finish()
        for lane in self.lanes.values():
            lane.finish()
        out.close()
        self.result.sounding = sum(lane.written for lane in self.lanes.values())
        self.result.warnings = silence_warnings(self.heard.values())
        set_video_end(job.path, (job.window.end - job.window.first) * job.tick)


def _with_data(packet: Packet[Any], data: bytes) -> Packet[Any]:
    fresh: Packet[Any] = Packet(data)
    fresh.is_keyframe, fresh.duration = packet.is_keyframe, packet.duration
    return fresh
