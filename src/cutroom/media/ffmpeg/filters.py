"""Filters and filter graphs as typed pieces.

Values are numbers and fixed words only, and rendering refuses anything else: no text of a user, and no file name,
can get into a graph. Times are exact seconds (``Fraction``); ffmpeg reads them with microseconds, so callers put
bounds midway between frames.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

Value = int | Fraction | str
# Words, numbers and arithmetic. Neither quotes, commas, colons, brackets nor backslashes: nothing ever needs escaping.
_SAFE = re.compile(r"[A-Za-z0-9_.+\-*/()|]+", re.ASCII)
# Of the numbers in which H.264 states how wide samples are.
_LARGEST = 65_535
_PAD = re.compile(r"[a-z0-9_]+(?::\d+)?", re.ASCII)


def seconds(value: Fraction) -> str:
    """``value`` in seconds with exactly six decimals, rounded to the nearest microsecond (halves up).

    >>> seconds(Fraction(1001, 30000))
    '0.033367'
    """
    micros = (value.numerator * 2_000_000 + value.denominator) // (2 * value.denominator)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    return f"{sign}{micros // 1_000_000}.{micros % 1_000_000:06d}"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter with its options in order. ``Fraction`` values are times in seconds, ``int`` plain numbers."""

    name: str
    options: tuple[tuple[str, Value], ...] = ()

    def render(self) -> str:
        """``name=key=value:key=value``; ``ValueError`` on a value that would need escaping."""
        rendered = []
        for key, value in self.options:
            text = seconds(value) if isinstance(value, Fraction) else str(value)
            if not _SAFE.fullmatch(text):
                msg = f"not a number or fixed word for a filter option: {text!r}"
                raise ValueError(msg)
            rendered.append(f"{key}={text}")
        return f"{self.name}={':'.join(rendered)}" if rendered else self.name


@dataclass(frozen=True, slots=True)
class Chain:
    """Filters one after the other, between named pads. An input pad is ``input:stream`` or another chain's output."""

    inputs: tuple[str, ...]
    filters: tuple[Filter, ...]
    outputs: tuple[str, ...]

    def render(self) -> str:
        for pad in (*self.inputs, *self.outputs):
            if not _PAD.fullmatch(pad):
                msg = f"not a pad name: {pad!r}"
                raise ValueError(msg)
        pads_in, pads_out = ("".join(f"[{pad}]" for pad in pads) for pads in (self.inputs, self.outputs))
        return f"{pads_in}{','.join(f.render() for f in self.filters)}{pads_out}"


Graph = tuple[Chain, ...]


def render_graph(graph: Graph) -> str:
    """The graph as ffmpeg reads it."""
    return ";".join(chain.render() for chain in graph)


def parted(graph: Graph) -> list[Graph]:
    """The parts of a graph that do not touch each other, in order.

    ffmpeg builds a graph anew when the pictures of one of its inputs change their size. What has nothing to do with
    them must not be in it: sound lost some milliseconds there, and not always the same.
    """
    parts: list[Graph] = []
    for chain in graph:
        joined = [part for part in parts if any({*chain.inputs} & {*other.outputs} for other in part)]
        parts = [part for part in parts if part not in joined] + [(*(c for part in joined for c in part), chain)]
    return parts


def trim(start: Fraction | None, end: Fraction | None) -> Filter:
    """Pictures whose time t is start <= t < end, in the input's own time."""
    return Filter("trim", _bounds(start, end))


def atrim(start: Fraction | None, end: Fraction | None) -> Filter:
    """Sound of start <= t < end, split between samples."""
    return Filter("atrim", _bounds(start, end))


def _bounds(start: Fraction | None, end: Fraction | None) -> tuple[tuple[str, Value], ...]:
    return tuple((key, value) for key, value in (("start", start), ("end", end)) if value is not None)


def trim_frames(count: int) -> Filter:
    """The first ``count`` pictures."""
    return Filter("trim", (("end_frame", count),))


def atrim_samples(count: int) -> Filter:
    """The first ``count`` samples."""
    return Filter("atrim", (("end_sample", count),))


def setpts(origin: Fraction) -> Filter:
    """Picture times counted from ``origin``. Rounded, because the filter would cut off 41.999... to 41."""
    return Filter("setpts", (("expr", _shift(origin)),))


def asetpts(origin: Fraction) -> Filter:
    """Sound times counted from ``origin``."""
    return Filter("asetpts", (("expr", _shift(origin)),))


def _shift(origin: Fraction) -> str:
    return f"round(PTS-({origin.numerator})/{origin.denominator}/TB)"


def scale(width: int, height: int, *, flags: str = "bicubic", **options: str) -> Filter:
    """To ``width`` x ``height`` samples; -2 keeps the aspect with an even number."""
    return Filter("scale", (("w", width), ("h", height), ("flags", flags), *options.items()))


def convert(**options: str) -> Filter:
    """A ``scale`` that keeps the size: range or matrix conversion only."""
    return Filter("scale", tuple(options.items()))


def crop(width: int, height: int, x: int = 0, y: int = 0) -> Filter:
    """``width`` x ``height`` samples from ``x``, ``y`` on. Odd edges need pictures of full chroma resolution."""
    return Filter("crop", (("w", width), ("h", height), ("x", x), ("y", y)))


