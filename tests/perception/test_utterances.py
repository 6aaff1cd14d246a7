"""Segments: sentences, breaths, people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Timing, Turn, Word
from cutroom.perception.utterances import Piece, in_order_of_speech, segments


def said(text: str, start: float = 0.0, each: float = 0.4, confidence: float | None = None) -> list[Word]:
    return [
        Word(start + number * each, start + (number + 1) * each, token, Timing.ALIGNED, confidence)
        for number, token in enumerate(text.split())
    ]


def test_cues_that_part_a_sentence_are_joined_and_sentences_in_a_cue_are_parted() -> None:
    pieces = [
        Piece(said("I went to the")),
        Piece(said("shop. It was closed. Mr. Smith", 2.0)),
        Piece(said("left.", 5.0)),
    ]
    assert [one.text for one in segments(pieces, None)] == [
        "I went to the shop.", "It was closed.", "Mr. Smith left.",
    ]  # fmt: skip


def test_without_punctuation_a_breath_ends_a_segment() -> None:
    found = segments([Piece(said("so this is") + said("what we do", 2.0))], None)
    assert [one.text for one in found] == ["so this is", "what we do"]


def test_endless_talk_is_parted() -> None:
    found = segments([Piece(said(" ".join(["word"] * 500), each=0.3))], None)
    assert len(found) > 7
    assert max(one.end - one.start for one in found) <= 25.5


def test_speakers_are_those_of_most_of_the_time_in_order_of_speech() -> None:
    turns = [Turn(0, 2, "C"), Turn(2, 5, "B"), Turn(5, 9, "C")]
    found = in_order_of_speech(
        segments([Piece(said("One two three four five. Six seven eight nine ten eleven twelve."))], turns)
    )
    assert (found[0].text, found[0].speaker) == ("One two three four five.", "A")
    assert found[1].speaker == "B"


def test_a_change_of_speaker_parts_a_text_without_punctuation() -> None:
    found = segments([Piece(said("one two three four five six seven eight"))], [Turn(0, 1.6, "A"), Turn(1.6, 3.2, "B")])
    assert [(one.text, one.speaker) for one in found] == [("one two three four", "A"), ("five six seven eight", "B")]


def test_confidence_is_the_mean_of_what_is_known() -> None:
    assert segments([Piece(said("a b.", confidence=0.5))], None)[0].confidence == 0.5
    assert segments([Piece(said("a b."))], None)[0].confidence is None


def test_nothing_said_is_no_segment() -> None:
    assert segments([], None) == ()
    assert segments([Piece([])], []) == ()


@given(
    st.lists(st.sampled_from(["a", "b.", "c,", "-", "Mr.", "d?"]), max_size=80),
    st.lists(st.tuples(st.floats(0, 30), st.floats(0.1, 9), st.sampled_from("ABC")), max_size=6),
)
def test_no_word_is_lost_and_times_are_those_of_the_words(
    tokens: list[str], turns: list[tuple[float, float, str]]
) -> None:
    words = said(" ".join(tokens))
    found = segments([Piece(words)], [Turn(start, start + length, who) for start, length, who in turns])
    assert [word for one in found for word in one.words] == words
    assert all(one.start == one.words[0].start and one.end == one.words[-1].end for one in found)
