"""Every tool on every kind of film, measured against the wire's table: codecs, sizes, lengths, picture by picture.

The films carry their picture numbers and a sound that never repeats. Each tool meets each kind in every run, with
parameters that take turns; all parameters with all kinds when asked for (-m exhaustive).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.engine import EngineConfig
from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.tool import ToolResult, parse
from tests.support import oracle, reader, tool_judge
from tests.support.film_spec import SECRET, Film
from tests.support.short_films import FILMS, FURTHER, SOUNDS, short_film

pytestmark = [pytest.mark.films, pytest.mark.timeout(300)]

AUDIO_CODECS = {
    "mp3": {"mp3"}, "m4a": {"aac"}, "wav": {"pcm_s16le"}, "ogg": {"vorbis", "opus"}, "flac": {"flac"}
}  # fmt: skip
CONTAINERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "mp3": "mp3", "m4a": "m4a", "wav": "wav",
              "ogg": "ogg", "flac": "flac", "gif": "gif"}  # fmt: skip
SILENT = {"silent"}
FIFTY_MS = Fraction(1, 20)
TENTH = Fraction(1, 10)
SYNC = 0.025
"""Seconds by which sound may lie elsewhere against the picture than it did: half of what people notice."""


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox(EngineConfig(threads=1)) as toolbox:
        yield toolbox


def case(tool: str, variants: list[dict[str, str]], often: Collection[str] = FILMS) -> pytest.MarkDecorator:
    """A tool on every kind of film: one of its variants in each run, the others when asked for.

    ``often`` are the kinds of each run, where others show no more.
    """
    assert tool in TOOLS
    often = set(often) - FURTHER
    cells = [
        pytest.param(
            kind, variant, id=f"{kind}-{'-'.join(variant.values()) or 'plain'}",
            marks=[] if (row + column) % len(variants) == 0 and kind in often else [pytest.mark.exhaustive],
        )
        for row, kind in enumerate(FILMS)
        for column, variant in enumerate(variants)
    ]  # fmt: skip
    return pytest.mark.parametrize(("kind", "given"), cells)


def run(toolbox: Toolbox, tool: str, film: Film, given: dict[str, str], folder: Path) -> ToolResult:
    """Run a tool; what it says of its result must be so, and nothing else may be left."""
    values = parse(TOOLS[tool].spec, given.items())
    facts = toolbox.look(film.path, tool=tool)
    toolbox.check(tool, values, facts)
    result = toolbox.run(tool, values, film.path, folder, facts=facts)
    assert list(folder.iterdir()) == [result.path]
    assert result.path.suffix == f".{result.extension}"
    assert result.size == result.path.stat().st_size
    assert SECRET.encode() not in result.path.read_bytes()
    if tool != "thumbnail":
        check_claims(result)
    return result


def check_claims(result: ToolResult) -> None:
    made = tool_judge.measure(result.path)
    assert CONTAINERS[result.extension] in made.container
    assert (result.video_codec, result.audio_codecs) == (made.video, made.audio)
    assert (result.width, result.height) == (made.shown or (None, None))
    if made.video:
        assert result.frames == len(tool_judge.shown(result.path))
    assert result.duration is not None
    assert abs(result.duration - tool_judge.length(result.path)) <= FIFTY_MS


def refused(toolbox: Toolbox, tool: str, film: Film, given: dict[str, str], folder: Path) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        run(toolbox, tool, film, given, folder)
    assert list(folder.iterdir()) == []
    return caught.value.code


def shown_size(film: Film) -> tuple[int, int]:
    return film.spec.width, film.spec.height


def check_sound(result: ToolResult, film: Film, start: Fraction = Fraction(0)) -> None:
    """Every track is there and lies where it did."""
    assert len(result.audio_codecs) == len(film.spec.tracks)
    for track in range(len(result.audio_codecs)):
        assert all(abs(late) < SYNC for late in tool_judge.out_of_place(result.path, film, start, track))


def check_upright(result: ToolResult, film: Film) -> None:
    """As large as the film, but for an odd line or column that a codec cannot hold."""
    assert result.width is not None
    assert result.height is not None
    for side, wanted in zip((result.width, result.height), shown_size(film), strict=True):
        assert side in {wanted, wanted - wanted % 2}


VIDEO_FORMATS = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus"), "mkv": ("h264", "aac")}


@case("convert", [{"outputFormat": name} for name in ("mp4", "mkv")])
def test_convert(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    check_film(toolbox, kind, given, tmp_path)


# The slowest of all encoders meets the kinds that make a difference to it; the others when asked for.
@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in {"webm", "phone", "surround"} else pytest.param(kind, marks=pytest.mark.exhaustive)
        for kind in FILMS
    ],
)
def test_convert_to_webm(toolbox: Toolbox, kind: str, tmp_path: Path) -> None:
    check_film(toolbox, kind, {"outputFormat": "webm"}, tmp_path)


def check_film(toolbox: Toolbox, kind: str, given: dict[str, str], folder: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "convert", film, given, folder)
    video, audio = VIDEO_FORMATS[given["outputFormat"]]
    assert result.extension == given["outputFormat"]
    assert (result.video_codec, set(result.audio_codecs)) == (video, {audio} if film.spec.tracks else set())
    check_upright(result, film)
    assert tool_judge.numbers(result.path) == list(film.numbers)
    assert abs(tool_judge.length(result.path) - film.end) <= TENTH
    if given["outputFormat"] == "mp4":
        assert tool_judge.measure(result.path).pixels in {"yuv420p", "yuvj420p"}
        assert reader.is_faststart(result.path)
    check_sound(result, film)


# The way of extract-audio, which meets every kind; so is audio-converter's.
@case("convert", [{"outputFormat": name} for name in AUDIO_CODECS], often=FILMS[:5])
def test_convert_to_sound(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    check_sound_file(toolbox, "convert", "outputFormat", kind, given, tmp_path)


@case("extract-audio", [{"audioFormat": name} for name in AUDIO_CODECS])
def test_extract_audio(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    check_sound_file(toolbox, "extract-audio", "audioFormat", kind, given, tmp_path)


@case("audio-converter", [{"outputFormat": name} for name in AUDIO_CODECS], often=FILMS[:5])
def test_audio_converter(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    check_sound_file(toolbox, "audio-converter", "outputFormat", kind, given, tmp_path)


def check_sound_file(
    toolbox: Toolbox, tool: str, name: str, kind: str, given: dict[str, str], folder: Path,
    length: Fraction | None = None,
) -> None:  # fmt: skip
    film = short_film(kind)
    if not film.spec.tracks:
        assert refused(toolbox, tool, film, given, folder) is ErrorCode.NO_AUDIO
        return
    result = run(toolbox, tool, film, given, folder)
    assert result.extension == given[name]
    assert result.video_codec is None
    assert set(result.audio_codecs) <= AUDIO_CODECS[given[name]]
    # Sound that goes on behind the last picture is not lost.
    wanted = max(film.end, tool_judge.sound_length(film.path)) if length is None else length
    assert abs(tool_judge.sound_length(result.path) - wanted) <= TENTH
    assert all(abs(late) < SYNC for late in tool_judge.out_of_place(result.path, film, Fraction(0)))
    expected = film.spec.tracks[0].channels
    assert tool_judge.measure(result.path).channels[0] in {expected, min(expected, 2)}


@case("compress", [{"quality": level} for level in ("low", "medium", "high")])
def test_compress(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "compress", film, given, tmp_path)
    assert result.size <= film.path.stat().st_size
    assert result.extension == "mp4"
    if not result.copied:
        assert result.video_codec == "h264"
        assert set(result.audio_codecs) <= {"aac"}
    check_upright(result, film)
    assert tool_judge.numbers(result.path) == list(film.numbers)
    assert abs(tool_judge.length(result.path) - film.end) <= TENTH
    check_sound(result, film)


def test_less_quality_is_a_smaller_file(toolbox: Toolbox, tmp_path: Path) -> None:
    film, sizes = short_film("rich"), []
    for level in ("low", "medium", "high"):
        folder = tmp_path / level
        folder.mkdir()
        result = run(toolbox, "compress", film, {"quality": level}, folder)
        assert (result.width, result.height) == (640, 360)
        assert not result.copied
        sizes.append(result.size)
    assert sizes[0] < sizes[1] < sizes[2] < film.path.stat().st_size
    assert sizes[1] < film.path.stat().st_size / 2


@case(
    "gif",
    [
        {"startTime": "0.5", "duration": "1.5", "width": "200", "fps": "10"},
        {"startTime": "0", "duration": "0.5"},
        {"startTime": "1.37", "duration": "1", "width": "161", "fps": "30"},
        {"startTime": "2", "duration": "15", "fps": "5", "width": "800"},
    ],
)
def test_gif(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "gif", film, given, tmp_path)
    start, rate = Fraction(given["startTime"]), int(given.get("fps", 15))
    long = min(Fraction(given["duration"]), film.end - start)
    wide, high = shown_size(film)
    assert result.width == int(given.get("width", min(wide, 480)))
    assert result.height is not None
    assert abs(result.height - Fraction(high * result.width, wide)) <= 1
    assert result.frames is not None
    assert abs(result.frames - long * rate) <= 1
    assert tool_judge.loops(result.path)
    found = tool_judge.numbers(result.path)
    for k, number in enumerate(found):
        at = start + Fraction(k, rate)
        # One picture more or less at the boundary: a GIF counts in hundredths.
        near = {
            tool_judge.on_screen(film, max(Fraction(0), at + shift)) for shift in (-Fraction(1, 60), Fraction(1, 60))
        }
        assert min(near) <= number <= max(near), (k, number, near)


@case(
    "thumbnail",
    [
        {"timestamp": "1.37", "format": "jpg"},
        {"width": "200", "format": "png"},
        {"timestamp": "1.9", "height": "120", "format": "webp"},
        {"timestamp": "0.71", "width": "211", "height": "97"},
    ],
)
def test_thumbnail(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "thumbnail", film, given, tmp_path)
    form = given.get("format", "jpg")
    with Image.open(result.path) as image:
        assert (str(image.format).lower(), getattr(image, "n_frames", 1)) == (form.replace("jpg", "jpeg"), 1)
        assert image.size == (result.width, result.height)
        check_fit(image.size, shown_size(film), given)
    assert tool_judge.image_number(result.path) == tool_judge.on_screen(film, Fraction(given.get("timestamp", 0)))


def check_fit(size: tuple[int, int], source: tuple[int, int], given: dict[str, str]) -> None:
    """Exact where a side was asked for; the aspect kept where one was."""
    width, height = (int(given[side]) if side in given else None for side in ("width", "height"))
    if width is None and height is None:
        assert size == source
    assert size[0] == width or width is None
    assert size[1] == height or height is None
    if width is None or height is None:
        assert abs(Fraction(size[0] * source[1], source[0]) - size[1]) <= 1


CROP = {"cropX": "60", "cropY": "40", "cropW": "110", "cropH": "90"}


@case("thumbnail", [CROP], often=("mp4", "phone", "odd"))
def test_a_crop_counts_in_pixels_as_shown(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "thumbnail", film, {"timestamp": "1", "format": "png", **given}, tmp_path)
    with Image.open(result.path) as image:
        shown = np.asarray(image.convert("RGB")).astype(int)
    assert shown.shape == (90, 110, 3)
    whole = tool_judge.pixels_at(film, tool_judge.on_screen(film, Fraction(1))).astype(int)
    assert np.abs(shown - whole[40:130, 60:170]).mean() < 4
    assert refused(toolbox, "thumbnail", film, {**given, "cropX": str(film.spec.width - 109)}, folder(tmp_path)) is (
        ErrorCode.INVALID_REQUEST
    )


def folder(tmp_path: Path) -> Path:
    empty = tmp_path / "another"
    empty.mkdir()
    return empty


@case("trim-video", [{"startTime": "0.74", "endTime": "2.21"}, {"startTime": "1", "endTime": "99"}])
def test_trim_video(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "trim-video", film, given, tmp_path)
    wanted = oracle.expect(film, Fraction(given["startTime"]), min(Fraction(given["endTime"]), film.end))
    kept = film.spec.extension
    assert result.extension == (kept if kept in {"mp4", "mov", "mkv", "webm"} else "mp4")
    found = tool_judge.numbers(result.path)
    assert found == list(wanted.numbers)
    assert abs(tool_judge.length(result.path) - wanted.duration) <= 1 / film.spec.rate
    check_upright(result, film)
    check_rate(result, film)
    check_sound(result, film, wanted.start)


def check_rate(result: ToolResult, film: Film) -> None:
    """As many pictures a second as before; where they come unevenly, as unevenly."""
    rate = tool_judge.measure(result.path).rate
    assert rate is not None
    if "vfr" not in film.spec.name:
        assert abs(rate - film.spec.rate) < Fraction(1, 2)


@case("resize-video", [{"width": "240", "height": "240"}, {"width": "201", "height": "151"}])
def test_resize_video(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "resize-video", film, given, tmp_path)
    made = tool_judge.measure(result.path)
    wanted = tuple(int(given[side]) // 2 * 2 for side in ("width", "height"))
    assert made.stored == made.shown == wanted
    assert made.aspect == 1
    assert tool_judge.numbers(result.path) == list(film.numbers)
    assert abs(tool_judge.length(result.path) - film.end) <= TENTH
    check_sound(result, film)


@case("rotate-video", [{"rotation": "90"}, {"rotation": "180"}, {"rotation": "270"}])
def test_rotate_video(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film, turn = short_film(kind), int(given["rotation"])
    result = run(toolbox, "rotate-video", film, given, tmp_path)
    made = tool_judge.measure(result.path)
    assert not tool_judge.has_matrix(result.path)
    assert made.stored == made.shown == (result.width, result.height)
    wanted = shown_size(film) if turn == 180 else shown_size(film)[::-1]
    assert all(side in {w, w - w % 2} for side, w in zip((result.width, result.height), wanted, strict=True))
    assert tool_judge.numbers(result.path, turn) == list(film.numbers)
    check_sound(result, film)


@case("remove-audio", [{}])
def test_remove_audio(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    result = run(toolbox, "remove-audio", film, given, tmp_path)
    assert result.audio_codecs == ()
    assert result.copied
    assert tool_judge.decoded(result.path) == tool_judge.decoded(film.path)
    if film.spec.extension == result.extension:  # elsewhere the packets are framed in another way
        assert tool_judge.packets(result.path) == tool_judge.packets(film.path)
    assert tool_judge.numbers(result.path) == list(film.numbers)
    before, after = film.times, tool_judge.times(result.path)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= oracle.MILLISECOND


@case("video-speed", [{"speed": "2"}, {"speed": "0.5"}, {"speed": "1.3"}, {"speed": "4"}, {"speed": "0.25"}])
def test_video_speed(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film, speed = short_film(kind), Fraction(given["speed"])
    result = run(toolbox, "video-speed", film, given, tmp_path)
    assert abs(tool_judge.length(result.path) - film.end / speed) <= TENTH
    assert result.duration is not None
    assert abs(result.duration - film.end / speed) <= TENTH
    check_upright(result, film)
    check_rate(result, film)
    found, at = tool_judge.numbers(result.path), tool_judge.times(result.path)
    assert tool_judge.rising(found)
    step = Fraction(1, 20)  # one picture of either
    for number, time in zip(found, at, strict=True):
        low = tool_judge.on_screen(film, max(Fraction(0), time * speed - step * max(Fraction(1), speed)))
        high = tool_judge.on_screen(film, time * speed + step * max(Fraction(1), speed))
        assert low <= number <= high
    if film.spec.tracks:
        # Sound that goes on behind the last picture is not lost.
        sound = tool_judge.heard(film.path)
        assert abs(tool_judge.sound_length(result.path) - (sound.end - film.origin) / speed) <= TENTH
        before, after = tool_judge.highest_pitch(film.path), tool_judge.highest_pitch(result.path)
        assert after == pytest.approx(before, rel=0.05)


TRIMMED_SOUND = {"startTime": "0.74", "endTime": "2.21"}
SAME_SOUND = {"mp4": "m4a", "hevc_mkv": "m4a", "mpegts": "m4a", "webm": "ogg", "mov": "wav"}


@case("trim-audio", [TRIMMED_SOUND])
def test_trim_audio_of_a_film(toolbox: Toolbox, kind: str, given: dict[str, str], tmp_path: Path) -> None:
    film = short_film(kind)
    if not film.spec.tracks:
        assert refused(toolbox, "trim-audio", film, given, tmp_path) is ErrorCode.NO_AUDIO
        return
    result = run(toolbox, "trim-audio", film, given, tmp_path)
    assert result.extension == SAME_SOUND.get(kind, result.extension)
    check_trimmed(result, film, given)


def check_trimmed(result: ToolResult, film: Film, given: dict[str, str]) -> None:
    start, end = Fraction(given["startTime"]), Fraction(given["endTime"])
    assert result.video_codec is None
    assert abs(tool_judge.sound_length(result.path) - (end - start)) <= FIFTY_MS
    assert all(abs(late) < SYNC for late in tool_judge.out_of_place(result.path, film, start))


@pytest.mark.parametrize("kind", SOUNDS)
def test_trim_audio(toolbox: Toolbox, kind: str, tmp_path: Path) -> None:
    film, given = short_film(kind), {"startTime": "3.21", "endTime": "5.87"}
    result = run(toolbox, "trim-audio", film, given, tmp_path)
    assert result.extension == film.spec.extension
    assert set(result.audio_codecs) <= AUDIO_CODECS[film.spec.extension]
    check_trimmed(result, film, given)


@pytest.mark.parametrize("kind", SOUNDS)
@pytest.mark.parametrize("tool", ["audio-converter", pytest.param("convert", marks=pytest.mark.exhaustive)])
def test_sound_becomes_other_sound(toolbox: Toolbox, tool: str, kind: str, tmp_path: Path) -> None:
    formats = list(AUDIO_CODECS)
    other = formats[(formats.index(short_film(kind).spec.extension) + 1 + (tool == "convert")) % len(formats)]
    whole = tool_judge.sound_length(short_film(kind).path)
    check_sound_file(toolbox, tool, "outputFormat", kind, {"outputFormat": other}, tmp_path, length=whole)


PICTURE_TOOLS: dict[str, dict[str, str]] = {
    "compress": {}, "gif": {"startTime": "0", "duration": "1"}, "thumbnail": {}, "remove-audio": {},
    "trim-video": TRIMMED_SOUND, "resize-video": {"width": "64", "height": "64"}, "rotate-video": {"rotation": "90"},
    "video-speed": {"speed": "2"}, "convert": {"outputFormat": "mp4"},
}  # fmt: skip


@pytest.mark.parametrize("tool", PICTURE_TOOLS)
def test_sound_has_no_picture_to_work_on(toolbox: Toolbox, tool: str, tmp_path: Path) -> None:
    for kind in ("sound_m4a", "sound_mp3"):
        assert refused(toolbox, tool, short_film(kind), PICTURE_TOOLS[tool], tmp_path) is ErrorCode.NO_VIDEO


IMAGE_TOOLS: dict[str, dict[str, str]] = {
    "image-converter": {"outputFormat": "png"}, "resize-image": {"width": "9", "height": "9"}, "compress-image": {}
}  # fmt: skip


@pytest.mark.parametrize("tool", IMAGE_TOOLS)
def test_a_film_is_no_image(toolbox: Toolbox, tool: str, tmp_path: Path) -> None:
    for kind in ("mp4", "webm", "sound_mp3"):
        assert refused(toolbox, tool, short_film(kind), IMAGE_TOOLS[tool], tmp_path) is ErrorCode.NOT_MEDIA


COPIES: dict[str, tuple[str, str, Callable[[Path], list[str]]]] = {
    "mp4 into mkv": ("mp4", "mkv", tool_judge.packets),
    # Without the words that its encoder has left between the pictures.
    "mp4 as it is": ("mp4", "mp4", tool_judge.decoded),
    "transport stream into mp4": ("mpegts", "mp4", tool_judge.decoded),
    "webm as it is": ("webm", "webm", tool_judge.packets),
}


@pytest.mark.parametrize("name", COPIES)
def test_what_can_be_copied_is_copied(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    kind, target, same = COPIES[name]
    film = short_film(kind)
    result = run(toolbox, "convert", film, {"outputFormat": target}, tmp_path)
    assert result.copied
    assert same(result.path) == same(film.path)


def test_every_tool_is_in_the_matrix() -> None:
    tested = Path(__file__).read_text() + Path(__file__).with_name("test_image_matrix.py").read_text()
    assert [tool for tool in TOOLS if f'"{tool}"' not in tested] == []
