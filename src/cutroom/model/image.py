"""What is known of an image file before anything is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class ImageFormat(StrEnum):
    """The kinds of image file that are read and written. The value is also the extension of those we write."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"

    @property
    def media_type(self) -> str:
        """The MIME type: ``image/jpeg``."""
        return f"image/{'jpeg' if self is ImageFormat.JPG else self.value}"

    @property
    def moves(self) -> bool:
        """Whether a file of this kind can hold an animation."""
        return self in {ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image as its headers describe it; no picture was decoded for it.

    ``stored_width`` and ``stored_height`` are pixels before the EXIF ``orientation`` (1..8) is applied, ``width`` and
    ``height`` those that a viewer shows.
    """

    format: ImageFormat
    size_bytes: int
    width: int
    height: int
    stored_width: int
    stored_height: int
    orientation: int
    mode: str
    """How pixels are kept: ``1``, ``L``, ``LA``, ``P``, ``RGB``, ``RGBA``, ``CMYK``, ``I;16`` and the like."""
    bit_depth: int
    """Bits of each channel (or of the palette's index) in the file."""
    has_alpha: bool
    """Some pixels may be transparent; of an animation, some in its first picture."""
    frames: int = 1
    """Pictures of the animation; 1 for a still image. A document's further pages do not count."""
    duration: Fraction | None = None
    """Seconds that one round of the animation takes; None for a still image."""
    plays: int | None = None
    """How often the animation plays, 0 for ever; None for a still image."""

    @property
    def animated(self) -> bool:
        return self.frames > 1

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as shown."""
        return self.width, self.height
