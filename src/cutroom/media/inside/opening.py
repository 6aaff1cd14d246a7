"""Opening an untrusted file: known formats only, local files only, bounded, and never by a name that can mean more."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import av.error
import av.logging

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.command import DEMUXERS, MAX_PIXELS, MAX_STREAMS
from cutroom.media.inside.claims import claimed_size, refuse_huge

if TYPE_CHECKING:
    from av.container import InputContainer

    from cutroom.media.inside.conversation import Conversation


_HEAD = 4096
_OURS = "mov,matroska,webm,mp3,ogg,wav,flac,gif,nut,png_pipe,jpeg_pipe,webp_pipe"


class RangedIO(io.RawIOBase):
    """A file whose bytes are fetched by the other end of the conversation before they are read."""

    def __init__(self, path: Path, name: str, talk: Conversation) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._size = path.stat().st_size
        self._name = name
        self._talk = talk
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        length = min(self._size - self._position, size if size >= 0 else self._size)
        if length <= 0:
            return b""
        self._talk.need(self._name, self._position, length)
        data = os.pread(self._file.fileno(), length, self._position)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


def open_media(params: dict[str, Any], name: str, talk: Conversation, *, ours: bool = False) -> InputContainer:
    """Open input ``name`` of ``params`` (``{"path", "ranged"}``) for reading.

    ``ours`` admits the intermediate format that only we write. Raises ``CutroomError``: NOT_MEDIA for what is no
    media file at all, MEDIA_DAMAGED for one that cannot be read.
    """
    av.logging.set_level(None)
    path = Path(params["path"])
    if path.stat().st_size == 0:
        raise CutroomError(ErrorCode.NOT_MEDIA, "The file is empty.")
    options = {
        "format_whitelist": "nut" if ours else ",".join(sorted(DEMUXERS)),
        "protocol_whitelist": "file",
        "max_streams": str(MAX_STREAMS),
        "max_pixels": str(MAX_PIXELS),
    }
    if not params.get("ranged"):
        with path.open("rb") as file:
            head = file.read(_HEAD)
        refuse_huge(*claimed_size(head))
        if head[4:8] == b"ftyp":  # the index states the frame rate: no need to read pictures for it
            options["fpsprobesize"] = "2"
            if b"avc1" in head[8:64]:  # H.264 inside, whose header says it all: a first picture may be half a megabyte
                options["skip_frame"] = "all"
    try:
        if params.get("ranged"):
            # Only a fraction of a remote file shall be fetched: look at the first frames, not the first seconds.
            options |= {"fpsprobesize": "2", "probesize": "1000000"}
            return av.open(
                RangedIO(path, name, talk), "r", options=options, buffer_size=65536, metadata_errors="replace"
            )
        return _open_deep_enough(path, options)
    except (av.error.FFmpegError, ValueError) as error:
        raise unreadable(path, error) from error


def _open_deep_enough(path: Path, options: dict[str, str]) -> InputContainer:
    """Open, and look further into the file once where a picture begins late in it."""
    container = av.open(f"file:{path}", "r", options=options, metadata_errors="replace")
    codecs = [cast("Any", stream.codec_context) for stream in container.streams.video]
    if options.pop("skip_frame", None):
        if all(codec is not None and codec.name == "h264" and codec.width and codec.extradata for codec in codecs):
            return container
        container.close()
        return _open_deep_enough(path, options)
    if not any(codec is not None and codec.pix_fmt is None for codec in codecs):
        return container
    container.close()
    deeper = options | {"probesize": "100000000", "analyzeduration": "60000000"}
    return av.open(f"file:{path}", "r", options=deeper, metadata_errors="replace")


def open_own(path: Path, *, index_only: bool = False) -> InputContainer:
    """Open a file that this process has just written; ``index_only``: no picture is decoded to learn about them."""
    av.logging.set_level(None)
    options = {"format_whitelist": _OURS, "protocol_whitelist": "file"}
    if index_only:
        options |= {"probesize": "32", "fpsprobesize": "0", "skip_frame": "all"}
    # The names of pictures would have them taken for one of a series.
    kind = {".jpg": "jpeg_pipe", ".png": "png_pipe", ".webp": "webp_pipe"}.get(path.suffix)
    return av.open(f"file:{path}", "r", format=kind, options=options)


def unreadable(path: Path, error: Exception) -> CutroomError:
    """The sentence for a file that the demuxers refuse, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == 12:
        return CutroomError(
            ErrorCode.LIMIT_EXCEEDED, "Reading this file takes more memory than is allowed.", detail=detail
        )
    kind = guess(head)
    if kind:
        return CutroomError(ErrorCode.NOT_MEDIA, f"The file is {kind}, not a video or sound file.", detail=detail)
    if _looks_like_media(head):
        return CutroomError(
            ErrorCode.MEDIA_DAMAGED, "The media file is damaged or incomplete and cannot be read.", detail=detail
        )
    return CutroomError(ErrorCode.NOT_MEDIA, "The file is not a video or sound file that can be read.", detail=detail)


def guess(head: bytes) -> str | None:
    """What a file is that is no media, from its first bytes: "a text file". None for what is not known."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, kind in (
        (b"#extm3u", "a playlist"),
        (b"ffconcat", "a playlist"),
        (b"<!doctype html", "a web page"),
        (b"<html", "a web page"),
        (b"<svg", "a vector drawing"),
        (b"<mpd", "a playlist"),
        (b"%pdf", "a PDF document"),
        (b"pk\x03\x04", "a zip archive"),
    ):
        if text.startswith(start):
            return kind
    if text.startswith(b"<?xml"):
        return "a vector drawing" if b"<svg" in text else "a playlist" if b"<mpd" in text else "an XML document"
    if head.strip(b"\x00") == b"":
        return None
    with_controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return "a text file" if with_controls == 0 and _decodes(head) else None


def _decodes(head: bytes) -> bool:
    try:
        head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _looks_like_media(head: bytes) -> bool:
    return (
        head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
        or head.startswith(
            (b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"fLaC", b"ID3", b"FLV", b"GIF8", b"\x89PNG", b"\xff\xd8")
        )
        or (head[:1] == b"G" and head[188:189] == b"G")
    )
