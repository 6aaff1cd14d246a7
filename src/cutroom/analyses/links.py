"""Addresses of key frames: signed, anonymous, and the same for everybody who asks within an hour."""

from __future__ import annotations

from cutroom.analyses.document import Link
from cutroom.kernel.clock import Clock, utc_now
from cutroom.storage.links import Links, LinkTarget

_HOUR = 3600


class PictureLinks:
    """``seconds`` is how long an address works at least, but for the hour that has begun."""

    def __init__(self, links: Links, seconds: int, clock: Clock = utc_now) -> None:
        self._links, self._seconds, self._clock = links, seconds, clock

    def at(self, base_url: str) -> Link:
        """Addresses that begin with ``base_url`` (scheme and host).

        They end with an hour, so that a client that asks again finds what it has, and what a message says is what
        the door says.
        """
        until = (int(self._clock().timestamp()) // _HOUR + 1) * _HOUR + self._seconds

        def link(key: str) -> str:
            target = LinkTarget(key, "keyframe.jpg", "image/jpeg", inline=True)
            return f"{base_url.rstrip('/')}/files/{self._links.sign_until(target, until)}"

        return link
