"""Reads a finished file the way a player does: edit lists honoured, pictures upright, sound on its own clock.

Nothing of the product is used here, so that what the product writes is judged by something else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import SideData, Type

from tests.support.film_spec import Film, Shown
from tests.support.painting import SAMPLE_RATE, Samples, read_number


@dataclass(frozen=True)
class Sound:
    """One decoded track: mono at 48 kHz, ``start`` being the container time of the first sample heard."""

    start: Fraction
    samples: Samples
    rate: int
    channels: int

    @property
    def end(self) -> Fraction:
        return self.start + Fraction(len(self.samples), SAMPLE_RATE)

    def window(self, start: float, length: float) -> Samples:
        """``length`` seconds from container time ``start``; silence where there is no sound."""
        first, count = round((start - float(self.start)) * SAMPLE_RATE), round(length * SAMPLE_RATE)
        out = np.zeros(count, np.float32)
        low, high = max(first, 0), min(first + count, len(self.samples))
        if high > low:
            out[low - first : high - first] = self.samples[low:high]
        return out


def _luma(frame: av.VideoFrame) -> npt.NDArray[Any]:
    """The brightness of a picture; where it lies in a plane of its own, as it lies there: a conversion costs more."""
    luma: npt.NDArray[Any]
    if frame.format.name in {"yuv420p", "yuvj420p", "yuv422p", "yuv444p"}:
        plane = frame.planes[0]
        raw = np.frombuffer(cast("memoryview[int]", plane), np.uint8, plane.line_size * plane.height)
        luma = raw.reshape(plane.height, plane.line_size)[:, : plane.width]
    else:
        luma = frame.reformat(format="gray").to_ndarray()
    return luma


def _upright(luma: npt.NDArray[Any], matrix: tuple[int, ...] | None) -> npt.NDArray[Any]:
    """Turn and mirror a stored picture as its display matrix says (x' = a*x + c*y, y' = b*x + d*y)."""
    if matrix is None:
        return luma
    a, b, c, d = (round(matrix[i] / 65536) for i in (0, 1, 3, 4))
    if a == 0 and d == 0:
        luma, a, d = luma.T, c, b
    return luma[:: d or 1, :: a or 1]


def _matrix(frame: av.VideoFrame) -> tuple[int, ...] | None:
    # Typed as a mapping of names, but what it yields is the side data.
    for side in cast("Iterable[SideData]", frame.side_data):
        if side.type == Type.DISPLAYMATRIX:
            return struct.unpack("=9i", bytes(side))
    return None


def read_pictures(path: Path) -> list[Shown]:
    """Every picture shown, in order, with its container time, how long it stands, and its number."""
    shown: list[Shown] = []
    with av.open(str(path)) as container:
        stream = next((s for s in container.streams.video if not s.disposition & s.disposition.attached_pic), None)
        if stream is None:
            return []
        stream.thread_type = "AUTO"
        step = 1 / stream.average_rate if stream.average_rate else Fraction(0)
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            number = read_number(_upright(_luma(frame), _matrix(frame)))
            duration = frame.duration * frame.time_base if frame.duration else step
            shown.append(Shown(frame.pts * frame.time_base, duration, number))
    # What a picture stands is known from the next one; only the last needs its own duration.
    following = [later.pts - now.pts for now, later in pairwise(shown)]
    return [
        Shown(s.pts, d, s.number) for s, d in zip(shown, [*following, *(s.duration for s in shown[-1:])], strict=True)
    ]


def read_clip(path: Path) -> list[Shown]:
    """As ``read_pictures``; and where an edit list ends the picture track, the last picture ends there too."""
    shown, end = read_pictures(path), edit_end(path)
    if shown and end is not None and end > shown[-1].pts:
        shown[-1] = Shown(shown[-1].pts, end - shown[-1].pts, shown[-1].number)
    return shown


def edit_end(path: Path) -> Fraction | None:
    """When the edit list of the first picture track of an MP4 ends; None without one."""
    moov = _inside(path.read_bytes(), b"moov")
    if not moov:
        return None
    header = _inside(moov[0], b"mvhd")[0]
    (scale,) = struct.unpack_from(">I", header, 20 if header[0] else 12)
    for track in _inside(moov[0], b"trak"):
        handler = _inside(_inside(track, b"mdia")[0], b"hdlr")[0]
        edits = [edit for edts in _inside(track, b"edts") for edit in _inside(edts, b"elst")]
        if handler[8:12] == b"vide" and edits:
            wide, (count,) = edits[0][0] == 1, struct.unpack_from(">I", edits[0], 4)
            entry = struct.Struct(">QqI" if wide else ">IiI")
            return sum(
                (Fraction(entry.unpack_from(edits[0], 8 + i * entry.size)[0], scale) for i in range(count)), Fraction(0)
            )
    return None


def _inside(body: bytes, kind: bytes) -> list[bytes]:
    """The contents of every box of a kind directly inside ``body``."""
    found: list[bytes] = []
    position = 0
    while position + 8 <= len(body):
        length, name = struct.unpack_from(">I4s", body, position)
        head = 16 if length == 1 else 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", body, position + 8)
        length = length or len(body) - position
        if name == kind:
            found.append(body[position + head : position + length])
        position += max(length, 8)
    return found


def shown_size(path: Path) -> tuple[int, int]:
    """Width and height of the first picture as a player shows it (square pixels, upright)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frame = next(iter(container.decode(stream)))
        matrix = _matrix(frame)
        width = round(frame.width * (stream.sample_aspect_ratio or 1))
        turned = matrix is not None and matrix[0] == 0
        return (frame.height, width) if turned else (width, frame.height)


