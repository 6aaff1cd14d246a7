"""yt-dlp in a process of its own, run as ``python -m cutroom.sources.ytdlp_child``. The only importer of ``yt_dlp``.

One JSON line comes in (what to do), JSON lines go out: ``progress`` while downloading, then one ``result`` or
``error``. When its standard input ends, because the parent is gone, it kills its whole process group.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_OFFERS_KEPT = 400
_OFFER_FIELDS = (
    "format_id", "url", "manifest_url", "protocol", "ext", "container", "vcodec", "acodec", "width", "height", "fps",
    "tbr", "abr", "filesize", "filesize_approx", "language", "language_preference", "source_preference", "preference",
    "dynamic_range", "has_drm", "fragments", "http_headers", "format_note",
)  # fmt: skip
_CHAPTERS_KEPT = 500
_CAPTIONS_KEPT = 20
_CAPTION_KINDS = ("vtt", "srt")
_INFO_FIELDS = (
    "id",
    "title",
    "duration",
    "is_live",
    "live_status",
    "extractor",
    "extractor_key",
    "thumbnail",
    "availability",
)
# What a site says of a video that nobody needs to play it.
_SAID_FIELDS = (
    "description", "timestamp", "upload_date", "view_count", "like_count", "comment_count", "repost_count",
    "channel_follower_count", "track", "artist", "language", "tags",
)  # fmt: skip
_HANDLE_FIELDS = ("uploader_id", "channel_id", "creator")
_UPLOADER_FIELDS = ("uploader", "channel", "creator", "uploader_id")


class _Quiet:
    """Takes yt-dlp's talk; only the last error is kept, for the case that no exception carries it."""

    def __init__(self) -> None:
        self.last_error = ""

    def debug(self, message: str) -> None: ...

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None:
        self.last_error = message


def options(task: dict[str, Any], logger: object) -> dict[str, Any]:
    """Everything yt-dlp is told: nothing from the user's own configuration, no helper programs but its JavaScript."""
    chosen: dict[str, Any] = {
        "proxy": task["proxy"],
        "cachedir": False,
        "paths": {"home": task["workdir"], "temp": task["workdir"]},
        "quiet": True, "no_warnings": True, "noprogress": True, "color": "no_color", "logger": logger,
        "noplaylist": True, "playlist_items": "1",
        "socket_timeout": 20, "retries": 3, "extractor_retries": 2, "fragment_retries": 5, "file_access_retries": 1,
        "enable_file_urls": False, "usenetrc": False, "external_downloader": {"default": "native"},
        "hls_prefer_native": True, "skip_unavailable_fragments": False, "ignoreerrors": False,
        "nopart": True, "updatetime": False, "overwrites": True, "fixup": "never", "postprocessors": [],
        # Where it is on, extractors also ask for captions; nothing is written while we only look.
        "writesubtitles": task.get("action") == "look" and bool(task.get("captions")),
        "writethumbnail": False, "check_formats": None, "allow_unplayable_formats": False,
        # A program that is not there: nothing is to be merged or cut by yt-dlp.
        "ffmpeg_location": str(Path(task["workdir"]) / "no-such-program"),
        "format": task.get("format") or "bestvideo*+bestaudio/best",
        "js_runtimes": {"deno": {}}, "remote_components": [],
        "max_filesize": task.get("max_bytes"),
    }  # fmt: skip
    if _system_certificates():  # yt-dlp prefers the bundled ones, which do not know a company's own
        chosen["compat_opts"] = {"no-certifi"}
    if task.get("cookies"):
        chosen["cookiefile"] = task["cookies"]
    return chosen


