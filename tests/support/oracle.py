"""What a cut must be, worked out from the truth about a film alone, and every way in which a clip is not that."""

from __future__ import annotations

import random
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cutroom.model.clip import CutResult, Mode
from tests.support import reader
from tests.support.film_spec import PLACE, SECRET, Film, Shown

MILLISECOND = Fraction(1, 1000)
AAC_FRAME = 1024 / 44100
"""Seconds; the longest of the rates used."""


@dataclass(frozen=True)
class Expected:
    """A cut as it must come out: exact times as users count them, and the pictures in order."""

    start: Fraction
    end: Fraction
    numbers: tuple[int, ...]
    times: tuple[Fraction, ...]
    """Times of the pictures from the clip's start."""

    @property
    def duration(self) -> Fraction:
        return self.end - self.start


def nearest(boundaries: tuple[Fraction, ...], time: Fraction) -> Fraction:
    """The boundary nearest to ``time``, the earlier one of two equally near."""
    after = bisect_left(boundaries, time)
    if after == 0:
        return boundaries[0]
    if after == len(boundaries):
        return boundaries[-1]
    low, high = boundaries[after - 1], boundaries[after]
    return low if time - low <= high - time else high


def expect(film: Film, start: Fraction, end: Fraction) -> Expected:
    """The cut of ``[start, end)`` of a film with pictures."""
    boundaries = film.boundaries
    first, last = nearest(boundaries, start), nearest(boundaries, end)
    inside = [(t - first, n) for t, n in zip(film.times, film.numbers, strict=True) if first <= t < last]
    return Expected(first, last, tuple(n for _, n in inside), tuple(t for t, _ in inside))


def random_ranges(film: Film, count: int, salt: str = "") -> list[tuple[Fraction, Fraction]]:
    """Seeded ranges of a film: odd milliseconds, ties between two pictures, exact boundaries, first and last ones."""
    rng = random.Random(f"{film.spec.name}{salt}")
    return [_random_range(film.boundaries, rng, index) for index in range(count)]


def _random_range(bounds: tuple[Fraction, ...], rng: random.Random, kind: int) -> tuple[Fraction, Fraction]:
    last = len(bounds) - 1
    lengths = (rng.randint(1, last), rng.randint(1, min(last, 70)), 1 if kind % 3 else last)
    length = lengths[kind % 3] if kind % 7 else min(last, rng.randint(40, 300))
    low = rng.randint(0, last - length)
    start, end = bounds[low], bounds[low + length]
    if kind % 4 == 1 and length > 1:  # exactly between two pictures: the earlier boundary counts
        return (bounds[low] + bounds[low + 1]) / 2, (bounds[low + length - 1] + end) / 2
    if kind % 4 == 2 or length < 3:  # on the boundary
        return start, end
    return _blur(start, bounds, low, rng), _blur(end, bounds, low + length, rng)


def _blur(time: Fraction, bounds: tuple[Fraction, ...], index: int, rng: random.Random) -> Fraction:
    """Another time, in whole milliseconds, somewhere round a boundary and inside the film."""
    step = bounds[index + 1] - time if index + 1 < len(bounds) else time - bounds[index - 1]
    moved = Fraction(round((time + step * Fraction(rng.randint(-45, 45), 100)) * 1000), 1000)
    return min(max(moved, bounds[0]), bounds[-1])


def problems(film: Film, start: Fraction, end: Fraction, result: CutResult, clip: Path) -> list[str]:
    """Everything that is wrong with an MP4 clip of a film with pictures; empty when nothing is."""
    wanted = expect(film, start, end)
    shown = reader.read_clip(clip)
    return [
        *_wrong_result(wanted, result, clip),
        *wrong_pictures(wanted, shown),
        *_wrong_sound(film, wanted, result, clip),
        *_wrong_file(result, clip),
    ]


def wrong_pictures(wanted: Expected, shown: list[Shown]) -> list[str]:
    """Missing, extra, doubled and reordered pictures, and wrong times of the right ones."""
    numbers = tuple(s.number for s in shown)
    if numbers != wanted.numbers:
        missing = [n for n in wanted.numbers if n not in set(numbers)]
        extra = [n for n in numbers if n not in set(wanted.numbers)]
        shape = f"got {len(numbers)} {numbers[:3]}..{numbers[-3:]}, wanted {len(wanted.numbers)} "
        shape += f"{wanted.numbers[:3]}..{wanted.numbers[-3:]}"
        return [f"pictures: {shape}, missing {missing[:5]}, extra {extra[:5]}"]
    found: list[str] = []
    worst = max(abs(s.pts - t) for s, t in zip(shown, wanted.times, strict=True))
    if worst > MILLISECOND:
        found.append(f"times: a picture is {float(worst):.4f} s off, the first at {float(shown[0].pts):.4f}")
    stop = shown[-1].pts + shown[-1].duration
    if abs(stop - wanted.duration) > 2 * MILLISECOND:
        found.append(f"duration: pictures end at {float(stop):.4f}, wanted {float(wanted.duration):.4f}")
    return found


