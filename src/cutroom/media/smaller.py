"""Smaller than the input, or the input itself in another wrapping: never anything larger."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Protocol

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.made import Made
from cutroom.media.outcome import Outcome
from cutroom.media.tools.coding import SOUND
from cutroom.media.tools.formats import OutputFormat, codec_name, picture_obstacle, sound_copies
from cutroom.media.tools.sources import kept_container
from cutroom.media.tools.tool import FilmPlan, Pictures, Sounds
from cutroom.model.media import MediaFacts

# What the container adds for every picture and every packet of sound, about (bytes), and at all.
_PER_PACKET, _AT_ALL = 16, 2500
_SOUND_PACKETS = 50
_LEAST_SOUND, _LEAST_PICTURES = 32_000, 8_000
# Bits for each sample of a picture; high quality takes about a third of it.
_ROOMY = Fraction(3, 10)
_COPY_FAILED = {ErrorCode.VERIFICATION_FAILED, ErrorCode.PROCESSING_FAILED, ErrorCode.MEDIA_DAMAGED}
_KEPT = "The file is as small as this quality gets: its streams were kept as they are."


class Maker(Protocol):
    """Who makes the files; ``workshop.Workshop`` is one."""

    @property
    def facts(self) -> MediaFacts:
        """Of the input."""

    @property
    def workdir(self) -> Workdir:
        """Where files are made."""

    def splice(self, plan: FilmPlan) -> tuple[Made | None, Outcome]:
        """The input remuxed, where that is possible."""

    def copy(self, plan: FilmPlan) -> Made:
        """The input remuxed, whatever its codecs are."""

    def encode(self, plan: FilmPlan, outcome: Outcome | None = None, most_bits: int | None = None) -> Made:
        """An encode whose pictures take ``most_bits`` bits at most."""


def compressed(shop: Maker, plan: FilmPlan) -> Made:
    """``plan`` carried out in at most ``plan.limit`` bytes; the smallest that could be made where nothing is."""
    limit, fits = plan.limit or 0, _fits(shop.facts, plan)
    free = fits or _roomy(shop.facts, limit)
    best = shop.encode(plan) if free else _bounded(shop, plan)
    if best.produced.size_bytes > limit and free:
        best = _set_aside(shop, best)
        if fits:
            best = _smaller(best, _kept(shop, plan))
        if best.produced.size_bytes > limit:
            best = _smaller(best, _bounded(shop, plan))
    # The input's own container is the last resort: into another one a few packets may not fit without growing.
    for target in dict.fromkeys((plan.target, kept_container(shop.facts))):
        if best.produced.size_bytes > limit and _holds(shop.facts, target):
            best = _set_aside(shop, best)
            best = _smaller(best, _wrapped(shop, plan, target))
    if best.produced.size_bytes <= limit:
        return best
    return _said(best, "The file cannot be made smaller than it is.")


def _kept(shop: Maker, plan: FilmPlan) -> Made | None:
    kept, _outcome = shop.splice(replace(plan, pictures=Pictures.KEEP, sounds=Sounds.KEEP, size=None))
    return None if kept is None else _said(kept, _KEPT)


def _wrapped(shop: Maker, plan: FilmPlan, target: OutputFormat) -> Made | None:
    """The input's streams in ``target``; None where they cannot be copied after all: what was encoded is good."""
    try:
        made = shop.copy(replace(plan, target=target, pictures=Pictures.COPY, sounds=Sounds.COPY))
    except CutroomError as error:
        if error.code not in _COPY_FAILED:
            raise
        return None
    return _said(made, _KEPT)


def _smaller(one: Made, other: Made | None) -> Made:
    return one if other is None or one.produced.size_bytes <= other.produced.size_bytes else other


def _set_aside(shop: Maker, made: Made) -> Made:
    """Every encode writes a file of the same name; what may still be wanted gets out of its way."""
    aside = shop.workdir.new(made.path.suffix)
    made.path.rename(aside)
    return replace(made, path=aside)


def _said(made: Made, sentence: str) -> Made:
    return replace(made, warnings=(*made.warnings, sentence))


def _roomy(facts: MediaFacts, limit: int) -> bool:
    """Whether the input is so large for its pictures that no bound is needed, which costs the encoder a little."""
    if facts.video is None or not facts.duration:
        return False
    samples = facts.video.width * facts.video.height * facts.duration * (facts.video.frame_rate or 30)
    return limit * 8 > samples * _ROOMY


def _fits(facts: MediaFacts, plan: FilmPlan) -> bool:
    """Whether the input itself is what was asked for: it can be handed back in another wrapping."""
    if facts.video is None or facts.container == "avi" or picture_obstacle(plan.target, facts.video) is not None:
        return False
    return all(sound_copies(plan.target, track) for track in facts.audio)


def _holds(facts: MediaFacts, target: OutputFormat) -> bool:
    """Whether the target can hold the input's streams at all."""
    pictures = facts.video is not None and facts.video.codec in target.video_holds
    return pictures and all(codec_name(track.codec) in target.audio_holds for track in facts.audio)


def _bounded(shop: Maker, plan: FilmPlan) -> Made:
    """The quality that was asked for as far as it fits into a share of the input's size, sound included."""
    facts, seconds = shop.facts, shop.facts.duration or Fraction(1)
    pictures = seconds * (facts.video.frame_rate or 30) if facts.video else Fraction(0)
    packets = pictures + len(facts.audio) * seconds * _SOUND_PACKETS
    room = int(((plan.limit or 0) * plan.share - _AT_ALL - packets * _PER_PACKET) * 8)
    coding, wanted = SOUND[plan.target.audio], plan.sound_bits
    if wanted is not None:
        wanted = max(_LEAST_SOUND, min(wanted, int(room / seconds) // (4 * max(1, len(facts.audio)))))
    bits = [coding.bit_rate(coding.layout(track.channels), wanted) or 0 for track in facts.audio]
    most = max(int(_LEAST_PICTURES * seconds), room - int(sum(bits) * seconds))
    return shop.encode(replace(plan, sounds=Sounds.ENCODE, sound_bits=wanted), most_bits=most)
