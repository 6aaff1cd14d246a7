"""A short pass of every benchmark: it runs to its end, finds its clips exact, and prints numbers that were measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.benchmarks, pytest.mark.timeout(420)]


@pytest.mark.parametrize("script", ["cut", "gif", "perception", "remote_cut", "service", "tools"])
def test_a_short_pass(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{script}", "--quick"],
        cwd=ROOT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    sys.stdout.write(done.stdout)
    measured = json.loads(done.stdout.splitlines()[-1])
    assert measured
    # A likeness may be the better one, memory may shrink, and of little work nothing may be left when starting up is
    # taken away: these have either sign. A cost is never nothing.
    # Mistakes may be none.
    signed = ("ssim", "growth", "beyond", "missed", "wrong", "false", "not ", "not_", "flashes")
    assert all(abs(value) < 1000 if any(map(name.count, signed)) else value > 0 for name, value in measured.items())
