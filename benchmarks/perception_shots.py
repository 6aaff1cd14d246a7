"""Shot boundaries: how many are found, what is taken for one, and the CPU beside PySceneDetect's AdaptiveDetector.

usage: python -m benchmarks.perception_shots [--quick]

The films are made here from photographs, drawings, text, textures and noise, joined by hard cuts, dissolves and fades
of 0.3 to 1.5 s, with flashes of one to three pictures, whip pans and shaking cameras, in several codings and rates.
A hard cut counts as found at its picture, one later or one earlier; a soft change anywhere in its transition. CPU is
that of processes of their own on the same film, in turn, without what their start and imports take.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import Goal, conclude, machine, measure, median
from tests.support.shot_films import Plan, Truth, write

X264 = ("-c:v", "libx264", "-preset", "veryfast")
NO_KEYS = (*X264, "-bf", "3", "-b-pyramid", "normal", "-g", "250", "-sc_threshold", "0")
FILMS: tuple[tuple[Plan, tuple[str, ...], str], ...] = (
    (Plan(101, 60, rate=25), X264, "mp4"),
    (Plan(102, 60, rate=30), NO_KEYS, "mp4"),
    (Plan(103, 60, rate=24, bars=0.12), (*X264, "-bf", "3", "-b-pyramid", "none"), "mkv"),
    (Plan(104, 60, rate=30, light=0.3, grain=4), X264, "mp4"),
    (Plan(105, 60, rate=25, grain=12), X264, "mp4"),
    (Plan(106, 40, rate=60), X264, "mp4"),
    (Plan(107, 80, rate=12), X264, "mp4"),
    (Plan(108, 60, size=(320, 240), rate=29.97), ("-c:v", "mpeg2video", "-q:v", "6"), "ts"),
    (Plan(109, 60, size=(180, 320), rate=30), X264, "mp4"),
    (Plan(110, 40, rate=30), ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), "webm"),
    (Plan(111, 40, rate=30), ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"), "mp4"),
    (Plan(112, 90, rate=30, soft=0.9, shortest=1.5), X264, "mp4"),
    (Plan(113, 60, rate=25, shortest=0.3, soft=0.1), X264, "mp4"),
)
LARGE = (Plan(120, 60, size=(1280, 720), rate=30), ("-c:v", "libx264", "-preset", "faster"), "mp4")


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short films; too little to judge by")
    parser.add_argument("--one", nargs=3, metavar=("WHO", "FILM", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        who, film, out = arguments.one
        Path(out).write_text(json.dumps(peer(film) if who == "peer" else ours(film)), encoding="utf-8")
        return 0
    print(machine())
    return conclude("shots", goals(quick=arguments.quick), binding=not arguments.quick)


def goals(*, quick: bool) -> list[Goal]:
    """Both on all films, and what they cost."""
    films, large, rounds = FILMS, LARGE, 3
    if quick:
        films = ((Plan(121, 8, size=(192, 108), shortest=0.5, soft=0.4), X264, "mp4"),)
        large, rounds = (replace(LARGE[0], seconds=3, size=(640, 360)), *LARGE[1:]), 1
    with tempfile.TemporaryDirectory() as folder:
        scores = {"ours": Counter[str](), "peer": Counter[str]()}
        for number, (plan, how, kind) in enumerate(films):
            path = Path(folder) / f"{number}.{kind}"
            truth = write(path, plan, how)
            for who, score in scores.items():
                found = run(who, path)[1]
                counted = judged(found, truth)
                score.update(counted)
                print(f"  {path.name:8} {who:5} {dict(counted)}", flush=True)
        ratio = cost(Path(folder), large, rounds)
    return report(scores, ratio, len(films))


def cost(folder: Path, large: tuple[Plan, tuple[str, ...], str], rounds: int) -> float:
    """CPU of ours as a share of the peer's on one larger film, the median of pairs."""
    path = folder / f"large.{large[2]}"
    write(path, large[0], large[1])
    pairs = [(run("ours", path)[0], run("peer", path)[0]) for _ in range(rounds)]
    for one, other in pairs:
        print(f"  CPU s, {large[0].size[1]}p, {large[0].seconds:g} s: ours {one:.2f}, AdaptiveDetector {other:.2f}")
    return median([one / other for one, other in pairs])


