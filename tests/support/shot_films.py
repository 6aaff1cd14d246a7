"""Films whose shots are known: scenes of many kinds joined by cuts, dissolves and fades, with flashes and whip pans.

Everything follows from a seed. Scenes are functions of time, so that a film can have any rate and size.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import cv2
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import skimage

from tests.support.films import ffmpeg

Image = npt.NDArray[Any]
Scene = Callable[[float], Image]
"""The picture at a time (s): BGR."""

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "hubble_deep_field.jpg", "ihc.png",
          "motorcycle_left.png", "retina.jpg", "camera.png", "brick.png", "grass.png", "moon.png",
          "hopper")  # fmt: skip


@cache
def photo(name: str) -> Image:
    """A photograph from a wheel."""
    if name == "hopper":
        path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    else:
        path = Path(skimage.__file__).parent / "data" / name
    return cast("Image", cv2.imread(str(path), cv2.IMREAD_COLOR))


def window(image: Image, size: tuple[int, int], centre: tuple[float, float], zoom: float) -> Image:
    """What a camera sees that looks at ``centre`` (0..1) of an image; ``zoom`` 1 shows as much as fits."""
    height, width = image.shape[:2]
    scale = min(width / size[0], height / size[1]) / zoom
    half = size[0] * scale / 2, size[1] * scale / 2
    x = half[0] + centre[0] * (width - 2 * half[0])
    y = half[1] + centre[1] * (height - 2 * half[1])
    matrix = np.array([[scale, 0, x - half[0]], [0, scale, y - half[1]]], np.float64)
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)
    if scale > 1.5:  # warping alone would leave pixels out
        image = cv2.GaussianBlur(image, (0, 0), scale / 3)
    return cast("Image", cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT))


def photograph(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """A photograph, seen by a camera that stands, moves slowly, shakes in the hand or whips round once."""
    image = photo(PHOTOS[rng.integers(len(PHOTOS))])
    if rng.random() < 0.5:
        image = image[:, ::-1]
    manner = manner or str(rng.choice(["still", "slow", "slow", "zoom", "hand", "whip", "fast"]))
    at, zoom = rng.uniform(0.2, 0.8, 2), rng.uniform(1.1, 2.2)
    speed = rng.normal(0, {"slow": 0.05, "zoom": 0.01, "fast": 0.5}.get(manner, 0), 2)
    growth = rng.uniform(-0.15, 0.25) if manner == "zoom" else 0.0
    sway = rng.uniform(0.5, 1.5, 4)
    whip = rng.uniform(0.8, 2.5)

    def scene(t: float) -> Image:
        x, y = at + speed * t
        if manner == "hand":
            x += 0.012 * np.sin(t * 9 * sway[0]) + 0.008 * np.sin(t * 23 * sway[1])
            y += 0.015 * np.sin(t * 11 * sway[2]) + 0.008 * np.sin(t * 19 * sway[3])
        if manner == "whip":
            x += 2.5 * float(np.clip(t - whip, 0, 0.3))
        x, y = 1 - abs(x % 2 - 1), 1 - abs(y % 2 - 1)
        picture = window(image, size, (x, y), zoom * (1 + growth * t))
        if manner == "whip" and whip <= t < whip + 0.3:
            picture = cast("Image", cv2.blur(picture, (max(1, size[0] // 16), 1)))
        return picture

    return scene


def talking(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """Somebody before a still background, moving a little; gestures now and then."""
    back = cv2.GaussianBlur(photograph(rng, size, "still")(0), (0, 0), size[0] / 200)
    person = cv2.resize(photo(str(rng.choice(["astronaut.png", "hopper"]))), (size[0] // 3, size[1] * 2 // 3))
    mask = np.zeros(person.shape[:2], np.float32)
    cv2.ellipse(mask, (person.shape[1] // 2, person.shape[0] // 2), (person.shape[1] // 2, person.shape[0] // 2), 0, 0,
                360, 1, -1)  # fmt: skip
    mask = cv2.GaussianBlur(mask, (0, 0), 3)[..., None]
    x0, phase = rng.uniform(0.15, 0.5), rng.uniform(0, 6, 3)

    def scene(t: float) -> Image:
        picture = back.astype(np.float32)
        x = int(size[0] * (x0 + 0.02 * np.sin(2 * t + phase[0]) + 0.03 * np.sin(0.7 * t + phase[1])))
        y = int(size[1] * (0.28 + 0.02 * np.sin(3 * t + phase[2])))
        part = picture[y : y + person.shape[0], x : x + person.shape[1]]
        part += (person[: part.shape[0], : part.shape[1]] - part) * mask[: part.shape[0], : part.shape[1]]
        return picture.astype(np.uint8)

    return scene


def texture(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """A pattern with the spectrum of natural pictures, something in front of it, moving."""
    wide = size[0] * 3 // 2, size[1] * 3 // 2

    def plane(mean: float, strength: float) -> npt.NDArray[np.float32]:
        fy, fx = np.fft.fftfreq(wide[1])[:, None], np.fft.rfftfreq(wide[0])[None]
        radius = np.hypot(fx, fy)
        radius[0, 0] = 1
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal(wide[::-1])) / radius, s=wide[::-1])
        return cast("npt.NDArray[np.float32]", (noise / noise.std() * strength + mean).astype(np.float32))

    shade = plane(0, rng.uniform(15, 40))
    image = np.stack([shade + plane(rng.uniform(50, 180), 8) for _ in range(3)], axis=-1).clip(0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(2, 9))):
        corner = tuple(int(v) for v in rng.integers(0, wide))
        far = corner[0] + int(rng.integers(20, wide[0] // 3)), corner[1] + int(rng.integers(20, wide[1] // 3))
        cv2.rectangle(image, corner, far, tuple(int(v) for v in rng.integers(0, 255, 3)), -1)
    at, speed, phase = rng.uniform(0.2, 0.8, 2), rng.normal(0, 0.08, 2), rng.uniform(0, 6)
    front = tuple(int(v) for v in rng.integers(0, 255, 3))

    def scene(t: float) -> Image:
        x, y = at + speed * t
        picture = window(image, size, (1 - abs(x % 2 - 1), 1 - abs(y % 2 - 1)), 1.5)
        centre = int(size[0] * (0.5 + 0.2 * np.sin(t + phase))), int(size[1] * 0.7)
        cv2.ellipse(picture, centre, (size[0] // 8, size[1] // 3), 0, 0, 360, front, -1)
        return picture

    return scene


def drawn(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """Animation: flat colours and shapes that move twelve times a second.

    They come back at one side once they have quite gone at the other: what leaps in sight is a jump cut to any eye.
    """
    ground = tuple(int(v) for v in rng.integers(30, 255, 3))
    shapes = [(rng.uniform(0, 1, 2), rng.normal(0, 0.25, 2), rng.uniform(0.04, 0.2), rng.integers(0, 255, 3))
              for _ in range(int(rng.integers(3, 9)))]  # fmt: skip

    def scene(t: float) -> Image:
        t = np.floor(t * 12) / 12
        picture = np.full((size[1], size[0], 3), ground, np.uint8)
        cv2.rectangle(picture, (0, int(size[1] * 0.75)), size, tuple(v // 2 for v in ground), -1)
        for at, speed, radius, colour in shapes:
            room = radius * np.array([size[1] / size[0], 1]) + 0.02
            x, y = (at + speed * t + room) % (1 + 2 * room) - room
            centre = int(x * size[0]), int(y * size[1])
            cv2.circle(picture, centre, int(radius * size[1]), tuple(map(int, colour)), -1, cv2.LINE_AA)
            cv2.circle(picture, centre, int(radius * size[1]), (0, 0, 0), 2, cv2.LINE_AA)
        return picture

    return scene


def page(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """A screen recording: lines of text that are scrolled now and then."""
    tall = np.full((size[1] * 4, size[0], 3), int(rng.choice([20, 245])), np.uint8)
    ink = 255 - int(tall[0, 0, 0])
    margin = int(rng.uniform(0.05, 0.4) * size[0])
    for row in range(size[1] // 14, tall.shape[0], max(8, size[1] // 18)):
        words = "".join(rng.choice(list("abcdefghij     klmnop"), int(rng.integers(5, 50))))
        colour = (ink, int(ink * rng.uniform(0.6, 1)), int(ink * rng.uniform(0.6, 1)))
        cv2.putText(tall, words, (margin, row), cv2.FONT_HERSHEY_SIMPLEX, size[1] / 900, colour, 1, cv2.LINE_AA)
    if rng.random() < 0.7:
        corner = int(rng.uniform(0, 0.6) * size[0]), int(rng.uniform(0, 0.5) * size[1])
        cv2.rectangle(tall, corner, (corner[0] + size[0] // 3, corner[1] + size[1] // 3),
                      tuple(map(int, rng.integers(0, 255, 3))), -1)  # fmt: skip
    speed, start = rng.uniform(0, 0.6), rng.uniform(0, 1.5)

    def scene(t: float) -> Image:
        y = int((start + speed * max(0.0, (t % 2) - 1) + speed * (t // 2)) * size[1]) % (size[1] * 3)
        return tall[y : y + size[1]].copy()

    return scene


def glow(rng: np.random.Generator, size: tuple[int, int], manner: str = "") -> Scene:
    """Fire, water, a concert: soft shapes that boil and flicker."""
    fields = [cv2.resize(cv2.GaussianBlur(rng.standard_normal((64, 64)).astype(np.float32), (0, 0), 4), (256, 256)) * 60
              for _ in range(4)]  # fmt: skip
    colour, pace = rng.uniform(0.3, 1, 3), rng.uniform(1, 5)
    shake = rng.uniform(0, 0.35)

    def scene(t: float) -> Image:
        total = sum(
            np.roll(part, (int(t * pace * 20 * (k + 1)), int(t * pace * (k - 1) * 16)), (0, 1)) * np.sin(t * pace + k)
            for k, part in enumerate(fields)
        )
        light = 1 + shake * np.sin(t * 31) * np.sin(t * 17)
        bright = cv2.resize((cast("Any", total) * 3 + 90).clip(0, 255) * light, size, interpolation=cv2.INTER_CUBIC)
        done: Image = (bright[..., None] * colour).clip(0, 255).astype(np.uint8)
        return done

    return scene


KINDS = (photograph, photograph, photograph, talking, texture, drawn, page, glow)


@dataclass(frozen=True)
class Change:
    """A true boundary: ``kind`` cut, dissolve or fade; pictures ``first`` to ``last`` are neither shot alone.

    For a cut both are the new shot's first picture.
    """

    kind: str
    first: int
    last: int


@dataclass
class Truth:
    """What is known of a made film."""

    rate: float
    size: tuple[int, int]
    frames: int
    changes: list[Change] = field(default_factory=list)
    flashes: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How a film is made. ``kinds`` of scenes, ``bars`` as a share of the height at top and bottom each."""

    seed: int
    seconds: float
    size: tuple[int, int] = (320, 180)
    rate: float = 25
    kinds: Sequence[Callable[..., Scene]] = KINDS
    bars: float = 0.0
    light: float = 1.0
    grain: float = 2.0
    shortest: float = 1.2
    soft: float = 0.3
    flashes: float = 0.2


