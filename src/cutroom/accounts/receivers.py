"""Links that messages may be sent to. Where they lead is judged when something is sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import LONGEST_WEBHOOK


def checked_receiver(text: str) -> str:
    """An http or https link without surrounding blanks; ``INVALID_REQUEST`` for anything else.

    >>> checked_receiver(" https://example.com/hook ")
    'https://example.com/hook'
    """
    link = text.strip()
    try:
        parts = urlsplit(link)
        right = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or " " in link or not link.isprintable() or len(link) > LONGEST_WEBHOOK:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"url must be an http or https link of at most {LONGEST_WEBHOOK} characters.",
            field="url",
        )
    return link
