"""The first step: from a source that was found to one whole file on this machine, and what is known of both."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from cutroom.analyses.platform import DIRECT, GENERIC
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.media.input import Source
from cutroom.model.analysis import SourceType
from cutroom.model.download import Captions, DownloadFormat, ExportRequest
from cutroom.model.media import MediaFacts
from cutroom.model.percepts import FileFacts, SourceFacts, TranscriptSource
from cutroom.model.source import Opened, RemoteFile, SourceKind
from cutroom.sources.resolve import Resolved
from cutroom.sources.wish import Wish
from cutroom.sources.ytdlp import Page
from cutroom.storage.keys import digest_of

# Perception looks at no more lines than these; more would only take longer to come.
_MOST_LINES = 1080
_PIECE = 8 * 1024 * 1024
_LARGEST_TEXT = 2_000_000  # characters of subtitles
_FIRST_SECOND = ((Fraction(0), Fraction(1)),)


class Media(Protocol):
    """Of the media engine."""

    def probe(
        self, source: Source | Path, *, on_progress: ProgressCallback = ignore, cancel: CancelToken | None = None
    ) -> MediaFacts: ...


Export = Callable[[Source, ExportRequest, Path, ProgressCallback, CancelToken], object]
"""Writes a source that is in parts to one file."""
# s of sound after the last picture that coders leave there by themselves.
_SOUND_ALONE = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Given:
    """Words that came with the film, as WebVTT or SubRip."""

    text: str
    format: str
    """vtt or srt"""
    source: TranscriptSource = TranscriptSource.PLATFORM_CAPTIONS
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """What is known of a film before anybody looks at it."""

    source: SourceFacts
    file: FileFacts
    has_picture: bool
    has_sound: bool
    content: str | None = None
    """SHA-256 of what is analysed; None where it was not read."""
    given: Given | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """How a film was named, and what may be done with it."""

    source_type: SourceType
    url: str | None = None
    """The link or the path in a bucket, as it was given."""
    file_name: str | None = None
    platform: str = DIRECT
    longest: float | None = None
    """s that the film may last; None: any."""
    whole: bool = True
    """Whether all of it is needed, or only what its file and its page say."""


class Ingest:
    """Brings one film. ``folder`` is for short-lived files.

    ``in_place``: a file of this machine is looked at where it lies, and its content is not asked for.
    """

    def __init__(
        self,
        media: Media,
        export: Export,
        folder: Path,
        *,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken,
        in_place: bool = False,
    ) -> None:
        self._media, self._export, self._folder = media, export, folder
        self._on_progress, self._cancel = on_progress, cancel
        self._in_place = in_place
        self.film: Path | None = None
        """Where the whole film is, once it was brought."""

    def bring(self, resolved: Resolved, order: Order, target: Path) -> Ingested:
        """Everything, the film at ``target`` where all of it is needed.

        Raises ``SOURCE_TOO_LONG`` as early as the length is known, ``NOT_MEDIA`` and the like for what is no film,
        and the ``SOURCE_*`` of a link that fails.
        """
        page = resolved.page(self._folder, self._cancel)
        info = resolved.describe(self._folder, self._cancel)
        _check_length(info.duration, order.longest)
        opened = self._open(resolved, order)
        resolved.report_to(self._on_progress)
        source = Source(opened.video, opened.audio, opened.duration)
        facts = self._media.probe(source, cancel=self._cancel)
        duration = _length(opened.duration or _longest(facts) or info.duration, facts)
        _check_length(duration, order.longest)
        content = self._keep(resolved, opened, source, target) if order.whole else None
        given, missed = self._given(resolved, page) if order.whole else (None, ())
        return Ingested(
            source=_source(order, resolved, page, facts),
            file=_file(facts, duration, self._size(opened)),
            has_picture=facts.video is not None and not facts.video.still,
            has_sound=bool(facts.audio),
            content=content,
            given=given,
            warnings=(*opened.warnings, *missed),
        )

    def _open(self, resolved: Resolved, order: Order) -> Opened:
        ranges = None if order.whole else list(_FIRST_SECOND)
        wish = Wish(DownloadFormat.MP4, max_lines=_MOST_LINES)
        return resolved.open(
            ranges, wish=wish, workdir=self._folder, on_progress=self._on_progress, cancel=self._cancel
        )  # fmt: skip

    def _keep(self, resolved: Resolved, opened: Opened, source: Source, target: Path) -> str | None:
        """The film as one whole file; the digest of what came, where it was asked for."""
        if self._in_place and resolved.kind is SourceKind.FILE and isinstance(opened.video, Path):
            self.film = opened.video
            return None
        self.film = target
        files = [self._whole(file) for file in (opened.video, opened.audio) if file is not None]
        digests = [digest_of(path) for path in files]
        if opened.audio is None and opened.duration is None:
            _link(files[0], target)
            return digests[0]
        # Written anew, the same bytes would not give the same file: what came is what is known by its digest.
        self._export(source, ExportRequest(DownloadFormat.MKV), target, self._on_progress, self._cancel)
        return hashlib.sha256(":".join(digests).encode()).hexdigest()

    def _whole(self, file: Path | RemoteFile) -> Path:
        if isinstance(file, Path):
            return file
        file.expect(0, file.size)
        for start in range(0, file.size, _PIECE):
            self._cancel.check()
            file.ensure(start, _PIECE, self._cancel)
        return file.path

    def _size(self, opened: Opened) -> int | None:
        """Bytes of the whole film; None where it is in parts that were not all fetched."""
        if self.film is not None:
            return self.film.stat().st_size
        if opened.audio is not None or opened.duration is not None:
            return None
        return opened.video.stat().st_size if isinstance(opened.video, Path) else opened.video.size

    def _given(self, resolved: Resolved, page: Page | None) -> tuple[Given | None, tuple[str, ...]]:
        if page is None or not page.captions:
            return None, ()
        self._on_progress(Progress("resolving"))
        beside, missed = resolved.beside(self._folder, self._cancel, captions=True, cover=False)
        chosen = choose_captions(beside.captions, page.facts.language)
        if chosen is None:
            return None, missed
        text = chosen.path.read_text("utf-8", "replace")[:_LARGEST_TEXT]
        return Given(text, chosen.path.suffix.removeprefix("."), language=chosen.language), missed


def choose_captions(found: tuple[Captions, ...], spoken: str | None) -> Captions | None:
    """Those in the language that is spoken; else English ones, else the first."""

    def rank(captions: Captions) -> tuple[bool, bool]:
        language = (captions.language or "").lower().partition("-")[0]
        return language != (spoken or "en").lower().partition("-")[0], language != "en"

    return min(found, key=rank, default=None)


def _link(path: Path, target: Path) -> None:
    """A second name for the same file where that is possible: the first goes with its folder, or is the cache's."""
    target.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        target.hardlink_to(path.resolve())
        return
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise CutroomError(
            ErrorCode.DISK_FULL, "There is no room for the film on the server's disk.", detail=str(error)
        ) from error


