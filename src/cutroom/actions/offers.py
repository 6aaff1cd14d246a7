"""In which forms a link can be downloaded: what its source says, and of media what their first bytes tell."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.download import ListedFormat, VideoInfo
from cutroom.model.source import RemoteFormat, SourceInfo, SourceKind

if TYPE_CHECKING:
    from cutroom.actions.services import Services
    from cutroom.model.media import MediaFacts
    from cutroom.sources.resolve import Resolved

# What a page does not say is looked up in its first bytes, if they come soon (s).
_PROBE_SECONDS = 8.0
_UNKNOWN = "unknown"
_SUFFIXES = {"mp4", "m4v", "mov", "webm", "mkv", "avi", "flv", "ts", "m4a", "mp3", "wav", "ogg", "opus", "flac", "aac"}
_OF_CONTAINER = {"mov": "mp4", "matroska": "mkv", "mpegts": "ts", "asf": "wmv"}
# yt-dlp's words for what it does not know.
_NO_KIND = {"unknown_video", "none", "NA"}
_PLAIN = {"http", "https", "hls"}


def list_formats(services: Services, url: str, cancel: CancelToken) -> VideoInfo:
    """Ask the source. Of media only what is needed to see its size and length is fetched."""
    with services.workdir() as workdir, services.sources.resolve(url, cancel) as resolved:
        info = resolved.listing(workdir.path, cancel)
        facts, duration = None, info.duration
        if not info.live and _is_unclear(info):
            facts, found = _probed(services, resolved, info, workdir.path, cancel)
            duration = duration or found
    own_title = facts.title if facts is not None and info.kind is not SourceKind.PAGE else None
    return VideoInfo(
        url=url,
        title=own_title or info.title or "Untitled",
        thumbnail=info.thumbnail,
        duration=None if info.live else duration,
        platform=(info.platform if info.site else "generic") or "generic" if info.kind is SourceKind.PAGE else "direct",
        uploader=info.uploader,
        formats=tuple(_listed(offer, url, facts if number == 0 else None) for number, offer in enumerate(info.formats)),
    )


def _is_unclear(info: SourceInfo) -> bool:
    best = info.formats[0]
    if info.kind is SourceKind.PAGE and best.protocol not in _PLAIN:
        return False  # it would have to be downloaded whole
    return info.duration is None or (best.video_codec == _UNKNOWN and best.lines is None)


def _probed(
    services: Services, resolved: Resolved, info: SourceInfo, workdir: Path, cancel: CancelToken
) -> tuple[MediaFacts | None, Fraction | None]:
    """The facts of the best form, and the length of the whole. Of a page, whose word counts too, only where it can be.

    Raises what is wrong with a link to a file.
    """
    own = CancelToken()
    timer = threading.Timer(_PROBE_SECONDS, own.cancel)
    timer.daemon = True
    try:
        with cancel.calling(own.cancel):
            if info.kind is not SourceKind.PAGE:
                return _probe(services, resolved, info.formats[0], workdir, own)
            timer.start()
            return _probe(services, resolved, info.formats[0], workdir, own)
    except CutroomError as error:
        cancel.check()
        if info.kind is not SourceKind.PAGE or error.code is ErrorCode.DISK_FULL:
            raise
        return None, None
    finally:
        timer.cancel()


def _probe(
    services: Services, resolved: Resolved, offer: RemoteFormat, workdir: Path, cancel: CancelToken
) -> tuple[MediaFacts, Fraction | None]:
    from cutroom.media.input import Source
    from cutroom.sources.wish import Wish

    first_second = [(Fraction(0), Fraction(1))]
    opened = resolved.open(first_second, wish=Wish(format_id=offer.id), workdir=workdir, cancel=cancel)
    facts = services.engine.probe(Source(opened.video, opened.audio, opened.duration), cancel=cancel)
    return facts, opened.duration or facts.duration


def _listed(offer: RemoteFormat, url: str, facts: MediaFacts | None) -> ListedFormat:
    width, height, rate = offer.width, offer.height, offer.frame_rate
    picture = offer.video_codec is not None
    if facts is not None and offer.video_codec == _UNKNOWN and offer.lines is None:
        video = facts.video
        picture = video is not None
        if video is not None:
            (width, height), rate = video.display_size, float(video.frame_rate) if video.frame_rate else None
    lines = min(width, height) if width and height else height
    return ListedFormat(
        id=offer.id,
        ext=_extension(offer, url, facts, picture=picture),
        quality="audio" if not picture else f"{lines}p" if lines else "video",
        resolution=f"{width}x{height}" if picture and width and height else None,
        filesize=offer.size_bytes,
        fps=round(rate, 3) if picture and rate else None,
    )


def _extension(offer: RemoteFormat, url: str, facts: MediaFacts | None, *, picture: bool) -> str:
    if offer.container and offer.container not in _NO_KIND:
        return offer.container
    if offer.protocol == "hls":
        return "mp4" if picture else "m4a"
    suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix.lower().removeprefix(".")
    if suffix in _SUFFIXES or facts is None:
        return suffix if suffix in _SUFFIXES else "mp4"
    if facts.container == "mov" and not picture:
        return "m4a"
    return _OF_CONTAINER.get(facts.container, facts.container)
