"""The page at the root: what this is, and where everything else is. It tells nothing of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from cutroom.web.pages.html import page


class HomePage:
    """``surfaces``: name and path of each API that is served here."""

    def __init__(self, surfaces: Sequence[tuple[str, str]]) -> None:
        rows = "\n".join(
            f'<li>{escape(name)}: <b>{escape(path)}</b> (<a href="{escape(path)}/openapi.json">OpenAPI</a>)</li>'
            for name, path in surfaces
        )
        self._body = (
            "<h1>Cutroom</h1>\n"
            "<p>This server cuts pieces out of videos, exact to the frame. Programs talk to it with a key; "
            "the person who runs it finds the owner's key where the server was started.</p>\n"
            f"<ul>\n{rows}\n</ul>\n"
            '<p><a href="/llm">Reference of FastClip</a> · <a href="/readyz">Is it ready?</a></p>'
        )

    def show(self, _request: Request) -> Response:
        return page("Cutroom", self._body)
