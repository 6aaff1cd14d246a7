"""What a generated film is made of: the recipe, and the truth that is known of the finished file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

SECRET = "OnlyTheOwnerKnowsThis"
"""In title, comment and handler names of every film: must never appear in a clip."""
PLACE = "+48.2082+016.3738/"
"""A recording place written into every film: must never appear in a clip."""


@dataclass(frozen=True)
class Track:
    """One audio track of a film: noise of its own seed. ``codec``: names and values of ffmpeg stream options."""

    seed: int
    codec: tuple[str, ...] = ("c", "aac", "b", "128k", "aac_pns", "0")
    channels: int = 2
    rate: int = 48000
    language: str = "und"
    delay: Fraction = Fraction(0)
    """Seconds by which the sound starts after the picture; negative: before it."""


@dataclass(frozen=True)
class FilmSpec:
    """One film. Pictures are painted upright at ``width`` x ``height`` and piped into ffmpeg.

    ``video`` and ``muxer`` are ffmpeg arguments. ``store`` is a filter that turns the upright picture into the
    stored one, undone by the display matrix that ``post`` writes. ``post`` lists further ffmpeg runs over the
    finished file, ``{in}`` and ``{out}`` standing for files.
    """

    name: str
    extension: str = "mp4"
    frames: int = 600
    rate: Fraction = Fraction(30)
    width: int = 320
    height: int = 180
    seed: int = 1
    video: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = (Track(11),)
    store: str | None = None
    muxer: tuple[str, ...] = ()
    post: tuple[tuple[str, ...], ...] = ()
    cuts: bool = True
    grain: float = 0.0
    raw: Literal["yuv420p", "yuv444p"] = "yuv420p"
    first: int = 0
    """Number of the first picture."""
    join: tuple[FilmSpec, ...] = ()
    """Instead of painting: these films' bytes one after the other (MPEG-TS)."""
    extras: bool = False
    """With a subtitle track and chapters."""
    copyable: bool = False
    """An exact cut may copy its groups of pictures: 8-bit 4:2:0 progressive H.264."""
    copyable_sound: bool = True
    """Its sound fits an MP4 as it is (AAC)."""
    trimmed: bool = False
    """Starts behind an edit list, so that the first shown number is not ``first``."""

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.rate

    @property
    def has_video(self) -> bool:
        return self.frames > 0 or bool(self.join)


@dataclass(frozen=True)
class Shown:
    """One picture as a player shows it: time in the container, seconds it stands, its number."""

    pts: Fraction
    duration: Fraction
    number: int


@dataclass(frozen=True)
class Film:
    """A built film: the file, and what is in it, in the order of showing."""

    spec: FilmSpec
    path: Path
    pictures: tuple[Shown, ...]

    @cached_property
    def origin(self) -> Fraction:
        """Container time of the first shown picture, the zero of every time a user states."""
        return self.pictures[0].pts if self.pictures else Fraction(0)

    @cached_property
    def times(self) -> tuple[Fraction, ...]:
        """Times of the pictures as users count them."""
        return tuple(shown.pts - self.origin for shown in self.pictures)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        return tuple(shown.number for shown in self.pictures)

    @cached_property
    def end(self) -> Fraction:
        """When the last picture ends, as users count."""
        return self.pictures[-1].pts + self.pictures[-1].duration - self.origin

    @cached_property
    def boundaries(self) -> tuple[Fraction, ...]:
        """Every time at which a clip can start or end."""
        return (*self.times, self.end)
