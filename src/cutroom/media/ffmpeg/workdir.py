"""One private scratch folder for each run, removed on any ending, beside the target so that moving is atomic."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import re
import shutil
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from cutroom.kernel.ids import new_id
from cutroom.media.ffmpeg.publish import publish, target_error

PREFIX = ".cutroom-"
_NAME = re.compile(r"\.cutroom-([0-9a-f]{6})-(\d+)-(\d+)-[0-9a-z]+")


class Workdir:
    """A scratch folder (mode 0700) under ``root``, there while the ``with`` block runs.

    Its name carries the process and when that started, so that ``remove_stale`` can tell what a killed process left.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.path = self._root / f"{PREFIX}{_host()}-{os.getpid()}-{_started(os.getpid())}-{new_id(10)}"

    @classmethod
    def beside(cls, target: Path) -> Workdir:
        """In the folder of ``target``: same file system, so that publishing is one atomic step."""
        return cls(target.absolute().parent)

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700)
        except OSError as error:
            raise target_error(error) from error
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _remove(self.path)

    def new(self, suffix: str) -> Path:
        """A path for a new file, of a random name with ``suffix`` (``.mp4``). Nothing is created."""
        return self.path / f"{new_id()}{suffix}"

    def publish(self, path: Path, target: Path, *, overwrite: bool = False) -> None:
        """Move ``path`` to ``target``; see ``publish.publish``."""
        publish(path, target.absolute(), overwrite=overwrite)


def remove_stale(root: Path, older_than: float) -> int:
    """Remove scratch folders in ``root`` whose process is gone and that are older than ``older_than`` seconds.

    Returns how many. Folders of living processes are never touched, however old.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(root) as entries:
        for entry in entries:
            match = _NAME.fullmatch(entry.name)
            if not match or match[1] != _host() or not entry.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if age > older_than and not _alive(int(match[2]), int(match[3])):
                    _remove(Path(entry.path))
                    removed += 1
    return removed


def _host() -> str:
    """Six hex digits for this machine: on a shared disk the processes of others look as if they were gone."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]


def _remove(path: Path) -> None:
    for attempt in range(3):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        # A file that appeared while deleting: a process that is just being killed.
        time.sleep(0.05 * (attempt + 1))


def _started(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where the system does not say."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = Path(f"/proc/{pid}/stat").read_bytes()
            return int(stat[stat.rindex(b")") + 2 :].split()[19])
    return 0


def _alive(pid: int, started: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError as error:
        if error.errno != errno.EPERM:
            return False
    # The number may have been given to another process meanwhile.
    now = _started(pid)
    return not (started and now and now != started)