def turn(degrees: int, *, mirrored: bool) -> tuple[Filter, ...]:
    """Clockwise by 0, 90, 180 or 270 degrees, then flipped left to right when ``mirrored``."""
    turned = {
        0: (),
        90: (Filter("transpose", (("dir", "clock"),)),),
        180: (Filter("hflip"), Filter("vflip")),
        270: (Filter("transpose", (("dir", "cclock"),)),),
    }[degrees]
    return (*turned, Filter("hflip")) if mirrored else turned


def deinterlace() -> Filter:
    """One picture for each interlaced frame; progressive ones pass untouched."""
    return Filter("bwdif", (("mode", "send_frame"), ("parity", "auto"), ("deint", "interlaced")))


def tonemap(width: int, height: int, *, transfer: str) -> tuple[Filter, ...]:
    """High dynamic range (``transfer`` ``smpte2084`` or ``arib-std-b67``, BT.2020) to BT.709 at ``width`` x ``height``.

    Scaled first: everything after it is done in floating point for each sample. 100 cd/m2 is the nominal white of
    BT.709; mobius keeps the middle tones linear and bends only the highlights.
    """
    return (
        Filter(
            "zscale",
            (
                ("w", width), ("h", height), ("filter", "bicubic"),
                ("transferin", transfer), ("primariesin", "2020"), ("matrixin", "2020_ncl"),
                ("transfer", "linear"), ("npl", 100),
            ),
        ),
        pixel_format("gbrpf32le"),
        Filter("zscale", (("primaries", "709"),)),
        Filter("tonemap", (("tonemap", "mobius"), ("desat", 0))),
        Filter("zscale", (("transfer", "709"), ("matrix", "709"), ("range", "limited"), ("dither", "ordered"))),
    )  # fmt: skip


def square_pixels() -> Filter:
    """State that samples are as wide as they are tall."""
    return Filter("setsar", (("sar", "1"),))


def sample_aspect(aspect: Fraction) -> Filter:
    """State how wide samples are for their height, exactly: unless told, the filter rounds to numbers up to 100."""
    if aspect == 1:
        return square_pixels()
    return Filter("setsar", (("sar", f"{aspect.numerator}/{aspect.denominator}"), ("max", _LARGEST)))


def clock(ticks: int) -> Filter:
    """Times of pictures in ``ticks`` to the second from here on."""
    return Filter("settb", (("expr", f"1/{ticks}"),))


def faster(speed: Fraction, early: Fraction) -> Filter:
    """Times of pictures divided by ``speed``, and ``early`` seconds before that: rounding must not make them late."""
    shift = f"{early.numerator}/{early.denominator}/TB"
    return Filter("setpts", (("expr", f"round(PTS*{speed.denominator}/{speed.numerator}-{shift})"),))


def bare() -> Filter:
    """Drop side data of the pictures (display matrix, captions, light levels): it described the source."""
    return Filter("sidedata", (("mode", "delete"),))


def fps(rate: Fraction) -> Filter:
    """A constant rate; output picture k is the one that is on the screen at k / rate."""
    return Filter("fps", (("fps", f"{rate.numerator}/{rate.denominator}"), ("start_time", 0), ("round", "up")))


def hold_last() -> Filter:
    """Repeat the last picture without end; follow it with ``trim_frames``."""
    return Filter("tpad", (("stop", -1), ("stop_mode", "clone")))


def pixel_format(name: str) -> Filter:
    """Convert to one pixel format."""
    return Filter("format", (("pix_fmts", name),))


def tagged(**options: str) -> Filter:
    """State colour properties that raw frames in a file have lost (``setparams``)."""
    return Filter("setparams", tuple(options.items()))


def upload() -> Filter:
    """Hand pictures over to the graphics processor that was opened."""
    return Filter("hwupload")


def split(count: int) -> Filter:
    """Hand every picture on to ``count`` chains."""
    return Filter("split", (("outputs", count),))


def palettegen() -> Filter:
    """No entry for transparency: a clip has none, and it would cost a colour."""
    return Filter("palettegen", (("reserve_transparent", 0), ("stats_mode", "full")))


def paletteuse() -> Filter:
    """Ordered dither is the same in every frame, so still areas stay still; only the changed rectangle is stored."""
    return Filter("paletteuse", (("dither", "bayer"), ("bayer_scale", 3), ("diff_mode", "rectangle")))


def aresample(rate: int) -> Filter:
    """To ``rate`` with gaps filled by silence, overlaps cut, and silence in front of sound that starts late.

    From 30 ms on: less is the jitter of coarse time bases, and a picture's length is more.
    """
    return Filter("aresample", (("sample_rate", rate), ("async", 1), ("min_hard_comp", "0.03"), ("first_pts", 0)))


def tempo(speed: Fraction) -> tuple[Filter, ...]:
    """Sound ``speed`` times as fast at its pitch. In steps of at most two, where nothing is skipped but all blended."""
    if speed == 1:
        return ()
    steps = max(1, math.ceil(abs(math.log2(speed)) - 1e-9))
    return (Filter("atempo", (("tempo", f"{float(speed) ** (1 / steps):.9f}"),)),) * steps


def sample_format(name: str) -> Filter:
    """Convert to one sample format (``s16``)."""
    return Filter("aformat", (("sample_fmts", name),))


def layout(name: str) -> Filter:
    """Mix to a channel layout (``mono``, ``stereo``, ``5.1``)."""
    return Filter("aformat", (("channel_layouts", name),))


def apad(samples: int) -> Filter:
    """At least ``samples`` samples, silence at the end."""
    return Filter("apad", (("whole_len", samples),))
