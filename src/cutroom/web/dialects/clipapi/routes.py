"""clipapi's calls about accounts: translate, act, translate. Those about videos are in ``analysis_routes``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from cutroom.actions import accounts, analyses
from cutroom.actions.service import Service
from cutroom.model.account import Caller
from cutroom.web.dialects.clipapi import translate, wire
from cutroom.web.http.exchange import client_address
from cutroom.web.http.fields import public_id
from cutroom.web.http.routing import call, caller_of, schema

By = Annotated[Caller, Depends(caller_of)]


class AccountCalls:
    """Accounts, keys, usage."""

    def __init__(self, services: Service) -> None:
        self._services = services

    @call("POST", "/auth/signup", status=201, exclude_unset=True)
    def sign_up(self, body: wire.SignUpBody, request: Request) -> wire.SignedUpReply:
        done = accounts.sign_up(
            self._services,
            email=body.email,
            password=body.password,
            name=body.name or "",
            invite=body.invite,
            address=client_address(request.scope),
        )
        return translate.signed_up(done)

    @call("POST", "/auth/login", exclude_unset=True)
    def log_in(self, body: wire.LogInBody, request: Request) -> wire.SessionReply:
        address = client_address(request.scope)
        done = accounts.log_in(self._services, email=body.email, password=body.password, address=address)
        return translate.session(done)

    @call("GET", "/auth/me", exclude_unset=True)
    def me(self, caller: By) -> wire.MeReply:
        secret = accounts.webhook_secret(self._services, caller) if caller.by_session else None
        return translate.me(accounts.me(self._services, caller), secret)

    @call("GET", "/keys")
    def keys(self, caller: By) -> wire.KeysReply:
        return wire.KeysReply(keys=[translate.key(key) for key in accounts.list_keys(self._services, caller)])

    @call("POST", "/keys", status=201)
    def new_key(self, body: wire.NewKeyBody, caller: By) -> wire.NewKeyReply:
        prefix = body.prefix or accounts.SIGN_UP_PREFIX
        return translate.new_key(*accounts.create_key(self._services, caller, name=body.name or "", prefix=prefix))

    @call("PATCH", "/keys/{key_id}")
    def change_key(self, key_id: str, body: wire.ChangeKeyBody, caller: By) -> wire.KeyReply:
        known = public_id(key_id)
        return translate.key(accounts.change_key(self._services, caller, known, name=body.name, enabled=body.enabled))

    @call("DELETE", "/keys/{key_id}")
    def revoke_key(self, key_id: str, caller: By) -> wire.RevokedReply:
        accounts.revoke_key(self._services, caller, public_id(key_id))
        return wire.RevokedReply(id=key_id)

    @call("GET", "/usage")
    def usage(self, caller: By) -> wire.UsageReply:
        return translate.usage(accounts.me(self._services, caller), *analyses.used_this_month(self._services, caller))

    @call("GET", "/openapi.json", hidden=True)
    def openapi(self, request: Request) -> Response:
        return schema(request)
