"""Images drawn for tests, and the child's image tasks called in this process, where they are quick."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageStat
from PIL.PngImagePlugin import PngInfo

from cutroom.media.images import Painted
from cutroom.media.inside import wire
from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.images import make_image, probe_image
from cutroom.model.image import ImageFacts, ImageFormat

SECRET = b"Grandmother's house, 52.52 N 13.40 E"
"""What must be in no result."""
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is laid down for each orientation."""
TIMES = (40, 80, 120, 200, 60)
"""Milliseconds of the pictures of an animation."""
COLOURS = ((200, 30, 40), (30, 160, 60), (40, 60, 190), (230, 190, 30), (120, 20, 150))


def drawn(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """A picture that looks different however it is turned: soft colours, a square at the top left, a bar below."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (across, down, ImageChops.invert(across)))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width // 4, height // 3), fill=COLOURS[0])
    pen.rectangle((width // 2, height * 3 // 4, width, height), fill=COLOURS[1])
    return picture.convert(mode)


def detailed(width: int = 400, height: int = 300) -> Image.Image:
    """A picture of many colours and fine lines."""
    lines = Image.effect_mandelbrot((width, height), (-1.5, -1.0, 0.5, 1.0), 100)
    return Image.merge("RGB", (lines, ImageChops.add(lines, Image.linear_gradient("L").resize(lines.size)), lines))


def veiled(width: int = 120, height: int = 80) -> Image.Image:
    """The same, transparent at the right, half so in the middle."""
    picture = drawn(width, height, "RGBA")
    alpha = Image.new("L", (width, height), 255)
    alpha.paste(128, (width // 3, 0, width * 2 // 3, height))
    alpha.paste(0, (width * 2 // 3, 0, width, height))
    picture.putalpha(alpha)
    return picture


def moving(width: int = 60, height: int = 40, *, clear: bool = False) -> list[Image.Image]:
    """Five pictures: a square of another colour in another place each, on white or on nothing."""
    pictures = []
    for number, colour in enumerate(COLOURS):
        picture = Image.new("RGBA", (width, height), (0, 0, 0, 0) if clear else "white")
        left = number * width // 6
        ImageDraw.Draw(picture).rectangle((left, 8, left + width // 5, height - 8), fill=colour)
        pictures.append(picture)
    return pictures


def with_secrets(orientation: int = 1) -> bytes:
    """EXIF with an orientation, a description and a place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    return exif.tobytes()


def save(picture: Image.Image, path: Path, orientation: int = 1) -> Path:
    """Write a still with secrets in every place the format has for them, laid down for ``orientation``."""
    turn = STORED_AS[orientation]
    stored = picture if turn is None else picture.transpose(turn)
    exif = with_secrets(orientation)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    match path.suffix:
        case ".jpg":
            stored.save(path, quality=95, subsampling=0, exif=exif, comment=SECRET, xmp=xmp)
        case ".png":
            words = PngInfo()
            words.add_text("Comment", SECRET.decode())
            words.add_itxt("XML:com.adobe.xmp", xmp.decode())
            stored.save(path, exif=exif, pnginfo=words)
        case ".webp":
            stored.save(path, lossless=True, exif=exif, xmp=xmp)
        case ".gif":
            stored.save(path, comment=SECRET)
        case ".tiff":
            stored.save(path, exif=exif)
        case _:
            stored.save(path)
    return path


def save_moving(pictures: list[Image.Image], path: Path, plays: int = 0) -> Path:
    """Write an animation with ``TIMES``; ``plays`` 0 is for ever. Of a GIF the squares are cleared where need be."""
    first, *rest = pictures
    more: dict[str, Any] = {"quality": 100, "loop": plays}
    if path.suffix == ".gif":
        clear = first.getpixel((0, 0)) == (0, 0, 0, 0)
        more = {"disposal": 2 if clear else 1, "comment": SECRET} | ({"loop": max(plays - 1, 0)} if plays != 1 else {})
    first.save(path, save_all=True, append_images=rest, duration=list(TIMES), **more)
    return path


@dataclass(frozen=True, slots=True)
class Result:
    """What was made, and what was said about it."""

    path: Path
    facts: ImageFacts
    copied: bool
    warnings: tuple[str, ...]

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def picture(self, number: int = 0) -> Image.Image:
        with Image.open(self.path) as image:
            image.seek(number)
            image.load()
            return image.copy()


def quiet() -> Conversation:
    """A conversation that nobody follows."""
    return Conversation(io.BytesIO(), io.BytesIO())


def probe(path: Path) -> ImageFacts:
    return wire.unpack(ImageFacts, probe_image({"path": str(path)}, quiet()))


def make(
    source: Path, wanted: str | None = None, *, size: tuple[int, int] | None = None, quality: int | None = None
) -> Result:
    """Run the child's task here. The result lies beside the source."""
    facts = probe(source)
    kind = ImageFormat(wanted or facts.format)
    target = source.with_name(f"made-{source.stem}-{size}-{quality}.{kind}")
    params = {
        "path": str(source), "target": str(target), "format": kind.value, "size": list(size or facts.display_size),
        "quality": quality,
    }  # fmt: skip
    painted = wire.unpack(Painted, make_image(params, quiet()))
    return Result(target, painted.facts, painted.copied, painted.warnings)


def eight_bits(image: Image.Image) -> Image.Image:
    """``image`` without palette; deep grey is worked out by hand."""
    if image.mode != "I;16":
        return image.convert("RGBA").convert("RGB") if image.mode in {"1", "P"} else image
    grey = Image.new("L", image.size)
    grey.putdata([value * 255 // 65535 for value in image.get_flattened_data()])  # type: ignore[operator]
    return grey


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of the pixels (0..255), alpha and all; sizes must agree."""
    assert one.size == other.size
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean) / 4


def seen(picture: Image.Image) -> Image.Image:
    """As it looks on white."""
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture.convert("RGBA"))
    return ground.convert("RGB")


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG by hand: any size may be claimed, any depth used."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiny_gif(frames: int, size: tuple[int, int] = (1, 1)) -> bytes:
    """A GIF of many pictures of one pixel."""
    one = b"!\xf9\x04\x00\x01\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HH", *size) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff" + one * frames + b";"
