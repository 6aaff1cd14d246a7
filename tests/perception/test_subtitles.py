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


def test_the_last_word_of_a_sentence_is_not_left_alone() -> None:
    text = "It was the best of times, it was the worst of times and it was the age of all wisdom, they said to us then."
    for last in ("", " so", " so now", " so now indeed"):
        shown = cues(transcript(text.removesuffix(".") + last + "."))
        assert all(sum(len(line.split()) for line in one.lines) > 1 for one in shown)
        assert " ".join(line for one in shown for line in one.lines) == text.removesuffix(".") + last + "."


def test_a_word_after_a_pause_or_a_sentence_may_stand_alone() -> None:
    words = [Word(0.4 * n, 0.4 * n + 0.3, word, Timing.ALIGNED) for n, word in enumerate(["and", "then", "he", "said"])]
    late = Word(9.0, 9.4, "nothing", Timing.ALIGNED)
    paused = Transcript((Segment(0.0, 9.4, "and then he said nothing", (*words, late)),), TranscriptSource.ASR)
    assert [one.lines for one in cues(paused)] == [("and then he said",), ("nothing",)]


@given(st.lists(st.text("abcdefg,", min_size=1, max_size=10), min_size=4, max_size=60))
def test_no_word_that_is_said_right_after_others_stands_alone(texts: list[str]) -> None:
    shown = cues(transcript(" ".join(texts)))
    assert all(sum(len(line.split()) for line in one.lines) > 1 for one in shown)
    assert all(one.end - one.start <= 7.0 + 1e-6 for one in shown)
    assert " ".join(line for one in shown for line in one.lines).split() == texts


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=120), max_size=6))
def test_cues_are_short_and_never_overlap(texts: list[str]) -> None:
    source = transcript(*texts)
    shown = cues(source)
    assert all(1 <= len(one.lines) <= LINES or len(one.lines[0].split()) == 1 for one in shown)
    assert all(_width(line) <= LINE for one in shown for line in one.lines)
    assert all(one.start < one.end for one in shown)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(shown))
    assert vtt(source).count("-->") == len(shown)
