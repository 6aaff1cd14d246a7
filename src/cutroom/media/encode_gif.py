"""A GIF whose memory does not grow with its length. Pure.

Colours are picked from a few small sampled pictures, not from all of them: that costs a fraction, and nothing has to
be kept until the palette is known. A short clip is made in one run, in which scaled pictures wait for the palette in
memory. For a longer one the first run leaves them and the palette in the scratch folder, the second puts them
together. Where raw pictures would fill too much disk, the source is decoded twice instead.

Which pictures: at a constant rate r (15 a second, or the source's own if that is lower), picture k is the one on the
screen at k / r after the clip's start; there are round(duration x r) of them (halves up), at least one.
"""

from __future__ import annotations

import math
from fractions import Fraction

from cutroom.media import encode_picture as picture
from cutroom.media.encode_picture import Geometry
from cutroom.media.encode_plan import EncodePlan, Encoding, Expected, PicturePlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Chain, Filter
from cutroom.model.clip import Quality
from cutroom.model.media import VideoFacts

_RATE = Fraction(15)
_WIDTH = {None: 480, Quality.P720: 480, Quality.P1080: 640}
_SAMPLE_RATE = Fraction(2)
_FEWEST, _MOST = Fraction(8), Fraction(120)
# Choosing colours remembers every different one it has seen, so the number of samples looked at is what bounds memory:
# sampled pictures are 160x90 and, when there are many of them, smaller.
_SAMPLE_AREA = 160 * 90
_SAMPLE_PIXELS = 24 * _SAMPLE_AREA
_CLOCK = 100
# Chroma as fine as luma: a palette keeps what a second subsampling would throw away (SSIM +0.005 for half a CPU %).
_RAW = "yuv444p"
_RAW_BYTES = 3
_PAINTED, _PAINTED_BYTES = "bgra", 4  # what palettes are applied to
_CLIP, _PALETTE, _FRAMES = Scratch("clip.gif"), Scratch("palette.png"), Scratch("frames.yuv")


def gif_rate(facts: VideoFacts) -> Fraction:
    """Pictures a second: 15, or the source's average if that is lower."""
    rate = facts.frame_rate
    return _RATE if rate is None or rate <= 0 else min(_RATE, rate.limit_denominator(1001) or _RATE)


