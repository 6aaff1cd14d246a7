"""Decode order against showing order, on random reorderings as encoders make them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.inside.order import DecodeClock, gap_free_prefix, reorder_depth


@st.composite
def decode_orders(draw: st.DrawFn) -> list[int]:
    """pts in decode order: groups of an anchor and the pictures shown before it, some of them references."""
    order, shown = [0], 1
    for _ in range(draw(st.integers(0, 12))):
        between = draw(st.integers(0, 5))
        inner = draw(st.permutations(range(shown, shown + between)))
        order += [shown + between, *inner]
        shown += between + 1
    step = draw(st.integers(1, 5000))
    return [pts * step for pts in order]


@given(decode_orders(), st.data())
def test_the_prefix_shows_no_hole_and_no_longer_one_does(order: list[int], data: st.DataObject) -> None:
    end = data.draw(st.sampled_from([*order, max(order) + 1]))
    count = gap_free_prefix(order, end)

    def gap_free(prefix: list[int]) -> bool:
        return sorted(prefix) == sorted(order)[: len(prefix)] and all(pts < end for pts in prefix)

    assert gap_free(order[:count])
    longer = [n for n in range(count + 1, len(order) + 1) if gap_free(order[:n])]
    assert not [n for n in longer if all(pts < end for pts in order[:n])]


@given(decode_orders())
def test_decode_times_rise_and_never_come_after_showing(order: list[int]) -> None:
    depth = reorder_depth(order)
    step = min((b - a for a, b in pairwise(sorted(order))), default=1)
    clock = DecodeClock(depth, step, order[0])
    times = [clock(pts) for pts in order]
    assert all(a < b for a, b in pairwise(times))
    assert all(time <= pts for time, pts in zip(times, order, strict=True))


@given(decode_orders().filter(lambda order: reorder_depth(order) > 0))
def test_more_reordering_than_announced_is_noticed(order: list[int]) -> None:
    clock = DecodeClock(reorder_depth(order) - 1, 1, order[0])
    with pytest.raises(ValueError, match="reordered"):
        list(map(clock, order))


def test_the_depth_of_a_pyramid() -> None:
    assert reorder_depth([0, 4, 2, 1, 3, 8, 6, 5, 7]) == 2
    assert reorder_depth([0, 1, 2]) == 0
