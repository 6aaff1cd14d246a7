"""Faces, facecams, texts on screen and active speakers on made pictures with known truth, against their goals.

usage: python -m benchmarks.perception_faces [--quick] [--models FOLDER]

Real faces from public-domain photographs and a hundred small ones are laid on photographs of things and on noise;
texts are drawn in several fonts and colours over the same. Time is processor time of this process.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import jiwer
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import Goal, conclude, machine
from cutroom.model.percepts import FaceTrack, ScreenText
from cutroom.perception.active_speaker import assign
from cutroom.perception.facecam import FacecamFinder
from cutroom.perception.faces import FaceSense
from cutroom.perception.screen_text import TextSense
from tests.support.facecam_films import FALSE, HIGH, TRUE, WIDE, Made
from tests.support.models import MODELS
from tests.support.seen import HEIGHT, WIDTH, Picture, Writing, fits, moved, noisy, place, portraits, show, write
from tests.support.talk import TURNS, chewing, opening, voice

FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSans.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSansMono-Bold.ttf",
    "STIXGeneralBol.ttf",
)
LINES = (
    "They never saw it coming", "How to bake bread in 20 minutes", "Dr. Maria Lopez", "Subscribe for more!",
    "50% OFF TODAY", "Chapter 3: The River", "Breaking news from Berlin", "What would you do?", "Price: $19.99",
    "Sunday, 14 March", "We walked for three days", "www.example.org",
)  # fmt: skip
MOUTHS = {"astronaut": (0.0, 0.22), "hopper": (0.025, 0.23)}
"""Where the mouth is, from the middle of the face in shares of its size."""


@dataclass
class Bill:
    """Processor seconds spent, and seconds of film looked at."""

    spent: float = 0.0
    shown: float = 0.0

    def show(self, sense: Any, pictures: list[Picture], fps: float, cuts: tuple[int, ...] = ()) -> None:
        """Show pictures and charge for it."""
        begin = time.process_time()
        self.shown += show(sense, pictures, fps, cuts)
        self.spent += time.process_time() - begin

    @property
    def share(self) -> float:
        return self.spent / max(self.shown, 1e-9)


@dataclass
class Marks:
    """What the rows are made from."""

    goals: list[Goal] = field(default_factory=list)

    def row(self, name: str, measured: float, most: float, unit: str) -> None:
        """Take note of a number and print it."""
        self.goals.append(Goal(name, measured, most, f" {unit}" if unit else ""))
        print(f"{name:38}{measured:10.3g} {unit:8} goal {most:g}", flush=True)


def goals(models: Path, *, quick: bool) -> list[Goal]:
    """Everything that is measured here."""
    cv2.setNumThreads(1)
    marks = Marks()
    faces(marks, models, 1 if quick else 5, quick=quick)
    facecams(marks, models, 1 if quick else 12)
    texts(marks, models, 1 if quick else 6, quick=quick)
    speakers(marks, models, 1 if quick else 6, quick=quick)
    return marks.goals


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    print(machine())
    title = "goals (quick run: not binding)" if options.quick else "goals"
    return conclude(title, goals(options.models, quick=options.quick), binding=not options.quick)


def faces(marks: Marks, models: Path, scenes: int, *, quick: bool) -> None:
    """Recall by size, closeness, and what is taken for a face and is none."""
    bill, fps, seconds = Bill(), 10, 0.8 if quick else 4
    shaken: list[npt.NDArray[np.float64]] = []
    for size in (60,) if quick else (160, 90, 60, 40):
        found = total = 0
        for scene in range(scenes):
            errors = []
            who, path = ("astronaut", "hopper")[scene % 2], swaying(scene)
            sense = FaceSense(models, WIDTH, HEIGHT)
            bill.show(sense, list(heads(who, scene * 3 + size % 7, size, path, round(seconds * fps))), fps)
            for number in range(round(seconds * fps)):
                t = number / fps
                near = [at for track in sense.tracks or () if (at := centre(track, t)) is not None]
                off = [np.subtract(at, path(t)) for at in near]
                hits = [one for one in off if np.hypot(*one) < 0.35 * size]
                total += 1
                found += bool(hits)
                errors += hits[:1]
            shaken.append(shaking(np.array(errors).reshape(-1, 2), fps))
        marks.row(f"faces_missed_{size}px", 100 * (1 - found / total), 1 if size >= 60 else 5, "%")
    marks.row("face_jitter", float(np.sqrt(np.mean(np.concatenate(shaken) ** 2, axis=0)).max()), 1.5, "px")
    false = pictures = 0
    for scene in (1,) if quick else range(18):
        sense = FaceSense(models, WIDTH, HEIGHT)
        bill.show(sense, [moved(scene, number / fps) for number in range(6 if quick else 56)], fps)
        false, pictures = false + len(sense.tracks or ()), pictures + (6 if quick else 56)
    marks.row("false_faces_per_1000", 1000 * false / pictures, 0, "")
    marks.row("faces_cpu_of_60_s", 60 * bill.share, 8, "s")


def shaking(errors: npt.NDArray[np.float64], fps: int) -> npt.NDArray[np.float64]:
    """How far each place is from what the error is on average in the second around it.

    That average is no jitter: what is called the middle of a head depends on how it is held.
    """
    half = fps // 2
    return np.array([
        error - errors[max(0, number - half) : number + half + 1].mean(axis=0) for number, error in enumerate(errors)
    ]).reshape(-1, 2)  # fmt: skip


def swaying(scene: int) -> Callable[[float], tuple[float, float]]:
    """A path for a head."""
    return lambda t: (500 + 60 * scene + 120 * np.sin(1.2 * t + scene), 320 + 18 * np.sin(2 * t))


def heads(
    who: str, scene: int, size: float, path: Callable[[float], tuple[float, float]], count: int
) -> Iterator[Picture]:
    """A head on its path before a background, in grain and in dim light, turning its head a little."""
    rng = np.random.default_rng(scene)
    light = (1.0, 0.35, 0.7)[scene % 3]
    for number in range(count):
        t = number / 10
        picture = place(moved(scene, 0), portraits()[who], path(t), size, 20 * np.sin(0.8 * t + scene))
        yield noisy((picture * light).astype(np.uint8), rng, 5)


def centre(track: FaceTrack, t: float) -> tuple[float, float] | None:
    """Where a track's face is at a time, in pixels."""
    if not track.start - 0.001 <= t <= track.end + 0.001:
        return None
    times = [face.t for face in track.faces]
    x = np.interp(t, times, [(face.box.x + face.box.width / 2) * WIDTH for face in track.faces])
    y = np.interp(t, times, [(face.box.y + face.box.height / 2) * HEIGHT for face in track.faces])
    return float(x), float(y)


