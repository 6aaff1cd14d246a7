"""What a link tells of where it leads, before anybody has looked. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

DIRECT = "direct"
"""A link to a file or a stream."""
GENERIC = "generic"
"""A page of no known site."""
UPLOAD = "upload"
STORAGE = "storage"
_SITES = {
    "tiktok.com": "tiktok",
    "instagram.com": "instagram",
    "youtube.com": "youtube",
    "youtube-nocookie.com": "youtube",
    "youtu.be": "youtube",
}


def platform_of(url: str) -> str:
    """The site, of those that are known by their names; else ``direct``.

    >>> platform_of("https://www.tiktok.com/@creator/video/7234567890"), platform_of("https://e.com/a.mp4")
    ('tiktok', 'direct')
    """
    try:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return DIRECT
    return next((name for site, name in _SITES.items() if host == site or host.endswith(f".{site}")), DIRECT)
