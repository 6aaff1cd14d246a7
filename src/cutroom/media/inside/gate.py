"""The self-check of a spliced clip: read back what was written, decode round the seams, compare with the source.

A rule of the gate: it may be wrong towards caution (the answer is a re-encode), never the other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from cutroom.media.inside.measure import measure_index, measure_picture
from cutroom.media.inside.opening import open_own
from cutroom.media.inside.seams import decode, thumbprint
from cutroom.media.inside.surprise import Surprise

if TYPE_CHECKING:
    from pathlib import Path

    from av import VideoStream
    from av.container import InputContainer
    from av.packet import Packet

    from cutroom.media.inside.job import Splice
    from cutroom.media.produced import Produced

# Mean difference of luma samples (0..255) up to which an encoded picture counts as the source's.
_ALIKE = 14.0
_LENGTH_SIZE = 4


def check_splice(path: Path, splice: Splice, tick: Fraction, end: int) -> Produced:
    """Raise ``Surprise`` unless the file shows exactly the planned pictures, at the planned times, looking right.

    ``tick`` is the plan's time base, ``end`` the clip's end in it. Returns what was measured on the way.
    """
    with open_own(path) as container:
        stream = container.streams.video[0]
        produced, stamps = measure_picture(path, container)
        scale = tick / cast("Fraction", stream.time_base)
        up, down = scale.numerator, scale.denominator
        planned = {(pts * up + down // 2) // down for pts in splice.shown if 0 <= pts < end}
        if set(stamps) != planned or len(stamps) != len(planned):
            raise Surprise("the joined stream does not show the planned pictures at the planned times")
        if splice.looks:
            looks = {round(pts * scale): look for pts, look in splice.looks.items()}
            _compare(container, stream, looks, {round(pts * scale) for pts in splice.encoded})
        return produced


def check_copy(path: Path) -> Produced:
    """Measure a copy that joins nothing: there is no seam to look at, and the index tells the rest."""
    with open_own(path) as container:
        return measure_index(path, container)


def _compare(container: InputContainer, stream: VideoStream, looks: dict[int, bytes], encoded: set[int]) -> None:
    """Decode the pictures of ``looks`` across each seam as a player would, and hold them against the source's."""
    for group in _groups(sorted(looks), cast("Fraction", stream.time_base)):
        container.seek(group[0], stream=stream, backward=True)
        packets: Iterator[Packet[Any]] = (p for p in container.demux(stream) if p.size)
        for frame in decode(stream, packets, set(group), _LENGTH_SIZE):
            pts = cast("int", frame.pts)
            seen, wanted = thumbprint(frame), looks[pts]
            if len(seen) != len(wanted):
                raise Surprise("the joined stream changes its size at a seam")
            difference = sum(abs(a - b) for a, b in zip(seen, wanted, strict=True)) / max(1, len(seen))
            if difference > (_ALIKE if pts in encoded else 0):
                raise Surprise("the pictures at a seam do not look like the source's")


def _groups(stamps: list[int], tick: Fraction) -> list[list[int]]:
    """Runs of stamps no more than a second apart: one per seam."""
    groups: list[list[int]] = [[stamps[0]]]
    for stamp in stamps[1:]:
        if (stamp - groups[-1][-1]) * tick > 1:
            groups.append([])
        groups[-1].append(stamp)
    return groups
