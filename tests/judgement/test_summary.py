"""Summaries are the film's own sentences and stand for most of what it is about."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cutroom.judgement.understanding import text_facts, understand
from cutroom.model.percepts import Percepts, Reading
from tests.support.speech import spoken_film

TOPICS = {
    "gravity": "Gravity pulls every planet towards the sun. A heavy star has stronger gravity. Gravity bends light.",
    "bees": "Bees collect nectar from flowers. A hive of bees keeps one queen. Without bees there is no fruit.",
    "violins": "Violins are made of spruce and maple. An old violin sounds warm. Violins need new strings.",
    "glaciers": "Glaciers are rivers of ice. A glacier carves a valley. Many glaciers melt in warm summers.",
    "coffee": "Coffee grows on mountains. Roasted coffee smells sweet. Coffee keeps people awake.",
}
CHATTER = "Hey guys, welcome back. {} Please subscribe and hit the bell. Thanks for watching, see you soon."


def film() -> Percepts:
    return spoken_film(CHATTER.format(" ".join(TOPICS.values())))


def summary(percepts: Percepts) -> str:
    return str(understand(percepts)[0].fields["media_understanding"]["content_overview"]["summary"])


def vectors(percepts: Percepts) -> Percepts:
    """Vectors as a perfect model would give them: one direction a topic, another for chatter."""
    rows = []
    for segment in percepts.transcript.segments if percepts.transcript else ():
        near = [name for name, text in TOPICS.items() if segment.text in text]
        row = [1.0 if name in near else 0.0 for name in TOPICS] + [0.0 if near else 1.0]
        length = math.sqrt(sum(value * value for value in row))
        rows.append(tuple(value / length for value in row))
    return replace(percepts, reading=Reading(tuple(rows), "made"))


@pytest.mark.parametrize("read", [False, True])
def test_it_is_verbatim_short_and_covers_the_topics(read: bool) -> None:
    percepts = vectors(film()) if read else film()
    text = summary(percepts)
    full = percepts.transcript.text if percepts.transcript else ""
    assert len(text) <= 600
    assert all(part in full for part in text.replace(". ", ".|").split("|"))
    assert sum(name[:-1] in text.casefold() for name in TOPICS) >= 4
    assert "subscribe" not in text


def test_evidence_has_each_sentence_and_its_time() -> None:
    verdict, _ = understand(film())
    parts = verdict.evidence["/media_understanding/content_overview/summary"].components
    assert " ".join(part.quote or "" for part in parts) == summary(film())
    assert all(part.at for part in parts)


def test_little_gives_little() -> None:
    assert summary(spoken_film("Bread is good for you today.")) == "Bread is good for you today."
    verdict, _ = understand(spoken_film("Ok."))
    assert verdict.fields["media_understanding"]["content_overview"]["summary"] is None
    assert verdict.evidence["/media_understanding/content_overview/summary"].unknown_reason


def test_drift_is_high_where_the_topic_changes() -> None:
    percepts = vectors(film())
    drift = text_facts(percepts).drift
    assert drift[0] is None
    assert (drift[4] or 0) > 0.9
    assert text_facts(vectors(spoken_film(TOPICS["bees"]))).drift[1] == 0.0
    assert set(text_facts(film()).drift) == {None}


def test_vectors_that_do_not_fit_are_not_used() -> None:
    wrong = replace(film(), reading=Reading(((1.0, 0.0), (0.0,)), "broken"))
    assert summary(wrong) == summary(film())
