"""The egress proxy itself, run as ``python -m cutroom.outbound.egress_child``: proxy.py with resolving pinned down.

The only module that imports ``proxy``. It speaks to its parent through pipes: one JSON line in (policy, credential),
one JSON line out (port); when its standard input ends, or its parent is another one than at the start, it exits.
Connections are served in threads of one process: a host that is slow to answer holds up nobody else.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
from typing import Any

import proxy.http.proxy.auth
from proxy.common.flag import FlagParser
from proxy.common.types import Descriptors
from proxy.core.work.threaded import start_threaded_work
from proxy.http.exception import HttpProtocolException, HttpRequestRejected, ProxyConnectionFailed
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin, HttpProxyPlugin

from cutroom.outbound.addresses import EgressPolicy, IpAddress, resolve
from cutroom.outbound.failures import REFUSED_HEADER, REFUSED_REASON, UNREACHABLE_REASON, UNRESOLVED_REASON

# Beyond this many waiting bytes the far server is not read until the near client has caught up.
_MAX_WAITING = 1024 * 1024
_CHUNK = 256 * 1024
_MAX_ADDRESSES = 4
_IDLE_SECONDS = 120
_OWNER_CHECK_SECONDS = 1.0


def _rejection(status: int, reason: str) -> HttpRequestRejected:
    return HttpRequestRejected(
        status_code=status,
        reason=reason.encode("ascii"),
        headers={REFUSED_HEADER.encode("ascii"): b"address" if status == 403 else b"unreachable"},
        body=reason.encode("ascii"),
    )


class PinningPlugin(HttpProxyBasePlugin):
    """Judges every host before anything is connected, and pins the connection to the judged addresses."""

    policy = EgressPolicy()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pinned: list[IpAddress] = []

    @property
    def addresses_left(self) -> int:
        return len(self._pinned)

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        host = (request.host or b"").decode("ascii", "replace")
        port = request.port or 0
        try:
            addresses = resolve(host, port)
        except OSError as error:
            raise _rejection(502, UNRESOLVED_REASON) from error
        if not addresses:
            raise _rejection(502, UNRESOLVED_REASON)
        if not self.policy.allows(host, addresses):
            raise _rejection(403, REFUSED_REASON)
        self._pinned = addresses[:_MAX_ADDRESSES]
        return request

    def resolve_dns(self, host: str, port: int) -> tuple[str | None, tuple[str, int] | None]:  # noqa: ARG002
        if not self._pinned:  # would otherwise be resolved a second time, unjudged
            raise _rejection(502, UNRESOLVED_REASON)
        return str(self._pinned.pop(0)), None

    def handle_client_request(self, request: HttpParser) -> HttpParser | None:
        # One plain request a connection: the library sends the next one to the first host whatever it names, with
        # our credential still in it. (Tunnels of https keep their connection.)
        if not request.is_https_tunnel:
            request.del_header(b"proxy-authorization")
            request.add_header(b"Connection", b"close")
        return request

    def handle_upstream_chunk(self, chunk: memoryview) -> memoryview | None:
        # Handed on at once: the library would also parse it, and would keep the whole body in memory.
        self.client.queue(chunk)
        return None

    def on_access_log(self, context: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002
        return None  # nothing of a link (its query, its credentials) is ever logged


class BoundedProxy(HttpProxyPlugin):
    """The library's proxy with a bounded buffer, all pinned addresses tried, one request a plain connection."""

    async def get_descriptors(self) -> Descriptors:
        reading, writing = await super().get_descriptors()
        if sum(len(part) for part in self.client.buffer) > _MAX_WAITING:
            reading = []
        return reading, writing

    def connect_upstream(self) -> None:
        pinning = next(plugin for plugin in self.plugins.values() if isinstance(plugin, PinningPlugin))
        while True:
            try:
                super().connect_upstream()
            except ProxyConnectionFailed as error:
                if not pinning.addresses_left:
                    raise _rejection(502, UNREACHABLE_REASON) from error
            else:
                return

    def on_client_data(self, raw: memoryview) -> None:
        if not self.request.is_https_tunnel:
            msg = "a second plain request on one connection"
            raise HttpProtocolException(msg)
        super().on_client_data(raw)


def _flags(user: str, password: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="cutroom-egress-") as scratch:  # the library insists on making folders
        return FlagParser.initialize(
            [
                "--disable-http-proxy", "--threaded", "--num-acceptors", "1", "--num-workers", "1",
                "--log-level", "CRITICAL", "--log-file", os.devnull, "--timeout", str(_IDLE_SECONDS),
                "--disable-headers", "via,proxy-connection,proxy-authorization",
                "--server-recvbuf-size", str(_CHUNK), "--max-sendbuf-size", str(_CHUNK),
                "--cache-dir", f"{scratch}/cache", "--data-dir", scratch, "--ca-cert-dir", f"{scratch}/certificates",
            ],
            plugins=[BoundedProxy, proxy.http.proxy.auth.AuthPlugin, PinningPlugin],
            basic_auth=f"{user}:{password}",
        )  # fmt: skip


def _stop_with_owner(listener: socket.socket) -> None:
    # Not through sys.stdin: Python dies noisily when it ends while a thread waits inside of that.
    while os.read(0, 1024):
        pass
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes the waiting accept
    listener.close()


def main() -> None:
    """Serve until the parent goes away."""
    owner_id = os.getppid()
    task = json.loads(sys.stdin.buffer.readline())
    PinningPlugin.policy = EgressPolicy(
        allow_private_networks=bool(task["allow_private_networks"]), allowed_hosts=tuple(task["allowed_hosts"])
    )
    flags = _flags(task["user"], task["password"])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.settimeout(_OWNER_CHECK_SECONDS)
    threading.Thread(target=_stop_with_owner, args=(listener,), daemon=True).start()
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    while os.getppid() == owner_id:
        try:
            connection, address = listener.accept()
        except TimeoutError:
            continue
        except OSError:  # closed, because the owner is done
            return
        start_threaded_work(flags, connection, address)
    os._exit(0)  # another process holds the pipe of an owner that is gone


if __name__ == "__main__":
    main()
