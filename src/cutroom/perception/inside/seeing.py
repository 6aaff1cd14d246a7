"""The task ``see``: one decode of the pictures, which all visual senses share."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside import wire
from cutroom.model.percepts import Keyframe, Missing, Seeing, Shot, Transition
from cutroom.perception import keyframes
from cutroom.perception.colours import ColourSense
from cutroom.perception.freeze import StillSense
from cutroom.perception.inside.frames import luma_plane
from cutroom.perception.inside.pictures import Film, open_film
from cutroom.perception.inside.watching import Watchers, watchers
from cutroom.perception.keyframes import KeyframeSense
from cutroom.perception.letterbox import LetterboxSense
from cutroom.perception.looks import FineLook, Looks, fine_look, measure
from cutroom.perception.motion import Camera, CameraSense, camera, film_camera
from cutroom.perception.shots import Boundary, ShotFinder, shot_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutroom.media.inside.conversation import Conversation
    from cutroom.perception.inside.pictures import Picture
    from cutroom.perception.sense import Plane, Planes

# Of the whole work this much is done when the film has been gone through; the rest are key frames.
_WATCHED = 0.95
# Pictures compared for movement are about this far apart (s); further apart than the second they say nothing.
_APART, _TOO_FAR = 0.09, 0.5
# Pictures whose look is measured are at least this far apart (s).
_EACH = 0.075


class Eyes:
    """The senses that need nothing but small pictures, and those that look at the large ones."""

    def __init__(self, film: Film, watching: Watchers) -> None:
        self._film, self._watching = film, watching
        self._shots = ShotFinder(self._again, self._boundary)
        self._camera, self._looks, self._still = CameraSense(), Looks(), StillSense()
        self._colours, self._letterbox, self._frames = ColourSense(), LetterboxSense(), KeyframeSense()
        self._recent: list[tuple[float, Planes]] = []
        self._second, self._measured = -1, -1.0
        self._first: Plane | None = None
        self._last: Plane | None = None

    def look(self, picture: Picture) -> None:
        """The next analysed picture."""
        t, small = float(picture.t), picture.small
        self._shots.push(picture.index, picture.t, small, after_gap=picture.after_gap)
        cut = self._shots.seems_cut
        self._camera.push(t, small.luma, cut=cut)
        self._still.push(t, small)
        self._frames.push(picture.index, t, small)
        self._measure(picture, t, cut=cut)
        self._first = small.luma if self._first is None else self._first
        self._last = small.luma
        self._watching.look(picture, cut=cut)

    def _measure(self, picture: Picture, t: float, *, cut: bool) -> None:
        earlier = self._earlier(t, picture.small, cut=cut)
        if not cut and 0 <= t - self._measured < _EACH and int(picture.t) == self._second:
            return
        self._measured = t
        self._looks.add(int(picture.t * 10), measure(picture.small, earlier), self._finely(picture))

    def _earlier(self, t: float, small: Planes, *, cut: bool) -> Planes | None:
        """A picture of the same shot from about a tenth of a second before."""
        if cut:
            self._recent.clear()
        while len(self._recent) > 1 and t - self._recent[1][0] >= _APART:
            self._recent.pop(0)
        found = self._recent[0] if self._recent else None
        self._recent.append((t, small))
        return found[1] if found is not None and t - found[0] <= _TOO_FAR else None

    def _finely(self, picture: Picture) -> FineLook | None:
        """Once a second: what only the full-size picture shows."""
        second = int(picture.t)
        if second == self._second:
            return None
        self._second = second
        self._colours.push(picture.small)
        luma = luma_plane(picture.frame)
        self._letterbox.push(picture.turn.turned(luma))
        return fine_look(luma)

    def _again(self, first: int, last: int) -> Iterable[tuple[int, Fraction, Planes]]:
        return ((picture.index, picture.t, picture.small) for picture in self._film.exactly(first, last))

    def _boundary(self, boundary: Boundary) -> None:
        self._watching.cut(float(boundary.t))

    def seeing(self, folder: Path, talk: Conversation) -> Seeing:
        """Everything seen, after the last picture."""
        film, watching = self._film, self._watching
        if self._first is None or self._last is None:
            raise CutroomError(ErrorCode.MEDIA_DAMAGED, "No picture of this film can be decoded.")
        duration = float(film.duration)
        boundaries = self._shots.finish()
        self._still.finish(duration)
        watching.finish(duration)
        shots, cameras = self._made_shots(boundaries)
        tracks = watching.given("faces", "tracks")
        shots = tuple(replace(shot, size=shot_size(tracks or (), shot)) for shot in shots)
        seconds = max(1, -int(-duration // 1))
        chosen, lost = self._written(shots, folder, talk)
        return Seeing(
            duration=round(duration, 3),
            width=film.width,
            height=film.height,
            frames=film.frames,
            shots=shots,
            keyframes=chosen,
            look=self._looks.between(0, 10 * seconds),
            looks=tuple(self._looks.between(10 * k, 10 * k + 10) for k in range(seconds)),
            camera=film_camera(cameras),
            colours=self._colours.colours(),
            letterbox=self._in_square_pixels(),
            black=tuple(self._still.black),
            freezes=tuple(self._still.freezes),
            flashes=tuple(round(float(flash.start), 3) for flash in self._shots.flashes),
            faces=tracks,
            facecam=watching.given("faces", "facecam"),
            text=watching.given("text", "texts"),
            first_second_motion=self._looks.between(0, 10).motion,
            loop_similarity=similarity(self._first, self._last),
            missing=(*film.missing, *watching.missing, *lost),
        )

    def _made_shots(self, boundaries: tuple[Boundary, ...]) -> tuple[tuple[Shot, ...], list[Camera]]:
        inside = [b for b in boundaries if 0 < b.t < self._film.duration]
        begins = [Boundary(0, Fraction(0), Transition.START), *inside]
        ends = [*(boundary.t for boundary in inside), self._film.duration]
        movements, drifts, shots, cameras = self._camera.movements, self._camera.drifts, [], []
        for begin, end in zip(begins, ends, strict=True):
            rows, slow = (
                table[(table[:, 0] >= float(begin.t) - 1e-6) & (table[:, 1] < float(end))]
                for table in (movements, drifts)
            )
            cameras.append(camera(rows, slow))
            look = self._looks.between(int(begin.t * 10), max(int(begin.t * 10) + 1, int(end * 10)))
            shots.append(Shot(begin.t, end, begin.index, begin.kind, look, cameras[-1].motion, cameras[-1].shake))
        return tuple(shots), cameras

    def _in_square_pixels(self) -> Any:
        border, turn = self._letterbox.border(), self._film.turn
        if border is None:
            return None
        tall, wide = self._letterbox.size
        down, across = turn.shown[1] / max(1, tall), turn.shown[0] / max(1, wide)
        return replace(
            border, top=round(border.top * down), bottom=round(border.bottom * down),
            left=round(border.left * across), right=round(border.right * across),
        )  # fmt: skip

    def _written(
        self, shots: tuple[Shot, ...], folder: Path, talk: Conversation
    ) -> tuple[tuple[Keyframe, ...], list[Missing]]:
        """Key frames as files; those that cannot be decoded again are missing."""
        choices = self._frames.choose(shots, self._film.run_in)
        numbers = {choice.index: choice.shot for choice in choices}
        target = folder / keyframes.FOLDER
        target.mkdir(parents=True, exist_ok=True)
        made = []
        with closing(self._film.again(sorted(numbers))) as pictures:
            for picture in pictures:
                shot = numbers[picture.index]
                name = f"shot-{shot + 1:05d}.jpg"
                keyframes.write(target, name, picture.bgr(keyframes.WIDEST))
                made.append(Keyframe(picture.index, picture.t, shot, name))
                talk.tick("watching", _WATCHED + (1 - _WATCHED) * len(made) / len(numbers))
        lost = len(numbers) - len(made)
        gone = "one shot" if lost == 1 else f"{lost} shots"
        return tuple(made), [Missing("keyframes", f"{gone} could not be decoded again.", degraded=True)] if lost else []


def similarity(one: Plane, other: Plane) -> float:
    """Mean structural similarity (Wang et al. 2004, Gaussian window of 1.5) of two small luma planes, 0..1."""
    a, b = one.astype(np.float32), other.astype(np.float32)

    def blurred(plane: Any) -> Any:
        return cv2.GaussianBlur(plane, (0, 0), 1.5)

    mean_a, mean_b = blurred(a), blurred(b)
    var_a, var_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    both = blurred(a * b) - mean_a * mean_b
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    index = (2 * mean_a * mean_b + first) * (2 * both + second)
    index /= (mean_a**2 + mean_b**2 + first) * (var_a + var_b + second)
    return round(min(1.0, max(0.0, float(index.mean()))), 4)


def see(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """Percepts of the pictures: a packed ``Seeing``. Key frames are written to ``folder``/keyframes.

    Raises ``CutroomError``: NO_VIDEO, NOT_MEDIA, MEDIA_DAMAGED where not one picture can be decoded.
    """
    cv2.setNumThreads(1)
    with closing(open_film(params["video"], talk)) as film:
        watching = watchers(params.get("wants", []), Path(params["models"]), film)
        eyes = Eyes(film, watching)
        length = float(film.duration) or 1.0
        for picture in film.pictures():
            eyes.look(picture)
            talk.tick("watching", min(1.0, float(picture.t) / length) * _WATCHED)
        return wire.pack_object(eyes.seeing(Path(params["folder"]), talk))
