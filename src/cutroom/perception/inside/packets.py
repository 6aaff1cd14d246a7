"""The table of a film's pictures, from its packets alone: when each is shown, and which need not be decoded.

Reading packets costs about a hundredth of decoding them. It tells the exact number and time of every picture, also of
those that the decoder is never given: pictures that no other refers to are left out where nothing happens.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av.error
import numpy as np
import numpy.typing as npt

from cutroom.media.inside.nal import access_kind, parse_extradata
from cutroom.media.inside.surprise import Surprise
from cutroom.media.inside.window import is_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from av import VideoStream
    from av.container import InputContainer
    from av.packet import Packet

# Two analysed pictures are at most this far apart (s), where the film has that many.
WIDEST = 0.1
# A picture this many times the usual size of its kind may hold a change: everything round it is decoded.
_SUSPICIOUS = 2.0
# Pictures over which the usual size is taken, and s after a suspicious one in which nothing is left out.
_LOCAL, _AFTER = 64, 0.17
_HEVC_SLICES = 32
_BEGINNING = 4096
_SHORT = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """Every shown picture of a film in order of showing. ``stamps`` are in ticks; ``tick`` is in seconds."""

    stamps: npt.NDArray[np.int64]
    left_out: npt.NDArray[np.bool_]
    """Which of them need not be decoded."""
    keys: npt.NDArray[np.int64]
    """Numbers of those that are key frames."""
    end: int
    """When the last one goes, in ticks."""
    tick: Fraction
    floor: int
    """Stamp of the first picture that is shown."""

    def number(self, stamp: int) -> int:
        """The number of the picture shown at ``stamp``."""
        return int(np.searchsorted(self.stamps, stamp, side="right")) - 1

    def is_left_out(self, stamp: int | None) -> bool:
        if stamp is None:
            return False
        at = self.number(stamp)
        return at >= 0 and bool(self.left_out[at]) and int(self.stamps[at]) == stamp

    def run_in(self, number: int) -> int:
        """How many pictures lie between this one and the key frame before it."""
        before = int(np.searchsorted(self.keys, number, side="right"))
        return number - int(self.keys[before - 1]) if before else number

    def time(self, number: int) -> Fraction:
        """Seconds from the first picture to this one."""
        return (int(self.stamps[number]) - self.floor) * self.tick


@dataclass(slots=True)
class _Rows:
    """What was read of the packets, in order of decoding."""

    stamps: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("b"))
    spare: array[int] = field(default_factory=lambda: array("b"))
    end: int = 0


def read_table(container: InputContainer, stream: VideoStream, origin: Fraction, *, sparing: bool) -> Table | None:
    """The table of ``stream``; None where packets do not say when they are shown. ``origin``: first shown picture (s).

    The container has to stand at its beginning. Unless ``sparing`` nothing is marked as left out.
    """
    tick = cast("Fraction", stream.time_base)
    floor = round(origin / tick)
    rows = _Rows()
    is_spare = _spare_teller(stream) if sparing else None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):  # what cannot be read any more cannot be decoded either
            break
        if packet.size and packet.pts is None:
            return None
        _note(rows, packet, floor, is_spare)
    if not rows.stamps:
        return None
    stamps = np.array(rows.stamps, np.int64)
    order = np.argsort(stamps, kind="stable")
    shown = stamps[order]
    left_out = _left_out(rows, stamps, order, tick) if is_spare else np.zeros(len(shown), np.bool_)
    single = np.concatenate([[True], np.diff(shown) > 0])
    keys = np.flatnonzero(np.array(rows.keys, np.bool_)[order][single])
    shown, left_out = shown[single], left_out[single]
    return Table(shown, left_out, keys, _end(rows, shown), tick, floor)


def _note(rows: _Rows, packet: Packet[Any], floor: int, is_spare: Callable[[Packet[Any]], bool] | None) -> None:
    if packet.pts is None or packet.pts < floor or not is_shown(packet):
        return
    rows.stamps.append(packet.pts)
    rows.sizes.append(packet.size)
    rows.keys.append(packet.is_keyframe)
    rows.spare.append(is_spare is not None and not packet.is_keyframe and is_spare(packet))
    rows.end = max(rows.end, packet.pts + (packet.duration or 0))


def _end(rows: _Rows, shown: npt.NDArray[np.int64]) -> int:
    """When the last picture goes; where nothing says so, after as long as the one before was shown."""
    last = int(shown[-1])
    if rows.end > last:
        return rows.end
    return last + (last - int(shown[-2]) if len(shown) > 1 else 1)


def _spare_teller(stream: VideoStream) -> Callable[[Packet[Any]], bool] | None:
    """What tells whether no other picture refers to that of a packet; None where the codec does not say it openly."""
    codec = stream.codec_context
    extradata = bytes(codec.extradata or b"")
    try:
        if codec.name == "h264":
            size = parse_extradata(extradata).length_size if extradata else 0
            return lambda packet: _h264_spare(packet, size)
        if codec.name == "hevc":
            size = (extradata[21] & 3) + 1 if extradata[:1] == b"\x01" and len(extradata) > 21 else 0
            return lambda packet: hevc_spare(bytes(memoryview(packet)[:_SHORT]), size)
    except Surprise:
        pass
    return None


def _h264_spare(packet: Packet[Any], length_size: int) -> bool:
    data = memoryview(packet)
    try:
        return not access_kind(data if length_size else bytes(data[:_BEGINNING]), length_size)[1]
    except Surprise:
        return False


def hevc_spare(data: bytes, length_size: int) -> bool:
    """Whether the first slice of a packet is of a sub-layer non-reference picture (ITU-T H.265 table 7-1).

    >>> hevc_spare(bytes([0, 0, 0, 2, 0x02, 0x01]), 4), hevc_spare(bytes([0, 0, 0, 2, 0x00, 0x01]), 4)
    (False, True)
    """
    at = 0 if length_size else data.find(b"\x00\x00\x01") + 3
    while (at > 2 or length_size) and at + length_size < len(data):
        kind = data[at + length_size] >> 1 & 63
        if kind < _HEVC_SLICES:
            return kind % 2 == 0 and kind < 16
        if length_size:
            at += length_size + int.from_bytes(data[at : at + length_size], "big")
        else:
            at = data.find(b"\x00\x00\x01", at) + 3
    return False


def _left_out(
    rows: _Rows, stamps: npt.NDArray[np.int64], order: npt.NDArray[np.intp], tick: Fraction
) -> npt.NDArray[np.bool_]:
    """Which pictures, in order of showing, need not be decoded."""
    spare = np.array(rows.spare, np.bool_)
    if not spare.any():
        return np.zeros(len(order), np.bool_)
    sizes, keys = np.array(rows.sizes, np.float64), np.array(rows.keys, np.bool_)
    suspicious = keys.copy()
    for kind in (spare, ~spare & ~keys):
        suspicious[kind] = _large(sizes[kind])
    keep = suspicious[order] | ~spare[order]
    shown = stamps[order]
    after = round(_AFTER / float(tick))
    for index in np.flatnonzero(suspicious):
        # Pictures stored after it and shown before it lie between it and what it was predicted from.
        low, at = int(stamps[index]), int(index) + 1
        while at < len(stamps) and stamps[at] < stamps[index]:
            low, at = min(low, int(stamps[at])), at + 1
        keep[np.searchsorted(shown, low) : np.searchsorted(shown, int(stamps[index]) + after, side="right")] = True
    return ~_no_wider(keep, (shown * float(tick)).astype(np.float64))


def _large(sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which are much larger than four fifths of those around them."""
    usual = np.zeros(len(sizes))
    for begin in range(0, len(sizes), _LOCAL):
        near = sizes[max(0, begin - _LOCAL // 2) : begin + _LOCAL + _LOCAL // 2]
        usual[begin : begin + _LOCAL] = np.percentile(near, 80)
    return sizes > _SUSPICIOUS * usual


def _no_wider(keep: npt.NDArray[np.bool_], times: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """``keep`` with as many more as it takes for no two kept ones to be further apart than ``WIDEST``."""
    keep = keep.copy()
    keep[0] = keep[-1] = True
    last = times[0]
    following = np.append(times[1:], times[-1])
    for index in np.flatnonzero(~keep | np.roll(~keep, 1)):
        if index and keep[index - 1]:
            last = times[index - 1]
        if not keep[index] and following[index] - last > WIDEST:
            keep[index] = True
    return keep
