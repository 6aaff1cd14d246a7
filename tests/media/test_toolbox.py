"""The toolbox's promises: one verified file or nothing, refusals before any work, and the odd sources of each tool."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.media.child import MediaChild
from cutroom.media.engine import EngineConfig
from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.image import ImageFacts
from cutroom.model.media import MediaFacts
from cutroom.model.tool import ToolResult, parse
from tests.support import films, hostile, oracle, reader, tool_judge
from tests.support.film_spec import Film
from tests.support.films import film
from tests.support.short_films import short_film

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox() as started:
        yield started


def run(toolbox: Toolbox, tool: str, source: Film | Path, folder: Path, **given: object) -> ToolResult:
    path = source.path if isinstance(source, Film) else source
    values = parse(TOOLS[tool].spec, [(name, str(value)) for name, value in given.items()])
    return toolbox.run(tool, values, path, folder)


def refused(toolbox: Toolbox, tool: str, source: Film | Path, folder: Path, **given: object) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        run(toolbox, tool, source, folder, **given)
    assert list(folder.iterdir()) == []
    assert str(folder) not in str(caught.value)
    return caught.value


def out(folder: Path) -> Path:
    made = folder / "out"
    made.mkdir()
    return made


def test_the_folder_holds_the_result_and_nothing_else_is_left(toolbox: Toolbox, tmp_path: Path) -> None:
    seen: list[Progress] = []
    source = short_film("mp4")
    values = parse(TOOLS["resize-video"].spec, [("width", "64"), ("height", "48")])
    facts = toolbox.look(source.path)
    first = toolbox.run("resize-video", values, source.path, tmp_path, facts=facts, on_progress=seen.append)
    second = toolbox.run("resize-video", values, source.path, tmp_path, facts=facts)
    assert {path.name for path in tmp_path.iterdir()} == {first.path.name, second.path.name}
    assert first.path.read_bytes() == second.path.read_bytes(), "the same order gives the same bytes"
    assert {step.stage for step in seen} == {"probing", "encoding", "verifying"}
    fractions = [step.fraction for step in seen if step.stage == "encoding" and step.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_scratch_elsewhere_and_a_child_that_is_shared(tmp_path: Path) -> None:
    scratch, folder = tmp_path / "scratch", out(tmp_path)
    scratch.mkdir()
    with MediaChild() as child:
        Toolbox(EngineConfig(scratch=scratch, threads=1), child).close()
        box = Toolbox(EngineConfig(scratch=scratch, threads=1), child)
        run(box, "thumbnail", short_film("mp4"), folder)
    assert list(scratch.iterdir()) == []
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("tool", ["rotate-video", "gif"])
def test_cancel_leaves_nothing_within_a_second(toolbox: Toolbox, tool: str, tmp_path: Path) -> None:
    cancel, at = CancelToken(), [0.0]
    given = {"rotate-video": [("rotation", "90")], "gif": [("startTime", "0"), ("duration", "15"), ("width", "800")]}[
        tool
    ]

    def progress(step: Progress) -> None:
        if step.stage == "encoding" and not at[0]:
            at[0] = time.perf_counter()
            threading.Thread(target=cancel.cancel).start()

    values = parse(TOOLS[tool].spec, given)
    with pytest.raises(Cancelled):
        toolbox.run(tool, values, film("h264_closed").path, tmp_path, on_progress=progress, cancel=cancel)
    assert time.perf_counter() - at[0] < 1.5
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_media_is_refused_when_looked_at(toolbox: Toolbox, tmp_path: Path) -> None:
    folder = out(tmp_path)
    text, empty = tmp_path / "notes.mp4", tmp_path / "empty.mp4"
    text.write_text("These are only words.\n" * 50)
    empty.touch()
    for path in (text, empty):
        assert refused(toolbox, "compress", path, folder).code is ErrorCode.NOT_MEDIA
    assert refused(toolbox, "compress", tmp_path / "none.mp4", folder).code is ErrorCode.SOURCE_NOT_FOUND
    assert refused(toolbox, "compress", tmp_path, folder).code is ErrorCode.SOURCE_NOT_FOUND
    cut_off = tmp_path / "cut.mp4"
    cut_off.write_bytes(short_film("mp4").path.read_bytes()[:20_000])
    assert refused(toolbox, "compress", cut_off, folder).code is ErrorCode.MEDIA_DAMAGED


def test_lists_that_name_other_files_are_refused(toolbox: Toolbox, tmp_path: Path) -> None:
    folder, secret = out(tmp_path), tmp_path / "secret.mp4"
    secret.write_bytes(short_film("mp4").path.read_bytes())
    for number, text in enumerate((f"ffconcat version 1.0\nfile {secret.name}\n", "#EXTM3U\n#EXTINF:1,\nsecret.mp4\n")):
        listed = tmp_path / f"list{number}.mp4"
        listed.write_text(text)
        assert refused(toolbox, "convert", listed, folder, outputFormat="mkv").code is ErrorCode.NOT_MEDIA


def test_an_unknown_tool(toolbox: Toolbox, tmp_path: Path) -> None:
    facts = toolbox.look(short_film("mp4").path)
    with pytest.raises(CutroomError) as caught:
        toolbox.check("sharpen", {}, facts)
    assert caught.value.code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("tool", ["compress", "resize-video", "video-speed"])
def test_five_hours_of_4k_in_a_small_file_are_refused_before_anything_is_done(toolbox: Toolbox, tool: str) -> None:
    given = {"resize-video": [("width", "64"), ("height", "64")], "video-speed": [("speed", "4")]}.get(tool, [])
    path = hostile.bomb()
    facts = toolbox.look(path)
    with pytest.raises(CutroomError) as caught:
        toolbox.check(tool, parse(TOOLS[tool].spec, given), facts)
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY


def test_a_moving_gif_is_an_image_to_image_tools_and_a_film_to_the_others(toolbox: Toolbox, tmp_path: Path) -> None:
    path = film("animated").path
    assert isinstance(toolbox.look(path, tool="image-converter"), ImageFacts)
    facts = toolbox.look(path, tool="convert")
    assert isinstance(facts, MediaFacts)
    assert facts.kind == "gif"
    made = run(toolbox, "trim-video", path, tmp_path, startTime=1, endTime=2)
    assert (made.extension, made.frames, made.audio_codecs) == ("mp4", 20, ())


def test_kinds_and_lengths_are_found(toolbox: Toolbox) -> None:
    kinds = {"mp4": "mp4", "mov": "mov", "hevc_mkv": "mkv", "webm": "webm", "mpegts": "ts"}
    for name, kind in kinds.items():
        facts = toolbox.look(short_film(name).path)
        assert isinstance(facts, MediaFacts)
        assert facts.kind == kind
        assert all(track.duration is not None and abs(track.duration - 3) < 0.1 for track in facts.audio)


def test_a_cover_is_no_picture(toolbox: Toolbox, tmp_path: Path) -> None:
    source = film("sound_m4b_cover")
    assert refused(toolbox, "thumbnail", source, tmp_path).code is ErrorCode.NO_VIDEO
    made = run(toolbox, "audio-converter", source, tmp_path, outputFormat="mp3")
    assert [stream.kind for stream in reader.streams(made.path)] == ["audio"]


def test_hidden_pictures_stay_hidden(toolbox: Toolbox, tmp_path: Path) -> None:
    source = short_film("edit_list")
    for tool, given in (("convert", {"outputFormat": "mkv"}), ("remove-audio", {})):
        made = run(toolbox, tool, source, tmp_path, **given)
        assert tool_judge.numbers(made.path) == list(source.numbers)


def test_containers_without_times_of_showing(toolbox: Toolbox, tmp_path: Path) -> None:
    source = short_film("avi_mp3")
    for tool, given in (("remove-audio", {}), ("convert", {"outputFormat": "mp4"}), ("compress", {"quality": "low"})):
        made = run(toolbox, tool, source, tmp_path, **given)
        assert tool_judge.numbers(made.path) == list(source.numbers)
    still = run(toolbox, "thumbnail", source, tmp_path, timestamp=2, format="png")
    assert tool_judge.image_number(still.path) == 60


@pytest.mark.parametrize("codec", ["rawvideo", "utvideo"])
def test_pictures_whose_tag_alone_says_how_they_are_laid_out(toolbox: Toolbox, codec: str, tmp_path: Path) -> None:
    source, folder = tmp_path / "plain.avi", out(tmp_path)
    films.run(["-i", str(short_film("mp4").path), "-an", "-t", "1", "-c:v", codec, "-pix_fmt", "yuv420p", str(source)])
    made = run(toolbox, "trim-video", source, folder, startTime="0.5", endTime=9)
    assert tool_judge.numbers(made.path) == list(range(15, 30))
    silent = run(toolbox, "remove-audio", source, folder)
    assert tool_judge.decoded(silent.path) == tool_judge.decoded(source)


@pytest.mark.parametrize("name", ["flv", "flv_sorenson"])
def test_a_film_without_an_index_is_read_from_its_first_picture(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    source = short_film(name)
    made = run(toolbox, "compress", source, tmp_path, quality="high")
    assert tool_judge.numbers(made.path) == list(source.numbers)
    for first, last in ((0, 15), (45, 60)):
        begin, end = source.times[first], source.times[last]
        made = run(toolbox, "trim-video", source, tmp_path, startTime=float(begin), endTime=float(end))
        assert tool_judge.numbers(made.path) == list(range(first, last))


@pytest.mark.parametrize("name", ["h264_open", "vfr", "mkv_offset"])
def test_a_still_is_the_picture_on_the_screen(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    source = short_film(name)
    third = source.times[3]
    for at in (third, third - Fraction(1, 10_000), source.end - Fraction(1, 10_000)):
        still = run(toolbox, "thumbnail", source, tmp_path, timestamp=f"{float(at):.5f}", format="png")
        wanted = tool_judge.on_screen(source, Fraction(f"{float(at):.5f}"))
        assert tool_judge.image_number(still.path) == wanted


def test_interlaced_pictures_come_out_whole(toolbox: Toolbox, tmp_path: Path) -> None:
    source = film("h264_interlaced")
    still = run(toolbox, "thumbnail", source, tmp_path, timestamp=2, format="png")
    assert tool_judge.image_number(still.path) == 50
    made = run(toolbox, "trim-video", source, tmp_path, startTime=2, endTime=3)
    assert tool_judge.numbers(made.path) == list(range(50, 75))


def test_pictures_that_change_their_size_on_the_way(toolbox: Toolbox, tmp_path: Path) -> None:
    made = run(toolbox, "video-speed", film("ts_changing"), tmp_path, speed=4)
    assert (made.frames, made.width, made.height) == (150, 320, 180)
    animated = run(toolbox, "gif", film("ts_changing"), tmp_path, startTime=9, duration=2, fps=10, width=160)
    assert animated.frames == 20


def test_hdr_becomes_plain_and_says_so(toolbox: Toolbox, tmp_path: Path) -> None:
    made = run(toolbox, "trim-video", film("hevc_hdr"), tmp_path, startTime=1, endTime=2)
    assert any("dynamic range" in said for said in made.warnings)
    assert tool_judge.measure(made.path).pixels == "yuv420p"


def test_wide_samples_keep_their_shape_or_become_square(toolbox: Toolbox, tmp_path: Path) -> None:
    source = short_film("h264_anamorphic")
    fast = run(toolbox, "video-speed", source, tmp_path, speed=4)
    turned = run(toolbox, "rotate-video", source, tmp_path, rotation=90)
    assert (tool_judge.measure(fast.path).stored, (fast.width, fast.height)) == ((240, 180), (320, 180))
    made = tool_judge.measure(turned.path)
    assert (made.stored, made.aspect) == ((180, 240), Fraction(3, 4))


def test_samples_that_fill_no_whole_pixels_and_sound_that_goes_on(toolbox: Toolbox, tmp_path: Path) -> None:
    """64 samples of 4:3 are 85.33 pixels, of which Matroska states 85."""
    source = tmp_path / "wide.mp4"
    films.run([
        "-f", "lavfi", "-i", "testsrc=s=64x36:d=0.5:r=10", "-f", "lavfi", "-i", "sine=d=2", "-vf", "setsar=4/3",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(source),
    ])  # fmt: skip
    folder = out(tmp_path)
    made = run(toolbox, "convert", source, folder, outputFormat="webm")
    assert (tool_judge.measure(made.path).stored, made.width) == ((64, 36), 85)
    turned = tool_judge.measure(run(toolbox, "rotate-video", made.path, folder, rotation=90).path)
    assert (turned.stored, turned.pixels) == ((36, 64), "yuv420p")
    piece = run(toolbox, "trim-audio", source, folder, startTime="0.25", endTime="1.5")
    assert abs(tool_judge.length(piece.path) - Fraction("1.25")) < Fraction(1, 20)


def test_compressing_never_makes_larger_and_levels_differ(toolbox: Toolbox, tmp_path: Path) -> None:
    source = short_film("webm")
    sizes = [run(toolbox, "compress", source, tmp_path, quality=level).size for level in ("low", "medium", "high")]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] <= source.path.stat().st_size


def test_what_cannot_be_smaller_is_the_input_in_another_wrapping(toolbox: Toolbox, tmp_path: Path) -> None:
    once = run(toolbox, "compress", short_film("mp4"), tmp_path, quality="low")
    again = run(toolbox, "compress", once.path, tmp_path, quality="high")
    assert again.copied
    assert again.size <= once.size
    assert tool_judge.decoded(again.path) == tool_judge.decoded(once.path)
    assert any("as small as" in said for said in again.warnings)


@pytest.mark.parametrize("name", ["vp9.webm", "hevc.mkv"])
def test_what_grows_in_an_mp4_stays_where_it_is(toolbox: Toolbox, name: str, tmp_path: Path) -> None:
    codec = {"vp9.webm": ("libvpx-vp9", "-b:v", "0", "-crf", "63", "-r", "5"), "hevc.mkv": ("libx265", "-crf", "50")}
    source = tmp_path / name
    films.run([
        "-f", "lavfi", "-i", "testsrc=s=320x240:d=4", "-f", "lavfi", "-i", "sine=d=4", "-c:v", *codec[name],
        "-c:a", "libopus", "-b:a", "8k", str(source),
    ])  # fmt: skip
    made = run(toolbox, "compress", source, out(tmp_path))
    assert made.size <= source.stat().st_size
    assert (made.extension, made.copied) == (name.partition(".")[2], True)
    assert tool_judge.packets(made.path) == tool_judge.packets(source)


def test_an_encoder_that_is_not_there_is_replaced_with_a_word(tmp_path: Path) -> None:
    source = short_film("mp4")
    with Toolbox(EngineConfig(video_encoder="h264_no_such")) as box:
        made = run(box, "rotate-video", source, tmp_path, rotation=180)
    assert any("graphics processor" in said for said in made.warnings)
    assert tool_judge.numbers(made.path, 180) == list(source.numbers)


def test_an_encoder_that_gives_up_on_a_film_is_replaced_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As graphics processors do with pictures that are small, or with one film more than they take at once."""
    monkeypatch.setattr("cutroom.media.ffmpeg.hardware.works", lambda *_asked: True)
    source = short_film("mp4")
    with Toolbox(EngineConfig(video_encoder="h264_nvenc")) as box:
        made = run(box, "resize-video", source, tmp_path, width=16, height=16)
    assert any("graphics processor" in said for said in made.warnings)
    assert (made.width, made.height, made.frames) == (16, 16, 90)


def test_sound_of_a_trim_lies_where_it_did(toolbox: Toolbox, tmp_path: Path) -> None:
    for kind in ("mp4", "hevc_mkv"):
        source = short_film(kind)
        made = run(toolbox, "trim-video", source, tmp_path, startTime="0.77", endTime="2.4")
        wanted = oracle.expect(source, Fraction("0.77"), Fraction("2.4"))
        assert tool_judge.numbers(made.path) == list(wanted.numbers)
        assert all(abs(late) < 0.025 for late in tool_judge.out_of_place(made.path, source, wanted.start))


def test_damage_is_said(toolbox: Toolbox, tmp_path: Path) -> None:
    data = bytearray(short_film("mpegts").path.read_bytes())
    at = len(data) // 3 // 188 * 188
    for packet in range(at, at + 188 * 8, 188):
        data[packet + 8 : packet + 180] = bytes(172)
    broken = tmp_path / "broken.ts"
    broken.write_bytes(data)
    made = run(toolbox, "rotate-video", broken, out(tmp_path), rotation=180)
    assert any("damaged" in said for said in made.warnings)
