"""Pages of sites, through yt-dlp: what a page offers, and the download of an offer that only yt-dlp can fetch.

yt-dlp runs in a process of its own: its extractors are other people's code over other people's pages, a slow one can
be killed, and its memory goes with it. It reaches the network through the guarded proxy only.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.model.download import Chapter
from cutroom.model.source import PageFacts, RemoteFormat
from cutroom.sources.page_facts import read_facts
from cutroom.sources.ports import SourceLimits
from cutroom.sources.site_failures import classify

_MODULE = "cutroom.sources.ytdlp_child"
_KEPT_VARIABLES = (
    "PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_POLL_SECONDS = 0.2
_STOP_SECONDS = 2.0
_LONGEST_LINE = 32 * 1024 * 1024
_HLS = {"m3u8", "m3u8_native"}
_NO_SITE = {"Generic", "HTML5MediaEmbed"}
_PLAIN = {"http", "https"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page offers."""

    title: str | None
    duration: Fraction | None
    site: str | None
    live: bool
    several: bool
    """The page holds more than one video; this is the first."""
    offers: tuple[RemoteFormat, ...]
    thumbnail: str | None = None
    video: str | None = None
    """The site's own name for the video; None where there is no known site."""
    platform: str | None = None
    """The site in lower case, without the part of it: ``twitch``."""
    uploader: str | None = None
    chapters: tuple[Chapter, ...] = ()
    captions: tuple[CaptionLink, ...] = ()
    facts: PageFacts = field(default_factory=PageFacts)


@dataclass(frozen=True, slots=True)
class CaptionLink:
    """Subtitles of a page's video."""

    language: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """yt-dlp's version, and the JavaScript runtime it would use: None where there is none that works."""

    version: str
    runtime: str | None
    runtime_version: str | None


class YtDlp:
    """Runs yt-dlp for one piece of work in ``workdir``. ``cookies`` is a Netscape cookie file, by setting only."""

    def __init__(
        self, proxy_url: Callable[[], str], workdir: Path, limits: SourceLimits, cookies: Path | None = None
    ) -> None:
        self._proxy_url, self._workdir, self._limits, self._cookies = proxy_url, workdir, limits, cookies

    def tools(self, cancel: CancelToken) -> Tools:
        """What there is to read pages with; every part is started to see. Raises ``TOOL_MISSING``."""
        found = self._run({"action": "tools"}, cancel, deadline=self._limits.extract_seconds)
        return Tools(str(found["version"]), _text(found["runtime"]), _text(found["runtime_version"]))

    def look(self, url: str, cancel: CancelToken, *, captions: bool = False) -> Page:
        """What the page offers, nothing downloaded. Raises the ``SOURCE_*`` code that fits the site's refusal.

        ``captions``: look for subtitles too, which of some sites takes requests of its own.
        """
        task = {"action": "look", "url": url, "captions": captions}
        result = self._run(task, cancel, deadline=self._limits.extract_seconds)
        return read_page(result)

    def download(
        self, url: str, offer: RemoteFormat, name: str, on_progress: ProgressCallback, cancel: CancelToken
    ) -> Path:
        """All of one offer as a file in the working folder, its name beginning with ``name``."""
        task = {
            "action": "download", "url": url, "format": offer.id, "name": name, "max_bytes": self._limits.max_bytes,
        }  # fmt: skip
        result = self._run(task, cancel, deadline=None, on_progress=on_progress)
        path = Path(result["file"])
        if path.parent.resolve() != self._workdir.resolve() or not path.is_file():
            raise CutroomError(
                ErrorCode.SOURCE_NO_MEDIA,
                "The site's video did not arrive as a file.",
                next_step="Try again, or give the file instead.",
                detail=f"expected in the working folder: {path.name}",
            )
        path.chmod(0o600)
        return path

    def _run(
        self,
        task: dict[str, Any],
        cancel: CancelToken,
        *,
        deadline: float | None,
        on_progress: ProgressCallback = ignore,
    ) -> dict[str, Any]:
        cancel.check()
        full = {
            **task,
            "proxy": self._proxy_url(),
            "workdir": str(self._workdir),
            "cookies": str(self._cookies) if self._cookies else None,
        }
        with _child(self._workdir) as process:
            messages, talk = _listen(process)
            _tell(process, full)
            return self._follow(messages, talk, cancel, deadline, on_progress)

    def _follow(
        self,
        messages: queue.Queue[dict[str, Any] | None],
        talk: deque[bytes],
        cancel: CancelToken,
        deadline: float | None,
        on_progress: ProgressCallback,
    ) -> dict[str, Any]:
        last_sign = time.monotonic()
        patience = deadline if deadline is not None else self._limits.stall_seconds
        while True:
            if cancel.cancelled:
                raise Cancelled
            try:
                message = messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if time.monotonic() - last_sign > patience:
                    raise _too_slow() from None
                continue
            if message is None:
                raise _broken(talk)
            if "result" in message:
                return dict(message["result"])
            if "error" in message:
                raise classify(str(message["error"]["text"]), tuple(message["error"]["kinds"]))
            if deadline is None:
                last_sign = time.monotonic()
            got, total = message["progress"]["bytes"], message["progress"]["total"]
            if got > self._limits.max_bytes:
                raise _too_large()
            on_progress(Progress("fetching", got / total if total else None, round(got)))


