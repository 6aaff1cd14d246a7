"""Pictures on their way into a film: size, turn, speed, and the options of their encoder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.media import encode_picture as picture
from cutroom.media.encode_gif import gif_frames
from cutroom.media.encode_picture import Geometry
from cutroom.media.encode_plan import PicturePlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.filters import Filter
from cutroom.media.tools.coding import CRF, H264, PRESET, X264, Bound, PictureEncoder, steady_rate, vp9_options
from cutroom.media.tools.tool import FilmPlan, Size
from cutroom.model.media import VideoFacts

_FINE = 90_000
# Aspects of samples are stated in numbers of 16 bits.
_FINEST = 10_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What pictures become: samples before and after the turn, what a sample is wide, and their pixel format."""

    geometry: Geometry
    aspect: Fraction
    pixel_format: str

    @property
    def full_chroma(self) -> bool:
        return self.pixel_format == "yuv444p"


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one film. ``scale`` is ticks a second of their times, ``duration`` exact seconds."""

    filters: tuple[Filter, ...]
    options: tuple[str, ...]
    shape: Shape
    scale: int
    duration: Fraction
    frames: int | None


def shape_of(plan: FilmPlan, facts: VideoFacts) -> Shape:
    """The size that comes out. H.264 holds odd sizes in full chroma resolution only, VP9 any."""
    quarter = (facts.rotation + plan.turn) % 180 == 90
    stored = (facts.width, facts.height)
    aspect = facts.sample_aspect.limit_denominator(_FINEST) or Fraction(1)
    if plan.size is not None:
        stored, aspect = (_turned(plan.size) if quarter else plan.size), Fraction(1)
    odd, scaled = stored[0] % 2 or stored[1] % 2, plan.size is not None
    pixel_format = "yuv420p"
    if odd and plan.target.video == "h264":
        if plan.odd:
            pixel_format = "yuv444p"
        else:
            scaled = scaled or min(stored) < 2  # a single line cannot be cropped to an even number of them
            stored = (max(2, stored[0] - stored[0] % 2), max(2, stored[1] - stored[1] % 2))
    return Shape(
        Geometry(stored, _turned(stored) if quarter else stored, scaled=scaled),
        1 / aspect if quarter else aspect,
        pixel_format,
    )


def _turned(size: Size) -> Size:
    return size[1], size[0]


def pictures_of(
    plan: FilmPlan, source: PicturePlan, threads: int, encoder: PictureEncoder = X264, most_bits: int | None = None
) -> Pictures:
    """``source``'s pictures as ``plan`` wants them; ``most_bits`` in all bound what its crf alone would not."""
    facts, shape = source.facts, shape_of(plan, source.facts)
    shaped = picture.shape(facts, shape.geometry, shape.pixel_format, turn=plan.turn, sample_aspect=shape.aspect)
    if encoder.device and plan.target.video == "h264" and not shape.full_chroma:
        shaped = (*shaped, filters.pixel_format("nv12"), filters.upload())
    duration = source.end - source.first
    if plan.speed == 1:
        scale, last = picture.time_scale(facts), source.last - source.first
        chain = (*picture.piece(source), *shaped)
        frames = source.frames
        even = facts.variable_frame_rate is False
    else:
        rate = steady_rate(facts.frame_rate)
        scale, frames, even = _scale_of(rate), gif_frames(duration / plan.speed, rate), True
        duration, last = frames / rate, (frames - 1) / rate
        chain = (*picture.piece(source), *_hurried(plan.speed, rate, frames), *shaped)
    common = ("-fps_mode:v", "passthrough", "-enc_time_base:v", f"1/{scale}", "-metadata:s:v:0", "encoder=")
    if plan.target.video == "vp9":
        return Pictures(chain, (*vp9_options(threads), *common), shape, scale, duration, frames)
    coder = H264(
        encoder, plan.crf or CRF, plan.preset or PRESET, shape.full_chroma, 3 if even else 0, threads,
        None if most_bits is None else Bound.of(most_bits, duration),
    )  # fmt: skip
    options = (*coder.options(), *common, "-bsf:v", picture.finished(round(last * scale), round(duration * scale)))
    return Pictures(chain, options, shape, scale, duration, frames)


def _hurried(speed: Fraction, rate: Fraction, frames: int) -> tuple[Filter, ...]:
    """Times divided by ``speed``, then as many pictures a second as the source has."""
    return (
        filters.clock(_FINE),
        filters.faster(speed, 1 / rate / 4),
        filters.fps(rate),
        filters.hold_last(),
        filters.trim_frames(frames),
    )


def _scale_of(rate: Fraction) -> int:
    """Ticks a second that hold pictures at ``rate`` exactly."""
    scale = rate.numerator
    while scale < 10_000:
        scale *= 2
    return scale
