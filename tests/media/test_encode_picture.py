from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.encode_picture import colour_tags, fit, fit_width, shape, time_scale
from tests.media.facts import video

SIZES = st.integers(1, 8192)
ASPECTS = st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(8, 9), Fraction(64, 45), Fraction(1, 2)])


@given(SIZES, SIZES, ASPECTS, st.sampled_from([0, 90, 180, 270]), st.sampled_from([None, 720, 1080]))
def test_sizes_are_even_never_larger_and_keep_the_aspect(
    width: int, height: int, aspect: Fraction, rotation: int, lines: int | None
) -> None:
    facts = replace(video(width, height), sample_aspect=aspect, rotation=rotation)  # type: ignore[arg-type]
    shown, (wide, tall) = fit(facts, lines).shown, facts.display_size
    assert all(side % 2 == 0 and side >= 2 for side in shown)
    # A side rounded to an even number may grow by one; a side of one sample must.
    assert shown[0] <= max(2, wide + 1)
    assert shown[1] <= max(2, tall + 1)
    if lines is not None:
        assert min(shown) <= lines
    scale = min(1.0, (lines or 10**9) / min(wide, tall))
    assert abs(shown[0] - wide * scale) <= 2
    assert abs(shown[1] - tall * scale) <= 2


@pytest.mark.parametrize(
    ("size", "rotation", "lines", "shown", "scaled"),
    [
        ((1920, 1080), 0, 1080, (1920, 1080), False),
        ((3840, 2160), 0, 1080, (1920, 1080), True),
        ((1920, 1080), 90, 720, (720, 1280), True),
        ((1080, 1920), 0, 1080, (1080, 1920), False),
        ((2160, 3840), 0, 1080, (1080, 1920), True),
        ((640, 360), 0, 1080, (640, 360), False),
        ((321, 181), 0, None, (320, 180), False),
        ((321, 181), 90, None, (180, 320), False),
        ((1, 1), 0, None, (2, 2), True),
    ],
)
def test_the_shorter_side_is_limited(
    size: tuple[int, int], rotation: int, lines: int | None, shown: tuple[int, int], scaled: bool
) -> None:
    geometry = fit(replace(video(*size), rotation=rotation), lines)  # type: ignore[arg-type]
    assert (geometry.shown, geometry.scaled) == (shown, scaled)
    assert geometry.stored == (shown[::-1] if rotation else shown)


def test_square_pixels() -> None:
    assert fit(replace(video(720, 576), sample_aspect=Fraction(64, 45)), None).shown == (1024, 576)


def test_a_width_is_a_ceiling() -> None:
    assert fit_width(video(1920, 1080), 480).shown == (480, 270)
    assert fit_width(replace(video(1920, 1080), rotation=90), 480).shown == (480, 854)
    assert fit_width(video(320, 180), 480).shown == (320, 180)
    assert not fit_width(video(320, 180), 480).scaled


def names(**change: object) -> list[str]:
    facts = replace(video(), **change)  # type: ignore[arg-type]
    return [f.render() for f in shape(facts, fit(facts, None))]


def test_an_ordinary_picture_keeps_its_size_even_where_the_source_changes_it_midway() -> None:
    same = "scale=w=1920:h=1080:flags=bicubic"
    assert names() == [same, "format=pix_fmts=yuv420p", "setsar=sar=1", "sidedata=mode=delete"]


@pytest.mark.parametrize(("lines", "matrix"), [(1080, "bt709"), (720, "bt709"), (719, "smpte170m")])
def test_pictures_that_name_no_matrix_keep_that_of_their_size_at_another(lines: int, matrix: str) -> None:
    plain = replace(video(1280, lines), color_space=2)
    first, *_ = shape(plain, fit(plain, 240))
    assert first.render() == f"setparams=colorspace={matrix}"
    assert colour_tags(plain)["colorspace"] == matrix
    for facts in (video(), replace(plain, hdr="pq"), replace(plain, pixel_format="gbrp")):
        assert "colorspace" not in shape(facts, fit(facts, 240))[0].render()


def test_full_range_becomes_limited_and_rgb_becomes_bt709() -> None:
    assert names(color_range=2)[0].endswith(":out_range=tv")
    assert names(pixel_format="yuvj420p")[0].endswith(":out_range=tv")
    assert names(pixel_format="rgb24")[0].endswith(":out_range=tv:out_color_matrix=bt709")


@pytest.mark.parametrize(("hdr", "transfer"), [("pq", "smpte2084"), ("hlg", "arib-std-b67")])
def test_hdr_is_tone_mapped_in_linear_light(hdr: str, transfer: str) -> None:
    rendered = names(hdr=hdr)
    assert f"transferin={transfer}" in rendered[0]
    assert rendered[3].startswith("tonemap=")
    assert colour_tags(replace(video(), hdr=hdr))["colorspace"] == "bt709"  # type: ignore[arg-type]


@pytest.mark.parametrize("base", ["1/15360", "1001/30000", "1/1000", "1/90000", "1/25", "1/48000", "1/600"])
def test_the_time_scale_holds_every_tick(base: str) -> None:
    scale = time_scale(replace(video(), time_base=Fraction(base)))
    assert (Fraction(base) * scale).denominator == 1
    assert 10_000 <= scale <= 1_000_000


def test_a_time_base_no_player_can_use_is_replaced() -> None:
    assert time_scale(replace(video(), time_base=Fraction(1, 10_000_000))) == 90_000
