"""Films and sound in other containers: copied packet by packet where they fit, exact where they are trimmed."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.media.engine import Engine, EngineConfig
from cutroom.media.export import export
from cutroom.media.input import Source
from cutroom.model.download import Beside, Captions, Chapter, DownloadFormat, ExportRequest, ExportResult
from tests.support import films, oracle, reader, tool_judge
from tests.support.short_films import short_film
from tests.support.sparse import Sparse

pytestmark = pytest.mark.slow

F = Fraction
To = DownloadFormat
MILLISECOND = F(1, 1000)
SOUND_SLACK = 0.05
CODECS = {"mp3": "mp3", "m4a": "aac", "wav": "pcm_s16le", "ogg": "vorbis", "flac": "flac"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(EngineConfig(threads=2)) as warm:
        yield warm


def made(engine: Engine, source: Source | Path, folder: Path, form: str, *times: Any, **more: Any) -> ExportResult:
    """``folder/out.<form>``: all of the source, or from ``times``."""
    span = [F(time) if time is not None else None for time in times]
    request = ExportRequest(To(form), *span, **more)  # type: ignore[arg-type]
    result = export(engine, source, request, folder / f"out.{form}")
    assert list(folder.glob(".cutroom-*")) == []
    assert result.size_bytes == (folder / f"out.{form}").stat().st_size
    return result


def stored(path: Path) -> dict[str, list[bytes]]:
    """Packets that are shown or heard, by kind of stream and number."""
    with av.open(str(path)) as container:
        streams = [s for s in container.streams if s.type in {"video", "audio"}]
        streams = [s for s in streams if not s.disposition & s.disposition.attached_pic]
        names = {s.index: f"{s.type}{[x.index for x in streams if x.type == s.type].index(s.index)}" for s in streams}
        found: dict[str, list[bytes]] = {name: [] for name in names.values()}
        for packet in container.demux(*streams):
            if packet.size and not packet.is_discard:
                found[names[packet.stream_index]].append(bytes(packet))
        return found


def tags_of(path: Path) -> str:
    return str(reader.metadata(path))


def seldom(*case: object) -> Any:
    """A case that goes the way of another one: tried when asked for."""
    return pytest.param(*case, marks=pytest.mark.exhaustive)


WHOLE = [
    ("mp4", "mp4"), ("mp4", "mkv"), ("webm", "mp4"), ("hevc_mkv", "mp4"), ("phone", "mkv"), ("vfr", "mp4"),
    ("two_tracks", "mkv"), ("mov", "mkv"), seldom("webm", "webm"), seldom("webm", "mkv"), seldom("phone", "mp4"),
    seldom("silent", "mkv"), seldom("surround", "mp4"), seldom("odd", "mp4"),
]  # fmt: skip


@pytest.mark.films
@pytest.mark.parametrize(("kind", "form"), WHOLE)
def test_what_the_container_holds_is_copied_packet_by_packet(
    engine: Engine, tmp_path: Path, kind: str, form: str
) -> None:
    film = short_film(kind)
    result = made(engine, film.path, tmp_path, form)
    path = tmp_path / f"out.{form}"
    ours, theirs = stored(path), stored(film.path)
    assert result.copied
    assert ours["video0"] == theirs["video0"]
    for name in [name for name in theirs if name.startswith("audio")]:
        assert set(theirs[name]) <= set(ours[name])
    assert tool_judge.numbers(path) == list(film.numbers)
    shown = reader.read_pictures(path)
    assert max(abs(a.pts - shown[0].pts - b) for a, b in zip(shown, film.times, strict=True)) <= MILLISECOND
    assert shown[0].pts <= F(6, 100)
    assert (result.width, result.height) == reader.shown_size(film.path)
    assert result.frames == len(shown)
    assert abs(result.duration - film.end) <= F(1, 30)
    for track in range(len(film.spec.tracks)):
        assert max(map(abs, tool_judge.out_of_place(path, film, F(0), track))) < 0.003
    if form == "mp4":
        assert reader.is_faststart(path)
    assert "OnlyTheOwner" not in tags_of(path).replace("'title': 'OnlyTheOwner", "")  # but for the chapter's name


def test_a_transport_stream_becomes_an_mp4_without_encoding(engine: Engine, tmp_path: Path) -> None:
    film = short_film("mpegts")
    result = made(engine, film.path, tmp_path, "mp4")
    assert (result.copied, result.video_codec, result.audio_codecs) == (True, "h264", ("aac",))
    assert tool_judge.numbers(tmp_path / "out.mp4") == list(film.numbers)
    assert reader.read_pictures(tmp_path / "out.mp4")[0].pts == 0


ALONE = [
    ("mp4", "mp3"), ("mp4", "m4a"), ("mp4", "flac"), ("webm", "wav"), ("webm", "ogg"), seldom("mp4", "wav"),
    seldom("mp4", "ogg"), seldom("webm", "mp3"), seldom("webm", "m4a"), seldom("webm", "flac"),
]  # fmt: skip


@pytest.mark.films
@pytest.mark.parametrize(("kind", "form"), ALONE)
def test_the_sound_alone(engine: Engine, tmp_path: Path, kind: str, form: str) -> None:
    film, path = short_film(kind), tmp_path / f"out.{form}"
    result = made(engine, film.path, tmp_path, form)
    copied = (kind, form) in {("mp4", "m4a"), ("webm", "ogg")}
    assert (result.copied, result.video_codec, result.frames) == (copied, None, None)
    assert result.audio_codecs == (("opus",) if copied and form == "ogg" else (CODECS[form],))
    assert tool_judge.measure(path).video is None
    assert float(tool_judge.sound_length(path)) == pytest.approx(3, abs=SOUND_SLACK)
    assert float(result.duration) == pytest.approx(3, abs=SOUND_SLACK)
    assert max(map(abs, tool_judge.out_of_place(path, film, F(0)))) < SOUND_SLACK


@pytest.mark.films
@pytest.mark.parametrize("name", ["sound_mp3", "sound_flac", "sound_ogg", "sound_wav", "sound_m4a"])
def test_a_sound_file_stays_as_it_is_in_its_own_format(engine: Engine, tmp_path: Path, name: str) -> None:
    film = films.film(name)
    result = made(engine, film.path, tmp_path, film.spec.extension)
    assert result.copied
    ours, theirs = stored(tmp_path / f"out.{film.spec.extension}"), stored(film.path)
    assert b"".join(theirs["audio0"]) in b"".join(ours["audio0"])


def test_plain_samples_are_copied_however_they_were_cut_into_packets(engine: Engine, tmp_path: Path) -> None:
    """Every container groups them in its own way; all of them are there, and the same."""
    film = short_film("mov")
    result = made(engine, film.path, tmp_path, "wav")
    assert (result.copied, result.audio_codecs) == (True, ("pcm_s16le",))
    ours, theirs = (stored(path)["audio0"] for path in (tmp_path / "out.wav", film.path))
    assert len(ours) != len(theirs)
    assert b"".join(ours) == b"".join(theirs)


TRIMS = [("mp4", "mp4"), ("mp4", "mkv"), ("hevc_mkv", "mkv"), ("webm", "webm"), ("vfr", "mp4")]


@pytest.mark.films
@pytest.mark.parametrize(("kind", "form"), TRIMS)
def test_a_trim_is_exact_to_the_picture(engine: Engine, tmp_path: Path, kind: str, form: str) -> None:
    film, start, end = short_film(kind), F("0.81"), F("2.34")
    result = made(engine, film.path, tmp_path, form, start, end)
    path = tmp_path / f"out.{form}"
    wanted = oracle.expect(film, start, end)
    assert oracle.wrong_pictures(wanted, reader.read_clip(path)) == []
    assert result.frames == len(wanted.numbers)
    assert abs(result.duration - wanted.duration) <= 2 * MILLISECOND
    assert max(map(abs, tool_judge.out_of_place(path, film, wanted.start))) < 0.025
    assert abs(float(tool_judge.sound_length(path) - wanted.duration)) < SOUND_SLACK


@pytest.mark.parametrize("form", ["mp3", "m4a", seldom("wav"), "ogg", seldom("flac")])
def test_a_trim_of_the_sound_is_exact_too(engine: Engine, tmp_path: Path, form: str) -> None:
    film, path = short_film("mp4"), tmp_path / f"out.{form}"
    made(engine, film.path, tmp_path, form, "0.777", "2.111")
    assert float(tool_judge.sound_length(path)) == pytest.approx(1.334, abs=SOUND_SLACK)
    assert max(map(abs, tool_judge.out_of_place(path, film, F("0.777")))) < 0.005


@pytest.mark.parametrize("end", [None, "3", seldom("3000")])
def test_an_end_past_the_end_is_the_end(engine: Engine, tmp_path: Path, end: str | None) -> None:
    film = short_film("mp4")
    made(engine, film.path, tmp_path, "mp4", "2", end)
    assert tool_judge.numbers(tmp_path / "out.mp4") == list(range(60, 90))
    if end is not None:  # from the beginning that is all of it
        (tmp_path / "all").mkdir()
        assert made(engine, film.path, tmp_path / "all", "mp4", "0", end).copied


@pytest.mark.parametrize(
    ("kind", "form", "times", "code", "words"),
    [
        ("mp4", "mp4", ("3", None), ErrorCode.RANGE_OUTSIDE_SOURCE, r"begins? behind|beyond the end"),
        ("mp4", "mp3", ("4", "5"), ErrorCode.RANGE_OUTSIDE_SOURCE, "0:03 long"),
        ("mp4", "mp4", ("2", "1"), ErrorCode.INVALID_RANGE, "before it begins"),
        ("silent", "mp3", (), ErrorCode.NO_AUDIO, "no sound"),
    ],
)
def test_what_cannot_be_made(
    engine: Engine, tmp_path: Path, kind: str, form: str, times: tuple[str, ...], code: ErrorCode, words: str
) -> None:
    with pytest.raises(CutroomError, match=words) as caught:
        made(engine, short_film(kind).path, tmp_path, form, *times)
    assert caught.value.code is code
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_export_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.stage == "exporting":
            cancel.cancel()

    request = ExportRequest(To.WEBM, F(0), F(2))
    with pytest.raises(Cancelled):
        export(engine, short_film("mp4").path, request, tmp_path / "x.webm", on_progress=stop, cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_encoding_waits_for_its_turn_and_copying_does_not(engine: Engine, tmp_path: Path) -> None:
    turns = 0

    @contextlib.contextmanager
    def turn(_cancel: CancelToken) -> Iterator[int]:
        nonlocal turns
        turns += 1
        yield 1

    film = short_film("mp4").path
    for form, times, wanted in (("mkv", (), 0), ("m4a", (), 0), ("mp4", (F(1), F(2)), 0), ("wav", (), 1)):
        turns = 0
        export(engine, film, ExportRequest(To(form), *times), tmp_path / f"turn.{form}", turn=turn)
        assert turns == wanted, form
    export(engine, short_film("hevc_mkv").path, ExportRequest(To.MP4, F(1), F(2)), tmp_path / "turn2.mp4", turn=turn)
    assert turns == 2


# -- sources that are not one whole file ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["mp4", seldom("mkv"), "m4a"])
def test_pictures_and_sound_of_two_files(engine: Engine, tmp_path: Path, form: str) -> None:
    pictures, sound = films.film("no_audio"), films.film("sound_m4a")
    result = made(engine, Source(pictures.path, sound.path), tmp_path, form)
    path = tmp_path / f"out.{form}"
    assert result.copied
    assert result.audio_codecs == ("aac",)
    if form != "m4a":
        assert len(tool_judge.numbers(path)) == 600
    assert set(stored(sound.path)["audio0"]) <= set(stored(path)["audio0"])


def test_sound_of_another_kind_beside_pictures_is_encoded_for_its_container(engine: Engine, tmp_path: Path) -> None:
    pictures, sound = short_film("silent"), films.film("sound_ogg")
    result = made(engine, Source(pictures.path, sound.path), tmp_path, "mp4")
    assert (result.audio_codecs, result.copied) == (("aac",), False)
    assert stored(tmp_path / "out.mp4")["video0"] == stored(pictures.path)["video0"]
    offset = reader.audio_offset(reader.read_sound(tmp_path / "out.mp4"), F(0), sound, F(0), 1.0)
    assert offset is not None
    assert abs(offset) < 0.022


@pytest.mark.parametrize(
    ("name", "form", "times"),
    [
        ("faststart", "mkv", ()), ("faststart", "mp4", ("8", "9.5")), ("mkv", "mp3", ("8", "9.5")),
        seldom("vp9", "ogg", ("8", "9.5")), seldom("faststart", "m4a", ("18", "99")),
        seldom("vp9", "mp4", ("8", "9.5")),
    ],
)  # fmt: skip
def test_a_remote_file_gives_the_same_as_the_local_one(
    engine: Engine, tmp_path: Path, name: str, form: str, times: tuple[str, ...]
) -> None:
    film = films.film(name)
    remote = Sparse(film.path, tmp_path)
    far = made(engine, Source(remote), tmp_path, form, *times)
    (tmp_path / "near").mkdir()
    near = made(engine, film.path, tmp_path / "near", form, *times)
    assert (far.frames, far.audio_codecs, far.copied) == (near.frames, near.audio_codecs, near.copied)
    assert abs(far.duration - near.duration) <= MILLISECOND
    path = tmp_path / f"out.{form}"
    if far.frames:
        assert tool_judge.numbers(path) == tool_judge.numbers(tmp_path / "near" / path.name)
    start = F(times[0]) if times else F(0)
    assert max(map(abs, tool_judge.out_of_place(path, film, start))) < 0.03
    if times:
        assert len(remote.fetched) < 0.75 * remote.size


def test_sound_that_outlasts_the_pictures_is_trimmed_to_its_own_end(engine: Engine, tmp_path: Path) -> None:
    """The pictures' samples are wide too: 64 of 4:3 are 85 pixels."""
    source = tmp_path / "long.mp4"
    films.run([
        "-f", "lavfi", "-i", "testsrc=s=64x36:d=1:r=10", "-f", "lavfi", "-i", "sine=d=4", "-vf", "setsar=4/3",
        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(source),
    ])  # fmt: skip
    for file in (source, Sparse(source, tmp_path)):
        assert made(engine, Source(file), tmp_path, "flac", "0.5", "2").duration == F(3, 2)
        assert abs(made(engine, Source(file), tmp_path, "wav", "3", "9").duration - 1) < F(1, 20)
        (tmp_path / "out.flac").unlink()
        (tmp_path / "out.wav").unlink()
    assert made(engine, source, tmp_path, "webm", "0.2", "0.6").width == 85


