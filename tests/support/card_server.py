"""localstripe as Stripe's peer: a program of its own on a free port of this machine, with the gaps we need filled.

``python -m tests.support.card_server`` prints its port and serves until it is ended. ``CardServer`` starts it.

localstripe listens everywhere, keeps its data in a shared file, knows no idempotency keys, and speaks an older version
of the protocol than the SDK does; this launcher mends exactly that. It can also lose answers on the way.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pytest

VISA = "pm_card_visa"
DECLINES = "pm_card_chargeCustomerFail"
"""Can be saved; its charges are declined."""
STOLEN = "pm_card_visa_chargeDeclined"
"""Is declined already when it is to be saved."""
SECRET = "whsec_of_the_tests"


class CardServer:
    """A context manager. ``url`` is what the SDK takes for Stripe's address."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.support.card_server"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "the card server did not start"
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    def forget(self) -> None:
        self._post("/_config/forget")

    def lose_answers(self, count: int) -> None:
        """The next answers to charges get lost: the charge is made, and the connection breaks."""
        self._post(f"/_config/lose/{count}")

    def hold_answers(self, seconds: int) -> None:
        """Answers to charges come so much later than the charge is made."""
        self._post(f"/_config/hold/{seconds}")

    def send_webhooks_to(self, url: str) -> None:
        self._post("/_config/webhooks/ours", {"url": url, "secret": SECRET})

    def payments(self) -> list[dict[str, Any]]:
        """Every payment intent there is."""
        answer: list[dict[str, Any]] = json.loads(self._ask("/v1/payment_intents?limit=1000"))["data"]
        return answer

    def _post(self, path: str, body: dict[str, str] | None = None) -> None:
        self._ask(path, json.dumps(body or {}).encode())

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": "Bearer sk_test_12345", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            told: bytes = answer.read()
            return told


@pytest.fixture(scope="session")
def _one_card_server() -> Iterator[CardServer]:
    with CardServer() as server:
        yield server


@pytest.fixture
def card_server(_one_card_server: CardServer) -> CardServer:
    """Knows of nothing that happened in other tests; a late message about it may still come."""
    _one_card_server.forget()
    return _one_card_server


class _Middleware:
    """Stripe's idempotency: a key's first answer is repeated; with other parameters the key is refused."""

    def __init__(self, web: Any) -> None:
        self._web = web
        self._answers: dict[str, tuple[str, int, bytes]] = {}
        self._busy: dict[str, asyncio.Lock] = {}
        self.lose = self.hold = 0

    async def __call__(self, request: Any, handler: Any) -> Any:
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if key is None:
            return await handler(request)
        async with self._busy.setdefault(key, asyncio.Lock()):
            digest = hashlib.sha256(request.path.encode() + await request.read()).hexdigest()
            if key not in self._answers:
                answer = await handler(request)
                self._answers[key] = digest, answer.status, answer.body
                if request.path == "/v1/payment_intents":
                    await self._delay(request)
        first, status, body = self._answers[key]
        if first != digest:
            error = {"type": "idempotency_error", "message": "Keys can only be used with the same parameters."}
            return self._web.json_response({"error": error}, status=400)
        return self._web.Response(status=status, body=body, content_type="application/json")

    async def _delay(self, request: Any) -> None:
        await asyncio.sleep(self.hold)
        if self.lose:
            self.lose -= 1
            request.transport.abort()

    def forget(self) -> None:
        self._answers.clear()
        self._busy.clear()
        self.lose = self.hold = 0

    async def configure(self, request: Any) -> Any:
        setattr(self, request.match_info["what"], int(request.match_info["value"]))
        return self._web.Response()


def _speak_todays_protocol(resources: Any, refuse: Any) -> None:
    intent = resources.PaymentIntent
    create = intent._api_create.__func__

    def api_create(
        cls: Any, /, allowed_payment_method_types: Any = None, payment_method_types: Any = None, **data: Any
    ) -> Any:
        if payment_method_types is not None:
            raise refuse(400, "No longer supported.", {"code": "payment_method_types_no_longer_supported"})
        return create(cls, **data)

    def api_list(
        cls: Any, /, url: str, customer: Any = None, created: Any = None, limit: Any = None, starting_after: Any = None
    ) -> Any:
        found = super(intent, cls)._api_list_all(url, limit=limit, starting_after=starting_after)
        since = int((created or {}).get("gte", 0))
        found._list = [i for i in found._list if customer in {None, i.customer} and i.created >= since]
        return found

    intent._api_create = classmethod(api_create)
    intent._api_list_all = classmethod(api_list)


def main() -> None:
    """Serve until ended."""
    from aiohttp import web
    from localstripe import errors, resources, server, webhooks  # type: ignore[import-untyped]

    resources.Store.dump_to_disk = lambda store: None
    _speak_todays_protocol(resources, errors.UserError)
    idempotency = _Middleware(web)

    async def forget(request: web.Request) -> web.Response:
        resources.store.clear()
        webhooks._webhooks.clear()
        idempotency.forget()
        return web.Response()

    server.app.router.add_post("/_config/forget", forget)
    server.app.middlewares.insert(0, web.middleware(idempotency))
    server.app.router.add_post("/_config/{what:lose|hold}/{value}", idempotency.configure)
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - who started it waits for this line
    web.run_app(server.app, sock=listening, print=None, access_log=None, shutdown_timeout=1.0)


if __name__ == "__main__":
    main()
