"""A file of sound alone: the default track, copied or encoded. Pure."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from cutroom.media.encode_plan import Encoding, Expected
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Graph
from cutroom.media.tools import sounds
from cutroom.media.tools.film import shifted
from cutroom.media.tools.formats import OutputFormat, codec_name, sound_copies
from cutroom.media.tools.sounds import Lane, Stretch
from cutroom.media.tools.sources import default_track
from cutroom.media.tools.tool import SoundFilePlan
from cutroom.model.media import AudioFacts, MediaFacts

# A copy begins and ends where the track does; within this (s) that is where the file does.
_NEAR = Fraction(1, 20)
_MOST_MP3 = 320_000


def encode_sound(plan: SoundFilePlan, facts: MediaFacts, path: Path | Scratch) -> Encoding:
    """The step for ``plan``: as long as the file, or the piece of it that is wanted."""
    track = default_track(facts)
    first = facts.origin + plan.span.start
    end = sounds.longest_end(facts) if plan.span.end is None else facts.origin + plan.span.end
    stretch = Stretch(first, end)
    lane = _lane(plan, facts, track, stretch)
    if lane.copied:
        reading = Input(path, facts.container, threads=1, options=shifted(facts.origin))
        pads: tuple[str, ...] = (f"0:{track.index}",)
        chains: Graph = ()
    else:
        reading = Input(path, facts.container, seek=sounds.seek(stretch, (track,)), threads=1)
        pads, chains = ("a0",), (sounds.chain(lane, stretch, 0, "a0"),)
    bits = _bits(lane, track) if not plan.copy else None
    options = (*sounds.options((lane,), bits=bits, several=False), *_muxing(plan.target))
    result = Scratch(f"sound.{plan.target.name}")
    command = Command((reading,), (Output(result, plan.target.muxer, pads, options),), chains, 1)
    expected = Expected(
        duration=stretch.duration, frames=None, width=None, height=None, video_codec=None,
        audio_codecs=(codec_name(lane.codec),), sample_rate=lane.rate or track.sample_rate,
        samples=lane.samples or None, sound=stretch.duration, copied=lane.copied,
    )  # fmt: skip
    said = _warnings(plan, facts, lane)
    return Encoding((Step(command, 1.0, stretch.duration),), result, expected, said, lane.copied)


def _lane(plan: SoundFilePlan, facts: MediaFacts, track: AudioFacts, stretch: Stretch) -> Lane:
    codec = plan.codec or plan.target.audio
    if plan.copy and plan.span.whole and sound_copies(plan.target, track) and facts.container != "avi":
        starts, ends = track.start, None if track.duration is None else track.start + track.duration
        if abs(starts - stretch.first) <= _NEAR and (ends is None or abs(ends - stretch.end) <= _NEAR):
            return Lane(track, track.codec)
    return sounds.encoded_lane(codec, track, stretch)


def _bits(lane: Lane, track: AudioFacts) -> int | None:
    """At least what the source had: it is encoded a second time. Bits per second of a stereo track."""
    usual = lane.coding.bits if lane.coding else None
    if usual is None or not track.bit_rate:
        return None
    had = track.bit_rate * 3 // {1: 2, 2: 3}.get(track.channels, 6)
    return min(max(usual, had), _MOST_MP3)


def _muxing(target: OutputFormat) -> tuple[str, ...]:
    return {
        # The header states padding, so that the length is exact; no tags at all.
        "mp3": ("-write_xing", "1", "-id3v2_version", "0"),
        "m4a": ("-movflags", "+faststart"),
        # Sizes beyond 4 GiB do not fit a plain header.
        "wav": ("-rf64", "auto"),
    }.get(target.name, ())


def _warnings(plan: SoundFilePlan, facts: MediaFacts, lane: Lane) -> tuple[str, ...]:
    said = list(sounds.warnings((lane,)))
    if len(facts.audio) > 1:
        said.append(f"Of {len(facts.audio)} sound tracks only the default one was used.")
    late = lane.facts.start - facts.origin
    if not lane.copied and plan.span.start == 0 and late > _NEAR and facts.video is not None:
        said.append(f"The sound begins {float(late):.2f} s after the picture; it is silent until then.")
    return tuple(said)
