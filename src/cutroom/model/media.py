"""What is known of a media file before anything is done with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """The picture stream that counts (attached cover pictures do not).

    ``width`` and ``height`` are stored samples before ``rotation`` and ``sample_aspect`` are applied; ``start`` is
    the container's time of the first picture that is shown, the zero of every time a user states.
    """

    index: int
    codec: str
    profile: str | None
    width: int
    height: int
    pixel_format: str
    bit_depth: int
    sample_aspect: Fraction
    rotation: Literal[0, 90, 180, 270]
    """Degrees clockwise by which a player turns the picture."""
    mirrored: bool
    frame_rate: Fraction | None
    """Average frames per second; None when the file gives no clue."""
    variable_frame_rate: bool | None
    interlaced: bool
    hdr: Literal["pq", "hlg"] | None
    color_primaries: int
    color_transfer: int
    color_space: int
    color_range: int
    time_base: Fraction
    start: Fraction
    duration: Fraction | None
    """Seconds from the first shown picture to the end of the last one."""
    frames: int | None
    bit_rate: int | None
    still: bool
    """One picture only, as in an image file."""

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as shown: square pixels, turned upright."""
        width = max(1, round(self.width * self.sample_aspect))
        return (self.height, width) if self.rotation in {90, 270} else (width, self.height)


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """One audio track. ``start`` is container time of its first sample."""

    index: int
    codec: str
    profile: str | None
    sample_rate: int
    channels: int
    layout: str
    time_base: Fraction
    start: Fraction
    duration: Fraction | None
    language: str | None
    default: bool
    bit_rate: int | None


@dataclass(frozen=True, slots=True)
class SubtitleFacts:
    """One text or picture subtitle track inside the file."""

    index: int
    codec: str
    language: str | None


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Everything the engine decides from. All times are exact seconds."""

    container: str
    """The demuxer's name, for example ``mov`` or ``matroska``."""
    size_bytes: int
    origin: Fraction
    """Container time that users call zero: the first shown picture, or the first sample without pictures."""
    duration: Fraction | None
    """Seconds from ``origin`` to the end of the picture (or of the sound without pictures); None if unknowable."""
    video: VideoFacts | None
    audio: tuple[AudioFacts, ...]
    subtitles: tuple[SubtitleFacts, ...]
    title: str | None = None
    kind: str = ""
    """The kind of file as its usual extension (``mp4``, ``mov``, ``m4a``, ``webm``); empty where nobody looked."""

    def with_sound(self, audio: tuple[AudioFacts, ...]) -> MediaFacts:
        """The same programme with its sound taken from another file."""
        return replace(self, audio=audio)
