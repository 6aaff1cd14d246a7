"""Transcripts as files: readable cues, and nothing in a text that means something to a player."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Segment, Timing, Transcript, TranscriptSource, Word
from cutroom.perception.captions import parse
from cutroom.perception.subtitles import LINE, LINES, _width, cues, readable, srt, vtt


def transcript(*texts: str, speakers: str = "") -> Transcript:
    found, at = [], 0.0
    for number, text in enumerate(texts):
        words = []
        for token in text.split():
            words.append(Word(round(at, 3), round(at + 0.3, 3), token, Timing.ALIGNED))
            at += 0.35
        if words:
            speaker = speakers[number] if speakers else None
            found.append(Segment(words[0].start, words[-1].end, " ".join(text.split()), tuple(words), speaker))
    return Transcript(tuple(found), TranscriptSource.ASR)


LONG = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness."


def test_long_sentences_become_cues_that_can_be_read() -> None:
    shown = cues(transcript(LONG))
    assert len(shown) == 2
    assert all(len(one.lines) <= LINES and all(len(line) <= LINE for line in one.lines) for one in shown)
    assert " ".join(line for one in shown for line in one.lines) == LONG


def test_a_player_reads_what_was_written() -> None:
    source = transcript("Hello --> there <b>you</b> & me.", LONG)
    for text in (srt(source), vtt(source)):
        assert " ".join(cue.text for cue in parse(text).cues).startswith("Hello ->") or "Hello --> there" in " ".join(
            cue.text for cue in parse(text).cues
        )
    assert "&lt;b&gt;you&lt;/b&gt; &amp; me." in vtt(source)
    assert " --> there" not in vtt(source)


def test_voices_are_named_where_there_are_several() -> None:
    assert "<v A>" not in vtt(transcript("One.", speakers="A"))
    assert "<v B>Two." in vtt(transcript("One.", "Two.", speakers="AB"))


def test_nothing_said() -> None:
    empty = transcript()
    assert (srt(empty), vtt(empty), readable(empty)) == ("", "WEBVTT\n", "")


def test_a_line_says_when_and_who() -> None:
    assert readable(transcript("Hello there.", speakers="A")) == "[00:00:00.0] A: Hello there."


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120), max_size=6))
def test_cues_are_short_and_never_overlap(texts: list[str]) -> None:
    source = transcript(*texts)
    shown = cues(source)
    assert all(1 <= len(one.lines) <= LINES or len(one.lines[0].split()) == 1 for one in shown)
    assert all(_width(line) <= LINE for one in shown for line in one.lines)
    assert all(one.start < one.end for one in shown)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(shown))
    assert vtt(source).count("-->") == len(shown)
