"""The bar code is read after everything that may happen to a picture, and a blend of two is not read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.painting import UNREADABLE, paint, read_number, sound, stamp
from tests.support.reader import lag

NUMBERS = st.integers(0, (1 << 20) - 1)


def picture(number: int, width: int = 320, height: int = 180) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    luma = np.random.default_rng(number).integers(16, 235, (height, width)).astype(np.uint8)
    stamp(luma, number)
    return luma


@given(number=NUMBERS, width=st.integers(160, 800), height=st.integers(120, 500))
@settings(max_examples=60, deadline=None)
def test_any_number_is_read_at_any_size(number: int, width: int, height: int) -> None:
    assert read_number(picture(number, width, height)) == number


@given(number=NUMBERS)
@settings(max_examples=40, deadline=None)
def test_a_number_survives_what_encoders_do(number: int) -> None:
    luma = picture(number, 640, 360)
    assert read_number(luma[::2, ::2]) == number
    assert read_number(luma[1:, 1:]) == number
    assert read_number(luma // 3 + 90) == number
    noisy = luma + np.random.default_rng(1).normal(0, 25, luma.shape)
    assert read_number(noisy) == number


@given(number=st.integers(1, (1 << 20) - 2))
@settings(max_examples=40, deadline=None)
def test_a_blend_of_two_pictures_is_no_picture(number: int) -> None:
    assert read_number((picture(number) // 2) + (picture(number + 1) // 2)) == UNREADABLE


def test_painted_pictures_are_numbered_in_order() -> None:
    raw = list(paint(320, 180, 40, seed=3, rate=5, first=70))
    planes = [np.frombuffer(data, np.uint8, 320 * 180).reshape(180, 320) for data in raw]
    assert [read_number(plane) for plane in planes] == list(range(70, 110))


@pytest.mark.parametrize("shift", [0, 1, 100.0, 7199])
def test_the_sound_tells_where_it_comes_from(shift: int) -> None:
    whole = sound(9, 2.0)
    place, likeness = lag(whole[int(shift) : int(shift) + 19_200], whole)
    assert place == pytest.approx(shift, abs=0.1)
    assert likeness > 0.99


def test_two_sounds_are_not_alike() -> None:
    assert lag(sound(1, 0.4), sound(2, 1.0))[1] < 0.3
