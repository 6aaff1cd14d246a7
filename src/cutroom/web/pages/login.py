"""The link that logs somebody in once. It shows the session token; a browser session comes with the studio."""

from __future__ import annotations

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutroom.actions import accounts
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError
from cutroom.web.pages.forms import form, sent_token, token_in, wants_page
from cutroom.web.pages.html import message, page


class LoginPage:
    """The endpoint ``/login/link``: the token in the address, the deed by POST."""

    def __init__(self, services: Service) -> None:
        self._services = services

    async def ask(self, request: Request) -> Response:
        try:
            token = token_in(request.query_params.get("token", ""))
        except CutroomError as error:
            return message("This link does not work", error.message, status=404)
        return form("Log in", "This link works once. Log in now?", "Log in", token)

    async def use(self, request: Request) -> Response:
        try:
            session = await run_in_threadpool(accounts.use_login_link, self._services, await sent_token(request))
        except CutroomError as error:
            if not wants_page(request):
                return JSONResponse({"detail": error.message}, status_code=404)
            return message("This link does not work", error.message, status=404)
        if not wants_page(request):
            return JSONResponse(
                {"access_token": session.token, "token_type": "bearer", "expires_in": session.seconds},
                headers={"cache-control": "no-store"},
            )
        hours = max(1, session.seconds // 3600)
        body = (
            f"<h1>Logged in</h1>\n<p>Send this session token as <b>Authorization: Bearer</b>; "
            f"it works for {hours} h and is shown only here.</p>\n<code>{escape(session.token)}</code>\n"
            "<p>With it a program can make keys, <b>POST /clipapi/v1/keys</b>, and change settings and cards, "
            "which a key alone may not.</p>"
        )
        return page("Logged in", body)
