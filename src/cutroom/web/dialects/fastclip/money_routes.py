"""FastClip's calls about money: translate, act, translate."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from cutroom.actions import wallet
from cutroom.actions.service import Service
from cutroom.kernel.money import Money
from cutroom.model.account import Caller
from cutroom.web.dialects.fastclip import translate, wire
from cutroom.web.http.fields import public_id
from cutroom.web.http.routing import call, caller_of, once_of
from cutroom.web.http.shapes import dollars
from cutroom.web.pages.approval import approval_page, confirm_approval

By = Annotated[Caller, Depends(caller_of)]
Once = Annotated[str | None, Depends(once_of)]


class MoneyCalls:
    """Balance, cards, reloads, storage, settings."""

    def __init__(self, services: Service) -> None:
        self._services = services

    @call("GET", "/balance")
    def balance(self, caller: By) -> wire.BalanceReply:
        return wire.BalanceReply(balance=dollars(wallet.balance(self._services, caller)))

    @call("GET", "/cards")
    def cards(self, caller: By) -> wire.CardsReply:
        return wire.CardsReply(cards=[translate.card(card) for card in wallet.cards(self._services, caller)])

    @call("POST", "/cards")
    def add_card(self, body: wire.CardBody, caller: By) -> wire.CardReply:
        return translate.card(wallet.add_card(self._services, caller, body.token))

    @call("DELETE", "/cards/{card_id}")
    def remove_card(self, card_id: str, caller: By) -> wire.CardRemovedReply:
        wallet.remove_card(self._services, caller, public_id(card_id))
        return wire.CardRemovedReply(id=card_id)

    @call("POST", "/reload", also={202: wire.ReloadWaitsReply})
    def reload(
        self, body: wire.ReloadBody, response: Response, caller: By, once: Once
    ) -> wire.ReloadReply | wire.ReloadWaitsReply:
        done = wallet.reload(self._services, caller, Money(body.amount), password=body.reload_password, once=once)
        if isinstance(done, wallet.Reloaded):
            return translate.reloaded(done)
        response.status_code = 202
        return translate.waits(done)

    @call("GET", "/reload/approve", page=True)
    def approval(self, request: Request) -> Response:
        return approval_page(self._services, request)

    @call("POST", "/reload/approve", page=True)
    async def approve(self, request: Request) -> Response:
        return await confirm_approval(self._services, request, translate.reload_outcome)

    @call("GET", "/storage")
    def storage(self, caller: By) -> wire.StorageReply:
        return translate.storage(wallet.storage(self._services, caller))

    @call("POST", "/storage/purchase")
    def purchase(self, body: wire.GigabytesBody, caller: By, once: Once) -> wire.PurchaseReply:
        return translate.bought(wallet.buy_storage(self._services, caller, body.gb, once=once))

    @call("GET", "/settings")
    def settings(self, caller: By) -> wire.SettingsReply:
        return translate.settings(wallet.wallet_settings(self._services, caller))

    @call("PATCH", "/settings")
    def change_settings(self, body: wire.SettingsBody, caller: By) -> wire.SettingsReply:
        present = wallet.wallet_settings(self._services, caller).auto_reload
        changed = wallet.change_wallet_settings(
            self._services,
            caller,
            api_reload_enabled=body.api_reload_enabled,
            reload_email_confirmation=body.reload_email_confirmation,
            reload_password=body.reload_password,
            auto_reload=translate.auto_reload(body.auto_reload, present),
        )
        return translate.settings(changed)
