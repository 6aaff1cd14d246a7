"""Order of decoding against order of showing: which packets can be copied, and when each must be decoded."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence


def gap_free_prefix(decode_order: Sequence[int], end: int) -> int:
    """How many packets of ``decode_order`` (their pts) can be copied so that what is shown has no hole before ``end``.

    The longest prefix whose pictures are exactly the first ones in order of showing. Everything shown before
    ``end`` and beyond the prefix has to be encoded; with usual reordering that is a handful.

    >>> gap_free_prefix([0, 3, 1, 2, 6, 4, 5], 6)
    4
    """
    rank = {pts: index for index, pts in enumerate(sorted(set(decode_order)))}
    best = highest = 0
    for count, pts in enumerate(decode_order, start=1):
        if pts >= end:
            break
        highest = max(highest, rank[pts] + 1)
        if highest == count:
            best = count
    return best


class DecodeClock:
    """Decoding times for packets given in decode order: the times of showing, sorted, ``depth`` pictures early.

    Works in a stream: holds ``depth`` + 1 numbers. ``step`` is the usual distance of two pictures, used to count
    back from the first one. Raises ``ValueError`` when more than ``depth`` pictures are reordered.
    """

    def __init__(self, depth: int, step: int, first: int) -> None:
        self._heap: list[int] = []
        self._depth = depth
        self._lead = [first - (depth - i) * max(1, step) for i in range(depth)]
        self._last: int | None = None

    def __call__(self, pts: int) -> int:
        heapq.heappush(self._heap, pts)
        dts = self._lead.pop(0) if self._lead else heapq.heappop(self._heap)
        if dts > pts or (self._last is not None and dts <= self._last):
            msg = "more pictures are reordered than the stream announces"
            raise ValueError(msg)
        self._last = dts
        return dts


def reorder_depth(decode_order: Sequence[int]) -> int:
    """The most pictures that are decoded before, and shown after, another one."""
    depth = 0
    seen: list[int] = []
    for pts in decode_order:
        at = bisect_right(seen, pts)
        depth = max(depth, len(seen) - at)
        seen.insert(at, pts)
    return depth
