"""What a site has beside a video and belongs into its file: chapters, written subtitles, its picture.

None of it is worth a failed download: what does not come is said, and left out.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.model.download import Beside, Captions
from cutroom.sources import disk
from cutroom.sources.ports import Http
from cutroom.sources.ytdlp import Page

_LARGEST_CAPTIONS = 8 * 1024 * 1024
_LARGEST_COVER = 16 * 1024 * 1024
_IMAGES = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"RIFF": "webp"}


def fetch_beside(
    http: Http, page: Page, workdir: Path, cancel: CancelToken, *, captions: bool, cover: bool
) -> tuple[Beside, tuple[str, ...]]:
    """What was wanted of it, as files in ``workdir``, and one sentence for each thing that could not be had."""
    texts: list[Captions] = []
    missed: list[str] = []
    picture: Path | None = None
    for number, link in enumerate(page.captions if captions else ()):
        body = _fetch(http, link.url, dict(link.headers), _LARGEST_CAPTIONS, cancel)
        kind = _text_kind(body) if body is not None else None
        if body is None or kind is None:
            missed.append(f"The site's subtitles ({link.language}) could not be fetched.")
            continue
        texts.append(Captions(_saved(workdir / f"captions-{number}.{kind}", body), link.language))
    if cover and page.thumbnail:
        body = _fetch(http, page.thumbnail, {}, _LARGEST_COVER, cancel)
        suffix = next((kind for mark, kind in _IMAGES.items() if body is not None and body.startswith(mark)), None)
        if body is None or suffix is None:
            missed.append("The site's picture for the video could not be fetched.")
        else:
            picture = _saved(workdir / f"cover.{suffix}", body)
    return Beside(page.chapters, tuple(texts), picture), tuple(missed)


def _fetch(http: Http, url: str, headers: Mapping[str, str], limit: int, cancel: CancelToken) -> bytes | None:
    try:
        with http.get(url, headers=headers, cancel=cancel) as reply:
            body = reply.read(limit + 1)
    except Cancelled:
        raise
    except CutroomError as error:
        if error.code is ErrorCode.DISK_FULL:
            raise
        return None
    return body if len(body) <= limit else None


def _text_kind(body: bytes) -> str | None:
    """``vtt`` or ``srt``; None for what is no such text."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in body or b"-->" not in body:
        return None
    return "vtt" if text.startswith(b"WEBVTT") else "srt"


def _saved(path: Path, body: bytes) -> Path:
    descriptor = disk.create(path)
    try:
        disk.write_at(descriptor, body, 0)
    finally:
        os.close(descriptor)
    return path
