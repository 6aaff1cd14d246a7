"""``creator_intelligence``: hook, story, call to action, highlights, production; and what is null where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from cutroom.judgement import measures as m
from cutroom.judgement.creator import creator
from cutroom.judgement.growth import growth
from cutroom.judgement.highlights import NOTHING_ABOVE
from cutroom.judgement.scores import scores
from cutroom.model.percepts import FileFacts, Percepts, SoundEvent, Transcript, TranscriptSource
from cutroom.model.verdicts import Act, TextFacts, Verdict
from tests.support.judged import Film

PRESETS = {
    "audio_only": Film(pictures=False),
    "meta_only": Film(pictures=False, sound=False, transcript=False),
}


def made(film: Film) -> dict[str, Any]:
    return creator(film.percepts(), film.words()).fields


def whole(film: Film) -> dict[str, Verdict]:
    percepts, words = film.percepts(), film.words()
    first = creator(percepts, words)
    second = growth(percepts, first, words)
    return {
        "creator_intelligence": first,
        "growth_intelligence": second,
        "scores": scores(percepts, first, second, words),
    }


def leaves(content: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, f"{pointer}/{key}")
    elif not isinstance(content, list):
        yield pointer, content


def shape(content: Any) -> Any:
    return {key: shape(value) for key, value in content.items()} if isinstance(content, dict) else None


@pytest.mark.parametrize("film", [Film(), Film(talk_begins=None), Film(sound=False, transcript=False),
                                  Film(faces=None, text=None), Film(acts=()), *PRESETS.values()])  # fmt: skip
def test_every_null_has_its_reason(film: Film) -> None:
    for name, verdict in whole(film).items():
        for pointer, value in leaves(verdict.fields, f"/{name}"):
            if value is not None:
                continue
            above = pointer.rsplit("/", 1)[0]
            if above.endswith("hook_window"):
                continue
            explained = verdict.evidence.get(pointer) or verdict.evidence[above]
            assert explained.value is None
            assert explained.unknown_reason


@pytest.mark.parametrize("film", PRESETS.values(), ids=PRESETS)
def test_other_presets_have_the_same_shape_with_null_and_empty_leaves(film: Film) -> None:
    full, less = whole(Film()), whole(film)
    assert {name: shape(one.fields) for name, one in less.items()} == {
        name: shape(one.fields) for name, one in full.items()
    }
    for name in ("creator_intelligence", "growth_intelligence"):
        values = [value for _, value in leaves(less[name].fields, "") if value is not None]
        words = ("unknown", less["growth_intelligence"].fields["virality_model"]["basis"])
        assert set(values) <= set(words)  # the stage of a trend's cycle and the basis of views have words for it
        assert less[name].warnings == ()
    known = {key for key, value in less["scores"].fields.items() if value is not None}
    heard = {"audio_clarity", "educational_value"} if film.sound else set()
    assert known == heard | {"confidence_overall"}


def test_scores_are_whole_numbers_and_those_of_the_other_layers() -> None:
    found = whole(Film())
    numbers = found["scores"].fields
    assert all(type(value) is int and 0 <= value <= 100 for value in numbers.values())
    assert numbers["hook_strength"] == found["creator_intelligence"].fields["hook_analysis"]["score"]
    assert numbers["retention_design"] == found["creator_intelligence"].fields["retention_analysis"]["retention_score"]


@pytest.mark.parametrize(
    ("kind", "hook_type"),
    [("question", "question"), ("bold_claim", "bold_claim"), ("promise", "curiosity_gap"), ("number", "statistic"),
     ("problem", "problem"), ("story", "story"), ("second_person", "direct_address"), ("open_loop", "curiosity_gap")],
)  # fmt: skip
def test_the_type_of_the_hook_is_that_of_its_strongest_pattern(kind: str, hook_type: str) -> None:
    hook = made(Film(acts=((kind, 0.5), ("joke", 0.2))))["hook_analysis"]
    assert hook["hook_type"] == hook_type
    assert f"{kind} of the film" in hook["primary_hook"]


def test_openings_without_words() -> None:
    quiet = Film(acts=(), talk_begins=None)
    assert made(quiet.but(first_motion=0.6))["hook_analysis"]["hook_type"] == "visual_shock"
    assert made(quiet.but(shot_length=0.7))["hook_analysis"]["hook_type"] == "pattern_interrupt"
    still = made(quiet.but(shot_length=30.0, first_motion=0.0))["hook_analysis"]
    assert (still["hook_type"], still["primary_hook"]) == ("none", None)


def test_suggestions_name_what_costs_most_with_its_number() -> None:
    hook = made(Film(leading_silence=3.0, first_motion=0.0, faces=0.0, acts=()))["hook_analysis"]
    assert 1 <= len(hook["suggestions"]) <= 3
    assert any("3.3 s" in line for line in hook["suggestions"])
    assert made(Film(shot_length=0.8, faces=1.0, text=1.0, first_motion=0.9))["hook_analysis"]["suggestions"] == []


@pytest.mark.parametrize(("duration", "window"), [(0.5, 0.5), (30, 3), (50, 3), (61, 5), (600, 5)])
def test_the_window_of_the_hook(duration: float, window: float) -> None:
    hook = made(Film(duration=duration))["hook_analysis"]
    assert hook["hook_window"] == {"start": 0.0, "end": window}


def test_the_first_words_are_verbatim() -> None:
    hook = made(Film(talk_begins=1.0))["hook_analysis"]
    assert hook["first_words"].startswith("this is how nine")
    assert hook["time_to_first_word"] == 1.0
    assert made(Film(talk_begins=None))["hook_analysis"]["time_to_first_word"] is None


def test_beats_are_those_found_in_order_of_time() -> None:
    film = Film(acts=(("proof", 18.0), ("problem", 4.0), ("question", 0.3), ("solution", 9.0), ("cta_like", 28.0)))
    story = made(film)["story_structure"]
    assert story["beats"] == ["hook", "problem", "solution", "proof", "cta"]
    assert [beat["start"] for beat in story["beat_times"]] == [0.3, 4.0, 9.0, 18.0, 28.0]
    assert story["narrative_arc"] == "problem-solution-proof"
    shuffled = made(Film(acts=(("solution", 4.0), ("problem", 9.0))))["story_structure"]
    assert (shuffled["beats"], shuffled["narrative_arc"]) == (["solution", "problem"], None)
    assert made(Film(acts=()))["story_structure"]["beats"] == []


def test_who_speaks_is_context_steps_are_the_solution_and_a_greeting_is_neither() -> None:
    def beats(*acts: Act) -> list[str]:
        found = creator(Film(acts=()).percepts(), TextFacts(acts=acts)).fields["story_structure"]["beats"]
        return list(found)

    named = Act("intro", 3.0, 6.0, "My name is Ann and I bake bread", 0)
    assert beats(named, Act("step", 8.0, 9.0, "Step one.", 1)) == ["context", "solution"]
    assert beats(Act("intro", 0.5, 1.0, "Hello there.", 0)) == []


def test_the_logline_is_said_in_the_film() -> None:
    film = Film()
    assert film.percepts().transcript is not None
    assert made(film)["story_structure"]["logline"] in film.percepts().transcript.text  # type: ignore[union-attr]
    assert made(film.but(vectors=False))["story_structure"]["logline"] is not None


def test_requests() -> None:
    asked = made(Film(acts=(("cta_like", 3.0), ("cta_follow", 27.0))))["cta"]
    assert asked == {"present": True, "type": "follow", "text": "cta_follow of the film", "timestamp": 27.0}
    assert made(Film(acts=()))["cta"] == {"present": False, "type": "none", "text": None, "timestamp": None}
    unknown = made(Film(transcript=False, text=None, acts=()))["cta"]
    assert set(unknown.values()) == {None}
    assert whole(Film(acts=()))["scores"].fields["cta_effectiveness"] == 0
    assert whole(Film(transcript=False, text=None))["scores"].fields["cta_effectiveness"] is None


def test_a_request_said_and_shown_is_stronger() -> None:
    film = Film()
    percepts, words = film.percepts(), film.words()
    shown = replace(words, acts=(*words.acts, Act("cta_follow", 26.5, 29.0, "follow", None)))

    def score(text: TextFacts) -> float:
        empty = Verdict({})
        return float(scores(percepts, empty, empty, text).evidence["/scores/cta_effectiveness"].value or 0)

    assert score(shown) > score(words) > score(replace(words, acts=words.acts[:-1]))


def test_highlights_are_what_stands_out_and_do_not_overlap() -> None:
    film = Film(
        duration=120.0, acts=tuple((kind, 60.0 + i) for i, kind in enumerate(("bold_claim", "number", "question")))
    )
    percepts = film.percepts()
    assert percepts.hearing is not None
    laughter = (SoundEvent(62.0, 68.0, "laughter", 0.9),)
    percepts = replace(percepts, hearing=replace(percepts.hearing, events=laughter))
    found = creator(percepts, film.words()).fields["highlights"]
    assert found[0]["start"] <= 60.5
    assert found[0]["end"] >= 63
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    ordered = sorted(found, key=lambda one: one["start"])
    assert all(a["end"] <= b["start"] for a, b in pairwise(ordered))
    assert len(found) <= 10
    assert all(0 <= one["score"] <= 1 and one["excerpt"] and one["end"] <= 120 for one in found)


def test_production() -> None:
    made_ = made(Film())["production"]
    assert made_["caption_presence"] is True
    assert made_["edit_density"] == 18.0
    assert made(Film(text=0.0))["production"]["caption_presence"] is False
    assert made(Film(text=None))["production"]["caption_presence"] is None
    assert made(Film(faces=None))["production"]["framing"] is None
    assert made(Film(sound=False))["production"]["audio_quality"] is None


def test_no_highlight_is_most_of_the_film() -> None:
    for duration in (3.0, 7.0, 12.0, 25.0, 90.0):
        film = Film(duration=duration)
        verdict = creator(film.percepts(), film.words())
        found = verdict.fields["highlights"]
        assert all(one["end"] - one["start"] <= duration / 2 + 1e-3 for one in found)
        if not found:
            assert verdict.evidence["/creator_intelligence/highlights"].unknown_reason
    assert made(Film(duration=4.0))["highlights"] == []
    assert creator(Film(duration=25.0).percepts(), Film().words()).fields["highlights"]


def test_sentiment_has_a_neutral_band() -> None:
    moods = [made(Film(sentiment=mood))["readability"]["sentiment"] for mood in (-0.8, -0.1, 0.1, 0.8, None)]
    assert moods == ["negative", "neutral", "neutral", "positive", None]
    assert len(made(Film())["readability"]["emotion_curve"]) == 9


def test_silence_is_no_clarity() -> None:
    assert whole(Film(lufs=None, floor=None))["scores"].fields["audio_clarity"] is None


def test_what_is_done_with_words_is_told_apart_in_english_alone() -> None:
    found = whole(Film(language="de-AT", acts=()))
    assert found["scores"].fields["cta_effectiveness"] is None
    assert found["scores"].fields["educational_value"] is None
    assert found["creator_intelligence"].fields["cta"]["present"] is None
    assert found["creator_intelligence"].fields["hook_analysis"]["hook_type"] is None
    assert whole(Film(language="en-GB", acts=()))["scores"].fields["cta_effectiveness"] == 0


def unrecognised(film: Film) -> Percepts:
    """Somebody speaks, but the recogniser made nothing of it."""
    percepts = film.percepts()
    return replace(percepts, transcript=Transcript((), TranscriptSource.ASR))


def test_speech_that_was_not_recognised_is_not_silence() -> None:
    percepts = unrecognised(Film(acts=()))
    made_ = creator(percepts, TextFacts())
    found = made_.evidence | scores(percepts, made_, Verdict({}), TextFacts()).evidence
    for pointer in ("cta/present", "cta/text", "hook_analysis/hook_type", "hook_analysis/first_words",
                    "story_structure/logline", "readability/sentiment"):  # fmt: skip
        one = found[f"/creator_intelligence/{pointer}"]
        assert (one.value, one.unknown_reason) == (None, m.UNRECOGNISED), pointer
    for name in ("cta_effectiveness", "educational_value"):
        one = found[f"/scores/{name}"]
        assert (one.value, one.unknown_reason) == (None, m.UNRECOGNISED), name
    hook = {part.name: part.raw for part in found["/scores/hook_strength"].components}
    assert hook["opening_pattern"] is hook["preamble"] is None
    assert hook["time_to_first_word"] == 0.3
    assert "curious" not in str(made_.fields["hook_analysis"]["suggestions"])


def test_what_the_screen_asks_is_asked_whatever_is_said() -> None:
    shown = TextFacts(acts=(Act("cta_follow", 20.0, 24.0, "Follow for more", None),))
    asked = creator(unrecognised(Film(acts=())), shown).fields["cta"]
    assert (asked["present"], asked["type"]) == (True, "follow")


@pytest.mark.parametrize(
    ("acts", "told"),
    [
        ((), "Nothing said in the first 3 s makes viewers curious."),
        ((("promise", 2.8),), "The film comes to a promise that makes curious only after 2.8 s."),
        ((("joke", 0.2),), "The film opens with a joke."),
    ],
)
def test_advice_on_the_opening_knows_what_opens_it(acts: tuple[tuple[str, float], ...], told: str) -> None:
    hook = made(Film(acts=acts, first_motion=0.3, faces=1.0, text=1.0))["hook_analysis"]
    assert any(line.startswith(told) for line in hook["suggestions"]), hook["suggestions"]
    assert ("Nothing said" in str(hook["suggestions"])) == (hook["primary_hook"] is None)


def test_none_is_told_in_words() -> None:
    said = str(made(Film(text=0.0, faces=0.0, shot_length=2.0))["hook_analysis"]["suggestions"])
    assert "No text is on screen in the first 3 s." in said
    assert "0 %" not in said


def test_nothing_is_a_highlight_that_is_not_above_the_film() -> None:
    film = Film(duration=60.0, acts=())
    percepts = film.percepts()
    assert percepts.hearing is not None
    even = replace(percepts, hearing=replace(percepts.hearing, events=()))
    verdict = creator(even, TextFacts())
    assert verdict.fields["highlights"] == []
    assert verdict.evidence["/creator_intelligence/highlights"].unknown_reason == NOTHING_ABOVE
    for share, reason in ((1.1, None), (2.0, "The sound is louder than usual")):
        energy = tuple(0.3 * (share if 20 <= t < 40 else 1) for t in range(60))
        louder = replace(even, hearing=replace(percepts.hearing, events=(), energy=energy))
        reasons = {one["reason"] for one in creator(louder, TextFacts()).fields["highlights"]}
        assert reasons == ({reason} if reason else set())


def test_a_reason_says_whether_there_is_nothing_or_nobody_looked() -> None:
    def why(of: FileFacts, pointer: str, **changes: Any) -> str | None:
        percepts = replace(Film(**changes).percepts(), file=of)
        made_ = creator(percepts, TextFacts())
        return (made_.evidence | scores(percepts, made_, Verdict({}), TextFacts()).evidence)[pointer].unknown_reason

    sound, both = FileFacts(30.0, audio_codec="mp3"), FileFacts(30.0, 1080, 1920, video_codec="h264", audio_codec="aac")
    mute, cta = replace(both, audio_codec=None), "/creator_intelligence/cta/present"
    assert why(sound, cta, pictures=False) == "The film has no pictures."
    assert why(both, cta, pictures=False) == "The pictures were not looked at."
    assert why(mute, "/scores/audio_clarity", sound=False) == "The film has no sound."
    assert why(both, "/scores/audio_clarity", sound=False) == "The sound was not listened to."
    assert why(FileFacts(30.0), "/scores/audio_clarity", sound=False, pictures=False) == m.NO_SOUND
