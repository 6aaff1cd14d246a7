"""The exact cut against a re-encode and against smartcut; the instant cut against ffmpeg's stream copy; its memory.

usage: python -m benchmarks.cut [--quick]

Exactness comes first: every clip's frames are read (each carries its number) before its speed counts.
``--quick`` uses a short film and few runs: it proves that the benchmark works, its ratios are not the goal's.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks.measuring import ROOT, Goal, Usage, conclude, find_uv, machine, measure, median, spread
from cutroom.media.engine import Engine
from cutroom.media.ffmpeg import binary
from cutroom.model.clip import CutRequest, Mode
from tests.support.film_spec import Film
from tests.support.long_film import _UNIT, benchmark_film
from tests.support.oracle import expect, wrong_pictures
from tests.support.reader import read_pictures

_SMARTCUT = "smartcut==1.7"
_ONE_CUT = """
import sys
from fractions import Fraction
from pathlib import Path
from cutroom.media.engine import Engine
from cutroom.model.clip import CutRequest, Mode
source, target, start, end, mode = sys.argv[1:]
with Engine() as engine:
    result = engine.cut(Path(source), CutRequest(Fraction(start), Fraction(end), mode=Mode(mode)), Path(target))
assert result.mode == mode, result.reason
"""


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--places", type=int, default=20, help="how many random cuts are checked for exactness")
    options = parser.parse_args()
    quick = options.quick
    film = _film(quick=quick)
    length = Fraction(10 if quick else 60)
    size = film.path.stat().st_size / 1e6
    print(f"{machine()}\nfilm: {film.spec.frames / 30:.0f} s of {film.spec.height}p30, {size:.0f} MB")
    with tempfile.TemporaryDirectory(dir=ROOT / ".cache" if (ROOT / ".cache").is_dir() else None) as folder:
        places = _places(film, length, 2 if quick else options.places)
        _check_exact(film, places, length, Path(folder))
        goals = _against_coding(film, places[: 1 if quick else 5], length, Path(folder))
        goals += _against_copying(film, places[: 1 if quick else 9], length, Path(folder))
        goals += _memory(film, Path(folder), (Fraction(10), Fraction(30)) if quick else (Fraction(60), Fraction(1800)))
    return conclude("goals" if not quick else "goals (quick run: not binding)", goals, binding=not quick)


def _film(*, quick: bool) -> Film:
    if not quick:
        return benchmark_film(3600)
    return benchmark_film(192, unit=replace(_UNIT, name="benchmark_unit_quick", frames=960, width=640, height=360))


def _places(film: Film, length: Fraction, count: int) -> list[Fraction]:
    """Random starts (s), the same in every run."""
    rng = random.Random(2)
    last = film.spec.frames // 30 - int(length) - 1
    return [Fraction(rng.randrange(1000, last * 1000), 1000) for _ in range(count)]


def _check_exact(film: Film, places: list[Fraction], length: Fraction, folder: Path) -> None:
    """Every cut shows exactly the wanted frames, in both copying modes, or the benchmark stops."""
    cuts = frames = encoded = 0
    with Engine() as engine:
        for mode in (Mode.EXACT, Mode.INSTANT):
            # Copies have no seams to go wrong at; a few of them will do.
            for start in places if mode is Mode.EXACT else places[:4]:
                clip = folder / "checked.mp4"
                result = engine.cut(film.path, CutRequest(start, start + length, mode=mode), clip, overwrite=True)
                found = wrong_pictures(expect(film, start, start + length), read_pictures(clip))
                if found or result.mode is not mode:
                    sys.exit(f"not exact at {float(start)} ({mode}): {found or result.reason}")
                frames += result.frames or 0
                encoded += (result.frames or 0) - result.copied_frames
                cuts += 1
    print(f"exactness: {cuts} cuts, {frames} frames, 0 missing, extra or reordered; {encoded} encoded", flush=True)


def _cut(film: Film, start: Fraction, end: Fraction, mode: Mode, folder: Path) -> Usage:
    """One cold process: interpreter, imports, media child and cut."""
    target = folder / "ours.mp4"
    target.unlink(missing_ok=True)
    return measure([sys.executable, "-c", _ONE_CUT, film.path, target, str(start), str(end), mode.value])


def _span(film: Film, start: Fraction, length: Fraction) -> list[str | Path]:
    return ["-ss", f"{float(start):.3f}", "-i", film.path, "-t", f"{float(length):.3f}"]


def _against_coding(film: Film, places: list[Fraction], length: Fraction, folder: Path) -> list[Goal]:
    """CPU of cold processes, in turn at each place."""
    ffmpeg, uv = binary.find().path, find_uv()
    ours: list[Usage] = []
    coded: list[Usage] = []
    smart: list[Usage] = []
    for start in places:
        ours.append(_cut(film, start, start + length, Mode.EXACT, folder))
        coded.append(
            measure(
                [
                    ffmpeg,
                    "-v",
                    "error",
                    "-nostdin",
                    "-y",
                    *_span(film, start, length),
                    "-c:v",
                    "libx264",
                    "-preset",
                    "veryfast",
                    "-crf",
                    "20",
                    "-c:a",
                    "aac",
                    folder / "coded.mp4",
                ]
            )
        )
        if uv:
            span = f"{float(start):.3f},{float(start + length):.3f}"
            tool: list[str | Path] = [uv, "tool", "run", "--from", _SMARTCUT, "smartcut"]
            smart.append(measure([*tool, film.path, folder / "smart.mp4", "-k", span]))
    print(f"\nexact cut of {float(length):g} s, {len(places)} places, cold processes, in turn")
    print(f"  {'':24}{'CPU s':24}{'wall s':24}peak MB")
    for name, rows in (("cutroom exact", ours), ("ffmpeg x264 veryfast", coded), (_SMARTCUT, smart)):
        if rows:
            cpu, wall = spread([u.cpu for u in rows]), spread([u.wall for u in rows])
            print(f"  {name:24}{cpu:24}{wall:24}{max(u.peak for u in rows) / 1e6:.0f}")
    goals = [Goal("exact/re-encode CPU", median([a.cpu / b.cpu for a, b in zip(ours, coded, strict=True)]), 0.08)]
    if smart:
        goals.append(
            Goal("exact/smartcut CPU", median([a.cpu / b.cpu for a, b in zip(ours, smart, strict=True)]), 0.15)
        )
    else:
        print("  smartcut was not measured: there is no uv to run it with (set UV)")
    return goals


def _against_copying(film: Film, places: list[Fraction], length: Fraction, folder: Path) -> list[Goal]:
    """Wall time of an engine call with its child warm against a run of ffmpeg, in turn at each place."""
    ffmpeg = binary.find().path
    ours: list[float] = []
    copied: list[float] = []
    with Engine() as engine:
        engine.cut(film.path, CutRequest(places[0], places[0] + length, mode=Mode.INSTANT), folder / "warm.mp4")
        for start in places:
            target, copy = folder / "instant.mp4", folder / "copy.mp4"
            target.unlink(missing_ok=True)
            copy.unlink(missing_ok=True)
            copying = [ffmpeg, "-v", "error", "-nostdin", *_span(film, start, length), "-c", "copy", copy]
            copied.append(measure(copying).wall)
            begin = time.perf_counter()
            engine.cut(film.path, CutRequest(start, start + length, mode=Mode.INSTANT), target)
            ours.append(time.perf_counter() - begin)
    print(f"\ninstant cut of {float(length):g} s, {len(places)} places, wall s, in turn")
    print(f"  {'cutroom instant':24}{spread(ours, '.3f')}   (engine call, child warm; checked, fast start)")
    print(f"  {'ffmpeg -c copy':24}{spread(copied, '.3f')}   (a process; unchecked, index at the end)")
    return [Goal("instant/copy wall", median([a / b for a, b in zip(ours, copied, strict=True)]), 1.3)]


def _memory(film: Film, folder: Path, lengths: tuple[Fraction, ...]) -> list[Goal]:
    print("\npeak memory of the largest process, exact cut")
    peaks = []
    for length in lengths:
        peaks.append(_cut(film, Fraction(71, 10), Fraction(71, 10) + length, Mode.EXACT, folder).peak / 1e6)
        print(f"  {float(length):6g} s of clip: {peaks[-1]:.0f} MB")
    return [Goal("peak memory", max(peaks), 250, " MB")]


if __name__ == "__main__":
    sys.exit(main())
