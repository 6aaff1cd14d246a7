"""What is typed after SOURCE is read as times, ranges and a dash for standard output."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.cli.tokens import read_times, shield, unshield
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import Timespan, format_time


def span(start: str, end: str) -> Timespan:
    return Timespan(Fraction(start), Fraction(end))


@pytest.mark.parametrize(
    ("typed", "pieces", "to_stdout"),
    [
        (["10", "25"], [span("10", "25")], False),
        (["0:10", "0:25.5"], [span("10", "25.5")], False),
        (["0:10-0:25"], [span("10", "25")], False),
        (["0:10-0:25", "1:02-1:30"], [span("10", "25"), span("62", "90")], False),
        (["0:10", "0:25", "-"], [span("10", "25")], True),
        (["0:10-0:25", "-"], [span("10", "25")], True),
        (["00:01:30:12@25-00:01:31:00@25"], [span("2262/25", "91")], False),
    ],
)
def test_times_and_ranges(typed: list[str], pieces: list[Timespan], to_stdout: bool) -> None:
    assert read_times(shield(typed)) == (pieces, to_stdout)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ([], ErrorCode.INVALID_REQUEST),
        (["-"], ErrorCode.INVALID_REQUEST),
        (["10"], ErrorCode.INVALID_REQUEST),
        (["10", "20", "30"], ErrorCode.INVALID_REQUEST),
        (["10", "20-30"], ErrorCode.INVALID_REQUEST),
        (["10-20", "30"], ErrorCode.INVALID_REQUEST),
        (["", ""], ErrorCode.INVALID_TIME),
        (["10-"], ErrorCode.INVALID_TIME),
        (["-5", "10"], ErrorCode.INVALID_TIME),
        (["-5-10"], ErrorCode.INVALID_TIME),
        (["5--10"], ErrorCode.INVALID_TIME),
        (["-1:30.5", "2:00"], ErrorCode.INVALID_TIME),
        (["nan", "10"], ErrorCode.INVALID_TIME),
        (["0", "inf"], ErrorCode.INVALID_TIME),
        (["10", "10"], ErrorCode.INVALID_RANGE),
        (["20-10"], ErrorCode.INVALID_RANGE),
    ],
)
def test_what_is_not_a_request_is_refused(typed: list[str], code: ErrorCode) -> None:
    with pytest.raises(CutroomError) as caught:
        read_times(shield(typed))
    assert caught.value.code is code


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_any_text_is_read_or_refused_and_never_a_crash(typed: list[str]) -> None:
    refused = None
    pieces: list[Timespan] = []
    try:
        pieces, _ = read_times(shield(typed))
    except CutroomError as error:
        refused = error.code
    refusals = {ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_TIME, ErrorCode.INVALID_RANGE}
    assert pieces or refused in refusals


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_range_is_the_same_as_start_and_end(start_ms: int, length_ms: int) -> None:
    start, end = format_time(Fraction(start_ms, 1000)), format_time(Fraction(start_ms + length_ms, 1000))
    assert read_times([f"{start}-{end}"]) == read_times([start, end])


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_shielding_loses_nothing(word: str) -> None:
    assert unshield(shield([word])[0]) == word


def test_options_are_left_to_the_parser() -> None:
    words = ["cut", "film.mp4", "--json", "-o", "--format=gif", "-f"]
    assert shield(words) == words
