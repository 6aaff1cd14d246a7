"""Reading level, richness, repetition, sentiment: known texts, known order."""

from __future__ import annotations

import pytest

from cutroom.judgement import readability, sentiment
from cutroom.judgement.sentences import sentences
from cutroom.judgement.understanding import text_facts
from tests.support.speech import spoken_film, transcript

EASY = "The cat sat on the mat. The dog ran to the cat. The cat and the dog had fun. We like the cat."
HARD = (
    "Contemporary epistemological investigations necessitate comprehensive interdisciplinary collaboration, "
    "notwithstanding institutional considerations. Methodological sophistication characterises authoritative "
    "publications, particularly regarding experimental philosophy and computational neuroscience in universities."
)


@pytest.mark.parametrize(
    ("word", "count"), [("cat", 1), ("baker", 2), ("make", 1), ("table", 2), ("wanted", 2), ("jumped", 1), ("idea", 2)]
)
def test_syllables(word: str, count: int) -> None:
    assert readability.syllables(word) == count


def test_hard_words_need_more_school() -> None:
    easy = readability.grade_level(sentences(transcript(EASY))) or 0.0
    hard = readability.grade_level(sentences(transcript(HARD))) or 0.0
    assert easy < 3
    assert hard > 14
    assert readability.grade_level(sentences(transcript("Too short."))) is None


def test_richness_falls_with_repetition() -> None:
    same = readability.vocabulary_richness(["a", "b"] * 60) or 0.0
    other = readability.vocabulary_richness([str(n) for n in range(120)])
    assert same == pytest.approx(2 / 50)
    assert other == 1.0
    assert readability.vocabulary_richness(["few"]) is None


def test_what_is_said_twice() -> None:
    facts = text_facts(spoken_film("Trust the process now. Eat bread. Trust the process, now! Eat bread."))
    assert facts.repeated_quotes == ("Trust the process now.",)


def test_content_words() -> None:
    assert readability.content_word_ratio(["the", "bread", "of", "rome"], "en") == 0.5
    assert readability.content_word_ratio(["ma"], "xx") is None


def test_sentiment_has_a_neutral_band() -> None:
    good, bad, plain = sentiment.of_lines(
        ["I love this wonderful day!", "This is a terrible, horrible failure.", "The table has four legs."]
    )
    assert bad < 0 == plain < good
    assert sentiment.band(good) == "positive"
    assert sentiment.band(0.1) == "neutral"


def test_sentiment_of_a_film() -> None:
    facts = text_facts(spoken_film("I love this wonderful day! The table has four legs."))
    assert len(facts.segment_sentiments) == 2
    assert facts.segment_sentiments[1] == 0.0
    assert 0 < (facts.sentiment or 0) < facts.segment_sentiments[0]
