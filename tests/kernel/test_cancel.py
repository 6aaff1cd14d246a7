"""A cancel is set once, wakes who waits, and calls back exactly those whose block is still open."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode


def test_a_fresh_token_asks_for_nothing() -> None:
    token = CancelToken()
    token.check()
    assert not token.cancelled
    assert not token.wait(0)


def test_after_a_cancel_every_check_raises() -> None:
    token = CancelToken()
    token.cancel()
    token.cancel()
    assert token.cancelled
    with pytest.raises(Cancelled) as caught:
        token.check()
    assert isinstance(caught.value, CutroomError)
    assert caught.value.code is ErrorCode.CANCELLED


def test_a_cancel_from_another_thread_wakes_a_sleeper_at_once() -> None:
    token = CancelToken()
    threading.Timer(0.05, token.cancel).start()
    began = time.monotonic()
    assert token.wait(30)
    assert time.monotonic() - began < 5


def test_waiting_lasts_as_long_as_it_was_told() -> None:
    began = time.monotonic()
    assert not CancelToken().wait(0.25)
    assert time.monotonic() - began >= 0.25


def test_callbacks_are_called_once_in_order_while_their_block_is_open() -> None:
    token, calls = CancelToken(), []
    with token.calling(lambda: calls.append("closed")):
        pass
    with token.calling(lambda: calls.append("outer")), token.calling(lambda: calls.append("inner")):
        assert calls == []
        token.cancel()
        assert calls == ["outer", "inner"]
        token.cancel()
    assert calls == ["outer", "inner"]


def test_a_block_opened_after_the_cancel_is_called_at_once() -> None:
    token, calls = CancelToken(), []
    token.cancel()
    with token.calling(lambda: calls.append("now")):
        assert calls == ["now"]
    assert calls == ["now"]


def test_the_same_callback_twice_is_two_callbacks() -> None:
    token, calls = CancelToken(), []

    def note() -> None:
        calls.append(1)

    with token.calling(note):
        with token.calling(note):
            pass
        token.cancel()
    assert calls == [1]


def test_one_failing_callback_does_not_keep_the_others_from_being_called() -> None:
    token, calls = CancelToken(), []

    def fail() -> None:
        msg = "from the callback"
        raise OSError(msg)

    with (
        token.calling(lambda: calls.append("before")),
        token.calling(fail),
        token.calling(lambda: calls.append("after")),
        pytest.raises(OSError, match="from the callback"),
    ):
        token.cancel()
    assert calls == ["before", "after"]
    assert token.cancelled


def test_no_callback_runs_after_its_block_was_left() -> None:
    token, entered, calls = CancelToken(), threading.Event(), []

    def slow() -> None:
        entered.set()
        time.sleep(0.1)
        calls.append("end of callback")

    with token.calling(slow):
        canceller = threading.Thread(target=token.cancel)
        canceller.start()
        assert entered.wait(5)
    calls.append("block left")
    canceller.join()
    assert calls == ["end of callback", "block left"]


def test_a_callback_may_ask_and_cancel_again() -> None:
    token, seen = CancelToken(), []

    def callback() -> None:
        token.cancel()
        seen.append(token.cancelled)

    with token.calling(callback):
        token.cancel()
    assert seen == [True]


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signals on this system")
def test_a_signal_handler_may_cancel_whatever_its_thread_is_doing() -> None:
    def noted(*_arguments: object) -> None:
        tokens[-1].cancel()

    tokens = [CancelToken()]
    before = signal.signal(signal.SIGUSR1, noted)
    try:
        for turn in range(200):
            tokens.append(CancelToken())
            timer = threading.Timer(0.0001 * (turn % 10), os.kill, (os.getpid(), signal.SIGUSR1))
            timer.start()
            calls: list[int] = []
            while not tokens[-1].cancelled:
                with tokens[-1].calling(lambda calls=calls: calls.append(1)):  # type: ignore[misc]
                    tokens[-1].wait(0.0001)
            timer.join()
            assert len(calls) <= 1
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_cancelling_and_opening_blocks_race_without_losing_a_call() -> None:
    for _ in range(200):
        token, start = CancelToken(), threading.Barrier(2)
        calls: list[int] = []

        def cancel(token: CancelToken = token, start: threading.Barrier = start) -> None:
            start.wait()
            token.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        start.wait()
        with token.calling(lambda calls=calls: calls.append(1)):  # type: ignore[misc]
            thread.join()
        assert calls == [1]
