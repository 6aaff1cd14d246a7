from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.encode_plan import Expected
from cutroom.media.produced import Produced
from cutroom.media.verify_tool import verify_tool

WANTED = Expected(
    duration=Fraction(10), frames=300, width=640, height=360, video_codec="h264", audio_codecs=("aac",),
    sound=Fraction(10),
)  # fmt: skip
MADE = Produced(
    container="mov", size_bytes=1000, video_codec="h264", pixel_format="yuv420p", width=640, height=360, frames=300,
    first=Fraction(0), end=Fraction(10), audio_codecs=("aac",), audio_packets=(469,), audio_ends=(Fraction(10),),
)  # fmt: skip


def refused(wanted: Expected, made: Produced, *, damaged: bool = False) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        verify_tool(wanted, made, damaged=damaged)
    assert "/" not in caught.value.message
    return caught.value


def test_what_is_as_planned_passes() -> None:
    assert verify_tool(WANTED, MADE) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"video_codec": "hevc"}, {"audio_codecs": ()}, {"audio_codecs": ("mp3",)}, {"width": 638}, {"height": 640},
        {"frames": 299}, {"frames": 0}, {"first": Fraction(1, 30)}, {"end": Fraction(9)}, {"end": None},
        {"audio_ends": (Fraction(9),)}, {"turned": True}, {"sample_aspect": Fraction(4, 3)},
    ],
)  # fmt: skip
def test_whatever_is_not_is_thrown_away(change: dict[str, object]) -> None:
    error = refused(WANTED, replace(MADE, **change))  # type: ignore[arg-type]
    assert error.code is ErrorCode.VERIFICATION_FAILED
    assert error.detail


def test_only_mp4_states_how_long_the_last_picture_stands() -> None:
    short = replace(MADE, end=Fraction(10) - Fraction(1, 30))
    assert refused(WANTED, short).code is ErrorCode.VERIFICATION_FAILED
    assert verify_tool(WANTED, replace(short, container="matroska", first=Fraction(21, 1000))) == ()


def test_matroska_states_the_shape_of_samples_in_whole_pixels_of_the_width() -> None:
    wide = replace(WANTED, sample_aspect=Fraction(4, 3))
    matroska = replace(MADE, container="matroska", sample_aspect=Fraction(853, 640))
    assert verify_tool(wide, matroska) == ()
    for made in (replace(matroska, container="mov"), replace(matroska, sample_aspect=Fraction(855, 640))):
        assert refused(wide, made).detail == f"samples of {made.sample_aspect} instead of 4/3"


def test_copies_are_held_against_what_the_source_shows() -> None:
    copied = replace(WANTED, frames=None, copied=True, upright=False, sound=None)
    assert verify_tool(copied, replace(MADE, wanted=300, turned=True, sample_aspect=Fraction(4, 3))) == ()
    assert verify_tool(copied, replace(MADE, wanted=None)) == ()
    assert refused(copied, replace(MADE, wanted=298)).detail == "300 pictures instead of 298"


def test_images_have_no_length() -> None:
    image = Expected(Fraction(0), 1, 100, 50, "png", ())
    made = replace(
        MADE, container="png_pipe", video_codec="png", width=100, height=50, frames=1, end=Fraction(1, 25),
        audio_codecs=(), audio_ends=(),
    )  # fmt: skip
    assert verify_tool(image, made) == ()


def test_damage_is_said_and_forgiven_in_part() -> None:
    some = replace(MADE, frames=280)
    (said,) = verify_tool(WANTED, some, damaged=True)
    assert "damaged" in said
    lost = replace(MADE, frames=30, end=Fraction(1))
    assert refused(WANTED, lost, damaged=True).code is ErrorCode.MEDIA_DAMAGED
    assert refused(WANTED, replace(MADE, width=2), damaged=True).code is ErrorCode.VERIFICATION_FAILED
