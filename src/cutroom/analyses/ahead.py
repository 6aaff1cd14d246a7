"""What a later step asks, asked beside an earlier one: a processor that would have nothing to do has something."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import Progress, ProgressCallback, ignore

_Found = TypeVar("_Found")
Spare = Callable[[], contextlib.AbstractContextManager[bool]]
"""Whether there is a processor for it, which is taken for as long as the block runs."""


class Ahead(Generic[_Found]):
    """One question at work in a thread of its own. Whoever makes it calls ``result`` or ``close``."""

    def __init__(self, ask: Callable[[ProgressCallback, CancelToken], _Found], room: contextlib.ExitStack) -> None:
        """Ask at once; ``room`` is closed when the answer is there."""
        self._ask, self._room = ask, room
        self._token = CancelToken()
        self._tell: ProgressCallback = ignore
        executor = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._answer = executor.submit(self._run)
        executor.shutdown(wait=False)

    def result(self, on_progress: ProgressCallback, cancel: CancelToken) -> _Found:
        """Wait for the answer, and tell of what is left of the way. Raises what the question came to."""
        self._tell = on_progress
        with cancel.calling(self._token.cancel):
            wait([self._answer])
        cancel.check()
        return self._answer.result()

    def stop(self) -> None:
        """Nobody wants the answer any more. Returns at once."""
        self._token.cancel()

    def close(self) -> None:
        """The same, and wait until nothing of it is at work. Idempotent."""
        self.stop()
        wait([self._answer])

    def _run(self) -> _Found:
        with self._room:
            return self._ask(self._report, self._token)

    def _report(self, progress: Progress) -> None:
        self._tell(progress)


def begin(spare: Spare, ask: Callable[[ProgressCallback, CancelToken], _Found]) -> Ahead[_Found] | None:
    """Ask, if there is a processor for it."""
    with contextlib.ExitStack() as room:
        if not room.enter_context(spare()):
            return None
        taken = room.pop_all()
        try:
            return Ahead(ask, taken)
        except RuntimeError:  # the system has no thread to give: it is asked later, then
            taken.close()
            return None
