"""The whole answer: every field of the contract in every preset, and nothing that JSON does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.judgement.analysis import assemble, clean, title_of
from cutroom.judgement.blank import SCORES, blank
from cutroom.model.analysis import Preset
from cutroom.model.percepts import (
    FileFacts,
    Hearing,
    Loudness,
    Missing,
    Music,
    Percepts,
    Segment,
    SourceFacts,
    Span,
    Transcript,
    TranscriptSource,
)
from cutroom.model.verdicts import Component, Explained, Verdict

SOURCE = SourceFacts("https://e.com/x", "tiktok", "url", views=5)
FILE = FileFacts(10.0, 1080, 1920, 30.0, 1000, 1, "mp4", "h264", "aac")
HEARD = Hearing(
    duration=10.0,
    loudness=Loudness(),
    energy=(),
    silences=(),
    noise_floor_db=None,
    clipping_ratio=0.0,
    voice=(Span(0.0, 2.0),),
    music=Music(present=False, ratio=0.0),
    turns=None,
    missing=(Missing("speakers", "Voices cannot be told apart."),),
)
SAID = Transcript((Segment(0.0, 2.0, "So hello."),), TranscriptSource.ASR, "en")
WHOLE = Percepts(SOURCE, FILE, HEARD, SAID, missing=(Missing("transcription", "It is a draft."),))


def paths(value: Any, at: str = "") -> set[str]:
    """Every object's keys, arrays left out."""
    if not isinstance(value, dict):
        return set()
    return {f"{at}/{name}" for name in value} | {path for name in value for path in paths(value[name], f"{at}/{name}")}


@pytest.mark.parametrize("preset", Preset)
def test_every_field_is_in_its_place_whatever_is_known(preset: Preset) -> None:
    everything = {path for path in paths(blank()) if not path.endswith(("letterbox/", "filler_words/"))}
    for percepts in (WHOLE, Percepts(SourceFacts(), FILE)):
        answer = assemble(percepts, preset, {})
        assert everything <= paths(answer)
        json.dumps(answer, allow_nan=False)


def test_verdicts_come_into_their_places_nested_from_the_top_or_from_their_part() -> None:
    why = Explained(82, "rules", "1", 0.9, (Component("first_word", 2.0, 0.4, 0.8, "s", (0.0, 0.4), "So"),))
    verdicts = {
        "media_understanding": Verdict({"media_understanding": {"visual_analysis": {"motifs": ["slideshow"]}}}),
        "creator_intelligence": Verdict({"hook_analysis": {"score": 82}}, {"/hook_analysis/score": why}, ("Careful.",)),
        "scores": Verdict({"scores": {"hook_strength": 82}}, {"/scores/hook_strength": why}),
    }
    answer = assemble(WHOLE, Preset.FULL, verdicts, warnings=["First."])
    assert answer["creator_intelligence"]["hook_analysis"]["score"] == 82
    assert answer["creator_intelligence"]["hook_analysis"]["hook_type"] is None
    assert answer["scores"] == {**dict.fromkeys(SCORES), "hook_strength": 82}
    assert answer["media_understanding"]["visual_analysis"]["motifs"] == ["slideshow"]
    assert set(answer["evidence"]) == {"/creator_intelligence/hook_analysis/score", "/scores/hook_strength"}
    assert answer["evidence"]["/scores/hook_strength"]["components"][0]["quote"] == "So"
    assert answer["warnings"] == ["First.", "It is a draft.", "Voices cannot be told apart.", "Careful."]


@pytest.mark.parametrize("preset", [Preset.AUDIO_ONLY, Preset.META_ONLY])
def test_a_preset_says_nothing_of_what_it_does_not_look_at(preset: Preset) -> None:
    verdicts = {"creator_intelligence": Verdict({"hook_analysis": {"score": 82}})}
    answer = assemble(Percepts(SOURCE, FILE), preset, verdicts)
    assert answer["creator_intelligence"] == blank()["creator_intelligence"]
    assert answer["media"]["has_speech"] == (None if preset is Preset.META_ONLY else False)


def test_what_a_preset_leaves_out_is_told() -> None:
    told = {preset: assemble(Percepts(SOURCE, FILE), preset, {})["warnings"] for preset in Preset}
    assert told == {
        Preset.FULL: [],
        Preset.AUDIO_ONLY: ["The pictures were not looked at, as the preset audio_only has it."],
        Preset.META_ONLY: ["Only the page and the file were looked at, as the preset meta_only has it."],
    }


def test_of_the_page_alone_only_that_is_told_which_it_says() -> None:
    why = Explained("T", "page", "1")
    fields = {
        "content_overview": {"title": "T", "summary": "No."},
        "transcript": {"full_text": "", "word_count": 0},
        "audio_analysis": {"speech": {"present": False}},
        "entities": {"hashtags": ["#a"]},
    }
    proofs = {"/content_overview/title": why, "/content_overview/summary": why, "/entities/hashtags/0": why}
    verdicts = {"media_understanding": Verdict(fields, proofs)}
    answer = assemble(Percepts(SOURCE, FILE), Preset.META_ONLY, verdicts)
    understood = answer["media_understanding"]
    assert (understood["content_overview"]["title"], understood["entities"]["hashtags"]) == ("T", ["#a"])
    assert understood["content_overview"]["summary"] is understood["transcript"]["full_text"] is None
    assert understood["audio_analysis"] == blank()["media_understanding"]["audio_analysis"]
    assert len(answer["evidence"]) == 2


def test_whether_somebody_speaks() -> None:
    silent = replace(HEARD, voice=())
    said = [
        assemble(Percepts(SOURCE, FILE, heard, words), Preset.AUDIO_ONLY, {})["media"]["has_speech"]
        for heard, words in ((HEARD, None), (silent, SAID), (replace(HEARD, voice=None), SAID), (None, None))
    ]
    assert said == [True, True, True, False]


def test_a_film_is_called_something() -> None:
    assert title_of(SourceFacts(title="T", file_name="f.mp4")) == "T"
    assert title_of(SourceFacts(file_name="my film.mp4")) == "my film"
    assert title_of(SourceFacts()) == "Untitled"


texts = st.text(st.sampled_from("aé\x00\ud800\udfff\u202e"), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_whatever_is_told_can_be_written_as_json_in_utf_8(value: Any) -> None:
    text = json.dumps(clean(value), allow_nan=False, ensure_ascii=False)
    assert "\x00" not in text.encode().decode()
    assert clean(json.loads(text)) == json.loads(text)