@pytest.mark.parametrize(
    ("form", "times", "numbers"),
    [
        ("mp4", (), [*range(90), *range(90)]),
        ("mkv", ("2", "4"), [*range(60, 90), *range(30)]),
        seldom("wav", (), None),
    ],
)
def test_a_stream_whose_clock_begins_anew(
    engine: Engine, tmp_path: Path, form: str, times: tuple[str, ...], numbers: list[int] | None
) -> None:
    """As where an HLS playlist says EXT-X-DISCONTINUITY."""
    joined = tmp_path / "joined.ts"
    joined.write_bytes(short_film("mpegts").path.read_bytes() * 2)
    result = made(engine, Source(joined, None, F(6)), tmp_path, form, *times)
    assert float(result.duration) == pytest.approx(2 if times else 6, abs=0.05)
    if numbers is not None:
        shown = reader.read_pictures(tmp_path / f"out.{form}")
        assert [picture.number for picture in shown] == numbers
        steps = [float(b.pts - a.pts) for a, b in itertools.pairwise(shown)]
        assert steps == pytest.approx([1 / 30] * len(steps), abs=0.003)


# -- what is beside pictures and sound --------------------------------------------------------------------------------

STYLED = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Red,Arial,20,&H000000FF,&H0,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.50,Red,,0,0,0,,{\\\\i1}First{\\\\i0}\\\\Nline
Dialogue: 0,0:00:02.00,0:00:02.80,Red,,0,0,0,,Second, with a comma
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with styled subtitles in Polish, three chapters and a cover."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "words.ass").write_text(STYLED.replace("\\\\", "\\"))
    (folder / "chapters.txt").write_text(
        ";FFMETADATA1\n"
        + "".join(
            f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={n * 1000}\nEND={n * 1000 + 1000}\ntitle=Part {n} \\= \u017c\n"
            for n in range(3)
        )
    )
    films.run(["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", str(folder / "cover.png")])
    path = folder / "rich.mkv"
    films.run([
        "-i", str(short_film("mp4").path), "-i", str(folder / "words.ass"), "-i", str(folder / "chapters.txt"),
        "-map", "0:v", "-map", "0:a", "-map", "1:0", "-map_chapters", "2", "-map_metadata:g", "-1", "-c", "copy",
        "-metadata:s:s:0", "language=pol",
        "-attach", str(folder / "cover.png"), "-metadata:s:t:0", "mimetype=image/png", str(path),
    ])  # fmt: skip
    return path


