"""From what a user wrote to a source that can be opened: a local path, a media link, an HLS link or a page."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import ProgressCallback, ignore, part_of
from cutroom.model.clip import Format
from cutroom.model.download import Beside
from cutroom.model.source import FetchStats, Opened, RemoteFormat, SourceInfo, SourceKind
from cutroom.sources.beside import fetch_beside
from cutroom.sources.choose_format import Choice, choose
from cutroom.sources.direct import RangedDownload
from cutroom.sources.given import is_link, local_file, nothing_there, public_address, title_of
from cutroom.sources.hls import ONLY_STREAM, HlsDownload, Ranges, too_long
from cutroom.sources.kept import ChangedMeanwhileError, Kept, file_key, link_key, offer_key
from cutroom.sources.playlist import MediaPlaylist
from cutroom.sources.ports import Http, HttpReply, Network, SourceCache, SourceLimits
from cutroom.sources.ranges import RemoteFacts, is_same_file, look
from cutroom.sources.sniff import Content, sniff
from cutroom.sources.whole import download
from cutroom.sources.wish import Wish, listed, pick
from cutroom.sources.ytdlp import Page, Tools, YtDlp

# Answers with which a site turns away programs, while yt-dlp may still get in, or knows better why not.
_WORTH_ASKING_YTDLP = {ErrorCode.SOURCE_PRIVATE, ErrorCode.SOURCE_GEO_BLOCKED, ErrorCode.SOURCE_UNREACHABLE}
# What the pictures are of what is fetched, where the sound is apart.
_MOST_OF_IT = 0.9
ONLY_FILE = "file"
"""The id of the one form of a link to a file."""
_VAGUE = {ErrorCode.SOURCE_UNSUPPORTED, ErrorCode.SOURCE_UNREACHABLE, ErrorCode.SOURCE_NO_MEDIA}


@dataclass(frozen=True, slots=True)
class Sources:
    """Finds sources. ``allow_files`` is off on a server, where a path would be one of the server's own files."""

    network: Network
    limits: SourceLimits = field(default_factory=SourceLimits)
    allow_files: bool = True
    cookies: Path | None = None
    cache: SourceCache | None = None
    """What is fetched whole is kept there; None keeps nothing."""

    def resolve(self, text: str, cancel: CancelToken | None = None) -> Resolved:
        """Decide what ``text`` is. Asks a server for at most 64 KiB. Close the result when the work is done.

        Raises ``SOURCE_NOT_FOUND``, ``NOT_MEDIA``, ``INVALID_REQUEST`` or the ``SOURCE_*`` code of a link that fails.
        """
        text = text.strip()
        if is_link(text):
            return self._resolve_link(text, cancel or CancelToken())
        if not self.allow_files:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                "The source is not a link.",
                next_step="Give a link that starts with https://, or upload the file.",
            )
        return Resolved(self, SourceKind.FILE, str(local_file(text)))

    def stored(self, path: Path, title: str | None = None) -> Resolved:
        """A file of this server, held in place while the work lasts. ``NOT_MEDIA`` for what cannot be media."""
        return Resolved(self, SourceKind.FILE, str(local_file(str(path))), title=title)

    def tools(self, workdir: Path, cancel: CancelToken | None = None) -> Tools:
        """What pages would be read with. Raises ``TOOL_MISSING``."""
        return YtDlp(self.network.proxy_url, workdir, self.limits).tools(cancel or CancelToken())

    def _resolve_link(self, url: str, cancel: CancelToken) -> Resolved:
        http = self.network.connect()
        try:
            facts = look(http, url, {}, cancel)
        except CutroomError as error:
            if error.code in _WORTH_ASKING_YTDLP and "status" in error.fields:
                return Resolved(self, SourceKind.PAGE, url, http=http, first_failure=error)
            http.close()
            raise
        except BaseException:
            http.close()
            raise
        content = sniff(facts.head, facts.content_type)
        if content is Content.PAGE:
            return Resolved(self, SourceKind.PAGE, url, http=http)
        if content is Content.HLS:
            return Resolved(self, SourceKind.HLS, url, http=http)
        if content is Content.MEDIA:
            return Resolved(self, SourceKind.DIRECT, url, http=http, facts=facts)
        http.close()
        raise nothing_there(content)