def read_page(result: dict[str, Any]) -> Page:
    """Our words for what the child says of a page."""
    offers = tuple(_read_offer(offer) for offer in result.get("offers") or [])
    if not offers and result.get("drm"):
        offers = (RemoteFormat("locked", video_codec="unknown", drm=True),)
    duration = result.get("duration")
    site = None if result.get("extractor_key") in _NO_SITE else _text(result.get("extractor_key"))
    return Page(
        title=_text(result.get("title")),
        duration=Fraction(str(duration)) if isinstance(duration, (int, float)) and 0 < duration < 1e8 else None,
        site=site,
        live=bool(result.get("is_live")) or result.get("live_status") in {"is_live", "is_upcoming", "post_live"},
        several=bool(result.get("several")),
        offers=offers,
        thumbnail=_text(result.get("thumbnail")),
        video=_text(result.get("id")) if site else None,
        platform=(_text(result.get("extractor")) or "").partition(":")[0].lower() or None,
        uploader=_text(result.get("uploader")),
        chapters=tuple(_read_chapters(result.get("chapters") or [])),
        captions=tuple(
            CaptionLink(str(found["language"])[:60], str(found["url"]), _headers(found.get("headers")))
            for found in result.get("captions") or []
        ),
        facts=read_facts(result.get("said")),
    )


def _read_chapters(found: list[Any]) -> Iterator[Chapter]:
    """Those that say when they are."""
    for chapter in found:
        times = [chapter.get(name) for name in ("start_time", "end_time")] if isinstance(chapter, dict) else []
        if all(isinstance(time, (int, float)) and 0 <= time < 1e8 for time in times) and len(times) == 2:
            start, end = (Fraction(str(time)) for time in times)
            if start < end:
                yield Chapter(start, end, _text(chapter.get("title")) or "")


