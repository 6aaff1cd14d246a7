"""Recipes as the argument lists they become, cut into options, for tests that pin them down."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from cutroom.media.encode_plan import EncodePlan, Encoding, PicturePlan, SoundPlan
from cutroom.model.clip import Format
from cutroom.model.media import AudioFacts, VideoFacts

_SAFETY = re.compile(
    r" ?(?:-hide_banner .*? empty_output"
    r"|-format_whitelist \S+ -protocol_whitelist file -max_streams 40 -max_pixels 67108864"
    r"|-noautorotate -apply_cropping codec"
    r"|-map_metadata -1 -map_chapters -1 -fflags \+bitexact -flags:v \+bitexact -flags:a \+bitexact)"
)


def line(encoding: Encoding, step: int = 0) -> list[str]:
    """The words of one step without those that every command has, one option or filter an entry."""
    words = " ".join(encoding.steps[step].command.arguments(Path("/s")))
    return re.split(r" (?=-[a-z])|(?<=[,;])", _SAFETY.sub("", words).strip())


def safe(encoding: Encoding) -> bool:
    """Whether every input of every step is opened with every safety option, and every output is clean."""
    for step in encoding.steps:
        words = " ".join(step.command.arguments(Path("/s")))
        inputs, outputs = len(step.command.inputs), len(step.command.outputs)
        if words.count("-protocol_whitelist file") != inputs or words.count("-map_metadata -1") != outputs:
            return False
    return True


def source(
    picture: VideoFacts | None, *tracks: AudioFacts, first: Fraction = Fraction(0), end: Fraction = Fraction(60),
    rate: Fraction = Fraction(30),
) -> EncodePlan:  # fmt: skip
    """The stretch [first, end) of an imagined film of ``rate`` pictures a second."""
    step = 1 / rate
    pictures = None
    if picture is not None:
        before = first - step if first else None
        pictures = PicturePlan(
            Path("/f.mp4"), "mov", picture, first, end - step, end, before, frames=round((end - first) * rate)
        )
    sound = SoundPlan(Path("/f.mp4"), "mov", tracks, first, end) if tracks else None
    return EncodePlan(Format.MP4, None, pictures, sound)
