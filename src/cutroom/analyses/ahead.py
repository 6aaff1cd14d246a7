"""What a later step asks, asked beside an earlier one: a processor that would have nothing to do has something."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
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
        self._found: list[_Found] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def result(self, on_progress: ProgressCallback, cancel: CancelToken) -> _Found:
        """Wait for the answer, and tell of what is left of the way. Raises what the question came to."""
        self._tell = on_progress
        with cancel.calling(self._token.cancel):
            self._thread.join()
        cancel.check()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def stop(self) -> None:
        """Nobody wants the answer any more. Returns at once."""
        self._token.cancel()

    def close(self) -> None:
        """The same, and wait until nothing of it is at work. Idempotent."""
        self.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._room:
                self._found.append(self._ask(self._report, self._token))
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is wanted
            self._error = error

    def _report(self, progress: Progress) -> None:
        self._tell(progress)


def begin(spare: Spare, ask: Callable[[ProgressCallback, CancelToken], _Found]) -> Ahead[_Found] | None:
    """Ask, if there is a processor for it."""
    with contextlib.ExitStack() as room:
        if not room.enter_context(spare()):
            return None
        return Ahead(ask, room.pop_all())
