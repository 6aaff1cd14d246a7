"""A piece of a sound file, exact to the sample, in the format that it came in."""

from __future__ import annotations

from cutroom.media.tools import sources
from cutroom.media.tools.coding import SOUND
from cutroom.media.tools.formats import AUDIO_FORMATS, FORMATS, OutputFormat, codec_name
from cutroom.media.tools.parameters import END, START, ends_after_start
from cutroom.media.tools.tool import Facts, Plan, SoundFilePlan, Span
from cutroom.model.media import MediaFacts
from cutroom.model.tool import Needs, Spec, Values

SPEC = Spec("trim-audio", "Cuts a piece out of a sound file.", Needs.SOUND, (START, END), (ends_after_start,))
# The format that a codec is usually found in, for files that are none of ours (a video, a bare AAC stream).
_HOMES = {"mp3": "mp3", "flac": "flac", "vorbis": "ogg", "opus": "ogg"}


class TrimAudio:
    """Encoded anew: only so does it begin and end at the sample; lossless formats stay lossless."""

    spec = SPEC

    def check(self, values: Values, facts: Facts) -> None:
        sources.refuse_beyond("startTime", sources.seconds(values, "startTime"), sources.sound_length(facts))

    def plan(self, values: Values, facts: Facts) -> Plan:
        film = sources.film(facts)
        codec = codec_name(sources.default_track(film).codec)
        target = _target(film, codec)
        end = sources.clamped(sources.seconds(values, "endTime"), sources.sound_length(facts))
        span = Span(sources.seconds(values, "startTime"), end)
        kept = codec in target.audio_holds and codec in SOUND
        return SoundFilePlan(target, span, codec if kept else None, copy=False)


def _target(film: MediaFacts, codec: str) -> OutputFormat:
    if film.video is None and film.kind in AUDIO_FORMATS:
        return FORMATS[film.kind]
    return FORMATS["wav" if codec.startswith("pcm_") else _HOMES.get(codec, "m4a")]


TOOL = TrimAudio()
