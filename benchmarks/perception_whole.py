"""A whole analysis of 60 s of 720p, as ``cutroom analyze`` does it: how long it takes, and how much memory.

usage: python -m benchmarks.perception_whole [--quick] [--models FOLDER]

The film has 12 shots: heads that move before photographs, texts on screen, a voice that speaks, and music 20 dB below
it. It is analysed twice with the network taken away, where the system allows that; the second run counts, with the
models in the page cache. Memory is that of all processes together at the worst moment, pages they share counted twice.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import ROOT, Goal, conclude, machine
from benchmarks.processes import family
from tests.support.films import ffmpeg
from tests.support.known_speech import INSTALLED, RATE, SENTENCES, say, under_music
from tests.support.models import MODELS
from tests.support.seen import HEIGHT, WIDTH, Picture, Writing, moved, place, portraits, write

FPS, SHOT = 30, 5.0
TEXTS = ("How to bake bread", "Wait for the end", "Step 2: the dough", "Subscribe for more!")


def picture(t: float) -> Picture:
    """What the film shows at ``t`` seconds."""
    shot = int(t // SHOT)
    drawn = moved(shot % 10, t)
    if shot % 3 != 2:
        portrait = portraits()[("astronaut", "hopper")[shot % 2]]
        where = WIDTH * (0.4 + 0.15 * float(np.sin(t))), HEIGHT * (0.45 + 0.03 * float(np.sin(2.3 * t)))
        drawn = place(drawn, portrait, where, 90 + 60 * (shot % 2))
    if 1 <= t % SHOT < 4:
        drawn = write(drawn, Writing(TEXTS[shot % 4], (120, HEIGHT - 120), 36, outline=3))
    return drawn


def make(path: Path, seconds: float) -> None:
    """Write the film."""
    spoken, _ = say(SENTENCES)
    sound = under_music(np.resize(spoken, round(seconds * RATE)), 20)
    with wave.open(str(path.with_suffix(".wav")), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    command = [
        ffmpeg(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS),
        "-i", "-", "-i", str(path.with_suffix(".wav")), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "128k", "-shortest", str(path),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101
        for number in range(round(seconds * FPS)):
            process.stdin.write(picture(number / FPS).tobytes())
        process.stdin.close()
    if process.returncode:
        message = f"ffmpeg ended with {process.returncode}"
        raise RuntimeError(message)


def without_network() -> tuple[str, ...]:
    """What to put before a command so that it finds no network; nothing where this system does not let us."""
    if shutil.which("unshare"):
        words = ("unshare", "--map-root-user", "--net")
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    return ()


def analyse(film: Path, models: Path) -> tuple[float, int, dict[str, float]]:
    """Seconds, bytes of memory at the worst moment, and the seconds of each step."""
    report = film.with_suffix(".json")
    command = [
        *without_network(), sys.executable, "-m", "cutroom", "analyze", str(film), "-o", str(report), "--force",
    ]  # fmt: skip
    env = os.environ | {"CUTROOM_MODELS__DIR": str(models), "PYTHONPATH": str(ROOT / "src")}
    began, most, over = time.monotonic(), 0, threading.Event()
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:

        def look() -> None:
            nonlocal most
            while not over.wait(0.05):
                most = max(most, held(process.pid))

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        _, said = process.communicate()
        over.set()
        watcher.join()
    took = time.monotonic() - began
    if process.returncode:
        raise RuntimeError(said.decode("utf-8", "replace")[-500:])
    steps = json.loads(report.read_text("utf-8"))["processing"]["steps"]
    return took, most, {one["step"]: one["duration_ms"] / 1000 for one in steps}


def held(pid: int) -> int:
    """Bytes of memory that a process and all its descendants hold."""
    total = 0
    with contextlib.suppress(OSError, StopIteration):  # one of them has ended meanwhile; the next look counts
        for one in family(pid):
            total += one.memory
    return total


def goals(models: Path, *, quick: bool) -> list[Goal]:
    """Time and memory of the whole."""
    if not INSTALLED:
        print("festival is not installed: the whole analysis is left out")
        return []
    seconds = 1.0 if quick else 60.0
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        make(film, seconds)
        runs = [analyse(film, models) for _ in range(1 if quick else 2)]
        for took, most, steps in runs:
            told = ", ".join(f"{name} {spent:.1f}" for name, spent in steps.items())
            print(f"  whole analysis of {seconds:g} s: {took:.1f} s, {most / 2**20:.0f} MiB ({told})", flush=True)
    took, most, _ = runs[-1]
    print(f"  network taken away: {'yes' if without_network() else 'no, this system does not allow it'}")
    return [
        Goal(f"whole analysis of {seconds:g} s of 720p", took, 45, " s"),
        Goal("its memory, all processes", most / 2**20, 1536, " MiB"),
    ]


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a second of film, once")
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    print(machine())
    return conclude("whole analysis", goals(options.models, quick=options.quick), binding=not options.quick)


if __name__ == "__main__":
    sys.exit(main())
