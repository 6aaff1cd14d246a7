"""``Idempotency-Key``: the first reply is kept and given again, so that a client may safely ask twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Send

from cutroom.actions import operations
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.dialect import Dialect

HEADER = "idempotency-key"
# Too many for now; gone before the request was whole.
_FOR_NOW = (429, 499)
# What a reply says of itself; everything else (request id, rate headers) belongs to the one exchange it was made in.
_KEPT = ("content-type", "cache-control", "location")


@dataclass(slots=True)
class Repeatable:
    """One request with a key. ``scope`` says whose keys they are and for which call."""

    services: Service
    dialect: Dialect
    scope: str
    key: str
    secret: bool
    once: str = ""
    """What names this request for good, once it is claimed: whoever does it twice can know that it was done."""
    _status: int = 500
    _headers: dict[str, str] = field(default_factory=dict)
    _body: list[bytes] = field(default_factory=list)

    def claim(self, content: bytes) -> Response | None:
        """The kept reply, or None when this request has to be answered.

        ``IDEMPOTENCY_CONFLICT``: the key belongs to another request, or to one that is being answered;
        ``INVALID_REQUEST``: it is no key.
        """
        digest = hashlib.sha256(content).hexdigest()
        self.once = hashlib.sha256(f"{self.scope}\x00{self.key}\x00{digest}".encode()).hexdigest()
        kept = operations.claim_reply(self.services, self.scope, self.key, digest)
        if kept is None:
            return None
        headers = {**(kept.headers or {}), "idempotency-replayed": "true"}
        return Response(kept.body or b"", status_code=kept.status, headers=headers)

    def watch(self, send: Send) -> Send:
        """A ``send`` that remembers what passes."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                headers = Headers(raw=message["headers"])
                self._headers = {name: headers[name] for name in _KEPT if name in headers}
            elif message["type"] == "http.response.body":
                self._body.append(message.get("body", b""))
            await send(message)

        return watched

    def settle(self) -> None:
        """Keep the reply. A failure of the server, or a refusal for now, may be tried again with the same key."""
        if self._status >= 500 or self._status in _FOR_NOW:
            operations.drop_reply(self.services, self.scope, self.key)
            return
        status, headers, body = self._status, self._headers, b"".join(self._body)
        if self.secret and status < 400:
            status, headers, body = self._withheld()
        operations.keep_reply(self.services, self.scope, self.key, status=status, headers=headers, body=body)

    def _withheld(self) -> tuple[int, dict[str, str], bytes]:
        """What is kept instead of a secret: secrets are at rest as hashes alone."""
        error = CutroomError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            "This Idempotency-Key was used, and the reply held a secret that is shown only once.",
        )
        rendered = self.dialect.error(error)
        return rendered.status, {"content-type": "application/json"}, json.dumps(rendered.body).encode()
