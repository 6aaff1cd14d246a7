"""Made films of which it is known whether a person's little picture is laid over them, and where.

Every kind is a function of a random generator and a time; pictures are 640 x 360, and the face's place is told, so
that what is tried is the search for borders alone. Kinds without a little picture are such as are taken for one:
straight edges round a head, bars, screens that change behind somebody, photographs in a corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tests.support.seen import background, noisy, place, portraits

Picture = npt.NDArray[np.uint8]
Face = tuple[float, float, float]
Box = tuple[int, int, int, int]
"""Left, top, width, height."""
WIDE, HIGH = 640, 360
Scene = Callable[[float], Picture]
Shown = Callable[[float], tuple[Picture, list[Face]]]


@dataclass(frozen=True)
class Made:
    """A film: what it shows at a time (s), and the little picture's box, or None."""

    shown: Shown
    box: Box | None

    def looks(self, seconds: float = 12.0) -> Iterator[tuple[float, Picture, list[Face]]]:
        """Twice a second: the time, the picture in grain and as JPEG, the faces."""
        rng = np.random.default_rng(5)
        for step in range(round(2 * seconds)):
            picture, faces = self.shown(step / 2)
            _, coded = cv2.imencode(".jpg", noisy(picture, rng, 2.5), [cv2.IMWRITE_JPEG_QUALITY, 80])
            shaken = [(x + rng.normal(0, 0.7), y + rng.normal(0, 0.7), size) for x, y, size in faces]
            yield step / 2, np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), shaken


def view(
    number: int, x: float = 0.5, y: float = 0.5, size: tuple[int, int] = (WIDE, HIGH), part: float = 0.6
) -> Picture:
    """A part of a background, its middle at ``x`` and ``y`` (0..1) of what it can be; to and fro beyond."""
    whole = background(number)
    wide = round(whole.shape[1] * part)
    high = min(round(wide * size[1] / size[0]), whole.shape[0])
    left, top = (
        round((1 - abs(at % 2 - 1)) * (length - side))
        for at, length, side in ((x, whole.shape[1], wide), (y, whole.shape[0], high))
    )
    return np.asarray(
        cv2.resize(whole[top : top + high, left : left + wide], size, interpolation=cv2.INTER_AREA), np.uint8
    )


def person(
    picture: Picture, rng_phase: float, t: float, centre: tuple[float, float], size: float, lively: float = 1.0
) -> Face:
    """Lay a head and shoulders that sway over a picture; the face's place."""
    who = ("astronaut", "hopper")[int(rng_phase * 10) % 2]
    x = centre[0] + lively * size * (0.18 * np.sin(1.7 * t + rng_phase) + 0.08 * np.sin(4.1 * t))
    y = centre[1] + lively * size * 0.08 * np.sin(2.3 * t + 2 * rng_phase)
    picture[:] = place(picture, portraits()[who], (x, y), size, lively * 8 * np.sin(1.1 * t + rng_phase))
    return float(x), float(y), float(size)


def game(rng: np.random.Generator) -> Scene:
    """The camera goes through a world: pans to and fro, faster or slower, and sometimes is elsewhere at once."""
    numbers, pace = rng.permutation([10, 11, 12, 13, 3, 4, 0, 1])[:3], rng.uniform(0.12, 0.6, 2)
    scene_length, phase = rng.uniform(3, 30), rng.uniform(0, 1, 2)
    signs = [(tuple(map(int, rng.integers((0, 0), (WIDE - 90, HIGH - 30)))), tuple(map(int, rng.integers(0, 255, 3))))
             for _ in range(int(rng.integers(0, 3)))]  # fmt: skip

    def scene(t: float) -> Picture:
        number = int(numbers[int(t / scene_length) % 3])
        picture = view(number, phase[0] + pace[0] * t, phase[1] + pace[1] * t, part=0.55)
        for corner, colour in signs:
            cv2.rectangle(picture, corner, (corner[0] + 80, corner[1] + 14), colour, -1)
        return picture

    return scene


