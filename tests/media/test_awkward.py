"""Sources that are legal and awkward, or damaged: nothing goes missing without a word."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.engine import Engine
from cutroom.model.clip import CutRequest, CutResult, Format, Mode
from tests.support import films, reader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as started:
        yield started


def _made(folder: Path, name: str, *arguments: str) -> Path:
    films.run([*arguments, str(folder / name)])
    return folder / name


def _cut(
    engine: Engine, source: Path, start: object, end: object, kind: Format = Format.MP4, **more: object
) -> CutResult:
    request = CutRequest(Fraction(str(start)), Fraction(str(end)), kind, **more)  # type: ignore[arg-type]
    return engine.cut(source, request, source.with_name(f"clip.{kind.value}"), overwrite=True)


def _numbers(source: Path) -> list[int]:
    return [shown.number for shown in reader.read_pictures(source.with_name("clip.mp4"))]


FILM = "h264_closed"


@pytest.mark.parametrize("mode", list(Mode))
def test_a_range_without_sound_is_a_clip_with_a_warning(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    whole = str(films.film(FILM).path)
    source = _made(tmp_path, "s.mp4", "-i", whole, "-map", "0:v", "-map", "0:a", "-c:v", "copy", "-af", "atrim=end=5")
    result = _cut(engine, source, 8, 14, mode=mode)
    assert result.mode is mode
    assert _numbers(source) == list(range(240, 420))
    assert any("no sound in 6.0 s" in warning for warning in result.warnings)


@pytest.mark.parametrize("mode", [Mode.EXACT, Mode.INSTANT])
def test_sound_that_ends_right_before_the_range_is_left_out(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    whole = str(films.film(FILM).path)
    ending = ("-c:v", "copy", "-af", "atrim=end=7.98")
    source = _made(tmp_path, "s.mp4", "-i", whole, "-map", "0:v", "-map", "0:a", *ending)
    result = _cut(engine, source, 8, "8.2", mode=mode)
    assert any("no sound in 0.20 s" in warning for warning in result.warnings)
    with av.open(str(source.with_name("clip.mp4"))) as clip:
        assert clip.duration == pytest.approx(200_000, abs=34_000)
        assert not [track for track in clip.streams.audio if (track.duration or 0) <= 0]


def test_a_bare_stream_without_times_is_named_as_that(engine: Engine, tmp_path: Path) -> None:
    whole = str(films.film(FILM).path)
    source = _made(tmp_path, "bare.h264", "-i", whole, "-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb")
    with pytest.raises(CutroomError, match="does not say when") as refused:
        _cut(engine, source, 1, 2)
    assert refused.value.code is ErrorCode.SOURCE_UNSUPPORTED


@pytest.mark.parametrize("mode", list(Mode))
def test_sound_that_begins_seconds_late_stays_late(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    whole = str(films.film(FILM).path)
    late = ("-i", whole, "-itsoffset", "3", "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy")
    source = _made(tmp_path, "late.mp4", *late)
    assert any("no sound in 3.0 s" in warning for warning in _cut(engine, source, 0, 8, mode=mode).warnings)
    sound = reader.read_sound(tmp_path / "clip.mp4")
    offset = reader.audio_offset(sound, Fraction(0), films.film(FILM), Fraction(-3), 5.0)
    assert offset is not None
    assert abs(offset) < (0.022 if mode is Mode.REENCODE else 0.002)
    assert _cut(engine, source, 0, "2.5", mode=mode).frames == 75


def test_the_shape_of_pixels_stated_by_the_container_alone(engine: Engine, tmp_path: Path) -> None:
    source = _made(
        tmp_path, "wide.mkv", "-i", str(films.film(FILM).path), "-map", "0:v", "-c", "copy", "-aspect", "2.35"
    )
    result = _cut(engine, source, 2, 12)
    assert result.mode is Mode.REENCODE
    assert result.width is not None
    assert result.height is not None
    assert abs(result.width / result.height - 2.35) < 0.02


@pytest.mark.parametrize("mode", [Mode.EXACT, Mode.INSTANT])
def test_a_transport_stream_without_sound_is_copied(engine: Engine, tmp_path: Path, mode: Mode) -> None:
    source = _made(tmp_path, "mute.ts", "-i", str(films.film(FILM).path), "-map", "0:v", "-c", "copy")
    assert _cut(engine, source, "3.37", "8.71", mode=mode).mode is mode
    assert _numbers(source) == list(range(101, 261))


def test_sound_that_changes_its_channels_midway(engine: Engine, tmp_path: Path) -> None:
    whole = str(films.film(FILM).path)
    stereo = _made(tmp_path, "2.ac3", "-i", whole, "-vn", "-t", "10", "-c:a", "ac3", "-ac", "2")
    around = _made(tmp_path, "6.ac3", "-i", whole, "-vn", "-t", "10", "-c:a", "ac3", "-ac", "6")
    (tmp_path / "both.ac3").write_bytes(stereo.read_bytes() + around.read_bytes())
    both = str(tmp_path / "both.ac3")
    source = _made(tmp_path, "both.ts", "-i", whole, "-i", both, "-map", "0:v", "-map", "1:a", "-c", "copy")
    assert _cut(engine, source, 6, 15).frames == 270
    assert reader.read_sound(tmp_path / "clip.mp4").samples.any()


def test_lengths_that_a_format_only_guesses_are_counted(engine: Engine, tmp_path: Path) -> None:
    quiet = ("-f", "lavfi", "-i", "anullsrc=r=48000", "-f", "lavfi", "-i", "anoisesrc=r=48000:seed=1")
    joined = ("-filter_complex", "[0]atrim=end=30[a];[1]atrim=end=20[b];[a][b]concat=v=0:a=1", "-c:a", "aac")
    source = _made(tmp_path, "sound.aac", *quiet, *joined)
    assert engine.probe(source).duration == pytest.approx(50, abs=0.1)
    with pytest.raises(CutroomError) as caught:
        _cut(engine, source, 60, 70, Format.MP3)
    assert caught.value.code is ErrorCode.RANGE_OUTSIDE_SOURCE
    assert _cut(engine, source, 45, 49, Format.MP3).duration == 4


def test_sound_cut_off_in_the_middle_is_not_filled_up_with_silence(engine: Engine, tmp_path: Path) -> None:
    whole = films.film("sound_flac").path.read_bytes()
    source = tmp_path / "half.flac"
    source.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CutroomError) as caught:
        _cut(engine, source, 15, 18, Format.MP3)
    assert caught.value.code is ErrorCode.RANGE_OUTSIDE_SOURCE


@pytest.mark.parametrize("kind", [Format.GIF, Format.MP3])
def test_damage_is_said(engine: Engine, tmp_path: Path, kind: Format) -> None:
    data = bytearray(films.film(FILM).path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 30_000] = bytes(range(256)) * 117 + bytes(48)
    source = tmp_path / "hurt.mp4"
    source.write_bytes(data)
    try:
        result = _cut(engine, source, 4, 16, kind)
    except CutroomError as error:
        assert error.code is ErrorCode.MEDIA_DAMAGED  # noqa: PT017  either says it
    else:
        assert any("damaged" in warning for warning in result.warnings)


def test_a_mode_that_is_not_possible_is_said(engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "vp9.webm"
    source.write_bytes(films.film("vp9").path.read_bytes())
    result = _cut(engine, source, 2, 4, mode=Mode.INSTANT)
    assert any('"instant" was asked for' in warning for warning in result.warnings)


def test_an_end_shortly_beyond_the_source_is_said(engine: Engine, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(films.film(FILM).path.read_bytes())
    assert any("ends at 0:20" in warning for warning in _cut(engine, source, 11, "20.5").warnings)
    assert _cut(engine, source, 11, 20).warnings == ()


def test_a_link_as_target_stays_a_link(engine: Engine, tmp_path: Path) -> None:
    real, link = tmp_path / "real.mp4", tmp_path / "link.mp4"
    link.symlink_to(real)
    engine.cut(films.film(FILM).path, CutRequest(Fraction(1), Fraction(2)), link)
    assert link.is_symlink()
    assert real.stat().st_size > 1000