def facecams(marks: Marks, models: Path, count: int) -> None:
    """How well the little picture's borders are found, and heads before rooms that have none."""
    boxes = (
        (960, 500, 300, 200), (0, 480, 360, 240), (40, 40, 320, 180), (1040, 0, 240, 240), (900, 240, 280, 280),
        (1000, 540, 220, 150),
    )  # fmt: skip
    shares, false = [], 0
    for number in range(count):
        box = boxes[number % len(boxes)]
        sense = FaceSense(models, WIDTH, HEIGHT)
        show(sense, [cam(number, step / 2, box) for step in range(12)], 2)
        seen = sense.facecam
        got = (0.0, 0.0, 0.0, 0.0) if seen is None else (
            seen.x * WIDTH, seen.y * HEIGHT, seen.width * WIDTH, seen.height * HEIGHT
        )  # fmt: skip
        shares.append(common(box, got))
        sense = FaceSense(models, WIDTH, HEIGHT)
        who = ("astronaut", "hopper")[number % 2]
        show(sense, list(heads(who, number, 60 + 10 * (number % 6), swaying(number % 4), 14)), 2)
        false += sense.facecam is not None
    marks.row("facecam_mean_not_common", 100 * (1 - float(np.mean(shares))), 5, "%")
    marks.row("facecam_worst_not_common", 100 * (1 - min(shares)), 12, "%")
    marks.row("false_facecams", false, 0, f"of {count}")
    films, kinds = (1, 1) if count == 1 else (4, None)
    never, always = list(FALSE.values())[:kinds], list(TRUE.values())[:kinds]
    taken = [borders(make(np.random.default_rng(seed))) for make in never for seed in range(films)]
    marks.row("false_facecams_hard", sum(box is not None for box in taken), 0, f"of {len(taken)}")
    shares = []
    for make, seed in ((make, seed) for make in always for seed in range(films if kinds else 2 * films)):
        made = make(np.random.default_rng(seed))
        shares.append(common(made.box or (0, 0, 0, 0), borders(made) or (0, 0, 0, 0)))
    marks.row("facecam_hard_mean_not_common", 100 * (1 - float(np.mean(shares))), 5, "%")
    marks.row("facecam_hard_worst_not_common", 100 * (1 - min(shares)), 14, "%")


