"""The process that answers requests: its socket, the HTTP server, and leaving within seconds when told to."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode

# What is still being sent gets so long (s); together with the rest a stop takes less than five.
_GRACE = 2
_ALL_TOLD = 4.8
_BACKLOG = 2048
# s. A thread that has its answer from the database waits for its turn at most so long, not for Python's 5 ms, several
# times in each request.
_TURN = 0.001
# As many heaps as there are of the usual processors; glibc makes eight for each, and none gives back what it once had.
_ARENAS = 2
_M_ARENA_MAX = -8  # of malloc.h


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on. ``INVALID_REQUEST`` where that is not possible."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error


def _cannot_listen(host: str, port: int, error: OSError) -> CutroomError:
    if error.errno == errno.EADDRINUSE:
        message, step = f"Something listens on port {port} already.", "Stop it, or choose another with --port."
    elif error.errno in {errno.EACCES, errno.EPERM}:
        message, step = f"Port {port} may not be used.", "Choose one above 1023 with --port."
    else:
        message, step = f"{host} is no address of this machine.", "Choose another with --host."
    return CutroomError(ErrorCode.INVALID_REQUEST, message, next_step=step, detail=str(error))


def answer(
    app: Callable[..., Awaitable[None]],
    listener: socket.socket,
    *,
    cancel: CancelToken,
    trusted_proxies: Sequence[str] = (),
    on_ready: Callable[[], None],
) -> None:
    """Answer until ``cancel``. Blocks. ``on_ready`` is called when the application has started."""
    application: Any = app  # the library's own type spells out every kind of message
    config = uvicorn.Config(
        application,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config, on_ready)

    sys.setswitchinterval(_TURN)
    _share_the_heaps()

    def run() -> None:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as loop:
            loop.run(server.serve(sockets=[listener]))

    # In a thread: in the main one the event loop would take the signals for itself.
    with ThreadPoolExecutor(1, thread_name_prefix="cutroom-server") as thread, cancel.calling(server.leave):
        thread.submit(run).result()


def _share_the_heaps() -> None:
    """Let all threads allocate from a few heaps: 5 MB less where hundreds of streams are open (a matter of glibc)."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


class _Server(uvicorn.Server):
    """Stopped by ``leave`` instead of by signals, which the command line already has."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    def leave(self) -> None:
        """Begin to stop; from any thread."""
        self.handle_exit(signal.SIGTERM, None)
        # A thread that hangs in some library must not keep the process.
        last = threading.Timer(_ALL_TOLD, os._exit, (1,))
        last.daemon = True
        last.start()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
