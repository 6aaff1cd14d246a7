"""Judging with a language model that does not answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from cutroom.analyses.judging import Stoppable
from cutroom.judgement.writer import Reason, Rejected, Sources, Task
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled

TASK = Task("overview", "1", "Say what it is about.")


class Stalling:
    """Answers when it is let."""

    name = "test:stalling"

    def __init__(self, stop: CancelToken | None = None) -> None:
        self.over, self._stop = threading.Event(), stop

    def structured(self, _task: Task, _schema: type[Any], _sources: Sources) -> Any:
        if self._stop is not None:
            self._stop.cancel()
        self.over.wait(60)
        return Rejected(Reason.TIMEOUT)


def test_a_cancel_does_not_wait_for_the_model() -> None:
    stop = CancelToken()
    model = Stalling(stop)
    try:
        with pytest.raises(Cancelled):
            Stoppable(model, stop).structured(TASK, str, Sources(()))
        assert not model.over.is_set()
    finally:
        model.over.set()


def test_otherwise_its_answer_is_the_models() -> None:
    model = Stalling()
    model.over.set()
    held = Stoppable(model, CancelToken())
    assert held.name == model.name
    assert held.structured(TASK, str, Sources(())) == Rejected(Reason.TIMEOUT)
