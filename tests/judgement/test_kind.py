"""No film is advised to be another kind of film, and none is scolded for what its kind has not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cutroom.judgement import measures as m
from cutroom.judgement.creator import creator
from cutroom.judgement.scoring import exact
from cutroom.model.percepts import Music, Percepts, Span
from cutroom.model.verdicts import TextFacts, Verdict
from tests.support.judged import Film, judged

RETENTION = "/creator_intelligence/retention_analysis/retention_score"
HOOK = "/creator_intelligence/hook_analysis/score"
CARTOON = Film(talk_begins=None, faces=0.0, text=0.0, acts=(), first_motion=0.01, lufs=-30.0)
SILENT = CARTOON.but(sound=False, transcript=False)
SCREEN = Film(faces=0.0, text=0.9, motion=0.01, first_motion=0.0, shot_length=30.0, talk_begins=2.5, acts=())
HEAD = Film(faces=0.97, shot_length=30.0, talk_begins=3.0, text=0.0, acts=(), first_motion=0.01)


def made(percepts: Percepts, words: TextFacts) -> Verdict:
    return creator(percepts, words)


def advice(film: Film) -> str:
    return " ".join(made(film.percepts(), film.words()).fields["hook_analysis"]["suggestions"])


def song() -> Percepts:
    """Sung from the fourteenth second on; captions have notes around the lyrics."""
    percepts = Film(duration=60.0, talk_begins=14.0, acts=(), shot_length=2.0).percepts()
    assert percepts.transcript is not None
    assert percepts.hearing is not None
    lines = tuple(
        replace(one, text=f"\u266a {one.text} \u266a", words=()) for one in percepts.transcript.segments
    )  # fmt: skip
    music = Music(present=True, ratio=0.97, spans=(Span(0.0, 60.0),))
    return replace(
        percepts,
        transcript=replace(percepts.transcript, segments=lines),
        hearing=replace(percepts.hearing, music=music),
    )


@pytest.mark.parametrize("film", [CARTOON, SILENT], ids=["cartoon", "silent"])
def test_nobody_is_told_to_speak_who_does_not(film: Film) -> None:
    assert not [word for word in ("speak", "word", "said", "question", "face", "volume") if word in advice(film)]
    found = judged(film)[HOOK]
    assert "time_to_first_word" not in {part.name for part in found.components}
    assert judged(film)["/scores/cta_effectiveness"].value is None


def test_a_song_is_no_speech() -> None:
    percepts = song()
    assert m.sung(percepts)
    fields = made(percepts, TextFacts()).fields
    assert not [
        word for word in ("speak", "said", "question", "words") if word in str(fields["hook_analysis"]["suggestions"])
    ]
    assert fields["story_structure"]["logline"] is None


def test_music_under_speech_makes_no_song() -> None:
    percepts = Film().percepts()
    assert percepts.hearing is not None
    music = Music(present=True, ratio=1.0, spans=(Span(0.0, 30.0),))
    assert not m.sung(replace(percepts, hearing=replace(percepts.hearing, music=music)))


def test_a_recording_of_a_screen_needs_no_face_and_no_cut() -> None:
    told = advice(SCREEN)
    assert "face" not in told
    assert "movement" not in told
    assert "cut" not in told
    assert "first word" in told


def test_a_talking_head_is_told_all_that_is_weak() -> None:
    told = advice(HEAD)
    assert "speaking" in told
    assert "curious" in told


def test_one_bad_weak_spot_is_not_made_up_for_by_the_lack_of_others() -> None:
    frozen = exact(judged(Film(freezes=((0.0, 30.0),)))[RETENTION])
    whole = exact(judged(Film())[RETENTION])
    assert frozen is not None
    assert whole is not None
    assert frozen < 60
    assert 90 < whole < 100


def test_a_silent_film_has_no_silences() -> None:
    for film in (SILENT, CARTOON.but(leading_silence=30.0)):
        found = made(film.percepts(), film.words()).fields["retention_analysis"]
        assert found["dead_air_seconds"] is None
        assert not [risk for risk in found["drop_risk_moments"] if "ilence" in risk["reason"]]
        assert found["retention_score"] is not None


def test_the_last_moment_is_no_risk() -> None:
    found = made(Film(silences=((29.2, 30.0),)).percepts(), TextFacts()).fields["retention_analysis"]
    assert found["drop_risk_moments"] == []
