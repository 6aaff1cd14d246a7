"""Workers as processes of their own, to be killed, stopped and continued."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Self

from tests.support.work import Yard
from tests.support.worker_program import main

# A server that has imported everything once and then forks: a worker is there in a fifth of the time.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.support.worker_program"])


@dataclass
class Hand:
    """One worker process; ``name`` is what it is called in the database."""

    process: ForkServerProcess
    name: str

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As the power cut does: no chance to tidy up."""
        self.process.kill()
        self.process.join()

    def terminate(self) -> float:
        """Ask it to leave; how long that took, in seconds."""
        began = time.monotonic()
        self.process.terminate()
        self.process.join(30)
        return time.monotonic() - began

    def cpu_seconds(self) -> float:
        """Of itself and the children it has waited for."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Crew:
    """The workers of a yard. All that still run at the end of the block are killed."""

    yard: Yard
    log: Path
    hands: list[Hand] = field(default_factory=list)

    def hire(self, **config: Any) -> Hand:
        """Start a worker and wait until it can take work."""
        settings = {"url": self.yard.url, "root": str(self.yard.root), "log": str(self.log)} | config
        ours, theirs = _PROCESSES.Pipe()
        process = _PROCESSES.Process(target=main, args=(settings, theirs), daemon=True)
        process.start()
        theirs.close()
        with ours:
            assert ours.poll(30), self.log.read_text()
            hand = Hand(process, ours.recv())
        self.hands.append(hand)
        return hand

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for hand in self.hands:
            with contextlib.suppress(ProcessLookupError):
                hand.signal(signal.SIGCONT)
            hand.kill()
            hand.process.close()


def until(true: Callable[[], object], seconds: float, what: str = "") -> float:
    """Wait until something is true; how long it took, in seconds."""
    began = time.monotonic()
    while not true():
        waited = time.monotonic() - began
        assert waited < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began
