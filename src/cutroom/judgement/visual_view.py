"""What is seen as the contract names it. A file without pictures has null for every number, and empty lists."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cutroom.judgement.audio_view import spans
from cutroom.judgement.cleaning import clean
from cutroom.judgement.staging import covered, size
from cutroom.model.percepts import Box, CameraMotion, ScreenText, Seeing, ShotSize

_LOOKS = {
    "brightness": "brightness",
    "contrast": "contrast",
    "saturation": "saturation",
    "sharpness": "sharpness",
    "motion_intensity": "motion",
    "visual_complexity": "complexity",
}
_MOVES = {
    CameraMotion.STATIC: "static camera",
    CameraMotion.HANDHELD: "handheld",
    CameraMotion.PAN: "panning",
    CameraMotion.TILT: "tilting",
    CameraMotion.ZOOM: "zooming",
    CameraMotion.MIXED: "mixed camera movement",
}
_SIZES = {ShotSize.CLOSE_UP: "close-up", ShotSize.MEDIUM: "medium shots", ShotSize.WIDE: "wide shots"}
_DOMINANT, _PRESENT = 0.6, 0.2


def visual_view(seeing: Seeing | None, motifs: list[str], duration: float) -> dict[str, Any]:
    """``media_understanding.visual_analysis``. ``image_url`` is the name of the picture's file, to be made a link."""
    shares = shot_types(seeing)
    shots = len(seeing.shots) if seeing else 0
    minutes = seeing.duration / 60 if seeing else 0.0
    return {
        "keyframes": _keyframes(seeing) if seeing else [],
        "scenes": _scenes(seeing, duration) if seeing else [],
        "scene_count": shots if seeing else None,
        "cuts_per_minute": round(max(shots - 1, 0) / minutes, 2) if minutes > 0 else None,
        "avg_shot_length": round(seeing.duration / shots, 3) if seeing and shots else None,
        "cinematography": cinematography(seeing) if seeing else None,
        "camera_motion": seeing.camera.value if seeing else None,
        "shot_types": shares,
        "motifs": motifs,
        "dominant_colors": [{"hex": c.hex, "share": round(c.share, 3)} for c in seeing.colours[:5]] if seeing else [],
        **{name: round(getattr(seeing.look, own), 3) if seeing else None for name, own in _LOOKS.items()},
        "faces": _faces(seeing),
        "on_screen_text": [_text(shown) for shown in seeing.text or () if clean(shown.text)] if seeing else [],
        "letterbox": _letterbox(seeing),
        "black_segments": spans(seeing.black) if seeing else [],
        "freeze_segments": spans(seeing.freezes) if seeing else [],
    }


def _seconds(exact: Fraction) -> float:
    return round(float(exact), 3)


def _keyframes(seeing: Seeing) -> list[dict[str, Any]]:
    return [{"frame_index": k.frame_index, "t": _seconds(k.t), "image_url": k.file} for k in seeing.keyframes]


def unseen(seeing: Seeing, duration: float) -> float:
    """Seconds at the end of the film, which lasts ``duration`` s, that have no pictures, as in one that is cut off."""
    return max(0.0, duration - float(seeing.shots[-1].end)) if seeing.shots else 0.0


def _scenes(seeing: Seeing, duration: float) -> list[dict[str, Any]]:
    """The last one goes on to the end of the film, as players show it."""
    ends = [shot.end for shot in seeing.shots[:-1]] + [max(shot.end, Fraction(duration)) for shot in seeing.shots[-1:]]
    return [
        {
            "index": number,
            "start": _seconds(shot.start),
            "end": _seconds(end),
            "duration": _seconds(end - shot.start),
            "shot_type": shot.size.value if shot.size else None,
            "motion": round(shot.look.motion, 3),
            "brightness": round(shot.look.brightness, 3),
        }
        for number, (shot, end) in enumerate(zip(seeing.shots, ends, strict=True))
    ]


def shot_types(seeing: Seeing | None) -> dict[str, float | None]:
    """The share of each size of shot in the time of those whose size is known; they sum to 1, or all are None."""
    seconds = {kind: Fraction(0) for kind in ShotSize}
    for shot in seeing.shots if seeing else ():
        if shot.size is not None:
            seconds[shot.size] += shot.end - shot.start
    total = sum(seconds.values())
    if not total:
        return {kind.value: None for kind in ShotSize}
    shares = {kind.value: round(float(value / total), 3) for kind, value in seconds.items()}
    largest = max(shares, key=lambda kind: shares[kind])
    shares[largest] = round(shares[largest] + 1.0 - sum(shares.values()), 3)
    return dict(shares)


def cinematography(seeing: Seeing) -> str:
    """Camera movement and framing in words, e.g. "handheld, close-up dominant"."""
    said = [_MOVES[seeing.camera]]
    shares = {kind: shot_types(seeing)[kind.value] or 0.0 for kind in ShotSize}
    named = sorted((kind for kind in ShotSize if shares[kind] >= _PRESENT), key=lambda kind: -shares[kind])
    if named and shares[named[0]] >= _DOMINANT:
        said.append(f"{_SIZES[named[0]]} dominant")
    elif named:
        said.append(" and ".join(_SIZES[kind] for kind in named))
    average = seeing.duration / max(len(seeing.shots), 1)
    if len(seeing.shots) <= 1:
        said.append("one continuous shot")
    elif average < 2.5:
        said.append("fast cutting")
    elif average > 10:
        said.append("long takes")
    return ", ".join(said)


def _faces(seeing: Seeing | None) -> dict[str, Any]:
    if seeing is None or seeing.faces is None:
        return {"max_count": None, "presence_ratio": None, "avg_size": None, "tracks": []}
    held = [(track.start, track.end) for track in seeing.faces]
    seconds = sum(end - start for start, end in held)
    weighed = sum(size(track) * (track.end - track.start) for track in seeing.faces)
    return {
        "max_count": _most_at_once(held),
        "presence_ratio": round(min(1.0, covered(held) / seeing.duration), 3) if seeing.duration > 0 else None,
        "avg_size": round(weighed / seconds, 3) if seconds > 0 else 0.0,
        "tracks": [{"id": t.id, "start": round(t.start, 3), "end": round(t.end, 3)} for t in seeing.faces],
    }


def _most_at_once(held: list[tuple[float, float]]) -> int:
    edges = sorted([(start, 1) for start, _ in held] + [(end, -1) for _, end in held])
    depth = most = 0
    for _, step in edges:
        depth += step
        most = max(most, depth)
    return most


def _text(shown: ScreenText) -> dict[str, Any]:
    return {
        "start": round(shown.start, 3),
        "end": round(shown.end, 3),
        "text": clean(shown.text, 2000),
        "position": position(shown.box),
    }


def position(box: Box) -> str:
    """Where a box stands, e.g. "bottom center"."""
    across, down = box.x + box.width / 2, box.y + box.height / 2
    row = "top" if down < 1 / 3 else "bottom" if down > 2 / 3 else "middle"
    return f"{row} {'left' if across < 1 / 3 else 'right' if across > 2 / 3 else 'center'}"


def _letterbox(seeing: Seeing | None) -> dict[str, int] | None:
    bars = seeing.letterbox if seeing else None
    return {"top": bars.top, "bottom": bars.bottom, "left": bars.left, "right": bars.right} if bars else None
