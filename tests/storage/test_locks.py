"""Locks between processes, at the moments where two of them meet."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from cutroom.storage import locks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    return path


@pytest.fixture
def just_before_locking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen once between opening and locking; the lock itself is the real one."""
    real = fcntl.flock

    def arrange(happening: Callable[[], object]) -> None:
        left = [happening]

        def flock(descriptor: int, operation: int) -> None:
            if left:
                left.pop()()
            real(descriptor, operation)

        monkeypatch.setattr(fcntl, "flock", flock)

    return arrange


def test_many_share_and_one_excludes(path: Path) -> None:
    one, two = locks.try_lock(path, shared=True), locks.try_lock(path, shared=True)
    assert one is not None
    assert two is not None
    assert locks.try_lock(path, shared=False) is None
    one.release()
    one.release()
    assert locks.try_lock(path, shared=False) is None
    two.release()
    alone = locks.try_lock(path, shared=False)
    assert alone is not None
    assert locks.try_lock(path, shared=True) is None
    alone.release()
    with pytest.raises(ValueError, match="let go"):
        _ = alone.descriptor


def test_a_missing_file_is_locked_only_when_it_may_be_made(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    assert locks.try_lock(path, shared=True) is None
    held = locks.try_lock(path, shared=False, create=True)
    assert held is not None
    assert path.exists()
    held.release()


def test_a_file_removed_between_opening_and_locking_is_not_locked(
    path: Path, just_before_locking: Callable[[Callable[[], object]], None]
) -> None:
    just_before_locking(path.unlink)
    assert locks.try_lock(path, shared=True) is None


def test_nor_is_one_that_took_its_name(
    path: Path, tmp_path: Path, just_before_locking: Callable[[Callable[[], object]], None]
) -> None:
    (tmp_path / "other").write_bytes(b"y")
    just_before_locking(lambda: (tmp_path / "other").replace(path))
    assert locks.try_lock(path, shared=False) is None
    assert path.read_bytes() == b"y"


def test_a_new_folder_that_is_swept_away_before_it_is_locked_is_made_again(
    tmp_path: Path, just_before_locking: Callable[[Callable[[], object]], None]
) -> None:
    path = tmp_path / "new"
    just_before_locking(path.rmdir)
    held = locks.new_folder(path)
    assert path.is_dir()
    assert locks.sweep(tmp_path) == 0
    held.release()
    (path / "something").write_bytes(b"")
    assert locks.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
