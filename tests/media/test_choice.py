"""Which way a clip is made, for every kind of source that may or may not be copied."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from cutroom.media.choice import choose
from cutroom.model.clip import CutRequest, Format, Mode, Quality
from cutroom.model.media import MediaFacts, VideoFacts

_VIDEO = VideoFacts(
    index=0, codec="h264", profile="High", width=1920, height=1080, pixel_format="yuv420p", bit_depth=8,
    sample_aspect=Fraction(1), rotation=0, mirrored=False, frame_rate=Fraction(30), variable_frame_rate=False,
    interlaced=False, hdr=None, color_primaries=1, color_transfer=1, color_space=1, color_range=1,
    time_base=Fraction(1, 15360), start=Fraction(0), duration=Fraction(60), frames=1800, bit_rate=None, still=False,
)  # fmt: skip
_FACTS = MediaFacts("mov", 1000, Fraction(0), Fraction(60), _VIDEO, (), ())
_PIECE = CutRequest(Fraction(1), Fraction(2))


def test_plain_h264_is_cut_exactly_unless_asked_otherwise() -> None:
    assert choose(_FACTS, _PIECE)[0] is Mode.EXACT
    for mode in Mode:
        assert choose(_FACTS, replace(_PIECE, mode=mode))[0] is mode


@pytest.mark.parametrize("mode", [None, Mode.EXACT, Mode.INSTANT])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"codec": "hevc"}, "HEVC"),
        ({"pixel_format": "yuv420p10le", "bit_depth": 10}, "8-bit"),
        ({"pixel_format": "yuv444p"}, "4:2:0"),
        ({"interlaced": True}, "interlaced"),
        ({"hdr": "pq"}, "HDR"),
        ({"mirrored": True}, "mirrored"),
    ],
)
def test_what_not_every_player_shows_is_encoded_and_the_reason_said(
    mode: Mode | None, change: dict[str, Any], reason: str
) -> None:
    facts = replace(_FACTS, video=replace(_VIDEO, **change))
    chosen, sentence = choose(facts, replace(_PIECE, mode=mode))
    assert chosen is Mode.REENCODE
    assert reason in sentence


@pytest.mark.parametrize("kind", [Format.MP3, Format.GIF])
def test_other_formats_are_encoded(kind: Format) -> None:
    mode, sentence = choose(_FACTS, replace(_PIECE, format=kind))
    assert mode is Mode.REENCODE
    assert kind.value.upper() in sentence


def test_quality_forces_an_encode_only_when_the_source_is_larger() -> None:
    assert choose(_FACTS, replace(_PIECE, quality=Quality.P720))[0] is Mode.REENCODE
    assert choose(_FACTS, replace(_PIECE, quality=Quality.P1080))[0] is Mode.EXACT
    upright = replace(_FACTS, video=replace(_VIDEO, width=1080, height=1920))
    assert choose(upright, replace(_PIECE, quality=Quality.P1080))[0] is Mode.EXACT


def test_sound_alone_is_encoded() -> None:
    assert choose(replace(_FACTS, video=None), _PIECE)[0] is Mode.REENCODE
