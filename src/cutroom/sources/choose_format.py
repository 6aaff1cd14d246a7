"""Which of the forms a site offers is fetched: enough for what was asked, never more, and best one that can be copied.

Pure functions over ``RemoteFormat``; nothing here knows a site.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.model.source import RemoteFormat

MOST_LINES = 2160
"""Without a wish for a quality."""
MOST_LINES_GIF = 720
_WATCHABLE = 1080
_UNKNOWN_LINES = 360
"""What a form without a stated size is taken for: sites state the size of their good ones."""
_TRANSPORTS = {"https": 0, "http": 0, "hls": 1}
_OTHER_TRANSPORT = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """What to fetch. With two members they are pictures and sound of the same programme."""

    main: RemoteFormat
    audio: RemoteFormat | None = None


def choose(formats: Sequence[RemoteFormat], wanted: Format = Format.MP4, max_lines: int | None = None) -> Choice:
    """The cheapest offer that gives ``wanted`` with up to ``max_lines`` (of the shorter side).

    Raises ``SOURCE_DRM`` when all that is offered is locked and ``SOURCE_NO_MEDIA`` when nothing is offered.
    """
    usable = [offer for offer in formats if not offer.drm and (offer.video_codec or offer.audio_codec)]
    if not usable:
        raise nothing_offered(locked=any(offer.drm for offer in formats))
    pictures = [offer for offer in usable if offer.video_codec]
    sounds = [offer for offer in usable if offer.audio_codec and not offer.video_codec]
    if wanted is Format.MP3 or not pictures:
        return Choice(_for_sound(sounds, pictures))
    if wanted is Format.GIF:
        silent_first: Callable[[RemoteFormat], object] = lambda offer: offer.audio_codec is not None  # noqa: E731
        return Choice(_for_pictures(pictures, max_lines or MOST_LINES_GIF, silent_first))
    # A form that holds both is one download; pictures alone need sound beside them.
    complete_first: Callable[[RemoteFormat], object] = lambda offer: offer.audio_codec is None  # noqa: E731
    main = _for_pictures(pictures, max_lines, complete_first)
    if main.audio_codec or not sounds:
        return Choice(main)
    return Choice(main, _for_sound(sounds, []))


def _for_pictures(
    offers: Sequence[RemoteFormat], max_lines: int | None, tie: Callable[[RemoteFormat], object]
) -> RemoteFormat:
    plain = [offer for offer in offers if not offer.hdr] or list(offers)
    liked = [offer for offer in plain if offer.preference > -100] or plain
    best = max(lines_of(offer) for offer in liked)
    if max_lines is None:
        target = _target_without_wish(liked, best)
    else:
        # The lowest that reaches the wish; all there is when none does.
        target = min((lines_of(offer) for offer in liked if lines_of(offer) >= max_lines), default=best)
    fitting = [offer for offer in liked if lines_of(offer) == target]

    def rank(offer: RemoteFormat) -> tuple[object, ...]:
        return (
            not is_h264(offer),
            -offer.language_preference,
            -offer.preference,
            transport_rank(offer),
            offer.size_bytes is None,
            tie(offer),
            not is_aac(offer) and offer.audio_codec is not None,
            -(offer.bit_rate or 0),
            offer.id,
        )

    return min(fitting, key=rank)


def _target_without_wish(offers: Sequence[RemoteFormat], best: int) -> int:
    """The most lines up to 2160, but those of H.264 (which can be copied) when they are enough to watch."""
    bounded = [lines_of(offer) for offer in offers if lines_of(offer) <= MOST_LINES]
    if not bounded:
        return min(lines_of(offer) for offer in offers)
    copyable = max((lines_of(offer) for offer in offers if is_h264(offer) and lines_of(offer) <= MOST_LINES), default=0)
    return copyable if copyable >= min(_WATCHABLE, best) else max(bounded)


def _for_sound(sounds: Sequence[RemoteFormat], pictures: Sequence[RemoteFormat]) -> RemoteFormat:
    if not sounds:
        with_sound = [offer for offer in pictures if offer.audio_codec]
        if not with_sound:
            raise CutroomError(
                ErrorCode.NO_AUDIO, "The source has no sound.", next_step="Ask for a video or a GIF instead."
            )
        return min(with_sound, key=lambda offer: (-offer.language_preference, lines_of(offer), offer.bit_rate or 0))

    def rank(offer: RemoteFormat) -> tuple[object, ...]:
        return (
            -offer.language_preference,
            -offer.preference,
            transport_rank(offer),
            not is_aac(offer),  # copied as it is into an mp4
            -(offer.audio_bit_rate or offer.bit_rate or 0),
            offer.id,
        )

    return min(sounds, key=rank)


def is_h264(offer: RemoteFormat) -> bool:
    """Pictures that can be copied into an mp4 which plays everywhere."""
    return (offer.video_codec or "").lower().startswith(("avc", "h264"))


def is_aac(offer: RemoteFormat) -> bool:
    """Sound that can be copied into an mp4 which plays everywhere."""
    return (offer.audio_codec or "").lower().startswith(("mp4a", "aac"))


def transport_rank(offer: RemoteFormat) -> int:
    """A plain file is fetched best, a playlist next, what only yt-dlp can fetch last."""
    return _TRANSPORTS.get(offer.protocol, _OTHER_TRANSPORT)


def lines_of(offer: RemoteFormat) -> int:
    """Of the shorter side; a guess where the site does not say."""
    return offer.lines or _UNKNOWN_LINES


def nothing_offered(*, locked: bool) -> CutroomError:
    """The error for a source without a form that can be had; ``locked``: there are some, behind copy protection."""
    if locked:
        return CutroomError(
            ErrorCode.SOURCE_DRM,
            "The video is locked by copy protection (DRM).",
            next_step="Use a source without copy protection.",
        )
    return CutroomError(
        ErrorCode.SOURCE_NO_MEDIA,
        "There is no video and no sound at this link.",
        next_step="Open the link in a browser and check that something plays there.",
    )