def words(path: Path) -> list[tuple[str, str | None, float, float, str]]:
    """Codec, language, start, end and text of every line."""
    with av.open(str(path)) as container:
        found = []
        for packet in container.demux(*container.streams.subtitles):
            if packet.pts is None or not packet.size:
                continue
            stream = packet.stream
            lines = stream.codec_context.decode2(packet)  # type: ignore[attr-defined]
            for line in lines or ():
                start = float(packet.pts * packet.time_base)
                length = float((packet.duration or 0) * packet.time_base)
                text = line.ass.decode().split(",", 8)[8]
                found.append((stream.codec_context.codec.canonical_name, stream.language, start, start + length, text))
        return found


def chapters(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as container:
        return [
            (float(c["start"] * tick), float(c["end"] * tick), c["metadata"].get("title", ""))
            for c in container.chapters()
            if (tick := c["time_base"]) is not None
        ]


NAMES = [f"Part {n} = \u017c" for n in range(3)]


@pytest.mark.parametrize(("form", "codec"), [("mp4", "mov_text"), ("mkv", "ass")])
def test_subtitles_chapters_and_cover_go_along(
    engine: Engine, tmp_path: Path, rich: Path, form: str, codec: str
) -> None:
    result = made(engine, rich, tmp_path, form)
    path = tmp_path / f"out.{form}"
    assert (result.subtitles, result.chapters, result.cover, result.copied) == ((codec,), 3, True, True)
    assert result.warnings == ()
    found = words(path)
    assert [(line[0], line[1], line[2], line[3]) for line in found] == [
        (codec, "pol", 0.5, 1.5), (codec, "pol", 2.0, 2.8)
    ]  # fmt: skip
    assert "First" in found[0][4]
    assert "line" in found[0][4]
    assert found[1][4] == "Second, with a comma"
    assert chapters(path) == [(float(n), n + 1.0, NAMES[n]) for n in range(3)]
    assert tool_judge.numbers(path) == list(range(90))


def test_of_a_trim_they_are_shifted_and_clipped(engine: Engine, tmp_path: Path, rich: Path) -> None:
    result = made(engine, rich, tmp_path, "mp4", "1.2", "2.4")
    path = tmp_path / "out.mp4"
    assert (result.subtitles, result.chapters, result.cover, result.warnings) == (("mov_text",), 2, True, ())
    assert [(round(line[2], 3), round(line[3], 3)) for line in words(path)] == [(0.0, 0.3), (0.8, 1.2)]
    assert chapters(path) == [(0.0, 0.8, NAMES[1]), (0.8, 1.2, NAMES[2])]
    assert tool_judge.numbers(path) == list(range(36, 72))


def test_a_webm_has_webvtt(engine: Engine, tmp_path: Path, rich: Path) -> None:
    result = made(engine, rich, tmp_path, "webm", "0.4", "1")
    assert (result.subtitles, result.chapters) == (("webvtt",), 1)
    assert [sentence for sentence in result.warnings if "cover" in sentence] != []
    assert [(round(line[2], 3), round(line[3], 3)) for line in words(tmp_path / "out.webm")] == [(0.1, 0.6)]
    assert tool_judge.numbers(tmp_path / "out.webm") == list(range(12, 30))


@pytest.mark.parametrize(
    ("form", "parts", "cover", "left"),
    [
        ("mp3", 3, True, ["subtitles"]),
        ("m4a", 3, True, ["subtitles"]),
        ("flac", 0, True, ["subtitles", "chapters"]),
        ("ogg", 0, False, ["subtitles", "chapters", "cover"]),
        ("wav", 0, False, ["subtitles", "chapters", "cover"]),
    ],
)
def test_files_of_sound_say_what_they_do_not_hold(
    engine: Engine, tmp_path: Path, rich: Path, form: str, parts: int, cover: bool, left: list[str]
) -> None:
    result = made(engine, rich, tmp_path, form)
    assert (result.subtitles, result.chapters, result.cover) == ((), parts, cover)
    assert len(result.warnings) == len(left)
    assert all(any(word in sentence for sentence in result.warnings) for word in left)
    assert [name for _, _, name in chapters(tmp_path / f"out.{form}")] == NAMES[:parts]


def test_what_a_site_has_beside_the_film_goes_in(engine: Engine, tmp_path: Path) -> None:
    texts = [tmp_path / "a.vtt", tmp_path / "b.srt"]
    texts[0].write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<i>Eins</i> --&gt; {zwei}\n")
    texts[1].write_text("1\n00:00:00,000 --> 00:00:03,000\none\n\ntwo\n")
    films.run(["-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", str(tmp_path / "cover.webp")])
    beside = Beside(
        (Chapter(F(0), F(2), "a;#\\b\nc=[CHAPTER]"), Chapter(F(2), F(99), "")),
        (Captions(texts[0], "deu"), Captions(texts[1], "a language nobody has")),
        tmp_path / "cover.webp",
    )
    (tmp_path / "out").mkdir()
    result = made(engine, short_film("webm").path, tmp_path / "out", "mp4", beside=beside)
    path = tmp_path / "out" / "out.mp4"
    assert (result.subtitles, result.chapters, result.cover, result.copied) == (("mov_text",) * 2, 2, True, True)
    lines = sorted((str(line[1]), line[2], line[3], line[4]) for line in words(path))
    assert [line[:3] for line in lines] == [("deu", 1.0, 2.0), ("und", 0.0, 3.0)]
    assert "Eins" in lines[0][3]
    assert "two" in lines[1][3]
    assert chapters(path)[0][2] == "a;#\\b c=[CHAPTER]"


def test_what_is_broken_beside_the_film_does_not_cost_it(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.vtt").write_text("no --> words\x01")
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff" + bytes(500))
    beside = Beside((), (Captions(tmp_path / "bad.vtt", "deu"),), tmp_path / "bad.jpg")
    result = made(engine, short_film("webm").path, tmp_path, "mkv", beside=beside)
    assert (result.frames, result.cover, result.subtitles, result.copied) == (90, False, (), True)
    assert any("picture" in sentence for sentence in result.warnings)