def borders(made: Made) -> tuple[float, float, float, float] | None:
    """What is found in a made film whose faces are told, in its pixels."""
    finder = FacecamFinder()
    for t, picture, seen in made.looks():
        finder.look(t, picture, seen)
    box = finder.box()
    return None if box is None else (box.x * WIDE, box.y * HIGH, box.width * WIDE, box.height * HIGH)


def cam(number: int, t: float, box: tuple[int, int, int, int]) -> Picture:
    """A game, or slides, with a little picture of a person before a room."""
    left, top, width, height = box
    picture = moved(10 + number % 5, 2 * t if number % 3 else 6 * (t // 2))
    room = np.asarray(cv2.GaussianBlur(cv2.resize(moved(3 + number % 3, 0), (width, height)), (0, 0), 2), np.uint8)
    where = 0.5 * width + 0.05 * width * np.sin(1.7 * t), 0.46 * height
    who = ("astronaut", "hopper")[number % 2]
    picture[top : top + height, left : left + width] = place(room, portraits()[who], where, 0.36 * min(width, height))
    return noisy(picture, np.random.default_rng(round(t * 10)), 3)


def common(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes of left, top, width, height."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one[2] * one[3] + other[2] * other[3] - wide * high)


def texts(marks: Marks, models: Path, films: int, *, quick: bool) -> None:
    """Errors of letters by their height, errors of times, what was read where nothing stands, and what it costs."""
    bill, fps, times, false = Bill(), 8, [], 0
    seconds = 3.0 if quick else 12.0
    for letters in (24,) if quick else (22, 28, 40, 64):
        wrong, total = 0.0, 0
        for number in range(films):
            rng = np.random.default_rng(1000 * letters + number)
            script = list(screenplay(rng, letters, seconds))
            sense = TextSense(models, WIDTH, HEIGHT)
            bill.show(sense, list(written(script, number + letters % 9, seconds, fps)), fps)
            seen = list(sense.texts or ())
            for start, end, writing in script:
                best = pick(seen, writing.text, start, end)
                total += len(writing.text)
                wrong += len(writing.text) if best is None else jiwer.cer(writing.text, best.text) * len(writing.text)
                if best is not None:
                    seen.remove(best)
                    times += [abs(best.start - start), abs(best.end - end)]
            false += len(seen)
        marks.row(f"letters_wrong_{letters}px", 100 * wrong / total, 3, "%")
    marks.row("text_time_error_p95", float(np.percentile(times, 95)), 0.25, "s")
    marks.row("false_texts", false, 0, "")
    marks.row("text_cpu_of_realtime", bill.share, 0.35, "x")


def screenplay(rng: np.random.Generator, letters: int, seconds: float) -> Iterator[tuple[float, float, Writing]]:
    """Subtitles, lower thirds and titles, one after the other; each line once."""
    t, order = 0.5, list(rng.permutation(len(LINES)))
    while t < seconds - 1.8:
        end = min(t + rng.uniform(1.6, 3.2), seconds - 0.3)
        style = int(rng.integers(3))
        at = int(rng.integers(40, 500)), (600, 520, 260)[style]
        font = FONTS[int(rng.integers(len(FONTS)))]
        colour = ((255, 255, 255), (255, 240, 60), (90, 255, 120))[int(rng.integers(3))]
        line = next(line for line in reversed(order) if fits(Writing(LINES[line], at, letters, font)))
        order.remove(line)
        if style == 1:
            writing = Writing(LINES[line], at, letters, font, (20, 20, 30), box=(255, 255, 255, 235))
        else:
            writing = Writing(LINES[line], at, letters, font, colour, outline=max(2, letters // 10))
        yield round(t * 8) / 8, round(end * 8) / 8, writing
        t = end + float(rng.choice([0.0, 0.5, 1.0]))


def written(script: list[tuple[float, float, Writing]], scene: int, seconds: float, fps: int) -> Iterator[Picture]:
    """The film of a screenplay before a background that sways, coded as JPEG."""
    for number in range(round(seconds * fps)):
        t = number / fps
        picture = moved(scene, t)
        for start, end, writing in script:
            if start <= t < end:
                picture = write(picture, writing)
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
        yield np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def pick(seen: list[ScreenText], text: str, start: float, end: float) -> ScreenText | None:
    """What was read of a text, if half of its letters were."""
    then = [one for one in seen if one.start < end and one.end > start]
    best = min(then, key=lambda one: jiwer.cer(text, one.text), default=None)
    return best if best is not None and jiwer.cer(text, best.text) <= 0.5 else None


def speakers(marks: Marks, models: Path, scenes: int, *, quick: bool) -> None:
    """Two in view, one chewing while the other speaks, or both while the voice is elsewhere."""
    right = total = 0
    for scene in range(scenes):
        level = voice(scene)
        kind = scene % 3
        mouths = [opening(level, "A", scene), opening(level, "B", scene)]
        truth: list[str | None] = ["A", "B"]
        if kind:
            bite = chewing(scene)
            mouths[1], truth[1] = thrice(bite), None
        if kind == 2:
            mouths[0], truth[0] = (lambda _t: 0.0), None
        seconds = 4 if quick else 16
        sense = FaceSense(models, WIDTH, HEIGHT)
        show(sense, (talk(scene, number / 10, mouths) for number in range(seconds * 10)), 10)
        named = assign(sense.tracks or (), [turn for turn in TURNS if turn.end <= seconds], level[: seconds * 100])
        for who, x in zip(truth, (400, 880), strict=True):
            mine = [track for track in named if abs(track.faces[0].box.x * WIDTH - x) < 200]
            total += 1
            right += bool(mine) and all(track.speaker == who for track in mine)
    marks.row("speakers_wrong", 100 * (1 - right / total), 5, "%")


def thrice(motion: Callable[[float], float]) -> Callable[[float], float]:
    """A mouth that moves three times as much."""
    return lambda t: 3 * motion(t)


def talk(scene: int, t: float, mouths: list[Callable[[float], float]]) -> Picture:
    """Two heads that sway, with mouths that open."""
    picture = moved(scene + 11, 0)
    for side, (who, mouth) in enumerate(zip(("astronaut", "hopper"), mouths, strict=True)):
        x, y = 400 + 480 * side + 5 * np.sin(1.1 * t + side), 300 + 3 * np.sin(1.7 * t + 2 * side)
        picture = place(picture, portraits()[who], (x, y), 150)
        at = round(x + MOUTHS[who][0] * 150), round(y + MOUTHS[who][1] * 150)
        cv2.ellipse(picture, at, (22, 1 + round(14 * mouth(t))), 0, 0, 360, (40, 30, 80), -1, cv2.LINE_AA)
    return noisy(picture, np.random.default_rng(round(t * 100)), 3)


if __name__ == "__main__":
    sys.exit(main())
