"""The set of ranges against a plain set of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cutroom.sources.intervals import Intervals

spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@given(st.lists(spans, max_size=20), spans, st.integers(0, 60))
def test_it_is_a_set_of_numbers(added: list[list[int]], asked: list[int], position: int) -> None:
    ours, plain = Intervals(), set[int]()
    for start, end in added:
        ours.add(start, end)
        plain |= set(range(start, end))
    assert {n for start, end in ours for n in range(start, end)} == plain
    assert ours.total == len(plain)
    gaps = ours.missing(*asked)
    assert {n for start, end in gaps for n in range(start, end)} == set(range(*asked)) - plain
    assert all(start < end for start, end in gaps)
    held = ours.containing(position)
    assert (held is not None) == (position in plain)
    if held is not None:
        assert held[0] <= position < held[1]
        assert set(range(*held)) <= plain
        assert held[0] - 1 not in plain
        assert held[1] not in plain
