"""Re-encodes of the generated films, every picture's number and time and the sound's place checked against the film."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

import av
import pytest
from inline_snapshot import snapshot

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.encode import EncodePlan, PicturePlan, SoundPlan, encode
from cutroom.media.encode_picture import time_scale
from cutroom.model.clip import Format, Quality
from tests.media import recipes
from tests.media.facts import sound as sound_facts
from tests.media.facts import video as video_facts
from tests.support import oracle, reader
from tests.support.film_spec import SECRET, Film
from tests.support.films import FILMS, PICTURE_FILMS, film

pytestmark = pytest.mark.slow

FEW = int(os.environ.get("CUTROOM_TEST_CUTS", "2"))
AUDIO_TOLERANCE = 0.002
"""Seconds; sources whose own time stamps are in milliseconds, or jump by a few samples, are not truer than that."""
# Re-encoding joins pictures of two sizes; whether such a source is cut at all is decided elsewhere. So is whether the
# pictures of a range vary: the facts of this film's beginning say that they do not.
ELSEWHERE = {"ts_changing", "vfr_late"}
STEADY = [name for name in PICTURE_FILMS if name not in ELSEWHERE]
QUICK = ["h264_closed", "h264_open", "vfr", "mkv_offset", "mpegts", "h264_29_97", "audio_late", "rotated_90"]


def wrong_sound(made: recipes.Made, source: Film, track: int) -> list[str]:
    """Where the clip's sound is not the film's, by time."""
    duration = float(made.wanted.duration)
    heard, clip = reader.film_sound(source, track), reader.read_sound(made.path, track)
    # An MP3 counts from its encoder's delay on; its first sample heard is the clip's zero.
    origin = clip.start if made.encoding.expected.video_codec is None else Fraction(0)
    begin = max(0.0, float(heard.start - source.origin - made.wanted.start))
    end = min(duration, float(heard.end - source.origin - made.wanted.start))
    length = min(0.4, (end - begin) * 0.8)
    if length < 0.08:
        return []
    found = []
    for at in (begin, (begin + end - length) / 2, end - length - 0.005):
        offset = reader.audio_offset(clip, origin, source, made.wanted.start, max(at, 0), track=track, length=length)
        if offset is None or abs(offset) > AUDIO_TOLERANCE:
            found.append(f"sound {track} at {at:.3f} of {duration:.3f}: {offset}")
    if float(clip.end - origin) > duration + oracle.AAC_FRAME:
        found.append(f"sound {track} ends at {float(clip.end)}, after the clip ({duration})")
    return found


def wrong(made: recipes.Made, source: Film) -> list[str]:
    shown = reader.read_pictures(made.path)
    expected = made.encoding.expected
    found = oracle.wrong_pictures(made.wanted, shown)
    if expected.frames != len(made.wanted.numbers) or expected.duration != made.wanted.duration:
        found.append(f"the promise: {expected}")
    if (expected.width, expected.height) != reader.shown_size(made.path):
        found.append(f"size {reader.shown_size(made.path)}, promised {expected.width}x{expected.height}")
    streams = [s for s in reader.streams(made.path) if s.kind == "audio"]
    if tuple(s.codec for s in streams) != expected.audio_codecs:
        found.append(f"sound streams: {streams}")
    for track in range(len(streams)):
        found += wrong_sound(made, source, track)
    content = made.path.read_bytes()
    found += [f"{text!r} is in the file" for text in (SECRET.encode(), b"Lavc", b"Lavf", b"x264") if text in content]
    if not reader.is_faststart(made.path):
        found.append("the index is at the end")
    return found


def check(name: str, folder: Path, cuts: int) -> None:
    source = film(name)
    for start, end in oracle.random_ranges(source, min(cuts, len(source.pictures)), "encode"):
        made = recipes.make(source, start, end, folder)
        assert wrong(made, source) == [], f"{name} {float(start)}-{float(end)}"
        made.path.unlink()


@pytest.mark.parametrize("name", QUICK)
def test_every_picture_at_its_time_and_the_sound_with_it(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, FEW)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in STEADY if name not in QUICK])
def test_every_kind_of_film(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, FEW)


def test_times_are_exact_to_the_tick_where_the_container_can_hold_them(tmp_path: Path) -> None:
    for name in ("h264_29_97", "vfr", "mpegts"):
        source = film(name)
        made = recipes.make(source, Fraction(3), Fraction(5), tmp_path)
        shown = reader.read_pictures(made.path)
        assert [s.pts for s in shown] == list(made.wanted.times)
        facts = recipes.facts_of(source.path).video
        assert facts is not None
        with av.open(str(made.path)) as clip:
            stream = clip.streams.video[0]
            assert stream.time_base == Fraction(1, time_scale(facts))
            assert stream.duration is not None
            assert stream.duration * stream.time_base == made.wanted.duration
            assert abs((clip.duration or 0) - made.wanted.duration * 1_000_000) < 100


@pytest.mark.parametrize("name", ["h264_anamorphic", "h264_odd", "h264_10bit", "h264_444", "h264_full_range"])
def test_what_comes_out_plays_everywhere(name: str, tmp_path: Path) -> None:
    made = recipes.make(film(name), Fraction(2), Fraction(3), tmp_path)
    with av.open(str(made.path)) as clip:
        stream = clip.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.color_range != 2
        assert stream.width % 2 == stream.height % 2 == 0
        assert stream.sample_aspect_ratio in {None, Fraction(1)}
        assert stream.profile == "High"


def test_hdr_becomes_bt709_of_sane_brightness(tmp_path: Path) -> None:
    source = film("hevc_hdr")
    made = recipes.make(source, Fraction(2), Fraction(3), tmp_path)
    assert "dynamic range" in made.encoding.warnings[0]
    with av.open(str(made.path)) as clip:
        context = clip.streams.video[0].codec_context
        assert (int(context.color_trc), int(context.color_primaries), int(context.colorspace)) == (1, 1, 1)
        luma = next(iter(clip.decode(video=0))).to_ndarray()[: clip.streams.video[0].height]
        assert 25 < luma.mean() < 200
        assert luma.max() > 150


def test_quality_limits_lines_and_never_scales_up(tmp_path: Path) -> None:
    source = film("h264_60fps")
    made = recipes.make(source, Fraction(1), Fraction(2), tmp_path, quality=Quality.P720)
    assert reader.shown_size(made.path) == (320, 180)


def test_several_tracks_keep_language_and_order(tmp_path: Path) -> None:
    made = recipes.make(film("two_tracks"), Fraction(2), Fraction(4), tmp_path)
    streams = [s for s in reader.streams(made.path) if s.kind == "audio"]
    assert [s.language for s in streams] == ["eng", "deu"]
    with av.open(str(made.path)) as clip:
        assert [bool(s.disposition & s.disposition.default) for s in clip.streams.audio] == [True, False]


@pytest.mark.parametrize(("name", "start", "end"), [("audio_late", 0, "0.3"), ("audio_early", "19.5", 20)])
def test_a_track_is_there_and_as_long_as_the_pictures_even_where_it_is_silent(
    name: str, start: str | int, end: str | int, tmp_path: Path
) -> None:
    made = recipes.make(film(name), Fraction(start), Fraction(end), tmp_path)
    with av.open(str(made.path)) as clip:
        stream = clip.streams.audio[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == made.wanted.duration
    assert made.encoding.expected.samples == made.wanted.duration * 48000


def test_sound_from_another_file(tmp_path: Path) -> None:
    pictures, sound = film("no_audio"), film("sound_flac")
    wanted = oracle.expect(pictures, Fraction(3), Fraction(5))
    facts = recipes.facts_of(sound.path)
    plan = EncodePlan(
        Format.MP4,
        picture=recipes.picture_plan(pictures, wanted),
        sound=SoundPlan(sound.path, facts.container, facts.audio, wanted.start, wanted.end),
    )
    clip = recipes.run(encode(plan), tmp_path)
    offset = reader.audio_offset(reader.read_sound(clip), Fraction(0), sound, wanted.start, 0.5)
    assert offset is not None
    assert abs(offset) < 0.0001


@pytest.mark.parametrize(
    ("name", "rate"), [("h264_closed", 48000), ("mono_44100", 44100), ("surround", 48000), ("opus_in_mkv", 48000),
                       ("audio_early", 48000), ("audio_late", 48000)],
)  # fmt: skip
def test_mp3_has_exactly_the_samples_of_the_piece(name: str, rate: int, tmp_path: Path) -> None:
    source = film(name)
    for start, end in ((Fraction(0), Fraction(2)), (Fraction("4.2"), Fraction("7.9")), (source.end - 1, source.end)):
        made = recipes.make(source, start, end, tmp_path, Format.MP3)
        expected = made.encoding.expected
        with av.open(str(made.path)) as clip:
            count = sum(frame.samples for frame in clip.decode(audio=0))
            assert clip.streams.audio[0].rate == expected.sample_rate == rate
        assert count == expected.samples == round(made.wanted.duration * rate)
        assert wrong_sound(made, source, 0) == []
        assert SECRET.encode() not in made.path.read_bytes()


def test_mp3_from_sound_alone(tmp_path: Path) -> None:
    for name in ("sound_m4a", "sound_mp3", "sound_ogg"):
        path = film(name).path
        facts = recipes.facts_of(path)
        first = facts.origin + Fraction(3)
        for form in (Format.MP3, Format.MP4):
            plan = EncodePlan(form, sound=SoundPlan(path, facts.container, facts.audio, first, first + 2))
            sound = reader.read_sound(recipes.run(encode(plan), tmp_path))
            offset = reader.audio_offset(sound, sound.start, film(name), Fraction(3), 0.5)
            assert offset is not None
            assert abs(offset) < AUDIO_TOLERANCE


def test_a_format_that_needs_what_is_not_there() -> None:
    sound = SoundPlan(Path("/f"), "mov", (sound_facts(),), Fraction(0), Fraction(1))
    for plan, code in (
        (EncodePlan(Format.GIF, sound=sound), ErrorCode.NO_VIDEO),
        (EncodePlan(Format.MP3), ErrorCode.NO_AUDIO),
        (EncodePlan(Format.MP4), ErrorCode.NOT_MEDIA),
    ):
        with pytest.raises(CutroomError) as caught:
            encode(plan)
        assert caught.value.code is code


def test_the_line_for_an_ordinary_clip() -> None:
    picture = PicturePlan(
        Path("/f.mp4"), "mov", video_facts(), first=Fraction(10), last=Fraction(12), end=Fraction(361, 30),
        before=Fraction(299, 30), seek=Fraction(8),
    )  # fmt: skip
    sound = SoundPlan(Path("/f.mp4"), "mov", (sound_facts(),), Fraction(10), Fraction(361, 30))
    (step,) = encode(EncodePlan(Format.MP4, Quality.P720, picture, sound)).steps
    line = " ".join(step.command.arguments(Path("/s")))
    assert re.split(r" (?=-)|(?<=[,;])", line[line.index("-filter_complex ") :]) == snapshot(
        [
            "-filter_complex [0:0]trim=start=9.983333:end=12.016667,",
            "setpts=expr=round(PTS-(10)/1/TB),",
            "scale=w=1280:h=720:flags=bicubic,",
            "format=pix_fmts=yuv420p,",
            "setsar=sar=1,",
            "sidedata=mode=delete[v]",
            "-filter_complex [1:1]atrim=start=10.000000:end=12.033333,",
            "asetpts=expr=round(PTS-(10)/1/TB),",
            "aformat=channel_layouts=stereo,",
            "aresample=sample_rate=48000:async=1:min_hard_comp=0.03:first_pts=0,",
            "apad=whole_len=97600,",
            "atrim=end_sample=97600[a0]",
            "-map [v]",
            "-map [a0]",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-fflags +bitexact",
            "-flags:v +bitexact",
            "-flags:a +bitexact",
            "-c:v libx264",
            "-preset veryfast",
            "-crf 20",
            "-profile:v high",
            "-bf 2",
            "-threads:v 0",
            "-fps_mode:v passthrough",
            "-enc_time_base:v 1/15360",
            "-bsf:v filter_units=remove_types=6,",
            "setts=pts=PTS:dts=DTS:duration='if(gte(PTS,",
            "30719),",
            "512,",
            "DURATION)'",
            "-metadata:s:v:0 encoder=",
            "-c:a aac",
            "-b:a:0 192k",
            "-metadata:s:a:0 language=eng",
            "-metadata:s:a:0 encoder=",
            "-disposition:a:0 default",
            "-movflags +faststart",
            "-video_track_timescale 15360",
            "-movie_timescale 15360",
            "-f mp4 file:/s/clip.mp4",
        ]
    )


def test_every_film_of_the_catalogue_is_tried() -> None:
    assert set(STEADY) | ELSEWHERE == {name for name, spec in FILMS.items() if spec.has_video}