def film(plan: Plan) -> tuple[Truth, Iterator[Image]]:
    """The truth about a film, and its pictures."""
    rng = np.random.default_rng(plan.seed)
    truth = Truth(plan.rate, plan.size, round(plan.seconds * plan.rate))
    parts = list(_parts(plan, rng, truth))
    return truth, _pictures(plan, rng, truth, parts)


@dataclass(frozen=True)
class _Part:
    begin: int
    scene: Scene
    shift: float
    joint: Change | None
    through: float
    """Luma of the colour that a fade goes through."""


def _parts(plan: Plan, rng: np.random.Generator, truth: Truth) -> Iterator[_Part]:
    at, scene, length, room = 0, None, 0, 0.0
    inner = plan.size[0], round(plan.size[1] * (1 - 2 * plan.bars))
    shift, before, kind_of = 0.0, None, page  # what scrolls, or boils, does not jump
    while at < truth.frames:
        jump = kind_of not in {page, glow} and rng.random() < 0.12
        shift = float(rng.uniform(20, 60)) if jump else 0.0
        if scene is None or not jump or not _differs(before, scene(shift)):
            scene, shift, jump = None, 0.0, False
            while scene is None or not _differs(before, scene(0)):
                kind_of = plan.kinds[int(rng.integers(len(plan.kinds)))]
                scene = kind_of(rng, inner)
        joint = None
        if at:
            kind = "cut" if jump or rng.random() > plan.soft else str(rng.choice(["dissolve", "fade"]))
            soft = round(min(rng.uniform(0.3, 1.5), room) * plan.rate)
            if kind != "cut" and soft < 0.3 * plan.rate:
                kind = "cut"
            joint = Change(kind, at, at) if kind == "cut" else Change(kind, at - soft // 2, at + (soft + 1) // 2 - 1)
            if joint.last >= truth.frames - 2:
                break  # half a transition at the end would be neither one nor none
            truth.changes.append(joint)
        yield _Part(at, scene, shift, joint, 255.0 if rng.random() < 0.15 else 0.0)
        length = round(rng.uniform(plan.shortest, plan.shortest * 4) * plan.rate)
        if rng.random() < plan.flashes and length > plan.rate * 2.2:
            truth.flashes.append(at + round(length * 0.5))
        room = length / plan.rate * 0.8
        length += round(0.8 * plan.rate) if joint and joint.kind != "cut" else 0
        # What is shown last, not what would have been without the transition: else a jump may lead nowhere.
        before = scene(shift + (length - 1) / plan.rate)
        at += length
    truth.flashes[:] = [f for f in truth.flashes if f < truth.frames - 6
                        and all(f + 5 < c.first or f - 3 > c.last for c in truth.changes)]  # fmt: skip


def _differs(one: Image | None, other: Image) -> bool:
    return one is None or float(np.abs(one.astype(np.int16) - other).mean()) > 12


def _pictures(plan: Plan, rng: np.random.Generator, truth: Truth, parts: list[_Part]) -> Iterator[Image]:
    lengths = {flash: int(rng.integers(1, 4)) for flash in truth.flashes}
    bar = round(plan.size[1] * plan.bars)
    for index in range(truth.frames):
        picture = _mixed(plan, parts, index).astype(np.float32)
        for flash, length in lengths.items():
            if flash <= index < flash + length:
                picture = picture * 0.3 + 175
        picture = picture * plan.light + rng.normal(0, plan.grain, (*picture.shape[:2], 1)).astype(np.float32)
        done = picture.clip(0, 255).astype(np.uint8)
        yield cv2.copyMakeBorder(done, bar, plan.size[1] - bar - done.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=0)


def _mixed(plan: Plan, parts: list[_Part], index: int) -> npt.NDArray[Any]:
    """The picture of one part, or of two in a transition."""
    now = max(k for k, part in enumerate(parts) if part.begin <= index or k == 0)

    def seen(part: _Part) -> npt.NDArray[np.float32]:
        return part.scene((index - part.begin) / plan.rate + part.shift).astype(np.float32)

    for k in (now, now + 1):
        joint = parts[k].joint if k < len(parts) else None
        if joint is None or joint.kind == "cut" or not joint.first <= index <= joint.last:
            continue
        share = (index - joint.first + 1) / (joint.last - joint.first + 2)
        if joint.kind == "dissolve":
            return seen(parts[k - 1]) * (1 - share) + seen(parts[k]) * share
        one = parts[k - 1] if share < 0.5 else parts[k]
        return seen(one) * abs(1 - 2 * share) + parts[k].through * (1 - abs(1 - 2 * share))
    return seen(parts[now])


def write(path: Path, plan: Plan, arguments: Sequence[str] = ("-c:v", "libx264", "-preset", "veryfast")) -> Truth:
    """Make the film's file."""
    truth, pictures = film(plan)
    size = f"{plan.size[0]}x{plan.size[1]}"
    command = [ffmpeg(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-r", str(plan.rate),
               "-i", "-", "-pix_fmt", "yuv420p", *arguments, str(path)]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for picture in pictures:
            process.stdin.write(picture.tobytes())
        process.stdin.close()
    assert process.returncode == 0
    return truth
