"""Where the card provider tells what became of payments. It signs what it says; nobody else is believed."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cutroom.actions import wallet
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError
from cutroom.web.http.exchange import BodyTooLarge, ClientGone, json_reply, read_body


class StripeNotices:
    """The endpoint ``/webhooks/stripe``."""

    def __init__(self, services: Service) -> None:
        self._services = services

    async def take(self, request: Request) -> Response:
        """200 for what was understood, also when it is about nothing here: anything else would be sent again."""
        try:
            body = await read_body(request.headers, request.receive, self._services.config.limits.body_bytes)
        except (BodyTooLarge, ClientGone):
            return json_reply(413, {"detail": "The request body is too large."}, {"connection": "close"})
        signature = request.headers.get("stripe-signature", "")
        try:
            await run_in_threadpool(wallet.stripe_webhook, self._services, body, signature)
        except CutroomError as error:
            return json_reply(400, {"detail": error.message})
        return json_reply(200, {"received": True})