def _wrong_result(wanted: Expected, result: CutResult, clip: Path) -> list[str]:
    claims = {
        "start": (result.start, wanted.start),
        "end": (result.end, wanted.end),
        "frames": (result.frames, len(wanted.numbers)),
        "size": (result.size_bytes, clip.stat().st_size),
        "shape": ((result.width, result.height), reader.shown_size(clip)),
        "codec": (result.video_codec, "h264"),
        "sounds": (len(result.audio_codecs), sum(s.kind == "audio" for s in reader.streams(clip))),
    }
    found = [f"result.{name}: says {said}, is {true}" for name, (said, true) in claims.items() if said != true]
    if abs(result.duration - wanted.duration) > 2 * MILLISECOND:
        found.append(f"result.duration: says {float(result.duration):.4f}, is {float(wanted.duration):.4f}")
    return found


def _wrong_sound(film: Film, wanted: Expected, result: CutResult, clip: Path) -> list[str]:
    found: list[str] = []
    kept = sum(s.kind == "audio" for s in reader.streams(clip))
    if kept > len(film.spec.tracks) or (kept < len(film.spec.tracks) and not result.warnings):
        found.append(f"sound: {kept} tracks of {len(film.spec.tracks)} and no warning")
    copied = film.spec.copyable_sound and result.mode is not Mode.REENCODE
    allowed = 0.002 if copied else AAC_FRAME
    if film.spec.join:  # where two recordings meet, their sounds overlap, and players differ in what they drop
        allowed = 0.05
    for track in range(kept):
        found += _wrong_track(film, wanted, clip, track, allowed)
    return found


def _wrong_track(film: Film, wanted: Expected, clip: Path, track: int, allowed: float) -> list[str]:
    found: list[str] = []
    sound, source = reader.read_sound(clip, track), reader.film_sound(film, track)
    length, duration = 0.4, float(wanted.duration)
    # What there is to hear: the part of the clip in which the film has sound.
    begin = max(0.0, float(source.start - film.origin - wanted.start))
    end = min(duration, float(source.end - film.origin - wanted.start))
    if end - begin < 0.1:
        return []
    length = min(length, (end - begin) * 0.8)
    for at in {begin, (begin + end - length) / 2, end - length - 0.005}:
        offset = reader.audio_offset(sound, Fraction(0), film, wanted.start, max(at, 0), track=track, length=length)
        if offset is None:
            found.append(f"sound {track}: at {at:.2f} s of {duration:.2f} not that of the film")
        elif abs(offset) > allowed:
            found.append(f"sound {track}: {offset * 1000:+.2f} ms at {at:.2f} s of {duration:.2f}")
    if float(sound.start) > begin + AAC_FRAME or abs(float(sound.end) - end) > 2 * AAC_FRAME:
        found.append(f"sound {track}: {float(sound.start):.3f}..{float(sound.end):.3f}, wanted {begin:.3f}..{end:.3f}")
    return found


def _wrong_file(result: CutResult, clip: Path) -> list[str]:
    found: list[str] = []
    # What is copied from a full-range source stays full range: the same samples, another word for them.
    pixels = {"yuv420p"} if result.mode is Mode.REENCODE else {"yuv420p", "yuvj420p"}
    for stream in reader.streams(clip):
        if stream.kind == "video" and ((stream.codec, stream.tag) != ("h264", "avc1") or stream.pixels not in pixels):
            found.append(f"picture stream: {stream}")
        if stream.kind == "audio" and (stream.codec, stream.tag) != ("aac", "mp4a"):
            found.append(f"sound stream: {stream}")
        if stream.kind not in {"audio", "video"}:
            found.append(f"a stream of another kind: {stream}")
    if not reader.is_faststart(clip):
        found.append(f"index behind the media: {reader.boxes(clip)}")
    tags = reader.metadata(clip)
    content = clip.read_bytes()
    if SECRET in str(tags) or PLACE in str(tags) or SECRET.encode() in content or PLACE.encode() in content:
        found.append(f"tags of the source: {tags}")
    return found
