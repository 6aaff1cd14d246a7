from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.encode import EncodePlan, PicturePlan, encode
from cutroom.media.encode_gif import gif_frames, gif_rate
from cutroom.model.clip import Format, Quality
from tests.media import recipes
from tests.media.facts import video
from tests.support.film_spec import SECRET
from tests.support.films import film
from tests.support.painting import read_number

pytestmark = pytest.mark.slow


def numbers(path: Path) -> list[tuple[Fraction, int]]:
    with av.open(str(path)) as clip:
        assert clip.format.name == "gif"
        return [
            (
                (frame.pts or 0) * (frame.time_base or Fraction(0)),
                read_number(frame.reformat(format="gray").to_ndarray()),
            )
            for frame in clip.decode(video=0)
        ]


AT_ONCE, ONCE, TWICE = (1 << 26, 0), (0, 1 << 30), (0, 0)
"""Bytes that may wait in memory and on disk: in one run, with the source decoded once, twice."""


@pytest.mark.parametrize(
    ("name", "room"),
    [
        *((name, AT_ONCE) for name in ("h264_closed", "h264_29_97", "vfr", "rotated_90", "mpegts", "hevc_hdr")),
        *((name, ONCE) for name in ("h264_29_97", "vfr", "rotated_90", "hevc_hdr", "animated")),
        *((name, TWICE) for name in ("h264_closed", "vfr", "rotated_90", "mpegts")),
    ],
)
def test_picture_k_is_the_one_on_the_screen_at_k_over_the_rate(
    name: str, room: tuple[int, int], tmp_path: Path
) -> None:
    source = film(name)
    made = recipes.make(source, Fraction("2.3"), Fraction("4.6"), tmp_path, Format.GIF, room=room)
    expected = made.encoding.expected
    assert len(made.encoding.steps) == (1 if room == AT_ONCE else 2)
    assert expected.frame_rate is not None
    shown = numbers(made.path)
    assert len(shown) == expected.frames == gif_frames(made.wanted.duration, expected.frame_rate)
    for k, (_, number) in enumerate(shown):
        on_screen = [
            n for t, n in zip(made.wanted.times, made.wanted.numbers, strict=True) if t <= k / expected.frame_rate
        ]
        assert number == on_screen[-1]
    for k, (time, _) in enumerate(shown):
        assert abs(time - k / expected.frame_rate) <= Fraction(1, 200)
    with av.open(str(made.path)) as clip:
        frames = list(clip.decode(video=0))
        assert (frames[0].width, frames[0].height) == (expected.width, expected.height)
        last = frames[-1]
        assert ((last.pts or 0) + (last.duration or 0)) * (last.time_base or 0) == expected.duration
    data = made.path.read_bytes()
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in data, "loops for ever"
    assert SECRET.encode() not in data


def test_the_shortest_clip_is_one_picture(tmp_path: Path) -> None:
    source = film("h264_closed")
    made = recipes.make(source, Fraction(3), Fraction(3) + Fraction(1, 30), tmp_path, Format.GIF)
    assert [n for _, n in numbers(made.path)] == [90]
    assert made.encoding.expected.frames == 1


def test_colours_are_those_of_the_source_whichever_way_it_was_made(tmp_path: Path) -> None:
    for name in ("h264_closed", "h264_full_range"):
        source = film(name)
        pictures = []
        for room in (AT_ONCE, ONCE, TWICE):
            made = recipes.make(source, Fraction(4), Fraction(5), tmp_path, Format.GIF, room=room)
            with av.open(str(made.path)) as clip:
                pictures.append(next(iter(clip.decode(video=0))).to_ndarray(format="rgb24").astype(int))
        with av.open(str(source.path)) as original:
            true = next(f for f in original.decode(video=0) if f.time == 4.0).to_ndarray(format="rgb24").astype(int)
        for picture in pictures:
            assert abs(picture.mean((0, 1)) - true.mean((0, 1))).max() < 4
        assert max(np.abs(pictures[0] - other).mean() for other in pictures[1:]) < 6


@given(st.fractions(Fraction(1, 100), 700), st.fractions(Fraction(1, 2), 240))
def test_the_count_of_pictures_fits_the_duration(duration: Fraction, source_rate: Fraction) -> None:
    rate = gif_rate(replace(video(), frame_rate=source_rate))
    count = gif_frames(duration, rate)
    assert 0 < rate <= 15
    assert count >= 1
    assert count == 1 or abs(count / rate - duration) <= 1 / (2 * rate)


def promise(quality: Quality | None, width: int, height: int, rate: Fraction | None = Fraction(30)) -> tuple[int, int]:
    facts = replace(video(width, height), frame_rate=rate)
    picture = PicturePlan(Path("/f"), "mov", facts, Fraction(0), Fraction(2), Fraction(3))
    expected = encode(EncodePlan(Format.GIF, quality, picture)).expected
    assert expected.width is not None
    assert expected.height is not None
    return expected.width, expected.height


def test_sizes() -> None:
    assert promise(None, 1920, 1080) == (480, 270)
    assert promise(Quality.P720, 1920, 1080) == (480, 270)
    assert promise(Quality.P1080, 1920, 1080) == (640, 360)
    assert promise(Quality.P1080, 320, 181) == (320, 180)


def test_the_rate_is_never_above_that_of_the_source() -> None:
    assert gif_rate(replace(video(), frame_rate=Fraction(24000, 1001))) == 15
    assert gif_rate(replace(video(), frame_rate=Fraction(10))) == 10
    assert gif_rate(replace(video(), frame_rate=None)) == 15


@given(st.fractions(Fraction(1, 30), 600), st.integers(16, 4000), st.integers(16, 4000))
def test_however_long_the_clip_colours_are_chosen_from_a_bounded_number_of_samples(
    duration: Fraction, width: int, height: int
) -> None:
    facts = video(width, height)
    picture = PicturePlan(Path("/f"), "mov", facts, Fraction(0), duration * Fraction(1, 2), duration)
    (choose, *_) = encode(EncodePlan(Format.GIF, None, picture)).steps
    options = {f.name: dict(f.options) for chain in choose.command.graph for f in chain.filters}
    rate = Fraction(str(options["fps"]["fps"]))
    pictures = max(1, int(duration * rate))
    wide = int(str(options["scale"]["w"]))
    assert 1 <= pictures <= 121
    assert duration * rate >= min(duration * 2, Fraction(8)) - 1 or rate == 15
    # The height is rounded to whole lines, by half a line at most.
    assert wide <= 16 or pictures * wide * (wide * height / width - 1) <= 360_000


def test_long_gifs_decode_twice_instead_of_filling_memory_or_disk() -> None:
    def reads(seconds: int) -> list[str]:
        end = Fraction(seconds)
        picture = PicturePlan(Path("/f"), "mov", video(), Fraction(0), end - Fraction(1, 30), end)
        steps = encode(EncodePlan(Format.GIF, None, picture)).steps
        return [source.demuxer for step in steps for source in step.command.inputs]

    assert reads(8) == ["mov"]
    assert reads(60) == ["mov", "rawvideo", "png_pipe"]
    assert reads(600) == ["mov", "mov", "png_pipe"]
