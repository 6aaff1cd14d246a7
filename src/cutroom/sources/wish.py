"""Which of a source's forms a download takes: the one that was named, or the best one of a size. Pure.

Other than a clip, which is cut to size anyway, a download is what the source has: the best form within the bound, and
of several like it the one that needs nothing but another container.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.download import DownloadFormat
from cutroom.model.source import RemoteFormat
from cutroom.sources.choose_format import Choice, lines_of, nothing_offered, transport_rank

Beside = Callable[[RemoteFormat], Sequence[RemoteFormat]]
"""The sound that belongs to a form which has only pictures."""

# What each format takes without encoding it anew; the beginnings of codec names as sites write them.
_H264, _AAC = ("avc", "h264"), ("mp4a", "aac")
_WEB_PICTURES, _WEB_SOUND = ("vp9", "vp09", "vp8", "vp08", "av01", "av1"), ("opus", "vorbis")
_PICTURES = {DownloadFormat.MP4: _H264, DownloadFormat.WEBM: _WEB_PICTURES}
# The site itself says: rather not.
_DISLIKED = -100
_SOUND = {
    DownloadFormat.MP4: _AAC,
    DownloadFormat.M4A: _AAC,
    DownloadFormat.WEBM: _WEB_SOUND,
    DownloadFormat.OGG: _WEB_SOUND,
    DownloadFormat.MP3: ("mp3", "mp4a.6b", "mp4a.69"),
    DownloadFormat.FLAC: ("flac",),
    DownloadFormat.WAV: ("pcm", "flac"),
}
_MARKED = re.compile(r"watermark|(?<![a-z])wmk?(?![a-z])", re.IGNORECASE)
_UNMARKED = re.compile(r"\b(?:without|no|non|un|free of)[-_ ]?watermark|watermark[-_ ]?free", re.IGNORECASE)
# The file that a site gives to those who press its button, where another is what its player plays.
_FROM_THE_BUTTON = re.compile(r"download(?:_addr)?(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a download is wanted to be. ``format_id`` wins over ``max_lines`` (of the shorter side)."""

    format: DownloadFormat = DownloadFormat.MP4
    format_id: str | None = None
    max_lines: int | None = None
    no_watermark: bool = False

    def check_only(self, name: str) -> None:
        """Raise unless the one form there is, called ``name``, is what was asked for."""
        if self.format_id not in {None, name}:
            raise _no_such_form()


def listed(formats: Sequence[RemoteFormat]) -> tuple[RemoteFormat, ...]:
    """What can be downloaded, best first, each by another id.

    Raises ``SOURCE_DRM`` when all that is offered is locked and ``SOURCE_NO_MEDIA`` when nothing is offered.
    """
    ordered = sorted(_usable(formats), key=_rank(Wish()))
    once = {offer.id: offer for offer in reversed(ordered)}
    return tuple(offer for offer in ordered if once[offer.id] is offer)


def pick(formats: Sequence[RemoteFormat], wish: Wish, beside: Beside | None = None) -> Choice:
    """The form to fetch, with its sound where that is apart.

    Raises as ``listed`` does, ``INVALID_REQUEST`` for an id that is none of theirs, and ``NO_AUDIO`` when sound alone
    is wanted and there is none.
    """
    usable = _usable(formats)
    sounds = [offer for offer in usable if offer.video_codec is None]
    if wish.format_id is not None:
        named = next((offer for offer in listed(usable) if offer.id == wish.format_id), None)
        if named is None:
            raise _no_such_form()
        if wish.format.sound_only and named.audio_codec is None:
            return Choice(_best_sound(list(beside(named)) if beside else sounds, [], wish))
        return _with_sound(named, sounds, wish, beside)
    pictures = [offer for offer in usable if offer.video_codec is not None]
    if wish.format.sound_only or not pictures:
        return Choice(_best_sound(sounds, pictures, wish))
    return _with_sound(_best_picture(pictures, wish), sounds, wish, beside)


