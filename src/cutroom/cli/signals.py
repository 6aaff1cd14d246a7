"""Ctrl-C and SIGTERM as a cancel; a second one ends the process on the spot.

The interpreter writes the signal's number into a socket and a thread reads it there. So the cancel is not run by a
signal handler in the middle of whatever the main thread holds locked, and it comes even while that thread waits
inside a library.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from types import FrameType, TracebackType
from typing import Self

from cutroom.kernel.cancel import CancelToken

_STOPPING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


def _noted_elsewhere(_number: int, _frame: FrameType | None) -> None:
    """A handler must exist for the wake-up descriptor to be told; the thread does the work."""


class StopSignals:
    """While entered, stop signals set ``cancel``. Main thread only."""

    def __init__(self, cancel: CancelToken) -> None:
        self.received: int | None = None
        """The first stop signal that came."""
        self._cancel = cancel
        self._reader, self._writer = socket.socketpair()
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._writer.setblocking(False)  # noqa: FBT003 - its only parameter
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="stop-signals", daemon=True).start()
        for number in _STOPPING:
            # A signal that the caller had ignored stays ignored: nohup depends on it.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, _noted_elsewhere)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)  # type: ignore[arg-type]  # whatever getsignal gave
        signal.set_wakeup_fd(self._wakeup)
        self._writer.close()

    def _watch(self) -> None:
        while data := self._reader.recv(16):
            for number in data:
                if number not in _STOPPING:
                    continue
                if self.received is not None:
                    os._exit(128 + number)
                self.received = number
                self._cancel.cancel()
        self._reader.close()
