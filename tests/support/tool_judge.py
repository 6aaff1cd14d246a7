"""What a tool has made, measured by other means than the product's: streams, sizes, numbers, sound and its pitch."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import cast

import av
import numpy as np
from PIL import Image

from tests.support import reader
from tests.support.film_spec import Film, Shown
from tests.support.painting import SAMPLE_RATE, read_number

_HEARD = 0.5
"""Seconds of sound that are compared at once."""


@dataclass(frozen=True)
class Made:
    """A produced file of pictures, of sound, or of both."""

    container: str
    video: str | None
    pixels: str | None
    stored: tuple[int, int] | None
    """Width and height before any turning."""
    shown: tuple[int, int] | None
    aspect: Fraction
    """Of a stored sample."""
    rate: Fraction | None
    audio: tuple[str, ...]
    channels: tuple[int, ...]


def measure(path: Path) -> Made:
    """The streams of a file."""
    with av.open(str(path)) as container:
        pictures = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
        video = pictures[0] if pictures else None
        return Made(
            container=container.format.name,
            video=_name(video.codec_context) if video else None,
            pixels=video.pix_fmt if video else None,
            stored=(video.width, video.height) if video else None,
            shown=reader.shown_size(path) if video else None,
            aspect=Fraction(video.sample_aspect_ratio or 1) if video else Fraction(1),
            rate=video.average_rate if video else None,
            audio=tuple(_name(stream.codec_context) for stream in container.streams.audio),
            channels=tuple(stream.channels for stream in container.streams.audio),
        )


@lru_cache(maxsize=8)
def shown(path: Path) -> list[Shown]:
    """Every picture as ``reader.read_pictures`` gives it, read once: a file under test is looked at from many sides."""
    return reader.read_pictures(path)


@lru_cache(maxsize=8)
def heard(path: Path, track: int = 0) -> reader.Sound:
    """The same for a sound track."""
    return reader.read_sound(path, track)


def _name(context: av.CodecContext) -> str:
    """Of the codec, whichever decoder reads it."""
    return context.codec.canonical_name


def has_matrix(path: Path) -> bool:
    """Whether players are told to turn or mirror the pictures."""
    with av.open(str(path)) as container:
        matrix = reader._matrix(next(iter(container.decode(video=0))))
        return matrix is not None and matrix[:2] + matrix[3:5] != (65536, 0, 0, 65536)


def length(path: Path) -> Fraction:
    """Seconds of pictures, or of sound where there are none."""
    pictures = shown(path)
    if not pictures:
        return sound_length(path)
    last, end = pictures[-1], reader.edit_end(path)
    return (end if end is not None and end > last.pts else last.pts + last.duration) - pictures[0].pts


def sound_length(path: Path, track: int = 0) -> Fraction:
    """Seconds from the first sample to the last."""
    sound = heard(path, track)
    return sound.end - sound.start


def numbers(path: Path, turn: int = 0) -> list[int]:
    """The number of every picture, after the pictures were turned back by ``turn`` degrees."""
    if not turn:
        return [picture.number for picture in shown(path)]
    with av.open(str(path)) as container:
        luma = [reader._luma(frame) for frame in container.decode(video=0)]
    return [read_number(np.rot90(plane, turn // 90)) for plane in luma]


def times(path: Path) -> list[Fraction]:
    """When each picture is shown, from the first."""
    pictures = shown(path)
    return [picture.pts - pictures[0].pts for picture in pictures]


def image_number(path: Path) -> int:
    """The number of a still picture."""
    with Image.open(path) as image:
        return read_number(np.asarray(image.convert("L")))


def on_screen(film: Film, time: Fraction) -> int:
    """The number shown at ``time`` as users count."""
    place = bisect_right(film.times, time)
    assert place, time
    return film.numbers[place - 1]


def pixels_at(film: Film, number: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """The upright picture of a film that carries ``number``, as RGB."""
    place = film.numbers.index(number)
    with av.open(str(film.path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == place:
                planes = [reader._upright(plane, reader._matrix(frame)) for plane in np.moveaxis(_rgb(frame), 2, 0)]
                return np.stack(planes, axis=2)
    raise AssertionError(number)


def _rgb(frame: av.VideoFrame) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return frame.to_ndarray(format="rgb24")  # type: ignore[return-value]  # eight bits a sample


def decoded(path: Path) -> list[str]:
    """A hash of the samples of every picture: the same for pictures that are the same bit for bit."""
    with av.open(str(path)) as container:
        return [_hash_of(frame) for frame in container.decode(video=0)]


def _hash_of(frame: av.VideoFrame) -> str:
    digest = hashlib.sha256(f"{frame.format.name} {frame.width}x{frame.height}".encode())
    for plane in frame.planes:
        raw = np.frombuffer(cast("memoryview[int]", plane), np.uint8).reshape(plane.height, plane.line_size)
        digest.update(raw[:, : plane.width].tobytes())
    return digest.hexdigest()


def packets(path: Path) -> list[str]:
    """A hash of every packet of the pictures, in the order of the file."""
    with av.open(str(path)) as container:
        return [hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(video=0) if packet.size]


def out_of_place(path: Path, film: Film, start: Fraction, track: int = 0) -> list[float]:
    """By how many seconds the sound lies later than in the film, at several places. NaN where it is another sound.

    ``start`` is the time in the film at which the file begins.
    """
    sound, pictures = heard(path, track), shown(path)
    origin = pictures[0].pts if pictures else sound.start
    source = reader.film_sound(film, track)
    begin = max(0.0, float(source.start - (film.origin if film.pictures else source.start) - start))
    last = min(float(sound.end - origin), float(source.end - (film.origin if film.pictures else source.start) - start))
    places = [begin + 0.05, (begin + last - _HEARD) / 2, last - _HEARD - 0.05]
    found = [reader.audio_offset(sound, origin, film, start, max(at, 0), track=track, length=_HEARD) for at in places]
    return [float("nan") if offset is None else offset for offset in found]


def highest_pitch(path: Path) -> float:
    """The frequency (Hz) below which nearly all of the sound's energy lies: what is heard if the pitch was changed."""
    samples = heard(path).samples
    energy = np.abs(np.fft.rfft(samples)) ** 2
    share = np.cumsum(energy) / energy.sum()
    return float(np.searchsorted(share, 0.98)) * SAMPLE_RATE / len(samples)


def loops(path: Path) -> bool:
    """Whether a GIF says that it is to be played for ever."""
    return b"NETSCAPE2.0\x03\x01\x00\x00" in path.read_bytes()


def rising(found: Sequence[int]) -> bool:
    """Whether no number is unreadable and none comes before a smaller one."""
    return all(number >= 0 for number in found) and list(found) == sorted(found)