def read_sound(path: Path, track: int = 0) -> Sound:
    """One audio track, holes filled with silence. The first sample heard is where the container says."""
    parts: list[Samples] = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        start, tick = Fraction(0), 0.0
        expected: float | None = None
        rate, channels = stream.rate, stream.channels
        for frame in container.decode(stream):
            assert frame.pts is not None
            if expected is None:
                assert frame.time_base is not None
                start, tick = frame.pts * frame.time_base, float(frame.time_base)
                expected = float(start)
            at = frame.pts * tick
            # Smaller jumps are roundings of containers and overlapping blocks of Vorbis, not holes.
            if at - expected > 0.025:
                parts.append(np.zeros(round((at - expected) * SAMPLE_RATE), np.float32))
                expected = at
            elif expected - at > 0.025:  # sound that begins anew where two pieces were joined
                joined = np.concatenate([*parts, *map(_samples, resampler.resample(None))])
                parts = [joined[: len(joined) - round((expected - at) * SAMPLE_RATE)]]
                resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
                expected = at
            expected += frame.samples / frame.sample_rate
            frame.pts = None
            parts.extend(map(_samples, resampler.resample(frame)))
        parts.extend(map(_samples, resampler.resample(None)))
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return Sound(start, samples, rate, channels)


def _samples(frame: av.AudioFrame) -> Samples:
    """What a resampled frame holds, as it lies there."""
    return np.frombuffer(cast("memoryview[int]", frame.planes[0]), np.float32, frame.samples)


@lru_cache(maxsize=8)
def _film_sound(path: Path, track: int) -> Sound:
    return read_sound(path, track)


def film_sound(film: Film, track: int = 0) -> Sound:
    """A film's track, kept between calls: many clips are compared with one film."""
    return _film_sound(film.path, track)


def lag(piece: Samples, whole: Samples) -> tuple[float, float]:
    """Where ``piece`` lies in ``whole``: samples from its start (to a fraction), and the likeness 0..1 there."""
    size = 1 << (len(whole) + len(piece)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(piece, size)), size)[
        : len(whole) - len(piece) + 1
    ]
    energy = np.concatenate([[0.0], np.cumsum(whole.astype(np.float64) ** 2)])
    energy = energy[len(piece) :] - energy[: -len(piece)]
    scale = np.sqrt(np.maximum(energy, 1e-9) * max(float((piece.astype(np.float64) ** 2).sum()), 1e-9))
    likeness = cross / scale
    best = int(np.argmax(likeness))
    shift = 0.0
    if 0 < best < len(likeness) - 1:
        left, peak, right = likeness[best - 1 : best + 2]
        bend = left - 2 * peak + right
        shift = float(0.5 * (left - right) / bend) if bend else 0.0
    return best + shift, float(likeness[best])


def audio_offset(
    clip: Sound, clip_origin: Fraction, film: Film, start: Fraction, at: float, *, track: int = 0, length: float = 0.4
) -> float | None:
    """Seconds by which the clip's sound comes later than in the film, ``at`` seconds into the clip.

    ``start`` is the film time (as users count) of the clip's zero. None when the sound there is not the film's
    (or nothing is to be heard).
    """
    source, reach = film_sound(film, track), 0.15
    origin = film.origin if film.pictures else source.start
    piece = clip.window(float(clip_origin) + at, length)
    whole = source.window(float(origin + start) + at - reach, length + 2 * reach)
    if not piece.any() or not whole.any():
        return None
    position, likeness = lag(piece, whole)
    return reach - position / SAMPLE_RATE if likeness > 0.5 else None


@dataclass(frozen=True)
class StreamInfo:
    """One stream of a file, as far as tests look at it."""

    kind: str
    codec: str
    tag: str
    profile: str | None
    pixels: str | None
    language: str | None
    attached: bool


def streams(path: Path) -> list[StreamInfo]:
    """The streams of a file in their order."""
    out: list[StreamInfo] = []
    with av.open(str(path)) as container:
        for stream in container.streams:
            context = getattr(stream, "codec_context", None)
            out.append(
                StreamInfo(
                    stream.type, context.name if context else "", str(getattr(stream, "codec_tag", "")), stream.profile,
                    getattr(context, "pix_fmt", None), stream.language,
                    bool(stream.disposition & stream.disposition.attached_pic),
                )
            )  # fmt: skip
    return out


def metadata(path: Path) -> dict[str, str]:
    """All tags of the container and of its streams, stream tags prefixed by their index."""
    with av.open(str(path)) as container:
        found = dict(container.metadata)
        for stream in container.streams:
            found.update({f"{stream.index}:{key}": value for key, value in stream.metadata.items()})
        found.update({f"chapter{i}": str(chapter) for i, chapter in enumerate(container.chapters())})
    return found


def boxes(path: Path) -> list[str]:
    """Names of the top-level boxes of an MP4."""
    names: list[str] = []
    with path.open("rb") as file:
        size = path.stat().st_size
        position = 0
        while position + 8 <= size:
            file.seek(position)
            length, name = struct.unpack(">I4s", file.read(8))
            if length == 1:
                (length,) = struct.unpack(">Q", file.read(8))
            names.append(name.decode("latin-1"))
            if length < 8:
                break
            position += length
    return names


def is_faststart(path: Path) -> bool:
    """The index comes before the sound and pictures."""
    names = boxes(path)
    return names.index("moov") < names.index("mdat")
