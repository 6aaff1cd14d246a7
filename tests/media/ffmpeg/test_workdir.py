from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.workdir import Workdir, remove_stale


def test_private_named_and_gone_afterwards(tmp_path: Path) -> None:
    with Workdir(tmp_path) as work:
        assert stat.S_IMODE(work.path.stat().st_mode) == 0o700
        assert work.path.name.split("-")[2] == str(os.getpid())
        work.new(".mp4").write_bytes(b"x")
        assert work.new(".mp4") != work.new(".mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_gone_after_an_exception_too(tmp_path: Path, error: type[BaseException]) -> None:
    def work() -> None:
        with Workdir.beside(tmp_path / "clip.mp4") as scratch:
            assert scratch.path.parent == tmp_path
            (scratch.path / "folder").mkdir()
            (scratch.path / "folder" / "file").write_text("x")
            raise error

    with pytest.raises(error):
        work()
    assert list(tmp_path.iterdir()) == []


def test_publishing_leaves_only_the_target(tmp_path: Path) -> None:
    with Workdir.beside(tmp_path / "clip.mp4") as work:
        path = work.new(".mp4")
        path.write_bytes(b"x")
        work.publish(path, tmp_path / "clip.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    for root in (tmp_path / "none", Path("/proc")):
        with pytest.raises(CutroomError) as caught, Workdir(root):
            pass
        assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE


def test_sweeping_takes_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cutroom.media.ffmpeg.workdir import Workdir\n"
        "with Workdir(Path(sys.argv[1])) as w:\n"
        "    (w.path / 'x').write_text('x'); print('in', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    (tmp_path / ".cutroom-notours").mkdir()
    (tmp_path / "film.mp4").write_text("x")
    assert remove_stale(tmp_path, older_than=-1) == 0, "its process lives"
    process.kill()
    process.wait()
    process.stdout.close()
    assert remove_stale(tmp_path, older_than=3600) == 0, "too young"
    with Workdir(tmp_path) as mine:
        assert remove_stale(tmp_path, older_than=-1) == 1
        assert mine.path.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".cutroom-notours", "film.mp4"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process started")
def test_a_process_number_given_to_another_process_does_not_protect(tmp_path: Path) -> None:
    with Workdir(tmp_path) as work:
        host = work.path.name.split("-")[1]
    left = tmp_path / f".cutroom-{host}-{os.getpid()}-17-abcdefghij"
    left.mkdir()
    os.utime(left, (time.time() - 100, time.time() - 100))
    assert remove_stale(tmp_path, older_than=10) == 1
    assert not left.exists()


def test_sweeping_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert remove_stale(tmp_path / "none", older_than=0) == 0


def test_what_another_machine_left_on_a_shared_disk_is_not_ours_to_judge(tmp_path: Path) -> None:
    left = tmp_path / ".cutroom-000000-999999-17-abcdefghij"
    left.mkdir()
    assert remove_stale(tmp_path, older_than=-1) == 0
    assert left.exists()
