"""Formats and motifs: one made scene for each, and none where nothing tells."""

from __future__ import annotations

from typing import Any

import pytest

from cutroom.judgement.motifs import motifs
from cutroom.judgement.staging import covered, staging
from cutroom.judgement.video_format import Format, video_format
from cutroom.model.percepts import Border, Box, CameraMotion, Hearing, Look, Seeing, Span
from tests.support.scenes import face, hearing, seeing, shown

TALK = hearing(60, ((0, 25), (26, 55)))
TWO = hearing(60, ((0, 25), (26, 55)), speakers="AB")
SILENT = hearing(60, ())
MOVING = Look(0.5, 0.4, 0.5, 0.5, 0.6, 0.5)
FACECAM = Box(0.02, 0.7, 0.2, 0.25)

SCENES: dict[str, tuple[Seeing, Hearing, bool]] = {
    "talking_head": (seeing(60, faces=(face(1, 0, 60),)), TALK, False),
    "talking_head_with_broll": (
        seeing(15, 15, 15, 15, faces=(face(1, 0, 15), face(2, 30, 45))), TALK, False,
    ),
    "interview": (seeing(60, faces=(face(1, 0, 60, 0.1), face(2, 0, 60, 0.7))), TWO, False),
    "gameplay": (seeing(60, faces=(face(1, 0, 60, 0.05, 0.15),), facecam=FACECAM, look=MOVING), TALK, False),
    "screen_recording": (
        seeing(60, text=(shown("File Edit View", 0, 60),), freezes=(Span(0, 30),)), TALK, False,
    ),
    "slideshow": (seeing(10, 10, 10, 10, 10, 10, freezes=(Span(0, 58),)), SILENT, False),
    "montage": (seeing(*[2.0] * 30, look=MOVING), SILENT, False),
    "vlog": (
        seeing(20, 20, 20, camera=CameraMotion.HANDHELD, faces=(face(1, 0, 20),)), TALK, False,
    ),
    "other": (seeing(60, look=MOVING), SILENT, False),
}  # fmt: skip


def told(seen: Seeing, heard: Hearing | None, *, gaming: bool = False) -> Format:
    return video_format(staging(seen, heard, None), gaming=gaming)


@pytest.mark.parametrize("name", SCENES)
def test_each_format(name: str) -> None:
    seen, heard, gaming = SCENES[name]
    assert told(seen, heard, gaming=gaming).name == name


def test_a_still_screen_with_a_facecam_is_a_recording_unless_it_is_about_games() -> None:
    seen = seeing(60, faces=(face(1, 0, 60, 0.05, 0.15),), facecam=FACECAM, freezes=(Span(0, 40),))
    assert told(seen, TALK).name == "screen_recording"
    assert told(seen, TALK, gaming=True).name == "gameplay"


@pytest.mark.parametrize(
    "facts",
    [
        {},  # as calm as a film of people who talk
        {"look": MOVING, "text": (shown("def main", 0, 50),)},  # a page that is scrolled, or a game with writing
        {"look": MOVING, "text": None},
        {"look": MOVING, "shots": (3.0,) * 20},  # a film that is watched
    ],
)
def test_a_facecam_alone_does_not_tell_what_lies_under_it(facts: dict[str, Any]) -> None:
    lengths = facts.pop("shots", (60.0,))
    seen = seeing(*lengths, faces=(face(1, 0, 60, 0.05, 0.15),), facecam=FACECAM, **facts)
    unknown = told(seen, TALK)
    assert unknown.name is None
    assert unknown.reason
    assert told(seen, TALK, gaming=True).name == "gameplay"


def test_pages_that_stand_under_a_facecam_are_a_recorded_screen() -> None:
    calm = Look(0.5, 0.4, 0.5, 0.5, 0.6, 0.1)
    seen = seeing(60, faces=(face(1, 0, 60, 0.05, 0.15),), facecam=FACECAM, look=calm, text=(shown("File", 0, 50),))
    assert told(seen, TALK).name == "screen_recording"


def test_without_a_face_detector_only_what_needs_none_is_told() -> None:
    unknown = told(seeing(60, faces=None), TALK)
    assert unknown.name is None
    assert unknown.reason
    assert told(seeing(10, 10, 10, 10, 10, 10, faces=None, freezes=(Span(0, 58),)), SILENT).name == "slideshow"


@pytest.mark.parametrize(
    ("motif", "with_it", "without"),
    [
        ("face-to-camera", {"faces": (face(1, 0, 8),)}, {"faces": (face(1, 0, 8, height=0.09),)}),
        ("text-overlay", {"text": (shown("hi", 0, 5),)}, {"text": (shown("hi", 0, 1),)}),
        ("two-shot", {"faces": (face(1, 0, 8, 0.1), face(2, 0, 8, 0.7))}, {"faces": (face(1, 0, 5), face(2, 5, 10))}),
        ("facecam", {"facecam": FACECAM}, {}),
        ("black-bars", {"letterbox": Border(140, 140, 0, 0)}, {"letterbox": Border(10, 10, 0, 0)}),
    ],
)
def test_motifs(motif: str, with_it: dict[str, Any], without: dict[str, Any]) -> None:
    for facts, there in ((with_it, True), (without, False)):
        seen = seeing(10, **facts)
        assert (motif in motifs(seen, staging(seen, None, None))) is there


def test_slides_and_jumps() -> None:
    slides = seeing(3, 3, 3, freezes=(Span(0, 9),))
    assert "slideshow" in motifs(slides, staging(slides, None, None))
    jumps = seeing(5, 5, faces=(face(1, 0, 5), face(2, 5, 10)))
    assert motifs(jumps, staging(jumps, None, None))["jump-cuts"] == 0.5
    other = seeing(5, 5, faces=(face(1, 0, 5, 0.0), face(2, 5, 10, 0.8)))
    assert "jump-cuts" not in motifs(other, staging(other, None, None))


def test_time_is_counted_once() -> None:
    assert covered([(0, 2), (1, 3), (5, 6)]) == 4
    assert covered([(0, 2), (1, 3), (5, 6)], 2) == 1
    assert covered([]) == 0
