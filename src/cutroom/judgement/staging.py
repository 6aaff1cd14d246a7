"""What pictures show, in shares of the film's time: faces, two at a time, words, stillness, shots without a face."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from cutroom.model.percepts import CameraMotion, FaceTrack, Hearing, Seeing, Shot, Transcript

_SMALL_FACE = 0.08
"""Of the picture's height; smaller faces are bystanders or a facecam's."""


def covered(spans: Iterable[tuple[float, float]], at_once: int = 1) -> float:
    """For how many seconds at least ``at_once`` of the spans go on."""
    edges = sorted(
        [(start, 1) for start, end in spans if end > start] + [(end, -1) for start, end in spans if end > start]
    )
    total, depth, since = 0.0, 0, 0.0
    for at, step in edges:
        if depth >= at_once:
            total += at - since
        depth, since = depth + step, at
    return total


def size(track: FaceTrack) -> float:
    """The height of a followed face as a share of the picture's, in the middle of its values."""
    return median(face.box.height for face in track.faces) if track.faces else 0.0


def inside(track: FaceTrack, shot: Shot) -> bool:
    """Whether most of what they share in time makes the face one of the shot."""
    return min(track.end, float(shot.end)) - max(track.start, float(shot.start)) > 0.04


def faces_of(shots: Sequence[Shot], tracks: Iterable[FaceTrack]) -> Iterator[list[FaceTrack]]:
    """The faces of each shot. Shots are in order; both are gone through once, for films have thousands of either."""
    waiting = sorted(tracks, key=lambda track: (track.start, track.id), reverse=True)
    active: list[FaceTrack] = []
    for shot in shots:
        while waiting and waiting[-1].start < shot.end:
            active.append(waiting.pop())
        active = [track for track in active if track.end > shot.start]
        yield [track for track in active if inside(track, shot)]


@dataclass(frozen=True, slots=True)
class Staging:
    """Shares of time 0..1, None where the sense that tells it did not run."""

    duration: float
    shots: int
    cuts_per_minute: float
    face: float | None
    two_faces: float | None
    face_height: float | None
    faceless_shots: float | None
    text: float | None
    still: float
    handheld: float
    voice: float | None
    speakers: int | None
    seen_speakers: int
    motion: float
    facecam: bool


def staging(seeing: Seeing, hearing: Hearing | None, transcript: Transcript | None, *, sung: bool = False) -> Staging:
    """The staging of a film of any length. ``sung`` is whether what is heard as a voice is a song."""
    duration = max(seeing.duration, 0.001)
    tracks = seeing.faces
    large = [track for track in tracks or () if size(track) >= _SMALL_FACE]
    spans = [(track.start, track.end) for track in large]
    handheld = sum(float(shot.end - shot.start) for shot in seeing.shots if shot.camera is CameraMotion.HANDHELD)
    return Staging(
        duration=duration,
        shots=len(seeing.shots),
        cuts_per_minute=max(len(seeing.shots) - 1, 0) * 60 / duration,
        face=None if tracks is None else min(1.0, covered(spans) / duration),
        two_faces=None if tracks is None else min(1.0, covered(spans, 2) / duration),
        face_height=median(map(size, large)) if large else None,
        faceless_shots=None if tracks is None else _faceless(seeing.shots, large) / duration,
        text=None if seeing.text is None else min(1.0, covered([(t.start, t.end) for t in seeing.text]) / duration),
        still=min(1.0, covered([(span.start, span.end) for span in seeing.freezes]) / duration),
        handheld=min(1.0, handheld / duration),
        voice=0.0 if sung else _voice(hearing, transcript, duration),
        speakers=_speakers(hearing, transcript),
        seen_speakers=len({track.speaker for track in large if track.speaker}),
        motion=seeing.look.motion,
        facecam=seeing.facecam is not None,
    )


def _faceless(shots: Sequence[Shot], tracks: Sequence[FaceTrack]) -> float:
    faces = faces_of(shots, tracks)
    return sum(float(shot.end - shot.start) for shot, shown in zip(shots, faces, strict=True) if not shown)


def _voice(hearing: Hearing | None, transcript: Transcript | None, duration: float) -> float | None:
    if hearing is not None and hearing.voice_seconds is not None:
        return min(1.0, hearing.voice_seconds / duration)
    if transcript is not None:
        return min(1.0, covered([(segment.start, segment.end) for segment in transcript.segments]) / duration)
    return None


def _speakers(hearing: Hearing | None, transcript: Transcript | None) -> int | None:
    named = {segment.speaker for segment in transcript.segments if segment.speaker} if transcript else set()
    if hearing is not None and hearing.turns is not None:
        named |= {turn.speaker for turn in hearing.turns}
    elif not named:
        return None
    return len(named)
