"""The long film of the benchmarks: 1080p30 H.264 of about 3.7 Mb/s, any length, built in minutes and kept.

One stretch of 192 s is coded (9,000 AAC frames of 48 kHz sound are exactly as long) and then repeated by copying. So
picture ``i`` carries the number ``i % 5760``, and the sound repeats every 192 s; the oracle knows both.
"""

from __future__ import annotations

import inspect
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from tests.support import films, painting
from tests.support.film_spec import Film, FilmSpec, Shown, Track

PERIOD = 5760
"""Pictures until the numbers start again."""
RATE = Fraction(30)

_TRACK = Track(51)
_UNIT = FilmSpec(
    "benchmark_unit",
    frames=PERIOD,
    width=1920,
    height=1080,
    seed=5,
    grain=4.2,
    tracks=(),
    video=(
        *("-c:v", "libx264", "-preset", "faster", "-crf", "23", "-g", "250", "-bf", "3", "-pix_fmt", "yuv420p"),
        *("-x264-params", "b-pyramid=normal"),
    ),
)


def benchmark_film(seconds: int = 3600, *, unit: FilmSpec = _UNIT) -> Film:
    """A film of ``seconds`` (a whole number of them) of 1080p30 with AAC sound. The first call takes minutes."""
    spec = FilmSpec(
        f"benchmark_{seconds}_{unit.height}", frames=int(seconds * RATE), width=unit.width, height=unit.height,
        tracks=(_TRACK,), copyable=True,
    )  # fmt: skip
    folder = films.cache_root() / f"{spec.name}-{films.key((spec, unit, inspect.getsource(_repeat)))}"
    path = folder / "film.mp4"
    with films.locked(films.cache_root() / f"{spec.name}.lock"):
        if not path.exists():
            for old in films.cache_root().glob(f"{spec.name}-????????????????"):
                shutil.rmtree(old, ignore_errors=True)
            folder.mkdir()
            with tempfile.TemporaryDirectory(dir=films.cache_root()) as scratch:
                _repeat(films.build(unit), seconds, Path(scratch)).replace(path)
    step = 1 / RATE
    return Film(spec, path, tuple(Shown(i * step, step, i % unit.frames) for i in range(spec.frames)))


def _repeat(unit: Film, seconds: int, scratch: Path) -> Path:
    length = unit.spec.seconds
    listing, tone, out = scratch / "list.txt", scratch / "tone.wav", scratch / "film.mp4"
    listing.write_text(f"file 'file:{unit.path}'\nduration {float(length)}\n" * -int(-seconds // length))
    films.write_wave(tone, _TRACK, length)
    films.run([
        *("-f", "concat", "-safe", "0", "-i", str(listing), "-stream_loop", "-1", "-i", str(tone)),
        *("-map", "0:v", "-map", "1:a", "-t", str(seconds), "-c:v", "copy"),
        *("-c:a", "aac", "-b:a", "128k", "-aac_pns", "0", str(out)),
    ])  # fmt: skip
    return out


def tone(start: float, length: float, unit_seconds: float = PERIOD / 30) -> painting.Samples:
    """The film's sound as it was before coding, ``length`` seconds from film time ``start`` (mono, 48 kHz)."""
    import numpy as np

    whole = painting.sound(_TRACK.seed, unit_seconds)
    first = round(start * painting.SAMPLE_RATE)
    return np.take(whole, range(first, first + round(length * painting.SAMPLE_RATE)), mode="wrap")
