"""Boundaries: nearest, never half a step off, and neighbours always meet."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.timeline import nearest

_BOUNDARIES = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60, unique=True).map(sorted)
_TIMES = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@given(_BOUNDARIES, _TIMES)
def test_no_other_boundary_is_nearer(boundaries: list[int], time: Fraction) -> None:
    found = nearest(boundaries, time)
    assert abs(found - time) == min(abs(b - time) for b in boundaries)


@given(_BOUNDARIES, _TIMES, _TIMES)
def test_later_times_never_give_earlier_boundaries(boundaries: list[int], one: Fraction, other: Fraction) -> None:
    early, late = sorted((one, other))
    assert nearest(boundaries, early) <= nearest(boundaries, late)


def test_a_tie_goes_to_the_earlier_boundary() -> None:
    assert nearest([0, 10, 20], Fraction(15)) == 10
    assert nearest([0, 10, 20], Fraction(5)) == 0
    assert nearest([0, 10, 20], Fraction(5) + Fraction(1, 10**9)) == 10
