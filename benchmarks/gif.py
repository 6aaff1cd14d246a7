"""A GIF of 8 s of a 1080p film: ours against ffmpeg's one-pass split palette (stats_mode=diff, bayer 3, rectangle).

usage: python -m benchmarks.gif [--quick]

Both are 480 wide at 15 pictures a second. Likeness (SSIM) is that to the scaled source, picture by picture. The film
is made here: moving 1/f textures in luma and chroma, hard edges, grain, cuts; grain is what makes GIFs dear.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import Goal, Usage, conclude, machine, measure, median, spread
from cutroom.media.encode import EncodePlan, Encoding, PicturePlan, encode
from cutroom.media.ffmpeg.binary import find
from cutroom.model.clip import Format
from cutroom.model.media import VideoFacts

RATE = 30
START = Fraction(2)
Plane = npt.NDArray[np.uint8]
FFMPEG = str(find().path)


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small film and one pair")
    quick = parser.parse_args().quick
    size, short, long, pairs = ((480, 270), 1, 2, 1) if quick else ((1920, 1080), 8, 32, 5)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        film = work / "film.mp4"
        make_film(film, long + 4, *size)
        print(
            f"{machine()}\nfilm: {long + 4} s of {size[1]}p{RATE}, {film.stat().st_size / 1e6:.0f} MB; GIF of {short} s"
        )
        goals = compare(film, size, short, pairs, work)
        goals.append(flatness(film, size, short, long, work))
    return conclude("goals (quick run: not binding)" if quick else "goals", goals, binding=not quick)


def compare(film: Path, size: tuple[int, int], seconds: int, pairs: int, work: Path) -> list[Goal]:
    """Ours and the peer in turn."""
    wanted = work / "wanted.nut"
    run(
        "-ss",
        START,
        "-t",
        seconds,
        "-i",
        film,
        "-an",
        "-vf",
        "fps=15,scale=480:-2,format=yuv444p",
        "-c:v",
        "ffv1",
        wanted,
    )
    mine, theirs = [], []
    for _ in range(pairs):
        theirs.append(peer(film, seconds, work))
        mine.append(ours(film, size, seconds, work))
    likeness = {name: ssim(work / f"{name}.gif", wanted) for name in ("ours", "peer")}
    print(f"\n{'':6}{'CPU s':>22}{'peak MB':>10}{'GIF MB':>9}{'SSIM':>8}")
    for name, runs in (("ours", mine), ("peer", theirs)):
        cpu, peak = spread([r.cpu for r in runs]), max(r.peak for r in runs) / 1e6
        print(
            f"{name:6}{cpu:>22}{peak:>10.0f}{(work / f'{name}.gif').stat().st_size / 1e6:>9.1f}{likeness[name]:>8.3f}"
        )
    ratios = [a.cpu / b.cpu for a, b in zip(mine, theirs, strict=True)]
    print(f"CPU ratio ours / peer: {spread(ratios)}")
    return [
        Goal("gif_cpu_of_split_palette", median(ratios), 0.6),
        Goal("gif_ssim_below_split_palette", likeness["peer"] - likeness["ours"], 0.005, ""),
    ]


def flatness(film: Path, size: tuple[int, int], short: int, long: int, work: Path) -> Goal:
    """Peak memory of a long GIF against that of a short one."""
    small, large = (ours(film, size, seconds, work).peak for seconds in (short, long))
    theirs = peer(film, long, work).peak
    print(f"peak of {short} s: {small / 1e6:.0f} MB, of {long} s: {large / 1e6:.0f} MB (peer: {theirs / 1e6:.0f} MB)")
    return Goal("gif_peak_long_over_short", large / small, 1.15)


def peer(film: Path, seconds: int, work: Path) -> Usage:
    """The recipe to beat."""
    graph = (
        "fps=15,scale=480:-2,split[a][b];[a]palettegen=stats_mode=diff[p];"
        "[b][p]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"
    )
    clip = ("-i", film, "-an", "-filter_complex", graph, "-f", "gif", work / "peer.gif")
    return measure([FFMPEG, "-v", "error", "-nostdin", "-y", "-ss", str(START), "-t", str(seconds), *clip])


def ours(film: Path, size: tuple[int, int], seconds: int, work: Path) -> Usage:
    """The engine's own commands, run one after the other."""
    encoding = plan(film, size, seconds)
    used = [measure([FFMPEG, *step.command.arguments(work)]) for step in encoding.steps]
    (work / encoding.result.name).replace(work / "ours.gif")
    return Usage(sum(u.wall for u in used), sum(u.cpu for u in used), max(u.peak for u in used))


def plan(film: Path, size: tuple[int, int], seconds: int) -> Encoding:
    """A plan as the engine makes it; the film's facts are known, for it was made here."""
    facts = VideoFacts(
        index=0, codec="h264", profile="High", width=size[0], height=size[1], pixel_format="yuv420p", bit_depth=8,
        sample_aspect=Fraction(1), rotation=0, mirrored=False, frame_rate=Fraction(RATE), variable_frame_rate=False,
        interlaced=False, hdr=None, color_primaries=2, color_transfer=2, color_space=2, color_range=1,
        time_base=Fraction(1, 15360), start=Fraction(0), duration=None, frames=None, bit_rate=None, still=False,
    )  # fmt: skip
    end, step = START + seconds, Fraction(1, RATE)
    # The same seek as the peer's: ffmpeg finds the keyframe at or before it by itself.
    picture = PicturePlan(film, "mov", facts, START, end - step, end, before=START - step, seek=START)
    return encode(EncodePlan(Format.GIF, picture=picture))