def run(who: str, film: Path) -> tuple[float, list[int]]:
    """CPU seconds of a process once it has started, and the first pictures of the shots it found."""
    out = film.with_suffix(".json")
    measure([sys.executable, "-m", "benchmarks.perception_shots", "--one", who, film, out])
    cpu, found = json.loads(out.read_text(encoding="utf-8"))
    return cpu, found


def ours(path: str) -> tuple[float, list[int]]:
    """Shot boundaries by this project."""
    import cv2

    from cutroom.media.inside.conversation import Conversation
    from cutroom.perception.inside.pictures import open_film
    from cutroom.perception.shots import ShotFinder

    begin = time.process_time()
    cv2.setNumThreads(1)
    talk = Conversation(io.BytesIO(), io.BytesIO())
    film = open_film({"path": path, "size": Path(path).stat().st_size}, talk)
    finder = ShotFinder(
        lambda first, last: ((p.index, p.t, p.small) for p in film.exactly(first, last)), lambda _boundary: None
    )
    for picture in film.pictures():
        finder.push(picture.index, picture.t, picture.small, after_gap=picture.after_gap)
    found = [boundary.index for boundary in finder.finish()]
    return time.process_time() - begin, found


def peer(path: str) -> tuple[float, list[int]]:
    """Shot boundaries by PySceneDetect with its adaptive detector as it comes."""
    from scenedetect import AdaptiveDetector, SceneManager, open_video

    begin = time.process_time()
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector())
    manager.detect_scenes(open_video(path))
    found = [scene[0].frame_num for scene in manager.get_scene_list()][1:]
    return time.process_time() - begin, found


def judged(found: list[int], truth: Truth) -> Counter[str]:
    """What was found, missed and made up."""
    left, counts = set(found), Counter[str]()
    for change in truth.changes:
        hard = change.kind == "cut"
        slack = 1 if hard else round(0.1 * truth.rate)
        hits = sorted(index for index in left if change.first - slack <= index <= change.last + slack)
        left -= set(hits[:1])
        counts[f"{'hard' if hard else 'soft'} {'found' if hits else 'missed'}"] += 1
    flash = {index for index in left if any(-2 <= index - at <= 5 for at in truth.flashes)}
    counts["flashes"] += len(truth.flashes)
    counts["flashes taken for cuts"] += len(flash)
    counts["false"] += len(left - flash)
    return counts


def f1(counts: Counter[str], kind: str) -> float:
    """F1 of one kind of change; everything made up counts against it."""
    hit, missed = counts[f"{kind} found"], counts[f"{kind} missed"]
    false = counts["false"] + counts["flashes taken for cuts"]
    return 2 * hit / max(1, 2 * hit + missed + false)


def report(scores: dict[str, Counter[str]], ratio: float, films: int) -> list[Goal]:
    """Print both, and the goals."""
    print(f"\n{films} films: {scores['ours'].total()} judgements")
    for who, counts in scores.items():
        recall = {kind: counts[f"{kind} found"] / max(1, counts[f"{kind} found"] + counts[f"{kind} missed"])
                  for kind in ("hard", "soft")}  # fmt: skip
        print(f"  {who:5} recall hard {recall['hard']:.3f} soft {recall['soft']:.3f}; F1 hard {f1(counts, 'hard'):.3f} "
              f"soft {f1(counts, 'soft'):.3f}; {dict(counts)}")  # fmt: skip
    mine = scores["ours"]
    return [
        Goal("F1 of hard cuts, what is beyond it up to 1", 1 - f1(mine, "hard"), 0.0, ""),
        Goal("F1 of dissolves and fades, what is beyond it up to 1", 1 - f1(mine, "soft"), 0.15, ""),
        Goal("flashes taken for cuts, beyond none", mine["flashes taken for cuts"], 0, ""),
        Goal("CPU beside AdaptiveDetector", ratio, 0.45),
    ]


if __name__ == "__main__":
    sys.exit(main())
