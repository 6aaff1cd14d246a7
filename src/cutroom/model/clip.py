"""A cut: what was asked for, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Format(StrEnum):
    """What a clip can be delivered as."""

    MP4 = "mp4"
    MP3 = "mp3"
    GIF = "gif"


class Quality(StrEnum):
    """The most lines (of the shorter side) a clip may have. Pictures are never scaled up."""

    P1080 = "1080p"
    P720 = "720p"

    @property
    def lines(self) -> int:
        return int(self.value.removesuffix("p"))


class Mode(StrEnum):
    """How a clip is made. ``docs/decisions/0003-exact-cut.md`` says when each is chosen."""

    EXACT = "exact"
    """Whole groups of pictures copied, only the seams encoded."""
    INSTANT = "instant"
    """Everything copied, hidden pre-roll behind an edit list."""
    REENCODE = "reencode"


@dataclass(frozen=True, slots=True)
class CutRequest:
    """One piece of a source. Times are exact seconds from the first shown picture (or first sample)."""

    start: Fraction
    end: Fraction
    format: Format = Format.MP4
    quality: Quality | None = None
    """None keeps the size of the source."""
    mode: Mode | None = None
    """None chooses: exact where the source allows it, else reencode."""


@dataclass(frozen=True, slots=True)
class CutResult:
    """What a cut produced, all of it measured on the produced file. Times are exact seconds."""

    format: Format
    mode: Mode
    reason: str
    """Why this mode was used, one sentence."""
    start: Fraction
    """The boundary of the source actually used for the start; at most half a frame from the request."""
    end: Fraction
    duration: Fraction
    frames: int | None
    """Pictures shown; None for sound only."""
    copied_frames: int
    """Pictures that are bit for bit those of the source."""
    width: int | None
    height: int | None
    """Size as shown; None for sound only."""
    video_codec: str | None
    audio_codecs: tuple[str, ...]
    size_bytes: int
    warnings: tuple[str, ...] = ()
    """What was left out or degraded, one sentence each."""
