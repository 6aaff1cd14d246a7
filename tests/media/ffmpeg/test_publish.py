from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media.ffmpeg.publish import publish, target_error


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "scratch" / "made.mp4"
    path.parent.mkdir()
    path.write_bytes(b"new")
    return path


def test_it_moves(made: Path, tmp_path: Path) -> None:
    publish(made, tmp_path / "clip.mp4", overwrite=False)
    assert (tmp_path / "clip.mp4").read_bytes() == b"new"
    assert not made.exists()


def test_an_existing_target_stays_unless_overwriting(made: Path, tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    target.write_bytes(b"old")
    with pytest.raises(CutroomError) as caught:
        publish(made, target, overwrite=False)
    assert caught.value.code is ErrorCode.TARGET_EXISTS
    assert target.read_bytes() == b"old"
    publish(made, target, overwrite=True)
    assert target.read_bytes() == b"new"


def test_even_a_dangling_link_is_something_that_exists(made: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CutroomError) as caught:
        publish(made, tmp_path / "clip.mp4", overwrite=False)
    assert caught.value.code is ErrorCode.TARGET_EXISTS


def race(folder: Path, count: int) -> tuple[list[str], list[CutroomError]]:
    target, done, refused = folder / "clip.mp4", [], []
    barrier = threading.Barrier(count)

    def one(name: str) -> None:
        path = folder / f"{name}.part"
        path.write_text(name)
        barrier.wait()
        try:
            publish(path, target, overwrite=False)
            done.append(name)
        except CutroomError as error:
            refused.append(error)

    threads = [threading.Thread(target=one, args=(f"n{i}",)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.read_text() == done[0]
    return done, refused


def test_of_many_that_race_for_a_name_one_wins(tmp_path: Path) -> None:
    for round_ in range(20):
        folder = tmp_path / str(round_)
        folder.mkdir()
        done, refused = race(folder, 8)
        assert len(done) == 1
        assert {error.code for error in refused} == {ErrorCode.TARGET_EXISTS}


def test_the_race_is_won_once_on_a_disk_without_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    done, refused = race(tmp_path, 8)
    assert len(done) == 1
    assert {error.code for error in refused} == {ErrorCode.TARGET_EXISTS}
    assert stat.S_IMODE((tmp_path / "clip.mp4").stat().st_mode) != 0


MEMORY = Path("/dev/shm")  # noqa: S108 - not for scratch, but because it is another file system


@pytest.mark.skipif(not MEMORY.is_dir(), reason="needs a second file system")
@pytest.mark.parametrize("overwrite", [False, True])
def test_across_file_systems(made: Path, overwrite: bool) -> None:
    folder = MEMORY / f"cutroom-test-{os.getpid()}-{overwrite}"
    folder.mkdir()
    try:
        assert folder.stat().st_dev != made.stat().st_dev
        target = folder / "clip.mp4"
        if overwrite:
            target.write_bytes(b"old")
        publish(made, target, overwrite=overwrite)
        assert target.read_bytes() == b"new"
        assert [p.name for p in folder.iterdir()] == ["clip.mp4"]
        assert not made.exists()
        made.write_bytes(b"again")
        with pytest.raises(CutroomError):
            publish(made, target, overwrite=False)
        assert target.read_bytes() == b"new"
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_folders_and_devices_are_never_replaced(made: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for target in (tmp_path / "pipe", tmp_path / "folder", tmp_path / "link", Path("/dev/null")):
        with pytest.raises(CutroomError) as caught:
            publish(made, target, overwrite=True)
        assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert made.exists()


def test_what_the_system_refuses_is_said_in_a_sentence(made: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for target in (
        tmp_path / "none" / "c.mp4",
        tmp_path / "file" / "c.mp4",
        tmp_path / ("x" * 300),
        Path("/proc/c.mp4"),
    ):
        with pytest.raises(CutroomError) as caught:
            publish(made, target, overwrite=False)
        assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE
        assert "/" not in str(caught.value)
        assert caught.value.next_step


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCode.DISK_FULL),
        (errno.EEXIST, ErrorCode.TARGET_EXISTS),
        (errno.EROFS, ErrorCode.TARGET_NOT_WRITABLE),
        (errno.EACCES, ErrorCode.TARGET_NOT_WRITABLE),
    ],
)
def test_codes_of_system_errors(number: int, code: ErrorCode) -> None:
    assert target_error(OSError(number, "x", "/secret/path")).code is code
