"""Builds the generated films once and keeps them: ``film("h264_open")`` gives the file and the truth about it.

The cache folder is ``CUTROOM_TEST_CACHE``, else a folder of the user's cache. A film is known by a hash of its recipe
and of the code that paints, builds and reads it, so an edit there builds anew. Safe with several test processes.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from tests.support import painting, reader
from tests.support.catalogue import catalogue
from tests.support.film_spec import PLACE, SECRET, Film, FilmSpec, Shown, Track

FILMS: dict[str, FilmSpec] = catalogue()
PICTURE_FILMS = [name for name, spec in FILMS.items() if spec.has_video]
SOUND_FILMS = [name for name, spec in FILMS.items() if not spec.has_video]

CHAPTERS = f";FFMETADATA1\ntitle={SECRET}\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=9\ntitle={SECRET}\n"
SUBTITLES = f"1\n00:00:01,000 --> 00:00:09,000\n{SECRET}\n"


def ffmpeg() -> str:
    """The ffmpeg that builds the films."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def cache_root() -> Path:
    """Where films are kept between runs."""
    named = os.environ.get("CUTROOM_TEST_CACHE")
    base = Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cutroom-tests"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        base = Path(tempfile.gettempdir()) / "cutroom-tests"
        base.mkdir(parents=True, exist_ok=True)
    return base


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One builder at a time. Without file locks (Windows) two may build the same film; the last one is kept."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@lru_cache(maxsize=1)
def _sources() -> str:
    """The code a built film depends on. Not all of the modules: an edit of an unrelated line must not build anew."""
    built = (painting, make, _post, _encode, _inputs, write_wave, CHAPTERS, SUBTITLES)
    seen = (reader.read_pictures, reader._upright, reader._matrix)
    return "".join(part if isinstance(part, str) else inspect.getsource(part) for part in (*built, *seen))


def key(spec: object) -> str:
    """What a built thing is known by: the recipe and the code that follows it."""
    return hashlib.sha256((repr(spec) + _sources()).encode()).hexdigest()[:16]


@cache
def film(name: str) -> Film:
    """A film of the catalogue, built if it is not there yet."""
    return build(FILMS[name])


def build(spec: FilmSpec) -> Film:
    """Any film: from the cache, or made and put there."""
    folder = cache_root() / f"{spec.name}-{key(spec)}"
    path, truth = folder / f"film.{spec.extension}", folder / "truth.json"
    with locked(cache_root() / f"{spec.name}.lock"):
        if not truth.exists():
            for old in cache_root().glob(f"{spec.name}-????????????????"):
                shutil.rmtree(old, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=cache_root()) as scratch:
                made = make(spec, Path(scratch))
                folder.mkdir(exist_ok=True)
                made.replace(path)
                _write_truth(path, truth)
    return Film(spec, path, _read_truth(truth))


def _write_truth(path: Path, truth: Path) -> None:
    rows = [[str(s.pts), str(s.duration), s.number] for s in reader.read_pictures(path)]
    part = truth.with_suffix(".part")
    part.write_text(json.dumps(rows))
    part.replace(truth)


def _read_truth(truth: Path) -> tuple[Shown, ...]:
    return tuple(Shown(Fraction(p), Fraction(d), n) for p, d, n in json.loads(truth.read_text()))


def make(spec: FilmSpec, scratch: Path) -> Path:
    """Make the film's file in ``scratch`` and return it."""
    if spec.join:
        joined = scratch / f"joined.{spec.extension}"
        joined.write_bytes(b"".join(build(part).path.read_bytes() for part in spec.join))
        return joined
    path = _encode(spec, scratch)
    for step, arguments in enumerate(_post(spec, scratch)):
        after = scratch / f"step{step}.{spec.extension}"
        run([word.format_map({"in": str(path), "out": str(after)}) for word in arguments])
        path = after
    return path


def _post(spec: FilmSpec, scratch: Path) -> tuple[tuple[str, ...], ...]:
    if spec.extension != "m4b":
        return spec.post
    cover = scratch / "cover.png"
    run(["-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", str(cover)])
    return (("-i", "{in}", "-i", str(cover), "-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic",
             "-f", "ipod", "{out}"),)  # fmt: skip


