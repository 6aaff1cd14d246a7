"""HLS playlists as data: read from text, and which segments a wish needs. Pure; the only importer of ``m3u8``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urljoin

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.clip import Format
from cutroom.model.source import RemoteFormat
from cutroom.sources.choose_format import Choice, choose
from cutroom.sources.wish import Wish, pick

MOST_SEGMENTS = 50_000
MOST_VARIANTS = 500
_MOST_KEYS = 2_000
_AUDIO_CODECS = ("mp4a", "ac-3", "ec-3", "opus", "mp3", "flac", "alac", "vorbis")
_IDENTITY = {None, "", "identity"}
_DISCONTINUITY_WARNING = (
    "The stream is put together from pieces with clocks of their own; times after the first seam may be off."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A link, or a range of what is behind it."""

    url: str
    offset: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """How a segment is locked with AES-128 in CBC mode."""

    url: str
    iv: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the programme. ``start`` is the sum of the stated durations before it."""

    part: Part
    start: Fraction
    duration: Fraction
    key: Key | None = None
    header: Part | None = None
    """What has to stand before it in a file (EXT-X-MAP)."""
    period: int = 0
    """Counts the breaks of the stream's clock before it."""

    @property
    def end(self) -> Fraction:
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """One rendition, complete."""

    segments: tuple[Segment, ...]
    coarse: bool
    """Durations are stated in whole seconds, so their sum drifts."""

    @property
    def duration(self) -> Fraction:
        return self.segments[-1].end


@dataclass(frozen=True, slots=True)
class Master:
    """The renditions of one programme. ``groups`` names the sound that belongs to a variant without its own."""

    variants: tuple[RemoteFormat, ...]
    groups: dict[str, tuple[RemoteFormat, ...]]
    """By id of the variant."""

    def choose(self, wanted: Format, max_lines: int | None) -> Choice:
        """What to fetch for a wish."""
        sounds = [sound for group in self.groups.values() for sound in group]
        if wanted is Format.MP3 and sounds:
            return choose(sounds, wanted)
        main = choose(self.variants, wanted, max_lines).main
        group = self.groups.get(main.id, ())
        if wanted is Format.MP4 and group:
            return Choice(main, choose(group, Format.MP3).main)
        return Choice(main)

    @property
    def offers(self) -> tuple[RemoteFormat, ...]:
        """Everything that can be fetched by itself: the variants, and the sounds of all groups."""
        sounds = {sound.id: sound for group in self.groups.values() for sound in group}
        return (*self.variants, *sounds.values())

    def pick(self, wish: Wish) -> Choice:
        """What to fetch for a download."""
        return pick(self.offers, wish, lambda main: self.groups.get(main.id, ()))


def parse(text: str, url: str) -> Master | MediaPlaylist:
    """Read a playlist found at ``url``.

    Raises ``SOURCE_LIVE`` while it still grows, ``SOURCE_DRM`` when it is locked by more than AES-128, and
    ``SOURCE_NO_MEDIA`` when it is none.
    """
    import m3u8

    if text.count("#EXTINF") > MOST_SEGMENTS or text.count("#EXT-X-KEY") > _MOST_KEYS:
        raise CutroomError(
            ErrorCode.SOURCE_TOO_LONG,
            "The stream has too many pieces.",
            next_step="Use a shorter stream, or give the file instead.",
        )
    try:
        playlist = m3u8.M3U8(text)
        for key in [*playlist.session_keys, *playlist.keys]:
            _check_key(key)
        return _master(playlist, url) if playlist.is_variant else _media(playlist, url)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, m3u8.ParseError) as error:
        raise CutroomError(
            ErrorCode.SOURCE_NO_MEDIA,
            "The playlist of the stream cannot be read.",
            next_step="Check the link, or give the file instead.",
            detail=f"{type(error).__name__}: {error}"[:500],
        ) from error


