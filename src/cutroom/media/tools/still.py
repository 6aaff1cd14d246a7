"""One picture of a film as an image, and a piece of it as a GIF. Pure."""

from __future__ import annotations

from fractions import Fraction

from cutroom.media import encode_picture as picture
from cutroom.media.encode_gif import gif_frames, gif_of
from cutroom.media.encode_picture import Geometry
from cutroom.media.encode_plan import EncodePlan, Encoding, Expected, PicturePlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import Command, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Chain, Filter
from cutroom.media.tools.tool import GifPlan, Size, StillPlan
from cutroom.model.media import VideoFacts

_CODECS = {"jpg": "mjpeg", "png": "png", "webp": "webp"}
_OPTIONS = {
    "jpg": ("-c:v", "mjpeg", "-q:v", "2"),
    "png": ("-c:v", "png"),
    "webp": ("-c:v", "libwebp", "-quality", "85"),
}


def encode_still(plan: StillPlan, source: PicturePlan, threads: int) -> Encoding:
    """The step for one picture, which ``source`` holds alone."""
    facts = source.facts
    result = Scratch(f"image.{plan.format}")
    once = ("-frames:v", "1", "-update", "1", "-fps_mode:v", "passthrough")
    output = Output(result, "image2", ("v",), (*_OPTIONS[plan.format], *once))
    chain = Chain((f"0:{facts.index}",), (*picture.piece(source), *_shaped(plan, facts)), ("v",))
    command = Command((picture.read(source, threads),), (output,), (chain,), threads)
    expected = Expected(
        duration=Fraction(0), frames=1, width=plan.size[0], height=plan.size[1], video_codec=_CODECS[plan.format],
        audio_codecs=(),
    )  # fmt: skip
    said = ("The picture was converted from high to standard dynamic range.",) if facts.hdr is not None else ()
    return Encoding((Step(command, 1.0, None),), result, expected, said)


def _shaped(plan: StillPlan, facts: VideoFacts) -> tuple[Filter, ...]:
    """Upright and square in full colour, the crop, the size, and what the format keeps colours as."""
    square = facts.display_size
    base = (square[1], square[0]) if facts.rotation in {90, 270} else square
    cropped = plan.crop or None
    whole = plan.size if cropped is None else square
    stored = base if cropped is not None else _turned(whole, facts)
    shaped = [*_in_colour(facts, stored), *filters.turn(facts.rotation, mirrored=facts.mirrored)]
    if cropped is not None:
        shaped.append(filters.crop(cropped.width, cropped.height, cropped.x, cropped.y))
        if (cropped.width, cropped.height) != plan.size:
            shaped.append(filters.scale(*plan.size))
    if plan.format == "jpg":  # JPEG means BT.601 in full range, whatever the film was
        shaped += [filters.convert(out_color_matrix="bt601", out_range="pc"), filters.pixel_format("yuvj420p")]
    elif plan.format == "webp":
        shaped.append(filters.pixel_format("bgra"))
    return (*shaped, filters.square_pixels(), filters.bare())


def _in_colour(facts: VideoFacts, size: Size) -> tuple[Filter, ...]:
    """To ``size`` in RGB: crops may then begin anywhere, and every format has its own way from there."""
    if facts.hdr is not None:
        return (*filters.tonemap(*size, transfer=picture.TRANSFERS[facts.hdr]), filters.pixel_format("rgb24"))
    return (*picture.meant(facts), filters.scale(size[0], size[1]), filters.pixel_format("rgb24"))


def _turned(size: Size, facts: VideoFacts) -> Size:
    return (size[1], size[0]) if facts.rotation in {90, 270} else size


def encode_gif(plan: GifPlan, source: EncodePlan, duration: Fraction) -> Encoding:
    """The steps for a GIF of ``duration`` seconds (what was asked for, but not beyond the source's end)."""
    if source.picture is None:
        msg = "a GIF needs pictures"
        raise ValueError(msg)
    facts = source.picture.facts
    stored = _turned(plan.size, facts)
    geometry = Geometry(stored, plan.size, scaled=stored != (facts.width, facts.height))
    return gif_of(source, source.picture, geometry, plan.rate, gif_frames(duration, plan.rate))
