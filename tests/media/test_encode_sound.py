from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.media.encode_plan import SoundPlan
from cutroom.media.encode_sound import aac_options, chain, read, tracks_for
from cutroom.model.media import AudioFacts
from tests.media.facts import sound


def plan(*tracks: AudioFacts, first: Fraction = Fraction(10), end: Fraction = Fraction(12)) -> SoundPlan:
    return SoundPlan(Path("/f"), "mov", tracks, first, end)


@pytest.mark.parametrize(
    ("rate", "aac", "mp3"),
    [
        (48000, 48000, 48000), (44100, 44100, 44100), (96000, 48000, 48000), (88200, 44100, 44100),
        (192000, 48000, 48000), (8000, 8000, 32000), (11025, 11025, 44100), (16000, 16000, 32000),
        (22050, 22050, 44100), (37800, 44100, 44100), (64000, 48000, 48000),
    ],
)  # fmt: skip
def test_rates_that_the_codec_knows(rate: int, aac: int, mp3: int) -> None:
    source = plan(replace(sound(), sample_rate=rate))
    assert tracks_for(source, mp3=False)[0].rate == aac
    assert tracks_for(source, mp3=True)[0].rate == mp3


@pytest.mark.parametrize(
    ("channels", "aac", "mp3"), [(1, "mono", "mono"), (2, "stereo", "stereo"), (4, "stereo", "stereo"),
                                 (6, "5.1", "stereo"), (8, "5.1", "stereo")],
)  # fmt: skip
def test_layouts(channels: int, aac: str, mp3: str) -> None:
    source = plan(replace(sound(), channels=channels))
    assert tracks_for(source, mp3=False)[0].layout == aac
    assert tracks_for(source, mp3=True)[0].layout == mp3


def test_the_default_track_comes_first_and_is_the_one_of_an_mp3() -> None:
    first, second = replace(sound(), default=False), replace(sound(), index=2)
    assert [t.facts.index for t in tracks_for(plan(first, second), mp3=False)] == [2, 1]
    assert [t.facts.index for t in tracks_for(plan(first, second), mp3=True)] == [2]


def test_the_count_of_samples_is_exact() -> None:
    (track,) = tracks_for(plan(sound(), end=Fraction(10) + Fraction(1001, 30000)), mp3=True)
    assert track.samples == round(Fraction(1001, 30000) * 48000)


def test_a_language_that_is_none_is_not_handed_on() -> None:
    tracks = tracks_for(plan(sound(), replace(sound(), language="x;rm -rf")), mp3=False)
    options = aac_options(tracks)
    assert "language=eng" in options
    assert "language=und" in options
    assert options[options.index("-disposition:a:0") + 1] == "default"
    assert options[options.index("-disposition:a:1") + 1] == "0"


def test_reading_starts_two_seconds_early_but_never_before_the_file() -> None:
    assert read(plan(sound())).seek == 8
    assert read(plan(sound(), first=Fraction(1), end=Fraction(2))).seek is None
    assert read(plan(replace(sound(), start=Fraction(9)))).seek is None


def test_a_track_is_filled_to_the_sample() -> None:
    (track,) = tracks_for(plan(sound()), mp3=False)
    rendered = chain(plan(sound()), track, 0, "a0").render()
    assert rendered.startswith("[0:1]atrim=start=10.000000:end=12.000000,")
    assert rendered.endswith("apad=whole_len=96000,atrim=end_sample=96000[a0]")
