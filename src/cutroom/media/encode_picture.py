"""The filters from a source's pictures to upright, square, even, 8-bit 4:2:0 ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.encode_plan import PicturePlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import Input
from cutroom.media.ffmpeg.filters import Filter
from cutroom.model.media import VideoFacts

_TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_FULL_RANGE = 2
_RGB_FORMATS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
# Without a picture before the first, the bound lies this far before it: nothing else can be there.
_JUST_BEFORE = Fraction(1, 2000)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes in samples. ``stored`` is before the turn, where scaling and cropping are done; ``shown`` after it."""

    stored: tuple[int, int]
    shown: tuple[int, int]
    scaled: bool
    """False: as it is, but for a line cropped from odd sizes."""


def fit(facts: VideoFacts, lines: int | None) -> Geometry:
    """Even sizes of square pixels with at most ``lines`` on the shorter side; never larger than shown in the source."""
    width, height = facts.display_size
    shorter = min(width, height)
    smaller = lines is not None and shorter > lines
    scaled = smaller or facts.sample_aspect != 1 or shorter < 2
    if scaled:
        factor = Fraction(lines or 1, shorter) if smaller else Fraction(1)
        shown = _even(width * factor), _even(height * factor)
    else:
        shown = width - width % 2, height - height % 2
    turned = facts.rotation in {90, 270}
    return Geometry(stored=shown[::-1] if turned else shown, shown=shown, scaled=scaled)


def fit_width(facts: VideoFacts, width: int) -> Geometry:
    """At most ``width`` wide (as shown), the height following; even; never scaled up."""
    shown_width, shown_height = facts.display_size
    factor = min(Fraction(1), Fraction(width, shown_width))
    shown = _even(shown_width * factor), _even(shown_height * factor)
    turned = facts.rotation in {90, 270}
    return Geometry(stored=shown[::-1] if turned else shown, shown=shown, scaled=shown != (facts.width, facts.height))


def _even(length: Fraction) -> int:
    return max(2, round(length / 2) * 2)


def read(plan: PicturePlan, threads: int) -> Input:
    """The input of the pictures."""
    return Input(plan.path, plan.demuxer, seek=plan.seek, threads=threads)


def piece(plan: PicturePlan) -> tuple[Filter, ...]:
    """Exactly the wanted pictures, counted from the first one, at full size."""
    before = plan.before if plan.before is not None else plan.first - 2 * _JUST_BEFORE
    tick = plan.facts.time_base
    trimmed = filters.trim(_between(before, plan.first, tick), _between(plan.last, plan.end, tick))
    chain = (trimmed, filters.setpts(plan.first))
    return (*chain, filters.deinterlace()) if plan.facts.interlaced else chain


def _between(earlier: Fraction, later: Fraction, tick: Fraction) -> Fraction:
    """A bound between two pictures that the filter's rounding to its ticks (halves either way) does not move past one.

    Midway, except between neighbouring ticks: from there it could be rounded to the earlier one.
    """
    distance = later - earlier
    return later - (distance / 2 if distance > tick else distance / 4)


def shape(facts: VideoFacts, geometry: Geometry, pixel_format: str = "yuv420p") -> tuple[Filter, ...]:
    """To the size, upright, limited range, BT.709 if it was HDR, with nothing of the source's side data."""
    return (
        *_colour(facts, geometry),
        filters.pixel_format(pixel_format),
        *filters.turn(facts.rotation, mirrored=facts.mirrored),
        filters.square_pixels(),
        filters.bare(),
    )


def _colour(facts: VideoFacts, geometry: Geometry) -> tuple[Filter, ...]:
    width, height = geometry.stored
    if facts.hdr is not None:
        return filters.tonemap(width, height, transfer=_TRANSFERS[facts.hdr])
    options = {"out_range": "tv"} if _full_range(facts) else {}
    if _rgb(facts):
        options["out_color_matrix"] = "bt709"
    if geometry.scaled:
        return (filters.scale(width, height, **options),)
    if (width, height) == (facts.width, facts.height):
        # Costs nothing while the size stays; broadcasts change it in the middle, and the clip has one.
        return (filters.scale(width, height, **options),)
    # Subsampled pictures of odd size are cropped in full chroma resolution, or half a chroma line would be lost.
    converted = (filters.convert(**options),) if options else ()
    return (filters.crop(width, height), *converted)


def colour_tags(facts: VideoFacts) -> dict[str, str]:
    """The matrix and range of what ``shape`` hands out, as options of ``setparams``; nothing where it is unknown."""
    if facts.hdr is not None or _rgb(facts):
        return {"range": "limited", "colorspace": "bt709"}
    matrix = _MATRICES.get(facts.color_space)
    return {"range": "limited"} | ({"colorspace": matrix} if matrix else {})


def _full_range(facts: VideoFacts) -> bool:
    return facts.color_range == _FULL_RANGE or facts.pixel_format.startswith("yuvj") or _rgb(facts)


def _rgb(facts: VideoFacts) -> bool:
    return facts.pixel_format.startswith(
        ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
    )


def time_scale(facts: VideoFacts) -> int:
    """Ticks a second that hold every time of the source exactly, where there is such a number a player can use."""
    ticks = facts.time_base.denominator
    if ticks > 1_000_000:
        return 90_000
    while ticks < 10_000:
        ticks *= 2
    return ticks
