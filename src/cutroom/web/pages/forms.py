"""Pages that do something do it by POST alone: programs that look through mail follow links, but send no forms."""

from __future__ import annotations

import json
from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.pages.html import page

_LONGEST = 500


def wants_page(request: Request) -> bool:
    """Whether a browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def token_in(text: str) -> str:
    """``NOT_FOUND`` for what no token looks like, as for one that is over."""
    if not 1 <= len(text) <= _LONGEST or not text.isascii() or not text.isprintable():
        raise CutroomError(ErrorCode.NOT_FOUND, "This link was used already, or its time is over.")
    return text


async def sent_token(request: Request) -> str:
    """From the form, from JSON, or from the address. A body that cannot be read holds none."""
    body = await request.body()
    sent: object = None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        try:
            read = json.loads(body)
        except (ValueError, RecursionError):
            read = None
        sent = read.get("token") if isinstance(read, dict) else None
    else:
        sent = next(iter(parse_qs(body.decode("latin-1")).get("token", ())), None)
    return token_in(sent if isinstance(sent, str) else request.query_params.get("token", ""))


def form(title: str, text: str, button: str, token: str) -> HTMLResponse:
    """A question with one button, sent to where the page came from."""
    body = (
        f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>\n"
        f'<form method="post"><input type="hidden" name="token" value="{escape(token)}">'
        f'<button class="button">{escape(button)}</button></form>'
    )
    return page(title, body)
