"""Few colours instead of many: exactly those of the picture where it has no more, else well chosen ones, dithered.

The library's own mapping onto a given palette works on coarse cells; so an exact palette is mapped by another way, and
a chosen one with error diffusion, which evens out what the cells do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from PIL import Image, ImageChops, ImageFilter

from cutroom.media.inside.image_colour import eight_bits
from cutroom.media.inside.image_merge import Entry, merged

_MEDIAN, _DITHER = Image.Quantize.MEDIANCUT, Image.Dither.FLOYDSTEINBERG
_NEAREST = Image.Resampling.NEAREST
# A picture is sampled for its palette: choosing takes forty times longer than mapping.
_SAMPLE = 512
_CELL = 8
# Colours of so many pixels are not mixed with others: what was one flat colour stays one.
_FREQUENT = 1 / 64


@dataclass(frozen=True, slots=True)
class Palette:
    """Up to 255 colours as bytes, and behind them the index that means nothing is drawn.

    ``apply`` gives the indexes of an ``RGB`` picture.
    """

    colours: bytes
    precise: bool
    """Every colour that is ever asked for is in it."""
    _image: Image.Image = field(repr=False)

    @classmethod
    def exact(cls, colours: list[tuple[int, ...]]) -> Palette:
        """These colours and no others will be asked for."""
        flat = bytes(value for colour in colours or [(0, 0, 0)] for value in colour[:3])
        return cls(flat, precise=True, _image=_carrier(flat))

    @classmethod
    def chosen(cls, sample: Image.Image, colours: int) -> Palette:
        """The ``colours`` that suit ``sample`` (``RGB``) best."""
        counted = cast("list[tuple[int, tuple[int, ...]]]", sample.getcolors(sample.width * sample.height) or [])
        least = _FREQUENT * sample.width * sample.height
        common = sorted(((count, rgb) for count, rgb in counted if count >= least), reverse=True)
        frequent = [bytes(rgb) for _count, rgb in common[: colours // 4]]
        mixed = sample.quantize(colours, _MEDIAN)
        by_use = sorted(zip(mixed.histogram(), _triples(mixed), strict=False), reverse=True)
        # What is near a flat colour would be taken for it, or it for that: the mapping's cells are coarse.
        apart = [rgb for _count, rgb in by_use if all(_gap(rgb, flat) > _CELL for flat in frequent)]
        flat = b"".join([*frequent, *apart][:colours])
        return cls(flat, precise=False, _image=_carrier(flat))

    @classmethod
    def of(cls, image: Image.Image, colours: int) -> Palette:
        """For one picture (``RGB``)."""
        found = image.getcolors(colours)
        if found is not None:
            return cls.exact([colour for _count, colour in found if isinstance(colour, tuple)])
        return cls.chosen(image.resize(within(image.size, _SAMPLE), _NEAREST), colours)

    @property
    def clear(self) -> int:
        return len(self.colours) // 3

    @property
    def bits(self) -> int:
        """Of an index, the one that means nothing included."""
        return max(1, self.clear.bit_length())

    def apply(self, picture: Image.Image) -> Image.Image:
        if not self.precise:
            return picture.quantize(palette=self._image, dither=_DITHER)
        own = picture.quantize(256, _MEDIAN)
        places = {self.colours[at : at + 3]: at // 3 for at in range(0, len(self.colours), 3)}
        mapped = own.point(_table(places.get(rgb, 0) for rgb in _triples(own)))
        mapped.putpalette(self.colours)
        return mapped


def within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """``size``, no side longer than ``side``; the aspect may change."""
    return min(size[0], side), min(size[1], side)


def filled(image: Image.Image, mask: Image.Image) -> Image.Image:
    """``image`` (``L`` or ``RGBA``) as ``RGB``; where ``mask`` (0 or 255) is 0, in a colour that it has anyway."""
    solid = image.convert("RGB")
    box = mask.getbbox()
    if box is not None and cast("tuple[int, int]", mask.getextrema())[0] == 0:
        first, across = mask.crop(box).tobytes().index(255), box[2] - box[0]
        colour = solid.getpixel((box[0] + first % across, box[1] + first // across))
        solid.paste(cast("tuple[int, ...]", colour), mask=ImageChops.invert(mask))
    return solid


def reduce_colours(image: Image.Image, colours: int) -> tuple[Image.Image, bytes | None]:
    """``image`` (``1``, ``L``, ``LA``, ``RGB``, ``RGBA``, deep grey) with at most ``colours`` colours, 16 to 256.

    Returns it with a palette, and the alpha of the palette's first entries (None: all are opaque). Grey pictures that
    a palette would not make smaller come back as they are.
    """
    if image.mode.startswith("I"):
        image = eight_bits(image)
    if image.mode == "1" or (image.mode == "L" and colours >= 256 and image.getcolors(16) is None):
        return image, None
    if image.mode in {"LA", "RGBA"}:
        image = image.convert("RGBA")
        if cast("tuple[int, int]", image.getchannel("A").getextrema())[0] < 255:
            return _with_alpha(image, colours)
    image = image.convert("RGB")
    return Palette.of(image, colours).apply(image), None


def _with_alpha(image: Image.Image, colours: int) -> tuple[Image.Image, bytes | None]:
    """Whatever is see-through by octree, which knows alpha; what is opaque by what is left of the palette."""
    alpha = image.getchannel("A")
    if image.getcolors(colours) is not None:
        return _exact_alpha(image, alpha, colours)
    drawn = _visible(image, alpha).quantize(256, Image.Quantize.FASTOCTREE)
    entries = _entries(drawn)
    opaque = alpha.point([0] * 255 + [255])
    if colours < 256:  # with fewer the octree loses whole colours
        places, entries = merged(entries, drawn.histogram(), colours)
        drawn = drawn.point(_table(places))
    veiled = [index for index, count in enumerate(drawn.histogram(ImageChops.invert(opaque))) if count]
    solid = [index for index, count in enumerate(drawn.histogram(opaque)) if count]
    if len(solid) > colours - len(veiled):
        veiled, solid = sorted({*veiled, *solid}), []
    steps = {index: place for place, index in enumerate(veiled)}
    drawn = drawn.point(_table(steps.get(index, 0) for index in range(256)))
    kept = [entries[index] for index in veiled]
    if solid:
        rest = filled(image, opaque)
        palette = Palette.of(rest, colours - len(kept))
        places = [len(kept) + index for index in range(palette.clear)]
        drawn.paste(palette.apply(rest).point(_table(places)), mask=opaque)
        kept += [(*palette.colours[3 * at : 3 * at + 3], 255) for at in range(palette.clear)]
    return _painted(drawn, kept)


def _visible(image: Image.Image, alpha: Image.Image) -> Image.Image:
    """``image`` with nothing where nothing is seen.

    Where its alpha changes softly it is dithered to the few grades that octree tells apart; edges stay sharp.
    """
    seen = image.copy()
    if cast("tuple[int, int]", alpha.getextrema())[0] == 0:
        seen.paste((0, 0, 0, 0), mask=alpha.point([255] + [0] * 255))
    partial = alpha.point([0] + [255] * 254 + [0])
    soft = partial.filter(ImageFilter.MinFilter(5))
    box = soft.getbbox()
    if box is not None:
        grades = bytes(grade for grade in range(16, 256, 32) for _channel in range(3))
        veil = filled(alpha.crop(box), partial.crop(box))
        dithered = veil.quantize(palette=_carrier(grades), dither=_DITHER).convert("L")
        softened = alpha.copy()
        softened.paste(dithered, box, soft.crop(box))
        seen.putalpha(softened)
    return seen


def _exact_alpha(image: Image.Image, alpha: Image.Image, colours: int) -> tuple[Image.Image, bytes | None]:
    """Every pair of colour and alpha gets its own entry, there being few enough."""
    own = image.convert("RGB").quantize(256, _MEDIAN)
    pairs = Image.merge("RGB", (_indexes(own), alpha, Image.new("L", own.size))).quantize(colours, _MEDIAN)
    rgb = _triples(own)
    entries = [(*rgb[index], see) for index, see, _nothing in _triples(pairs)]
    order = sorted(range(len(entries)), key=lambda number: entries[number][3])
    places = {place: number for number, place in enumerate(order)}
    drawn = pairs.point(_table(places[place] for place in range(len(entries))))
    return _painted(drawn, [entries[place] for place in order])


def _painted(drawn: Image.Image, entries: list[Entry]) -> tuple[Image.Image, bytes | None]:
    """The picture with its palette. Entries that are not opaque should come first: only theirs need be said."""
    drawn.putpalette(bytes(value for entry in entries for value in entry[:3]))
    alphas = bytes(entry[3] for entry in entries).rstrip(b"\xff")
    return drawn, alphas or None


def _entries(image: Image.Image) -> list[Entry]:
    """The palette as red, green, blue, alpha."""
    flat = bytes(image.getpalette("RGBA") or [])
    return [cast("Entry", tuple(flat[at : at + 4])) for at in range(0, len(flat), 4)]


def _indexes(image: Image.Image) -> Image.Image:
    """The palette's indexes as grey values."""
    return Image.frombytes("L", image.size, image.tobytes())


def _table(values: Iterable[int]) -> list[int]:
    """256 entries, as ``point`` wants them."""
    given = list(values)
    return given + [0] * (256 - len(given))


def _triples(image: Image.Image) -> list[bytes]:
    """The palette's colours, three bytes each."""
    flat = bytes(image.getpalette() or [])
    return [flat[at : at + 3] for at in range(0, len(flat), 3)]


def _gap(one: bytes, other: bytes) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _carrier(flat: bytes) -> Image.Image:
    """A picture that does nothing but carry a palette."""
    image = Image.new("P", (1, 1))
    image.putpalette(flat)
    return image
