from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools import TOOLS
from cutroom.model.tool import (
    Choice,
    Needs,
    Number,
    Parameter,
    Spec,
    Values,
    decode_values,
    describe_range,
    encode_values,
    parse,
    plain,
)

ALL_SPECS = [tool.spec for tool in TOOLS.values()]
SIZE = Number("width", Fraction(16), Fraction(7680), required=True, whole=True, unit="px")
TIME = Number("startTime", Fraction(0), None, required=True)
FACTOR = Number("speed", Fraction(1, 4), Fraction(4), default=Fraction(1))
WORD = Choice("format", ("jpg", "png"), default="jpg")


def spec(*parameters: Parameter) -> Spec:
    return Spec("some-tool", "Does something.", Needs.PICTURE, parameters)


def refusal(of: Spec, *given: tuple[str, str]) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        parse(of, given)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10), ("10.0", 10), ("10.5", Fraction(21, 2)), (" 3 ", 3), ("1e1", 10), ("0.1", Fraction(1, 10)),
     (".5", Fraction(1, 2)), ("5.", 5), ("+7", 7), ("-0", 0)],
)  # fmt: skip
def test_numbers_as_people_and_programs_write_them(text: str, value: Fraction) -> None:
    assert parse(spec(TIME), [("startTime", text)])["startTime"] == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e999", "0x10", "1_000", "1,5", "ten", "true", "1e",
     "--1", "\u0663", "1/2", "10px", "9" * 400, "-1", "1e-", "null", "[1]", "1\x002"],
)  # fmt: skip
def test_what_is_no_number_or_out_of_range(text: str) -> None:
    error = refusal(spec(TIME), ("startTime", text))
    assert error.fields == {"field": "startTime"}
    assert "startTime must be a number of at least 0" in error.message


@pytest.mark.parametrize("text", ["16", "16.0", "7680", "7680.000"])
def test_both_ends_of_a_range_are_in_it(text: str) -> None:
    value = parse(spec(SIZE), [("width", text)])["width"]
    assert isinstance(value, int)


@pytest.mark.parametrize("text", ["15", "15.999", "7681", "7680.001", "100.5", "1e9"])
def test_one_step_beyond_is_not_nor_is_a_part_of_a_pixel(text: str) -> None:
    assert refusal(spec(SIZE), ("width", text)).message == "width must be a whole number from 16 to 7680."


def test_missing_repeated_wrong_word() -> None:
    assert refusal(spec(SIZE)).message == "width is missing; it must be a whole number from 16 to 7680."
    assert refusal(spec(SIZE), ("width", "20"), ("width", "20")).message == "width was given more than once."
    assert refusal(spec(WORD), ("format", "JPG")).message == "format must be one of jpg, png."
    required = Choice("outputFormat", ("mp4",), required=True)
    assert refusal(spec(required)).fields == {"field": "outputFormat"}


def test_names_that_the_tool_does_not_know_are_ignored_even_twice() -> None:
    assert parse(spec(WORD), [("other", "1"), ("other", "2"), ("file", "x")]) == {"format": "jpg"}


def test_defaults_stand_where_nothing_was_given_and_options_without_one_are_absent() -> None:
    optional = Number("height", Fraction(50), Fraction(60), whole=True)
    assert parse(spec(FACTOR, WORD, optional), []) == {"speed": Fraction(1), "format": "jpg"}


def test_a_default_of_whole_numbers_is_whole() -> None:
    value = parse(spec(Number("fps", Fraction(5), Fraction(30), default=Fraction(15), whole=True)), [])["fps"]
    assert (value, type(value)) == (15, int)


def test_rules_between_parameters_name_their_field() -> None:
    trim = TOOLS["trim-video"].spec
    error = refusal(trim, ("startTime", "5"), ("endTime", "5"))
    assert error.message == "endTime must be greater than startTime (5)."
    assert error.fields == {"field": "endTime"}
    assert parse(trim, [("startTime", "5"), ("endTime", "5.001")])["endTime"] == Fraction("5.001")


