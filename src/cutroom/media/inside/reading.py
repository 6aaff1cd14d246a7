"""Reading packets for a cut: from the right key frame, the sound beside the picture, and never too much held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from heapq import merge
from typing import TYPE_CHECKING, Any, cast

import av.error

from cutroom.media.inside.ranging import decode_time
from cutroom.media.inside.seeking import seek
from cutroom.media.inside.surprise import Surprise
from cutroom.media.inside.window import key_before

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

    from cutroom.media.inside.job import Job

# Packets of one seam held at most (bytes). A longer group of pictures is cheaper to re-encode with all cores.
MOST_HELD = 96 << 20
# Formats without a per-track index: sound belonging to a picture may be stored before it, by at most this (s).
_SOUND_LEAD = Fraction(1)


def all_packets(job: Job) -> Iterator[Packet[Any]]:
    """Pictures from the key frame on, sound from a little before; two files are read side by side.

    Raises ``Surprise`` when the file turns out to be damaged.
    """
    try:
        if job.sound is None:
            yield from _interleaved(job)
        else:
            yield from _side_by_side(job, job.sound)
    except av.error.FFmpegError as error:
        raise Surprise("the file is damaged inside the range") from error


def from_key(job: Job, target: int) -> Iterator[Packet[Any]]:
    """Packets of the picture from the last key frame shown at or before ``target`` on."""
    yield key_before(job.container, job.stream, target, round(job.facts.origin / job.tick))
    yield from job.container.demux(job.stream)


def bounded(packets: Iterator[Packet[Any]], beyond: Callable[[int], bool], most: int) -> Iterator[Packet[Any]]:
    """``packets`` until ``most`` of them lie ``beyond`` (by pts); ``Surprise`` when too many bytes would be held."""
    held = seen = 0
    for packet in packets:
        if packet.pts is None or not packet.size:
            continue
        held += packet.size
        if held > MOST_HELD:
            raise Surprise("a group of pictures is too long to be held")
        yield packet
        seen += beyond(packet.pts)
        if seen >= most:
            return


def stamp(packet: Packet[Any]) -> int:
    """The packet's pts; ``Surprise`` when it has none."""
    if packet.pts is None:
        raise Surprise("the stream carries no times")
    return packet.pts


def _interleaved(job: Job) -> Iterator[Packet[Any]]:
    seek(job.container, job.window.key - _lead(job), job.stream)
    yield from _after_key(job, job.container.demux(job.stream, *job.tracks))


def _lead(job: Job) -> int:
    """How far before the key frame to begin: formats without an index for each track seek roughly."""
    return 0 if job.facts.container == "mov" else round(_SOUND_LEAD / job.tick)


def _side_by_side(job: Job, sound: InputContainer) -> Iterator[Packet[Any]]:
    seek(job.container, job.window.key - _lead(job), job.stream)
    first = job.tracks[0]
    seek(sound, round((job.window.first * job.tick - _SOUND_LEAD) / cast("Fraction", first.time_base)), first)
    lanes = [_after_key(job, job.container.demux(job.stream)), sound.demux(*job.tracks)]
    yield from merge(*lanes, key=decode_time)


def _after_key(job: Job, packets: Iterator[Packet[Any]]) -> Iterator[Packet[Any]]:
    """Drop the pictures before the key frame, and those after it that are shown before: they cannot be decoded."""
    key, stream, started = job.window.key, job.stream, False
    for packet in packets:
        if packet.stream is not stream:
            yield packet
        elif started:
            pts = packet.pts
            if pts is None or pts >= key:
                yield packet
        elif packet.pts == key:
            started = True
            yield packet
        elif packet.pts is not None and packet.pts > key and packet.is_keyframe:
            raise Surprise("the key frame before the start cannot be found again")
