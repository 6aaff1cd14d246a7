"""A smaller file of the same image: never larger than it was, and never larger for asking less quality.

Encoders come close to the second promise and do not keep it: of smooth pictures a lower quality is now and then the
larger file. So qualities go in steps, far enough apart for pictures with something in them; of small and smooth ones,
and wherever colours are counted, everything above is tried as well, and the smallest wins.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.image_colour import upright
from cutroom.media.inside.image_gif import common_palette, write_gif
from cutroom.media.inside.image_quantize import reduce_colours
from cutroom.media.inside.image_strip import strip
from cutroom.media.inside.image_write import ready, save, save_moving
from cutroom.model.image import ImageFormat

if TYPE_CHECKING:
    from PIL import Image

    from cutroom.media.inside.image_frames import Frames
    from cutroom.media.inside.image_open import Opened

Encode = Callable[[int], bytes]

QUALITIES = (1, *range(5, 90, 5), *range(90, 101, 2))
"""The qualities that are told apart."""
_COLOURS = {75: 256, 50: 128, 25: 64, 10: 32, 1: 16}
"""From which quality on how many colours are kept."""
_FINE = 90  # from here on colours are as sharp as brightness, where the source's are
# Pixels up to which every step is tried, and that all tries together may come to, by how dear a pixel is.
_SMALL = 1 << 16
_TRIES = {ImageFormat.JPG: 16_000_000, ImageFormat.TIFF: 16_000_000, ImageFormat.WEBP: 4_000_000}
_LONGEST = 65500  # of a picture coded as JPEG
_ALL_LEVELS = 1 << 20
_FULL = 0.4
"""The part of an index's bits for each pixel from which on a picture is full of detail."""
_SMOOTH = 0.25
"""Bits for each pixel below which a picture has next to nothing in it."""


def compress(opened: Opened, frames: Frames, quality: int) -> tuple[bytes | None, bool, tuple[str, ...]]:
    """The smallest file for ``quality`` (1..100), or None where that is the source's own bytes.

    And whether its pixels are the source's, and what to warn of.

    Raises ``CutroomError(MEDIA_DAMAGED)``.
    """
    kept = _cleaned(opened)
    kind = opened.facts.format
    if kind is ImageFormat.PNG and opened.facts.animated:
        frames.check()
        return kept, True, ("An animated PNG cannot be made smaller; only what is not shown was removed.",)
    if opened.pages:
        frames.check()
        return kept, True, ("A document of several pages cannot be made smaller; it is unchanged.",)
    made, warnings = _smallest(opened, frames, quality)
    if len(made) < min(len(kept) if kept else opened.facts.size_bytes, opened.facts.size_bytes):
        return made, False, warnings
    return kept, True, ("The image is as small as it gets at this quality; its pixels are unchanged.",)


def _cleaned(opened: Opened) -> bytes | None:
    """The source without its metadata, where that can be had and is no larger."""
    buffer = io.BytesIO()
    try:
        done = strip(opened.facts.format, opened.data, opened.facts.orientation, buffer)
    except CutroomError as error:
        if error.code is not ErrorCode.MEDIA_DAMAGED:
            raise
        return None  # it may still be whole to a decoder, which is asked next
    return buffer.getvalue() if done and buffer.tell() <= opened.facts.size_bytes else None


def _smallest(opened: Opened, frames: Frames, quality: int) -> tuple[bytes, tuple[str, ...]]:
    facts, kind = opened.facts, opened.facts.format
    if kind is ImageFormat.GIF:
        levels = _of_colours(quality)
        frames.passes = 2 * len(levels)
        return _by_colours(lambda colours: _gif(frames, colours), levels, frames.pixels), ()
    if kind is ImageFormat.WEBP and facts.animated:
        return _by_quality(lambda step: _moving(frames, step), quality, frames.pixels, kind), ()
    image, profile = ready(opened.image, kind, palettes=False)
    image = upright(image, opened.turn)
    warnings = ("The colours were converted from CMYK to RGB.",) if facts.mode == "CMYK" else ()
    pixels = image.width * image.height
    if kind in {ImageFormat.PNG, ImageFormat.BMP}:
        levels = _of_colours(quality) if kind is ImageFormat.PNG else (256,)
        return _by_colours(lambda colours: _indexed(image, kind, profile, colours), levels, pixels), warnings
    settings = _settings(opened, image)
    if settings is None:
        return _saved(image, kind, profile, {}), warnings
    return _by_quality(lambda step: _saved(image, kind, profile, settings(step)), quality, pixels, kind), warnings


