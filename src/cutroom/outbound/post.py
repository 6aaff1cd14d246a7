"""Sending a message to somebody else's server, through the egress proxy: once, without following where it points."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.outbound.egress import Egress
from cutroom.outbound.failures import REFUSED_HEADER, failure_of_exception, failure_of_status
from cutroom.outbound.http import MAX_URL, trust, user_agent

if TYPE_CHECKING:
    import httpx2

_ANSWER_BYTES = 2048
_CONNECTIONS = 16


class Poster:
    """Thread-safe; connections are not kept: receivers are many, and asked rarely."""

    def __init__(self, egress: Egress, *, answer_bytes: int = _ANSWER_BYTES) -> None:
        """``answer_bytes`` is the most that is read of an answer."""
        self._egress = egress
        self._answer_bytes = answer_bytes
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._proxy = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> tuple[int, str]:
        """The status and the first characters of the answer. ``seconds`` bounds the whole exchange.

        Raises ``INVALID_REQUEST`` for what is no link, ``SOURCE_REFUSED_ADDRESS`` where the guard says no,
        ``SOURCE_UNREACHABLE`` for whatever else fails.
        """
        import httpx2

        if len(url) > MAX_URL or not url.lower().startswith(("http://", "https://")):
            raise CutroomError(ErrorCode.INVALID_REQUEST, "This is not a link that messages can be sent to.")
        deadline = time.monotonic() + seconds
        every = {"user-agent": user_agent(), "connection": "close", **headers}
        try:
            with self._opened().stream("POST", url, headers=every, content=body, timeout=seconds) as response:
                if refused := response.headers.get(REFUSED_HEADER):
                    raise failure_of_status(response.status_code, refused) or CutroomError(
                        ErrorCode.SOURCE_UNREACHABLE, "The server could not be reached."
                    )
                return response.status_code, _beginning(response, deadline, self._answer_bytes)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
            raise failure_of_exception(error) from error

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _opened(self) -> httpx2.Client:
        import httpx2

        proxy = self._egress.proxy_url
        with self._lock:
            if self._client is None or proxy != self._proxy:  # the proxy was started anew
                self._proxy = proxy
                self._client = httpx2.Client(
                    proxy=proxy,
                    trust_env=False,
                    verify=trust(),
                    follow_redirects=False,
                    limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=0),
                )
            return self._client


def _beginning(response: httpx2.Response, deadline: float, most: int) -> str:
    parts, left = [], most
    for chunk in response.iter_raw():
        parts.append(chunk[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
        if time.monotonic() > deadline:
            raise CutroomError(ErrorCode.SOURCE_UNREACHABLE, "The server did not answer in time.")
    return b"".join(parts).decode("utf-8", "replace")
