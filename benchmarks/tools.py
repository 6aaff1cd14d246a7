"""Each media tool against the plain command for the same result, and twenty of them queued on two cores.

usage: python -m benchmarks.tools [--quick]

A tool is ``cutroom tool`` as a cold process; its peer is ffmpeg, or Pillow in a process, with the same encoder
settings. What either needs to start is measured on files of no size and shown by itself: the ratio is that of the
rest. Results must be as long (or as large) as the peer's, or the run ends. ``--quick`` is short: it proves that the
benchmark works, and what it finds is not binding. Linux alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.measuring import ROOT, Goal, Usage, conclude, machine, measure, median, spread
from benchmarks.tool_files import Files, make_files
from benchmarks.tool_peers import DUELS, Duel
from benchmarks.tool_queue import measure_queue
from tests.support import tool_judge
from tests.support.films import cache_root

_MB = 1e6


@dataclass(frozen=True)
class Pair:
    """One run of ours and one of the peer, in turn."""

    ours: Usage
    plain: Usage


@dataclass(frozen=True)
class Start:
    """Seconds that ours takes longer than the peer on films of two seconds and images of a few pixels."""

    cpu: float
    wall: float


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="the tools of this name alone; none: the queue alone")
    options = parser.parse_args()
    quick = options.quick
    _two_cores()
    # As installed: modules are compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(cache_root() / "compiled"))
    print(machine(), flush=True)
    cache = ROOT / ".cache"
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(dir=cache if cache.is_dir() else None) as folder:
        files, tiny = (
            make_files(Path(folder) / "files", quick=quick),
            make_files(Path(folder) / "tiny", quick=quick, tiny=True),
        )
        print("".join(f"{name}: {text}\n" for name, text in files.about.items()), flush=True)
        work = Path(folder)
        for duel in DUELS[::13] if quick else DUELS:  # a film and a picture
            if options.only in {None, duel.tool}:
                goals += _duel(duel, files, tiny, work, pairs=1 if quick else 5)
        if options.only in {None, "none"}:
            goals += measure_queue(
                files, work / "queue", rounds=1 if quick else 2, times=1 if quick else 2, short=quick
            )
    return conclude("goals" if not quick else "goals (quick run: not binding)", goals, binding=not quick)


def _two_cores() -> None:
    """What is measured is measured on two, also where there are more."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:2])


def _duel(duel: Duel, files: Files, tiny: Files, work: Path, pairs: int) -> list[Goal]:
    started = [_pair(duel, tiny, work) for _ in range(pairs)]
    start = Start(
        median([pair.ours.cpu - pair.plain.cpu for pair in started]),
        median([pair.ours.wall - pair.plain.wall for pair in started]),
    )
    found = [_pair(duel, files, work) for _ in range(pairs)]
    _check_alike(duel, work)
    cpu = [(pair.ours.cpu - start.cpu) / pair.plain.cpu for pair in found]
    wall = [(pair.ours.wall - start.wall) / pair.plain.wall for pair in found]
    print(f"\n{duel.title}: {duel.shown()}")
    print(f"  {'':22}{'CPU s':22}{'wall s':22}{'peak MB':9}MB")
    for name, uses, path in (
        ("cutroom tool", [pair.ours for pair in found], _ours(duel, work)),
        ("plain", [pair.plain for pair in found], _plain(duel, work)),
    ):
        times = f"{spread([use.cpu for use in uses]):22}{spread([use.wall for use in uses]):22}"
        peak, size = max(use.peak for use in uses) / _MB, path.stat().st_size / _MB
        print(f"  {name:22}{times}{peak:<9.0f}{size:.2f}")
    print(f"  {'start-up':22}{start.cpu:<22.2f}{start.wall:<22.2f}")
    print(f"  {'ratio beyond start-up':22}{spread(cpu):22}{spread(wall):22}", flush=True)
    return [
        Goal(f"{duel.title}: CPU beyond start-up", median(cpu), 1.05),
        Goal(f"{duel.title}: wall beyond start-up", median(wall), 1.05),
    ]


def _pair(duel: Duel, files: Files, work: Path) -> Pair:
    source, plain, ours = files.path(duel.source), _plain(duel, work), _ours(duel, work)
    for path in (plain, ours):
        path.unlink(missing_ok=True)
    used = measure(files.fitting(duel.plain(source, plain)))
    words: list[str | Path] = [
        sys.executable,
        "-m",
        "cutroom",
        "tool",
        duel.tool,
        source,
        *files.fitting(duel.options),
        "-o",
        ours,
    ]
    return Pair(measure(words), used)


def _plain(duel: Duel, work: Path) -> Path:
    return work / f"plain.{duel.ending}"


def _ours(duel: Duel, work: Path) -> Path:
    return work / f"ours.{duel.ending}"


def _check_alike(duel: Duel, work: Path) -> None:
    """The same kind of thing came out on both sides, or the benchmark stops."""
    ours, plain = (tool_judge.measure(path) for path in (_ours(duel, work), _plain(duel, work)))
    if (ours.video, ours.audio, ours.shown) != (plain.video, plain.audio, plain.shown):
        sys.exit(f"{duel.title}: not alike: {ours}, {plain}")
    if duel.ending not in {"jpg", "png", "webp"}:
        mine, theirs = (tool_judge.length(path) for path in (_ours(duel, work), _plain(duel, work)))
        if abs(mine - theirs) > Fraction(1, 5):
            sys.exit(f"{duel.title}: {float(mine)} s, not {float(theirs)} s")


if __name__ == "__main__":
    sys.exit(main())
