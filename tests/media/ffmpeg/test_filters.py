from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.filters import Chain, Filter, render_graph, seconds


@given(st.fractions(min_value=-(10**6), max_value=10**6))
def test_seconds_are_within_half_a_microsecond_and_have_six_decimals(value: Fraction) -> None:
    text = seconds(value)
    assert abs(Fraction(text) - value) <= Fraction(1, 2_000_000)
    assert len(text.partition(".")[2]) == 6


def test_seconds_round_halves_up() -> None:
    assert seconds(Fraction(1, 2_000_000)) == "0.000001"
    assert seconds(Fraction(-3, 2_000_000)) == "-0.000001"


@pytest.mark.parametrize("text", ["a,b", "a:b", "it's", "a;b", "[x]", "a\\b", "", "a b", "é", "movie=/etc/passwd"])
def test_a_value_that_would_need_escaping_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        Filter("drawtext", (("text", text),)).render()


@pytest.mark.parametrize("pad", ["", "A", "0:v]", "v;x", "0:1:2"])
def test_a_pad_that_is_no_name_is_refused(pad: str) -> None:
    with pytest.raises(ValueError, match="not a pad"):
        Chain((pad,), (Filter("null"),), ("v",)).render()


def test_a_graph_reads_as_ffmpeg_wants_it() -> None:
    graph = (
        Chain(("0:3",), (filters.trim(Fraction(1, 3), None), filters.setpts(Fraction(1001, 30000))), ("v",)),
        Chain(("v",), (filters.split(2),), ("a", "b")),
    )
    assert render_graph(graph) == snapshot(
        "[0:3]trim=start=0.333333,setpts=expr=round(PTS-(1001)/30000/TB)[v];[v]split=outputs=2[a][b]"
    )


@pytest.mark.parametrize(
    ("degrees", "mirrored", "names"),
    [
        (0, False, []),
        (90, False, ["transpose=dir=clock"]),
        (180, False, ["hflip", "vflip"]),
        (270, True, ["transpose=dir=cclock", "hflip"]),
        (0, True, ["hflip"]),
    ],
)
def test_turning(degrees: int, mirrored: bool, names: list[str]) -> None:
    assert [f.render() for f in filters.turn(degrees, mirrored=mirrored)] == names


def test_what_does_not_touch_is_a_graph_of_its_own() -> None:
    picture = Chain(("0:0",), (Filter("split"),), ("v", "w"))
    sound = Chain(("1:1",), (Filter("anull"),), ("a",))
    both = Chain(("v", "w"), (Filter("paletteuse"),), ("out",))
    assert filters.parted((picture, sound, both)) == [(sound,), (picture, both)]
    assert filters.parted(()) == []


@given(st.fractions(Fraction(1, 4), 4))
def test_tempo_goes_in_steps_that_blend_everything_and_come_to_the_speed(speed: Fraction) -> None:
    factors = [float(str(dict(part.options)["tempo"])) for part in filters.tempo(speed)]
    assert all(0.4999 <= factor <= 2.0001 for factor in factors)
    assert math.prod(factors) == pytest.approx(float(speed), rel=1e-7)
    assert len(factors) == (0 if speed == 1 else 1 if Fraction(1, 2) <= speed <= 2 else 2)


def test_pictures_faster_and_on_a_finer_clock() -> None:
    assert filters.clock(90_000).render() == "settb=expr=1/90000"
    assert filters.faster(Fraction(5, 2), Fraction(1, 120)).render() == "setpts=expr=round(PTS*2/5-1/120/TB)"


def test_the_shape_of_samples_and_a_crop_from_anywhere() -> None:
    assert filters.sample_aspect(Fraction(1)) == filters.square_pixels()
    assert filters.sample_aspect(Fraction(4, 3)).render() == "setsar=sar=4/3:max=65535"
    assert filters.crop(3, 5, 7, 9).render() == "crop=w=3:h=5:x=7:y=9"
    assert filters.sample_format("s16").render() == "aformat=sample_fmts=s16"
    assert filters.upload().render() == "hwupload"
