"""The media child with real processes: limits, cancel, crashes, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.media.child import MediaChild, TaskLimits
from tests.support import films

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def child() -> Iterator[MediaChild]:
    with MediaChild() as started:
        yield started


def _params(name: str = "h264_closed") -> dict[str, object]:
    path = films.film(name).path
    return {"video": {"path": str(path), "size": path.stat().st_size}}


def _descendants(pid: int) -> set[int]:
    """Living processes below ``pid``."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found, grown = {pid}, True
    while grown:
        more = {p for p, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {pid}


def test_a_task_is_done_in_another_process(child: MediaChild) -> None:
    assert child.call("probe", _params())["container"] == "mov"


def test_many_threads_share_one_child(child: MediaChild) -> None:
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(child.call("probe", _params()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_memory_is_limited(child: MediaChild) -> None:
    with pytest.raises(CutroomError) as caught:
        child.call("probe", _params(), limits=TaskLimits(memory=60 << 20))
    assert caught.value.code in {ErrorCode.LIMIT_EXCEEDED, ErrorCode.MEDIA_DAMAGED, ErrorCode.NOT_MEDIA}


class _Endless:
    """A remote file that never delivers."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self.asked = threading.Event()

    def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
        del offset, length
        self.asked.set()
        cancel.wait(30)
        cancel.check()

    def expect(self, offset: int, length: int) -> None:
        del offset, length


def test_cancel_ends_a_task_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.write_bytes(b"")
    os.truncate(path, 1 << 20)
    remote, cancel = _Endless(path, 1 << 20), CancelToken()
    with MediaChild() as child:

        def stop() -> None:
            remote.asked.wait(20)
            cancel.cancel()

        stopper = threading.Thread(target=stop)
        stopper.start()
        params = {"video": {"path": str(path), "size": 1 << 20, "ranged": True}}
        with pytest.raises(Cancelled):
            child.call("probe", params, ranged={"video": remote}, cancel=cancel)
        cancelled = time.perf_counter()
        stopper.join()
        warm = _descendants(os.getpid())
        deadline = time.perf_counter() + 5
        while any(_descendants(pid) for pid in warm) and time.perf_counter() < deadline:
            time.sleep(0.02)
        assert not any(_descendants(pid) for pid in warm)
        assert time.perf_counter() - cancelled < 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_warm_process_is_replaced(number: signal.Signals) -> None:
    with MediaChild() as child:
        child.warm_up()
        assert child._process is not None
        os.kill(child._process.pid, number)
        child._process.wait(5)
        assert child.call("probe", _params())["container"] == "mov"


def test_a_worker_killed_at_work_is_an_error_and_the_next_task_works(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.write_bytes(b"")
    os.truncate(path, 1 << 20)

    class Killer(_Endless):
        def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
            del offset, length, cancel
            assert victim._process is not None
            for pid in _descendants(victim._process.pid):
                os.kill(pid, signal.SIGKILL)

    with MediaChild() as victim:
        params = {"video": {"path": str(path), "size": 1 << 20, "ranged": True}}
        with pytest.raises(CutroomError) as caught:
            victim.call("probe", params, ranged={"video": Killer(path, 1 << 20)})
        assert caught.value.code is ErrorCode.LIMIT_EXCEEDED
        assert victim.call("probe", _params())["container"] == "mov"


def test_the_error_of_a_fetcher_reaches_the_caller_unchanged(child: MediaChild, tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.write_bytes(b"")
    os.truncate(path, 1 << 20)

    class Broken(_Endless):
        def ensure(self, offset: int, length: int, cancel: CancelToken) -> None:
            del offset, length, cancel
            raise CutroomError(ErrorCode.SOURCE_GEO_BLOCKED, "Not from here.")

    with pytest.raises(CutroomError) as caught:
        child.call(
            "probe",
            {"video": {"path": str(path), "size": 1 << 20, "ranged": True}},
            ranged={"video": Broken(path, 1 << 20)},
        )
    assert caught.value.code is ErrorCode.SOURCE_GEO_BLOCKED


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no parent-death signal")
def test_killing_the_caller_leaves_no_process(tmp_path: Path) -> None:
    path = films.film("h264_closed").path
    script = (
        "import os, sys, time\nfrom cutroom.media.child import MediaChild\n"
        "child = MediaChild(); child.warm_up(); print(child._process.pid, flush=True); time.sleep(60)\n"
    )
    assert path.exists()
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    with process.stdout:
        warm = int(process.stdout.readline())
    process.kill()
    process.wait()
    deadline = time.perf_counter() + 5
    while Path(f"/proc/{warm}").exists() and time.perf_counter() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{warm}").exists()


def test_systems_without_fork_are_served_one_process_a_task() -> None:
    path = films.film("h264_closed").path
    request = {"task": "probe", "params": {"video": {"path": str(path), "size": path.stat().st_size}}, "limits": {}}
    done = subprocess.run(
        [sys.executable, "-m", "cutroom.media.inside.server", "--once"],
        input=json.dumps(request).encode() + b"\n", capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[-1]["result"]["container"] == "mov"
