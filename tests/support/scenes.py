"""Percepts of pictures and sound made by hand, for judgement to judge."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from cutroom.model.percepts import (
    Box,
    CameraMotion,
    Colour,
    FaceAt,
    FaceTrack,
    Hearing,
    Keyframe,
    Look,
    Loudness,
    Music,
    ScreenText,
    Seeing,
    Shot,
    ShotSize,
    Span,
    Transition,
    Turn,
)

LOOK = Look(0.5, 0.4, 0.3, 0.6, 0.4, 0.05)


def shots(
    *lengths: float, camera: CameraMotion = CameraMotion.STATIC, size: ShotSize | None = None
) -> tuple[Shot, ...]:
    found, at = [], Fraction(0)
    for number, length in enumerate(lengths):
        end = at + Fraction(length).limit_denominator(1000)
        kind = Transition.CUT if number else Transition.START
        found.append(Shot(at, end, int(at * 25), kind, LOOK, camera, 0.0, size))
        at = end
    return tuple(found)


def face(number: int, start: float, end: float, x: float = 0.4, height: float = 0.4, **more: Any) -> FaceTrack:
    box = Box(x, 0.2, height / 2, height)
    return FaceTrack(number, start, end, (FaceAt(start, box, 0.9), FaceAt(end, box, 0.9)), **more)


def seeing(*lengths: float, **more: Any) -> Seeing:
    camera = more.pop("camera", CameraMotion.STATIC)
    size = more.pop("size", None)
    planned = shots(*lengths, camera=camera, size=size)
    duration = float(planned[-1].end)
    keyframes = tuple(Keyframe(s.first_frame, s.start, n, f"{n}.jpg") for n, s in enumerate(planned))
    bare = Seeing(
        duration=duration,
        width=1920,
        height=1080,
        frames=int(duration * 25),
        shots=planned,
        keyframes=keyframes,
        look=LOOK,
        looks=(LOOK,) * int(duration),
        camera=camera,
        colours=(Colour("#102030", 0.5), Colour("#ffffff", 0.25)),
        letterbox=None,
        black=(),
        freezes=(),
        faces=(),
        text=(),
    )
    return replace(bare, **more)


def shown(text: str, start: float = 0.0, end: float = 3.0, y: float = 0.4, height: float = 0.05) -> ScreenText:
    return ScreenText(start, end, text, Box(0.3, y, 0.4, 0.06), height, 0.95)


def hearing(duration: float, voice: tuple[tuple[float, float], ...] | None = (), **more: Any) -> Hearing:
    spans = None if voice is None else tuple(Span(*one) for one in voice)
    speakers = more.pop("speakers", "A")
    turns = None if voice is None else tuple(Turn(a, b, speakers[n % len(speakers)]) for n, (a, b) in enumerate(voice))
    bare = Hearing(
        duration=duration,
        loudness=Loudness(-16.0, -1.5, 4.2),
        energy=(0.5,) * int(duration),
        silences=(),
        noise_floor_db=-60.0,
        clipping_ratio=0.0,
        voice=spans,
        music=Music(present=False, ratio=0.0),
        turns=turns,
    )
    return replace(bare, **more)
