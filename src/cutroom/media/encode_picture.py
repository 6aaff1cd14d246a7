"""The filters from a source's pictures to upright, square, even, 8-bit 4:2:0 ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.encode_plan import PicturePlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import Input
from cutroom.media.ffmpeg.filters import Filter
from cutroom.model.media import VideoFacts

TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_UNSPECIFIED, _BT709, _BT601 = 2, 1, 6
# Video that does not say so is BT.709 from this many lines on, as players have it.
_HD_LINES = 720
_FULL_RANGE = 2
RGB_FORMATS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
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


def read(plan: PicturePlan, threads: int, *, steady: bool = False) -> Input:
    """The input of the pictures.

    ``steady``: one filter graph from beginning to end, also where pictures change their size, which ``scale`` evens
    out. A new graph would count pictures anew.
    """
    options = ("-reinit_filter", "0") if steady else ()
    return Input(plan.path, plan.demuxer, seek=plan.seek, threads=threads, options=options)


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


def shape(
    facts: VideoFacts,
    geometry: Geometry,
    pixel_format: str = "yuv420p",
    *,
    turn: int = 0,
    sample_aspect: Fraction = Fraction(1),
) -> tuple[Filter, ...]:
    """To the size, upright, limited range, BT.709 if it was HDR, with nothing of the source's side data.

    ``turn`` is degrees clockwise on top of that; ``sample_aspect`` is stated of what comes out.
    """
    return (
        *meant(facts),
        *_colour(facts, geometry),
        filters.pixel_format(pixel_format),
        *_upright(facts, turn),
        filters.sample_aspect(sample_aspect),
        filters.bare(),
    )


def _upright(facts: VideoFacts, turn: int) -> tuple[Filter, ...]:
    """One turn for both, where no mirror stands between them."""
    if facts.mirrored:
        return (*filters.turn(facts.rotation, mirrored=True), *filters.turn(turn, mirrored=False))
    return filters.turn((facts.rotation + turn) % 360, mirrored=False)


def meant(facts: VideoFacts) -> tuple[Filter, ...]:
    """State the matrix that players assume of pictures which name none: they go by the size, and that may change."""
    if facts.color_space != _UNSPECIFIED or facts.hdr is not None or _rgb(facts):
        return ()
    return (filters.tagged(colorspace=_MATRICES[_matrix(facts)]),)


def _matrix(facts: VideoFacts) -> int:
    if facts.color_space != _UNSPECIFIED:
        return facts.color_space
    return _BT709 if min(facts.width, facts.height) >= _HD_LINES else _BT601


def _colour(facts: VideoFacts, geometry: Geometry) -> tuple[Filter, ...]:
    width, height = geometry.stored
    if facts.hdr is not None:
        return filters.tonemap(width, height, transfer=TRANSFERS[facts.hdr])
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
    matrix = _MATRICES.get(_matrix(facts))
    return {"range": "limited"} | ({"colorspace": matrix} if matrix else {})


def _full_range(facts: VideoFacts) -> bool:
    return facts.color_range == _FULL_RANGE or facts.pixel_format.startswith("yuvj") or _rgb(facts)


def _rgb(facts: VideoFacts) -> bool:
    return facts.pixel_format.startswith(RGB_FORMATS)


def finished(last: int, end: int) -> str:
    """Bitstream filters for H.264: no encoder's message in the stream, and the last picture stands until the end.

    The decoder's word for how long the last picture stands is often that of the frame before it in coding order.
    ``last`` is when it is shown, ``end`` when it goes, in ticks of the stream.
    """
    return (
        "filter_units=remove_types=6,"
        f"setts=pts=PTS:dts=DTS:duration='if(gte(PTS,{max(0, last - 1)}),{max(1, end - last)},DURATION)'"
    )


def time_scale(facts: VideoFacts) -> int:
    """Ticks a second that hold every time of the source exactly, where there is such a number a player can use."""
    ticks = facts.time_base.denominator
    if ticks > 1_000_000:
        return 90_000
    while ticks < 10_000:
        ticks *= 2
    return ticks