def _length(duration: Fraction | None, facts: MediaFacts) -> Fraction:
    if (facts.video is None or facts.video.still) and not facts.audio:
        raise CutroomError(ErrorCode.NOT_MEDIA, "This is neither a film nor a sound: nothing in it lasts.")
    if duration is None or duration <= 0:
        raise CutroomError(
            ErrorCode.SOURCE_UNSUPPORTED,
            "The source does not say how long it is.",
            next_step="Save it as an ordinary file first.",
        )
    return duration


def _longest(facts: MediaFacts) -> Fraction | None:
    """Of the pictures, or of sound that goes on well after them: a podcast with one picture lasts as it is heard."""
    ends = [track.start + track.duration - facts.origin for track in facts.audio if track.duration is not None]
    heard = max(ends, default=Fraction(0))
    if facts.duration is None or heard > facts.duration + _SOUND_ALONE:
        return heard or None
    return facts.duration


def _check_length(duration: Fraction | None, longest: float | None) -> None:
    if longest is not None and duration is not None and duration > longest:
        raise too_long(duration, longest)


def too_long(duration: Fraction, longest: float) -> CutroomError:
    """``SOURCE_TOO_LONG``, naming the limit."""
    return CutroomError(
        ErrorCode.SOURCE_TOO_LONG,
        f"The video is {float(duration):.1f} seconds long; at most {longest:g} seconds are allowed here.",
        duration=duration,
        longest=longest,
    )


def _source(order: Order, resolved: Resolved, page: Page | None, facts: MediaFacts) -> SourceFacts:
    kind = order.source_type.value
    if page is None:
        name = order.file_name or (_last_part(order.url) if order.url else None)
        platform = DIRECT if resolved.kind is not SourceKind.FILE else order.platform
        return SourceFacts(order.url, platform, kind, file_name=name, title=facts.title)
    said = page.facts
    return SourceFacts(
        url=order.url,
        source_type=kind,
        platform=page.platform if page.site and page.platform else GENERIC,
        title=page.title,
        description=said.description,
        uploader=page.uploader,
        uploader_handle=said.handle,
        published_at=said.published_at,
        views=said.views,
        likes=said.likes,
        comments=said.comments,
        shares=said.shares,
        followers=said.followers,
        track=said.track,
        artist=said.artist,
        tags=said.tags,
    )


def _last_part(url: str) -> str | None:
    return unquote(urlsplit(url).path).rpartition("/")[2] or None


def _file(facts: MediaFacts, duration: Fraction, size: int | None) -> FileFacts:
    video = facts.video if facts.video is not None and not facts.video.still else None
    width, height = video.display_size if video is not None else (None, None)
    sound = next((track for track in facts.audio if track.default), facts.audio[0] if facts.audio else None)
    return FileFacts(
        duration=round(float(duration), 3),
        width=width,
        height=height,
        fps=round(float(video.frame_rate), 3) if video is not None and video.frame_rate else None,
        size_bytes=size,
        bitrate_kbps=round(size * 8 / float(duration) / 1000) if size else None,
        container=facts.kind or facts.container,
        video_codec=video.codec if video is not None else None,
        audio_codec=sound.codec if sound is not None else None,
    )