def _read_offer(offer: dict[str, Any]) -> RemoteFormat:
    protocol = str(offer.get("protocol") or "")
    kind = "hls" if protocol in _HLS else protocol if protocol in _PLAIN and not offer.get("fragments") else "other"
    pictures, sound = _codec(offer.get("vcodec")), _codec(offer.get("acodec"))
    if offer.get("vcodec") is None and offer.get("acodec") is None:
        pictures = sound = "unknown"  # a plain link on a page: nothing was said, so both may be there
    elif offer.get("vcodec") is not None and offer.get("acodec") is None and pictures:
        sound = "unknown"
    elif offer.get("acodec") is not None and offer.get("vcodec") is None and offer.get("height"):
        pictures = "unknown"
    return RemoteFormat(
        id=str(offer.get("format_id") or "0"),
        protocol=kind,
        url=str(offer.get("url") or ""),
        container=str(offer.get("ext") or ""),
        video_codec=pictures,
        audio_codec=sound,
        width=_whole(offer.get("width")),
        height=_whole(offer.get("height")),
        frame_rate=_number(offer.get("fps")),
        bit_rate=_number(offer.get("tbr")),
        audio_bit_rate=_number(offer.get("abr")),
        size_bytes=_whole(offer.get("filesize")),
        language=_text(offer.get("language")),
        language_preference=_whole(offer.get("language_preference")) or 0,
        preference=min(_whole(offer.get("preference")) or 0, _whole(offer.get("source_preference")) or 0, 0),
        hdr=offer.get("dynamic_range") not in {None, "SDR"},
        drm=offer.get("has_drm") is True,
        note=_text(offer.get("format_note")),
        headers=_headers(offer.get("http_headers")),
    )


def _headers(found: dict[str, Any] | None) -> tuple[tuple[str, str], ...]:
    return tuple((str(k), str(v)) for k, v in (found or {}).items() if _may_send(str(k)))


def _may_send(name: str) -> bool:
    """Headers that say how a transfer is made are ours to set."""
    return name.lower() not in {"range", "host", "accept-encoding", "connection", "content-length"}


def _codec(value: object) -> str | None:
    return None if value in {None, "none", ""} else str(value)


def _text(value: object) -> str | None:
    return str(value)[:2000] if isinstance(value, str) and value.strip() else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and abs(value) < 1e18 else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


@contextlib.contextmanager
def _child(workdir: Path) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    own = {name: str(workdir) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DENO_DIR")}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=workdir,
        env={**kept, **own, "YTDLP_NO_PLUGINS": "1", "PYTHONUTF8": "1"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Polite signal, then the whole group, so that nothing it started outlives it."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _tell(process: subprocess.Popen[bytes], task: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for as a pipe
    with contextlib.suppress(OSError):  # a child that is gone shows in its silence
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()


def _listen(process: subprocess.Popen[bytes]) -> tuple[queue.Queue[dict[str, Any] | None], deque[bytes]]:
    """Its messages, closed by None, and the last lines of whatever else it says."""
    messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
    talk: deque[bytes] = deque(maxlen=40)
    assert process.stdout is not None  # noqa: S101 - asked for as pipes
    assert process.stderr is not None  # noqa: S101
    threading.Thread(target=_read_messages, args=(process.stdout, messages), daemon=True).start()
    threading.Thread(target=_read_talk, args=(process.stderr, talk), daemon=True).start()
    return messages, talk


def _read_messages(stream: IO[bytes], messages: queue.Queue[dict[str, Any] | None]) -> None:
    with contextlib.suppress(ValueError, OSError):  # nonsense, or the pipe was closed: the same as the end
        while line := stream.readline(_LONGEST_LINE):
            message = json.loads(line)
            if isinstance(message, dict):
                messages.put(message)
    messages.put(None)


def _read_talk(stream: IO[bytes], talk: deque[bytes]) -> None:
    with contextlib.suppress(ValueError, OSError):
        while line := stream.readline(2000):
            talk.append(line)


def _too_slow() -> CutroomError:
    return CutroomError(
        ErrorCode.SOURCE_UNREACHABLE,
        "The site took too long to answer.",
        next_step="Try again later, or give the file instead.",
    )


def _too_large() -> CutroomError:
    return CutroomError(
        ErrorCode.LIMIT_EXCEEDED,
        "The source is larger than may be fetched for one piece of work.",
        next_step="Ask for a lower quality.",
    )


def _broken(talk: deque[bytes]) -> CutroomError:
    return CutroomError(
        ErrorCode.TOOL_MISSING,
        "The reader for web pages (yt-dlp) stopped without an answer.",
        next_step="Run `cutroom doctor`, then try again.",
        detail=b"".join(talk).decode("utf-8", "replace")[-2000:],
    )
