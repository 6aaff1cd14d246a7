"""Writing GIF: one palette for the whole animation, and of each picture only what has changed.

Pictures come and go one at a time, so memory does not grow with their number. Every picture keeps its own time, also
those in which nothing changes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from PIL import GifImagePlugin, Image, ImageChops

from cutroom.media.inside.image_quantize import Palette, filled, within

if TYPE_CHECKING:
    from cutroom.media.inside.image_timing import Timing

Box = tuple[int, int, int, int]
_OPAQUE = [255 if value >= 128 else 0 for value in range(256)]
_STAY, _CLEAR = 1, 2
_NOTHING: Box = (0, 0, 1, 1)
_SAMPLES = 16
_SIDE = 128


@dataclass(slots=True)
class _Cell:
    """A picture waiting to be written: how it leaves is known only when the next one has come."""

    colours: Image.Image
    """Palette indexes, the see-through one where nothing is drawn."""
    box: Box
    time: int


def write_gif(pictures: Iterable[Image.Image], timing: Timing, palette: Palette, file: BinaryIO) -> None:
    """Write ``pictures`` (``RGB`` or ``RGBA``, all of one size) with the times and repeats of ``timing``."""
    waiting: _Cell | None = None
    shown: Image.Image | None = None
    times = iter(timing.times)
    for picture in pictures:
        current = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        current.putalpha(current.getchannel("A").point(_OPAQUE))
        if waiting is None:
            _write_header(file, current.size, timing, palette)
            cell = _Cell(_indexes(current, palette), (0, 0, *current.size), next(times))
        elif shown is not None and _erases(shown, current):
            _widen(waiting, current.size, palette)
            _write_cell(file, waiting, palette, _CLEAR)
            cell = _Cell(_indexes(current, palette), (0, 0, *current.size), next(times))
        else:
            _write_cell(file, waiting, palette, _STAY)
            cell = _changed(shown or current, current, palette, next(times))
        waiting, shown = cell, current
    if waiting is not None:
        _write_cell(file, waiting, palette, _STAY)
    file.write(b";")


def _indexes(picture: Image.Image, palette: Palette) -> Image.Image:
    mask = picture.getchannel("A")
    # What is not seen must not be dithered into what is.
    drawn = palette.apply(filled(picture, mask))
    drawn.paste(palette.clear, mask=ImageChops.invert(mask))
    return drawn


def _erases(before: Image.Image, after: Image.Image) -> bool:
    """Whether something that was drawn has to go: GIF can draw over, but not away."""
    gone = ImageChops.subtract(before.getchannel("A"), after.getchannel("A"))
    return gone.getbbox() is not None


def _changed(before: Image.Image, after: Image.Image, palette: Palette, time: int) -> _Cell:
    """The rectangle that differs; within it, what does not differ is left as it is."""
    channels = ImageChops.difference(before, after).split()
    most = channels[0]
    for channel in channels[1:]:
        most = ImageChops.lighter(most, channel)
    box = most.getbbox() or _NOTHING
    part = _indexes(after.crop(box), palette)
    part.paste(palette.clear, mask=most.crop(box).point(_SAME))
    return _Cell(part, box, time)


_SAME = [255] + [0] * 255


def _widen(cell: _Cell, size: tuple[int, int], palette: Palette) -> None:
    """Let the picture cover everything, so that everything is cleared when it goes."""
    whole = Image.new("P", size, palette.clear)
    whole.putpalette(palette.colours)
    whole.paste(cell.colours, cell.box[:2])
    cell.colours, cell.box = whole, (0, 0, *size)


def _write_header(file: BinaryIO, size: tuple[int, int], timing: Timing, palette: Palette) -> None:
    bits = palette.bits
    file.write(b"GIF89a" + struct.pack("<HHBBB", *size, 0x80 | 0x70 | (bits - 1), palette.clear, 0))
    file.write(palette.colours.ljust(3 << bits, b"\x00")[: 3 << bits])
    if timing.frames > 1 and timing.plays != 1:
        repeats = max(timing.plays - 1, 0)
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", min(repeats, 65535), 0))


def _write_cell(file: BinaryIO, cell: _Cell, palette: Palette, leaves: int) -> None:
    blocks = GifImagePlugin.getdata(
        cell.colours, cell.box[:2], duration=cell.time, transparency=palette.clear, disposal=leaves
    )
    file.writelines(blocks)


def common_palette(pictures: Callable[[], Iterator[Image.Image]], frames: int, colours: int) -> Palette:
    """At most ``colours`` colours for all ``pictures``: exactly theirs where they have no more, else a fair choice."""
    seen: set[tuple[int, ...]] | None = set()
    samples: list[Image.Image] = []
    every = max(1, frames // _SAMPLES)
    for number, picture in enumerate(pictures()):
        solid = picture if picture.mode == "RGB" else filled(picture, picture.getchannel("A").point(_OPAQUE))
        if seen is not None:
            found = solid.getcolors(colours)
            more = {colour for _count, colour in found if isinstance(colour, tuple)} if found is not None else None
            seen = seen | more if more is not None and len(seen | more) <= colours else None
        if number % every == 0 and len(samples) < 2 * _SAMPLES:
            samples.append(solid.resize(within(solid.size, _SIDE), Image.Resampling.NEAREST))
    return Palette.exact(sorted(seen)) if seen is not None else Palette.chosen(_sheet(samples), colours)


def _sheet(samples: list[Image.Image]) -> Image.Image:
    """The samples, all of one size, below each other."""
    width, height = samples[0].size
    sheet = Image.new("RGB", (width, height * len(samples)))
    for number, sample in enumerate(samples):
        sheet.paste(sample, (0, number * height))
    return sheet
