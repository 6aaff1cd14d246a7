from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest

from cutroom.media.ffmpeg import launch


def started(*command: str, parent: int | None = None, **limits: int) -> subprocess.CompletedProcess[str]:
    wanted = json.dumps({"parent": parent or os.getpid(), "nice": 0, "limits": limits})
    return subprocess.run(
        [sys.executable, "-I", "-S", launch.__file__, wanted, "--", *command],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "flag"), [("nofile", "-n"), ("cpu", "-t")])
def test_limits_hold_in_what_is_started(name: str, flag: str) -> None:
    assert started("/bin/sh", "-c", f"ulimit {flag}", **{name: 37}).stdout == "37\n"


def test_a_limit_is_never_raised_above_the_hard_one() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = str((1 << 40) if hard == resource.RLIM_INFINITY else hard)
    assert started("/bin/sh", "-c", "ulimit -Hn", nofile=1 << 40).stdout.strip() in {wanted, "unlimited"}


def test_the_exit_code_and_signals_are_those_of_the_program() -> None:
    assert started("/bin/sh", "-c", "exit 7").returncode == 7
    assert started("/bin/sh", "-c", "kill -XFSZ $$").returncode == -25


def test_a_program_that_cannot_start_says_so() -> None:
    ended = started("/none")
    assert ended.returncode == launch.NOT_STARTED
    assert ended.stderr.startswith(launch.MARK)


def test_nothing_is_started_for_a_parent_that_is_gone() -> None:
    ended = started("/bin/sh", "-c", "echo started", parent=1 << 22)
    assert (ended.returncode, ended.stdout) == (launch.ORPHANED, "")
