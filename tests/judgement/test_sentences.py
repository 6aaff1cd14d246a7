"""Sentences are the speaker's, whatever lines captions are broken into, with the times of their words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.cleaning import clean
from cutroom.judgement.sentences import sentences
from cutroom.judgement.transcript_view import transcript_view
from cutroom.model.percepts import Segment, Timing, Transcript, TranscriptSource, Word
from tests.support.speech import transcript

CAPTIONS = TranscriptSource.EMBEDDED_SUBTITLES


def cues(*rows: tuple[float, float, str], source: TranscriptSource = CAPTIONS) -> Transcript:
    return Transcript(tuple(Segment(*row) for row in rows), source, "en")


def test_a_sentence_goes_on_over_cues() -> None:
    found = sentences(cues((0, 2, "So today I want"), (2, 4, "to show you. Next one"), (4, 6, "is short.")))
    assert [one.text for one in found] == ["So today I want to show you.", "Next one is short."]
    assert (found[0].start, found[0].segment, found[1].segment) == (0, 0, 1)
    assert set(found[0].shares()) == {0, 1}


def test_abbreviations_and_numbers_end_nothing() -> None:
    found = sentences(cues((0, 5, "Dr. Smith paid 3.5 dollars, e.g. for J. Doe. Then he left.")))
    assert [one.text[:3] for one in found] == ["Dr.", "The"]


def test_without_full_stops_pauses_and_utterances_divide() -> None:
    assert len(sentences(cues((0, 1, "hello there"), (3, 4, "second thing")))) == 2
    assert len(sentences(cues((0, 1, "hello there"), (1, 2, "second thing"), source=TranscriptSource.ASR))) == 2
    assert len(sentences(cues((0, 1, "hello there"), (1, 2, "goes on")))) == 1


def test_notes_divide_and_are_not_said() -> None:
    assert [s.text for s in sentences(cues((0, 4, "hello [Music] world")))] == ["hello", "world"]


def test_times_are_those_of_the_words() -> None:
    words = tuple(Word(n, n + 0.5, word, Timing.ALIGNED) for n, word in enumerate(("one", "two", "three")))
    found = sentences(Transcript((Segment(0, 3, "One two three.", words),), CAPTIONS))
    assert found[0].times(4, 7) == (1, 1.5, 0)


@given(st.lists(st.text(max_size=60), max_size=8))
def test_every_sentence_stands_in_the_full_text(lines: list[str]) -> None:
    said = cues(*((n, n + 1.0, line) for n, line in enumerate(lines)))
    full = str(transcript_view(said, 100.0)["full_text"])
    assert full == " ".join(clean(line) for line in lines if clean(line))
    assert all(one.text in full for one in sentences(said))


def test_a_very_long_line_without_blanks_is_cut() -> None:
    assert max(len(one.text) for one in sentences(cues((0, 60, "x" * 5_000 + " end.")))) <= 801


def test_truth_of_made_speech() -> None:
    said = transcript("First sentence here. Second one there!")
    assert [(one.start, one.end) for one in sentences(said)] == [(0.0, 1.2), (1.45, 2.65)]
