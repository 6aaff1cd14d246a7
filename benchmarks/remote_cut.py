"""Bytes and requests of a cut out of a long film behind a link, against what it needs and against its peers.

usage: python -m benchmarks.remote_cut [--quick]

The film is served on loopback by a server that counts. What a cut needs is the film's index and the bytes from the
key frame before the start to the last frame. Peers: ffmpeg's stream copy reading the link itself, and yt-dlp's
``--download-sections``. Every clip of ours is first checked frame by frame against the cut of the local file.
``--quick`` uses a short film: it proves that the benchmark works, its ratios are not the goal's.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from benchmarks.measuring import Goal, conclude, machine, spread
from cutroom.media.engine import Engine
from cutroom.media.ffmpeg import binary
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest, Mode
from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient
from cutroom.sources.ports import Network
from cutroom.sources.resolve import Sources
from tests.support.long_film import _UNIT, benchmark_film
from tests.support.range_server import Route, Site

GOAL = 1.25


@dataclass(frozen=True)
class Cost:
    """What one cut fetched, as the server counted it."""

    requests: int
    sent: int
    seconds: float


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    film = _film(quick=quick)
    length = Fraction(5 if quick else 60)
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(dir=film.parent) as folder, Engine() as engine:
        front = Path(folder) / "front.mp4"
        _ffmpeg("-i", film, "-c", "copy", "-movflags", "+faststart", front)
        size = film.stat().st_size
        print(f"{machine()}\nfilm: {size / 1e6:.0f} MB, cuts of {float(length):.0f} s")
        for name, path in (("index at the end", film), ("index at the front", front)):
            goals += _compare(engine, name, path, length, Path(folder), count=1 if quick else 5, peers=not quick)
    return conclude("goals" if not quick else "goals (quick run: not binding)", goals, binding=not quick)


def _film(*, quick: bool) -> Path:
    if not quick:
        return benchmark_film(3600).path
    return benchmark_film(192, unit=replace(_UNIT, name="benchmark_unit_quick", frames=960, width=640, height=360)).path


def _compare(
    engine: Engine, name: str, film: Path, length: Fraction, folder: Path, *, count: int, peers: bool
) -> list[Goal]:
    rng = random.Random(4)
    seconds = _seconds(film)
    places = [Fraction(rng.randrange(1000, (seconds - int(length) - 1) * 1000), 1000) for _ in range(count)]
    with (
        Site({"/film.mp4": Route(film, "video/mp4")}) as site,
        Egress(EgressPolicy(allow_private_networks=True)) as way,
    ):
        sources = Sources(Network(connect=lambda: HttpClient(way), proxy_url=lambda: way.proxy_url))
        ratios: dict[Mode, list[float]] = {}
        print(f"\n{name}")
        for mode in (Mode.EXACT, Mode.INSTANT):
            costs = [
                _ours(engine, sources, site, film, CutRequest(at, at + length, mode=mode), folder) for at in places
            ]
            ratios[mode] = [
                _report(f"ours, {mode}", film, at, length, cost) for at, cost in zip(places, costs, strict=True)
            ]
        if peers:
            for peer, run in (("ffmpeg -c copy", _copied), ("yt-dlp --download-sections", _sectioned)):
                cost = _counted(site, lambda run=run: run(site.url("/film.mp4"), places[0], length, folder))  # type: ignore[misc]
                _report(peer, film, places[0], length, cost)
    for mode, values in ratios.items():
        print(f"  {mode}: {spread(values, '.3f')} of index and needed range")
    return [Goal(f"bytes fetched, {mode} cut, {name}", max(values), GOAL) for mode, values in ratios.items()]


def _ours(engine: Engine, sources: Sources, site: Site, film: Path, request: CutRequest, folder: Path) -> Cost:
    remote, local = folder / "remote.mp4", folder / "local.mp4"

    def cut() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as workdir, sources.resolve(site.url("/film.mp4")) as source:
            opened = source.open([(request.start, request.end)], workdir=Path(workdir))
            result = engine.cut(Source(opened.video), request, remote, overwrite=True)
            if result.mode is not request.mode:
                sys.exit(f"not cut as asked: {result.reason}")

    cost = _counted(site, cut)
    engine.cut(film, request, local, overwrite=True)
    if _digest(remote) != _digest(local):
        sys.exit(f"the cut of the link differs from the cut of the file at {float(request.start)}")
    return cost


def _counted(site: Site, work: Callable[[], object]) -> Cost:
    site.reset()
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    time.sleep(0.3)  # what is still in the server's hands counts too
    return Cost(len(site.hits), site.bytes_sent, seconds)


def _report(who: str, film: Path, start: Fraction, length: Fraction, cost: Cost) -> float:
    index, span = _needed(film, start, start + length)
    ratio = cost.sent / (index + span)
    print(
        f"  {who:28} {cost.requests:3} requests {cost.sent / 1e6:8.1f} MB "
        f"{100 * cost.sent / film.stat().st_size:6.2f} % of the film  {ratio:6.3f} of needed "
        f"({index / 1e6:.1f} MB index + {span / 1e6:.1f} MB)  {cost.seconds:5.1f} s"
    )
    return ratio


def _needed(film: Path, start: Fraction, end: Fraction) -> tuple[int, int]:
    """Bytes of the index, and of the file from the key frame at or before ``start`` to the last packet of the range."""
    with av.open(str(film)) as file:
        video = file.streams.video[0]
        base = video.time_base or Fraction(1)
        zero = video.start_time or 0
        file.seek(int(start / base) + zero, stream=video)
        low, high = sys.maxsize, 0
        for packet in file.demux(video):
            if packet.dts is None or packet.pts is None or packet.pos is None:
                continue
            if packet.dts > zero + end / base:
                break
            low, high = min(low, packet.pos), max(high, packet.pos + packet.size)
    return _index(film), high - low


def _index(film: Path) -> int:
    """Bytes of everything but the media data, box by box."""
    total = at = 0
    with film.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4], "big"), head[4:]
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
            total += 16 if kind == b"mdat" else size
            at += size
            file.seek(at)
    return total


def _copied(url: str, start: Fraction, length: Fraction, folder: Path) -> None:
    clip = folder / "copied.mp4"
    _ffmpeg("-ss", f"{float(start):.3f}", "-i", url, "-t", f"{float(length):.3f}", "-c", "copy", clip)


def _sectioned(url: str, start: Fraction, length: Fraction, folder: Path) -> None:
    section = f"*{float(start):.3f}-{float(start + length):.3f}"
    program = [sys.executable, "-m", "yt_dlp", "--ignore-config", "--quiet", "--no-warnings", "--force-overwrites"]
    where: list[str | Path] = ["--ffmpeg-location", binary.find().path, "-o", folder / "sectioned.%(ext)s"]
    subprocess.run([*program, *where, "--download-sections", section, url], check=True, stdin=subprocess.DEVNULL)


def _ffmpeg(*arguments: str | Path) -> None:
    command: list[str | Path] = [binary.find().path, "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def _seconds(film: Path) -> int:
    with av.open(str(film)) as file:
        return (file.duration or 0) // av.time_base


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
