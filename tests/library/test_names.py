"""What clips are called."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError
from cutroom.library.names import checked_name, clip_file_name, clip_name


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("120", "180", "clip_2-00-3-00.mp4"),
        ("0", "0.999", "clip_0-00-0-00.mp4"),
        ("59.99", "3599.99", "clip_0-59-59-59.mp4"),
        ("3600", "36061", "clip_1-00-00-10-01-01.mp4"),
    ],
)
def test_file_names_carry_the_range_rounded_down(start: str, end: str, name: str) -> None:
    assert clip_file_name(Fraction(start), Fraction(end), "mp4") == name


def test_without_a_title_the_range_is_the_name() -> None:
    assert clip_name(" \n ", Fraction(0), Fraction(5)) == "0:00 - 0:05"


@given(st.text(max_size=400), st.fractions(0, 10**6), st.fractions(0, 10**6))
def test_every_default_name_could_have_been_given_by_hand(title: str, start: Fraction, end: Fraction) -> None:
    name = clip_name(title, start, end)
    assert checked_name(name) == name


@given(st.text())
def test_a_name_is_refused_or_kept_but_for_blanks_around_it(name: str) -> None:
    try:
        kept = checked_name(name)
    except CutroomError:
        return
    assert kept == name.strip()
    assert 1 <= len(kept) <= 200
    assert kept.encode()
    assert "\x00" not in kept
