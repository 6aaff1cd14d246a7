"""The page behind the link of a mail that asks whether a card may be charged."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cutroom.actions import wallet
from cutroom.actions.service import Service
from cutroom.actions.wallet import Reloaded, ReloadWaits
from cutroom.kernel.errors import CutroomError
from cutroom.web.pages.forms import form, sent_token, token_in, wants_page
from cutroom.web.pages.html import message

_SORRY = "Not approved"


def approval_page(services: Service, request: Request) -> Response:
    """What would be charged, and the button. Looking uses nothing up."""
    try:
        token = token_in(request.query_params.get("token", ""))
        waiting = wallet.look_at_approval(services, token)
    except CutroomError as error:
        if not wants_page(request):
            raise
        return message(_SORRY, error.message, status=404)
    text = f"Charge ${waiting.amount} to the saved card and add it to the balance?"
    return form("Approve a reload", text, f"Charge ${waiting.amount}", token)


async def confirm_approval(
    services: Service, request: Request, shape: Callable[[Reloaded | ReloadWaits], BaseModel]
) -> Response:
    """Charge the card. A browser gets a page, a program ``shape``."""
    try:
        token = await sent_token(request)
        done = await run_in_threadpool(wallet.approve_reload, services, token)
    except CutroomError as error:
        if not wants_page(request):
            raise
        return message(_SORRY, error.message, status=400)
    if not wants_page(request):
        return JSONResponse(shape(done).model_dump())
    if isinstance(done, Reloaded):
        return message("Approved", f"${done.amount} was added. The balance is ${done.balance}.")
    return message("Approved", f"The payment of ${done.amount} is being processed.")
