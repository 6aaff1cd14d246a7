"""What a user wrote, before anything is fetched: a link or a path, checked, and what may be shown of it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.links import fit_for_link
from cutroom.sources.sniff import Content, sniff

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(//)?")
_LONGEST = 8192


def is_link(text: str) -> bool:
    """Whether ``text`` is an http(s) link. Raises ``INVALID_REQUEST`` for other kinds of addresses.

    >>> is_link("https://example.com/a.mp4"), is_link("films/a.mp4")
    (True, False)
    """
    match = _SCHEME.match(text)
    if match is None or (match[2] is None and match[1].lower() not in {"file", "data"}):
        return False
    scheme = match[1].lower()
    if scheme not in {"http", "https"}:
        what = "Links to files are not followed" if scheme == "file" else "Only http and https links can be fetched"
        step = "Give the path of the file itself." if scheme == "file" else "Check the link, or give a local file."
        raise CutroomError(ErrorCode.INVALID_REQUEST, f"{what}.", next_step=step)
    if len(text) > _LONGEST or not fit_for_link(text) or not _has_host(text):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "This is not a link that can be fetched.", next_step="Check it.")
    return True


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def local_file(text: str) -> Path:
    """The absolute path of a regular, readable file that can be media."""
    try:
        path = Path(text).expanduser().resolve()
        exists, is_file = path.exists(), path.is_file()
        head = _head(path) if is_file else b""
    except (OSError, RuntimeError, ValueError) as error:
        raise CutroomError(
            ErrorCode.SOURCE_NOT_FOUND,
            "The file cannot be read.",
            next_step="Check the path and that you may read the file.",
            detail=str(error),
        ) from error
    if not exists:
        web = text.lower().startswith("www.") or re.match(r"[\w-]+(\.[\w-]+)+/", text)
        step = "For a link, write it with https:// in front." if web else "Check the path for typing errors."
        raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "There is no such file.", next_step=step)
    if not is_file:
        raise CutroomError(ErrorCode.NOT_MEDIA, "The source is not a file.", next_step="Give the path of a media file.")
    content = sniff(head)
    if content in {Content.EMPTY, Content.HLS}:
        raise nothing_there(content)
    return path


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64 * 1024)


def nothing_there(content: Content) -> CutroomError:
    """Why what was found is no source."""
    if content is Content.EMPTY:
        return CutroomError(
            ErrorCode.NOT_MEDIA, "The source is empty.", next_step="Check that it was saved completely."
        )
    if content is Content.HLS:
        return CutroomError(
            ErrorCode.NOT_MEDIA,
            "The source is a playlist, not media.",
            next_step="Give the link of the playlist instead of a file of it.",
        )
    return CutroomError(
        ErrorCode.SOURCE_NO_MEDIA,
        "The link leads to something that is neither a video nor a sound nor a page with one.",
        next_step="Open the link in a browser and check that something plays there.",
    )


def public_address(url: str) -> str:
    """A link as it may be shown and logged: without credentials, query and fragment."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def title_of(url: str) -> str | None:
    """A title from the last part of a link's path."""
    stem = Path(unquote(urlsplit(url).path)).stem
    return stem or None
