"""Opening an untrusted image: six known formats only, bounded before anything is decoded, and described.

The first bytes say what a file is, never its name. Only that one plug-in of Pillow is asked to open it, so nothing ever
reaches the formats that start other programs.
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.command import MAX_PIXELS
from cutroom.media.image_budget import refuse_file, too_costly
from cutroom.media.inside.claims import claimed_size, refuse_huge
from cutroom.media.inside.exif import orientation_of
from cutroom.media.inside.image_parts import damaged, parts_of
from cutroom.media.inside.image_timing import Timing, timing_of
from cutroom.media.inside.opening import guess
from cutroom.model.image import ImageFacts, ImageFormat

if TYPE_CHECKING:
    from cutroom.media.inside.image_parts import Data

_HEAD = 4096
_STARTS = {
    b"\xff\xd8\xff": ImageFormat.JPG,
    b"\x89PNG\r\n\x1a\n": ImageFormat.PNG,
    b"GIF87a": ImageFormat.GIF,
    b"GIF89a": ImageFormat.GIF,
    b"II*\x00": ImageFormat.TIFF,
    b"MM\x00*": ImageFormat.TIFF,
    b"II+\x00": ImageFormat.TIFF,
    b"MM\x00+": ImageFormat.TIFF,
}
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}  # two letters alone say little: texts begin with them too
_READABLE = "JPEG, PNG, WebP, GIF, BMP or TIFF"
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}
_FILMS = (b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"ID3", b"FLV", b"\x00\x00\x01\xba", b"\xff\xfb", b"\xff\xf3")
_BITS = {"1": 1, "I": 32, "F": 32}
_PNG_BITS = 24
_MOST_SCANS = 200
# What Pillow's readers raise about bytes that make no sense: they were written for files that do.
_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError,
    ZeroDivisionError, RuntimeError, AssertionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """An image file that is open for reading: its bytes, Pillow's view of them (nothing decoded yet), its facts."""

    data: Data
    image: ImageFile.ImageFile
    facts: ImageFacts
    timing: Timing
    pages: bool
    """There are more pictures in it that are no animation."""
    ends: bool
    """A JPEG has its end mark; without it, it may have been cut off."""

    @property
    def turn(self) -> int:
        """The orientation (1..8) that decoded pixels still have to be given."""
        return 1 if self.facts.format is ImageFormat.TIFF else self.facts.orientation

    @property
    def sampling(self) -> int:
        """How finely a JPEG holds its colours: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0; 0 where it is something else."""
        from PIL import JpegImagePlugin

        return max(0, JpegImagePlugin.get_sampling(self.image))


