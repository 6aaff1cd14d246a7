"""What a site says of a video, made safe: of the kinds that it has to be, and no longer than anybody needs. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cutroom.model.source import PageFacts

_LONGEST = 5000
_LONGEST_NAME = 300
_MOST_TAGS = 100
_LARGEST = 1 << 53
"""What JSON's readers take for an exact number."""


def read_facts(said: Any) -> PageFacts:
    """Our words for the child's; what is of another kind than it should be counts as not said."""
    if not isinstance(said, dict):
        return PageFacts()
    return PageFacts(
        description=_text(said.get("description"), _LONGEST),
        handle=_text(said.get("handle")),
        published_at=_moment(said.get("timestamp")) or _day(said.get("upload_date")),
        views=_count(said.get("view_count")),
        likes=_count(said.get("like_count")),
        comments=_count(said.get("comment_count")),
        shares=_count(said.get("repost_count")),
        followers=_count(said.get("channel_follower_count")),
        track=_text(said.get("track")),
        artist=_text(said.get("artist")),
        language=_text(said.get("language"), 35),
        tags=_texts(said.get("tags")),
    )


def _text(value: Any, longest: int = _LONGEST_NAME) -> str | None:
    return value.strip()[:longest] if isinstance(value, str) and value.strip() else None


def _texts(value: Any) -> tuple[str, ...]:
    found = value[:_MOST_TAGS] if isinstance(value, list) else []
    return tuple(text for text in map(_text, found) if text)


def _count(value: Any) -> int | None:
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return int(value) if whole else None


def _moment(value: Any) -> str | None:
    if not isinstance(value, (int, float)) or not 0 < value < 4e9:
        return None
    return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(value: Any) -> str | None:
    """``20260831``, as yt-dlp writes dates."""
    try:
        return datetime.strptime(str(value), "%Y%m%d").replace(tzinfo=UTC).date().isoformat() if value else None
    except ValueError:
        return None
