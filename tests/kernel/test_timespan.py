"""Media time is exact: what is written is what is meant, and what cannot be meant is refused with a way out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import LONGEST, TimeLike, Timespan, format_time, parse_time

MILLIS = st.integers(0, int(LONGEST) * 1000)
TIMES = st.fractions(0, LONGEST, max_denominator=90_000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", Fraction(90)),
        ("90.5", Fraction(181, 2)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("0.1", Fraction(1, 10)),
        ("1:30", Fraction(90)),
        ("1:5", Fraction(65)),
        ("90:00", Fraction(5400)),
        ("0:01:30.5", Fraction(181, 2)),
        ("  1:30 ", Fraction(90)),
        ("-0", Fraction(0)),
        ("00:01:30:12@25", Fraction(2262, 25)),
        ("00:00:00:00@25", Fraction(0)),
        # Frame 30 of a film of 30000/1001: labels count frames, and its seconds are longer than a clock's.
        ("00:00:01:00@29.97", Fraction(1001, 1000)),
        ("00:00:01:00@30000/1001", Fraction(1001, 1000)),
        ("01:00:00:00@23.976", Fraction(86400 * 1001, 24000)),
        ("00:00:00:59@59.94", Fraction(59 * 1001, 60000)),
        ("00:00:00:47@47.952", Fraction(47 * 1001, 48000)),
    ],
)
def test_what_people_write(text: str, seconds: Fraction) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "abc", "1e3", "+5", "1,5", "0x10", "1:60", "1:60:00", "0:99:00", "1:2:3:4", ":30", "1:", "1:-5", "--5",
        "nan", "inf", "٣", "1_000", "1 30", "12:34:56:25@25", "00:00:00:30@29.97", "0:0:0:0@0", "0:0:0:0@1/0",
        "00:60:00:00@25", "00:00:60:00@25", "0.0000000000000001", "9" * 400, "\0", "1:30\n2",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(CutroomError) as caught:
        parse_time(text)
    assert caught.value.code is ErrorCode.INVALID_TIME
    assert caught.value.next_step is not None
    assert len(caught.value.message) < 100
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("nan"), Decimal("inf"), Decimal("1e999999"), True, None, [1], b"1"]
)
def test_values_of_other_kinds_are_refused_the_same_way(value: TimeLike) -> None:
    with pytest.raises(CutroomError, match="is not a time"):
        parse_time(value)


def test_a_decimal_of_a_billion_digits_is_not_worked_out() -> None:
    with pytest.raises(CutroomError, match="is not a time"):
        parse_time(Decimal("1e-999999999"))


@pytest.mark.parametrize("value", ["-1", "-1:30", -2, -0.5, Fraction(-1, 3), Decimal("-2.5")])
def test_negative_times_are_told_apart(value: TimeLike) -> None:
    with pytest.raises(CutroomError, match=r"must not be negative"):
        parse_time(value)


@pytest.mark.parametrize("value", ["99999999:00", LONGEST + Fraction(1, 1000), 10**30, 1e15])
def test_more_than_a_year_is_a_mistake(value: TimeLike) -> None:
    with pytest.raises(CutroomError, match="longer than a year"):
        parse_time(value)


@given(MILLIS)
@example(0)
@example(59_999)
@example(3_599_999)
def test_a_printed_time_is_read_back(millis: int) -> None:
    seconds = Fraction(millis, 1000)
    assert parse_time(format_time(seconds)) == seconds


@given(TIMES, st.integers(0, 6))
def test_printing_is_off_by_at_most_half_of_its_last_digit(seconds: Fraction, places: int) -> None:
    text = format_time(seconds, places)
    fields = [Fraction(field) for field in text.split(":")]
    shown = sum((field * 60**power for power, field in enumerate(reversed(fields))), Fraction(0))
    assert abs(shown - seconds) <= Fraction(1, 2 * 10**places)
    assert all(field < 60 for field in fields[1:])


@given(TIMES)
def test_a_negative_time_prints_as_its_mirror(seconds: Fraction) -> None:
    shown = format_time(seconds)
    assert format_time(-seconds) == (f"-{shown}" if shown != "0:00" else shown)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.data())
def test_a_frame_label_is_that_frame(hours: int, minutes: int, seconds: int, data: st.DataObject) -> None:
    written, rate = data.draw(
        st.sampled_from([("25", Fraction(25)), ("29.97", Fraction(30000, 1001)), ("60", Fraction(60))])
    )
    nominal = round(rate)
    frame = data.draw(st.integers(0, nominal - 1))
    time = parse_time(f"{hours:02}:{minutes:02}:{seconds:02}:{frame:02}@{written}")
    assert time * rate == (hours * 3600 + minutes * 60 + seconds) * nominal + frame


@given(st.floats(0, float(LONGEST)))
def test_a_float_means_what_it_prints(value: float) -> None:
    assert parse_time(value) == Fraction(repr(value))


def test_numbers_of_numpy_mean_what_they_print() -> None:
    assert parse_time(np.float64(0.1)) == Fraction(1, 10)


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[0-9:.@/\-]{1,20}", fullmatch=True)))
def test_no_text_does_anything_but_parse_or_refuse(text: str) -> None:
    try:
        seconds = parse_time(text)
    except CutroomError as error:
        refused: ErrorCode | None = error.code
    else:
        assert 0 <= seconds <= LONGEST
        refused = None
    assert refused in {None, ErrorCode.INVALID_TIME}


@given(TIMES, TIMES)
def test_a_span_has_a_beginning_before_its_end(start: Fraction, end: Fraction) -> None:
    if start < end:
        assert Timespan(start, end).duration == end - start > 0
        return
    with pytest.raises(CutroomError) as caught:
        Timespan(start, end)
    assert caught.value.code is ErrorCode.INVALID_RANGE


def test_spans_are_parsed_and_say_what_is_wrong() -> None:
    assert Timespan.parse("0:10", "0:25.5") == Timespan(Fraction(10), Fraction(51, 2))
    with pytest.raises(CutroomError, match=r"The start \(1:30\) lies after the end \(0:10\)\."):
        Timespan.parse("1:30", 10)
    with pytest.raises(CutroomError, match="start and end are the same"):
        Timespan.parse(5, "0:05")
    with pytest.raises(CutroomError, match="must not be negative"):
        Timespan(Fraction(-1), Fraction(1))
