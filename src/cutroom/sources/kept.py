"""Sources that were fetched whole, kept for the next piece of work on them: what they are kept as, and when not at all.

A file is kept under what says for sure what is in it, and that is asked anew every time: no server is passed over
because its file is here already. So nobody gets from here what its server would refuse, and nothing stale: where the
server's answer has changed, the name has, and the old file is met no more and goes as the longest unused.

- A link: where its redirects led, the ``ETag`` and the date its server gives, and the size. Without a size nobody knows
  whether all of it has come; with neither a strong ``ETag`` nor a date nobody knows whether it is still the same; and
  with ``Cache-Control: no-store`` the server says so. Then nothing is kept.
- A video of a site: the site and its name for the video, the offer and everything the site says of it. Pages of no
  known site have no such name: their videos are kept by their links, or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.model.source import RemoteFormat
from cutroom.sources.ports import KeptFile, SourceCache
from cutroom.sources.ranges import RemoteFacts


class ChangedMeanwhileError(Exception):
    """What came is not what was looked at: it may be used, and may not be kept."""


class Kept:
    """The kept files that one piece of work uses; they stay until ``close``. Without a cache there are none."""

    def __init__(self, cache: SourceCache | None) -> None:
        self._cache = cache
        self._leases: list[KeptFile] = []

    def find(self, key: str | None) -> Path | None:
        """The file kept for ``key``."""
        if self._cache is None or key is None:
            return None
        lease = self._cache.lease(key)
        return None if lease is None else self._use(lease)

    def get(self, key: str | None, target: Path, fetch: Callable[[Path], object], cancel: CancelToken) -> Path:
        """The file kept for ``key``; else what ``fetch`` writes to the path it is given, kept if it may be.

        What is not kept lies at ``target``. Of several who want the same, one fetches. Raises what ``fetch`` raises.
        """
        if self._cache is None or key is None:
            _fetch_unkept(fetch, target)
            return target

        def fill(path: Path) -> None:
            try:
                fetch(path)
            except ChangedMeanwhileError:
                shutil.move(path, target)
                raise

        try:
            return self._use(self._cache.get(key, fill, cancel))
        except ChangedMeanwhileError:
            return target

    def add(self, key: str | None, path: Path) -> None:
        """Keep a finished file that nobody reads at ``path`` any more."""
        if self._cache is not None and key is not None:
            self._cache.put(key, path).release()

    def close(self) -> None:
        """Let go of all of them. Idempotent."""
        while self._leases:
            self._leases.pop().release()

    def _use(self, lease: KeptFile) -> Path:
        self._leases.append(lease)
        return lease.path


def _fetch_unkept(fetch: Callable[[Path], object], target: Path) -> None:
    try:
        fetch(target)
    except ChangedMeanwhileError:
        return


def link_key(facts: RemoteFacts) -> str | None:
    """What the file behind a link is kept as; None when it may not be, or nobody could say what it is."""
    etag = facts.etag if facts.etag and not facts.etag.startswith("W/") else None
    if not _may_be_kept(facts) or not (etag or facts.last_modified):
        return None
    return _key("link", facts.url, etag, facts.last_modified, facts.size)


def file_key(facts: RemoteFacts, offer: str | None) -> str | None:
    """What the file of an offer is kept as: its ``offer_key`` where it has one, else as a link."""
    return (offer or link_key(facts)) if _may_be_kept(facts) else None


def offer_key(site: str | None, video: str | None, offer: RemoteFormat) -> str | None:
    """What an offer of a site's video is kept as; None where there is no site that names its videos."""
    if not site or not video:
        return None
    said = (
        offer.id, offer.container, offer.video_codec, offer.audio_codec, offer.width, offer.height,
        offer.frame_rate, offer.bit_rate, offer.audio_bit_rate, offer.size_bytes, offer.language,
    )  # fmt: skip
    return _key("site", site, video, *said)


def _may_be_kept(facts: RemoteFacts) -> bool:
    return bool(facts.size) and facts.may_be_kept


def _key(*parts: object) -> str:
    return json.dumps(parts)
