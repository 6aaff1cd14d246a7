"""The line-wise JSON conversation between a media worker and the process that asked for the work."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from typing import Any, BinaryIO, cast

from cutroom.kernel.errors import CutroomError, ErrorCode


class Conversation:
    """The worker's end. Every question that needs an answer is asked and answered in turn."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader = reader
        self._writer = writer
        self._next_tick = 0.0

    def send(self, **message: Any) -> None:
        self._writer.write(json.dumps(message, default=_plain).encode() + b"\n")
        self._writer.flush()

    def receive(self) -> dict[str, Any]:
        line = self._reader.readline()
        if not line:
            raise SystemExit(1)  # nobody is listening any more
        return cast("dict[str, Any]", json.loads(line))

    def progress(self, stage: str, fraction: float | None) -> None:
        self.send(progress=[stage, fraction])

    def tick(self, stage: str, fraction: float) -> None:
        """Progress, but not more often than ten times a second: callable for every packet."""
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + 0.1
            self.progress(stage, fraction)

    def need(self, source: str, offset: int, length: int) -> None:
        """Return once these bytes are in the file behind input ``source``."""
        self.send(need=[source, offset, length])
        failure = self.receive().get("error")
        if failure:
            # The real error stays with the asker, who raises it; this one only ends the task here.
            raise CutroomError(ErrorCode.SOURCE_UNREACHABLE, "The source could not be read.", detail=str(failure))

    def expect(self, source: str, offset: int, length: int) -> None:
        """Tell that this range will be read soon and nothing beyond it."""
        self.send(expect=[source, offset, length])


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return str(value)
    msg = f"cannot send {type(value).__name__}"
    raise TypeError(msg)