def is_marked(offer: RemoteFormat) -> bool:
    """Whether the site says (or its name for the form does) that its sign is painted into the pictures."""
    words = f"{offer.note or ''} {offer.id}"
    if _UNMARKED.search(words):
        return False
    return bool(_MARKED.search(words) or _FROM_THE_BUTTON.fullmatch(offer.id))


def _with_sound(main: RemoteFormat, sounds: Sequence[RemoteFormat], wish: Wish, beside: Beside | None) -> Choice:
    if main.audio_codec is not None or main.video_codec is None or wish.format.sound_only:
        return Choice(main)
    near = beside(main) if beside else sounds
    return Choice(main, _best_sound(near, [], wish)) if near else Choice(main)


def _best_picture(offers: Sequence[RemoteFormat], wish: Wish) -> RemoteFormat:
    if wish.no_watermark:
        offers = [offer for offer in offers if not is_marked(offer)] or offers
    offers = [offer for offer in offers if offer.preference > _DISLIKED] or offers
    if wish.max_lines is not None:
        bound = wish.max_lines
        fitting = [offer for offer in offers if lines_of(offer) <= bound]
        if not fitting:
            smallest = min(lines_of(offer) for offer in offers)
            fitting = [offer for offer in offers if lines_of(offer) == smallest]
        offers = fitting
    return min(offers, key=_rank(wish))


def _best_sound(sounds: Sequence[RemoteFormat], pictures: Sequence[RemoteFormat], wish: Wish) -> RemoteFormat:
    """Sound alone; where there is none, the smallest of the forms with the best sound."""
    fits = _SOUND.get(wish.format, ())

    def rank(offer: RemoteFormat) -> tuple[object, ...]:
        return (
            -offer.language_preference,
            -offer.preference,
            transport_rank(offer),
            not _begins(offer.audio_codec, fits),
            -(offer.audio_bit_rate or offer.bit_rate or 0),
            offer.id,
        )

    if sounds:
        return min(sounds, key=rank)
    loud = [offer for offer in pictures if offer.audio_codec is not None]
    if not loud:
        raise CutroomError(ErrorCode.NO_AUDIO, "The source has no sound.", next_step="Ask for a video format instead.")
    return min(loud, key=lambda offer: (*rank(replace(offer, bit_rate=None))[:5], lines_of(offer), offer.id))


def _rank(wish: Wish) -> Callable[[RemoteFormat], tuple[object, ...]]:
    """Smaller is better: size first, then what needs no encoding, then how well and how simply it comes."""
    pictures, sound = _PICTURES.get(wish.format, ()), _SOUND.get(wish.format, ())

    def rank(offer: RemoteFormat) -> tuple[object, ...]:
        return (
            offer.video_codec is None,
            offer.preference <= _DISLIKED,
            -lines_of(offer) if offer.video_codec else 0,
            is_marked(offer),
            offer.hdr,
            not _begins(offer.video_codec, pictures),
            -offer.language_preference,
            -round(offer.frame_rate or 0),
            -offer.preference,
            transport_rank(offer),
            offer.audio_codec is None,
            offer.audio_codec is not None and not _begins(offer.audio_codec, sound),
            -(offer.bit_rate or offer.audio_bit_rate or 0),
            offer.id,
        )

    return rank


def _begins(codec: str | None, names: tuple[str, ...]) -> bool:
    return not names or (codec or "").lower().startswith(names)


def _usable(formats: Sequence[RemoteFormat]) -> list[RemoteFormat]:
    usable = [offer for offer in formats if not offer.drm and (offer.video_codec or offer.audio_codec)]
    if not usable:
        raise nothing_offered(locked=any(offer.drm for offer in formats))
    return usable


def _no_such_form() -> CutroomError:
    return CutroomError(
        ErrorCode.INVALID_REQUEST,
        "The link does not offer the format that formatId names.",
        next_step="Ask for the formats of the link again.",
        field="formatId",
    )
