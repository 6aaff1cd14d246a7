"""Captions in the picture: told by the words said while they are shown, and on drafts by how the texts behave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.burned_in import caption_lines, caption_presence
from cutroom.model.percepts import (
    FileFacts,
    Percepts,
    ScreenText,
    Segment,
    SourceFacts,
    Timing,
    Transcript,
    TranscriptSource,
    Word,
)
from tests.support.scenes import hearing, seeing, shown

LINES = (
    "why do most people burn their bread", "in the next two minutes i show you", "three steps to a perfect loaf",
    "mix the flour with cold water", "let it rest for half an hour", "fold the dough four times and wait",
    "now set the oven as hot as it goes", "bake until the crust is nearly black",
)  # fmt: skip
EACH = 2.5
LENGTH = EACH * len(LINES)


def spoken(lines: tuple[str, ...] = LINES, *, draft: bool = False, words: bool = True) -> Transcript:
    segments = []
    for number, line in enumerate(lines):
        start, tokens = EACH * number, line.split()
        step = (EACH - 0.3) / len(tokens)
        timed = tuple(
            Word(start + n * step, start + (n + 1) * step, token, Timing.NATIVE, 0.5) for n, token in enumerate(tokens)
        )
        segments.append(Segment(start, start + EACH - 0.3, line, timed if words else (), "A", 0.5))
    source = TranscriptSource.ASR if draft else TranscriptSource.SUBTITLE_FILE
    return Transcript(tuple(segments), source, "en", draft=draft)


def film(texts: list[ScreenText], transcript: Transcript | None) -> Percepts:
    heard = hearing(LENGTH, tuple((EACH * n, EACH * (n + 1) - 0.3) for n in range(len(LINES))))
    seen = seeing(LENGTH, text=tuple(texts))
    return Percepts(SourceFacts(), FileFacts(LENGTH, audio_codec="aac"), heard, transcript, seen)


def captions(lines: tuple[str, ...] = LINES, y: float = 0.8) -> list[ScreenText]:
    return [shown(line, EACH * n, EACH * (n + 1) - 0.3, y) for n, line in enumerate(lines)]


OTHER = tuple(
    f"{word} so it goes on and on"
    for word in ("quite", "completely", "different", "words", "than", "are", "said", "here")
)
SLIDES = [shown(f"Chapter {n}", EACH * n, EACH * (n + 1), 0.1) for n in range(8)]
TITLE = [shown("Three steps to a perfect loaf", 0.0, LENGTH, 0.1)]


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize(("texts", "there"), [(captions(), True), (TITLE, False), (SLIDES, False), ([], False)])
def test_with_known_words_captions_are_what_is_said(texts: list[ScreenText], there: bool, words: bool) -> None:
    assert caption_presence(film(texts, spoken(words=words))).value is there


def test_a_draft_that_hears_other_words_does_not_hide_captions() -> None:
    found = caption_presence(film(captions(), spoken(OTHER, draft=True)))
    assert (found.value, found.method) == (True, "texts that follow the speech")
    assert caption_presence(film(captions(), None)).value is True


def test_a_draft_that_hears_the_same_words_is_told_by_them() -> None:
    found = caption_presence(film(captions(), spoken(draft=True)))
    assert (found.value, found.method) == (True, "words said while they are shown")


def test_texts_that_are_not_over_enough_of_the_speech_are_no_captions_whatever_is_said() -> None:
    for texts in (TITLE, captions()[:2], [shown("SUBSCRIBE", 15, 19)]):
        assert caption_presence(film(texts, spoken(OTHER, draft=True))).value is False


@pytest.mark.parametrize("draft", [True, False])
def test_of_a_film_with_more_texts_than_are_kept_the_part_with_known_ones_tells(draft: bool) -> None:
    lines = tuple(f"{LINES[n % 8]} {n}" for n in range(4000))
    heard = hearing(EACH * 4000, tuple((EACH * n, EACH * (n + 1) - 0.3) for n in range(4000)))
    seen = seeing(EACH * 4000, text=tuple(captions(lines)[:2000]))
    other = tuple(f"{OTHER[n % 8]} {n}" for n in range(4000))
    transcript = spoken(other if draft else lines, draft=draft)
    percepts = Percepts(SourceFacts(), FileFacts(EACH * 4000, audio_codec="aac"), heard, transcript, seen)
    assert caption_presence(percepts).value is True


def test_slides_behind_a_draft_are_neither() -> None:
    found = caption_presence(film(SLIDES, spoken(OTHER, draft=True)))
    assert (found.value, bool(found.unknown_reason)) == (None, True)
    assert caption_lines(film(SLIDES, None)) == ()


def test_without_ears_and_words_nothing_tells() -> None:
    assert caption_presence(replace(film(captions(), None), hearing=None)).value is None


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20), st.floats(0, 0.9)), max_size=30), st.booleans())
def test_whatever_is_shown_there_is_an_answer_or_a_reason(spans: list[tuple[float, float, float]], known: bool) -> None:
    texts = [shown("some words here", min(a, b), max(a, b), y) for a, b, y in spans]
    percepts = film(texts, spoken(draft=True) if known else None)
    found = caption_presence(percepts)
    assert (found.value is None) == bool(found.unknown_reason)
    assert set(caption_lines(percepts)) <= set(texts)
    for part in found.components:
        assert part.raw is not None
        assert part.raw >= 0
