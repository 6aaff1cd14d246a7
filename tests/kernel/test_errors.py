"""An error carries a code, a sentence and the next step, keeps its detail to itself, and survives pickling."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import pytest

from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode

ERRORS = [
    CutroomError(ErrorCode.NOT_MEDIA, "This is not a video."),
    CutroomError(
        ErrorCode.RANGE_OUTSIDE_SOURCE, "The end lies outside.", next_step="Ask for less.", detail="/srv/x: EOF",
        duration=Fraction(1, 3),
    ),
    Cancelled(),
]  # fmt: skip


def test_what_a_person_reads_is_the_sentence_and_the_next_step() -> None:
    assert [str(error) for error in ERRORS] == [
        "This is not a video.",
        "The end lies outside. Ask for less.",
        "Cancelled.",
    ]
    assert "/srv" not in str(ERRORS[1])


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_it_survives_pickling_and_copying(error: CutroomError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - made a moment ago
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_codes_are_their_names_in_lower_case() -> None:
    # Clients see the values: they must never drift from the names that the code is read by.
    assert all(code.value == code.name.lower() for code in ErrorCode)