def run(arguments: list[str], pictures: Iterator[bytes] | None = None) -> None:
    """Run ffmpeg, raw pictures on its standard input."""
    command = [ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    with tempfile.TemporaryFile() as errors:
        stdin = subprocess.PIPE if pictures is not None else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=stdin, stderr=errors)
        if pictures is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                for picture in pictures:
                    pipe.write(picture)
        if process.wait() != 0:
            errors.seek(0)
            raise RuntimeError(f"ffmpeg failed: {command}\n{errors.read().decode(errors='replace')[-2000:]}")


def _encode(spec: FilmSpec, scratch: Path) -> Path:
    out = scratch / f"film.{spec.extension}"
    inputs, maps = _inputs(spec, scratch)
    coding = [*spec.video, *(("-vf", spec.store) if spec.store else ())] if spec.frames else []
    for index, track in enumerate(spec.tracks):
        names, values = track.codec[::2], track.codec[1::2]
        coding += [word for n, v in zip(names, values, strict=True) for word in (f"-{n}:a:{index}", v)]
        coding += [
            f"-metadata:s:a:{index}",
            f"language={track.language}",
            f"-metadata:s:a:{index}",
            f"handler_name={SECRET}",
        ]
    tags = ["-metadata", f"title={SECRET}", "-metadata", f"comment={SECRET}", "-metadata", f"location={PLACE}"]
    pictures = None
    if spec.frames:
        tags += ["-metadata:s:v", f"handler_name={SECRET}"]
        pictures = painting.paint(
            spec.width, spec.height, spec.frames, seed=spec.seed, rate=float(spec.rate), first=spec.first,
            subsampled=spec.raw == "yuv420p", cuts=spec.cuts, grain=spec.grain,
        )  # fmt: skip
    run([*inputs, *maps, *coding, *tags, *spec.muxer, str(out)], pictures)
    return out


def _inputs(spec: FilmSpec, scratch: Path) -> tuple[list[str], list[str]]:
    inputs: list[str] = []
    maps: list[str] = []
    # ffmpeg drops what lies before zero, so sound that starts early is a picture that starts late.
    late = max([-track.delay for track in spec.tracks if track.delay < 0], default=Fraction(0))
    if spec.frames:
        size = f"{spec.width}x{spec.height}"
        inputs += ["-itsoffset", str(float(late))] if late else []
        inputs += ["-f", "rawvideo", "-pixel_format", spec.raw, "-video_size", size, "-framerate", str(spec.rate)]
        inputs += ["-i", "pipe:0"]
        maps += ["-map", "0:v"]
    count = len(maps) // 2
    for index, track in enumerate(spec.tracks):
        path = scratch / f"track{index}.wav"
        write_wave(path, track, spec.seconds if spec.frames else Fraction(20))
        delay = track.delay + late
        inputs += [*(("-itsoffset", str(float(delay))) if delay else ()), "-i", str(path)]
        maps += ["-map", f"{count + index}:a"]
    if spec.extras:
        (scratch / "chapters.txt").write_text(CHAPTERS)
        (scratch / "words.srt").write_text(SUBTITLES)
        last = count + len(spec.tracks)
        inputs += ["-f", "ffmetadata", "-i", str(scratch / "chapters.txt"), "-i", str(scratch / "words.srt")]
        maps += ["-map", f"{last + 1}:s", "-map_metadata", str(last), "-map_chapters", str(last)]
        maps += ["-c:s", "mov_text" if spec.extension == "mp4" else "srt"]
    return inputs, maps


def write_wave(path: Path, track: Track, seconds: Fraction) -> None:
    """The sound of a track as a 16-bit wave file, every channel the same noise at its own strength."""
    mono = painting.sound(track.seed, float(seconds), track.rate)
    strengths = [1.0, 0.8, 0.6, 0.3, 0.5, 0.4][: track.channels]
    samples = (np.stack([mono * s for s in strengths], axis=1) * 32000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(track.channels)
        file.setsampwidth(2)
        file.setframerate(track.rate)
        file.writeframes(samples.tobytes())
