"""Clips in the other formats: pictures of a GIF, sound alone, and smaller sizes, judged by the same films."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.engine import Engine
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, CutResult, Format, Mode, Quality
from tests.support import films, oracle, reader
from tests.support.film_spec import SECRET, Film, FilmSpec

pytestmark = pytest.mark.slow

START, END = Fraction("3.37"), Fraction("5.71")
CENTISECOND = Fraction(1, 100)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


def cut(engine: Engine, film: Film, form: Format, target: Path, quality: Quality | None = None) -> CutResult:
    return engine.cut(Source(film.path), CutRequest(START, END, format=form, quality=quality), target)


def on_screen(film: Film, time: Fraction) -> int:
    """The number shown at ``time`` as users count."""
    return [number for at, number in zip(film.times, film.numbers, strict=True) if at <= time][-1]


# What a GIF of each kind of film looks like is asked in test_encode_gif; here it is asked of the whole engine.
@pytest.mark.parametrize("name", ["h264_closed", "vfr", "mirrored", "h264_29_97", "vp9_odd"])
def test_a_gif_shows_what_was_on_the_screen(engine: Engine, name: str, tmp_path: Path) -> None:
    film, target = films.film(name), tmp_path / "clip.gif"
    result = cut(engine, film, Format.GIF, target)
    wanted = oracle.expect(film, START, END)
    shown = reader.read_pictures(target)
    assert (result.start, result.end) == (wanted.start, wanted.end)
    assert [s.number for s in shown] == [on_screen(film, wanted.start + Fraction(k, 15)) for k in range(len(shown))]
    assert result.frames == len(shown)
    assert max(abs(s.pts - Fraction(k, 15)) for k, s in enumerate(shown)) <= CENTISECOND
    assert abs(shown[-1].pts + shown[-1].duration - wanted.duration) <= Fraction(1, 30) + CENTISECOND
    assert (result.width, result.height) == reader.shown_size(target)
    assert SECRET.encode() not in target.read_bytes()


@pytest.mark.parametrize("form", [Format.MP3, Format.MP4])
@pytest.mark.parametrize("name", films.SOUND_FILMS)
def test_sound_alone_is_cut_to_the_sample(engine: Engine, name: str, form: Format, tmp_path: Path) -> None:
    film, target = films.film(name), tmp_path / f"clip.{form.value}"
    result = cut(engine, film, form, target)
    check_sound(film, result, target, START)
    assert (result.frames, result.width, result.video_codec) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["h264_closed", "audio_late", "mpegts", "mkv_offset", "surround", "opus_in_mkv", "mono_44100"]
)
def test_the_mp3_of_a_film_lies_as_the_sound_did(engine: Engine, name: str, tmp_path: Path) -> None:
    film, target = films.film(name), tmp_path / "clip.mp3"
    result = cut(engine, film, Format.MP3, target)
    check_sound(film, result, target, oracle.nearest(film.boundaries, START))


def check_sound(film: Film, result: CutResult, target: Path, start: Fraction) -> None:
    sound = reader.read_sound(target)
    heard = float(sound.end - sound.start)
    assert heard == pytest.approx(float(END - START), abs=0.035)
    assert float(result.duration) == pytest.approx(float(END - START), abs=0.035)
    # MP3 states its delay, and players start its clock behind it; an MP4 without pictures starts at zero.
    for at in (0.02, 1.0, 1.8):
        offset = reader.audio_offset(sound, sound.start, film, start, at)
        assert offset is not None
        assert abs(offset) < 0.002  # Matroska rounds to milliseconds
    assert SECRET.encode() not in target.read_bytes()


@pytest.mark.parametrize("quality", [Quality.P720, Quality.P1080])
def test_pictures_are_scaled_down_and_never_up(engine: Engine, quality: Quality, tmp_path: Path) -> None:
    big = films.build(
        FilmSpec(
            "big", frames=45, width=2560, height=1440, tracks=(), video=("-c:v", "libx264", "-preset", "ultrafast")
        )
    )
    request = CutRequest(Fraction("0.3"), Fraction("1.2"), quality=quality)
    for film, size in ((big, (quality.lines * 16 // 9, quality.lines)), (films.film("no_audio"), (320, 180))):
        target = tmp_path / f"{film.spec.name}.mp4"
        result = engine.cut(Source(film.path), request, target)
        assert (result.width, result.height) == reader.shown_size(target) == size
        assert oracle.problems(film, request.start, request.end, result, target) == []


def test_a_film_without_sound_has_no_mp3(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(CutroomError) as failure:
        cut(engine, films.film("no_audio"), Format.MP3, tmp_path / "clip.mp3")
    assert failure.value.code is ErrorCode.NO_AUDIO


@pytest.mark.parametrize("name", films.SOUND_FILMS)
def test_sound_alone_has_no_gif(engine: Engine, name: str, tmp_path: Path) -> None:
    with pytest.raises(CutroomError) as failure:
        cut(engine, films.film(name), Format.GIF, tmp_path / "clip.gif")
    assert failure.value.code is ErrorCode.NO_VIDEO


def test_turned_pictures_come_out_upright_when_encoded(engine: Engine, tmp_path: Path) -> None:
    film, target = films.film("rotated_90"), tmp_path / "clip.mp4"
    request = CutRequest(START, END, mode=Mode.REENCODE)
    result = engine.cut(Source(film.path), request, target)
    assert (result.width, result.height) == (180, 320)
    assert oracle.problems(film, START, END, result, target) == []
