"""The commands that plans become: golden argument lists, and what they promise to bring out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from cutroom.media.encode_plan import PicturePlan
from cutroom.media.tools.copying import copy_film
from cutroom.media.tools.film import Means, encode_film
from cutroom.media.tools.formats import FORMATS
from cutroom.media.tools.pictures import shape_of
from cutroom.media.tools.sound_file import encode_sound
from cutroom.media.tools.still import encode_gif, encode_still
from cutroom.media.tools.tool import Crop, FilmPlan, GifPlan, Pictures, SoundFilePlan, Sounds, Span, StillPlan
from tests.media import facts as imagined
from tests.media.tools.lines import line, safe, source

PATH = Path("/f.mp4")


def film(target: str, **more: object) -> FilmPlan:
    return FilmPlan(FORMATS[target], Pictures.ENCODE, Sounds.KEEP, **more)  # type: ignore[arg-type]


def test_the_line_for_another_size() -> None:
    encoding = encode_film(film("mp4", size=(640, 480)), source(imagined.video(), imagined.sound()), Means(2))
    assert safe(encoding)
    assert line(encoding) == snapshot(
        [
            "-threads 2",
            "-f mov",
            "-i file:/f.mp4",
            "-filter_complex_threads 2",
            "-filter_complex [0:0]trim=start=-0.000500:end=59.983333,",
            "setpts=expr=round(PTS-(0)/1/TB),",
            "scale=w=640:h=480:flags=bicubic,",
            "format=pix_fmts=yuv420p,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
            "-map [v]",
            "-map 0:1",
            "-c:v libx264",
            "-preset veryfast",
            "-crf 20",
            "-profile:v high",
            "-bf 3",
            "-threads:v 2",
            "-fps_mode:v passthrough",
            "-enc_time_base:v 1/15360",
            "-metadata:s:v:0 encoder=",
            "-bsf:v filter_units=remove_types=6,",
            "setts=pts=PTS:dts=DTS:duration='if(gte(PTS,",
            "921087),",
            "512,",
            "DURATION)'",
            "-c:a:0 copy",
            "-metadata:s:a:0 language=eng",
            "-disposition:a:0 default",
            "-metadata:s:a:0 encoder=",
            "-movflags +faststart",
            "-video_track_timescale 15360",
            "-movie_timescale 15360",
            "-f mp4 file:/s/film.mp4",
        ]
    )
    assert (encoding.expected.width, encoding.expected.height, encoding.expected.frames) == (640, 480, 1800)


def test_the_line_for_twice_the_speed() -> None:
    plan = replace(film("mp4", speed=Fraction(2)), sounds=Sounds.ENCODE)
    encoding = encode_film(plan, source(imagined.video(), imagined.sound()), Means())
    assert line(encoding) == snapshot(
        [
            "-threads 0",
            "-reinit_filter 0",
            "-f mov",
            "-i file:/f.mp4",
            "-threads 1",
            "-f mov",
            "-i file:/f.mp4",
            "-filter_complex_threads 0",
            "-filter_complex [0:0]trim=start=-0.000500:end=59.983333,",
            "setpts=expr=round(PTS-(0)/1/TB),",
            "settb=expr=1/90000,",
            "setpts=expr=round(PTS*1/2-1/120/TB),",
            "fps=fps=30/1:start_time=0:round=up,",
            "tpad=stop=-1:stop_mode=clone,",
            "trim=end_frame=900,",
            "scale=w=1920:h=1080:flags=bicubic,",
            "format=pix_fmts=yuv420p,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
            "-filter_complex [1:1]atrim=start=0.000000:end=60.000000,",
            "asetpts=expr=round(PTS-(0)/1/TB),",
            "aformat=channel_layouts=stereo,",
            "aresample=sample_rate=48000:async=1:min_hard_comp=0.03:first_pts=0,",
            "atempo=tempo=2.000000000,",
            "apad=whole_len=1440000,",
            "atrim=end_sample=1440000[a0]",
            "-map [v]",
            "-map [a0]",
            "-c:v libx264",
            "-preset veryfast",
            "-crf 20",
            "-profile:v high",
            "-bf 3",
            "-threads:v 0",
            "-fps_mode:v passthrough",
            "-enc_time_base:v 1/15360",
            "-metadata:s:v:0 encoder=",
            "-bsf:v filter_units=remove_types=6,",
            "setts=pts=PTS:dts=DTS:duration='if(gte(PTS,",
            "460287),",
            "512,",
            "DURATION)'",
            "-c:a:0 aac",
            "-b:a:0 192000",
            "-metadata:s:a:0 language=eng",
            "-disposition:a:0 default",
            "-metadata:s:a:0 encoder=",
            "-movflags +faststart",
            "-video_track_timescale 15360",
            "-movie_timescale 15360",
            "-f mp4 file:/s/film.mp4",
        ]
    )
    assert (encoding.expected.frames, encoding.expected.duration, encoding.expected.sound) == (
        900,
        Fraction(30),
        Fraction(30),
    )


def test_the_line_for_webm() -> None:
    encoding = encode_film(film("webm", turn=90), source(replace(imagined.video(), rotation=90)), Means(1))
    assert line(encoding) == snapshot(
        [
            "-threads 1",
            "-f mov",
            "-i file:/f.mp4",
            "-filter_complex_threads 1",
            "-filter_complex [0:0]trim=start=-0.000500:end=59.983333,",
            "setpts=expr=round(PTS-(0)/1/TB),",
            "scale=w=1920:h=1080:flags=bicubic,",
            "format=pix_fmts=yuv420p,",
            "hflip,",
            "vflip,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
            "-map [v]",
            "-c:v libvpx-vp9",
            "-crf 32",
            "-b:v 0",
            "-deadline realtime",
            "-cpu-used 5",
            "-row-mt 1",
            "-tile-columns 2",
            "-g 240",
            "-threads:v 1",
            "-fps_mode:v passthrough",
            "-enc_time_base:v 1/15360",
            "-metadata:s:v:0 encoder=",
            "-f webm file:/s/film.webm",
        ]
    )
    assert (encoding.expected.width, encoding.expected.height) == (1920, 1080)


def test_the_line_for_a_bound() -> None:
    plan = film("mp4", crf=28, preset="faster", sound_bits=112_000)
    encoding = encode_film(plan, source(imagined.video()), Means(most_bits=6_000_000))
    words = line(encoding)
    assert words[words.index("-preset faster") :][:4] == [
        "-preset faster", "-crf 28", "-maxrate:v 80000", "-bufsize:v 1200000"
    ]  # fmt: skip


def test_the_line_for_a_copy() -> None:
    facts = replace(imagined.facts(imagined.video(), (imagined.sound(),)), origin=Fraction(7, 2))
    facts = replace(facts, audio=(replace(imagined.sound(), start=Fraction(7, 2)),))
    encoding = copy_film(FilmPlan(FORMATS["mkv"], Pictures.KEEP, Sounds.KEEP), facts, PATH)
    assert safe(encoding)
    assert line(encoding) == snapshot(
        [
            "-threads 1",
            "-itsoffset -3.500000",
            "-f mov",
            "-i file:/f.mp4",
            "-map 0:0",
            "-map 0:1",
            "-c:v copy",
            "-metadata:s:v:0 encoder=",
            "-c:a:0 copy",
            "-metadata:s:a:0 language=eng",
            "-disposition:a:0 default",
            "-metadata:s:a:0 encoder=",
            "-f matroska file:/s/film.mkv",
        ]
    )
    assert (encoding.copied, encoding.expected.copied) == (True, True)


def test_sound_that_the_target_does_not_take_is_encoded_beside_copied_pictures() -> None:
    facts = imagined.facts(imagined.video(), (replace(imagined.sound(), codec="ac3", channels=6),))
    encoding = copy_film(FilmPlan(FORMATS["mkv"], Pictures.KEEP, Sounds.KEEP), facts, PATH)
    words = line(encoding)
    assert words[-12:] == snapshot(
        [
            "apad=whole_len=2880000,",
            "atrim=end_sample=2880000[a0]",
            "-map 0:0",
            "-map [a0]",
            "-c:v copy",
            "-metadata:s:v:0 encoder=",
            "-c:a:0 aac",
            "-b:a:0 384000",
            "-metadata:s:a:0 language=eng",
            "-disposition:a:0 default",
            "-metadata:s:a:0 encoder=",
            "-f matroska file:/s/film.mkv",
        ]
    )
    assert (encoding.copied, encoding.expected.copied, encoding.expected.sound) == (False, True, Fraction(60))


def test_the_lines_for_sound() -> None:
    facts = imagined.facts(imagined.video(), (imagined.sound(),))
    trimmed = SoundFilePlan(FORMATS["mp3"], Span(Fraction(10), Fraction(12)), copy=False)
    assert line(encode_sound(trimmed, facts, PATH)) == snapshot(
        [
            "-threads 1",
            "-noaccurate_seek",
            "-seek_timestamp 1",
            "-ss 8.000000",
            "-f mov",
            "-i file:/f.mp4",
            "-filter_complex_threads 1",
            "-filter_complex [0:1]atrim=start=10.000000:end=12.000000,",
            "asetpts=expr=round(PTS-(10)/1/TB),",
            "aformat=channel_layouts=stereo,",
            "aresample=sample_rate=48000:async=1:min_hard_comp=0.03:first_pts=0,",
            "apad=whole_len=96000,",
            "atrim=end_sample=96000[a0]",
            "-map [a0]",
            "-c:a:0 libmp3lame",
            "-b:a:0 192000",
            "-metadata:s:a:0 encoder=",
            "-write_xing 1",
            "-id3v2_version 0",
            "-f mp3 file:/s/sound.mp3",
        ]
    )
    assert line(encode_sound(SoundFilePlan(FORMATS["m4a"]), facts, PATH)) == snapshot(
        [
            "-threads 1",
            "-f mov",
            "-i file:/f.mp4",
            "-map 0:1",
            "-c:a:0 copy",
            "-metadata:s:a:0 encoder=",
            "-movflags +faststart",
            "-f ipod file:/s/sound.m4a",
        ]
    )
    assert line(encode_sound(SoundFilePlan(FORMATS["flac"]), facts, PATH))[3:-3] == snapshot(
        [
            "-filter_complex_threads 1",
            "-filter_complex [0:1]atrim=start=0.000000:end=60.000000,",
            "asetpts=expr=round(PTS-(0)/1/TB),",
            "aresample=sample_rate=48000:async=1:min_hard_comp=0.03:first_pts=0,",
            "aformat=sample_fmts=s16,",
            "apad=whole_len=2880000,",
            "atrim=end_sample=2880000[a0]",
            "-map [a0]",
        ]
    )


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_sound_keeps_a_rate_that_its_format_has(rate: int) -> None:
    facts = imagined.facts(None, (replace(imagined.sound(), codec="mp3", sample_rate=rate),))
    assert encode_sound(SoundFilePlan(FORMATS["mp3"], copy=False), facts, PATH).expected.sample_rate == rate


def test_the_line_for_one_picture() -> None:
    picture = PicturePlan(PATH, "mov", imagined.video(), Fraction(1), Fraction(1), Fraction(31, 30), seek=Fraction(0))
    crop = Crop(11, 21, 101, 77)
    assert line(encode_still(StillPlan(Fraction(1), "jpg", (50, 38), crop), picture, 1)) == snapshot(
        [
            "-threads 1",
            "-noaccurate_seek",
            "-seek_timestamp 1",
            "-ss 0.000000",
            "-f mov",
            "-i file:/f.mp4",
            "-filter_complex_threads 1",
            "-filter_complex [0:0]trim=start=0.999500:end=1.016667,",
            "setpts=expr=round(PTS-(1)/1/TB),",
            "scale=w=1920:h=1080:flags=bicubic,",
            "format=pix_fmts=rgb24,",
            "crop=w=101:h=77:x=11:y=21,",
            "scale=w=50:h=38:flags=bicubic,",
            "scale=out_color_matrix=bt601:out_range=pc,",
            "format=pix_fmts=yuvj420p,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
            "-map [v]",
            "-c:v mjpeg",
            "-q:v 2",
            "-frames:v 1",
            "-update 1",
            "-fps_mode:v passthrough",
            "-f image2 file:/s/image.jpg",
        ]
    )
    assert line(encode_still(StillPlan(Fraction(1), "png", (99, 55)), picture, 1))[5:-6] == snapshot(
        [
            "-i file:/f.mp4",
            "-filter_complex_threads 1",
            "-filter_complex [0:0]trim=start=0.999500:end=1.016667,",
            "setpts=expr=round(PTS-(1)/1/TB),",
            "scale=w=99:h=55:flags=bicubic,",
            "format=pix_fmts=rgb24,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
        ]
    )


def test_a_gif_has_as_many_pictures_as_asked_for_and_not_those_of_the_source() -> None:
    plan = GifPlan(Span(Fraction(3), Fraction(5)), (251, 141), Fraction(30))
    slow = source(replace(imagined.video(), frame_rate=Fraction(5)), first=Fraction(3), end=Fraction(5))
    expected = encode_gif(plan, slow, Fraction(2)).expected
    assert (expected.frames, expected.width, expected.height, expected.frame_rate) == (60, 251, 141, Fraction(30))


SIZES = st.tuples(st.integers(2, 4000), st.integers(2, 4000))


@given(SIZES, st.sampled_from([0, 90, 180, 270]), st.sampled_from([0, 90, 180, 270]), st.booleans(), st.booleans())
def test_shapes(size: tuple[int, int], rotation: int, turn: int, odd: bool, vp9: bool) -> None:
    facts = replace(imagined.video(*size), rotation=rotation, sample_aspect=Fraction(4, 3))  # type: ignore[arg-type]
    shape = shape_of(film("webm" if vp9 else "mp4", turn=turn, odd=odd), facts)
    quarter = (rotation + turn) % 180 == 90
    wanted = size[::-1] if quarter else size
    if shape.full_chroma:
        assert not vp9
        assert odd
    if not vp9 and not odd:
        wanted = wanted[0] // 2 * 2, wanted[1] // 2 * 2
    assert shape.geometry.shown == wanted
    assert shape.geometry.stored == (wanted[::-1] if quarter else wanted)
    assert shape.aspect == (Fraction(3, 4) if quarter else Fraction(4, 3))
    assert vp9 or shape.full_chroma or not (wanted[0] % 2 or wanted[1] % 2)


@pytest.mark.parametrize(("size", "even"), [((1, 1), (2, 2)), ((1, 7), (2, 6)), ((7, 1), (6, 2)), ((7, 3), (6, 2))])
def test_a_single_line_is_made_two_and_not_cropped_to_them(size: tuple[int, int], even: tuple[int, int]) -> None:
    shape = shape_of(film("mp4", odd=False), imagined.video(*size))
    assert (shape.geometry.stored, shape.geometry.scaled) == (even, 1 in size)


def test_shapes_of_samples_are_stated_exactly_and_in_numbers_that_films_can_state() -> None:
    facts = replace(imagined.video(640, 360), sample_aspect=Fraction(853, 640))
    words = line(encode_film(film("mp4", turn=90), source(facts), Means()))
    assert "setsar=sar=640/853:max=65535," in words
    fine = shape_of(film("mp4"), replace(facts, sample_aspect=Fraction(1_000_003, 999_999)))
    assert max(fine.aspect.as_integer_ratio()) < 65_536


@given(st.fractions(Fraction(1, 4), 4), st.integers(1, 6000), st.sampled_from([24000, 25000, 30000, 60000]))
def test_speeds_keep_the_rate_and_divide_the_length(speed: Fraction, frames: int, thousandths: int) -> None:
    rate = Fraction(thousandths, 1001 if thousandths != 25000 else 1000)
    video = replace(imagined.video(), frame_rate=rate)
    end = frames / rate
    plan = replace(film("mp4", speed=speed), sounds=Sounds.ENCODE)
    stretch = source(video, imagined.sound(), end=end, rate=rate)
    expected = encode_film(plan, stretch, Means()).expected
    assert expected.frames is not None
    assert expected.duration == expected.frames / rate
    assert abs(expected.duration - end / speed) <= 1 / rate
    assert expected.sound == end / speed


@pytest.mark.parametrize("name", FORMATS)
def test_five_channels_and_a_bass_go_where_they_can(name: str) -> None:
    facts = imagined.facts(imagined.video(), (replace(imagined.sound(), codec="dts", channels=6, layout="5.1(side)"),))
    if FORMATS[name].sound_only:
        encoding = encode_sound(SoundFilePlan(FORMATS[name]), facts, PATH)
    else:
        encoding = encode_film(film(name), source(facts.video, *facts.audio), Means())
    mixed = [word for word in encoding.warnings if "mixed down" in word]
    assert mixed == (["A sound track of 6 channels was mixed down to stereo."] if name == "mp3" else [])
