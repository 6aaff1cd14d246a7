"""Locks on files and folders, by which processes tell each other that something is in use.

The system lets go of them when a process ends, however it ends: nothing has to be cleaned up after a kill. They are
``flock`` locks, so they belong to one opening of a file: two threads of a process exclude each other, too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


class Held:
    """A lock that is held. Letting go twice is fine."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @property
    def descriptor(self) -> int:
        if self._descriptor is None:
            msg = "the lock was let go"
            raise ValueError(msg)
        return self._descriptor

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def try_lock(path: Path, *, shared: bool, create: bool = False) -> Held | None:
    """Lock what is at ``path`` now; None when there is nothing, or when somebody else's lock forbids it."""
    try:
        # Reading is enough for a lock, and for files that may not be written, and for folders.
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT if create else os.O_RDONLY, 0o600)
    except FileNotFoundError:
        return None
    held = Held(descriptor)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        held.release()
        return None
    # It may have been removed between opening and locking: then the lock is on what nobody will find again.
    if not _still_there(path, descriptor):
        held.release()
        return None
    return held


def new_folder(path: Path) -> Held:
    """Make a folder that is ours alone, with a shared lock that says: somebody is at work in it."""
    while True:
        path.mkdir(mode=0o700)
        # Until it is locked it looks like something left behind by the dead, and may be swept away.
        with contextlib.suppress(FileNotFoundError):
            held = Held(os.open(path, os.O_RDONLY))
            fcntl.flock(held.descriptor, fcntl.LOCK_SH)
            if _still_there(path, held.descriptor):
                return held
            held.release()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for and hold the exclusive lock on a file that is made when missing and must never be removed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> int:
    """Remove what is in ``folder`` and locked by nobody; how many things that were."""
    removed = 0
    for path in list(folder.iterdir()):
        if held := try_lock(path, shared=False):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            held.release()
            removed += 1
    return removed


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
