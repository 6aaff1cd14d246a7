"""The HTTP client: every request through the egress proxy, every failure a ``CutroomError`` with a next step.

The only home of httpx2. A client belongs to one piece of work: cancelling that work cuts its connections.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import sys
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.outbound.egress import Egress
from cutroom.outbound.failures import REFUSED_HEADER, failure_of_exception, failure_of_status

if TYPE_CHECKING:
    import ssl

    import httpx2

MAX_REDIRECTS = 10
MAX_URL = 8192
_CONNECT_SECONDS = 20.0
_READ_SECONDS = 30.0
_CONNECTIONS = 8


@functools.cache
def user_agent() -> str:
    """How the product names itself to servers."""
    try:
        return f"Cutroom/{version('cutroom')}"
    except PackageNotFoundError:
        return "Cutroom"


@functools.cache
def trust(certificates: str | None = None) -> ssl.SSLContext:
    """The system's certificates (or ``SSL_CERT_FILE``, ``SSL_CERT_DIR``); where there are none, the bundled ones.

    ``certificates`` names a file of those that are trusted instead. Raises ``OSError`` where it is none.
    """
    import ssl

    import certifi
    import httpx2

    if certificates is not None:
        return ssl.create_default_context(cafile=certificates)
    context = httpx2.create_ssl_context()
    if sys.platform == "linux" and not context.cert_store_stats()["x509_ca"] and "SSL_CERT_DIR" not in os.environ:
        context.load_verify_locations(certifi.where())
    return context


class HttpResponse:
    """An answer whose body has not been read yet. Valid inside the ``with`` block that produced it."""

    def __init__(self, response: httpx2.Response, client: HttpClient, cancel: CancelToken | None) -> None:
        self._response = response
        self._client = client
        self._cancel = cancel
        self.status: int = response.status_code
        self.url: str = str(response.url)
        """Where the answer came from, after redirects."""
        self.headers: Mapping[str, str] = response.headers
        """Names are found in any case."""

    def chunks(self) -> Iterator[bytes]:
        """The body as sent, piece by piece. A connection that breaks raises ``SOURCE_UNREACHABLE``."""
        with self._client.translating(self._cancel):
            for chunk in self._response.iter_raw():
                if self._cancel is not None:
                    self._cancel.check()
                yield chunk

    def body(self) -> Iterator[bytes]:
        """The body piece by piece, with transfer compression undone. What cannot be undone raises as a break does."""
        with self._client.translating(self._cancel):
            for chunk in self._response.iter_bytes():
                if self._cancel is not None:
                    self._cancel.check()
                yield chunk

    def read(self, limit: int) -> bytes:
        """At most the first ``limit`` bytes of the body, with transfer compression undone."""
        parts: list[bytes] = []
        left = limit
        with self._client.translating(self._cancel):
            for chunk in self._response.iter_bytes():
                if self._cancel is not None:
                    self._cancel.check()
                if left <= 0:  # only now: a body of exactly this length is read to its end and keeps its connection
                    break
                parts.append(chunk[:left])
                left -= len(parts[-1])
        return b"".join(parts)


class HttpClient:
    """GET and HEAD through one egress proxy. Threads may share a client within one piece of work."""

    def __init__(self, egress: Egress, *, read_seconds: float = _READ_SECONDS, certificates: str | None = None) -> None:
        """``certificates`` is a file of certificates trusted instead of the system's."""
        self._egress = egress
        self._certificates = certificates
        self._read_seconds = read_seconds
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections. Idempotent; a later request opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        cancel: CancelToken | None = None,
    ) -> Iterator[HttpResponse]:
        """Ask for ``url``, following up to ten redirects. Statuses of 400 and above that are not in ``accept`` raise.

        Raises ``INVALID_REQUEST`` for what is not an http(s) link, ``SOURCE_REFUSED_ADDRESS`` where the guard says
        no, and the ``SOURCE_*`` code that fits whatever else fails.
        """
        with self._request("GET", url, headers or {}, accept, cancel) as response:
            yield response

    @contextlib.contextmanager
    def head(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        cancel: CancelToken | None = None,
    ) -> Iterator[HttpResponse]:
        """As ``get``, without a body."""
        with self._request("HEAD", url, headers or {}, accept, cancel) as response:
            yield response

    @contextlib.contextmanager
    def translating(self, cancel: CancelToken | None) -> Iterator[None]:
        """Turn the library's exceptions into ours while the block runs."""
        import httpx2

        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
            if cancel is not None and cancel.cancelled:
                raise Cancelled from None
            raise failure_of_exception(error) from error

    @contextlib.contextmanager
    def _request(
        self, method: str, url: str, headers: Mapping[str, str], accept: Collection[int], cancel: CancelToken | None
    ) -> Iterator[HttpResponse]:
        with contextlib.ExitStack() as stack:
            if cancel is not None:
                cancel.check()
                stack.enter_context(cancel.calling(self._cut_connections))
            with self.translating(cancel):
                response = self._follow(method, url, headers, stack)
            failure = failure_of_status(response.status_code, response.headers.get(REFUSED_HEADER))
            if failure is not None and response.status_code not in accept:
                raise failure
            yield HttpResponse(response, self, cancel)

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], stack: contextlib.ExitStack
    ) -> httpx2.Response:
        client = self._opened()
        # Compression saves nothing on media, makes ranges ambiguous and lets a small answer grow large.
        all_headers = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "identity"} | dict(headers)
        request = client.build_request(method, _checked(url), headers=all_headers, extensions={"trace": self._trace})
        for _ in range(MAX_REDIRECTS + 1):
            if request.url.scheme == "http":  # the proxy serves one plain request a connection
                request.headers["Connection"] = "close"
            response = client.send(request, stream=True)
            stack.callback(response.close)
            if response.next_request is None:
                return response
            response.close()
            request = response.next_request
            _checked(str(request.url))
            request.extensions = {**request.extensions, "trace": self._trace}
        raise CutroomError(
            ErrorCode.SOURCE_UNREACHABLE,
            "The link leads in circles: too many redirects.",
            next_step="Open the link in a browser and use the address it ends at.",
        )

    def _opened(self) -> httpx2.Client:
        import httpx2

        with self._lock:
            if self._client is None:
                self._client = httpx2.Client(
                    proxy=self._egress.proxy_url,
                    trust_env=False,
                    verify=trust(self._certificates),
                    follow_redirects=False,
                    timeout=httpx2.Timeout(self._read_seconds, connect=_CONNECT_SECONDS, pool=None),
                    limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
                )
            return self._client

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            connection = info["return_value"].get_extra_info("socket")
            if isinstance(connection, socket.socket):
                self._sockets.add(connection)

    def _cut_connections(self) -> None:
        """Wake every thread that waits for a server."""
        for connection in list(self._sockets):
            with contextlib.suppress(OSError):
                # Of the bare socket: an SSL socket's own shutdown would take its state from under the reading thread.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _checked(url: str) -> str:
    if len(url) > MAX_URL or not url.lower().startswith(("http://", "https://")):
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "Only links that start with http:// or https:// can be fetched.",
            next_step="Check the link, or give the path of a local file.",
        )
    return url
