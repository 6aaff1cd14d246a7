"""What a re-encode starts from and what it ends with: plain values between the planner and the recipes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.command import Scratch, Step
from cutroom.model.clip import Format, Quality
from cutroom.model.media import AudioFacts, VideoFacts

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """The pictures wanted, by their exact times in the container (seconds).

    ``first`` and ``last`` are the times of the first and last wanted picture, ``before`` that of the one shown just
    before ``first`` (None when there is none), ``end`` the boundary after ``last``: the next picture's time, or when
    ``last`` ends. The neighbours let trim bounds lie midway between pictures, where rounding decides nothing.
    ``seek`` is the time of a keyframe at or before ``first``; None reads from the beginning of the file. ``frames`` is
    how many pictures are wanted, where that is known; it is only handed on to ``Expected``.
    """

    path: Path | Scratch
    demuxer: str
    facts: VideoFacts
    first: Fraction
    last: Fraction
    end: Fraction
    before: Fraction | None = None
    seek: Fraction | None = None
    frames: int | None = None

    def __post_init__(self) -> None:
        ordered = self.first <= self.last < self.end and (self.before is None or self.before < self.first)
        if not ordered or (self.seek is not None and self.seek > self.first):
            msg = f"times out of order: {self.seek} {self.before} {self.first} {self.last} {self.end}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The tracks wanted and the piece of them, in container seconds of the sound's own file."""

    path: Path | Scratch
    demuxer: str
    tracks: tuple[AudioFacts, ...]
    first: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if not self.tracks or self.first >= self.end:
            msg = "a sound plan needs a track and a piece of time"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A whole re-encode. At least one of ``picture`` and ``sound``; both span the same length of time."""

    format: Format
    quality: Quality | None = None
    picture: PicturePlan | None = None
    sound: SoundPlan | None = None
    threads: int = 0
    """For each codec; 0 lets ffmpeg choose."""
    memory_bytes: int = GIB >> 4
    """How much may wait in ffmpeg's memory before a GIF is rather made in two runs."""
    scratch_bytes: int = GIB
    """How large scratch files may get before a GIF is rather decoded twice."""

    @property
    def duration(self) -> Fraction:
        """Exact seconds of the clip."""
        if self.picture is not None:
            return self.picture.end - self.picture.first
        if self.sound is not None:
            return self.sound.end - self.sound.first
        raise CutroomError(ErrorCode.NOT_MEDIA, "The source has neither pictures nor sound.")


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to come out, for verification. ``duration`` is exact seconds."""

    duration: Fraction
    frames: int | None
    """Pictures; None where the plan did not say, or where there are none."""
    width: int | None
    height: int | None
    video_codec: str | None
    audio_codecs: tuple[str, ...]
    sample_rate: int | None = None
    samples: int | None = None
    """Of the first track, exactly: silence fills it where the source has no sound."""
    frame_rate: Fraction | None = None
    """Pictures a second for a GIF, whose pictures are taken at a fixed rate."""
    sound: Fraction | None = None
    """Exact seconds of sound where they are not those of the pictures."""
    sample_aspect: Fraction = Fraction(1)
    upright: bool = True
    """Nothing is left for players to turn."""
    copied: bool = False
    """Pictures are those of the source: when they end is known only as well as the source says."""

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as players show the pictures."""
        return round((self.width or 0) * self.sample_aspect), self.height or 0


@dataclass(frozen=True, slots=True)
class Encoding:
    """The steps to run in order, the scratch file that holds the result, and what it must be like."""

    steps: tuple[Step, ...]
    result: Scratch
    expected: Expected
    warnings: tuple[str, ...] = ()
    copied: bool = False
    """Nothing in it is encoded: every stream is one of the source."""
