"""Writing images: what each format holds, with which settings, and never more than the picture and its colours."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image, ImageFile

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside.image_colour import flat, plain, profile_of, to_srgb
from cutroom.media.inside.image_open import plugin, reading, register
from cutroom.model.image import ImageFormat

if TYPE_CHECKING:
    from cutroom.media.inside.image_timing import Timing

_SETTINGS: dict[ImageFormat, dict[str, Any]] = {
    # What is said beside the picture is left out: the comment would be taken along unasked.
    ImageFormat.JPG: {"quality": 90, "comment": None},
    ImageFormat.PNG: {},
    ImageFormat.WEBP: {"quality": 85, "method": 4},
    ImageFormat.TIFF: {"compression": "tiff_adobe_deflate"},
    ImageFormat.BMP: {},
    ImageFormat.GIF: {},
}
_PROFILED = {
    ImageFormat.JPG: {"L", "RGB", "CMYK"},
    ImageFormat.PNG: {"L", "LA", "RGB", "RGBA"},
    ImageFormat.WEBP: {"RGB", "RGBA"},
    ImageFormat.TIFF: {"L", "LA", "RGB", "RGBA", "CMYK"},
}
_HEADERS = 1 << 16
_DEEP = {ImageFormat.PNG, ImageFormat.TIFF}
_PRINTED = {ImageFormat.JPG, ImageFormat.TIFF}


def ready(
    image: Image.Image, target: ImageFormat, *, printed: bool = False, palettes: bool = True
) -> tuple[Image.Image, bytes | None]:
    """``image`` in a mode that ``target`` holds, decoded, and the colour profile to write with it.

    ``printed``: CMYK may stay CMYK. ``palettes``: pictures may keep theirs. Deep grey stays deep where it can.
    """
    profile = profile_of(image)
    deep = image.mode.startswith("I;16") and target in _DEEP and "transparency" not in image.info
    if deep or (image.mode == "P" and target is ImageFormat.PNG and palettes):
        with reading():
            image.load()
        return image, profile
    image = plain(image)
    to_print = image.mode == "CMYK" and printed and target in _PRINTED
    if not to_print and (image.mode == "CMYK" or (profile and image.mode not in _PROFILED.get(target, set()))):
        image, profile = to_srgb(image, profile), None
    if target is ImageFormat.JPG:
        image = flat(image)
        image = image.convert("L") if image.mode == "1" else image
    elif target is ImageFormat.BMP and image.mode == "LA":
        image = image.convert("RGBA")
    return image, profile


def save(image: Image.Image, file: BinaryIO, kind: ImageFormat, profile: bytes | None, **settings: Any) -> None:
    """Write one picture that is ``ready``, without metadata. ``settings`` are those of Pillow's writer."""
    register(kind)
    if kind is ImageFormat.JPG and settings.get("optimize"):
        # The encoder wants room for the whole file then, and what it takes for enough is not, of noise.
        ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, 6 * image.width * image.height + _HEADERS)
    if kind is ImageFormat.TIFF and isinstance(image, ImageFile.ImageFile):
        image = image.copy()  # the file's own tags would be taken along
    given = {**_SETTINGS[kind], "icc_profile": profile, **settings}
    with writing():
        image.save(file, plugin(kind), **given)


def save_moving(
    pictures: Callable[[], Iterator[Image.Image]],
    timing: Timing,
    file: BinaryIO,
    kind: ImageFormat,
    profile: bytes | None,
    **settings: Any,
) -> None:
    """Write an animated WebP or PNG. ``pictures`` gives a fresh run through all of them, of one size.

    In a WebP drawn pictures are kept exactly and filmed ones are not, whichever is smaller.
    """
    register(kind)
    given = {**_SETTINGS[kind], "icc_profile": profile, "allow_mixed": True, **settings}
    reel = Reel(pictures, timing.frames)
    with writing():
        reel.save(file, plugin(kind), save_all=True, duration=list(timing.times), loop=timing.plays, **given)


@contextmanager
def writing() -> Iterator[None]:
    """What an encoder cannot do becomes ``CutroomError(PROCESSING_FAILED)``; a full disk stays one."""
    try:
        yield
    except (OSError, ValueError, struct.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise CutroomError(
            ErrorCode.PROCESSING_FAILED, "The image could not be written.", detail=f"{type(error).__name__}: {error}"
        ) from error


class Reel(Image.Image):
    """Pictures that are made while they are written, one at a time: as Pillow sees it, a file with many frames."""

    def __init__(self, pictures: Callable[[], Iterator[Image.Image]], frames: int) -> None:
        super().__init__()
        self.n_frames = frames
        self.is_animated = frames > 1
        self._pictures = pictures
        self._rewind()

    def seek(self, frame: int) -> None:
        if not 0 <= frame < self.n_frames:
            raise EOFError
        if frame < self._at:
            self._rewind()
        while self._at < frame:
            self._show(next(self._run))
            self._at += 1

    def tell(self) -> int:
        return self._at

    def _rewind(self) -> None:
        self._run, self._at = self._pictures(), 0
        self._show(next(self._run))

    def _show(self, picture: Image.Image) -> None:
        picture.load()
        self.im = picture.im
        self._mode, self._size = picture.mode, picture.size
