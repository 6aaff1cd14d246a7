"""Downloads: what a link offers, what is ordered of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path


class DownloadFormat(StrEnum):
    """What a download can be delivered as; also the extension of its file."""

    MP4 = "mp4"
    WEBM = "webm"
    MKV = "mkv"
    MP3 = "mp3"
    M4A = "m4a"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"

    @property
    def sound_only(self) -> bool:
        return self not in {DownloadFormat.MP4, DownloadFormat.WEBM, DownloadFormat.MKV}


@dataclass(frozen=True, slots=True)
class ListedFormat:
    """One of the forms in which a link can be downloaded."""

    id: str
    """Names the form for as long as the link offers it."""
    ext: str
    quality: str
    """``1080p`` (lines of the shorter side), ``audio`` for sound alone, ``video`` where the size is unknown."""
    resolution: str | None
    """``1920x1080``"""
    filesize: int | None
    """bytes, where the source says so"""
    fps: float | None

    @property
    def label(self) -> str:
        return f"{self.quality} ({self.ext})"


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A link as somebody who wants to download it sees it. ``formats`` has at least one, best first."""

    url: str
    """As it was given."""
    title: str
    thumbnail: str | None
    duration: Fraction | None
    """s; None for live programmes, and where nobody knows."""
    platform: str
    """In lower case: ``youtube``, ``tiktok``, ...; ``direct`` for a link to a file or stream."""
    uploader: str | None
    formats: tuple[ListedFormat, ...]


@dataclass(frozen=True, slots=True)
class DownloadOrder:
    """A download that somebody wants, in their own words: nothing of it is checked. Times are exact seconds."""

    url: str
    format: str = "mp4"
    format_id: str | None = None
    """One of ``VideoInfo.formats``; wins over ``quality``."""
    quality: str = "best"
    """Or ``720p``: the best form with so many lines (of the shorter side) or fewer; else the smallest."""
    trim_start: Fraction = Fraction(0)
    trim_end: Fraction | None = None
    """None is the end; a time past it means the end, too."""
    no_watermark: bool = False
    surface: str = "clipi"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named part of a programme; exact seconds from its beginning."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True, slots=True)
class Captions:
    """Subtitles of a site, as a file of its own: WebVTT or SubRip."""

    path: Path
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a programme and lies outside its file, on the page of a site."""

    chapters: tuple[Chapter, ...] = ()
    captions: tuple[Captions, ...] = ()
    cover: Path | None = None
    """An image file: JPEG, PNG or WebP."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A source, or a piece of it, in another container. Times are exact seconds from the first shown picture."""

    format: DownloadFormat
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    """None is the end; a time past it means the end, too."""
    beside: Beside = Beside()


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export produced, all of it measured on the produced file. Times are exact seconds."""

    format: DownloadFormat
    duration: Fraction
    frames: int | None
    """Pictures shown; None for sound only."""
    width: int | None
    """As shown, as is ``height``; None for sound only."""
    height: int | None
    video_codec: str | None
    audio_codecs: tuple[str, ...]
    subtitles: tuple[str, ...]
    """The codec of each track of them."""
    chapters: int
    cover: bool
    copied: bool
    """Nothing was encoded: pictures and sound are those of the source."""
    title: str | None
    """What the source says of itself."""
    size_bytes: int
    warnings: tuple[str, ...] = ()
    """What was left out or degraded, one sentence each."""