class Resolved:
    """A source whose kind is known. One piece of work; a context manager that lets go of connections and files."""

    def __init__(
        self,
        sources: Sources,
        kind: SourceKind,
        address: str,
        *,
        http: Http | None = None,
        facts: RemoteFacts | None = None,
        first_failure: CutroomError | None = None,
        title: str | None = None,
    ) -> None:
        self.kind = kind
        self._title = title
        self._sources, self._address = sources, address
        self._http, self._facts, self._first_failure = http, facts, first_failure
        self._page: Page | None = None
        self._ranged: list[tuple[RangedDownload, str | None]] = []
        self._kept = Kept(sources.cache)
        self._fetched = FetchStats()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and files, kept ones too; what was fetched stays in the working folder. Idempotent."""
        for ranged, key in self._ranged:
            ranged.close()
            if ranged.complete and ranged.path.exists():  # small, or all of it was needed
                self._kept.add(key, ranged.path)
        self._kept.close()
        if self._http is not None:
            self._http.close()

    @property
    def stats(self) -> FetchStats:
        """What fetching has cost so far (yt-dlp's own requests are not counted)."""
        total = self._fetched
        for ranged, _key in self._ranged:
            total += ranged.stats
        return total

    def describe(self, workdir: Path, cancel: CancelToken | None = None) -> SourceInfo:
        """What is known without fetching media; a page is asked through yt-dlp."""
        cancel = cancel or CancelToken()
        address = public_address(self._address)
        if self.kind is SourceKind.FILE:
            path = Path(self._address)
            return SourceInfo(self.kind, self._address, title=path.stem, size_bytes=path.stat().st_size)
        if self.kind is SourceKind.PAGE:
            page = self._look(workdir, cancel)
            return SourceInfo(self.kind, address, page.title, page.duration, page.site, page.offers, page.thumbnail)
        if self.kind is SourceKind.HLS:
            playlist = self._hls(workdir, {}, cancel).playlist(self._address)
            if isinstance(playlist, MediaPlaylist):
                return SourceInfo(self.kind, address, title_of(self._address), playlist.duration)
            return SourceInfo(self.kind, address, title_of(self._address), formats=playlist.variants)
        size = self._facts.size if self._facts else None
        return SourceInfo(self.kind, address, title_of(self._address), size_bytes=size)

    def page(self, workdir: Path, cancel: CancelToken | None = None) -> Page | None:
        """What the site says of a page, its subtitles too; None of what is no page. To be asked before ``open``."""
        return self._look(workdir, cancel or CancelToken(), captions=True) if self.kind is SourceKind.PAGE else None

    def listing(self, workdir: Path, cancel: CancelToken | None = None) -> SourceInfo:
        """As ``describe``, with ``formats`` as downloads name them: at least one, best first.

        Live programmes are told of, not refused. Raises ``SOURCE_DRM`` or ``SOURCE_NO_MEDIA`` when nothing can be had.
        """
        cancel = cancel or CancelToken()
        if self.kind is SourceKind.PAGE:
            page = self._seen(workdir, cancel)
            return SourceInfo(
                self.kind, public_address(self._address), page.title, page.duration, page.site, listed(page.offers),
                page.thumbnail, platform=page.platform, uploader=page.uploader, live=page.live,
            )  # fmt: skip
        only = RemoteFormat(ONLY_FILE, url=self._address, video_codec="unknown", audio_codec="unknown")
        if self.kind is not SourceKind.HLS:
            info = self.describe(workdir, cancel)
            return replace(info, formats=(replace(only, size_bytes=info.size_bytes),))
        info = SourceInfo(self.kind, public_address(self._address), title_of(self._address))
        only = replace(only, id=ONLY_STREAM, protocol="hls")
        try:
            playlist = self._hls(workdir, {}, cancel).playlist(self._address)
        except CutroomError as error:
            if error.code is not ErrorCode.SOURCE_LIVE:
                raise
            return replace(info, formats=(only,), live=True)
        if isinstance(playlist, MediaPlaylist):
            return replace(info, formats=(only,), duration=playlist.duration)
        return replace(info, formats=listed(playlist.offers))

    def open(
        self,
        ranges: Ranges | None,
        *,
        wanted: Format = Format.MP4,
        max_lines: int | None = None,
        wish: Wish | None = None,
        workdir: Path,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> Opened:
        """Make the source readable, as far as ``ranges`` of exact seconds need it (None: all of it).

        ``max_lines`` bounds the shorter side of what is chosen where a site offers several sizes; with a ``wish``, that
        of a download, this alone decides what is chosen. Files are made in ``workdir``, which the caller removes.
        """
        cancel = cancel or CancelToken()
        cancel.check()
        if wish is not None and self.kind in {SourceKind.FILE, SourceKind.DIRECT}:
            wish.check_only(ONLY_FILE)
        if self.kind is SourceKind.FILE:
            path = Path(self._address)
            return Opened(path, title=self._title or path.stem)
        if self.kind is SourceKind.DIRECT:
            return Opened(self._direct(workdir / "source", cancel, on_progress), title=title_of(self._address))
        if self.kind is SourceKind.HLS:
            stream = self._hls(workdir, {}, cancel)
            try:
                opened = stream.open(self._address, ranges, wanted, max_lines, on_progress, wish=wish)
            finally:
                self._fetched += stream.stats
            return _titled(opened, title_of(self._address))
        page = self._look(workdir, cancel, captions=wish is not None)
        choice = choose(page.offers, wanted, max_lines) if wish is None else pick(page.offers, wish)
        return self._open_page(page, choice, ranges, workdir, on_progress, cancel)

    def report_to(self, on_progress: ProgressCallback) -> None:
        """Tell what comes of files that are fetched while they are read."""
        for ranged, _key in self._ranged:
            ranged.report_to(on_progress)

    def beside(
        self, workdir: Path, cancel: CancelToken, *, captions: bool, cover: bool
    ) -> tuple[Beside, tuple[str, ...]]:
        """What a page has beside its video, as files in ``workdir``, and a sentence for each thing that did not come.

        Only after ``open``; of what is no page there is nothing.
        """
        if self._page is None:
            return Beside(), ()
        return fetch_beside(self._client(), self._page, workdir, cancel, captions=captions, cover=cover)

    def _client(self) -> Http:
        if self._http is None:
            self._http = self._sources.network.connect()
        return self._http

    def _hls(self, workdir: Path, headers: dict[str, str], cancel: CancelToken) -> HlsDownload:
        return HlsDownload(self._client(), workdir, self._sources.limits, headers, cancel=cancel)

    def _direct(self, target: Path, cancel: CancelToken, on_progress: ProgressCallback) -> RangedDownload | Path:
        if self._facts is None:
            raise AssertionError  # a direct link is only made with its facts
        return self._file(self._facts, link_key(self._facts), target, cancel, on_progress)

    def _file(
        self, facts: RemoteFacts, key: str | None, target: Path, cancel: CancelToken, on_progress: ProgressCallback
    ) -> RangedDownload | Path:
        """A file that is here already; else in ranges where the server gives them, else all of it."""
        if facts.ranges and facts.size:
            if (found := self._kept.find(key)) is not None:
                self._fetched += FetchStats(1, len(facts.head))
                return found
            ranged = RangedDownload(self._client(), facts, target, self._sources.limits)
            self._ranged.append((ranged, key))
            return ranged
        self._fetched += FetchStats(1, len(facts.head))
        return self._kept.get(key, target, lambda path: self._whole(facts, path, on_progress, cancel), cancel)

    def _whole(self, facts: RemoteFacts, path: Path, on_progress: ProgressCallback, cancel: CancelToken) -> None:
        same = True

        def compare(reply: HttpReply) -> None:
            nonlocal same
            same = is_same_file(reply, facts)

        self._fetched += download(
            self._client(), facts.url, dict(facts.headers), path,
            limits=self._sources.limits, on_progress=on_progress, cancel=cancel, on_reply=compare,
        )  # fmt: skip
        if not same or (facts.size is not None and path.stat().st_size != facts.size):
            raise ChangedMeanwhileError

    def _ytdlp(self, workdir: Path) -> YtDlp:
        return YtDlp(self._sources.network.proxy_url, workdir, self._sources.limits, self._sources.cookies)

    def _seen(self, workdir: Path, cancel: CancelToken, *, captions: bool = False) -> Page:
        if self._page is None:
            try:
                self._page = self._ytdlp(workdir).look(self._address, cancel, captions=captions)
            except CutroomError as error:
                if self._first_failure is not None and error.code in _VAGUE:
                    raise self._first_failure from error
                raise
        return self._page

    def _look(self, workdir: Path, cancel: CancelToken, *, captions: bool = False) -> Page:
        page = self._seen(workdir, cancel, captions=captions)
        longest = self._sources.limits.max_duration_seconds
        if page.live:
            raise CutroomError(
                ErrorCode.SOURCE_LIVE,
                "The link leads to a live stream, or to one that has not begun.",
                next_step="Try again when the recording of it is complete.",
            )
        if longest is not None and page.duration is not None and page.duration > longest:
            raise too_long()
        return page

    def _open_page(
        self,
        page: Page,
        choice: Choice,
        ranges: Ranges | None,
        workdir: Path,
        on_progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Opened:
        said = ("The page holds several videos; the first was taken.",) if page.several else ()
        split = 1.0 if choice.audio is None else _MOST_OF_IT
        first, second = part_of(on_progress, 0.0, split), part_of(on_progress, split, 1.0)
        main, warnings, duration = self._offer(page, choice.main, "video", ranges, workdir, first, cancel)
        audio: Path | RangedDownload | None = None
        if choice.audio is not None:
            audio, more, _ = self._offer(page, choice.audio, "audio", ranges, workdir, second, cancel)
            warnings = tuple(dict.fromkeys(warnings + more))
        return Opened(main, audio, duration, title=page.title, warnings=said + warnings)

    def _offer(
        self,
        page: Page,
        offer: RemoteFormat,
        name: str,
        ranges: Ranges | None,
        workdir: Path,
        on_progress: ProgressCallback,
        cancel: CancelToken,
    ) -> tuple[Path | RangedDownload, tuple[str, ...], Fraction | None]:
        """One offer as a file, by the cheapest way that works."""
        if offer.protocol == "hls":
            stream = self._hls(workdir, dict(offer.headers), cancel)
            try:
                rendition = stream.fetch(offer, ranges, name, on_progress)
            finally:
                self._fetched += stream.stats
            return rendition.path, rendition.warnings, rendition.duration
        key = offer_key(page.site, page.video, offer)
        if (found := self._kept.find(key)) is not None:
            return found, (), None
        if offer.protocol in {"http", "https"}:
            with contextlib.suppress(_TurnedAway):
                return self._plain(offer, key, workdir / name, cancel, on_progress), (), None
        # Everything else, and what a site gives to yt-dlp only.
        whole = f"{name}-whole"

        def fetch(path: Path) -> None:
            shutil.move(self._ytdlp(workdir).download(self._address, offer, whole, on_progress, cancel), path)

        return self._kept.get(key, workdir / whole, fetch, cancel), (), None

    def _plain(
        self,
        offer: RemoteFormat,
        key: str | None,
        target: Path,
        cancel: CancelToken,
        progress: ProgressCallback,
    ) -> Path | RangedDownload:
        try:
            facts = look(self._client(), offer.url, dict(offer.headers), cancel)
        except CutroomError as error:
            if error.code is ErrorCode.SOURCE_PRIVATE:
                raise _TurnedAway from error
            raise
        content = sniff(facts.head, facts.content_type)
        if content not in {Content.MEDIA, Content.OTHER}:
            raise nothing_there(content)
        return self._file(facts, file_key(facts, key), target, cancel, progress)


class _TurnedAway(Exception):  # noqa: N818 - a turn of the road, not an error that anyone sees
    """The server does not give this file to us."""


def _titled(opened: Opened, title: str | None) -> Opened:
    return Opened(opened.video, opened.audio, opened.duration, title, opened.warnings)