@pytest.mark.parametrize("given", ["cropX", "cropX cropY cropW", "cropH"])
def test_a_crop_is_given_whole_or_not_at_all(given: str) -> None:
    message = refusal(TOOLS["thumbnail"].spec, *((name, "60") for name in given.split())).message
    assert "are given together" in message


@pytest.mark.parametrize("text", ["90", "90.0", "180", "270"])
def test_quarters_of_a_turn(text: str) -> None:
    assert parse(TOOLS["rotate-video"].spec, [("rotation", text)]) == {"rotation": int(float(text))}


@pytest.mark.parametrize("text", ["0", "360", "91", "-90", "right", "100"])
def test_other_turns(text: str) -> None:
    error = refusal(TOOLS["rotate-video"].spec, ("rotation", text))
    assert (error.fields, error.message) == ({"field": "rotation"}, "rotation must be 90, 180 or 270.")


def numbers(parameter: Number) -> st.SearchStrategy[Fraction]:
    low = Fraction(0) if parameter.low is None else parameter.low
    high = low + 100_000 if parameter.high is None else parameter.high
    if parameter.whole:
        return st.integers(int(low), int(high)).map(Fraction)
    return st.integers(int(low * 1000), int(high * 1000)).map(lambda n: Fraction(n, 1000))


@st.composite
def orders(draw: st.DrawFn) -> tuple[Spec, dict[str, str]]:
    """A tool and texts for each of its parameters, as a client writes them."""
    of = draw(st.sampled_from(ALL_SPECS))
    texts = {}
    for parameter in of.parameters:
        if isinstance(parameter, Number):
            texts[parameter.name] = f"{float(draw(numbers(parameter))):.3f}"
        else:
            texts[parameter.name] = draw(st.sampled_from(parameter.values))
    if "rotation" in texts:
        texts["rotation"] = draw(st.sampled_from(["90", "180", "270"]))
    if "endTime" in texts:
        texts["endTime"] = f"{float(texts['startTime']) + draw(st.integers(1, 5000)) / 1000:.3f}"
    return of, texts


@given(orders())
def test_whatever_is_in_range_is_read_exactly_and_survives_a_jobs_json(order: tuple[Spec, dict[str, str]]) -> None:
    of, texts = order
    values = parse(of, texts.items())
    assert {
        name: Fraction(text) if isinstance(values[name], (int, Fraction)) else text for name, text in texts.items()
    } == values
    stored = json.loads(json.dumps(encode_values(values)))
    again = decode_values(of, stored)
    assert again == values
    assert {name: type(value) for name, value in again.items()} == {name: type(value) for name, value in values.items()}


@given(
    st.sampled_from(ALL_SPECS),
    st.lists(st.tuples(st.sampled_from(["startTime", "width", "fps", "quality"]) | st.text(), st.text())),
)
def test_whatever_is_sent_is_values_or_one_clear_sentence(of: Spec, sent: list[tuple[str, str]]) -> None:
    known = {parameter.name for parameter in of.parameters}
    answer = answered(of, sent)
    if isinstance(answer, CutroomError):
        assert answer.code is ErrorCode.INVALID_REQUEST
        assert answer.message.isprintable()
    else:
        assert set(answer) <= known


def answered(of: Spec, sent: list[tuple[str, str]]) -> Values | CutroomError:
    try:
        return parse(of, sent)
    except CutroomError as error:
        return error


@pytest.mark.parametrize(
    "stored", [{"width": "16"}, {"width": 1.5}, {"width": [1]}, {"format": "exe"}, {"startTime": "x"}]
)
def test_what_was_not_stored_by_us_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        decode_values(spec(SIZE, WORD, TIME), stored)


def test_ranges_in_words() -> None:
    assert describe_range(SIZE) == "a whole number from 16 to 7680"
    assert describe_range(FACTOR) == "a number from 0.25 to 4"
    assert describe_range(TIME) == "a number of at least 0"
    assert describe_range(Number("x", None, Fraction(3))) == "a number of at most 3"
    assert describe_range(Number("x", None, None)) == "a number"
    assert plain(Fraction(1, 3)) == "0.333333"
