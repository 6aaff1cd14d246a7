"""A film of three hours, full of everything: judged in seconds."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from cutroom.judgement.creator import creator
from cutroom.judgement.growth import growth
from cutroom.judgement.scores import scores
from cutroom.model.percepts import Box, FaceAt, FaceTrack, ScreenText, Segment, SoundEvent, Span
from cutroom.model.verdicts import Act, TextFacts
from tests.support.judged import SENTENCE, Film

HOURS = 10_800.0
COUNT = 3600


@pytest.mark.slow
def test_three_hours_full_of_everything() -> None:
    percepts = Film(duration=HOURS, shot_length=3.0).percepts()
    assert percepts.seeing is not None
    assert percepts.hearing is not None
    assert percepts.transcript is not None
    starts = [3.0 * i for i in range(COUNT)]
    box = Box(0.2, 0.6, 0.5, 0.08)
    percepts = replace(
        percepts,
        seeing=replace(
            percepts.seeing,
            text=tuple(ScreenText(t, t + 20, SENTENCE, box, 0.05, 0.9) for t in starts),
            faces=tuple(FaceTrack(i, t, t + 3, (FaceAt(t, box, 0.9),)) for i, t in enumerate(starts)),
        ),
        hearing=replace(
            percepts.hearing,
            silences=tuple(Span(t, t + 1.2) for t in starts),
            events=tuple(SoundEvent(t, t + 1, "laughter", 0.9) for t in starts),
            voice=tuple(Span(t, t + 2.5) for t in starts),
        ),
        transcript=replace(
            percepts.transcript, segments=tuple(Segment(t, t + 2.8, SENTENCE, (), "A", 0.9) for t in starts)
        ),
    )
    kinds = ("question", "answer", "cta_follow", "filler", "open_loop", "payoff", "ad", "number")
    acts = tuple(Act(kinds[i % 8], t, t + 1, SENTENCE, i if i % 3 else None) for i, t in enumerate(starts))
    words = TextFacts(acts=acts, drift=(None, *([0.8] * (COUNT - 1))), segment_sentiments=(0.1,) * COUNT)
    began = time.process_time()
    made = creator(percepts, words)
    grown = growth(percepts, made, words)
    found = scores(percepts, made, grown, words)
    assert time.process_time() - began < 15
    assert found.fields["hook_strength"] is not None
    assert len(made.fields["retention_analysis"]["drop_risk_moments"]) == 50
    assert len(made.fields["retention_analysis"]["pattern_interrupts"]) == 1000
    assert len(made.fields["highlights"]) == 10
    assert len(grown.fields["predicted_retention_curve"]) <= 62
