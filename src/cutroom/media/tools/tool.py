"""What a tool is: its spec, and a pure function from values and facts to a plan. Nothing here opens or starts anything.

A plan says what has to come out, in the words of the programme (which stretch, which size, which codecs); how that is
reached (copied, encoded, in how many runs) is the business of ``media.toolbox`` and the recipes beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from cutroom.media.tools.formats import OutputFormat
from cutroom.model.image import ImageFacts
from cutroom.model.media import MediaFacts
from cutroom.model.tool import Spec, Values

Facts = MediaFacts | ImageFacts
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the source: exact seconds from its first picture (or sample). ``end`` None is the source's end."""

    start: Fraction = Fraction(0)
    end: Fraction | None = None

    @property
    def whole(self) -> bool:
        return self.start == 0 and self.end is None


class Pictures(StrEnum):
    """What becomes of the pictures."""

    NONE = "none"
    COPY = "copy"
    """As they are, bit for bit, or not at all."""
    KEEP = "keep"
    """Copied where the format's players take them, else encoded."""
    ENCODE = "encode"


class Sounds(StrEnum):
    """What becomes of the sound tracks."""

    NONE = "none"
    KEEP = "keep"
    """Every track: copied where the format's players take it, else encoded."""
    COPY = "copy"
    """Every track as it is."""
    ENCODE = "encode"
    """Every track."""


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A film (pictures, with or without sound) in ``target``."""

    target: OutputFormat
    pictures: Pictures
    sounds: Sounds
    span: Span = Span()
    size: Size | None = None
    """As shown, exactly; None keeps it."""
    turn: int = 0
    """Degrees clockwise, after the picture was put upright."""
    speed: Fraction = Fraction(1)
    crf: int | None = None
    """Of H.264, where the usual quality is not wanted."""
    preset: str | None = None
    sound_bits: int | None = None
    """Bits per second of a stereo track, where the usual ones are not wanted."""
    odd: bool = True
    """Odd sizes are kept where a codec can; False lowers them to even ones."""
    limit: int | None = None
    """Bytes that the result must not exceed (the input's own size)."""
    share: Fraction = Fraction(1)
    """Of ``limit``: what is aimed at where the input itself is no answer."""


@dataclass(frozen=True, slots=True)
class SoundFilePlan:
    """A file of sound alone: the default track of the source."""

    target: OutputFormat
    span: Span = Span()
    codec: str | None = None
    """Another codec of the container than the usual one (``pcm_s24le`` in wav, ``opus`` in ogg)."""
    copy: bool = True
    """Copied where the target takes the track as it is."""


@dataclass(frozen=True, slots=True)
class GifPlan:
    """A GIF that loops for ever, of exactly this width."""

    span: Span
    size: Size
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the picture as shown: upright, square pixels, from the top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class StillPlan:
    """One picture of a film: the one on the screen at ``at`` seconds."""

    at: Fraction
    format: str
    """``jpg``, ``png`` or ``webp``."""
    size: Size
    """Of the image, exactly."""
    crop: Crop | None = None


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """An image from an image, done by the child's ``image`` task.

    ``format`` is the extension to write; ``size`` None keeps the pixel size as shown; ``quality`` 1..100 where it was
    asked for; ``limit`` bytes that the result must not exceed.
    """

    format: str
    size: Size | None = None
    quality: int | None = None
    limit: int | None = None
    extra: dict[str, str | int] = field(default_factory=dict)


Plan = FilmPlan | SoundFilePlan | GifPlan | StillPlan | ImagePlan


class Tool(Protocol):
    """One of the fifteen. Both methods are pure; ``plan`` is only given values and facts that ``check`` has passed."""

    @property
    def spec(self) -> Spec:
        """What the outside sees."""

    def check(self, values: Values, facts: Facts) -> None:
        """Raise ``CutroomError`` (INVALID_RANGE, INVALID_REQUEST) for what only the facts show to be impossible."""

    def plan(self, values: Values, facts: Facts) -> Plan:
        """What has to come out."""
