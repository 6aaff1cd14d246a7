"""Real recordings through every media tool that applies to them. ``CUTROOM_REAL_MEDIA`` names their folder.

Long ones are shortened first, their packets as they are. Pictures carry no numbers here, so those of a result are
compared with the source's at the same times.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.tool import ToolResult, parse
from tests.real_media.test_real_media import FOLDER, Small, difference
from tests.support import films, tool_judge

pytestmark = [
    pytest.mark.real_media,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no real recordings here (CUTROOM_REAL_MEDIA names their folder)"),
]

FILMED = ("film.mp4", "animation.webm", "no_duration.webm")
HEARD = (*FILMED, "speech.flac")
SECONDS = "1"
LONGER = "3"
TENTH = Fraction(1, 10)


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox() as toolbox:
        yield toolbox


@cache
def short(name: str, seconds: str = SECONDS) -> Path:
    """The beginning of a recording. The one without a duration stays as it is: that is what it is here for."""
    whole = FOLDER / name
    if name in {"no_duration.webm", "speech.flac"}:
        return whole
    path = films.cache_root() / f"real-{whole.stat().st_size}-{seconds}-{name}"
    with films.locked(films.cache_root() / f"real-{seconds}-{name}.lock"):
        if not path.exists():
            part = path.with_name(f"part-{path.name}")
            films.run(["-i", str(whole), "-t", seconds, "-map", "0:v", "-map", "0:a", "-c", "copy", str(part)])
            part.replace(path)
    return path


@lru_cache(maxsize=16)
def seen(path: Path) -> tuple[list[Fraction], list[Small]]:
    """When each picture is shown, from the first; and each as ``small`` has it. Read once."""
    with av.open(str(path)) as container:
        frames = list(map(_seen, container.decode(container.streams.video[0])))
    return [time - frames[0][0] for time, _ in frames], [picture for _, picture in frames]


def _seen(frame: av.VideoFrame) -> tuple[Fraction, Small]:
    assert frame.pts is not None
    assert frame.time_base is not None
    picture = frame.reformat(64, 36, "gray", interpolation="AREA").to_ndarray().astype(np.float32)
    return frame.pts * frame.time_base, picture


def run(toolbox: Toolbox, tool: str, source: Path, folder: Path, **given: str) -> ToolResult:
    values = parse(TOOLS[tool].spec, given.items())
    facts = toolbox.look(source, tool=tool)
    toolbox.check(tool, values, facts)
    result = toolbox.run(tool, values, source, folder, facts=facts)
    assert list(folder.iterdir()) == [result.path]
    assert result.size == result.path.stat().st_size
    return result


def check_pictures(result: ToolResult, source: Path, start: Fraction = Fraction(0), turn: int = 0) -> None:
    """Every picture looks like the source's at its time: like it more than like one half a second away."""
    (before, originals), (after, pictures) = seen(source), seen(result.path)
    for picture, time in list(zip(pictures, after, strict=True))[:: max(1, len(after) // 12)]:
        place = max(index for index, one in enumerate(before) if index == 0 or one <= time + start + Fraction(1, 500))
        upright = np.rot90(picture, turn // 90) if turn else picture
        near = originals[max(0, place - 1) : place + 2]
        if upright.shape == near[0].shape:
            assert min(difference(upright, one) for one in near) < 9


# Where MP4 is made MKV is made in the same way.
MAKES = ["mp4", "webm", pytest.param("mkv", marks=pytest.mark.exhaustive)]


@pytest.mark.parametrize("target", MAKES)
@pytest.mark.parametrize("name", FILMED)
def test_convert(toolbox: Toolbox, name: str, target: str, tmp_path: Path) -> None:
    source = short(name)
    result = run(toolbox, "convert", source, tmp_path, outputFormat=target)
    codecs = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus"), "mkv": ("h264", "aac")}[target]
    assert (result.video_codec, *result.audio_codecs) == codecs
    assert result.frames == len(seen(source)[0])
    assert abs(tool_judge.length(result.path) - tool_judge.length(source)) <= TENTH
    check_pictures(result, source)


@pytest.mark.parametrize("name", FILMED)
def test_compress(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    source = short(name)
    result = run(toolbox, "compress", source, tmp_path, quality="medium")
    assert result.extension == "mp4"
    assert result.size <= source.stat().st_size
    check_pictures(result, source)


SOUND_FORMATS = ("mp3", "m4a", "wav", "ogg", "flac")
SOUND_TOOLS = ("extract-audio", "audio-converter", "convert")
# Every recording meets every tool, the formats taking turns; all formats of all tools when asked for.
SOUNDS = [
    pytest.param(
        name, tool, target, id=f"{name}-{tool}-{target}",
        marks=[] if (row + column) % len(SOUND_FORMATS) == place else [pytest.mark.exhaustive],
    )
    for row, name in enumerate(HEARD)
    for column, tool in enumerate(SOUND_TOOLS)
    for place, target in enumerate(SOUND_FORMATS)
]  # fmt: skip


@pytest.mark.parametrize(("name", "tool", "target"), SOUNDS)
def test_sound(toolbox: Toolbox, name: str, tool: str, target: str, tmp_path: Path) -> None:
    source = short(name)
    result = run(toolbox, tool, source, tmp_path, **{"audioFormat" if tool[0] == "e" else "outputFormat": target})
    assert (result.extension, result.video_codec, len(result.audio_codecs)) == (target, None, 1)
    longest = tool_judge.sound_length(source) if name == "speech.flac" else tool_judge.length(source)
    assert abs(tool_judge.sound_length(result.path) - longest) <= Fraction(1, 5)
    before, after = tool_judge.heard(source).samples, tool_judge.heard(result.path).samples
    loud, quiet = (float(np.sqrt((samples**2).mean())) for samples in (before, after))
    assert quiet == pytest.approx(loud, rel=0.15, abs=0.002)


@pytest.mark.parametrize("name", FILMED)
def test_gif(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "gif", short(name), tmp_path, startTime="0.2", duration="0.7", width="240", fps="10")
    assert (result.width, result.frames) == (240, 7)
    check_pictures(result, short(name), Fraction("0.2"))


@pytest.mark.parametrize("name", FILMED)
def test_thumbnail(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    source = short(name, LONGER)
    result = run(toolbox, "thumbnail", source, tmp_path, timestamp="1.5", width="320")
    with Image.open(result.path) as image:
        assert image.size == (320, 180)
        picture = np.asarray(image.convert("L").resize((64, 36), Image.Resampling.BOX)).astype(np.float32)
    times, pictures = seen(source)
    place = max(index for index, time in enumerate(times) if time <= Fraction("1.5"))
    assert difference(picture, pictures[place]) < 6


@pytest.mark.parametrize("name", FILMED)
def test_trim_video(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    source = short(name, LONGER)
    result = run(toolbox, "trim-video", source, tmp_path, startTime="1.234", endTime="2.4")
    assert result.extension == Path(name).suffix.removeprefix(".")
    times, _ = seen(source)
    inside = sum(Fraction("1.234") <= time < Fraction("2.4") for time in times)
    assert result.frames is not None
    assert abs(result.frames - inside) <= 1
    check_pictures(result, source, min(times, key=lambda time: abs(time - Fraction("1.234"))))


@pytest.mark.parametrize("name", FILMED)
def test_resize_video(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "resize-video", short(name), tmp_path, width="321", height="180")
    assert (result.width, result.height) == (320, 180)
    check_pictures(result, short(name))


@pytest.mark.parametrize("name", FILMED)
def test_rotate_video(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "rotate-video", short(name), tmp_path, rotation="180")
    assert not tool_judge.has_matrix(result.path)
    check_pictures(result, short(name), turn=180)


@pytest.mark.parametrize("name", FILMED)
def test_remove_audio(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "remove-audio", FOLDER / name, tmp_path)
    assert result.audio_codecs == ()
    assert tool_judge.packets(result.path) == tool_judge.packets(FOLDER / name)


@pytest.mark.parametrize("name", FILMED)
def test_video_speed(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "video-speed", short(name), tmp_path, speed="2")
    assert abs(tool_judge.length(result.path) - tool_judge.length(short(name)) / 2) <= TENTH


@pytest.mark.parametrize("name", HEARD)
def test_trim_audio(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    result = run(toolbox, "trim-audio", FOLDER / name, tmp_path, startTime="1.2", endTime="3.45")
    assert result.video_codec is None
    assert abs(tool_judge.sound_length(result.path) - Fraction("2.25")) <= Fraction(1, 20)


@pytest.fixture(scope="module")
def photo(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that a camera has taken."""
    folder = tmp_path_factory.mktemp("photo")
    return run(toolbox, "thumbnail", FOLDER / "film.mp4", folder, timestamp="2").path


def test_an_image(toolbox: Toolbox, photo: Path, tmp_path: Path) -> None:
    with Image.open(photo) as image:
        before = np.asarray(image.convert("L")).astype(np.float32)
    for number, (tool, given, size) in enumerate([
        ("image-converter", {"outputFormat": "webp"}, (640, 360)),
        ("image-converter", {"outputFormat": "png"}, (640, 360)),
        ("resize-image", {"width": "320", "height": "180"}, (320, 180)),
        ("compress-image", {"quality": "60"}, (640, 360)),
    ]):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        result = run(toolbox, tool, photo, folder, **given)
        with Image.open(result.path) as image:
            assert image.size == size
            after = np.asarray(image.convert("L").resize((640, 360))).astype(np.float32)
        assert float(np.abs(after - before).mean()) < 5
