"""What each tool plans, from values and facts alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.tools import TOOLS
from cutroom.media.tools.sources import fitted, require
from cutroom.media.tools.tool import (
    Crop,
    Facts,
    FilmPlan,
    GifPlan,
    Pictures,
    Plan,
    SoundFilePlan,
    Sounds,
    Span,
    StillPlan,
)
from cutroom.model.image import ImageFacts, ImageFormat
from cutroom.model.media import AudioFacts, MediaFacts, VideoFacts
from cutroom.model.tool import Needs, parse
from tests.media import facts as imagined


def film(picture: VideoFacts | None = None, *tracks: AudioFacts, kind: str = "mp4") -> MediaFacts:
    return replace(imagined.facts(picture or imagined.video(), tracks or (imagined.sound(),)), kind=kind)


def song(codec: str, kind: str) -> MediaFacts:
    track = replace(imagined.sound(), codec=codec, index=0)
    return replace(imagined.facts(None, (track,)), kind=kind)


def image() -> ImageFacts:
    return ImageFacts(ImageFormat.PNG, 10, 640, 480, 640, 480, 1, "RGB", 8, has_alpha=False)


def plan(name: str, facts: Facts, **given: object) -> Plan:
    tool = TOOLS[name]
    values = parse(tool.spec, [(key, str(value)) for key, value in given.items()])
    require(tool.spec.needs, facts)
    tool.check(values, facts)
    return tool.plan(values, facts)


def film_plan(name: str, facts: Facts, **given: object) -> FilmPlan:
    made = plan(name, facts, **given)
    assert isinstance(made, FilmPlan)
    return made


def sound_plan(name: str, facts: Facts, **given: object) -> SoundFilePlan:
    made = plan(name, facts, **given)
    assert isinstance(made, SoundFilePlan)
    return made


def refused(name: str, facts: Facts, **given: object) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        plan(name, facts, **given)
    return caught.value


TOOL_NEEDS = [(name, tool.spec.needs) for name, tool in TOOLS.items()]
GIVEN: dict[str, dict[str, object]] = {
    "convert": {"outputFormat": "mp4"}, "gif": {"startTime": 0, "duration": 1},
    "trim-video": {"startTime": 0, "endTime": 1}, "trim-audio": {"startTime": 0, "endTime": 1},
    "resize-video": {"width": 64, "height": 64},
    "rotate-video": {"rotation": 90}, "video-speed": {"speed": 2}, "audio-converter": {"outputFormat": "mp3"},
    "image-converter": {"outputFormat": "jpg"}, "resize-image": {"width": 9, "height": 9},
}  # fmt: skip


@pytest.mark.parametrize(("name", "needs"), TOOL_NEEDS)
def test_a_file_without_what_the_tool_needs(name: str, needs: Needs) -> None:
    given = GIVEN.get(name, {})
    picture_only, sound_only = imagined.facts(imagined.video(), ()), imagined.facts(None, (imagined.sound(),))
    wanted: dict[Needs, list[tuple[Facts, ErrorCode]]] = {
        Needs.PICTURE: [(sound_only, ErrorCode.NO_VIDEO), (image(), ErrorCode.NO_VIDEO)],
        Needs.SOUND: [(picture_only, ErrorCode.NO_AUDIO), (image(), ErrorCode.NO_AUDIO)],
        Needs.IMAGE: [(picture_only, ErrorCode.NOT_MEDIA), (sound_only, ErrorCode.NOT_MEDIA)],
        Needs.ANY: [(image(), ErrorCode.NO_VIDEO)],
    }
    for facts, code in wanted[needs]:
        error = refused(name, facts, **given)
        assert error.code is code
        assert bool(error.next_step) == (code is ErrorCode.NO_VIDEO or isinstance(facts, ImageFacts))


def test_convert_needs_what_its_target_holds() -> None:
    assert refused("convert", song("mp3", "mp3"), outputFormat="mkv").code is ErrorCode.NO_VIDEO
    assert refused("convert", imagined.facts(imagined.video(), ()), outputFormat="wav").code is ErrorCode.NO_AUDIO
    assert sound_plan("convert", film(), outputFormat="wav").target.name == "wav"
    made = film_plan("convert", film(), outputFormat="webm")
    assert (made.target.name, made.pictures, made.sounds) == ("webm", Pictures.KEEP, Sounds.KEEP)


def test_compress_has_three_levels() -> None:
    low, medium, high = (film_plan("compress", film(), quality=level) for level in ("low", "medium", "high"))
    assert film_plan("compress", film()) == medium
    assert (low.crf or 0) > (medium.crf or 0) > (high.crf or 0) > 0
    assert (low.sound_bits or 0) < (medium.sound_bits or 0) < (high.sound_bits or 0)
    assert low.share < medium.share < high.share < 1
    assert (low.size, medium.size, high.size) == ((1280, 720), None, None)
    assert {level.target.name for level in (low, medium, high)} == {"mp4"}
    assert low.limit == film().size_bytes


def test_compress_caps_the_shorter_side_as_shown() -> None:
    tall = replace(imagined.video(1920, 1080), rotation=90)
    assert film_plan("compress", film(tall), quality="low").size == (720, 1280)
    assert film_plan("compress", film(imagined.video(1280, 720)), quality="low").size is None


def test_compress_leaves_sound_that_is_small_already() -> None:
    small, large = (replace(imagined.sound(), bit_rate=bits) for bits in (64_000, 320_000))
    assert film_plan("compress", film(None, small)).sounds is Sounds.KEEP
    assert film_plan("compress", film(None, large)).sounds is Sounds.ENCODE
    assert film_plan("compress", film(None, imagined.sound())).sounds is Sounds.ENCODE


def test_gif_is_as_wide_as_asked_for_and_480_otherwise() -> None:
    def made(picture: VideoFacts, **given: object) -> GifPlan:
        planned = plan("gif", film(picture), startTime=3, duration=2, **given)
        assert isinstance(planned, GifPlan)
        return planned

    assert made(imagined.video()) == GifPlan(Span(Fraction(3), Fraction(5)), (480, 270), Fraction(15))
    assert made(imagined.video(320, 180)).size == (320, 180)
    assert made(imagined.video(320, 180), width=801 - 1).size == (800, 450)
    assert made(imagined.video(), width=251, fps=30) == GifPlan(
        Span(Fraction(3), Fraction(5)), (251, 141), Fraction(30)
    )
    assert made(replace(imagined.video(), rotation=90)).size == (480, 853)


def test_thumbnails_are_exact_or_keep_their_aspect() -> None:
    def made(**given: object) -> StillPlan:
        planned = plan("thumbnail", film(imagined.video(1919, 1079)), **given)
        assert isinstance(planned, StillPlan)
        return planned

    assert made() == StillPlan(Fraction(0), "jpg", (1919, 1079))
    assert made(width=100).size == (100, 56)
    assert made(height=100).size == (178, 100)
    assert made(width=99, height=333, timestamp="2.5", format="webp") == StillPlan(Fraction(5, 2), "webp", (99, 333))
    cropped = made(cropX=1900, cropY=1000, cropW=19, cropH=79)
    assert (cropped.crop, cropped.size) == (Crop(1900, 1000, 19, 79), (19, 79))
    assert made(cropX=0, cropY=0, cropW=200, cropH=100, width=50).size == (50, 25)


@pytest.mark.parametrize(
    ("crop", "field"),
    [((1919, 0, 1, 1), "cropX"), ((0, 1079, 1, 1), "cropY"), ((1900, 0, 20, 1), "cropW"), ((0, 1000, 1, 80), "cropH")],
)
def test_a_crop_outside_the_picture(crop: tuple[int, ...], field: str) -> None:
    given = dict(zip(("cropX", "cropY", "cropW", "cropH"), crop, strict=True))
    error = refused("thumbnail", film(imagined.video(1919, 1079)), **given)
    assert (error.code, error.fields) == (ErrorCode.INVALID_REQUEST, {"field": field})
    assert "1919x1079" in error.message


def test_a_crop_counts_in_pixels_as_shown() -> None:
    turned = film(replace(imagined.video(), rotation=270))
    assert refused("thumbnail", turned, cropX=1080, cropY=0, cropW=1, cropH=1).fields == {"field": "cropX"}
    plan("thumbnail", turned, cropX=1079, cropY=1919, cropW=1, cropH=1)


@pytest.mark.parametrize("name", ["trim-video", "trim-audio", "gif", "thumbnail"])
@pytest.mark.parametrize("start", [60, 61])
def test_a_start_at_or_beyond_the_end(name: str, start: int) -> None:
    times = {"gif": {"duration": 1}, "thumbnail": {}}.get(name, {"endTime": 99})
    begin = "timestamp" if name == "thumbnail" else "startTime"
    error = refused(name, film(), **{begin: start}, **times)
    assert (error.code, error.fields["field"]) == (ErrorCode.INVALID_RANGE, begin)
    assert "must lie before the end: the file is 1:00 long" in error.message


def test_an_end_past_the_end_is_the_end() -> None:
    assert film_plan("trim-video", film(), startTime=1, endTime=60).span == Span(Fraction(1), None)
    assert film_plan("trim-video", film(), startTime=0, endTime=99).span.whole
    assert film_plan("trim-video", film(), startTime=1, endTime=2).span == Span(Fraction(1), Fraction(2))
    assert sound_plan("trim-audio", film(), startTime=1, endTime=99).span == Span(Fraction(1), None)


def test_sound_that_outlasts_the_pictures_is_trimmed_up_to_its_own_end() -> None:
    longer = film(None, replace(imagined.sound(), start=Fraction(5), duration=Fraction(95)))
    longer = replace(longer, origin=Fraction(5))
    assert sound_plan("trim-audio", longer, startTime=50, endTime=70).span == Span(Fraction(50), Fraction(70))
    assert sound_plan("trim-audio", longer, startTime=70, endTime=95).span == Span(Fraction(70), None)
    assert refused("trim-audio", longer, startTime=95, endTime=99).fields["duration"] == 95
    assert refused("trim-video", longer, startTime=70, endTime=99).fields["duration"] == 60


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "webm", "ts", "avi", "gif", ""])
def test_containers_are_kept_where_we_write_them(kind: str) -> None:
    kept = kind if kind in {"mp4", "mov", "mkv", "webm"} else "mp4"
    for name in ("trim-video", "resize-video", "rotate-video", "video-speed"):
        assert film_plan(name, film(kind=kind), **GIVEN[name]).target.name == kept


@pytest.mark.parametrize(
    ("codec", "kind", "target", "coded"),
    [("mp3", "mp3", "mp3", "mp3"), ("aac", "m4a", "m4a", "aac"), ("alac", "m4a", "m4a", "alac"),
     ("pcm_s24le", "wav", "wav", "pcm_s24le"), ("vorbis", "ogg", "ogg", "vorbis"), ("opus", "ogg", "ogg", "opus"),
     ("flac", "flac", "flac", "flac"), ("aac", "aac", "m4a", "aac"), ("opus", "webm", "ogg", "opus"),
     ("pcm_s16be", "aiff", "wav", None), ("ac3", "ac3", "m4a", None), ("wmav2", "wmv", "m4a", None)],
)  # fmt: skip
def test_trimmed_sound_keeps_its_format(codec: str, kind: str, target: str, coded: str | None) -> None:
    made = sound_plan("trim-audio", song(codec, kind), startTime=1, endTime=2)
    assert (made.target.name, made.codec, made.copy) == (target, coded, False)


def test_sound_of_a_film_is_trimmed_into_the_home_of_its_codec() -> None:
    assert sound_plan("trim-audio", film(), startTime=1, endTime=2).target.name == "m4a"


def test_odd_sizes_are_lowered_when_resizing() -> None:
    assert film_plan("resize-video", film(), width=201, height=17).size == (200, 16)
    assert film_plan("resize-video", film(), width=7680, height=4320).size == (7680, 4320)


def test_a_turn_scales_nothing_whatever_shape_samples_have() -> None:
    wide = film(replace(imagined.video(640, 360), sample_aspect=Fraction(4, 3)))
    for facts in (wide, film()):
        assert film_plan("rotate-video", facts, rotation=90).size is None


@pytest.mark.parametrize(
    ("codec", "kind", "target"),
    [("h264", "mp4", "mp4"), ("hevc", "mkv", "mkv"), ("vp9", "webm", "webm"), ("mpeg2video", "ts", "mkv"),
     ("vp9", "mov", "mkv"), ("h263", "mp4", "mkv"), ("h263", "mov", "mov"), ("dvvideo", "avi", "mkv"),
     ("svq1", "avi", "mov")],
)  # fmt: skip
def test_pictures_without_sound_stay_where_they_are_or_go_where_they_fit(codec: str, kind: str, target: str) -> None:
    made = film_plan("remove-audio", film(replace(imagined.video(), codec=codec), kind=kind))
    assert (made.target.name, made.pictures, made.sounds) == (target, Pictures.COPY, Sounds.NONE)


def test_pictures_that_nothing_holds_unchanged() -> None:
    error = refused("remove-audio", film(replace(imagined.video(), codec="gif"), kind="gif"))
    assert error.code is ErrorCode.SOURCE_UNSUPPORTED


def test_a_speed_of_one_copies() -> None:
    assert film_plan("video-speed", film(), speed=1).pictures is Pictures.KEEP
    made = film_plan("video-speed", film(), speed="0.25")
    assert (made.pictures, made.sounds, made.speed) == (Pictures.ENCODE, Sounds.ENCODE, Fraction(1, 4))


def test_the_side_that_was_not_asked_for() -> None:
    assert fitted((1920, 1080), None, None) == (1920, 1080)
    assert fitted((3, 2), 101, None) == (101, 67)
    assert fitted((10_000, 1), 100, None) == (100, 1)
