"""The filters and codec options from a source's sound tracks to AAC or MP3. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from cutroom.media.encode_plan import SoundPlan
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.command import SEEK_SLACK, Input
from cutroom.media.ffmpeg.filters import Chain
from cutroom.model.media import AudioFacts

_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MP3_RATES = (32000, 44100, 48000)
_AAC_BITS = {"mono": "128k", "stereo": "192k", "5.1": "384k"}
_LANGUAGE = re.compile(r"[a-z]{3}", re.ASCII)
# Decoders of overlapping transforms need some packets before they are exact, and files store sound up to about a
# second apart from its pictures.
RUN_UP = Fraction(2)


@dataclass(frozen=True, slots=True)
class Track:
    """One track to write: from which input stream, mixed to what, how many samples."""

    facts: AudioFacts
    rate: int
    layout: str
    samples: int


def tracks_for(plan: SoundPlan, *, mp3: bool) -> tuple[Track, ...]:
    """Every track for an MP4, the default one first; for an MP3 the default (or first) one alone."""
    ordered = sorted(plan.tracks, key=lambda facts: not facts.default)
    duration = plan.end - plan.first
    made = []
    for facts in ordered[:1] if mp3 else ordered:
        rate = nearest_rate(facts.sample_rate, _MP3_RATES if mp3 else _AAC_RATES)
        made.append(Track(facts, rate, _layout(facts, mp3=mp3), round(duration * rate)))
    return tuple(made)


def nearest_rate(rate: int, allowed: tuple[int, ...]) -> int:
    """The rate itself; else the lowest allowed multiple (11025 -> 44100), else the next higher one, else 48000."""
    if rate in allowed:
        return rate
    multiples = [other for other in allowed if rate and other % rate == 0]
    # 88200 and its kin come down to 44100 by a whole factor, as 96000 does to 48000.
    fractions = [other for other in (48000, 44100) if rate and rate % other == 0]
    return next(iter((*multiples, *fractions, *(other for other in allowed if other > rate))), 48000)


def _layout(facts: AudioFacts, *, mp3: bool) -> str:
    if facts.channels == 1:
        return "mono"
    return "5.1" if facts.channels >= 6 and not mp3 else "stereo"


def read(plan: SoundPlan) -> Input:
    """An input of its own, even from the same file: sound needs another run-up than pictures."""
    seek = plan.first - RUN_UP
    starts = min(facts.start for facts in plan.tracks)
    return Input(plan.path, plan.demuxer, seek=seek if seek > starts + SEEK_SLACK else None, threads=1)


def chain(plan: SoundPlan, track: Track, source: int, pad: str) -> Chain:
    """Exactly ``track.samples`` samples from ``plan.first`` on.

    Silence stands where the source's sound starts late, has holes or ends early, or where there is none at all.
    """
    return Chain(
        (f"{source}:{track.facts.index}",),
        (
            filters.atrim(plan.first, plan.end),
            filters.asetpts(plan.first),
            filters.layout(track.layout),
            filters.aresample(track.rate),
            filters.apad(track.samples),
            filters.atrim_samples(track.samples),
        ),
        (pad,),
    )


def aac_options(tracks: tuple[Track, ...]) -> tuple[str, ...]:
    """Codec, bit rates, languages; the first track is the default one."""
    options = ["-c:a", "aac"]
    for number, track in enumerate(tracks):
        options += [f"-b:a:{number}", _AAC_BITS[track.layout]]
        # The tag comes from a stranger's file and is only kept if it is one.
        language = track.facts.language or ""
        tag = language if _LANGUAGE.fullmatch(language) else "und"
        options += [f"-metadata:s:a:{number}", f"language={tag}", f"-metadata:s:a:{number}", "encoder="]
        options += [f"-disposition:a:{number}", "0" if number else "default"]
    return tuple(options)


def mp3_options() -> tuple[str, ...]:
    """Constant bit rate, so that every player seeks right; the header states padding, so that the length is exact."""
    return ("-c:a", "libmp3lame", "-b:a", "192k", "-write_xing", "1", "-id3v2_version", "0")
