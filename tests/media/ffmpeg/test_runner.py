"""The runner with real processes: the bundled ffmpeg on a real film, and small scripts that misbehave."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.media.ffmpeg import filters
from cutroom.media.ffmpeg.binary import find
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Chain
from cutroom.media.ffmpeg.limits import GIB, MIB, Limits, limits_for
from cutroom.media.ffmpeg.runner import ask, run, run_steps
from cutroom.media.ffmpeg.workdir import Workdir
from tests.support.films import film

pytestmark = pytest.mark.slow

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a promise of the Linux kernel")


@dataclass(frozen=True)
class Script:
    path: Path


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workdir]:
    with Workdir(tmp_path) as workdir:
        yield workdir
    assert not workdir.path.exists()


def script(work: Workdir, text: str) -> Script:
    path = work.path / "program.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Script(path)


def encode(seconds: int = 3, *, slow: bool = False, muxer: str = "mp4", larger: int = 1) -> Command:
    """x264 over the first seconds of a film; ``slow`` in real time, so that it lasts."""
    shape = (filters.scale(320 * larger, 180 * larger),) if larger > 1 else ()
    return Command(
        (Input(film("h264_closed").path, "mov", options=("-re",) if slow else ()),),
        (
            Output(
                Scratch(f"out.{muxer}"), muxer, ("v",), ("-c:v", "libx264", "-preset", "veryfast", "-threads:v", "2")
            ),
        ),
        (Chain(("0:0",), (filters.trim(None, Fraction(seconds)), *shape), ("v",)),),
    )


def members(group: int) -> list[int]:
    """Living processes of a process group (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def gone(group: int) -> bool:
    """Whether nothing of a group is left; what was just killed may take a moment to vanish."""
    until = time.monotonic() + 2
    while members(group) and time.monotonic() < until:
        time.sleep(0.01)
    return not members(group)


def children() -> set[int]:
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


def test_a_run_reports_what_it_cost_and_how_far_it_is(work: Workdir) -> None:
    seen: list[Progress] = []
    report = run(
        encode(10),
        ffmpeg=find(),
        workdir=work,
        expected_duration=Fraction(10),
        on_progress=seen.append,
        stage="cutting",
    )
    assert (work.path / "out.mp4").stat().st_size > 1000
    assert 0 < report.cpu < 60
    # The kernel counts what the process was before it became ffmpeg: a part of this one.
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert 20 * MIB < report.peak_bytes < GIB + mine
    assert report.progress is not None
    assert report.progress.frame == 300
    assert report.progress.end
    known = [p.fraction for p in seen if p.fraction is not None]
    assert known == sorted(known)
    assert known[-1] == 1.0
    assert max(known[:-1], default=0) <= 0.99
    assert {p.stage for p in seen} == {"cutting"}


def test_steps_share_one_progress(work: Workdir) -> None:
    seen: list[float] = []
    steps = [Step(encode(2), 1.0, Fraction(2)), Step(encode(2), 3.0, Fraction(2))]
    reports = run_steps(
        steps, ffmpeg=find(), workdir=work, on_progress=lambda p: seen.append(p.fraction or 0), stage="cutting"
    )
    assert len(reports) == 2
    assert seen == sorted(seen)
    assert 0.25 in seen
    assert seen[-1] == 1.0


@pytest.mark.parametrize("after", [0.0, 0.02, 0.3, 1.5])
def test_cancel_is_done_within_a_second_and_leaves_no_process(work: Workdir, after: float) -> None:
    before, token = children(), CancelToken()
    timer = threading.Timer(after, token.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run(encode(20, slow=True), ffmpeg=find(), workdir=work, cancel=token)
    assert time.monotonic() - started - after < 1.0
    assert children() <= before
    timer.join()


def test_what_ignores_the_polite_signal_is_killed_with_all_its_group(work: Workdir) -> None:
    stubborn = script(work, "trap '' TERM; sleep 300 & echo $$ > group; while :; do sleep 300; done")
    token = CancelToken()
    threading.Timer(0.5, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        run(encode(), ffmpeg=stubborn, workdir=work, cancel=token)
    assert 0.5 + 0.4 < time.monotonic() - started < 1.5
    assert gone(int((work.path / "group").read_text()))


def test_a_grandchild_that_keeps_the_pipes_does_not_hold_the_caller(work: Workdir) -> None:
    started = time.monotonic()
    run(encode(), ffmpeg=script(work, "echo $$ > group; sleep 300 & exit 0"), workdir=work)
    assert time.monotonic() - started < 2
    assert gone(int((work.path / "group").read_text()))


def test_a_flood_on_stderr_is_drained_and_only_its_end_kept(work: Workdir) -> None:
    flood = script(work, "head -c 60000000 /dev/zero | tr '\\0' 'x' >&2; echo the end >&2; exit 1")
    with pytest.raises(CutroomError) as caught:
        run(encode(), ffmpeg=flood, workdir=work)
    detail = caught.value.detail or ""
    assert detail.endswith("the end")
    assert len(detail) < 70_000


def test_closing_the_pipes_early_is_not_the_end(work: Workdir) -> None:
    run(encode(), ffmpeg=script(work, "exec >&- 2>&-; sleep 0.5; touch done"), workdir=work)
    assert (work.path / "done").exists()


def test_standing_still_ends_the_run(work: Workdir) -> None:
    started = time.monotonic()
    with pytest.raises(CutroomError) as caught:
        run(encode(), ffmpeg=script(work, "sleep 300"), workdir=work, limits=Limits(stall_seconds=2))
    assert caught.value.code is ErrorCode.PROCESSING_FAILED
    assert "stood still" in caught.value.message
    assert time.monotonic() - started < 5


@LINUX
def test_working_without_progress_is_not_standing_still(work: Workdir) -> None:
    busy = script(work, "end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do i=0; "
                        "while [ $i -lt 20000 ]; do i=$((i+1)); done; done")  # fmt: skip
    run(encode(), ffmpeg=busy, workdir=work, limits=Limits(stall_seconds=2))


def test_an_error_in_the_callers_callback_leaves_no_process(work: Workdir) -> None:
    before = children()

    def broken(_progress: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(encode(20, slow=True), ffmpeg=find(), workdir=work, on_progress=broken)
    assert children() <= before


def failing(work: Workdir, command: Command, limits: Limits) -> CutroomError:
    with pytest.raises(CutroomError) as caught:
        run(command, ffmpeg=find(), workdir=work, limits=limits)
    assert "/" not in str(caught.value)
    return caught.value


def test_the_cpu_limit(work: Workdir) -> None:
    error = failing(work, encode(20, larger=6), Limits(cpu_seconds=1))
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert "computing time" in error.message


def test_the_file_size_limit(work: Workdir) -> None:
    error = failing(work, encode(20), Limits(file_bytes=50_000))
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert "larger" in error.message
    assert (work.path / "out.mp4").stat().st_size <= 50_000


@LINUX
def test_the_memory_limit(work: Workdir) -> None:
    error = failing(work, encode(5, larger=6), Limits(address_space=450 * MIB))
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert "memory" in error.message


@pytest.mark.parametrize(("larger", "threads"), [(1, 1), (6, 0)])
def test_the_limits_made_for_a_picture_suffice_for_it(work: Workdir, larger: int, threads: int) -> None:
    limits = limits_for(320 * 180 * larger**2, threads=threads)
    run(encode(2, larger=larger), ffmpeg=find(), workdir=work, limits=limits)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(work: Workdir) -> None:
    (work.path / "out.gif").symlink_to("/dev/full")
    command = Command(encode().inputs, (Output(Scratch("out.gif"), "gif", ("0:0",)),))
    error = failing(work, command, Limits())
    assert error.code is ErrorCode.DISK_FULL


def test_damaged_media(work: Workdir, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(film("h264_closed").path.read_bytes()[:3000])
    error = failing(work, Command((Input(broken, "mov"),), (Output(Scratch("o.mp4"), "mp4", ("0:0",)),)), Limits())
    assert error.code is ErrorCode.MEDIA_DAMAGED
    assert "o.mp4" not in str(error)


def test_text_that_names_a_neighbour_copies_nothing(work: Workdir, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(film("h264_closed").path.read_bytes())
    for name, text in {
        "a.mp4": "ffconcat version 1.0\nfile film.mp4\n",
        "b.mp4": "#EXTM3U\n#EXTINF:5,\nfilm.mp4\n",
    }.items():
        (tmp_path / name).write_text(text)
        for demuxer in ("mov", "matroska", "mpegts"):
            command = Command((Input(tmp_path / name, demuxer),), (Output(Scratch("o.mp4"), "mp4", ("0:0",)),))
            failing(work, command, Limits())


def test_a_program_that_is_not_there(work: Workdir) -> None:
    with pytest.raises(CutroomError) as caught:
        run(encode(), ffmpeg=Script(work.path / "none"), workdir=work)
    assert caught.value.code is ErrorCode.TOOL_MISSING
    with pytest.raises(CutroomError):
        ask(work.path / "none", "-version")


def test_the_environment_is_empty_and_signals_are_as_usual(work: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFREPORT", "file=/tmp/leak.log")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy")
    run(encode(), ffmpeg=script(work, "env > env; ulimit -c > core; pwd > cwd; nice > nice"), workdir=work)
    lines = (work.path / "env").read_text().splitlines()
    assert {line.partition("=")[0] for line in lines} <= {
        "PATH",
        "LC_ALL",
        "TZ",
        "HOME",
        "TMPDIR",
        "PWD",
        "SHLVL",
        "_",
        "OLDPWD",
    }
    assert (work.path / "core").read_text() == "0\n"
    assert Path((work.path / "cwd").read_text().strip()).resolve() == work.path.resolve()
    assert int((work.path / "nice").read_text()) >= 5


@LINUX
def test_when_the_caller_is_killed_ffmpeg_goes_with_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.media.ffmpeg.test_runner import encode\n"
        "from cutroom.media.ffmpeg.runner import run; from cutroom.media.ffmpeg.binary import find\n"
        "from cutroom.media.ffmpeg.workdir import Workdir\n"
        "with Workdir(Path(sys.argv[1])) as work:\n"
        "    run(encode(20, slow=True), ffmpeg=find(), workdir=work, on_progress=lambda p: print('on', flush=True))"
    )
    caller = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert caller.stdout is not None
    assert caller.stdout.readline() == b"on\n"
    (ffmpeg,) = Path(f"/proc/{caller.pid}/task/{caller.pid}/children").read_text().split()
    assert members(int(ffmpeg)) == [int(ffmpeg)]
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    caller.stdout.close()
    assert gone(int(ffmpeg))
