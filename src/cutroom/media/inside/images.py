"""The child's tasks for images: describe one, and make one from another.

A picture that only has to lose its metadata is copied bit for bit, once it is known to be whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.image_budget import check_image_cost
from cutroom.media.inside import wire
from cutroom.media.inside.image_colour import scaled, upright
from cutroom.media.inside.image_compress import compress
from cutroom.media.inside.image_frames import Frames
from cutroom.media.inside.image_gif import common_palette, write_gif
from cutroom.media.inside.image_open import Opened, open_image, reading, register
from cutroom.media.inside.image_strip import strip
from cutroom.media.inside.image_write import ready, save, save_moving
from cutroom.model.image import ImageFacts, ImageFormat

if TYPE_CHECKING:
    from cutroom.media.inside.conversation import Conversation

_GIF_COLOURS = 255


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: ``size`` is as shown; ``quality`` (1..100) is given where the file has to become smaller."""

    target: Path
    format: ImageFormat
    size: tuple[int, int]
    quality: int | None


@dataclass(slots=True)
class Made:
    """How a file came about."""

    copied: bool = False
    warnings: tuple[str, ...] = ()


def preload() -> None:
    """Load what Pillow would load when it is first needed: what the warm process has, no task has to wait for."""
    from PIL import ImageCms as _  # noqa: F401

    Image.preinit()
    for kind in ImageFormat:
        register(kind)


def probe_image(params: dict[str, Any], _talk: Conversation) -> dict[str, Any]:
    """Facts of the image file ``path``."""
    with open_image(Path(params["path"])) as opened:
        if not opened.ends:
            opened.image.draft(None, (1, 1))  # decoded as small as can be, to see whether more than the mark is missing
            with reading():
                opened.image.load()
        return wire.pack_object(opened.facts)


def make_image(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """Make ``target`` of ``path`` in ``format``, of ``size`` as shown; ``quality`` asks for a smaller file of it.

    Returns the facts of the written file, whether its pixels are the source's, and warnings.
    """
    order = Order(Path(params["target"]), ImageFormat(params["format"]), tuple(params["size"]), params["quality"])
    with open_image(Path(params["path"])) as opened:
        check_image_cost(opened.facts, order.format, order.size)
        talk.progress("processing", 0.0)
        made = _make(opened, order, talk)
    return {"facts": wire.pack(_measured(order.target)), "copied": made.copied, "warnings": list(made.warnings)}


def _measured(path: Path) -> ImageFacts:
    """Facts of what was written; that it cannot be read is our fault, not the sender's."""
    try:
        with open_image(path) as written:
            return written.facts
    except CutroomError as error:
        raise CutroomError(
            ErrorCode.VERIFICATION_FAILED, "The image did not come out as planned.", detail=error.detail
        ) from error


def _make(opened: Opened, order: Order, talk: Conversation) -> Made:
    facts = opened.facts
    if order.quality is not None:
        return _compressed(opened, order, order.quality, talk)
    same = order.format is facts.format and order.size == facts.display_size
    if same and facts.orientation == 1 and facts.mode != "CMYK" and _copied(opened, order, talk):
        return Made(copied=True)
    stays = order.format is facts.format or order.format is ImageFormat.WEBP
    if order.format is ImageFormat.GIF or (facts.animated and order.format.moves and stays):
        return _moving(opened, order, talk)
    return _still(opened, order)


def _compressed(opened: Opened, order: Order, quality: int, talk: Conversation) -> Made:
    made, kept, warnings = compress(opened, Frames(opened, order.size, talk), quality)
    order.target.write_bytes(opened.data[:] if made is None else made)
    return Made(copied=kept, warnings=warnings)


def _copied(opened: Opened, order: Order, talk: Conversation) -> bool:
    """Write the source without its metadata; false where that cannot be had."""
    Frames(opened, order.size, talk).check()
    try:
        with order.target.open("wb") as file:
            return strip(opened.facts.format, opened.data, 1, file)
    except CutroomError as error:
        if error.code is not ErrorCode.MEDIA_DAMAGED:
            raise
        return False  # the decoder was content with it


def _moving(opened: Opened, order: Order, talk: Conversation) -> Made:
    frames = Frames(opened, order.size, talk, passes=1 if order.format is ImageFormat.WEBP else 2)
    with order.target.open("wb") as file:
        if order.format is ImageFormat.GIF:
            palette = common_palette(frames.run, opened.timing.frames, _GIF_COLOURS)
            write_gif(frames.run(), opened.timing, palette, file)
        else:
            save_moving(frames.run, opened.timing, file, order.format, frames.profile)
    return Made()


def _still(opened: Opened, order: Order) -> Made:
    facts, image = opened.facts, opened.image
    stored = order.size[::-1] if opened.turn >= 5 else order.size
    resizing = order.size != facts.display_size
    box: tuple[float, float, float, float] | None = None
    if resizing and facts.format is ImageFormat.JPG:
        # The decoder itself shrinks to a half, a quarter or an eighth, in a fraction of the time and memory. Something
        # is left to the better filter: with nothing left, what is fine looks coarse.
        drafted = image.draft(None, (stored[0] * 9 // 8, stored[1] * 9 // 8))
        box = drafted[1] if drafted else None
    ready_image, profile = ready(image, order.format, printed=resizing, palettes=not resizing)
    if resizing:
        grey = ready_image.convert("L") if ready_image.mode == "1" else ready_image
        ready_image = scaled(grey, stored, box)
    few = order.format is ImageFormat.WEBP and facts.mode in {"1", "P"}
    with order.target.open("wb") as file:
        turned = upright(ready_image, opened.turn)
        save(turned, file, order.format, profile, **({"lossless": True} if few else {}))
    return Made(warnings=_lost(opened, order, ready_image.mode))


def _lost(opened: Opened, order: Order, mode: str) -> tuple[str, ...]:
    """What of the source is not in the result."""
    facts = opened.facts
    deep = facts.bit_depth > 8 and order.format in {ImageFormat.PNG, ImageFormat.TIFF} and not mode.startswith("I")
    said = {
        "Only the first page was used.": opened.pages,
        "Only the first picture of the animation was used.": facts.animated,
        "The colours were reduced to 8 bits.": deep,
        "The colours were converted from CMYK to RGB.": facts.mode == "CMYK" and mode != "CMYK",
    }
    return tuple(sentence for sentence, true in said.items() if true)