def gif_frames(duration: Fraction, rate: Fraction) -> int:
    """How many pictures come out: at least one."""
    return max(1, (duration * rate * 2 + 1) // 2)


def encode_gif(plan: EncodePlan, source: PicturePlan) -> Encoding:
    """Steps for a GIF of ``source``, looping for ever."""
    geometry = picture.fit_width(source.facts, _WIDTH[plan.quality])
    rate = gif_rate(source.facts)
    return gif_of(plan, source, geometry, rate, gif_frames(plan.duration, rate))


def gif_of(plan: EncodePlan, source: PicturePlan, geometry: Geometry, rate: Fraction, frames: int) -> Encoding:
    """Steps for a GIF of ``frames`` pictures at ``rate`` a second, looping for ever."""
    width, height = geometry.shown
    pixels = width * height * frames
    if pixels * _PAINTED_BYTES <= plan.memory_bytes:
        make = _at_once
    else:
        make = _decode_once if pixels * _RAW_BYTES <= plan.scratch_bytes else _decode_twice
    expected = Expected(
        duration=Fraction(_ticks(frames, rate), _CLOCK), frames=frames, width=width, height=height, video_codec="gif",
        audio_codecs=(), frame_rate=rate,
    )  # fmt: skip
    return Encoding(make(plan, source, geometry, rate, frames), _CLIP, expected)


def _ticks(frames: int, rate: Fraction) -> int:
    """When ``frames`` pictures are over, on the GIF's clock (1/100 s)."""
    return (frames * _CLOCK * 2 // rate + 1) // 2


def _shaped(
    source: PicturePlan, geometry: Geometry, rate: Fraction, frames: int, pixel_format: str = _RAW
) -> tuple[Filter, ...]:
    """The wanted pictures at the GIF's rate and size: exactly ``frames`` of them."""
    picked = (filters.fps(rate), filters.hold_last(), filters.trim_frames(frames))
    return (*picture.piece(source), *picked, *picture.shape(source.facts, geometry, pixel_format))


def _sampled(duration: Fraction, rate: Fraction, geometry: Geometry) -> tuple[Filter, ...]:
    """Two pictures a second, at least 8 and at most 120 in all, small."""
    count = min(max(duration * _SAMPLE_RATE, _FEWEST), _MOST)
    often = min(rate, (count / duration).limit_denominator(1001)) or Fraction(1, 1001)
    area = min(_SAMPLE_AREA, _SAMPLE_PIXELS // (int(duration * often) + 1))
    width, height = geometry.shown
    small = max(16, min(width, math.isqrt(area * width // height)) // 2 * 2)
    return (filters.fps(often), filters.scale(small, -2), filters.palettegen())


def _palette_output() -> Output:
    return Output(_PALETTE, "image2", ("palette",), ("-c:v", "png", "-frames:v", "1", "-update", "1"))


def _gif_output(frames: int, rate: Fraction) -> Output:
    last = _ticks(frames, rate) - _ticks(frames - 1, rate)
    return Output(
        _CLIP, "gif", ("v",),
        ("-c:v", "gif", "-fps_mode:v", "passthrough", "-enc_time_base:v", f"1/{_CLOCK}", "-loop", "0",
         "-final_delay", str(min(last, 65535))),
    )  # fmt: skip


def _paint(pictures: str, prepared: tuple[Filter, ...], palette: int) -> tuple[Chain, ...]:
    return (
        Chain((pictures,), (*prepared, filters.pixel_format(_PAINTED)), ("pictures",)),
        Chain(("pictures", f"{palette}:0"), (filters.paletteuse(),), ("v",)),
    )


def _at_once(
    plan: EncodePlan, source: PicturePlan, geometry: Geometry, rate: Fraction, frames: int
) -> tuple[Step, ...]:
    shaped = _shaped(source, geometry, rate, frames, _PAINTED)
    command = Command(
        inputs=(picture.read(source, plan.threads, steady=True),),
        graph=(
            Chain((f"0:{source.facts.index}",), (*shaped, filters.split(2)), ("pictures", "small")),
            Chain(("small",), _sampled(plan.duration, rate, geometry), ("palette",)),
            Chain(("pictures", "palette"), (filters.paletteuse(),), ("v",)),
        ),
        outputs=(_gif_output(frames, rate),),
        filter_threads=plan.threads,
    )
    return (Step(command, 1.0, plan.duration),)


def _decode_once(
    plan: EncodePlan, source: PicturePlan, geometry: Geometry, rate: Fraction, frames: int
) -> tuple[Step, ...]:
    width, height = geometry.shown
    stream = f"0:{source.facts.index}"
    decode = Command(
        inputs=(picture.read(source, plan.threads, steady=True),),
        graph=(
            Chain((stream,), (*_shaped(source, geometry, rate, frames), filters.split(2)), ("raw", "small")),
            Chain(("small",), _sampled(plan.duration, rate, geometry), ("palette",)),
        ),
        outputs=(
            Output(_FRAMES, "rawvideo", ("raw",), ("-c:v", "rawvideo", "-fps_mode:v", "passthrough")),
            _palette_output(),
        ),
        filter_threads=plan.threads,
    )
    layout = ("-pixel_format", _RAW, "-video_size", f"{width}x{height}", "-framerate", _ratio(rate))
    # Raw pictures have lost what their numbers mean; without being told, ffmpeg would guess another matrix.
    tags = (filters.tagged(**picture.colour_tags(source.facts)),)
    paint = Command(
        inputs=(Input(_FRAMES, "rawvideo", threads=1, options=layout), Input(_PALETTE, "png_pipe", threads=1)),
        graph=_paint("0:0", tags, 1),
        outputs=(_gif_output(frames, rate),),
        filter_threads=plan.threads,
    )
    return Step(decode, 0.6, plan.duration), Step(paint, 0.4, plan.duration)


def _decode_twice(
    plan: EncodePlan, source: PicturePlan, geometry: Geometry, rate: Fraction, frames: int
) -> tuple[Step, ...]:
    stream = f"0:{source.facts.index}"
    shaped = _shaped(source, geometry, rate, frames)
    choose = Command(
        inputs=(picture.read(source, plan.threads, steady=True),),
        graph=(Chain((stream,), (*shaped, *_sampled(plan.duration, rate, geometry)), ("palette",)),),
        outputs=(_palette_output(),),
        filter_threads=plan.threads,
    )
    paint = Command(
        inputs=(picture.read(source, plan.threads, steady=True), Input(_PALETTE, "png_pipe", threads=1)),
        graph=_paint(stream, shaped, 1),
        outputs=(_gif_output(frames, rate),),
        filter_threads=plan.threads,
    )
    return Step(choose, 0.4, plan.duration), Step(paint, 0.6, plan.duration)


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"
