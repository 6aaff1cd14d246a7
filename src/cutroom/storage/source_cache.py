"""Source files kept on the local disk for the next piece of work on them: bounded, the longest unused go first.

Several processes share one folder, and any of them may be killed at any moment:

- A file is in the cache when it has its name below ``kept``; it gets that name by a rename, complete and on the disk.
- Whoever uses a file holds a shared lock on it (a lease). It is removed only under an exclusive lock, which nobody
  gets while a lease lasts. A lease ends with its process.
- Names come and go only behind one lock for the whole cache, so what is kept is within the bound at every moment.
- What is being fetched lies in a folder below ``parts``, locked by whoever fetches; without a lock it is swept away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.ids import new_id
from cutroom.storage import locks
from cutroom.storage.failures import told
from cutroom.storage.lease import Lease

# What nobody has used for so long (s) goes: it may be somebody's, and they may have deleted it where it came from.
MAX_IDLE = 24 * 3600.0
# How often somebody looks again who waits for a source that another is fetching, in s.
_LOOK_AGAIN = 0.1


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    size: int
    used: int
    """ns since 1970"""


class SourceCache:
    """Files by any text that names their content for sure, as ``keys.content_key`` does.

    ``max_bytes`` bounds what is kept, and ``max_idle`` for how many s after its last use. What is being fetched, or
    found no room, comes on top while work needs it: it belongs to that work and goes with it. Thread-safe.
    """

    def __init__(self, root: Path, max_bytes: int, *, max_idle: float = MAX_IDLE) -> None:
        self._max_bytes, self._max_idle = max_bytes, max_idle
        self._kept, self._parts, self._turns = (root.absolute() / name for name in ("kept", "parts", "turns"))
        with told():
            for folder in (self._kept, self._parts, self._turns):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._door = root.absolute() / "door"
        self.tidy()

    def lease(self, key: str) -> Lease | None:
        """The file kept for ``key``, marked as just used; None when there is none."""
        path = self._path(key)
        with told():
            if found := _lease(path):
                return found
            if not path.exists():
                return None
        # Somebody looks whether it can be removed. Afterwards it is either gone or free.
        with self._alone():
            return _lease(path)

    def put(self, key: str, path: Path) -> Lease:
        """Move a finished file into the cache and lease it. Nothing is left at ``path``.

        Where it cannot be kept, because it is larger than the cache or everything in there is in use, the lease is on
        a file of its own that goes with it. Where the key is kept already, that file is leased.
        """
        return self._bring(key, lambda target: _move(path, target))

    def get(self, key: str, fill: Callable[[Path], object], cancel: CancelToken | None = None) -> Lease:
        """The file kept for ``key``; otherwise ``fill`` writes it to the path it is given, in a folder of its own.

        Of all who want the same key at the same time, in any process, one fills and the others wait for it, and fill
        themselves if it fails. What ``fill`` raises is raised, and nothing is kept. Raises ``Cancelled``.
        """
        cancel = cancel or CancelToken()
        while True:
            cancel.check()
            if found := self.lease(key):
                return found
            with self._turn(key) as mine:
                if mine:
                    return self.lease(key) or self._bring(key, fill)
            cancel.wait(_LOOK_AGAIN)

    def size(self) -> int:
        """Bytes kept."""
        with self._alone():
            return sum(entry.size for entry in self._entries())

    def tidy(self) -> int:
        """Remove what killed processes left, what is above the bound, what is long unused; how many things."""
        with self._alone():
            before = len(self._entries())
            self._make_room(0)
            self._remove_unused()
            return locks.sweep(self._parts) + locks.sweep(self._turns) + before - len(self._entries())

    def _bring(self, key: str, fill: Callable[[Path], object]) -> Lease:
        """A lease on what ``fill`` writes: kept where there is room."""
        folder = self._parts / new_id()
        with contextlib.ExitStack() as stack:
            with told():
                stack.callback(locks.new_folder(folder).release)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            part = folder / "source"
            fill(part)
            with told():
                held = locks.try_lock(part, shared=True)
                if held is None:
                    raise FileNotFoundError(errno.ENOENT, "nothing was written for the cache", str(part))
                stack.callback(held.release)
                os.fsync(held.descriptor)  # a power cut must not leave a name without its bytes
                with self._alone():
                    if found := _lease(self._path(key)):
                        return found
                    kept = self._make_room(os.fstat(held.descriptor).st_size)
                    if kept:
                        part = _name(part, self._path(key), held)
                        shutil.rmtree(folder, ignore_errors=True)
            return Lease(part, stack.pop_all(), kept=kept)

    def _make_room(self, wanted: int) -> bool:
        """Remove the longest unused files that nobody uses, if then ``wanted`` bytes fit. Only behind the door."""
        entries = sorted(self._entries(), key=lambda entry: entry.used)
        above = sum(entry.size for entry in entries) + wanted - self._max_bytes
        with contextlib.ExitStack() as stack:
            leaving = []
            for entry in entries:
                if above <= 0:
                    break
                if held := locks.try_lock(entry.path, shared=False):
                    stack.callback(held.release)
                    leaving.append(entry.path)
                    above -= entry.size
            # Nothing goes for what would not fit anyway; but what is above a bound that was lowered goes if it can.
            if above <= 0 or not wanted:
                for path in leaving:
                    path.unlink(missing_ok=True)
        return above <= 0

    def _remove_unused(self) -> None:
        """Only behind the door."""
        since = time.time_ns() - int(self._max_idle * 1e9)
        for entry in self._entries():
            if entry.used < since and (held := locks.try_lock(entry.path, shared=False)):
                entry.path.unlink(missing_ok=True)
                held.release()

    def _entries(self) -> list[_Entry]:
        found = []
        with os.scandir(self._kept) as listing:
            for item in listing:
                facts = item.stat(follow_symlinks=False)
                found.append(_Entry(Path(item.path), facts.st_size, facts.st_mtime_ns))
        return found

    def _path(self, key: str) -> Path:
        return self._kept / _hash(key)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with told(), locks.locked(self._door):
            yield

    @contextlib.contextmanager
    def _turn(self, key: str) -> Iterator[bool]:
        """Whether it is now this caller's turn to fetch ``key``."""
        path = self._turns / _hash(key)
        with told():
            held = locks.try_lock(path, shared=False, create=True)
        try:
            yield held is not None
        finally:
            if held is not None:
                path.unlink(missing_ok=True)
                held.release()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _lease(path: Path) -> Lease | None:
    held = locks.try_lock(path, shared=True)
    if held is None:
        return None
    _touch(held)
    with contextlib.ExitStack() as stack:
        stack.callback(held.release)
        return Lease(path, stack.pop_all(), kept=True)


def _touch(held: locks.Held) -> None:
    now = time.time_ns()
    os.utime(held.descriptor, ns=(now, now))


def _name(part: Path, path: Path, held: locks.Held) -> Path:
    _touch(held)
    return part.replace(path)


def _move(path: Path, target: Path) -> None:
    with told():
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.copyfile(path, target)
            path.unlink()
