"""The self-check of a spliced clip: read back what was written, decode round the seams, compare with the source.

A rule of the gate: it may be wrong towards caution (the answer is a re-encode), never the other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from cutroom.media.inside.measure import measure_index, measure_picture
from cutroom.media.inside.opening import open_own
from cutroom.media.inside.seams import decode, thumbprint
from cutroom.media.inside.seeking import seek
from cutroom.media.inside.surprise import Surprise

if TYPE_CHECKING:
    from pathlib import Path

    from av import VideoFrame, VideoStream
    from av.container import InputContainer

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
        scale = tick / cast("Fraction", stream.time_base)
        up, down = scale.numerator, scale.denominator
        sums = {round(pts * scale): value for pts, value in splice.sums.items() if 0 <= pts < end}
        produced, stamps, found = measure_picture(path, container, sums)
        planned = {(pts * up + down // 2) // down for pts in splice.shown if 0 <= pts < end}
        if set(stamps) != planned or len(stamps) != len(planned):
            raise Surprise("the joined stream does not show the planned pictures at the planned times")
        if found != sums:
            raise Surprise("the copied pictures are not the source's")
        if splice.looks:
            looks = {round(pts * scale): look for pts, look in splice.looks.items()}
            beside = {round(pts * scale) for pts in splice.beside if pts >= 0}
            _compare(container, stream, looks, {round(pts * scale) for pts in splice.encoded}, beside)
        return produced


def check_copy(path: Path) -> Produced:
    """Measure a copy that joins nothing: there is no seam to look at, and the index tells the rest."""
    with open_own(path, index_only=True) as container:
        return measure_index(path, container)


def _compare(
    container: InputContainer, stream: VideoStream, looks: dict[int, bytes], encoded: set[int], beside: set[int]
) -> None:
    """Decode the pictures of ``looks`` across each seam as a player would, and hold them against the source's.

    Those ``beside`` a seam are the source's own bytes: they only have to come out in their places.
    """
    for group in _groups(sorted({*looks, *beside}), cast("Fraction", stream.time_base)):
        for frame in _decoded(container, stream, group, rough=not beside.isdisjoint(group)):
            pts = cast("int", frame.pts)
            if pts not in looks:
                continue
            seen, wanted = thumbprint(frame), looks[pts]
            if len(seen) != len(wanted):
                raise Surprise("the joined stream changes its size at a seam")
            difference = sum(abs(a - b) for a, b in zip(seen, wanted, strict=True)) / max(1, len(seen))
            if difference > (_ALIKE if pts in encoded else 0):
                raise Surprise("the pictures at a seam do not look like the source's")


def _decoded(container: InputContainer, stream: VideoStream, group: list[int], *, rough: bool) -> Iterable[VideoFrame]:
    """The pictures of ``group``, decoded from the key frame before it.

    ``rough``: from its own packets alone. What refers to earlier pictures looks wrong then, but comes out in its
    place, and a long group of pictures need not be decoded a second time.
    """
    wanted = set(group)
    for alone in (True, False) if rough else (False,):
        seek(container, group[0], stream)
        packets = (p for p in container.demux(stream) if p.size and (not alone or p.pts in wanted))
        try:
            return list(decode(stream, packets, wanted, _LENGTH_SIZE, rough=alone))
        except Surprise:
            if not alone:
                raise
    return ()


def _groups(stamps: list[int], tick: Fraction) -> list[list[int]]:
    """Runs of stamps no more than a second apart: one per seam."""
    groups: list[list[int]] = [[stamps[0]]]
    for stamp in stamps[1:]:
        if (stamp - groups[-1][-1]) * tick > 1:
            groups.append([])
        groups[-1].append(stamp)
    return groups
