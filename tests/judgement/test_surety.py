"""Nothing that reads as a fact is made of words that may be misheard; captions are read as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cutroom.judgement.creator import creator
from cutroom.judgement.growth import growth
from cutroom.judgement.scores import scores
from cutroom.judgement.surety import heard, partly_sure
from cutroom.judgement.understanding import understand
from cutroom.model.percepts import Percepts, Segment, SourceFacts, Timing, Transcript, TranscriptSource, Word
from tests.support.judged import Film
from tests.support.scenes import shown

LINES = (
    "how to bake sourdough bread in your own oven",
    "first whisk the flour and the butter for the cake",
    "my name is zelda and i cook dinner with garlic in my kitchen",
    "subscribe to my channel and leave a comment",
)


def said(confidence: float, *, draft: bool, sure: frozenset[str] = frozenset()) -> Transcript:
    segments = []
    for number, line in enumerate(LINES):
        words = tuple(
            Word(5.0 * number + 0.4 * n, 5.0 * number + 0.4 * n + 0.3, text, Timing.NATIVE,
                 0.95 if text in sure else confidence)
            for n, text in enumerate(line.split())
        )  # fmt: skip
        segments.append(Segment(words[0].start, words[-1].end, line, words, "A", confidence))
    return Transcript(tuple(segments), TranscriptSource.ASR, "en", "made", draft=draft)


def film(transcript: Transcript, title: str | None = None) -> Percepts:
    vectors = tuple((1.0, 0.0) for _ in transcript.segments)
    made = Film(duration=22.0).percepts()
    source = SourceFacts(title=title, file_name="my_first-film.mp4")
    seen = made.seeing and replace(made.seeing, text=())
    return replace(
        made, source=source, seeing=seen, transcript=transcript, reading=replace(made.reading, vectors=vectors)
    )


def report(percepts: Percepts) -> tuple[dict[str, Any], dict[str, Any]]:
    """All fields, and the evidence by pointer."""
    understood, text = understand(percepts)
    made = creator(percepts, text)
    grown = growth(percepts, made, text)
    found = scores(percepts, made, grown, text)
    fields = {**understood.fields["media_understanding"], "creator": made.fields, "growth": grown.fields}
    return {**fields, "scores": found.fields}, {**understood.evidence, **made.evidence, **found.evidence}


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("draft", [True, False])
def test_no_unsure_word_is_told_as_a_fact(draft: bool) -> None:
    fields, evidence = report(film(said(0.5, draft=draft)))
    del fields["transcript"]
    told = " ".join(strings(fields)).casefold()
    assert not [w for w in ("sourdough", "flour", "zelda", "garlic", "subscribe", "butter") if w in told]
    overview = fields["content_overview"]
    assert overview["title"] == "my first film"
    assert (overview["summary"], overview["category"], overview["tone"]) == (None, None, None)
    assert "rough draft" in evidence["/media_understanding/content_overview/category"].unknown_reason
    assert fields["entities"]["topics"] == fields["entities"]["keywords"] == []


def test_what_was_not_found_in_a_draft_is_unknown_and_not_none() -> None:
    fields, evidence = report(film(said(0.5, draft=True)))
    assert fields["creator"]["cta"]["present"] is None
    assert fields["creator"]["readability"]["sentiment"] is None
    assert fields["creator"]["hook_analysis"]["hook_type"] is None
    assert fields["scores"]["cta_effectiveness"] is None
    assert fields["scores"]["educational_value"] is None
    assert 0.5 <= evidence["/scores/hook_strength"].coverage < 0.7
    assert evidence["/scores/retention_design"].coverage < 1
    assert "rough draft" in evidence["/media_understanding/audio_analysis/speech/filler_words"].unknown_reason


def test_what_is_asked_on_screen_is_asked_whatever_is_said() -> None:
    draft = film(said(0.5, draft=True))
    assert draft.seeing is not None
    text = (shown("Dr. Zelda Ng", 2, 5), shown("Subscribe for more!", 18, 21))
    fields, evidence = report(replace(draft, seeing=replace(draft.seeing, text=text)))
    assert fields["creator"]["cta"] == {
        "present": True, "type": "follow", "text": "Subscribe for more!", "timestamp": 18.0
    }  # fmt: skip
    (part,) = evidence["/creator_intelligence/cta/present"].components
    assert (part.quote, part.at) == ("Subscribe for more!", (18.0, 21.0))
    assert fields["creator"]["story_structure"]["beats"] == ["cta"]
    asked = evidence["/scores/cta_effectiveness"]
    assert asked.value > 0
    assert {one.name for one in asked.components if one.f is None} == {"after_value", "shown_and_said"}
    foreign = replace(draft, transcript=replace(said(0.9, draft=False), language="de"), seeing=draft.seeing)
    fields, _ = report(replace(foreign, seeing=replace(draft.seeing, text=text)))
    assert fields["creator"]["cta"]["present"] is True


def test_sure_words_of_a_draft_are_topics_and_phrases_do_not_bridge_gaps() -> None:
    sure = frozenset({"sourdough", "bread", "garlic", "oven"})
    fields, _ = report(film(said(0.4, draft=True, sure=sure)))
    assert "sourdough bread" in fields["entities"]["topics"]
    terms = {word for one in fields["entities"]["keywords"] for word in one["term"].split()}
    assert terms <= sure


def test_a_category_needs_enough_sure_words() -> None:
    sure = frozenset(word for line in LINES[:3] for word in line.split())
    fields, _ = report(film(said(0.4, draft=True, sure=sure)))
    assert fields["content_overview"]["category"] == "Lifestyle"
    few, evidence = report(film(said(0.4, draft=True, sure=frozenset({"flour", "butter", "cake", "garlic", "oven"}))))
    assert few["content_overview"]["category"] is None
    assert evidence["/media_understanding/content_overview/category"].unknown_reason


def test_the_pages_title_stays() -> None:
    fields, _ = report(film(said(0.5, draft=True), title="A day at the lake"))
    assert fields["content_overview"]["title"] == "A day at the lake"


def test_a_clear_recording_is_judged_though_no_one_quotes_a_draft() -> None:
    fields, _ = report(film(said(0.95, draft=True)))
    assert fields["creator"]["cta"]["present"] is True
    assert fields["content_overview"]["title"] == "my first film"
    assert fields["creator"]["hook_analysis"]["first_words"] is None


@pytest.mark.parametrize("source", [one for one in TranscriptSource if one is not TranscriptSource.ASR])
def test_captions_are_read_as_they_are(source: TranscriptSource) -> None:
    captions = replace(said(0.5, draft=False), source=source)
    assert not partly_sure(captions)
    assert heard(captions).transcript is captions
    sure = replace(said(0.9, draft=False), source=TranscriptSource.ASR)
    assert heard(sure).transcript is sure


def test_nothing_said_is_no_draft() -> None:
    assert heard(None).transcript is None
    empty = Transcript((), TranscriptSource.ASR, draft=True)
    assert not heard(empty).partly
