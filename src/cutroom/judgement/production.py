"""How a film is made: clarity of picture and sound, light, framing, steadiness, captions, density of edits."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cutroom.judgement import measures as m
from cutroom.judgement.burned_in import caption_presence
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.scoring import Signal, compose, exact, ratio
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Box, FaceTrack, Hearing, Percepts, ScreenText, Seeing
from cutroom.model.verdicts import Explained

_VISUAL = ("sharpness", "clipping", "brightness", "contrast", "noise", "blockiness", "shake", "resolution")
_AUDIO = ("clipping", "loudness", "true_peak", "dropouts")
_SPEECH = ("speech_to_rest", "noise_floor", "bandwidth")
_EDGE = 0.005
_MOST_TRACKS = 100
_EYE_LINE = 0.38
_SILENT_DB = -96.0
"""The noise of 16 bits: what digital silence between words counts as."""
_NOTHING_BETWEEN_DB = 60.0


def visual_clarity(percepts: Percepts) -> Explained:
    """0..100 for the pictures."""
    seeing = percepts.seeing
    if seeing is None:
        return compose("visual_clarity", [Signal(name, None) for name in _VISUAL], unknown=m.why_no_pictures(percepts))
    look = seeing.look
    signals = [
        Signal("sharpness", look.sharpness * (1 - m.clamp(look.noise))),
        Signal("clipping", look.dark_clipped + look.light_clipped),
        Signal("brightness", look.brightness),
        Signal("contrast", look.contrast),
        Signal("noise", look.noise),
        Signal("blockiness", look.blockiness),
        Signal("shake", m.over_shots(seeing, lambda shot: shot.shake)),
        Signal("resolution", float(min(seeing.width, seeing.height))),
    ]
    return compose("visual_clarity", [*signals, *_text(seeing.text)])


def audio_clarity(percepts: Percepts) -> Explained:
    """0..100 for the sound; unknown for silence."""
    hearing = percepts.hearing
    if hearing is None:
        return compose(
            "audio_clarity", [Signal(name, None) for name in _AUDIO + _SPEECH], unknown=m.why_no_sound(percepts)
        )
    heard = hearing.loudness.integrated_lufs is not None
    signals = [
        Signal("clipping", hearing.clipping_ratio if heard else None),
        Signal("loudness", hearing.loudness.integrated_lufs),
        Signal("true_peak", hearing.loudness.true_peak_db if heard else None),
        Signal("dropouts", _dropouts(hearing) if heard else None, _first_dropout(hearing)),
    ]
    reason = None if heard else "There is only silence."
    return compose("audio_clarity", [*signals, *_speech(percepts, hearing, heard=heard)], unknown=reason)


def production(percepts: Percepts, sheet: Sheet) -> None:
    """Fill in ``production``."""
    seeing = percepts.seeing
    if seeing is None:
        names = ("lighting", "framing", "stability", "caption_presence", "edit_density")
        sheet.unknown(*names, reason=m.why_no_pictures(percepts))
    else:
        look, clipped = seeing.look, seeing.look.dark_clipped + seeing.look.light_clipped
        light = [Signal("brightness", look.brightness), Signal("clipping", clipped), Signal("contrast", look.contrast)]
        sheet.put("lighting", compose("lighting", light), ratio)
        sheet.put("framing", _framing(seeing), ratio)
        shake = m.over_shots(seeing, lambda shot: shot.shake)
        sheet.put("stability", compose("stability", [Signal("shake", shake)]), ratio)
        sheet.put("caption_presence", caption_presence(percepts))
        cuts = m.cuts_per_minute(percepts)
        parts = [seen("cuts", float(len(seeing.shots) - 1), unit="cuts")]
        density = None if cuts is None else round(cuts, 3)
        sheet.put("edit_density", measured(density, "cuts per minute", parts, unknown="The film has no length."))
    sound = audio_clarity(percepts)
    value = exact(sound)
    reason = sound.unknown_reason
    share = None if value is None else round(value / 100, 4)
    sheet.put("audio_quality", measured(share, "scores.audio_clarity / 100", sound.components, unknown=reason))


def in_safe_area(texts: tuple[ScreenText, ...], top: float, bottom: float, left: float, right: float) -> float | None:
    """Share of the texts' area inside of the picture less these borders, weighted by time. None without texts."""
    whole = inside = 0.0
    for text in texts:
        area = _area(text.box) * (text.end - text.start)
        part = Box(left, top, 1 - left - right, 1 - top - bottom)
        whole += area
        inside += _common(text.box, part) * (text.end - text.start)
    return inside / whole if whole > 0 else None


