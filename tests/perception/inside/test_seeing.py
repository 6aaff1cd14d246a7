from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.inside import wire
from cutroom.media.inside.conversation import Conversation
from cutroom.model.percepts import Missing, Seeing, Transition
from cutroom.perception.inside import watching
from cutroom.perception.inside.pictures import open_film
from cutroom.perception.inside.seeing import see, similarity
from tests.support.films import film, run
from tests.support.short_films import short_film
from tests.support.shot_films import KINDS, Plan, Truth, photograph, talking, texture, write

X264 = ("-c:v", "libx264", "-preset", "veryfast")


class Ears(Conversation):
    """A conversation of which progress is kept."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), io.BytesIO())
        self.ticks: list[tuple[str, float]] = []

    def tick(self, stage: str, fraction: float) -> None:
        self.ticks.append((stage, fraction))


def params(path: Path, folder: Path, *wants: str) -> dict[str, Any]:
    video = {"path": str(path), "size": path.stat().st_size}
    return {"video": video, "folder": str(folder), "models": str(folder / "models"), "wants": list(wants)}


def seen(path: Path, folder: Path, *wants: str, talk: Conversation | None = None) -> Seeing:
    return wire.unpack(Seeing, see(params(path, folder, *wants), talk or Ears()))


def load(path: str) -> npt.NDArray[Any]:
    picture = cv2.imread(path)
    assert picture is not None
    return picture


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    path = tmp_path_factory.mktemp("shots") / "film.mp4"
    kinds = (photograph, texture, talking)
    plan = Plan(7, 8, size=(192, 108), kinds=kinds, soft=0.0, flashes=0.0, shortest=0.6)
    return path, write(path, plan, (*X264, "-g", "60", "-sc_threshold", "0"))


@pytest.mark.slow
def test_a_film_is_seen_as_it_was_made(made: tuple[Path, Truth], tmp_path: Path) -> None:
    path, truth = made
    talk = Ears()
    seeing = seen(path, tmp_path, talk=talk)
    assert (seeing.width, seeing.height, seeing.frames, seeing.duration) == (192, 108, 200, 8.0)
    wanted = [change.first for change in truth.changes]
    assert [shot.first_frame for shot in seeing.shots] == [0, *wanted]
    assert [shot.start for shot in seeing.shots[1:]] == [Fraction(number, 25) for number in wanted]
    assert [shot.end for shot in seeing.shots] == [*(shot.start for shot in seeing.shots[1:]), Fraction(8)]
    assert {shot.begins_with for shot in seeing.shots[1:]} == {Transition.CUT}
    assert len(seeing.looks) == 8
    assert (seeing.faces, seeing.text) == (None, None)
    assert seeing.missing == ()
    fractions = [fraction for stage, fraction in talk.ticks if stage == "watching"]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1


@pytest.mark.slow
def test_key_frames_are_the_pictures_they_say_they_are(made: tuple[Path, Truth], tmp_path: Path) -> None:
    path, _ = made
    seeing = seen(path, tmp_path)
    assert [frame.shot for frame in seeing.keyframes] == list(range(len(seeing.shots)))
    everything = tmp_path / "all"
    everything.mkdir()
    run(["-i", str(path), "-fps_mode", "passthrough", str(everything / "%d.png")])
    for frame in seeing.keyframes:
        shot = seeing.shots[frame.shot]
        assert shot.start <= frame.t < shot.end
        assert frame.t == Fraction(frame.frame_index, 25)
        picture = load(str(tmp_path / "keyframes" / frame.file)).astype(float)
        assert np.abs(picture - load(str(everything / f"{frame.frame_index + 1}.png"))).mean() < 4
    assert sorted(file.name for file in (tmp_path / "keyframes").iterdir()) == [
        frame.file for frame in seeing.keyframes
    ]


@pytest.mark.slow
def test_the_same_film_is_seen_the_same(made: tuple[Path, Truth], tmp_path: Path) -> None:
    assert see(params(made[0], tmp_path), Ears()) == see(params(made[0], tmp_path), Ears())


class Watcher:
    """A sense that writes down what it is given."""

    def __init__(self, *_: object) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.missing: tuple[Missing, ...] = (Missing("faces", "Only a test."),)
        self.tracks, self.facecam = (), None

    def wants(self, t: float, index: int, small: Any, cut: bool) -> int | None:
        assert small.dtype == np.uint8
        assert max(small.shape) <= 110
        return {0: 64, 1: 0, 2: 5000}.get(index)

    def look(self, t: float, index: int, picture: Any) -> None:
        self.calls.append((index, picture.shape))

    def cut(self, t: float) -> None:
        self.calls.append(("cut", t))

    def finish(self, duration: float) -> None:
        self.calls.append(("end", duration))


def test_a_sense_gets_the_pictures_it_wants_and_hears_of_cuts(
    made: tuple[Path, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher()
    monkeypatch.setattr(watching, "_faces", lambda *_: watcher)
    seeing = seen(made[0], tmp_path, "faces")
    assert watcher.calls[:2] == [(0, (36, 64, 3)), (1, (108, 192, 3))]
    assert watcher.calls[-1] == ("end", 8.0)
    assert [call[1] for call in watcher.calls if call[0] == "cut"] == [float(shot.start) for shot in seeing.shots[1:]]
    assert seeing.faces == ()
    assert seeing.missing == watcher.missing


@pytest.mark.slow
@pytest.mark.parametrize("where", ["wants", "look", "cut", "finish"])
def test_a_sense_that_fails_costs_only_itself(
    made: tuple[Path, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    watcher = Watcher()
    monkeypatch.setattr(watcher, where, fail)
    monkeypatch.setattr(watching, "_faces", lambda *_: watcher)
    seeing = seen(made[0], tmp_path, "faces")
    assert seeing.faces is None
    assert [missing.sense for missing in seeing.missing] == ["faces"]
    assert len(seeing.shots) > 1


@pytest.mark.slow
def test_sound_alone_has_nothing_to_see(tmp_path: Path) -> None:
    with pytest.raises(CutroomError) as refused:
        seen(film("sound_m4a").path, tmp_path)
    assert refused.value.code == ErrorCode.NO_VIDEO


@pytest.mark.parametrize("name", ["h264_one_frame", "h264_three_frames"])
def test_hardly_any_film_is_one_shot(name: str, tmp_path: Path) -> None:
    seeing = seen(film(name).path, tmp_path)
    assert len(seeing.shots) == len(seeing.keyframes) == 1
    assert seeing.shots[0].end > 0


def test_a_picture_is_most_like_itself() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 255, (54, 96), np.uint8)
    assert similarity(one, one) == 1.0
    other = one.copy()
    other[:20] = 128
    assert 0 <= similarity(one, rng.integers(0, 255, (54, 96), np.uint8)) < similarity(one, other) < 1


NUMBERED = ["mp4", "h264_open", "mpegts", "vfr", "webm", "hevc_mkv", "phone", "edit_list", "avi_mp3", "flv",
            "mkv_offset", "odd"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NUMBERED)
def test_every_picture_has_its_number_and_time(name: str, tmp_path: Path) -> None:
    known = short_film(name)
    opened = open_film(params(known.path, tmp_path)["video"], Ears())
    pictures = list(opened.pictures())
    assert opened.frames == len(known.times)
    assert [picture.t for picture in pictures] == [known.times[picture.index] for picture in pictures]
    assert pictures[0].index == 0
    assert pictures[-1].index == len(known.times) - 1
    assert opened.duration == pytest.approx(float(known.end), abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "extension", "rate"),
    [
        ((*X264, "-bf", "3", "-b-pyramid", "normal", "-sc_threshold", "0"), "mp4", 30),
        ((*X264, "-bf", "3", "-b-pyramid", "none"), "mkv", 24),
        ((*X264, "-bf", "0"), "ts", 50),
        (("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), "webm", 12),
        (("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=4"), "mp4", 30),
        (("-c:v", "mpeg2video", "-q:v", "5"), "ts", 29.97),
    ],
    ids=["pyramid", "no_pyramid", "no_b", "vp9", "hevc", "mpeg2"],
)
def test_cuts_are_exact_in_every_coding(
    arguments: tuple[str, ...], extension: str, rate: float, tmp_path: Path
) -> None:  # fmt: skip
    path = tmp_path / f"film.{extension}"
    kinds = (photograph, texture, talking, KINDS[5])
    truth = write(
        path, Plan(3, 6, size=(192, 108), rate=rate, kinds=kinds, soft=0, flashes=0.5, shortest=0.8), arguments
    )
    seeing = seen(path, tmp_path)
    assert [shot.first_frame for shot in seeing.shots[1:]] == [change.first for change in truth.changes]


@pytest.mark.slow
def test_damage_is_passed_over_and_told(made: tuple[Path, Truth], tmp_path: Path) -> None:
    data = bytearray(made[0].read_bytes())
    middle = data.index(b"mdat") + 4
    rng = np.random.default_rng(0)
    for at in rng.integers(middle + 3000, len(data) - 30_000, 40):
        data[at] ^= 0xFF
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    seeing = seen(path, tmp_path)
    assert seeing.frames == 200
    assert any(missing.sense == "pictures" and missing.degraded for missing in seeing.missing)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("recipe", "check"),
    [
        ("color=red:s=320x240:r=25:d=0.5", lambda s: s.duration == pytest.approx(0.5, abs=0.05) and len(s.shots) == 1),
        ("testsrc2=s=160x90:r=1:d=8", lambda s: len(s.looks) == 8),
        ("testsrc2=s=160x90:r=120:d=2", lambda s: s.frames == 240 and len(s.shots) == 1),
        ("color=gray:s=64x64:r=25:d=3", lambda s: s.freezes[0].start == 0 and s.freezes[0].end == 3.0),
        ("color=black:s=64x64:r=25:d=2", lambda s: s.black[0].end == 2.0 and len(s.keyframes) == 1),
        ("testsrc2=s=16x2000:r=5:d=1", lambda s: len(s.shots) == 1),
    ],
    ids=["short", "slow", "fast", "frozen", "black", "long"],
)
def test_odd_films(recipe: str, check: Callable[[Seeing], bool], tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    run(["-f", "lavfi", "-i", recipe, *X264, "-pix_fmt", "yuv420p", str(path)])
    assert check(seen(path, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("size", ["1x1", "2x2", "2x64"])
def test_the_smallest_films_are_seen_and_what_they_cannot_hold_is_told_in_a_sentence(size: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    run(["-f", "lavfi", "-i", f"testsrc=s={size}:r=10:d=1", "-c:v", "huffyuv", "-pix_fmt", "rgb24", str(path)])
    seeing = seen(path, tmp_path, "text")
    assert (len(seeing.shots), seeing.frames, seeing.text) == (1, 10, None)
    assert [missing.sense for missing in seeing.missing] == ["text"]
    assert "too small" in seeing.missing[0].reason


@pytest.mark.slow
def test_turned_and_stretched_pictures_come_upright(tmp_path: Path) -> None:
    for name, size in (("phone", (180, 320)), ("h264_anamorphic", (320, 180))):
        seeing = seen(short_film(name).path, tmp_path)
        assert (seeing.width, seeing.height) == size
        picture = load(str(tmp_path / "keyframes" / seeing.keyframes[0].file))
        assert picture.shape[1::-1] == size
