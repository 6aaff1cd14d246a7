"""The wire's names for what is heard and seen; null where nobody looked or listened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cutroom.judgement.understanding import understand
from cutroom.judgement.visual_view import position, shot_types
from cutroom.model.percepts import (
    Border,
    Box,
    CameraMotion,
    FileFacts,
    Music,
    Percepts,
    ShotSize,
    SoundEvent,
    SourceFacts,
    Span,
)
from tests.support.scenes import face, hearing, seeing, shots, shown
from tests.support.speech import spoken_film


def view(percepts: Percepts, name: str) -> dict[str, Any]:
    return dict(understand(percepts)[0].fields["media_understanding"][name])


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [one for inner in value.values() for one in numbers(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in numbers(inner)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_nothing_perceived_has_no_numbers() -> None:
    nothing = Percepts(SourceFacts(track="A Song"), FileFacts(10.0))
    heard, seen = view(nothing, "audio_analysis"), view(nothing, "visual_analysis")
    assert numbers(heard) == numbers(seen) == []
    assert heard["speech"]["present"] is heard["music"]["present"] is False
    assert heard["music"]["track_title"] is None
    assert seen["keyframes"] == seen["scenes"] == seen["motifs"] == []
    spoken = view(nothing, "transcript")
    assert (spoken["full_text"], spoken["word_count"], spoken["source"]) == ("", 0, None)


def test_speech() -> None:
    film = spoken_film("One two three four five. So, um, six seven, you know, eight nine ten.")
    heard = hearing(10.0, ((0.0, 2.0), (3.0, 6.0)))
    speech = view(replace(film, hearing=heard), "audio_analysis")["speech"]
    assert speech["speech_rate_wpm_est"] == 60 * 14 / 5
    assert speech["ratio"] == 0.5
    assert speech["pauses"] == [{"start": 2.0, "end": 3.0}]
    assert speech["filler_words"] == {"um": 1, "you know": 1}
    assert speech["speaker_count"] == 1
    unheard = view(replace(film, hearing=hearing(10.0, None)), "audio_analysis")["speech"]
    assert (unheard["ratio"], unheard["speaker_count"], unheard["present"]) == (None, None, True)


def test_every_measured_field_that_is_null_says_why() -> None:
    music = Music(present=True, ratio=0.5, energy=0.4)
    nothing = Percepts(SourceFacts(), FileFacts(4.0))
    heard = replace(nothing, hearing=hearing(4.0, music=music))
    for film in (nothing, heard, replace(heard, seeing=seeing(4.0)), spoken_film("Um.")):
        verdict = understand(film)[0]
        fields = verdict.fields["media_understanding"]
        of = {
            "audio_analysis": ("noise_floor_db",),
            "audio_analysis/music": ("bpm_estimate", "key", "energy", "track_title"),
            "audio_analysis/speech": ("language", "speech_rate_wpm_est"),
            **{f"visual_analysis/scenes/{n}": ("shot_type",) for n in range(len(fields["visual_analysis"]["scenes"]))},
        }
        for under, names in of.items():
            part: Any = fields
            for step in under.split("/"):
                part = part[int(step)] if step.isdigit() else part[step]
            for name in names:
                told = verdict.evidence.get(f"/media_understanding/{under}/{name}")
                assert (told is not None and bool(told.unknown_reason)) == (part[name] is None)
        told = verdict.evidence.get("/media_understanding/visual_analysis/shot_types")
        assert (told is not None) == (fields["visual_analysis"]["shot_types"]["wide"] is None)
    assert understand(heard)[0].evidence["/media_understanding/audio_analysis/music/key"].unknown_reason == (
        "The music has no clear key."
    )


def test_silence_is_measured_zero() -> None:
    heard = view(Percepts(SourceFacts(), FileFacts(4.0), hearing=hearing(4.0)), "audio_analysis")
    assert (heard["speech"]["ratio"], heard["speech"]["speaker_count"], heard["clipping_ratio"]) == (0.0, 0, 0.0)
    assert heard["speech"]["speech_rate_wpm_est"] is None
    assert heard["energy_curve"] == [{"t": t, "value": 0.5} for t in range(4)]


def test_music() -> None:
    music = Music(present=True, ratio=0.5, bpm=123.96, energy=0.4, key="A minor")
    events = (SoundEvent(2, 3, "music", 0.9), SoundEvent(1, 2, "speech", 0.8))
    source = SourceFacts(track="Aesthetic", artist="Tollan Kim")
    film = Percepts(source, FileFacts(4.0), hearing=hearing(4.0, music=music, events=events))
    heard = view(film, "audio_analysis")
    assert heard["music"]["bpm_estimate"] == 124.0
    assert heard["music"]["track_title"] == "Aesthetic \u2014 Tollan Kim"
    assert [event["label"] for event in heard["sound_events"]] == ["speech", "music"]


def test_pictures() -> None:
    seen = seeing(
        2,
        3,
        size=ShotSize.CLOSE_UP,
        camera=CameraMotion.HANDHELD,
        faces=(face(1, 0, 2), face(2, 1, 2)),
        text=(shown("Hi\u202e there", 1, 2, y=0.9), shown("\u202e", 1, 2)),
        letterbox=Border(1, 2, 3, 4),
        freezes=(Span(1, 2),),
    )
    found = view(Percepts(SourceFacts(), FileFacts(5.0), seeing=seen), "visual_analysis")
    assert found["keyframes"][1] == {"frame_index": 50, "t": 2.0, "image_url": "1.jpg"}
    assert [(one["start"], one["end"]) for one in found["scenes"]] == [(0.0, 2.0), (2.0, 5.0)]
    assert (found["scene_count"], found["cuts_per_minute"], found["avg_shot_length"]) == (2, 12.0, 2.5)
    assert found["cinematography"] == "handheld, close-up dominant"
    assert found["shot_types"] == {"close_up": 1.0, "medium": 0.0, "wide": 0.0}
    assert (found["faces"]["max_count"], found["faces"]["presence_ratio"]) == (2, 0.4)
    assert [(one["text"], one["position"]) for one in found["on_screen_text"]] == [("Hi there", "bottom center")]
    assert found["letterbox"] == {"top": 1, "bottom": 2, "left": 3, "right": 4}


def test_shares_of_shots_sum_to_one() -> None:
    sizes = (ShotSize.CLOSE_UP, ShotSize.MEDIUM, ShotSize.WIDE)
    thirds = tuple(replace(shot, size=size) for shot, size in zip(shots(1, 1, 1), sizes, strict=True))
    assert sum(share or 0 for share in shot_types(seeing(1, 1, 1, shots=thirds)).values()) == 1.0
    assert set(shot_types(seeing(1)).values()) == {None}


def test_unread_faces_are_unknown_and_none_is_none() -> None:
    unread = view(Percepts(SourceFacts(), FileFacts(5.0), seeing=seeing(5, faces=None)), "visual_analysis")
    assert unread["faces"] == {"max_count": None, "presence_ratio": None, "avg_size": None, "tracks": []}
    empty = view(Percepts(SourceFacts(), FileFacts(5.0), seeing=seeing(5)), "visual_analysis")
    assert (empty["faces"]["max_count"], empty["faces"]["presence_ratio"]) == (0, 0.0)


def test_places_in_the_picture() -> None:
    assert position(Box(0, 0, 0.2, 0.1)) == "top left"
    assert position(Box(0.4, 0.45, 0.2, 0.1)) == "middle center"


def test_the_transcript_stays_inside_the_film() -> None:
    film = spoken_film("One two three. Four five six. Seven eight nine.")
    short = view(replace(film, file=FileFacts(2.0)), "transcript")
    assert [segment["text"] for segment in short["segments"]] == ["One two three.", "Four five six."]
    assert short["word_count"] == 6
    assert all(word["segment"] < 2 and word["end"] <= 2.0 for word in short["words"])


def test_what_is_heard_after_the_pictures_has_no_time_in_the_film() -> None:
    events = (SoundEvent(1.0, 9.0, "speech", 0.9), SoundEvent(6.0, 9.0, "music", 0.9))
    heard = replace(
        hearing(9.0, ((1.0, 2.0), (8.0, 9.0))), events=events, silences=(Span(2.0, 8.0),), energy=(0.5,) * 9
    )
    told = view(Percepts(SourceFacts(), FileFacts(4.5), hearing=heard), "audio_analysis")
    assert [(event["start"], event["end"]) for event in told["sound_events"]] == [(1.0, 4.5)]
    assert told["silences"] == told["speech"]["pauses"] == [{"start": 2.0, "end": 4.5}]
    assert [point["t"] for point in told["energy_curve"]] == [0, 1, 2, 3, 4]


def test_the_scenes_of_a_film_that_is_cut_off_cover_it_and_it_is_told() -> None:
    film = Percepts(SourceFacts(), FileFacts(10.0), seeing=seeing(2.0, 2.0))
    verdict = understand(film)[0]
    scenes = verdict.fields["media_understanding"]["visual_analysis"]["scenes"]
    assert (scenes[0]["start"], scenes[-1]["end"], scenes[-1]["duration"]) == (0.0, 10.0, 8.0)
    assert any("no pictures in the last 6.0 s" in warning for warning in verdict.warnings)
