"""Pictures into another container as they are; sound copied where it fits and encoded where not. Pure."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from cutroom.media import encode_picture as picture
from cutroom.media.encode_plan import Encoding, Expected, SoundPlan
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.tools import sounds
from cutroom.media.tools.film import Parts, add_sound, lanes_of, muxing, shifted
from cutroom.media.tools.sounds import Lane, Stretch
from cutroom.media.tools.tool import FilmPlan, Sounds
from cutroom.model.media import MediaFacts, VideoFacts


def copy_film(plan: FilmPlan, facts: MediaFacts, path: Path, threads: int = 0) -> Encoding:
    """The step that copies the whole film into ``plan.target``, all times counted from its first picture."""
    video = facts.video
    if video is None or not plan.span.whole:
        msg = "only whole films are copied"
        raise ValueError(msg)
    # AVI says when pictures are decoded; when they are shown follows from that.
    made_up = ("-fflags", "+genpts") if facts.container == "avi" else ()
    reading = Input(path, facts.container, threads=1, options=(*made_up, *shifted(facts.origin)))
    parts = Parts([reading], [], [f"0:{video.index}"], ["-c:v", "copy", "-metadata:s:v:0", "encoder="])
    lanes: tuple[Lane, ...] = ()
    sound = None
    if facts.audio and plan.sounds is not Sounds.NONE:
        source = SoundPlan(path, facts.container, facts.audio, facts.origin, sounds.longest_end(facts))
        stretch = Stretch(source.first, source.end)
        lanes = lanes_of(plan, source, stretch)
        add_sound(parts, source, lanes, stretch)
        parts.options += sounds.options(lanes)
        sound = None if any(lane.copied for lane in lanes) else stretch.duration
    parts.options += muxing(plan.target, picture.time_scale(video))
    result = Scratch(f"film.{plan.target.name}")
    length = facts.duration or Fraction(0)
    command = Command(
        tuple(parts.inputs), (Output(result, plan.target.muxer, tuple(parts.maps), tuple(parts.options)),),
        tuple(parts.chains), threads,
    )  # fmt: skip
    expected = _expected(video, lanes, length, sound)
    copied = all(lane.copied for lane in lanes)
    return Encoding((Step(command, 1.0, length),), result, expected, sounds.warnings(lanes), copied)


def _expected(video: VideoFacts, lanes: tuple[Lane, ...], length: Fraction, sound: Fraction | None) -> Expected:
    """``sound`` is how long encoded sound has to be; copied sound is as long as it was."""
    return Expected(
        duration=length, frames=None, width=video.width, height=video.height, video_codec=video.codec,
        audio_codecs=tuple(lane.codec for lane in lanes), upright=False, copied=True, sound=sound,
    )  # fmt: skip
