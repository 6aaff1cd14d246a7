"""Arithmetic of frame boundaries. Pure: integers in a stream's time base, exact fractions, no media."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction


def nearest(boundaries: Sequence[int], target: Fraction) -> int:
    """The boundary nearest to ``target``; of two equally near ones the earlier, so that neighbours always meet.

    ``boundaries`` is sorted and not empty; all values in the same unit.

    >>> nearest([0, 10, 20], Fraction(15))
    10
    """
    at = bisect_left(boundaries, target)
    if at == 0:
        return boundaries[0]
    if at == len(boundaries):
        return boundaries[-1]
    below, above = boundaries[at - 1], boundaries[at]
    return below if target - below <= above - target else above