@contextmanager
def open_image(path: Path) -> Iterator[Opened]:
    """Open ``path``. Raises ``CutroomError``: NOT_MEDIA, MEDIA_DAMAGED, MEDIA_TOO_COSTLY."""
    size = path.stat().st_size
    if size == 0:
        raise CutroomError(ErrorCode.NOT_MEDIA, "The file is empty.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kind = kind_of(data[:_HEAD])
        refuse_file(size)
        refuse_huge(*claimed_size(data[:_HEAD]))
        timing = timing_of(kind, data)
        ends = kind is not ImageFormat.JPG or _scans(data)
        with pillow(), _opened(kind, file) as image:
            with reading():
                facts = _facts(kind, data, image, timing)
            yield Opened(data, image, facts, timing, _pages(kind, image), ends)


def kind_of(head: bytes) -> ImageFormat:
    """The format that a file's first bytes announce. Raises ``CutroomError(NOT_MEDIA)`` for everything else."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return ImageFormat.BMP
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    raise CutroomError(ErrorCode.NOT_MEDIA, _no_image(head))


def _no_image(head: bytes) -> str:
    if head[4:8] == b"ftyp" and (brand := _BRANDS.get(head[8:12])):
        return f"{brand} images cannot be read; {_READABLE} can."
    if kind := guess(head):
        if "drawing" in kind:
            return f"Vector drawings cannot be read; {_READABLE} can."
        return f"The file is {kind}, not an image."
    transport = head[:1] == b"G" and head[188:189] == b"G"
    if head[4:8] in {b"ftyp", b"moov", b"mdat"} or head.startswith(_FILMS) or head.startswith(b"RIFF") or transport:
        return "The file is a video or sound file, not an image."
    return f"The file is not an image that can be read; {_READABLE} can."


def _scans(data: Data) -> bool:
    """Whether a JPEG has its end mark. Raises ``CutroomError(MEDIA_TOO_COSTLY)`` for passes over the picture en masse.

    Each may take a few bytes of the file and a second of time.
    """
    scans = 0
    try:
        for part in parts_of(ImageFormat.JPG, data):
            scans += part.name == "FFDA"
            if scans > _MOST_SCANS:
                raise too_costly("The image is coded in more passes than is allowed.")
    except CutroomError as error:
        if error.code is not ErrorCode.MEDIA_DAMAGED:
            raise
        return False
    return True


@contextmanager
def pillow() -> Iterator[None]:
    """Pillow with our bounds; its complaints about a file become the one sentence for damaged ones."""
    # Twice this is refused, and before the plug-ins allocate anything.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def reading() -> Iterator[None]:
    """What is raised while pixels are read becomes ``CutroomError(MEDIA_DAMAGED)``."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise too_costly("The image has more than 67 million pixels.", "Make it smaller first.") from error
    except MemoryError:
        raise
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise damaged(f"{type(error).__name__}: {error}") from error


@contextmanager
def _opened(kind: ImageFormat, file: object) -> Iterator[ImageFile.ImageFile]:
    register(kind)
    with reading():
        image = Image.open(file, formats=(plugin(kind),))  # type: ignore[arg-type]
    with image:
        yield image


def register(kind: ImageFormat) -> None:
    """Load the plug-in that is needed. Asked for an unknown one, Pillow would load all it has."""
    if kind in {ImageFormat.WEBP, ImageFormat.TIFF}:
        import_module(f"PIL.{'WebP' if kind is ImageFormat.WEBP else 'Tiff'}ImagePlugin")


def plugin(kind: ImageFormat) -> str:
    """Pillow's name of the plug-in."""
    return "JPEG" if kind is ImageFormat.JPG else kind.value.upper()


def _facts(kind: ImageFormat, data: Data, image: ImageFile.ImageFile, timing: Timing) -> ImageFacts:
    width, height = image.size
    refuse_huge(width, height)
    turned = _orientation(kind, data, image)
    lying = turned >= 5
    stored = (width, height)
    if lying and kind is ImageFormat.TIFF:  # Pillow states (and loads) these as shown
        stored = (height, width)
    shown = stored[::-1] if lying else stored
    moving = timing.frames > 1
    return ImageFacts(
        format=kind,
        size_bytes=len(data),
        width=shown[0],
        height=shown[1],
        stored_width=stored[0],
        stored_height=stored[1],
        orientation=turned,
        mode=image.mode,
        bit_depth=_bits(kind, data, image),
        has_alpha=image.has_transparency_data,
        frames=timing.frames,
        duration=Fraction(sum(timing.times), 1000) if moving else None,
        plays=timing.plays if moving else None,
    )


def _orientation(kind: ImageFormat, data: Data, image: ImageFile.ImageFile) -> int:
    if kind is ImageFormat.TIFF:
        value = image.getexif().get(0x0112, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1
    if kind is ImageFormat.PNG:
        chunks = (part for part in parts_of(kind, data) if part.name == "eXIf")
        part = next(chunks, None)
        return orientation_of(data[part.body : part.end - 4]) if part else 1
    exif = image.info.get("exif")
    return orientation_of(exif) if isinstance(exif, bytes) else 1


def _bits(kind: ImageFormat, data: Data, image: ImageFile.ImageFile) -> int:
    if kind is ImageFormat.PNG:
        return data[_PNG_BITS]
    if kind is ImageFormat.TIFF:
        given = getattr(image, "tag_v2", {}).get(258, (1,))
        return max(given) if isinstance(given, tuple) else int(given)
    return _BITS.get(image.mode, 16 if image.mode.startswith("I;16") else 8)


def _pages(kind: ImageFormat, image: ImageFile.ImageFile) -> bool:
    """Further pages of a TIFF; the further views of a JPEG (thumbnails, the other eye) are not missed."""
    return kind is ImageFormat.TIFF and bool(getattr(image, "is_animated", False))
