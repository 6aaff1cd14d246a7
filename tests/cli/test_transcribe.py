"""``cutroom transcribe``: usage, forms, and what is said beside the transcript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutroom.actions.transcribe import Transcribed
from cutroom.cli.main import main
from cutroom.cli.transcribe import content, notes
from cutroom.model.percepts import Missing, Transcript, TranscriptSource
from cutroom.perception.captions import parse
from tests.support.known_speech import INSTALLED, MISSING, SENTENCES, as_srt, say, write

FIRST = SENTENCES[:2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "SOURCE is missing"),
        (["a.mp4", "--srt", "--vtt"], "Choose one of"),
        (["a.mp4", "--srt", "--json"], "Choose one of"),
        (["a.mp4", "-o", ""], "target is empty"),
        (["a.mp4", "--bogus"], "Unknown option"),
        (["a.mp4", "--language", "klingonese"], "no language tag"),
        (["a.mp4", "--language", "english"], "en, pt-BR"),
        (["a.mp4", "--language", "e"], "no language tag"),
        (["a.mp4", "--language", "en us"], "no language tag"),
        (["a.mp4", "--language", ""], "no language tag"),
    ],
)
def test_wrong_usage_is_one_sentence(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert told in err


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", str(tmp_path / "none.mp4")]) == 3
    assert main(["transcribe", "a.mp4", "--subtitles", str(tmp_path / "none.srt")]) == 3
    (tmp_path / "text.srt").write_text("hello")
    assert main(["transcribe", "a.mp4", "--subtitles", str(tmp_path / "text.srt")]) == 2
    (tmp_path / "there.srt").write_text("kept")
    assert main(["transcribe", "a.mp4", "-o", str(tmp_path / "there.srt")]) == 5
    assert (tmp_path / "there.srt").read_text() == "kept"
    assert "neither SubRip nor WebVTT" in capsys.readouterr().err


def test_targets_that_cannot_be_written_are_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, said = tmp_path / "talk.wav", tmp_path / "talk.srt"
    film.write_bytes(b"sound")
    said.write_text("00:00:01,000 --> 00:00:02,000\nkept\n")
    order = ["transcribe", str(film), "--subtitles", str(said), "--force", "-o"]
    for target in (str(film), str(said), str(tmp_path), str(tmp_path / "none" / "a.srt"), "/dev/null"):
        assert main([*order, target]) == 5
        assert "target" in capsys.readouterr().err
    assert film.read_bytes() == b"sound"
    assert "kept" in said.read_text()


def test_that_nobody_speaks_is_told_in_json_too() -> None:
    silent = Transcribed(Transcript((), TranscriptSource.ASR), (), None)
    assert content(silent)["warnings"] == notes(silent) == ["Nobody speaks in it."]
    unclear = Transcribed(silent.transcript, (Missing("transcript", "It is too unclear."),), None)
    assert content(unclear)["warnings"] == notes(unclear) == ["It is too unclear."]


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason=MISSING)
def test_every_form_of_a_transcript(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pcm, said = say(FIRST)
    film, srt = str(write(tmp_path / "talk.wav", pcm)), tmp_path / "talk.srt"
    srt.write_text(as_srt(said))
    order = ["transcribe", film, "--subtitles", str(srt)]

    assert main(order) == 0
    out, err = capsys.readouterr()
    assert [line.partition("] ")[2] for line in out.splitlines()] == list(FIRST)
    assert err == ""

    assert main([*order, "--vtt", "-o", str(tmp_path / "out.vtt")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out.vtt")
    assert " ".join(cue.text for cue in parse((tmp_path / "out.vtt").read_text()).cues) == " ".join(FIRST)

    assert main([*order, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["language"], document["source"], document["draft"]) == ("en", "subtitle_file", False)
    assert document["segments"][0]["words"][0]["timing"] == "aligned"
    assert document["warnings"] == []


@pytest.mark.slow
def test_a_picture_alone_has_no_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.support import films

    path = tmp_path / "mute.mp4"
    films.run(["-f", "lavfi", "-i", "color=size=64x64:rate=10:duration=1", "-c:v", "libx264", str(path)])
    assert main(["transcribe", str(path)]) == 4
    assert capsys.readouterr().err == "cutroom: The file has no sound.\n"