def slides(rng: np.random.Generator, rate: float = 0.0) -> Scene:
    """Slides with headings, lines and a picture, each for some seconds."""
    length, seed, dark = rate or rng.uniform(2.5, 5.0), int(rng.integers(1 << 30)), rng.random() < 0.4

    def scene(t: float) -> Picture:
        mine = np.random.default_rng(seed + int(t / length))
        ground, ink = ((30, 28, 25), (230, 230, 230)) if dark else ((250, 250, 250), (40, 40, 40))
        picture = np.full((HIGH, WIDE, 3), ground, np.uint8)
        cv2.putText(picture, "".join(mine.choice(list("ABCDE FGHIK"), 14)), (40, 50), 0, 1.1, ink, 2, cv2.LINE_AA)
        for row in range(int(mine.integers(4, 10))):
            words = "".join(mine.choice(list("abc defghik lmno"), int(mine.integers(15, 45))))
            cv2.putText(picture, words, (50, 90 + 26 * row), 0, 0.5, ink, 1, cv2.LINE_AA)
        if mine.random() < 0.6:
            x, y = (int(v) for v in mine.integers((250, 80), (420, 160)))
            picture[y : y + 130, x : x + 200] = view(int(mine.choice([0, 1, 9, 11])), mine.random(), size=(200, 130))
        return picture

    return scene


