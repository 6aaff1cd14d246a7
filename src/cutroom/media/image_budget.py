"""The cost gate for images: what a picture or an animation may come to, decided before anything is decoded. Pure.

A PNG of a hundred kilobytes can claim a billion pixels, a GIF of one megabyte a hundred thousand pictures.
"""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.command import MAX_PIXELS
from cutroom.model.image import ImageFacts, ImageFormat

MAX_BYTES = 1 << 29
"""Of an image file."""
MAX_FRAMES = 5000
"""Pictures of an animation."""
MAX_WORK = 1 << 31
"""Pixels of all pictures of an animation together, as they are read or as they are written."""
MAX_PNG_WORK = 1 << 27
"""The same for an animated PNG that is written: its pictures are all held in memory."""
# What the formats can say in their headers, and the libraries write.
_LONGEST = {ImageFormat.WEBP: ("WebP", 16383), ImageFormat.JPG: ("JPEG", 65500), ImageFormat.GIF: ("GIF", 65535)}


def refuse_file(size: int) -> None:
    """Raise ``CutroomError(MEDIA_TOO_COSTLY)`` for an image file of more bytes than are ever read."""
    if size > MAX_BYTES:
        raise too_costly(f"The image file is too large; {MAX_BYTES >> 20} MB is the most.")


def refuse_frames(frames: int) -> None:
    """Raise ``CutroomError(MEDIA_TOO_COSTLY)`` for an animation of more pictures than are ever decoded."""
    if frames > MAX_FRAMES:
        raise too_costly(f"The animation has more than {MAX_FRAMES} pictures.")


def check_image_cost(facts: ImageFacts, target: ImageFormat, size: tuple[int, int]) -> None:
    """Whether ``facts`` may be made into an image of ``size`` (pixels as shown) in format ``target``.

    Raises ``CutroomError``: MEDIA_TOO_COSTLY, or INVALID_REQUEST for a size that the format cannot hold.
    """
    name, longest = _LONGEST.get(target, ("", max(size)))
    if max(size) > longest:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"A {name} image can be at most {longest} pixels wide and high.",
            next_step="Choose another format, or make the image smaller first.",
        )
    if size[0] * size[1] > MAX_PIXELS:
        raise too_costly(f"An image of {size[0]}x{size[1]} is larger than is allowed.")
    if not (facts.animated and target.moves):
        return
    allowed = MAX_PNG_WORK if target is ImageFormat.PNG else MAX_WORK
    width, height = max(facts.display_size, size, key=lambda side: side[0] * side[1])
    if facts.frames * width * height > allowed:
        raise too_costly(
            f"An animation of {facts.frames} pictures of {width}x{height} takes more computing time than is allowed.",
            "Make it shorter or smaller first.",
        )


def too_costly(message: str, next_step: str | None = None) -> CutroomError:
    """The error of this gate."""
    return CutroomError(ErrorCode.MEDIA_TOO_COSTLY, message, next_step=next_step)
