"""Sound tracks on their way into a file: which are copied, how the others are shaped and encoded. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.encode_sound import RUN_UP, nearest_rate
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import SEEK_SLACK
from cutroom.media.ffmpeg.filters import Chain, Filter
from cutroom.media.tools.coding import SOUND, SoundCoding, is_lossless
from cutroom.media.tools.formats import OutputFormat, sound_copies
from cutroom.model.media import AudioFacts, MediaFacts

_LANGUAGE = re.compile(r"[a-z]{3}", re.ASCII)
# A track may start so much (s) before the pictures and still be copied: encoders put something in front, and formats
# without edit lists show reordered pictures late.
_PRIMING = Fraction(12, 100)


@dataclass(frozen=True, slots=True)
class Lane:
    """One track to write: copied (``coding`` None), or encoded as ``codec`` at ``rate`` with ``samples`` in all."""

    facts: AudioFacts
    codec: str
    coding: SoundCoding | None = None
    rate: int = 0
    layout: str = ""
    samples: int = 0

    @property
    def copied(self) -> bool:
        return self.coding is None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The piece of sound wanted: container seconds, and how many times as fast it shall be."""

    first: Fraction
    end: Fraction
    speed: Fraction = Fraction(1)

    @property
    def duration(self) -> Fraction:
        """Seconds that come out."""
        return (self.end - self.first) / self.speed


def in_order(tracks: tuple[AudioFacts, ...]) -> tuple[AudioFacts, ...]:
    """The default track first."""
    return tuple(sorted(tracks, key=lambda facts: not facts.default))


def copied_lane(target: OutputFormat, facts: AudioFacts, origin: Fraction) -> Lane | None:
    """The track as it is, where ``target`` takes it so; None where it has to be encoded."""
    early = facts.start < origin - _PRIMING
    return None if early or not sound_copies(target, facts) else Lane(facts, facts.codec)


def encoded_lane(codec: str, facts: AudioFacts, stretch: Stretch) -> Lane:
    """The track encoded as ``codec``, exactly as long as ``stretch``."""
    coding = SOUND[codec]
    rate = nearest_rate(facts.sample_rate, coding.rates) if coding.rates else facts.sample_rate
    return Lane(facts, codec, coding, rate, coding.layout(facts.channels), round(stretch.duration * rate))


def chain(lane: Lane, stretch: Stretch, source: int, pad: str) -> Chain:
    """Exactly ``lane.samples`` samples of the stretch; silence where the source has no sound."""
    shaped: list[Filter] = [filters.atrim(stretch.first, stretch.end), filters.asetpts(stretch.first)]
    if lane.layout:
        shaped.append(filters.layout(lane.layout))
    shaped.append(filters.aresample(lane.rate))
    if lane.codec in {"flac", "alac"} and not is_lossless(lane.facts.codec):
        shaped.append(filters.sample_format("s16" if lane.codec == "flac" else "s16p"))
    shaped += [*filters.tempo(stretch.speed), filters.apad(lane.samples), filters.atrim_samples(lane.samples)]
    return Chain((f"{source}:{lane.facts.index}",), tuple(shaped), (pad,))


def seek(stretch: Stretch, tracks: tuple[AudioFacts, ...]) -> Fraction | None:
    """Where reading starts: a little early, so that decoders are warm; None reads from the beginning."""
    at = stretch.first - RUN_UP
    return at if at > min(facts.start for facts in tracks) + SEEK_SLACK else None


def options(lanes: tuple[Lane, ...], *, bits: int | None = None, several: bool = True) -> tuple[str, ...]:
    """Codecs, bit rates, languages; the first track is the default one. ``bits`` are those of stereo."""
    words: list[str] = []
    for number, lane in enumerate(lanes):
        if lane.coding is None:
            words += [f"-c:a:{number}", "copy"]
        else:
            words += [f"-c:a:{number}", lane.coding.encoder, *lane.coding.options]
            rate = lane.coding.bit_rate(lane.layout, bits)
            words += [f"-b:a:{number}", str(rate)] if rate is not None else []
        if several:
            # The tag comes from a stranger's file and is only kept if it is one.
            language = lane.facts.language or ""
            tag = language if _LANGUAGE.fullmatch(language) else "und"
            words += [f"-metadata:s:a:{number}", f"language={tag}", f"-disposition:a:{number}"]
            words.append("0" if number else "default")
        words += [f"-metadata:s:a:{number}", "encoder="]
    return tuple(words)


def warnings(lanes: tuple[Lane, ...]) -> tuple[str, ...]:
    """What was mixed down, one sentence each."""
    return tuple(
        f"A sound track of {lane.facts.channels} channels was mixed down to {lane.layout}."
        for lane in lanes
        if lane.layout and lane.facts.channels > {"mono": 1, "stereo": 2, "5.1": 6}[lane.layout]
    )


def longest_end(facts: MediaFacts) -> Fraction:
    """Container seconds at which everything in the file is over, as far as it is known."""
    ends = [track.start + track.duration for track in facts.audio if track.duration is not None]
    if facts.duration is not None:
        ends.append(facts.origin + facts.duration)
    return max(ends, default=facts.origin)