def code(rng: np.random.Generator) -> Scene:
    """A text that is scrolled, beside a list that stays."""
    tall = np.full((HIGH * 6, WIDE, 3), int(rng.choice([24, 244])), np.uint8)
    ink = 255 - int(tall[0, 0, 0])
    for row in range(16, tall.shape[0], 15):
        words = "".join(rng.choice(list("abcdefghij     klmnop"), int(rng.integers(5, 70))))
        cv2.putText(
            tall, words, (110 + 12 * int(rng.integers(4)), row), 0, 0.42, (ink, ink * 3 // 4, ink), 1, cv2.LINE_AA
        )
    speed = rng.uniform(20, 120)

    def scene(t: float) -> Picture:
        y = int(speed * t) % (5 * HIGH)
        picture = tall[y : y + HIGH].copy()
        picture[:, :100] = tall[:HIGH, 110:210] // 2 + 40
        return picture

    return scene


def room(rng: np.random.Generator) -> Picture:
    """A room that is not sharp, with shelves, a door or a window: straight lines."""
    picture = np.asarray(cv2.GaussianBlur(view(int(rng.choice([2, 10, 11, 12])), rng.random()), (0, 0), 4), np.uint8)
    picture = (picture * 0.4 + rng.integers(50, 130)).astype(np.uint8)
    for _ in range(int(rng.integers(2, 5))):
        x, y = (int(v) for v in rng.integers((0, 0), (WIDE - 100, HIGH - 100)))
        far = x + int(rng.integers(60, 300)), y + int(rng.integers(60, 300))
        cv2.rectangle(picture, (x, y), far, tuple(map(int, rng.integers(20, 230, 3))), int(rng.choice([-1, 2, 4])))
    return picture


def cam(rng: np.random.Generator, behind: Scene, box: Box | None = None) -> Made:
    """The true thing: a person in a little picture, framed or not."""
    margin = int(rng.choice([0, 0, 8, 16, 24]))
    if box is None:
        wide = int(rng.integers(110, 230))
        high = int(wide / rng.choice([1.0, 4 / 3, 16 / 9]))
        x = margin if rng.random() < 0.5 else WIDE - wide - margin
        y = (margin, HIGH - high - margin, int(rng.integers(margin, HIGH - high - margin)))[int(rng.integers(3))]
        box = x, y, wide, high
    left, top, wide, high = box
    inner = np.asarray(cv2.resize(room(rng), (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    frame, colour = int(rng.choice([0, 0, 2, 3])), tuple(map(int, rng.integers(0, 255, 3)))
    phase, size = rng.uniform(0, 6), rng.uniform(0.3, 0.46) * min(high, wide)
    at = rng.uniform(0.42, 0.58) * wide, 0.48 * high

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture, small = behind(t), inner.copy()
        x, y, face = person(small, phase, t, at, size, 0.7)
        if frame:
            cv2.rectangle(small, (0, 0), (wide - 1, high - 1), colour, 2 * frame - 1)
        picture[top : top + high, left : left + wide] = small
        return picture, [(x + left, y + top, face)]

    return Made(shown, box)


def cam_game(rng: np.random.Generator) -> Made:
    return cam(rng, game(rng))


def cam_slides(rng: np.random.Generator) -> Made:
    return cam(rng, slides(rng))


def cam_code(rng: np.random.Generator) -> Made:
    return cam(rng, code(rng))


def cam_pillars(rng: np.random.Generator) -> Made:
    """A little picture in a corner of a film that has bars at its sides."""
    made, bar = cam(rng, game(rng), (80, 250, 150, 110)), 80

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture, faces = made.shown(t)
        picture[:, :bar] = picture[:, -bar:] = 0
        return picture, faces

    return Made(shown, made.box)


def _alone(shown: Shown) -> Made:
    return Made(shown, None)


def passers(rng: np.random.Generator, count: int) -> Callable[[Picture, float], None]:
    """People, cars: things that cross the picture."""
    things = [(float(rng.uniform(0, 900)), float(rng.normal(0, 120)), int(rng.integers(120, 300)),
               int(rng.integers(30, 110)), int(rng.integers(60, 160)), int(rng.choice([10, 11, 12, 13])))
              for _ in range(count)]  # fmt: skip

    def cross(picture: Picture, t: float) -> None:
        for x0, speed, y, wide, high, number in things:
            x = int((x0 + speed * t) % 900) - 150
            left, right = max(0, x), min(WIDE, x + wide)
            if left < right:
                look = view(number, 0.3, size=(wide, high), part=0.2)
                shown = min(high, HIGH - y)
                picture[y : y + shown, left:right] = look[:shown, left - x : right - x]

    return cross


def street(rng: np.random.Generator) -> Made:
    """A person before walls, doors and windows; others pass. The camera stands."""
    still, cross, phase = (
        view(int(rng.choice([2, 12, 13])), rng.random()),
        passers(rng, int(rng.integers(2, 7))),
        rng.uniform(0, 6),
    )
    x, y = rng.uniform(120, 520), rng.uniform(90, 200)
    size = rng.uniform(24, 60)
    for _ in range(3):
        wide, high = (int(v) for v in rng.uniform(2, 5, 2) * size)
        corner = int(x - rng.uniform(0.3, 0.7) * wide), int(y - rng.uniform(0.3, 0.7) * high)
        far = corner[0] + wide, corner[1] + high
        cv2.rectangle(still, corner, far, tuple(map(int, rng.integers(20, 230, 3))), int(rng.choice([-1, 3])))

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = still.copy()
        cross(picture, t)
        return picture, [person(picture, phase, t, (x, y), size)]

    return _alone(shown)


def barred(rng: np.random.Generator) -> Made:
    """The same with black bars at the sides, or above and below."""
    made, sides, bar = street(rng), rng.random() < 0.6, int(rng.integers(30, 90))

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture, faces = made.shown(t)
        if sides:
            picture[:, :bar] = picture[:, -bar:] = 0
        else:
            picture[: bar // 2 + 10] = picture[-(bar // 2 + 10) :] = 0
        return picture, faces

    return _alone(shown)


def barred_walk(rng: np.random.Generator) -> Made:
    """Somebody who films himself walking, with bars: the face keeps its place, all else moves."""
    behind, phase, bar = game(rng), rng.uniform(0, 6), int(rng.integers(60, 150))
    x, size = rng.uniform(bar + 60, WIDE - bar - 60), rng.uniform(40, 90)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = behind(t)
        faces = [person(picture, phase, t, (x, 150), size)]
        picture[:, :bar] = picture[:, -bar:] = 0
        return picture, faces

    return _alone(shown)


def blurred_sides(rng: np.random.Generator) -> Made:
    """An upright film in the middle of a wide one, its sides filled with itself, blurred."""
    phase, number, size = rng.uniform(0, 6), int(rng.choice([10, 11, 12, 13])), rng.uniform(40, 70)
    pace, y = rng.uniform(0, 0.4), rng.uniform(70, 200)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        inner = view(number, pace * t, 0.5, (202, HIGH), 0.25)
        x, face_y, size_ = person(inner, phase, t, (101, y), size, 1.0)
        side = np.asarray(cv2.GaussianBlur(cv2.resize(inner[120:233], (WIDE, HIGH)), (0, 0), 14), np.uint8)
        side[:, 219:421] = inner
        return side, [(x + 219, face_y, size_)]

    return _alone(shown)


def window_view(rng: np.random.Generator) -> Made:
    """Somebody in a room before a window through which much is seen to move."""
    still, behind, phase = room(rng), game(rng), rng.uniform(0, 6)
    left, top, wide, high = (
        int(v) for v in (rng.uniform(20, 250), rng.uniform(10, 80), rng.uniform(200, 340), rng.uniform(140, 240))
    )
    x, size = rng.uniform(left - 40, left + wide + 40), rng.uniform(35, 80)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = still.copy()
        picture[top : top + high, left : left + wide] = behind(t)[top : top + high, left : left + wide]
        cv2.rectangle(picture, (left, top), (left + wide, top + high), (200, 210, 215), 5)
        return picture, [person(picture, phase, t, (float(np.clip(x, 60, WIDE - 60)), 170), size)]

    return _alone(shown)


def car(rng: np.random.Generator) -> Made:
    """A driver: the land goes by behind the windows, the car's frame stays."""
    behind, phase, still = game(rng), rng.uniform(0, 6), room(rng) // 3
    panes = [(0, 30, 190, 190), (215, 20, 230, 200), (470, 35, 170, 185)]

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture, out = still.copy(), behind(t)
        for left, top, wide, high in panes:
            picture[top : top + high, left : left + wide] = out[top : top + high, left : left + wide]
        return picture, [person(picture, phase, t, (rng_x, 150), rng_size)]

    rng_x, rng_size = float(rng.choice([100, 330, 550])), float(rng.uniform(45, 80))
    return _alone(shown)


def shelves(rng: np.random.Generator) -> Made:
    """A lively person before shelves, in light that flickers."""
    still, phase = room(rng), rng.uniform(0, 6)
    for x in range(int(rng.integers(10, 60)), WIDE, int(rng.integers(70, 130))):
        cv2.line(still, (x, 0), (x, HIGH), (40, 60, 80), 4)
    for y in range(int(rng.integers(10, 60)), HIGH, int(rng.integers(60, 110))):
        cv2.line(still, (0, y), (WIDE, y), (40, 60, 80), 4)
    centre, size, flicker = (rng.uniform(100, 540), rng.uniform(90, 200)), rng.uniform(35, 95), rng.uniform(0, 0.25)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = (still * (1 + flicker * np.sin(5 * t))).clip(0, 255).astype(np.uint8)
        return picture, [person(picture, phase, t, centre, size, 1.6)]

    return _alone(shown)


def wall_picture(rng: np.random.Generator) -> Made:
    """A framed portrait hangs on the wall; people move before it."""
    still, cross = room(rng), passers(rng, 6)
    left, top, wide, high = int(rng.choice([30, 480])), int(rng.integers(15, 60)), 110, 140
    frame = view(9, 0.5, size=(wide, high))
    face = person(frame, rng.uniform(0, 6), 0.0, (55, 65), 42)
    still[top : top + high, left : left + wide] = frame
    cv2.rectangle(still, (left, top), (left + wide, top + high), (20, 40, 60), 4)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = still.copy()
        cross(picture, t)
        picture[top : top + high, left : left + wide] = still[top : top + high, left : left + wide]
        return picture, [(face[0] + left, face[1] + top, face[2])]

    return _alone(shown)


def photo_on_slides(rng: np.random.Generator) -> Made:
    """The author's photograph stands in a corner of all slides: it does not move."""
    behind = slides(rng) if rng.random() < 0.6 else game(rng)
    left, top, wide, high = int(rng.choice([16, 500])), int(rng.choice([16, 210])), 120, 130
    frame = room(rng)[:high, :wide].copy()
    face = person(frame, rng.uniform(0, 6), 0.0, (60, 60), 42)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = behind(t)
        picture[top : top + high, left : left + wide] = frame
        return picture, [(face[0] + left, face[1] + top, face[2])]

    return _alone(shown)


def before_slides(rng: np.random.Generator) -> Made:
    """Somebody cut out and laid over slides, or a game, without a box."""
    behind = slides(rng) if rng.random() < 0.6 else game(rng)
    phase, size = rng.uniform(0, 6), rng.uniform(45, 90)
    centre = float(rng.choice([100, 540])), float(rng.uniform(180, 240))

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = behind(t)
        return picture, [person(picture, phase, t, centre, size)]

    return _alone(shown)


def lecture(rng: np.random.Generator) -> Made:
    """Somebody stands beside a screen on a wall, on which slides or films are shown. The camera stands."""
    behind, still, phase = slides(rng) if rng.random() < 0.6 else game(rng), room(rng), rng.uniform(0, 6)
    wide = int(rng.uniform(330, 430))
    high, top = wide * 9 // 16, int(rng.integers(15, 60))
    left = WIDE - wide - 20 if rng.random() < 0.5 else 20
    x = (left - 80) if left > 100 else left + wide + 90
    size = rng.uniform(35, 60)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = still.copy()
        picture[top : top + high, left : left + wide] = cv2.resize(
            behind(t), (wide, high), interpolation=cv2.INTER_AREA
        )
        return picture, [person(picture, phase, t, (x, 150), size)]

    return _alone(shown)


def walk(rng: np.random.Generator) -> Made:
    """Somebody who films himself walking, with a heading and a station's sign laid over."""
    behind, phase = game(rng), rng.uniform(0, 6)
    centre, size = (rng.uniform(100, 540), rng.uniform(100, 200)), rng.uniform(35, 100)
    bar = int(rng.uniform(250, 300))

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture = behind(t)
        faces = [person(picture, phase, t, centre, size)]
        cv2.rectangle(picture, (30, bar), (430, bar + 45), (150, 40, 30), -1)
        cv2.rectangle(picture, (560, 20), (620, 50), (250, 250, 250), -1)
        return picture, faces

    return _alone(shown)


def pair(rng: np.random.Generator) -> Made:
    """Two people, each in one half of the picture."""
    rooms, phases = [room(rng) for _ in range(2)], rng.uniform(0, 6, 2)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        picture, faces = np.zeros((HIGH, WIDE, 3), np.uint8), []
        for side in range(2):
            half = rooms[side][:, :320].copy()
            x, y, size = person(half, phases[side], t, (160, 160), 80)
            picture[:, 320 * side : 320 * side + 320] = half
            faces.append((x + 320 * side, y, size))
        return picture, faces

    return _alone(shown)


def changing_scenes(rng: np.random.Generator) -> Made:
    """People who speak, one after the other, each in the same part of the picture, in rooms of their own."""
    rooms, phases, length = [room(rng) for _ in range(5)], rng.uniform(0, 6, 5), rng.uniform(2, 4)
    centre, size = (rng.uniform(150, 490), 150.0), rng.uniform(40, 80)

    def shown(t: float) -> tuple[Picture, list[Face]]:
        number = int(t / length) % 5
        picture = rooms[number].copy()
        return picture, [person(picture, phases[number], t, centre, size)]

    return _alone(shown)


TRUE: dict[str, Callable[[np.random.Generator], Made]] = {
    "game": cam_game, "slides": cam_slides, "code": cam_code, "pillars": cam_pillars,
}  # fmt: skip
FALSE: dict[str, Callable[[np.random.Generator], Made]] = {
    "street": street, "barred": barred, "barred walk": barred_walk, "blurred sides": blurred_sides,
    "window": window_view, "car": car, "shelves": shelves, "wall picture": wall_picture,
    "photo on slides": photo_on_slides, "before slides": before_slides, "lecture": lecture, "walk": walk,
    "pair": pair, "changing scenes": changing_scenes,
}  # fmt: skip
