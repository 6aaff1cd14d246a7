from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.perception.inside.packets import WIDEST, Table, _no_wider, hevc_spare


def nal(kind: int, *, length: bool) -> bytes:
    body = bytes([kind << 1, 1, 0xAF, 0x11])
    return (len(body).to_bytes(4, "big") if length else b"\x00\x00\x00\x01") + body


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize(
    ("kinds", "spare"), [((35, 0), True), ((35, 1), False), ((39, 8), True), ((19,), False), ((32, 33), False)]
)
def test_what_nothing_refers_to_is_told_from_the_first_slice_of_hevc(
    kinds: tuple[int, ...], spare: bool, length: bool
) -> None:  # fmt: skip
    data = b"".join(nal(kind, length=length) for kind in kinds)
    assert hevc_spare(data, 4 if length else 0) is spare


@given(st.binary(max_size=60), st.sampled_from([0, 1, 2, 4]))
def test_nonsense_is_no_spare_picture_and_no_error(data: bytes, length_size: int) -> None:
    assert hevc_spare(data, length_size) in {True, False}


@given(st.lists(st.booleans(), min_size=1, max_size=200), st.sampled_from([0.01, 0.02, 0.04, 0.09, 0.3]))
def test_what_is_kept_is_never_too_far_apart(keep: list[bool], step: float) -> None:
    times = np.arange(len(keep)).astype(np.float64) * step
    kept = _no_wider(np.array(keep), times)
    assert kept[0]
    assert kept[-1]
    assert (kept >= np.array(keep)).all()
    assert all(b - a <= max(WIDEST, step) + 1e-9 for a, b in pairwise(times[kept]))


def test_numbers_and_times_count_from_the_first_shown_picture() -> None:
    stamps = np.array([100, 110, 120, 150], np.int64)
    left_out = np.array([False, True, False, False])
    table = Table(stamps, left_out, np.array([0, 3]), 160, Fraction(1, 100), 100)
    assert [table.number(stamp) for stamp in (100, 119, 120, 150)] == [0, 1, 2, 3]
    assert [table.time(number) for number in range(4)] == [0, Fraction(1, 10), Fraction(1, 5), Fraction(1, 2)]
    assert [table.is_left_out(stamp) for stamp in (110, 111, 120, None, 0)] == [True, False, False, False, False]
    assert [table.run_in(number) for number in range(4)] == [0, 1, 2, 0]
