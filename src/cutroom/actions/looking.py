"""Look at a source once: what doors say about it, and what an order is checked against.

Looking takes seconds and somebody else's bandwidth, so answers are kept for a while, those who ask for the same link
at the same time share one look, and only so many looks go on at once.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.model.source import RemoteFormat, SourceInfo, SourceKind

if TYPE_CHECKING:
    from cutroom.actions.info import Description
    from cutroom.actions.services import Services
    from cutroom.model.download import VideoInfo

_YOUTUBE = re.compile(r"(?:^|\.)(?:youtube\.com|youtube-nocookie\.com)$")
_YOUTUBE_ID = re.compile(r"[\w-]{11}")
_Seen = TypeVar("_Seen")
_Question = tuple[str, str]
_PLAYABLE = {"mp4", "webm", "m4v", "mov"}


@dataclass(frozen=True, slots=True)
class SourceLook:
    """A source as a door describes it."""

    url: str
    """As it was given."""
    title: str
    duration: Fraction
    """s"""
    thumbnail: str | None
    preview_url: str | None
    """What an HTML video element can play; None where there is nothing."""
    preview_embed_url: str | None
    """The page of a player to be embedded; None where there is none."""
    max_height: int
    """Lines of the best picture; 0 where there is none."""
    has_picture: bool
    has_sound: bool


@dataclass(frozen=True, slots=True)
class LookerConfig:
    """What looking may cost."""

    keep: float = 600.0
    """s for which an answer is given again."""
    most: int = 500
    """Answers kept."""
    at_once: int = 8
    """Looks going on."""
    waiting: int = 16
    """Requests that wait for a look, each in a thread of the server; more are told to come back."""
    seconds: float = 90.0
    """After which a look is given up, waiting for its turn included."""
    format_seconds: float = 27.0
    """The same for a list of formats: with what giving up takes, it is told within half a minute."""


class SourceLooker:
    """Looks at links and remembers. Thread-safe. ``close`` ends every look that goes on."""

    def __init__(
        self,
        services: Services,
        config: LookerConfig | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services, self._config, self._now = services, config or LookerConfig(), now
        self._kept: OrderedDict[_Question, tuple[float, Any]] = OrderedDict()
        self._going_on: dict[_Question, _Look[Any]] = {}
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(self._config.at_once)
        self._tokens: set[CancelToken] = set()
        self._open_turns = threading.BoundedSemaphore(max(1, self._config.at_once // 2))
        self._inside = self._strangers = 0
        self._closed = False

    def look(self, url: str, *, anonymous: bool = False) -> SourceLook:
        """What the link leads to. Raises the ``SOURCE_*`` or ``NOT_MEDIA`` of a bad one.

        ``RATE_LIMITED`` when too many ask at the same time. Those who are ``anonymous`` get half of the room at most,
        so that they cannot hold up the others.
        """
        url = url.strip()
        return self._answer(
            ("look", url), self._config.seconds, lambda token: self._look(url, token), anonymous=anonymous
        )  # fmt: skip

    def formats(self, url: str) -> VideoInfo:
        """In which forms the link can be downloaded; remembered and bounded like ``look``. Raises what that raises."""
        from cutroom.actions.offers import list_formats

        url = url.strip()
        seconds = min(self._config.seconds, self._config.format_seconds)
        return self._answer(("formats", url), seconds, lambda token: list_formats(self._services, url, token))

    def _answer(
        self, question: _Question, seconds: float, ask: Callable[[CancelToken], _Seen], *, anonymous: bool = False
    ) -> _Seen:
        room = self._config.at_once + self._config.waiting
        with self._lock:
            kept: _Seen | None = self._recall(question)
            if kept is not None:
                return kept
            if self._inside >= room or (anonymous and self._strangers >= room // 2):
                raise CutroomError(
                    ErrorCode.RATE_LIMITED,
                    "The server is looking at many other sources.",
                    next_step="Try again in a few seconds.",
                    retry_after=5,
                )
            self._inside += 1
            self._strangers += anonymous
        try:
            return self._ask_once(question, seconds, ask, anonymous=anonymous)
        except CutroomError as error:
            if error.code is not ErrorCode.INVALID_REQUEST:
                raise
            # Whoever sent it may have written it well: where it leads is what cannot be used.
            raise CutroomError(
                ErrorCode.SOURCE_UNSUPPORTED, error.message, next_step=error.next_step, detail=error.detail
            ) from error
        finally:
            with self._lock:
                self._inside -= 1
                self._strangers -= anonymous

    def look_at_file(self, path: Path, name: str) -> SourceLook:
        """The same for a file on this machine, which came under that name; nothing is remembered. Slow (seconds).

        Raises ``NOT_MEDIA``, ``MEDIA_DAMAGED``, ``LIMIT_EXCEEDED`` or ``SOURCE_UNSUPPORTED``.
        """
        from cutroom.sources.given import local_file

        file = local_file(str(path))
        facts = self._within_limits(
            self._config.seconds, lambda token: self._services.engine.probe(file, cancel=token)
        )  # fmt: skip
        height = facts.video.display_size[1] if facts.video is not None and not facts.video.still else 0
        return SourceLook(
            url="",
            title=facts.title or PurePath(name).stem or "Untitled",
            duration=_known(facts.duration),
            thumbnail=None,
            preview_url=None,
            preview_embed_url=None,
            max_height=height,
            has_picture=bool(height),
            has_sound=bool(facts.audio),
        )

    def within_limits(self, look: Callable[[CancelToken], _Seen]) -> _Seen:
        """Look at anything else in its turn and within its time; nothing is remembered. Raises what ``look`` raises."""
        return self._within_limits(self._config.seconds, look)

    def _ask_once(
        self, question: _Question, seconds: float, ask: Callable[[CancelToken], _Seen], *, anonymous: bool
    ) -> _Seen:
        with self._lock:
            look: _Look[_Seen] | None = self._going_on.get(question)
            first = look is None
            if look is None:
                look = self._going_on[question] = _Look()
        if not first:
            return look.wait(seconds)
        try:
            look.found = (self._among_strangers if anonymous else self._within_limits)(seconds, ask)
        except CutroomError as error:
            look.error = error
            raise
        finally:
            with self._lock:
                del self._going_on[question]
                if look.found is not None:
                    self._keep(question, look.found)
            look.done.set()
        return look.found

    def close(self) -> None:
        """End what goes on; looks asked for later are refused. Idempotent."""
        with self._lock:
            self._closed = True
            tokens = list(self._tokens)
        for token in tokens:
            token.cancel()

    def _look(self, url: str, token: CancelToken) -> SourceLook:
        from cutroom.actions.info import describe

        return _seen(url, describe(self._services, url, cancel=token))

    def _among_strangers(self, seconds: float, look: Callable[[CancelToken], _Seen]) -> _Seen:
        began = self._now()
        if not self._open_turns.acquire(timeout=seconds):
            raise _too_slow("The server is looking at many other sources.")
        try:
            return self._within_limits(max(0.1, seconds - (self._now() - began)), look)
        finally:
            self._open_turns.release()

    def _within_limits(self, seconds: float, look: Callable[[CancelToken], _Seen]) -> _Seen:
        deadline = self._now() + seconds
        if not self._turns.acquire(timeout=seconds):
            raise _too_slow("The server is looking at many other sources.")
        try:
            with self._token(max(0.1, deadline - self._now())) as token:
                return look(token)
        except Cancelled:
            raise _too_slow("The source did not answer in time.") from None
        finally:
            self._turns.release()

    @contextlib.contextmanager
    def _token(self, seconds: float) -> Iterator[CancelToken]:
        token = CancelToken()
        timer = threading.Timer(seconds, token.cancel)
        timer.daemon = True
        with self._lock:
            if self._closed:
                raise _too_slow("The server is stopping.")
            self._tokens.add(token)
        timer.start()
        try:
            yield token
        finally:
            timer.cancel()
            with self._lock:
                self._tokens.discard(token)

    def _recall(self, question: _Question) -> Any:
        when, found = self._kept.get(question, (0.0, None))
        return found if found is not None and self._now() - when < self._config.keep else None

    def _keep(self, question: _Question, found: object) -> None:
        self._kept.pop(question, None)
        self._kept[question] = (self._now(), found)
        while len(self._kept) > self._config.most:
            self._kept.popitem(last=False)


class _Look(Generic[_Seen]):
    """One look that several may wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.found: _Seen | None = None
        self.error: CutroomError | None = None

    def wait(self, seconds: float) -> _Seen:
        self.done.wait(seconds)
        if self.found is not None:
            return self.found
        if self.error is not None:
            # Another's traceback must not grow with every one who waited.
            raise CutroomError(
                self.error.code,
                self.error.message,
                next_step=self.error.next_step,
                detail=self.error.detail,
                **self.error.fields,
            )
        raise _too_slow("The source did not answer in time.")


