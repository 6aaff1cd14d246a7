"""Every kind of film, cut at random places in every mode: not one picture missing, extra or out of order.

The films carry their picture numbers and a sound that never repeats; the oracle knows nothing of the engine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Mode
from tests.support import films, oracle, reader

pytestmark = pytest.mark.films

FEW = int(os.environ.get("CUTROOM_TEST_CUTS", "2"))
# After twelve, every kind of length has met every kind of edge (oracle.random_ranges).
MANY, EVEN_MORE = 12, 20
# A dozen cuts each of these in every run; more of them, and so many of the other films, when asked for (-m exhaustive).
CORE = {
    "h264_closed", "h264_open", "h264_open_mixed", "h264_long_gop", "h264_29_97", "vfr", "fragmented", "mkv_offset",
    "mpegts", "edit_list", "audio_late", "two_tracks", "no_audio", "rotated_90",
}  # fmt: skip
# Those of them whose times, tracks or shape can go wrong when they are decoded and coded anew; the films that cannot be
# copied are re-encoded in every run.
CODED = {
    "h264_closed",
    "h264_open",
    "vfr",
    "mkv_offset",
    "mpegts",
    "edit_list",
    "audio_late",
    "two_tracks",
    "rotated_90",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


def cut(engine: Engine, name: str, start: Fraction, end: Fraction, folder: Path, mode: Mode | None = None) -> CutResult:
    target = folder / "clip.mp4"
    target.unlink(missing_ok=True)
    result = engine.cut(Source(films.film(name).path), CutRequest(start, end, mode=mode), target)
    assert [path.name for path in folder.iterdir()] == ["clip.mp4"]
    return result


def wrong(
    engine: Engine, name: str, folder: Path, count: int, mode: Mode | None = None, salt: str = "", *, instant: int = 0
) -> list[str]:
    """What is wrong with so many cuts; the last ``instant`` of them are instant ones."""
    film = films.film(name)
    found: list[str] = []
    for index, (start, end) in enumerate(oracle.random_ranges(film, count, salt)):
        result = cut(engine, name, start, end, folder, mode if index < count - instant else Mode.INSTANT)
        said = oracle.problems(film, start, end, result, folder / "clip.mp4")
        found += [f"{name} {result.mode} [{start} {end}] {problem}" for problem in said]
    return found


@pytest.mark.parametrize("name", [name for name in films.PICTURE_FILMS if name not in CORE])
def test_a_cut_is_exact(engine: Engine, name: str, tmp_path: Path) -> None:
    """What can be copied is cut in both ways of copying. What cannot is re-encoded in every mode."""
    assert wrong(engine, name, tmp_path, FEW, instant=FEW // 2 if films.FILMS[name].copyable else 0) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(CORE))
def test_a_dozen_cuts_are_exact(engine: Engine, name: str, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, MANY, salt="twenty") == []


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", films.PICTURE_FILMS)
def test_twenty_cuts_are_exact(engine: Engine, name: str, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, EVEN_MORE, salt="twenty") == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        if name in (CORE if mode is Mode.INSTANT else CODED)
        else pytest.param(name, mode, marks=pytest.mark.exhaustive)
        for name in films.PICTURE_FILMS
        for mode in (Mode.INSTANT, Mode.REENCODE)
    ],
)
def test_the_other_modes_are_exact(engine: Engine, name: str, mode: Mode, tmp_path: Path) -> None:
    assert wrong(engine, name, tmp_path, 1, mode, mode.value) == []


@pytest.mark.parametrize("name", ["h264_closed", "h264_open_mixed", "vfr", "h264_29_97", "mpegts", "hevc_mkv"])
def test_neighbouring_clips_share_no_picture_and_lose_none(engine: Engine, name: str, tmp_path: Path) -> None:
    """[a, b) and [b, c): whatever b is, together they are [a, c)."""
    film = films.film(name)
    start, end = Fraction("2.34"), Fraction("6.78")

    @settings(max_examples=4, deadline=None, database=None)
    @given(st.fractions(start + Fraction(1, 5), end - Fraction(1, 5), max_denominator=90_000))
    def check(middle: Fraction) -> None:
        numbers: list[int] = []
        for a, b in ((start, middle), (middle, end)):
            cut(engine, name, a, b, tmp_path)
            numbers += [shown.number for shown in reader.read_pictures(tmp_path / "clip.mp4")]
        assert tuple(numbers) == oracle.expect(film, start, end).numbers

    check()


COPIED = [
    "h264_closed", "h264_open_mixed", "h264_short_gop", "h264_slices", "h264_29_97", "vfr", "vfr_mkv", "mkv",
    "mkv_offset", "mpegts", "flv", "fragmented", "edit_list", "two_tracks", "rotated_90", "ac3", "flac_in_mkv",
    "opus_in_mkv",
]  # fmt: skip


@pytest.mark.parametrize("name", COPIED)
def test_what_can_be_copied_is_copied(engine: Engine, name: str, tmp_path: Path) -> None:
    """Falling back to a re-encode is safe and right in doubt; here there is none."""
    result = cut(engine, name, Fraction("3.37"), Fraction("8.71"), tmp_path)
    assert result.mode is Mode.EXACT, result.reason
    assert result.copied_frames > 0


@pytest.mark.parametrize("mode", [Mode.EXACT, Mode.INSTANT, Mode.REENCODE])
def test_a_clip_of_a_clip_is_exact(engine: Engine, mode: Mode, tmp_path: Path) -> None:
    """What the engine writes, edit lists and several parameter sets and all, it can read."""
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    film = films.film("h264_closed")
    engine.cut(Source(film.path), CutRequest(Fraction("2.27"), Fraction("11.4"), mode=mode), first)
    wanted = oracle.expect(film, Fraction("2.27"), Fraction("11.4"))
    again = oracle.expect(film, wanted.start + Fraction("1.31"), wanted.start + Fraction("7.77"))
    for inner in (None, Mode.INSTANT):
        engine.cut(Source(first), CutRequest(Fraction("1.31"), Fraction("7.77"), mode=inner), second)
        assert oracle.wrong_pictures(again, reader.read_pictures(second)) == []
        second.unlink()


def test_a_range_beyond_the_end_is_refused(engine: Engine, tmp_path: Path) -> None:
    film = films.film("faststart")
    for start, end in ((film.end + 1, film.end + 2), (Fraction(1), film.end + 5)):
        with pytest.raises(CutroomError) as failure:
            engine.cut(Source(film.path), CutRequest(start, end), tmp_path / "clip.mp4")
        assert failure.value.code is ErrorCode.RANGE_OUTSIDE_SOURCE
    assert list(tmp_path.iterdir()) == []
