"""What kind of film it is, by rules on faces, shots, speakers, stillness and words on screen; the thresholds are here.

Rules are tried in order, the first that holds decides. Animation is never told by these rules: nothing that is
perceived proves it. Where no face detector ran, only what needs no faces is told. A facecam says that a person's little
picture lies over something, not over what: whether that is a game or a screen must be told by words, by stillness and
writing, or by a picture that moves as a whole, all the time and without cuts. Otherwise there is no format, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cutroom.judgement.staging import Staging

FORMATS = (
    "talking_head", "talking_head_with_broll", "interview", "screen_recording", "gameplay", "montage", "slideshow",
    "vlog", "animation", "other",
)  # fmt: skip

# On the scale of ``looks.MOTION``, measured: a still picture in grain, and slides, .06 to .11; people before a standing
# camera .09 to .24, with the grain of old film .30; an animation .10 in a calm shot and .20 as a whole; a page that is
# scrolled all the time .59 to .65; a game whose camera moves all the time .48 to .78.
_GAME_MOTION, _SOME_MOTION = 0.35, 0.15
_GAME_STILL, _GAME_CUTS = 0.1, 6.0
_STILL_SLIDES, _LEAST_SLIDES, _LONG_SLIDE_CUTS = 0.75, 3, 60.0
_SCREEN_TEXT, _SCREEN_STILL, _SCREEN_CUTS, _SCREEN_FACES = 0.6, 0.3, 6.0, 0.25
_TALK = 0.25
_INTERVIEW_FACES, _INTERVIEW_TWO = 0.4, 0.15
_HEAD_FACES, _HEAD_FACELESS = 0.75, 0.12
_BROLL_FACES = 0.2
_VLOG_HANDHELD = 0.5
_MONTAGE_CUTS = 15.0
_MONTAGE_TALK = 0.25


_UNDER = "A facecam lies over other pictures, and nothing tells a game from a recorded screen or a watched film."


@dataclass(frozen=True, slots=True)
class Format:
    """The format, or None and why; ``because`` names the measures that decided."""

    name: str | None
    because: tuple[str, ...] = ()
    reason: str | None = None


def _talks(stage: Staging) -> bool:
    return stage.voice is None or stage.voice >= _TALK


def _facecam(stage: Staging, *, gaming: bool) -> str | None:
    """What lies under the little picture; None where nothing tells."""
    reads, stands = stage.text is not None and stage.text >= _SCREEN_TEXT, stage.still >= _SCREEN_STILL
    if gaming:
        return "gameplay"
    if stands or (reads and stage.motion < _SOME_MOTION):
        return "screen_recording"
    flows = stage.motion >= _GAME_MOTION and stage.still < _GAME_STILL and stage.cuts_per_minute <= _GAME_CUTS
    # Pages that are scrolled move as much; a film that somebody watches has cuts.
    return "gameplay" if flows and stage.text is not None and not reads else None


def _slideshow(stage: Staging, *, gaming: bool) -> str | None:
    still = stage.still >= _STILL_SLIDES and stage.shots >= _LEAST_SLIDES
    return "slideshow" if still and stage.cuts_per_minute <= _LONG_SLIDE_CUTS and not gaming else None


def _screen(stage: Staging, *, gaming: bool) -> str | None:
    if stage.face is None or stage.face >= _SCREEN_FACES or stage.cuts_per_minute > _SCREEN_CUTS:
        return None
    if gaming and stage.motion >= _SOME_MOTION:
        return "gameplay"
    reads = stage.text is not None and stage.text >= _SCREEN_TEXT
    return "screen_recording" if reads and (stage.still >= _SCREEN_STILL or stage.motion < _SOME_MOTION) else None


def _interview(stage: Staging, *, gaming: bool) -> str | None:
    if stage.face is None or stage.two_faces is None or gaming or not _talks(stage):
        return None
    people = stage.two_faces >= _INTERVIEW_TWO or stage.seen_speakers >= 2 or stage.shots >= 3
    return "interview" if (stage.speakers or 0) >= 2 and stage.face >= _INTERVIEW_FACES and people else None


def _head(stage: Staging, *, gaming: bool) -> str | None:
    if stage.face is None or stage.faceless_shots is None or gaming or not _talks(stage):
        return None
    if stage.handheld >= _VLOG_HANDHELD and stage.face >= _BROLL_FACES and stage.shots >= 3:
        return "vlog"
    if stage.face >= _HEAD_FACES and stage.faceless_shots < _HEAD_FACELESS:
        return "talking_head"
    return "talking_head_with_broll" if stage.face >= _BROLL_FACES and stage.faceless_shots >= _HEAD_FACELESS else None


def _montage(stage: Staging, *, gaming: bool) -> str | None:
    quick = stage.cuts_per_minute >= _MONTAGE_CUTS and stage.shots >= 4
    wordless = stage.voice is not None and stage.voice < _MONTAGE_TALK
    return "montage" if quick and wordless and not gaming else None


_RULES: tuple[Callable[..., str | None], ...] = (_slideshow, _screen, _interview, _head, _montage)


def video_format(stage: Staging, *, gaming: bool) -> Format:
    """The format of a film. ``gaming`` is whether its words make it one about games."""
    if stage.facecam and (gaming or _talks(stage)):
        under = _facecam(stage, gaming=gaming)
        return Format(under, _because(stage), None if under else _UNDER)
    for rule in _RULES:
        name = rule(stage, gaming=gaming)
        if name is not None:
            return Format(name, _because(stage))
    if stage.face is None:
        return Format(None, _because(stage), "No face detector ran, and nothing else tells the format.")
    return Format("other", _because(stage))


def _because(stage: Staging) -> tuple[str, ...]:
    measured = {
        "faces": stage.face,
        "two faces": stage.two_faces,
        "shots without a face": stage.faceless_shots,
        "words on screen": stage.text,
        "still": stage.still,
        "handheld": stage.handheld,
        "voice": stage.voice,
    }
    shares = [f"{name} {share:.0%} of the time" for name, share in measured.items() if share is not None]
    counts = [f"movement {stage.motion:.2f}", _count(stage.shots, "shot"), f"{stage.cuts_per_minute:.1f} cuts a minute"]
    counts.append("a facecam" if stage.facecam else "no facecam")
    return (*shares, *counts, *([] if stage.speakers is None else [_count(stage.speakers, "speaker")]))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