def _system_certificates() -> bool:
    import ssl

    paths = ssl.get_default_verify_paths()  # looks at SSL_CERT_FILE and SSL_CERT_DIR too
    named = bool(os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"))
    return named or (sys.platform == "linux" and paths.cafile is not None)


def describe(info: dict[str, Any], ydl: Any) -> dict[str, Any]:
    """What the parent needs of yt-dlp's answer."""
    several = False
    if info.get("_type") in {"playlist", "multi_video"}:
        entries = [entry for entry in info.get("entries") or [] if entry]
        several = (info.get("playlist_count") or len(entries)) > 1
        if not entries:
            return {"offers": [], "several": False, "title": info.get("title")}
        info = entries[0]
    offers = []
    for offer in (info.get("formats") or [info])[-_OFFERS_KEPT:]:
        kept = {name: offer[name] for name in _OFFER_FIELDS if offer.get(name) is not None}
        kept["fragments"] = bool(offer.get("fragments"))
        cookies = ydl.cookiejar.get_cookie_header(offer["url"]) if offer.get("url") else None
        if cookies:
            kept["http_headers"] = {**kept.get("http_headers", {}), "Cookie": cookies}
        offers.append(kept)
    return {
        **{name: info.get(name) for name in _INFO_FIELDS}, "offers": offers, "several": several,
        "drm": bool(info.get("_has_drm")), "uploader": next(filter(None, map(info.get, _UPLOADER_FIELDS)), None),
        "chapters": list(info.get("chapters") or [])[:_CHAPTERS_KEPT], "captions": captions(info),
        "said": {name: info.get(name) for name in _SAID_FIELDS}
        | {"handle": next(filter(None, map(info.get, _HANDLE_FIELDS)), None)},
    }  # fmt: skip


def captions(info: dict[str, Any]) -> list[dict[str, Any]]:
    """Subtitles that somebody has written, one file for each language; those a machine heard are left out."""
    found = []
    for language, files in list((info.get("subtitles") or {}).items())[:_CAPTIONS_KEPT]:
        plain = [file for file in files if file.get("url") and not str(file.get("protocol", "")).startswith("m3u8")]
        best = next((file for kind in _CAPTION_KINDS for file in plain if file.get("ext") == kind), None)
        if best is not None:
            headers = best.get("http_headers") or info.get("http_headers") or {}
            found.append({"language": language, "url": best["url"], "headers": headers})
    return found


def tools() -> dict[str, Any]:
    """What yt-dlp is, and the JavaScript runtime that it finds: it starts it to see."""
    from yt_dlp.utils._jsruntime import DenoJsRuntime
    from yt_dlp.version import __version__

    runtime = DenoJsRuntime().info
    usable = runtime is not None and runtime.supported
    return {
        "version": __version__,
        "runtime": runtime.name if runtime is not None and usable else None,
        "runtime_version": runtime.version if runtime is not None and usable else None,
    }


def work(task: dict[str, Any], say: Any) -> dict[str, Any]:
    """Extract, or download one offer into the working folder, or say what there is to work with."""
    if task["action"] == "tools":
        return tools()
    import yt_dlp
    from yt_dlp.globals import plugin_dirs

    plugin_dirs.value = []
    quiet = _Quiet()
    chosen = options(task, quiet)
    download = task["action"] == "download"
    if download:
        chosen["outtmpl"] = {"default": task["name"] + ".%(ext)s"}
        chosen["progress_hooks"] = [lambda state: say("progress", _progress(state))]
    else:
        chosen["ignore_no_formats_error"] = False
    with yt_dlp.YoutubeDL(chosen) as ydl:
        info = ydl.extract_info(task["url"], download=download)
        if info is None:
            raise RuntimeError(quiet.last_error or "no video found")
        if not download:
            return describe(info, ydl)
        if info.get("_type") in {"playlist", "multi_video"}:
            info = next(entry for entry in info["entries"] if entry)
        return {"file": info["requested_downloads"][0]["filepath"]}


def _progress(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "bytes": state.get("downloaded_bytes") or 0,
        "total": state.get("total_bytes") or state.get("total_bytes_estimate"),
    }


def failure(error: BaseException) -> dict[str, Any]:
    """The whole chain of exceptions: yt-dlp wraps the extractor's in a general one that keeps its words only."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain and len(chain) < 20:
        chain.append(link)
        link = link.__cause__ or link.__context__
    texts = list(dict.fromkeys(str(link).removeprefix("ERROR: ") for link in chain if str(link)))
    return {"kinds": [type(link).__name__ for link in chain], "text": (texts or ["no words"])[0][:3000]}


def _die_with_parent() -> None:
    # Not through sys.stdin: Python dies noisily when it ends while a thread waits inside of that.
    while os.read(0, 1024):
        pass
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with it the JavaScript runtime it may have started
    os._exit(1)


def main() -> None:
    """Do one task."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints must not get between the JSON lines
    lock = threading.Lock()

    def say(kind: str, content: dict[str, Any]) -> None:
        with lock:
            channel.write(json.dumps({kind: content}) + "\n")
            channel.flush()

    task = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        say("result", work(task, say))
    except Exception as error:  # noqa: BLE001 - the boundary of the process: everything is told to the parent
        say("error", failure(error))
    os._exit(0)


if __name__ == "__main__":
    main()