def _settings(opened: Opened, image: Image.Image) -> Callable[[int], dict[str, Any]] | None:
    """What to tell the writer of a format for a quality; None where it knows no qualities."""
    kind = opened.facts.format
    if kind is ImageFormat.TIFF:
        if image.mode not in {"L", "RGB"} or max(image.size) > _LONGEST:
            return None
        strip = 16 * image.width * len(image.getbands())  # rows come in eights
        return lambda step: {"compression": "jpeg", "quality": step, "strip_size": max(strip, 1 << 16)}
    if kind is ImageFormat.WEBP:
        return lambda step: {"quality": step}
    finest = opened.sampling
    return lambda step: {"quality": step, "optimize": True, "subsampling": finest if step >= _FINE else 2}


def _by_quality(encode: Encode, quality: int, pixels: int, kind: ImageFormat) -> bytes:
    """The smallest of the steps from ``quality`` on, as far as looking at them is worth it."""
    first, *above = (step for step in QUALITIES if step >= max(s for s in QUALITIES if s <= quality))
    best = encode(first)
    if pixels > _SMALL and len(best) * 8 > _SMOOTH * pixels:
        return best
    tries = _TRIES[kind] // pixels
    return _fewest(above[:: max(1, -(-len(above) // tries))] if tries else (), encode, best)


def _by_colours(encode: Encode, levels: Sequence[int], pixels: int) -> bytes:
    """The smallest for any of ``levels``, of which the last is the one that was asked for.

    More colours make a smaller file of what needs no dithering then; never of what is full of detail.
    """
    *more, level = levels
    best = encode(level)
    if pixels > _ALL_LEVELS and len(best) * 8 > _FULL * math.log2(level) * pixels:
        return best
    return _fewest(more, encode, best)


def _fewest(levels: Sequence[int], encode: Encode, best: bytes) -> bytes:
    for level in levels:
        made = encode(level)
        best = made if len(made) < len(best) else best
    return best


def _of_colours(quality: int) -> tuple[int, ...]:
    """All larger numbers of colours than that for a quality, and that as the last."""
    least = next(colours for bound, colours in _COLOURS.items() if quality >= bound)
    return tuple(colours for colours in _COLOURS.values() if colours >= least)


def _saved(image: Image.Image, kind: ImageFormat, profile: bytes | None, settings: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    save(image, buffer, kind, profile, **settings)
    return buffer.getvalue()


def _indexed(image: Image.Image, kind: ImageFormat, profile: bytes | None, colours: int) -> bytes:
    if kind is ImageFormat.BMP and image.mode == "RGBA":
        return _saved(image, kind, None, {})  # its palettes know no alpha
    reduced, alphas = reduce_colours(image, colours)
    effort = 9 if image.width * image.height <= _ALL_LEVELS else 7  # a hundredth smaller, in three times the time
    if kind is ImageFormat.BMP:
        return _saved(reduced, kind, None, {})
    return _saved(reduced, kind, profile, {"compress_level": effort, "transparency": alphas})


def _gif(frames: Frames, colours: int) -> bytes:
    buffer = io.BytesIO()
    palette = common_palette(frames.run, frames.timing.frames, min(colours, 255))
    write_gif(frames.run(), frames.timing, palette, buffer)
    return buffer.getvalue()


def _moving(frames: Frames, quality: int) -> bytes:
    buffer = io.BytesIO()
    save_moving(frames.run, frames.timing, buffer, ImageFormat.WEBP, frames.profile, quality=quality)
    return buffer.getvalue()