def _too_slow(message: str) -> CutroomError:
    return CutroomError(ErrorCode.SOURCE_UNREACHABLE, message, next_step="Try again in a while.")


def _known(duration: Fraction | None) -> Fraction:
    if duration is None:
        raise CutroomError(
            ErrorCode.SOURCE_UNSUPPORTED,
            "The source does not say how long it is.",
            next_step="Save it as an ordinary file first.",
        )
    return duration


def _seen(url: str, found: Description) -> SourceLook:
    duration = _known(found.duration)
    video = found.facts.video
    height = video.display_size[1] if video is not None and not video.still else 0
    offered = [offer.height for offer in found.source.formats if offer.height and offer.video_codec]
    return SourceLook(
        url=url,
        title=found.title or "Untitled",
        duration=duration,
        thumbnail=found.source.thumbnail,
        preview_url=_preview(url, found.source),
        preview_embed_url=_embedded(url) if found.source.kind is SourceKind.PAGE else None,
        max_height=max([height, *offered]),
        has_picture=bool(height or offered),
        has_sound=bool(found.tracks),
    )


def _preview(url: str, source: SourceInfo) -> str | None:
    if source.kind is SourceKind.DIRECT:
        return url
    return next((offer.url for offer in reversed(source.formats) if _plays(offer)), None)


def _plays(offer: RemoteFormat) -> bool:
    whole = offer.video_codec is not None and offer.audio_codec is not None
    return whole and offer.protocol == "https" and offer.container in _PLAYABLE and bool(offer.url)


def _embedded(url: str) -> str | None:
    """The player's page of the sites whose address for it follows from the video's.

    >>> _embedded("https://www.youtube.com/watch?v=aqz-KE-bpKQ")
    'https://www.youtube.com/embed/aqz-KE-bpKQ'
    """
    parts = urlsplit(url)
    host, path = parts.hostname or "", [part for part in parts.path.split("/") if part]
    if _YOUTUBE.search(host):
        candidate = parse_qs(parts.query).get("v", [path[1] if len(path) > 1 else ""])[0]
    elif host == "youtu.be":
        candidate = path[0] if path else ""
    elif host in {"vimeo.com", "www.vimeo.com"} and path and path[0].isdecimal():
        return f"https://player.vimeo.com/video/{path[0]}"
    else:
        return None
    return f"https://www.youtube.com/embed/{candidate}" if _YOUTUBE_ID.fullmatch(candidate) else None
