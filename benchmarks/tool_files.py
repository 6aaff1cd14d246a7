"""The files that the media tools are measured on: a scene, a film of it, a small clip, a song, a photo, a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support import films
from tests.support.film_spec import FilmSpec, Track

_X264 = ("-c:v", "libx264", "-preset", "faster", "-crf", "23", "-g", "250", "-bf", "3", "-pix_fmt", "yuv420p")


@dataclass(frozen=True)
class Scale:
    """How large the files are: pixels, seconds, repetitions."""

    scene: tuple[int, int]
    seconds: int
    repeats: int
    clip: tuple[int, int]
    clip_seconds: int
    song: int
    photo: tuple[int, int]
    drawing: tuple[int, int]


_FULL = Scale((1920, 1080), 10, 30, (640, 360), 6, 300, (6000, 4000), (2400, 1600))
_QUICK = Scale((320, 180), 6, 10, (320, 180), 2, 200, (600, 400), (300, 200))
_TINY = Scale((1920, 1080), 2, 2, (640, 360), 2, 2, (16, 16), (16, 16))
_QUICK_TINY = Scale((160, 90), 2, 2, (160, 90), 2, 2, (16, 16), (16, 16))
# As large as the real ones, where pictures move: whoever looks at a file has to decode its first picture, however
# long it is. On files of no length there is nothing at second 100.
_EARLY = {
    "--start-time": "0.2", "--end-time": "1.5", "--timestamp": "1", "--duration": "0.5", "-ss": "0.2", "-t": "0.5",
}  # fmt: skip


@dataclass
class Files:
    """The files of one scale, by name."""

    folder: Path
    tiny: bool
    about: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return self.paths[name]

    def add(self, name: str, path: Path, text: str) -> None:
        self.paths[name] = path
        self.about[name] = f"{text}, {path.stat().st_size / 1e6:.1f} MB"

    def fitting(self, words: Sequence[str]) -> list[str]:
        """A command, changed to what these files can serve."""
        found = list(words)
        if self.tiny:
            for place, word in enumerate(words[:-1]):
                found[place + 1] = _EARLY.get(word, found[place + 1])
        return found


def make_files(folder: Path, *, quick: bool, tiny: bool = False) -> Files:
    """All files, in ``folder``; ``tiny`` ones are those that starting up is measured with."""
    folder.mkdir()
    scale = (_QUICK_TINY if tiny else _QUICK) if quick else (_TINY if tiny else _FULL)
    made = Files(folder, tiny=tiny)
    height = scale.scene[1]
    scene = _film(scale.scene, scale.seconds, plain=made.tiny)
    made.add("scene", scene, f"{scale.seconds} s of {height}p30, H.264 and AAC")
    clip = _film(scale.clip, scale.clip_seconds, plain=made.tiny)
    made.add("clip", clip, f"{scale.clip_seconds} s of {scale.clip[1]}p30, H.264 and AAC")
    wave, song = folder / "song.wav", folder / "song.flac"
    films.write_wave(wave, Track(61), Fraction(scale.song))
    films.run(["-i", str(wave), "-c:a", "flac", str(song)])
    film, seconds = folder / "film.mp4", scale.seconds * scale.repeats
    films.run([
        *("-stream_loop", str(scale.repeats - 1), "-i", str(scene), "-stream_loop", "-1", "-i", str(wave)),
        *("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "128k", "-t", str(seconds), str(film)),
    ])  # fmt: skip
    wave.unlink()
    made.add("film", film, f"{seconds} s of {height}p30, H.264 and AAC")
    made.add("song", song, f"{scale.song} s of FLAC, stereo")
    for name, size, ending in (("photo", scale.photo, "jpg"), ("drawing", scale.drawing, "png")):
        path = folder / f"{name}.{ending}"
        _picture(*size).save(path, quality=92)
        made.add(name, path, f"{size[0]}x{size[1]} {ending.upper()}")
    return made


def _film(size: tuple[int, int], seconds: int, *, plain: bool) -> Path:
    """``plain`` pictures cost next to nothing: what is timed is everything else."""
    spec = FilmSpec(
        f"tools_{size[1]}_{seconds}{'_plain' * plain}", frames=seconds * 30, width=size[0],
        height=size[1], seed=8, grain=0.0 if plain else 3.0, video=_X264, tracks=(Track(62),),
    )  # fmt: skip
    return films.build(spec).path


def _picture(width: int, height: int) -> Image.Image:
    """Soft shapes, hard edges and a little noise, as photographs have."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    soft = np.stack([90 + 80 * np.sin(x / (97 + 40 * c) + c) * np.cos(y / (141 - 30 * c)) for c in range(3)], axis=2)
    for _ in range(20):
        left, top = int(rng.integers(0, width)), int(rng.integers(0, height))
        soft[top : top + height // 6, left : left + width // 8] = rng.integers(20, 230, 3)
    soft += rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8))