def select(
    playlist: MediaPlaylist, ranges: Sequence[tuple[Fraction, Fraction]] | None
) -> tuple[tuple[Segment, ...], tuple[str, ...]]:
    """The segments to fetch for ``ranges`` of seconds (None for all), and what must be said about them.

    One neighbour on each side comes along, and always the first segment: it shows where the stream's clock begins.
    """
    segments = playlist.segments
    if ranges is None:
        return segments, (_DISCONTINUITY_WARNING,) if segments[-1].period else ()
    chosen = {0}
    for start, end in ranges:
        touched = [i for i, piece in enumerate(segments) if piece.end > start and piece.start < end]
        first, last = (touched[0], touched[-1]) if touched else (len(segments) - 1, len(segments) - 1)
        margin = 1 + (last // 50 if playlist.coarse else 0)
        chosen.update(range(max(0, first - margin), min(len(segments), last + 1 + margin)))
    if segments[max(chosen)].period:
        # Only a gapless beginning gives the reader a chance to follow the clock over its breaks.
        return segments[: max(chosen) + 1], (_DISCONTINUITY_WARNING,)
    return tuple(segments[i] for i in sorted(chosen)), ()


def _check_key(key: Any) -> None:
    if key is None or (key.method or "NONE").upper() == "NONE":
        return
    if key.method.upper() != "AES-128" or key.keyformat not in _IDENTITY:
        raise CutroomError(
            ErrorCode.SOURCE_DRM,
            "The stream is locked by copy protection (DRM).",
            next_step="Use a source without copy protection.",
            detail=f"{key.method} {key.keyformat}",
        )


def _media(playlist: Any, url: str) -> MediaPlaylist:
    if not playlist.segments:
        raise CutroomError(
            ErrorCode.SOURCE_NO_MEDIA, "The stream is empty.", next_step="Check the link, or give the file instead."
        )
    if not playlist.is_endlist and (playlist.playlist_type or "").lower() != "vod":
        raise CutroomError(
            ErrorCode.SOURCE_LIVE,
            "The link leads to a live stream.",
            next_step="Try again when the recording of it is complete.",
        )
    pieces: list[Segment] = []
    at, period, end_of_part = Fraction(0), 0, 0
    for index, raw in enumerate(playlist.segments):
        duration = Fraction(Decimal(repr(raw.duration or 0)))
        if not 0 <= duration < 1_000_000:
            msg = "duration"
            raise ValueError(msg)
        period += bool(raw.discontinuity and index)
        part = _part(urljoin(url, raw.uri), raw.byterange, end_of_part)
        end_of_part = part.offset + (part.length or 0)
        section = raw.init_section
        header = _part(urljoin(url, section.uri), section.byterange, 0) if section is not None else None
        key = _key(raw.key, url, (playlist.media_sequence or 0) + index)
        pieces.append(Segment(part, at, duration, key, header, period))
        at += duration
    if at == 0:
        msg = "no durations"
        raise ValueError(msg)
    return MediaPlaylist(tuple(pieces), coarse=len(pieces) > 1 and all(p.duration.denominator == 1 for p in pieces))


def _part(url: str, byte_range: str | None, following: int) -> Part:
    """``n@o`` are n bytes from o; without o they follow the range before."""
    if not byte_range:
        return Part(url)
    match = re.fullmatch(r'"?(\d{1,18})(?:@(\d{1,18}))?"?', byte_range.strip())
    if match is None:
        msg = "byte range"
        raise ValueError(msg)
    return Part(url, int(match[2]) if match[2] is not None else following, int(match[1]))


def _key(raw: Any, url: str, sequence: int) -> Key | None:
    if raw is None or (raw.method or "NONE").upper() == "NONE":
        return None
    iv = bytes.fromhex(raw.iv[2:].rjust(32, "0")) if raw.iv else sequence.to_bytes(16, "big")
    return Key(urljoin(url, raw.uri), iv)


def _master(playlist: Any, url: str) -> Master:
    sounds: dict[str, list[RemoteFormat]] = {}
    for index, media in enumerate(playlist.media):
        if (media.type or "").upper() == "AUDIO" and media.uri:
            sound = RemoteFormat(
                id=f"sound-{index}", protocol="hls", url=urljoin(url, media.uri), audio_codec="unknown",
                language=media.language, language_preference=_liked(media),
            )  # fmt: skip
            sounds.setdefault(media.group_id or "", []).append(sound)
    variants: list[RemoteFormat] = []
    groups: dict[str, tuple[RemoteFormat, ...]] = {}
    for variant in playlist.playlists[:MOST_VARIANTS]:
        group = tuple(sounds.get(variant.stream_info.audio or "", ()))
        offer = _variant(variant, _name(variant, {known.id for known in variants}), url)
        if group and offer.video_codec:
            groups[offer.id] = tuple(replace(sound, audio_codec=offer.audio_codec or "unknown") for sound in group)
            offer = replace(offer, audio_codec=None)
        variants.append(offer)
    if not variants:
        msg = "no variants"
        raise ValueError(msg)
    return Master(tuple(variants), groups)


def _liked(media: Any) -> int:
    described = "describes" in (media.characteristics or "")
    return -10 if described else 10 if media.default == "YES" else 5 if media.autoselect == "YES" else 0


def _name(variant: Any, taken: set[str]) -> str:
    """A name that says what it is, so that it names the same when the list is in another order the next time."""
    stream = variant.stream_info
    lines = f"{min(stream.resolution)}p-" if stream.resolution else ""
    name = f"hls-{lines}{round((stream.bandwidth or 0) / 1000)}"
    others = (f"{name}-{again}" for again in range(2, MOST_VARIANTS + 2))
    return next(free for free in (name, *others) if free not in taken)


def _variant(variant: Any, name: str, url: str) -> RemoteFormat:
    stream = variant.stream_info
    codecs = [codec.strip() for codec in (stream.codecs or "").lower().split(",") if codec.strip()]
    sound = next((codec for codec in codecs if codec.startswith(_AUDIO_CODECS)), None)
    pictures = next((codec for codec in codecs if not codec.startswith(_AUDIO_CODECS)), None)
    if (stream.resolution and pictures is None) or not codecs:
        pictures = pictures or "unknown"
    width, height = stream.resolution or (None, None)
    return RemoteFormat(
        id=name,
        protocol="hls",
        url=urljoin(url, variant.uri),
        video_codec=pictures,
        audio_codec=sound or ("unknown" if not codecs else None),
        width=width,
        height=height,
        frame_rate=stream.frame_rate,
        bit_rate=(stream.average_bandwidth or stream.bandwidth or 0) / 1000 or None,
        hdr=(stream.video_range or "SDR").upper() != "SDR",
    )