def _text(texts: tuple[ScreenText, ...] | None) -> Iterator[Signal]:
    """Left out where no text is shown: nothing could be made better about it."""
    if texts is None:
        yield from (Signal("text_size", None), Signal("text_in_safe_area", None))
        return
    seconds = math.fsum(text.end - text.start for text in texts)
    if not texts or seconds <= 0:
        return
    yield Signal("text_size", math.fsum(text.height * (text.end - text.start) for text in texts) / seconds)
    w = weights()
    side = w.number("safe_side")
    yield Signal("text_in_safe_area", in_safe_area(texts, w.number("safe_top"), w.number("safe_bottom"), side, side))


def _speech(percepts: Percepts, hearing: Hearing, *, heard: bool) -> Iterator[Signal]:
    """What can only be told from speech; left out where nobody speaks."""
    if m.speaks(percepts) is False:
        return
    if not heard or m.speaks(percepts) is None:
        yield from (Signal(name, None) for name in _SPEECH)
        return
    # Digital silence between words has no level: the best there is, not unknown.
    quiet = hearing.noise_floor_db is None
    above = hearing.speech_to_rest_db
    yield Signal("speech_to_rest", _NOTHING_BETWEEN_DB if above is None and quiet else above)
    yield Signal("noise_floor", _SILENT_DB if quiet else hearing.noise_floor_db)
    yield Signal("bandwidth", hearing.bandwidth_hz)


def _dropouts(hearing: Hearing) -> float | None:
    lost = math.fsum(span.end - span.start for span in hearing.dropouts)
    return lost * 60 / hearing.duration if hearing.duration > 0 else None


def _first_dropout(hearing: Hearing) -> tuple[float, float] | None:
    return (hearing.dropouts[0].start, hearing.dropouts[0].end) if hearing.dropouts else None


def _framing(seeing: Seeing) -> Explained:
    names = ("off_centre", "eye_line", "cut_off")
    if not seeing.faces:
        reason = m.NO_FACES if seeing.faces is None else "Nobody's face is shown."
        return compose("framing", [Signal(name, None) for name in names], unknown=reason)
    boxes = [face.box for track in _largest(seeing.faces) for face in track.faces]
    if not boxes:
        return compose("framing", [Signal(name, None) for name in names], unknown="Nobody's face is shown.")
    return compose(
        "framing",
        [
            Signal("off_centre", m.mean([abs(box.x + box.width / 2 - 0.5) for box in boxes])),
            Signal("eye_line", m.mean([abs(box.y + box.height / 2 - _EYE_LINE) for box in boxes])),
            Signal("cut_off", m.mean([1.0 if _touches_edge(box) else 0.0 for box in boxes])),
        ],
    )


def _largest(tracks: tuple[FaceTrack, ...]) -> list[FaceTrack]:
    """The tracks that are the largest at some time: a crowd behind the speaker says nothing of the framing."""
    kept: list[FaceTrack] = []
    for track in sorted(tracks, key=lambda one: (-_size(one), one.id)):
        free = (track.end - track.start) - m.overlap(track.start, track.end, [(k.start, k.end) for k in kept])
        if not kept or free > (track.end - track.start) / 2:
            kept.append(track)
        if len(kept) == _MOST_TRACKS:
            break
    return kept


def _size(track: FaceTrack) -> float:
    return m.mean([_area(face.box) for face in track.faces]) or 0.0


def _touches_edge(box: Box) -> bool:
    right, bottom = box.x + box.width, box.y + box.height
    return box.x <= _EDGE or box.y <= _EDGE or right >= 1 - _EDGE or bottom >= 1 - _EDGE


def _area(box: Box) -> float:
    return max(0.0, box.width) * max(0.0, box.height)


def _common(a: Box, b: Box) -> float:
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(0.0, width) * max(0.0, height)
