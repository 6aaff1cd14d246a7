"""What is read out of a film's words once, for all judgements: sentences, acts, phrases, facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cutroom.judgement import likeness, readability, sentiment, summary, topics
from cutroom.judgement.acts import acts
from cutroom.judgement.cleaning import clean, spoken
from cutroom.judgement.sentences import Sentence, sentences
from cutroom.judgement.surety import Heard, heard
from cutroom.judgement.words import count, english
from cutroom.model.percepts import Percepts, Reading
from cutroom.model.verdicts import Act, TextFacts

NOT_ENGLISH = "The patterns and the lexicon are for English."
_TERMINAL = frozenset(".!?\u2026")


@dataclass(frozen=True, slots=True)
class TextRead:
    """The words of a film, read. ``english`` is of the speech; ``page_english`` of title, description and screen."""

    heard: Heard = field(default_factory=lambda: Heard(None))
    """What of the transcript was read: all that follows is from that."""
    sentences: Sequence[Sentence] = ()
    english: bool = False
    page_english: bool = False
    language: str | None = None
    """Of the speech, else of the page, as far as it matters here: a language whose function words are known."""
    acts: tuple[Act, ...] = ()
    phrases: Sequence[topics.Phrase] = ()
    topics: Sequence[topics.Phrase] = ()
    summary: Sequence[summary.Chosen] = ()
    spoken_words: int = 0
    fillers: dict[str, int] = field(default_factory=dict)
    facts: TextFacts = field(default_factory=TextFacts)


def read(percepts: Percepts) -> TextRead:
    """The words of a film: what is said, what the page says, what is read on screen."""
    transcript = percepts.transcript
    trusted = heard(transcript)
    # Vectors are of whole segments, unsure words and all.
    reading = Reading() if trusted.partly else percepts.reading
    found = sentences(trusted.transcript)
    given = transcript.language if transcript else None
    speaks_english = bool(found) and english([sentence.text for sentence in found], given)
    page = [text for text in (percepts.source.title, percepts.source.description) if text]
    screen = percepts.seeing.text or () if percepts.seeing else ()
    others = page + [shown.text for shown in screen]
    page_english = bool(others) and english([_untagged(text) for text in others])
    language = "en" if speaks_english or (not found and page_english) else (given or "").split("-")[0].lower() or None
    punctuated = any(sentence.text[-1:] in _TERMINAL for sentence in found)
    judged = speaks_english and not trusted.doubtful
    told = screen if page_english or speaks_english else [shown for shown in screen if english([_untagged(shown.text)])]
    did = acts(found if judged else (), told, percepts.file.duration, punctuated=punctuated)
    phrases = topics.phrases(
        topics.lines_of(found, topics.page_lines(percepts.source), [shown.text for shown in screen]), language
    )
    segments = len(transcript.segments) if transcript else 0
    named = topics.topics(phrases, len(found))
    fillers: dict[str, int] = {}
    for act in did:
        if act.kind == "filler":
            fillers[act.quote.casefold()] = fillers.get(act.quote.casefold(), 0) + 1
    summed_up = [] if trusted.partly else summary.summary(found, reading, did, language, segments=segments)
    return TextRead(
        heard=trusted,
        sentences=found,
        english=speaks_english,
        page_english=page_english,
        language=language,
        acts=did,
        phrases=phrases,
        topics=named,
        summary=summed_up,
        spoken_words=sum(count(spoken(clean(segment.text))) for segment in transcript.segments) if transcript else 0,
        fillers=fillers,
        facts=_facts(trusted, found, did, named, language, reading, segments, english=judged),
    )


def _untagged(text: str) -> str:
    """``text`` without handles, tags and addresses, which are of no language."""
    return " ".join(part for part in clean(text, 600).split() if part[0] not in "@#" and "://" not in part)


def _facts(
    trusted: Heard,
    found: Sequence[Sentence],
    did: tuple[Act, ...],
    named: Sequence[topics.Phrase],
    language: str | None,
    reading: Reading,
    count: int,
    *,
    english: bool,
) -> TextFacts:
    """The facts; ``count`` is of the transcript's segments. ``english`` is whether the speech is, and sure enough."""
    segments = trusted.transcript.segments if trusted.transcript else ()
    lines = [clean(segment.text, 4000) for segment in segments] if english else []
    feelings = sentiment.of_lines([spoken(line).strip() for line in lines])
    words = [] if trusted.doubtful else [word for sentence in found for word in sentence.words]
    return TextFacts(
        acts=did,
        sentiment=sentiment.of_film(feelings, [len(line) for line in lines]) if english else None,
        segment_sentiments=() if trusted.partly else feelings,
        topics=tuple(phrase.text for phrase in named),
        drift=likeness.drift(reading, count),
        content_word_ratio=readability.content_word_ratio(words, language) if found else None,
        # Between the gaps of a draft there are no sentences whose length could be counted.
        grade_level=readability.grade_level(found) if english and not trusted.partly else None,
        vocabulary_richness=readability.vocabulary_richness(words),
        filler_count=sum(1 for act in did if act.kind == "filler"),
        repeated_quotes=readability.repeated(found),
    )
