"""Looking at running processes: what they use of the processor and of memory (Linux, by way of /proc)."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process by its id, under the name that the tables use."""

    pid: int
    name: str

    @property
    def cpu(self) -> float:
        """Seconds of processor time used so far; those of children that have ended are not among them."""
        user, system = _stat(self.pid)[11:13]
        return (int(user) + int(system)) / _TICK

    @property
    def memory(self) -> int:
        """Bytes of memory it holds now."""
        return self._memory("VmRSS")

    @property
    def peak(self) -> int:
        """The most bytes of memory it has ever held."""
        return self._memory("VmHWM")

    def _memory(self, field_name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field_name}:"))


def family(pid: int) -> list[Process]:
    """The process and everything that it and its descendants have started, the eldest first."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int(_stat(int(folder.name))[1])
    found = [pid]
    for one in found:
        found += sorted(child for child, parent in parents.items() if parent == one)
    return [Process(one, _name(one)) for one in found]


def idle_cpu(processes: Iterable[Process], seconds: float) -> dict[Process, float]:
    """What share of one core each uses while ``seconds`` go by."""
    watched = list(processes)
    began = time.monotonic()
    before = {process: process.cpu for process in watched}
    time.sleep(seconds)
    return {process: (process.cpu - before[process]) / (time.monotonic() - began) for process in watched}


@dataclass
class MemoryWatch:
    """A context manager that looks at a process's memory every 20 ms: bytes ``before``, the most, and ``after``."""

    process: Process
    before: int = 0
    most: int = 0
    after: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.before = self.most = self.process.memory
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.after = self.process.memory

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, self.process.memory)


def _stat(pid: int) -> list[str]:
    """The fields from the third on: the second, a name in brackets, may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def _name(pid: int) -> str:
    """``cutroom serve``, ``cutroom.media.inside.server``, ``ffmpeg``."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    if "-m" not in words:
        return Path(words[0]).name
    module, *arguments = words[words.index("-m") + 1 :]
    command = next((word for word in arguments if word.isalpha()), "") if module == "cutroom" else ""
    return f"{module} {command}".strip()
