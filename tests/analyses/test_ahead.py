"""A question asked beside other work: answered once, told of from when somebody waits, ended with whoever asked it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from cutroom.analyses.ahead import begin
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore


class Room:
    """Counts who is in it."""

    def __init__(self, *, free: bool = True) -> None:
        self.free, self.inside = free, 0

    @contextlib.contextmanager
    def spare(self) -> Iterator[bool]:
        self.inside += self.free
        try:
            yield self.free
        finally:
            self.inside -= self.free


def forever(_tell: ProgressCallback, cancel: CancelToken) -> int:
    cancel.wait(60)
    cancel.check()
    return 0


def test_it_is_answered_while_nobody_waits_and_leaves_the_room() -> None:
    room, asked = Room(), threading.Event()

    def ask(_tell: ProgressCallback, _cancel: CancelToken) -> int:
        asked.set()
        return 7

    ahead = begin(room.spare, ask)
    assert ahead is not None
    assert asked.wait(10)
    assert ahead.result(ignore, CancelToken()) == 7
    assert room.inside == 0


def test_without_room_nothing_is_asked() -> None:
    room = Room(free=False)
    assert begin(room.spare, forever) is None
    assert room.inside == 0


def test_without_a_thread_nothing_is_asked_and_the_room_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_given: object) -> None:
        raise RuntimeError("can't start new thread")

    room = Room()
    monkeypatch.setattr(threading.Thread, "start", none_left)
    assert begin(room.spare, forever) is None
    assert room.inside == 0


def test_who_waits_is_told_of_the_rest() -> None:
    told: list[float | None] = []
    waiting = threading.Event()

    def ask(tell: ProgressCallback, _cancel: CancelToken) -> int:
        tell(Progress("watching", 0.1))
        assert waiting.wait(10)
        tell(Progress("watching", 0.9))
        return 1

    def tell(progress: Progress) -> None:
        told.append(progress.fraction)

    class Token(CancelToken):
        """Shows when somebody listens to it."""

        @contextlib.contextmanager
        def calling(self, callback: object) -> Iterator[None]:
            waiting.set()
            yield

    ahead = begin(Room().spare, ask)
    assert ahead is not None
    assert ahead.result(tell, Token()) == 1
    assert told == [0.9]


def test_what_goes_wrong_is_raised_where_the_answer_is_wanted() -> None:
    room = Room()

    def ask(_tell: ProgressCallback, _cancel: CancelToken) -> int:
        raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The file is damaged.")

    ahead = begin(room.spare, ask)
    assert ahead is not None
    with pytest.raises(CutroomError, match="damaged"):
        ahead.result(ignore, CancelToken())
    assert room.inside == 0


def test_a_cancel_of_who_waits_ends_it() -> None:
    room, cancel = Room(), CancelToken()
    ahead = begin(room.spare, forever)
    assert ahead is not None
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled):
        ahead.result(ignore, cancel)
    assert room.inside == 0


def test_closing_waits_for_its_end_and_may_be_done_twice() -> None:
    room = Room()
    ahead = begin(room.spare, forever)
    assert ahead is not None
    ahead.stop()
    ahead.close()
    ahead.close()
    assert room.inside == 0
