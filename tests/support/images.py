"""Generated images of the kinds people bring. Upright, each shows four quarters of known colours.

A picture that is turned, mirrored or cropped wrong has its quarters in the wrong places; one whose samples are misread
has the wrong colours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from tests.support.films import cache_root, key, locked

Colour = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]

QUARTERS: tuple[Colour, Colour, Colour, Colour] = ((220, 40, 40), (40, 180, 60), (50, 70, 210), (230, 200, 40))
"""Top left, top right, bottom left, bottom right."""
GREYS: tuple[Colour, Colour, Colour, Colour] = ((30, 30, 30), (90, 90, 90), (150, 150, 150), (210, 210, 210))
"""The same of a picture without colours."""
WHITE: Colour = (255, 255, 255)
ORIENTATION = 0x0112
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored so that its orientation tag sets it right."""
PERIOD = 100
"""Milliseconds that each picture of an animation stands."""


@dataclass(frozen=True)
class ImageFile:
    """A generated image: how it is made, and what is true of it."""

    name: str
    save: Callable[[Path], None]
    extension: str
    size: tuple[int, int]
    """As shown."""
    quarters: tuple[Colour, Colour, Colour, Colour] = QUARTERS
    frames: int = 1
    clear: bool = False
    """Its top left quarter is transparent."""

    @property
    def path(self) -> Path:
        """The file, made if it is not there yet."""
        return _made(self)


@cache
def _made(image: ImageFile) -> Path:
    path = cache_root() / f"image-{image.name}-{key(_sources())}.{image.extension}"
    with locked(cache_root() / f"image-{image.name}.lock"):
        if not path.exists():
            for old in cache_root().glob(f"image-{image.name}-*"):
                old.unlink()
            part = path.with_name(f"part-{path.name}")
            image.save(part)
            part.replace(path)
    return path


def painted(
    width: int, height: int, quarters: tuple[Colour, Colour, Colour, Colour] = QUARTERS, shade: int = 0
) -> Pixels:
    """An upright picture: quarters, a soft texture in them, a square in the middle that is as bright as ``shade``."""
    pixels = np.empty((height, width, 3), np.int16)
    top, left = height // 2, width // 2
    for place, (rows, columns) in enumerate(
        [(r, c) for r in (slice(None, top), slice(top, None)) for c in (slice(None, left), slice(left, None))]
    ):
        pixels[rows, columns] = quarters[place]
    y, x = np.mgrid[0:height, 0:width]
    pixels += (6 * np.sin(x / 17) * np.cos(y / 23)).astype(np.int16)[..., None]
    if shade:
        pixels[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8] = shade
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _oriented(orientation: int) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        stored = Image.fromarray(painted(321, 240)).transpose(_STORED[orientation])
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        stored.save(path, "JPEG", quality=92, exif=exif.tobytes())

    return save


def _jpeg(path: Path) -> None:
    Image.fromarray(painted(640, 427)).save(path, "JPEG", quality=95)


def _alpha(path: Path) -> None:
    pixels = Image.fromarray(painted(300, 200)).convert("RGBA")
    pixels.paste((0, 0, 0, 0), (0, 0, 150, 100))
    pixels.save(path, path.suffix.removeprefix(".").upper())


def _palette(path: Path) -> None:
    pixels = Image.fromarray(painted(300, 200)).quantize(64)
    pixels.save(path, "PNG")


def _sixteen(path: Path) -> None:
    """Sixteen bits a sample, by hand: Pillow writes none in colour."""
    pixels = painted(256, 192).astype(">u2") * 257
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows, 6))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body + chunk(b"IEND", b""))


def _sixteen_grey(path: Path) -> None:
    pixels = painted(256, 192, GREYS)[..., 0].astype(np.uint16) * 257
    Image.fromarray(pixels).save(path, "PNG")


def _animated(path: Path) -> None:
    pictures = [Image.fromarray(painted(200, 150, shade=40 + 40 * number)) for number in range(5)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=PERIOD, loop=0, lossless=True)


def _cmyk(path: Path) -> None:
    Image.fromarray(painted(320, 200)).convert("CMYK").save(path, "JPEG", quality=95)


def _large(path: Path) -> None:
    Image.fromarray(painted(6000, 4000)).save(path, "JPEG", quality=90)


IMAGES: dict[str, ImageFile] = {
    image.name: image
    for image in (
        ImageFile("jpg", _jpeg, "jpg", (640, 427)),
        *(ImageFile(f"jpg_turned_{number}", _oriented(number), "jpg", (321, 240)) for number in _STORED),
        ImageFile("png_alpha", _alpha, "png", (300, 200), clear=True),
        ImageFile("webp_alpha", _alpha, "webp", (300, 200), clear=True),
        ImageFile("png_palette", _palette, "png", (300, 200)),
        ImageFile("png_16", _sixteen, "png", (256, 192)),
        ImageFile("png_16_grey", _sixteen_grey, "png", (256, 192), quarters=GREYS),
        ImageFile("webp_animated", _animated, "webp", (200, 150), frames=5),
        ImageFile("gif_animated", _animated, "gif", (200, 150), frames=5),
        ImageFile("jpg_24mp", _large, "jpg", (6000, 4000)),
        ImageFile("jpg_cmyk", _cmyk, "jpg", (320, 200)),
    )
}


def _sources() -> str:
    import inspect

    made = (painted, _oriented, _jpeg, _alpha, _palette, _sixteen, _sixteen_grey, _animated, _cmyk, _large)
    return "".join(inspect.getsource(part) for part in made)


@dataclass(frozen=True)
class Seen:
    """An image file as a viewer shows it."""

    format: str
    size: tuple[int, int]
    frames: int
    mode: str
    quarters: tuple[Colour, ...]
    """The colour in the middle of each quarter, on white where it is transparent."""
    clear: bool
    """Something of it is transparent."""
    turned: bool
    """It carries an orientation other than upright, which the colours here have been read by."""


def look(path: Path) -> Seen:
    """Read an image by other means than the product's: Pillow, orientation applied, the first picture."""
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        turned = image.getexif().get(ORIENTATION, 1) != 1
        shown = ImageOps.exif_transpose(image)
        full = shown.convert("RGBA") if shown.mode not in {"I;16", "I"} else _eight_bits(shown)
        alpha = full.getchannel("A").getextrema()
        on_white = Image.alpha_composite(Image.new("RGBA", full.size, WHITE), full).convert("RGB")
        width, height = on_white.size
        places = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]
        colours = tuple(_around(on_white, place) for place in places)
        kind = str(image.format).lower().replace("jpeg", "jpg").replace("mpo", "jpg")
        return Seen(kind, on_white.size, frames, image.mode, colours, float(alpha[0]) < 255, turned)  # type: ignore[arg-type]


def _eight_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGBA")


def _around(image: Image.Image, place: tuple[int, int]) -> Colour:
    x, y = place
    reach = max(1, min(image.size) // 16)
    box = (max(0, x - reach), max(0, y - reach), min(image.width, x + reach), min(image.height, y + reach))
    mean = np.asarray(image.crop(box)).reshape(-1, 3).mean(0)
    return round(float(mean[0])), round(float(mean[1])), round(float(mean[2]))


def far(one: Colour, other: Colour) -> int:
    """The largest difference of a sample."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
