"""What a source turns out to be, and what has been opened of it for the work."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from cutroom.kernel.cancel import CancelToken


class SourceKind(StrEnum):
    """How a source is fetched."""

    FILE = "file"
    """A file on this machine."""
    DIRECT = "direct"
    """A link to a media file."""
    HLS = "hls"
    """A link to an HLS playlist."""
    PAGE = "page"
    """A page of a site that yt-dlp knows how to read."""


class RemoteFile(Protocol):
    """A sparse local file that fills on demand, from one thread at a time."""

    @property
    def path(self) -> Path:
        """The sparse file, already of its full size."""

    @property
    def size(self) -> int:
        """Bytes of the whole remote file."""

    def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
        """Return once these bytes (cut at ``size``) are in the file."""

    def expect(self, offset: int, length: int) -> None:
        """A hint: this whole range will be read soon, and nothing beyond it."""


@dataclass(frozen=True, slots=True)
class FetchStats:
    """What fetching has cost so far."""

    requests: int = 0
    bytes: int = 0

    def __add__(self, other: FetchStats) -> FetchStats:
        return FetchStats(self.requests + other.requests, self.bytes + other.bytes)


@dataclass(frozen=True, slots=True)
class RemoteFormat:
    """One of the forms in which a site or playlist offers the same programme."""

    id: str
    protocol: str = "https"
    """``https`` or ``http`` for a plain file, ``hls`` for a playlist, anything else is left to yt-dlp."""
    url: str = ""
    container: str = ""
    video_codec: str | None = None
    """As the site names it (``avc1.64001f``); None means no picture; ``unknown`` where the site does not say."""
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    bit_rate: float | None = None
    """Kilobits per second of everything in it."""
    audio_bit_rate: float | None = None
    size_bytes: int | None = None
    language: str | None = None
    language_preference: int = 0
    """Higher is closer to the original language; negative for commentary and descriptions."""
    preference: int = 0
    """The site's own judgement, where it has one; negative is worse."""
    hdr: bool = False
    drm: bool = False
    note: str | None = None
    """What the site says of it in passing (``watermarked``)."""
    headers: tuple[tuple[str, str], ...] = ()
    """What the site wants to see in a request for it."""

    @property
    def lines(self) -> int | None:
        """Of the shorter side; None where unknown."""
        if self.width and self.height:
            return min(self.width, self.height)
        return self.height


@dataclass(frozen=True, slots=True)
class Opened:
    """A source ready to be read. ``video`` holds the sound too unless ``audio`` is given."""

    video: Path | RemoteFile
    audio: Path | RemoteFile | None = None
    duration: Fraction | None = None
    """Known length in seconds where the files hold only a part of the programme; None asks the file."""
    title: str | None = None
    warnings: tuple[str, ...] = field(default=())
    """What was left out or is uncertain, one sentence each."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a site says of a video beside its title and length. Each is None where it says nothing."""

    description: str | None = None
    handle: str | None = None
    """Of whoever published it, as the site writes it: ``@name``."""
    published_at: str | None = None
    """ISO 8601: a date, or an instant in UTC."""
    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    followers: int | None = None
    """Of the channel."""
    track: str | None = None
    """The music's title."""
    artist: str | None = None
    language: str | None = None
    """That is spoken."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source without opening it."""

    kind: SourceKind
    address: str
    """The path or link, without credentials and query."""
    title: str | None = None
    duration: Fraction | None = None
    site: str | None = None
    """The name of the site for pages."""
    formats: tuple[RemoteFormat, ...] = ()
    thumbnail: str | None = None
    size_bytes: int | None = None
    platform: str | None = None
    """Of a page, in lower case and without its parts: ``youtube``, ``twitch``."""
    uploader: str | None = None
    live: bool = False
