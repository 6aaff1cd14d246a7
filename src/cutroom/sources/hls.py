"""HLS streams: only the segments a wish needs, each through the guarded client, put together into one local file."""

from __future__ import annotations

import os
import shutil
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.model.clip import Format
from cutroom.model.source import FetchStats, Opened, RemoteFormat
from cutroom.sources import disk
from cutroom.sources.choose_format import Choice
from cutroom.sources.playlist import Key, Master, MediaPlaylist, Part, Segment, parse, select
from cutroom.sources.ports import Http, SourceLimits
from cutroom.sources.wish import Wish

_LARGEST_PLAYLIST = 16 * 1024 * 1024
_PARALLEL = 3
_TRIES = 3
_MOST_KEYS = 2_000
_HEADER_BYTES = 16 * 1024 * 1024
ONLY_STREAM = "stream"
"""The id of the one form of a playlist that has no variants."""
_OWN_TO_HOST = {"cookie", "authorization"}

Ranges = Sequence[tuple[Fraction, Fraction]]


@dataclass(frozen=True, slots=True)
class Rendition:
    """A file put together from segments."""

    path: Path
    duration: Fraction
    warnings: tuple[str, ...]


class HlsDownload:
    """Fetches streams for one piece of work into ``workdir``."""

    def __init__(
        self, http: Http, workdir: Path, limits: SourceLimits, headers: Mapping[str, str], *, cancel: CancelToken
    ) -> None:
        self._http, self._workdir, self._limits = http, workdir, limits
        self._headers, self._cancel = dict(headers), cancel
        self._home = ""
        self._keys: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self.stats = FetchStats()

    def open(
        self,
        url: str,
        ranges: Ranges | None,
        wanted: Format,
        max_lines: int | None,
        on_progress: ProgressCallback = ignore,
        *,
        wish: Wish | None = None,
    ) -> Opened:
        """The stream at ``url`` (a playlist of either kind), as far as ``ranges`` need it.

        With a ``wish`` that decides which of the forms, else ``wanted`` and ``max_lines``.
        """
        playlist = self.playlist(url)
        if isinstance(playlist, MediaPlaylist):
            if wish is not None:
                wish.check_only(ONLY_STREAM)
            video = self._assemble(playlist, ranges, "stream", on_progress)
            return Opened(video.path, None, video.duration, warnings=video.warnings)
        choice = playlist.choose(wanted, max_lines) if wish is None else playlist.pick(wish)
        return self.open_choice(choice, ranges, on_progress)

    def open_choice(self, choice: Choice, ranges: Ranges | None, on_progress: ProgressCallback = ignore) -> Opened:
        """Two streams, one for pictures and one for sound, or one for both."""
        main = self.fetch(choice.main, ranges, "stream", on_progress)
        if choice.audio is None:
            return Opened(main.path, None, main.duration, warnings=main.warnings)
        sound = self.fetch(choice.audio, ranges, "sound", on_progress)
        warnings = tuple(dict.fromkeys(main.warnings + sound.warnings))
        return Opened(main.path, sound.path, main.duration, warnings=warnings)

    def fetch(self, offer: RemoteFormat, ranges: Ranges | None, name: str, on_progress: ProgressCallback) -> Rendition:
        """One offered stream as a file called ``name``."""
        playlist = self.playlist(offer.url)
        if isinstance(playlist, Master):  # some sites call a list of streams a stream
            playlist = self.playlist(playlist.choose(Format.MP4, offer.lines).main.url)
        if isinstance(playlist, Master):
            raise CutroomError(
                ErrorCode.SOURCE_NO_MEDIA,
                "The stream's playlists only lead to each other.",
                next_step="Check the link, or give the file instead.",
            )
        return self._assemble(playlist, ranges, name, on_progress)

    def playlist(self, url: str) -> Master | MediaPlaylist:
        """Fetch and read a playlist."""
        with self._get(Part(url), compressed=True) as reply:
            body, base = reply.read(_LARGEST_PLAYLIST + 1), reply.url
        self._count(1, len(body))
        if len(body) > _LARGEST_PLAYLIST:
            raise _too_large()
        playlist = parse(body.decode("utf-8", "replace").removeprefix("\ufeff"), base)
        longest = self._limits.max_duration_seconds
        if isinstance(playlist, MediaPlaylist) and longest is not None and playlist.duration > longest:
            raise too_long()
        return playlist

    def _assemble(
        self, playlist: MediaPlaylist, ranges: Ranges | None, name: str, on_progress: ProgressCallback
    ) -> Rendition:
        chosen, warnings = select(playlist, ranges)
        target = self._workdir / f"{name}.{'mp4' if chosen[0].header else 'ts'}"
        descriptor = disk.create(target)
        try:
            with os.fdopen(descriptor, "r+b", buffering=0) as out, ThreadPoolExecutor(_PARALLEL) as pool:
                first = self._append(out, iter([self._segment(chosen[0], self._part_path(name, 0))]), chosen[:1], None)
                if chosen[0].header is None and _packed_audio(target):
                    # Such segments carry no clock: only a gapless beginning says when the later ones play.
                    chosen = playlist.segments[: playlist.segments.index(chosen[-1]) + 1]
                paths = self._fetched(pool, chosen[1:], name, on_progress)
                self._append(out, paths, chosen[1:], first)
        except BaseException:
            for left in [target, *self._workdir.glob(f"{name}-*.part")]:
                left.unlink(missing_ok=True)
            raise
        on_progress(Progress("fetching", 1.0, self.stats.bytes))
        return Rendition(target, playlist.duration, warnings)

    def _append(self, out: Any, paths: Iterable[Path], pieces: Sequence[Segment], header: Part | None) -> Part | None:
        """Write headers and segments in order; the header that was written last."""
        for path, piece in zip(paths, pieces, strict=True):
            with disk.told(), path.open("rb") as source:
                if piece.header is not None and piece.header != header:
                    out.write(self._header(piece.header, piece.key))
                    header = piece.header
                shutil.copyfileobj(source, out, 1024 * 1024)
            path.unlink()
        return header

    def _fetched(
        self, pool: ThreadPoolExecutor, pieces: Sequence[Segment], name: str, on_progress: ProgressCallback
    ) -> Iterator[Path]:
        """The segments in order as files, a few fetched ahead at a time."""
        waiting: deque[Future[Path]] = deque()
        upcoming = iter(enumerate(pieces, 1))
        try:
            for done in range(len(pieces)):
                while len(waiting) < _PARALLEL and (following := next(upcoming, None)) is not None:
                    index, piece = following
                    waiting.append(pool.submit(self._segment, piece, self._part_path(name, index)))
                path = waiting.popleft().result()
                on_progress(Progress("fetching", (done + 1) / (len(pieces) + 1), self.stats.bytes))
                yield path
        finally:
            for future in waiting:
                future.cancel()

    def _part_path(self, name: str, index: int) -> Path:
        return self._workdir / f"{name}-{index}.part"

    def _segment(self, piece: Segment, path: Path) -> Path:
        """One segment, unlocked, as a file of its own."""
        descriptor = disk.create(path)
        try:
            for attempt in range(1, _TRIES + 1):
                try:
                    self._pour(piece, descriptor)
                except CutroomError as error:
                    if error.code is not ErrorCode.SOURCE_UNREACHABLE or attempt == _TRIES:
                        raise
                    os.truncate(descriptor, 0)
                    if self._cancel.wait(0.3 * attempt):
                        raise Cancelled from error
                else:
                    return path
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        raise AssertionError  # the loop returns or raises

    def _pour(self, piece: Segment, descriptor: int) -> None:
        disk.check_room(self._workdir, piece.part.length or 0, self._limits.spare_disk_bytes)
        cipher = _cipher(piece.key, self._key(piece.key)) if piece.key else None
        at, held = 0, b""
        for chunk in self._body(piece.part):
            if cipher is None:
                disk.write_at(descriptor, chunk, at)
                at += len(chunk)
                continue
            held += chunk
            ready = max(0, (len(held) - 1) // 16 * 16)  # the last block holds the padding
            disk.write_at(descriptor, cipher.decrypt(held[:ready]), at)
            at, held = at + ready, held[ready:]
        if cipher is not None:
            disk.write_at(descriptor, _unpadded(cipher, held), at)

    def _header(self, part: Part, key: Key | None) -> bytes:
        data = b"".join(self._body(part, limit=_HEADER_BYTES))
        if key is not None and data[4:8] not in {b"ftyp", b"styp", b"moov", b"free"} and len(data) % 16 == 0:
            cipher = _cipher(key, self._key(key))
            data = cipher.decrypt(data[:-16]) + _unpadded(cipher, data[-16:])
        return data

    def _key(self, key: Key) -> bytes:
        with self._lock:
            known = self._keys.get(key.url)
        if known is None:
            if len(self._keys) >= _MOST_KEYS:
                raise _too_large()
            known = b"".join(self._body(Part(key.url), limit=1024))
            if len(known) != 16:
                raise CutroomError(
                    ErrorCode.SOURCE_DRM,
                    "The key of the stream could not be read.",
                    next_step="Use a source without copy protection.",
                    detail=f"key of {len(known)} bytes",
                )
            with self._lock:
                self._keys[key.url] = known
        return known

    def _body(self, part: Part, limit: int | None = None) -> Iterator[bytes]:
        """The bytes of a part and no others, also from a server that sends everything when asked for a range."""
        left, received = part.length, 0
        with self._get(part) as reply:
            self._count(1, 0)
            skip = part.offset if reply.status == 200 else 0
            for chunk in reply.chunks():
                self._count(0, len(chunk))
                received += len(chunk)
                if limit is not None and received > limit:
                    raise _too_large()
                piece, skip = chunk[skip:], max(0, skip - len(chunk))
                if left is not None:
                    piece = piece[:left]
                    left -= len(piece)
                yield piece
                if left == 0 and reply.status == 200:  # the rest of the file is not for us
                    return
        if left:
            raise CutroomError(
                ErrorCode.SOURCE_UNREACHABLE,
                "The server sent less than it promised.",
                next_step="Try again; if it stays so, give the file instead.",
            )

    def _get(self, part: Part, *, compressed: bool = False) -> Any:
        host = urlsplit(part.url).netloc
        self._home = self._home or host
        headers = {k: v for k, v in self._headers.items() if host == self._home or k.lower() not in _OWN_TO_HOST}
        if compressed:
            headers["Accept-Encoding"] = "gzip"
        if part.length is not None:
            headers["Range"] = f"bytes={part.offset}-{part.offset + part.length - 1}"
        return self._http.get(part.url, headers=headers, cancel=self._cancel)

    def _count(self, requests: int, received: int) -> None:
        with self._lock:
            self.stats += FetchStats(requests, received)
            over = self.stats.bytes > self._limits.max_bytes
        if over:
            raise _too_large()


def _cipher(key: Key, secret: bytes) -> Any:
    from Cryptodome.Cipher import AES

    return AES.new(secret, AES.MODE_CBC, iv=key.iv)


def _unpadded(cipher: Any, block: bytes) -> bytes:
    if not block or len(block) % 16:
        raise CutroomError(
            ErrorCode.MEDIA_DAMAGED,
            "A piece of the stream is incomplete.",
            next_step="Try again, or give the file instead.",
        )
    clear: bytes = cipher.decrypt(block)
    padding = clear[-1]
    return clear[:-padding] if 1 <= padding <= 16 and clear.endswith(bytes([padding]) * padding) else clear


def _packed_audio(path: Path) -> bool:
    """Sound without a container: an ID3 tag or a bare AAC, MP3 or AC-3 frame."""
    with path.open("rb") as file:
        head = file.read(4)
    return head.startswith((b"ID3", b"\x0bw")) or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


def too_long() -> CutroomError:
    """The programme is longer than the limit."""
    return CutroomError(
        ErrorCode.SOURCE_TOO_LONG,
        "The video is longer than is allowed here.",
        next_step="Use a shorter video, or ask the operator of this server for a higher limit.",
    )


def _too_large() -> CutroomError:
    return CutroomError(
        ErrorCode.LIMIT_EXCEEDED,
        "The source is larger than may be fetched for one piece of work.",
        next_step="Ask for a shorter piece, or a lower quality.",
    )
