"""The cache of sources under several processes, some of which are killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from cutroom.storage import SourceCache

MAX_BYTES = 100_000
# Leases, reads what it leased again and again, and fetches what is missing. Says on a line when something is wrong.
WORK = """
import random, sys, time
from pathlib import Path
from cutroom.storage import SourceCache

root, limit, seed, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
chance = random.Random(seed)
cache = SourceCache(root, limit)
until = time.monotonic() + seconds
count = fetched = unkept = 0

def content(number):
    return bytes([number]) * (5_000 + 700 * number)

def fill(path):
    global fetched
    fetched += 1
    with path.open("wb") as file:
        for at in range(0, len(content(number)), 4096):
            file.write(content(number)[at : at + 4096])
            if chance.random() < 0.05:
                time.sleep(0.001)

while time.monotonic() < until:
    number = chance.randrange(40)
    with cache.get(f"key {number}", fill) as lease:
        unkept += not lease.kept
        for _ in range(chance.randrange(1, 4)):
            if lease.path.read_bytes() != content(number):
                print("WRONG CONTENT", flush=True)
            time.sleep(chance.random() * 0.004)
    count += 1
    if cache.size() > limit:
        print("ABOVE THE BOUND", flush=True)
print(f"done {count} {fetched} {unkept}", flush=True)
"""
# Fills, says where, and holds the lease until it is killed.
HOLD = """
import sys, time
from pathlib import Path
from cutroom.storage import SourceCache

cache = SourceCache(Path(sys.argv[1]), int(sys.argv[2]))
lease = cache.get("held", lambda path: path.write_bytes(b"h" * 60_000))
print(lease.path, flush=True)
time.sleep(600)
"""
# Begins to fill and never ends.
FETCH = """
import sys, time
from pathlib import Path
from cutroom.storage import SourceCache

def fill(path):
    path.write_bytes(b"x" * 50_000)
    print(path, flush=True)
    time.sleep(600)

SourceCache(Path(sys.argv[1]), int(sys.argv[2])).get("held", fill)
"""


class Crew:
    """Processes of this test, ended with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.members: list[subprocess.Popen[str]] = []

    def start(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, str(self.root), str(MAX_BYTES), *arguments]
        member = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.members.append(member)
        return member

    def end(self) -> None:
        for member in self.members:
            member.kill()
            member.wait()
            _output(member).close()


def _output(member: subprocess.Popen[str]) -> IO[str]:
    assert member.stdout is not None
    return member.stdout


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    started = Crew(tmp_path / "cache")
    yield started
    started.end()


def fill_up(cache: SourceCache, tmp_path: Path) -> None:
    for number in range(12):
        path = tmp_path / "in"
        path.write_bytes(b"n" * 30_000)
        cache.put(f"new {number}", path).release()
        assert cache.size() <= MAX_BYTES


@pytest.mark.slow
def test_four_processes_keep_to_the_bound_and_never_lose_what_they_use(crew: Crew) -> None:
    workers = [crew.start(WORK, str(seed), "5") for seed in range(4)]
    said = [_output(worker).read().split("\n")[:-1] for worker in workers]
    assert [worker.wait() for worker in workers] == [0] * 4
    assert all(len(lines) == 1 and lines[0].startswith("done ") for lines in said), said
    counts = [[int(word) for word in lines[0].split()[1:]] for lines in said]
    assert all(count > 20 for count, _, _ in counts), counts
    assert sum(fetched for _, fetched, _ in counts) > 40, "things had to go, or nothing was tried"
    cache = SourceCache(crew.root, MAX_BYTES)
    assert 0 < cache.size() <= MAX_BYTES
    assert not list((crew.root / "parts").iterdir())


@pytest.mark.chaos
@pytest.mark.slow
def test_kills_at_random_moments_break_nothing(crew: Crew) -> None:
    chance = random.Random(5)
    survivor = crew.start(WORK, "99", "8")
    for turn in range(12):
        victim = crew.start(WORK, str(turn), "60")
        time.sleep(0.3 + chance.random() * 0.4)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        assert _output(victim).read() == ""
        assert victim.returncode == -signal.SIGKILL
    said = _output(survivor).read()
    assert survivor.wait() == 0
    assert said.startswith("done "), said
    cache = SourceCache(crew.root, MAX_BYTES)
    assert cache.size() <= MAX_BYTES
    assert not list((crew.root / "parts").iterdir())
    assert not list((crew.root / "turns").iterdir())
    for path in (crew.root / "kept").iterdir():
        data = path.read_bytes()
        assert data == data[:1] * (5_000 + 700 * data[0]), json.dumps(path.name)


@pytest.mark.chaos
def test_the_lease_of_another_process_holds_until_it_is_killed(crew: Crew, tmp_path: Path) -> None:
    holder = crew.start(HOLD)
    path = Path(_output(holder).readline().strip())
    cache = SourceCache(crew.root, MAX_BYTES)
    fill_up(cache, tmp_path)
    assert path.stat().st_size == 60_000
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    fill_up(cache, tmp_path)
    assert not path.exists()
    assert cache.lease("held") is None


@pytest.mark.chaos
def test_when_one_is_killed_in_mid_fetch_another_takes_over(crew: Crew) -> None:
    fetcher = crew.start(FETCH)
    part = Path(_output(fetcher).readline().strip())
    cache = SourceCache(crew.root, MAX_BYTES)
    assert part.exists(), "a fetch that goes on is not swept away"
    os.kill(fetcher.pid, signal.SIGKILL)
    fetcher.wait()
    with cache.get("held", lambda path: path.write_bytes(b"y" * 10)) as lease:
        assert lease.path.read_bytes() == b"y" * 10
    assert cache.tidy() >= 1
    assert not part.exists()
    assert not list((crew.root / "parts").iterdir())
