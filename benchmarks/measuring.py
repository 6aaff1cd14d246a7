"""Measuring whole processes in turn: CPU and wall seconds and peak memory, ratios pair by pair."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Usage:
    """What a process and all its descendants used: seconds of wall and CPU, peak memory (bytes) of the largest one."""

    wall: float
    cpu: float
    peak: int


# Run in an interpreter of its own: a process started from a large one is billed for the large one's memory.
_WATCHER = """
import json, os, sys, time
begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begin
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""


def measure(arguments: Sequence[str | Path], *, timeout: float = 900) -> Usage:
    """Run a program to its end and take the system's own account of it and its descendants. Raises when it fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _WATCHER, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=True,
    )  # fmt: skip
    code, wall, cpu, peak = json.loads(done.stdout.splitlines()[-1])
    if code:
        message = f"{arguments[0]} ended with {code}: {done.stderr[-500:]}"
        raise RuntimeError(message)
    return Usage(wall, cpu, peak * (1 if sys.platform == "darwin" else 1024))


def median(values: Sequence[float]) -> float:
    """The middle of the values: what to quote of runs on a machine that is shared."""
    return statistics.median(values)


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """``median (min-max)``."""
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def machine() -> str:
    """The machine in words."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
        rest = f", {int(memory) / 2**20:.0f} GiB"
    except (OSError, StopIteration):
        rest = ""
    return f"{os.cpu_count()} cores of {model}{rest}, {platform.system()}, Python {platform.python_version()}"


@dataclass(frozen=True)
class Goal:
    """A number that was measured against the number it must reach."""

    name: str
    measured: float
    most: float
    unit: str = "x"

    @property
    def met(self) -> bool:
        return self.measured <= self.most

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return f"  {verdict:7}{self.name}: {self.measured:.3g}{self.unit} (goal: at most {self.most:g}{self.unit})"


def conclude(title: str, goals: Sequence[Goal], *, binding: bool = True) -> int:
    """Print the verdicts; the exit status. ``binding`` is off for quick runs, whose material is too short to judge."""
    print(f"\n{title}")
    for goal in goals:
        print(goal)
    print(json.dumps({goal.name: round(goal.measured, 4) for goal in goals}))
    return int(binding and not all(goal.met for goal in goals))


def find_uv() -> str | None:
    """The program that can run a peer in an environment of its own."""
    return os.environ.get("UV") or shutil.which("uv")
