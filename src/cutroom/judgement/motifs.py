"""What recurs in the pictures: closed tags, each with its share of the film's time.

"split-screen" is in the contract's spirit but not here: nothing that is perceived tells it from two people in one room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cutroom.judgement.staging import Staging, covered, faces_of, size
from cutroom.model.percepts import Box, FaceTrack, Seeing, Shot

THRESHOLDS = {
    "face-to-camera": 0.25,
    "text-overlay": 0.2,
    "two-shot": 0.1,
    "facecam": 0.1,
    "slideshow": 0.6,
    "black-bars": 0.5,
    "jump-cuts": 0.1,
}
"""From which share of the time a motif is named."""

_TO_CAMERA = 0.12
"""A face that fills at least this share of the height looks out of the film at somebody."""
_SAME_PLACE = 0.3
_BAR = 0.04


def motifs(seeing: Seeing, stage: Staging) -> dict[str, float]:
    """The motifs at or above their threshold and the share of time of each, most present first."""
    tracks = seeing.faces or ()
    duration = stage.duration
    near = [(track.start, track.end) for track in tracks if size(track) >= _TO_CAMERA]
    shares = {
        "face-to-camera": covered(near) / duration,
        "text-overlay": stage.text or 0.0,
        "two-shot": stage.two_faces or 0.0,
        "facecam": _in_box(seeing, tracks) / duration if seeing.facecam else 0.0,
        "slideshow": stage.still if stage.shots >= 3 else 0.0,
        "black-bars": float(_bars(seeing)),
        "jump-cuts": sum(float(shot.end - shot.start) for shot in _jumped(seeing.shots, tracks)) / duration,
    }
    named = {name: round(min(share, 1.0), 3) for name, share in shares.items() if share >= THRESHOLDS[name]}
    return dict(sorted(named.items(), key=lambda one: (-one[1], one[0])))


def _bars(seeing: Seeing) -> bool:
    bars = seeing.letterbox
    if bars is None:
        return False
    high, wide = (bars.top + bars.bottom) / max(seeing.height, 1), (bars.left + bars.right) / max(seeing.width, 1)
    return max(high, wide) >= 2 * _BAR


def _in_box(seeing: Seeing, tracks: Iterable[FaceTrack]) -> float:
    box = seeing.facecam
    held = [(t.start, t.end) for t in tracks if box and t.faces and _shared(t.faces[len(t.faces) // 2].box, box) > 0]
    return covered(held) if held else seeing.duration


def _shared(a: Box, b: Box) -> float:
    """The area two boxes share over the area they cover, 0..1."""
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / (a.width * a.height + b.width * b.height - both)


def _jumped(shots: Sequence[Shot], tracks: Sequence[FaceTrack]) -> list[Shot]:
    """Shots that show again, in nearly the same place, the one face of the shot before: the film skipped some time."""
    alone = list(faces_of(shots, [track for track in tracks if track.faces]))
    found = []
    for (_, before), (shot, after) in pairwise(zip(shots, alone, strict=True)):
        if len(before) == len(after) == 1 and _shared(before[0].faces[-1].box, after[0].faces[0].box) >= _SAME_PLACE:
            found.append(shot)
    return found
