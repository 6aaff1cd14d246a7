"""One frame for every page: works without JavaScript, on a phone, in the dark. Everything put into it is escaped."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--soft:#62626b;--ground:#fafaf7;--card:#fff;--line:#dedee3;--mark:#c2410c}
@media (prefers-color-scheme:dark){
:root{--ink:#ececf0;--soft:#a2a2ad;--ground:#131316;--card:#1c1c21;--line:#34343c;--mark:#fb923c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
main{max-width:52rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.35rem;line-height:1.25;margin:1rem 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0 1rem}.soft{color:var(--soft);overflow-wrap:anywhere}
video,img{display:block;width:100%;max-height:75vh;object-fit:contain;background:#000;border-radius:.5rem}
audio{display:block;width:100%}
.button{display:inline-block;min-height:2.75rem;padding:.6rem 1.2rem;border:0;border-radius:.5rem;font:inherit;
font-weight:600;color:#fff;background:#c2410c;text-decoration:none;cursor:pointer}
.button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
code{display:block;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);
overflow-wrap:anywhere}
"""
_ICON = (  # in the page itself: a browser that finds none asks for /favicon.ico and notes the 404
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#c2410c'/>"
    "<path d='M8 8l12 16M20 8L8 24M24 7v18' stroke='#fff' stroke-width='3' stroke-linecap='round'/></svg>"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    # No script at all, and pictures and films from wherever the store is.
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src http: https: data:; "
    "media-src http: https:; form-action 'self'; base-uri 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def page(title: str, body: str, *, head: str = "", status: int = 200) -> HTMLResponse:
    """``body`` and ``head`` are HTML already; ``title`` is text."""
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<title>{escape(title)}</title>\n{head}'
        f'<link rel="icon" href="data:image/svg+xml,{quote(_ICON)}">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def message(title: str, text: str, *, status: int = 200) -> HTMLResponse:
    """A page with a heading and a sentence."""
    return page(title, f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>", status=status)


def not_found(text: str = "There is nothing here (any more).") -> HTMLResponse:
    """The page for what is not there."""
    return message("Not found", text, status=404)


def tag(element: str, **attributes: Any) -> str:
    """An element without content, its attributes escaped.

    >>> tag("meta", property="og:title", content='"a" & b')
    '<meta property="og:title" content="&quot;a&quot; &amp; b">'
    """
    shown = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{element}{shown}>"