def ssim(gif: Path, wanted: Path) -> float:
    """Mean likeness of the GIF's pictures to the scaled ones, by number."""
    same = "settb=1/15,setpts=N,format=yuv444p"
    graph = f"[0:v]fps=15,{same}[a];[1:v]{same}[b];[a][b]ssim"
    done = subprocess.run(
        [FFMPEG, "-hide_banner", "-nostdin", "-i", gif, "-i", wanted, "-lavfi", graph, "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"All:([0-9.]+)", done.stderr)
    if found is None:
        raise RuntimeError(done.stderr[-500:])
    return float(found[1])


def run(*arguments: object, pictures: Iterator[bytes] | None = None) -> None:
    """Run ffmpeg outside the measurement."""
    process = subprocess.Popen(
        [FFMPEG, "-v", "error", "-nostdin", "-y", *map(str, arguments)],
        stdin=subprocess.PIPE if pictures else subprocess.DEVNULL,
    )
    if pictures and process.stdin:
        with process.stdin as pipe:
            for picture in pictures:
                pipe.write(picture)
    if process.wait():
        message = f"ffmpeg ended with {process.returncode}"
        raise RuntimeError(message)


def make_film(path: Path, seconds: int, width: int, height: int) -> None:
    """The film, coded as such films usually are."""
    raw = (
        "-f",
        "rawvideo",
        "-pixel_format",
        "yuv420p",
        "-video_size",
        f"{width}x{height}",
        "-framerate",
        RATE,
        "-i",
        "-",
    )
    code = ("-c:v", "libx264", "-preset", "faster", "-crf", "23", "-g", "250", path)
    run(*raw, *code, pictures=paint(seconds * RATE, width, height))


def paint(frames: int, width: int, height: int) -> Iterator[bytes]:
    """Raw 4:2:0 pictures: a textured background that drifts, a textured foreground that sways, grain over all."""
    rng = np.random.default_rng(7)
    scenes = [textures(rng, width * 5 // 4 & ~3, height * 5 // 4 & ~3) for _ in range(6)]
    grain = rng.normal(0, 2.2, (height + 64, width + 64))
    brighter, darker = (np.clip(sign * grain, 0, 9).astype(np.uint8) for sign in (1, -1))
    left = frames
    while left > 0:
        scene = int(rng.integers(len(scenes)))
        length = min(left, int(rng.uniform(1.5, 6) * RATE))
        left -= length
        start, speed, phase = rng.uniform(0.1, 0.9, 2), rng.normal(0, (2, 1)), rng.uniform(0, 6)
        for j in range(length):
            luma, u, v = window(scenes[scene], width, height, start, speed * j, np.sin(j / 21 + phase))
            other = scenes[(scene + 2) % len(scenes)][0]
            x, y = int(width * (0.38 + 0.06 * np.sin(j / 33 + phase))) & ~1, int(height * 0.42 + 8 * np.sin(j / 9)) & ~1
            w, h = width // 4 & ~3, height // 2 & ~3
            luma[y : y + h, x : x + w] = other[:h, :w]
            u[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = 118
            v[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = 145
            a, b = rng.integers(0, 64, 2)
            luma += brighter[a : a + height, b : b + width]
            luma -= darker[a : a + height, b : b + width]
            yield luma.tobytes() + u.tobytes() + v.tobytes()


def textures(rng: np.random.Generator, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """One scene's luma and chroma, with hard edges in the luma."""
    luma = texture(rng, width, height, rng.uniform(18, 42), rng.uniform(60, 170), rng.uniform(0.85, 1.15))
    for _ in range(8):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        luma[y : y + int(rng.integers(30, 300)), x : x + int(rng.integers(40, 500))] = rng.integers(20, 230)
    u, v = (texture(rng, width // 2, height // 2, 10, rng.uniform(95, 160), 1.4) for _ in range(2))
    return luma, u, v


def texture(rng: np.random.Generator, width: int, height: int, strength: float, mean: float, slope: float) -> Plane:
    """1/f noise."""
    distance = np.sqrt(np.fft.fftfreq(height)[:, None] ** 2 + np.fft.rfftfreq(width)[None] ** 2)
    distance[0, 0] = 1
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width))) / distance**slope, s=(height, width))
    plane: Plane = np.clip((noise - noise.mean()) / noise.std() * strength + mean, 16, 235).astype(np.uint8)
    return plane


def window(
    scene: tuple[Plane, Plane, Plane], width: int, height: int, start: npt.NDArray[np.float64],
    moved: npt.NDArray[np.float64], sway: float,
) -> tuple[Plane, Plane, Plane]:  # fmt: skip
    """What the camera sees of a scene: even offsets, turning back at the scene's border."""
    luma, u, v = scene
    room = luma.shape[1] - width, luma.shape[0] - height
    x, y = (
        int(abs((start[i] * room[i] + moved[i] + (12 * sway if i == 0 else 0)) % (2 * room[i]) - room[i])) & ~1
        for i in (0, 1)
    )
    half = np.s_[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    return luma[y : y + height, x : x + width].copy(), u[half].copy(), v[half].copy()


if __name__ == "__main__":
    sys.exit(main())
