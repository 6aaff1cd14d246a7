from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.budget import CostBudget, check_cost
from cutroom.model.clip import CutRequest, Format, Mode, Quality
from cutroom.model.media import MediaFacts
from tests.media.facts import facts, sound, video

HOUR = Fraction(3600)


def film(width: int, height: int, rate: int, **more: object) -> MediaFacts:
    return facts(replace(video(width, height), frame_rate=Fraction(rate), **more), (sound(),))  # type: ignore[arg-type]


def request(seconds: Fraction, **more: object) -> CutRequest:
    return CutRequest(Fraction(0), seconds, **more)  # type: ignore[arg-type]


def refused(source: MediaFacts, wanted: CutRequest, **more: object) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        check_cost(source, wanted, **more)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY
    assert caught.value.message.count(".") == 1 + caught.value.message.count("10.")
    return caught.value


def test_three_hours_of_1080p60_are_allowed_and_not_much_more() -> None:
    source = film(1920, 1080, 60)
    assert check_cost(source, request(3 * HOUR)).pictures == 3 * 3600 * 60
    refused(source, request(4 * HOUR))


def test_five_hours_of_4k_in_a_small_file_are_refused_when_encoding_is_asked_for() -> None:
    bomb = film(3840, 2160, 30)
    error = refused(bomb, request(5 * HOUR))
    assert "3840x2160" in error.message
    refused(bomb, request(5 * HOUR, mode=Mode.EXACT))


def test_what_is_copied_or_is_only_sound_costs_nothing() -> None:
    bomb = film(3840, 2160, 30)
    assert check_cost(bomb, request(5 * HOUR), mode=Mode.EXACT).work == 0
    assert check_cost(bomb, request(5 * HOUR), mode=Mode.INSTANT).work == 0
    assert check_cost(bomb, request(5 * HOUR, format=Format.MP3)).work == 0


def test_a_short_piece_of_a_large_source_is_allowed() -> None:
    assert check_cost(film(7680, 4320, 60), request(Fraction(60))).work > 0


def test_dearer_codecs_depths_and_hdr_cost_more_and_smaller_outputs_less() -> None:
    base = check_cost(film(1920, 1080, 30), request(HOUR)).work
    for change in ({"codec": "hevc"}, {"bit_depth": 10}, {"hdr": "pq"}):
        assert check_cost(film(1920, 1080, 30, **change), request(HOUR)).work > base
    assert check_cost(film(1920, 1080, 30), request(HOUR, quality=Quality.P720)).work < base


def test_an_unknown_or_absurd_rate_does_not_slip_through() -> None:
    unknown = facts(replace(video(3840, 2160), frame_rate=None), ())
    refused(unknown, request(5 * HOUR))
    absurd = film(320, 180, 90_000)
    assert check_cost(absurd, request(Fraction(10))).pictures == 2400


def test_a_picture_beyond_8192_square_is_refused_even_for_a_copy() -> None:
    assert check_cost(film(8192, 8192, 1), request(Fraction(1))).pictures == 1
    refused(film(30_000, 30_000, 1), request(Fraction(1)), mode=Mode.INSTANT)


def test_too_many_streams_are_refused() -> None:
    many = facts(video(320, 180), tuple(replace(sound(), index=i) for i in range(1, 45)))
    refused(many, request(Fraction(1)))


def test_gifs_have_a_longest_length() -> None:
    source = film(320, 180, 10)
    assert check_cost(source, request(Fraction(600), format=Format.GIF)).work > 0
    assert "10:00" in refused(source, request(Fraction(601), format=Format.GIF)).message
    refused(source, request(Fraction(11), format=Format.GIF), budget=CostBudget(gif_seconds=Fraction(10)))
