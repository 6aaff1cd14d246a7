"""Cancellation that crosses threads: one token per piece of work, asked for by anyone, honoured by every step."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from cutroom.kernel.errors import Cancelled

# A signal handler that cancels between two instructions of `wait` cannot wake it; it looks by itself this often.
_LOOK_AGAIN = 0.2


class CancelToken:
    """Set once, never cleared. Any thread may cancel, and so may a signal handler.

    Callbacks run in the thread that cancels; they must be quick and must not raise.
    """

    def __init__(self) -> None:
        self._cancelled = False
        # Over a re-entrant lock: a signal handler may cancel while its own thread holds it.
        self._changed = threading.Condition(threading.RLock())
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """Ask for the work to stop. Idempotent. Every callback is called, also where one of them raises."""
        with self._changed, contextlib.ExitStack() as calls:
            self._cancelled = True
            self._changed.notify_all()
            while self._callbacks:  # the stack runs them in reverse, so: in the order they were given
                calls.callback(self._callbacks.pop())

    def check(self) -> None:
        """Raise ``Cancelled`` if the work was asked to stop."""
        if self._cancelled:
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep, but not through a cancel; true when cancelled."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self._cancelled and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(min(left, _LOOK_AGAIN))
        return self._cancelled

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call ``callback`` once on cancel while the block runs, at once if already cancelled.

        Once the block is left the callback is not called any more, nor is it still running: what it would stop (a
        process id, say) may by then belong to someone else.
        """
        with self._changed:
            self._callbacks.append(callback)
            if self._cancelled:
                self.cancel()
        try:
            yield
        finally:
            with self._changed, contextlib.suppress(ValueError):
                self._callbacks.remove(callback)
