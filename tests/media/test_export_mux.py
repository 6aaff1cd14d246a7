"""The command that puts a download together, as data; and other people's words in a file that ffmpeg reads."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.media.export import span_of
from cutroom.media.export_make import can_hold, generous
from cutroom.media.export_mux import Beside, Films, Muxing, chapter_file, mux
from cutroom.media.extras import Tally, TextTrack, chapters_within
from cutroom.media.tools.formats import FORMATS
from cutroom.model.download import Chapter, DownloadFormat, ExportRequest
from cutroom.model.media import MediaFacts
from tests.media import facts as known

F = Fraction

FILM = Path("/films/film.mkv")


def film(codec: str = "h264", sound: str = "aac", container: str = "mov") -> MediaFacts:
    facts = known.facts(replace(known.video(), codec=codec), (replace(known.sound(), codec=sound),))
    return replace(facts, container=container)


def command(facts: MediaFacts, form: str, beside: Beside | None = None, audio: Path | None = None) -> list[str]:
    films = Films(facts, FILM, audio, "mov" if audio else None)
    encoding = mux(Muxing(generous(FORMATS[form]), films, facts.audio, beside or Beside()))
    return encoding.steps[0].command.arguments(Path("/scratch"))


def test_other_peoples_titles_stay_titles() -> None:
    text = chapter_file((Chapter(F(0), F(1), "a=b;c#d\\\n[CHAPTER]\nSTART=5"), Chapter(F(1), F(2), "")))
    assert text.count("\n[CHAPTER]\n") == 2
    assert "title=a\\=b\\;c\\#d\\\\ [CHAPTER] START\\=5\n" in text


def test_chapters_of_a_piece() -> None:
    three = [Chapter(F(n), F(n + 1), str(n)) for n in range(3)]
    assert chapters_within(three, F(1, 2), F(2)) == (Chapter(F(0), F(1, 2), "0"), Chapter(F(1, 2), F(3, 2), "1"))
    assert chapters_within(three, F(3), None) == ()


def test_two_files_become_one_without_encoding() -> None:
    facts = film(codec="vp9", sound="opus", container="matroska")
    words = command(facts, "webm", audio=Path("/films/sound.m4a"))
    assert words.count("-i") == 2
    assert words[words.index("-c:v:0") :][:2] == ["-c:v:0", "copy"]
    assert words[words.index("-c:a:0") :][:2] == ["-c:a:0", "copy"]
    assert "-filter_complex" not in words


def test_what_is_beside_the_film_has_inputs_of_its_own() -> None:
    facts = film()
    beside = Beside(
        (TextTrack("words-2.srt", styled=False, language="x'y"),), (), (Chapter(F(0), F(1), "a"),), "cover.jpg"
    )
    words = command(facts, "mp4", beside)
    assert [words[at + 1] for at, word in enumerate(words) if word == "-i"] == [
        "file:/films/film.mkv", "file:/scratch/words-2.srt", "file:/scratch/cover.jpg", "file:/scratch/chapters.txt",
    ]  # fmt: skip
    assert "language=und" in words  # what is no language is not written
    assert words[words.index("-map_chapters") + 1] == "3"
    assert "attached_pic" in words
    assert "-attach" in command(facts, "mkv", beside)


@pytest.mark.parametrize(
    ("codec", "container", "hidden", "form", "holds"),
    [
        ("h264", "mov", 0, "mp4", True),
        ("h264", "mov", 9, "mp4", True),
        ("h264", "mov", 9, "mkv", False),
        ("h264", "avi", 0, "mp4", False),
        ("h264", "mov", 0, "webm", False),
        ("vp9", "matroska", 0, "mp4", True),
        ("vp8", "matroska", 0, "mp4", False),
        ("vp8", "matroska", 0, "webm", True),
        ("hevc", "mpegts", 0, "mkv", True),
    ],
)
def test_what_a_container_holds(codec: str, container: str, hidden: int, form: str, holds: bool) -> None:
    facts = film(codec=codec, container=container)
    obstacle = can_hold(generous(FORMATS[form]), facts, Tally(90, hidden, ()))
    assert (obstacle is None) is holds
    assert can_hold(FORMATS[form], replace(facts, video=None), None) is None


@pytest.mark.parametrize(
    ("start", "end", "length", "whole", "stops"),
    [
        (0, None, 10, True, None), (0, 10, 10, True, None), (0, 11, 10, True, None), (0, 9, 10, False, 9),
        (1, 99, 10, False, None), (0, 9, None, False, 9), (0, None, None, True, None),
    ],
)  # fmt: skip
def test_the_piece_that_is_wanted(
    start: int, end: int | None, length: int | None, whole: bool, stops: int | None
) -> None:
    request = ExportRequest(DownloadFormat.MP4, F(start), None if end is None else F(end))
    span = span_of(request, None if length is None else F(length))
    assert (span.whole, span.end) == (whole, stops)
