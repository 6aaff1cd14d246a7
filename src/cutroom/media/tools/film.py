"""A film encoded: from a plan and the exact stretch of the source to one ffmpeg command. Pure, nothing is started."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from cutroom.media import encode_picture as picture
from cutroom.media.encode_plan import EncodePlan, Encoding, Expected, SoundPlan
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Chain, seconds
from cutroom.media.tools import sounds
from cutroom.media.tools.coding import X264, PictureEncoder
from cutroom.media.tools.formats import OutputFormat
from cutroom.media.tools.pictures import Pictures, pictures_of
from cutroom.media.tools.sounds import Lane, Stretch
from cutroom.media.tools.tool import FilmPlan, Sounds
from cutroom.model.media import VideoFacts


@dataclass(frozen=True, slots=True)
class Means:
    """What a recipe may use. ``most_bits`` bounds the pictures as a whole, where their quality alone might not."""

    threads: int = 0
    encoder: PictureEncoder = X264
    most_bits: int | None = None


@dataclass(slots=True)
class Parts:
    """The pieces of a command while it is put together."""

    inputs: list[Input]
    chains: list[Chain]
    maps: list[str]
    options: list[str]


def encode_film(plan: FilmPlan, source: EncodePlan, means: Means) -> Encoding:
    """The step for ``plan``. ``source`` holds the stretch: its pictures, and its sound where that is wanted."""
    if source.picture is None:
        msg = "a film needs pictures"
        raise ValueError(msg)
    facts, target = source.picture.facts, plan.target
    coded = pictures_of(plan, source.picture, means.threads, means.encoder, means.most_bits)
    parts = Parts(
        [picture.read(source.picture, means.threads, steady=plan.speed != 1)],
        [Chain((f"0:{facts.index}",), coded.filters, ("v",))],
        ["v"],
        list(coded.options),
    )
    lanes: tuple[Lane, ...] = ()
    stretch = None
    if source.sound is not None and plan.sounds is not Sounds.NONE:
        stretch = Stretch(source.sound.first, source.sound.end, plan.speed)
        lanes = lanes_of(plan, source.sound, stretch)
        add_sound(parts, source.sound, lanes, stretch)
        parts.options += sounds.options(lanes, bits=plan.sound_bits)
    parts.options += muxing(target, coded.scale)
    result = Scratch(f"film.{target.name}")
    command = Command(
        tuple(parts.inputs), (Output(result, target.muxer, tuple(parts.maps), tuple(parts.options)),),
        tuple(parts.chains), means.threads, means.encoder.device,
    )  # fmt: skip
    expected = _expected(coded, lanes, stretch, target)
    warned = (*sounds.warnings(lanes), *_warnings(plan, facts, coded))
    return Encoding((Step(command, 1.0, coded.duration),), result, expected, warned)


def lanes_of(plan: FilmPlan, source: SoundPlan, stretch: Stretch) -> tuple[Lane, ...]:
    """Each track copied where that may be, else encoded; in the order in which they are written."""
    if plan.sounds is Sounds.COPY:
        return tuple(Lane(facts, facts.codec) for facts in sounds.in_order(source.tracks))
    may_copy = plan.sounds is Sounds.KEEP and plan.span.whole and plan.speed == 1 and not _ours(source)
    made = []
    for facts in sounds.in_order(source.tracks):
        copied = sounds.copied_lane(plan.target, facts, stretch.first) if may_copy else None
        made.append(copied or sounds.encoded_lane(plan.target.audio, facts, stretch))
    return tuple(made)


def _ours(source: SoundPlan) -> bool:
    """Whether it was copied out of a source without times: those that were made up for it do not bear a second copy."""
    return isinstance(source.path, Scratch) or source.demuxer == "avi"


def add_sound(parts: Parts, source: SoundPlan, lanes: tuple[Lane, ...], stretch: Stretch) -> None:
    """Inputs, chains and maps of the tracks. Sound may need another run-up than pictures, and so another input."""
    encoded = tuple(lane.facts for lane in lanes if not lane.copied)
    reading = copying = 0
    if encoded:
        start = sounds.seek(stretch, encoded)
        reading = _input(parts, Input(source.path, source.demuxer, seek=start, threads=1))
    if len(encoded) < len(lanes):
        copying = _input(parts, Input(source.path, source.demuxer, threads=1, options=shifted(stretch.first)))
    for number, lane in enumerate(lanes):
        if lane.copied:
            parts.maps.append(f"{copying}:{lane.facts.index}")
        else:
            parts.chains.append(sounds.chain(lane, stretch, reading, f"a{number}"))
            parts.maps.append(f"a{number}")


def _input(parts: Parts, wanted: Input) -> int:
    """The number of an input that reads so; one that is there already is not read a second time."""
    for number, there in enumerate(parts.inputs):
        if replace(there, threads=wanted.threads) == wanted:
            return number
    parts.inputs.append(wanted)
    return len(parts.inputs) - 1


def shifted(origin: Fraction) -> tuple[str, ...]:
    """Input options for copying: times count from ``origin``, the container's time of the first picture."""
    return ("-itsoffset", seconds(-origin)) if origin else ()


def muxing(target: OutputFormat, scale: int) -> tuple[str, ...]:
    """Options of the container. ``scale`` is ticks a second of the pictures' times."""
    if target.name in {"mp4", "mov"}:
        # Edit lists are counted in the movie's time scale; in milliseconds they would cut half a picture off.
        return ("-movflags", "+faststart", "-video_track_timescale", str(scale), "-movie_timescale", str(scale))
    return ()


def _expected(coded: Pictures, lanes: tuple[Lane, ...], stretch: Stretch | None, target: OutputFormat) -> Expected:
    width, height = coded.shape.geometry.shown
    return Expected(
        duration=coded.duration, frames=coded.frames, width=width, height=height, video_codec=target.video,
        audio_codecs=tuple(lane.codec for lane in lanes),
        sound=stretch.duration if stretch is not None and not any(lane.copied for lane in lanes) else None,
        sample_aspect=coded.shape.aspect,
    )  # fmt: skip


def _warnings(plan: FilmPlan, facts: VideoFacts, coded: Pictures) -> tuple[str, ...]:
    said = []
    width, height = coded.shape.geometry.shown
    if facts.hdr is not None:
        said.append("The picture was converted from high to standard dynamic range.")
    if coded.shape.full_chroma:
        said.append(f"The odd size {width}x{height} needs a kind of H.264 (4:4:4) that not every player shows.")
    elif plan.size is None and (facts.width % 2 or facts.height % 2) and plan.target.video == "h264":
        said.append(f"The size was changed to {width}x{height}: H.264 for every player holds even sizes only.")
    if plan.speed != 1 and facts.variable_frame_rate:
        said.append("The pictures came at varying distances; they come at even ones now.")
    return tuple(said)
