"""A folder as a store: whole files or none, also after a kill or a power cut, and no empty folders left behind.

Written on the standard library: obstore's store for folders leaves what it was writing when it is killed, does not
wait for the disk, and keeps neither media types nor names.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cutroom.kernel.ids import new_id
from cutroom.storage import locks
from cutroom.storage.backend import StoredFile
from cutroom.storage.failures import told

_PARTS = ".parts"
_CHUNK = 256 * 1024
# Another process may remove the folder we have just made, because it is empty; it cannot do so for ever.
_TRIES = 50


class Folder:
    """Files below ``root``, which is made when missing. Keys were checked by whoever calls."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        with told():
            (self.root / _PARTS).mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, key: str, path: Path, *, media_type: str, disposition: str) -> None:
        """Copy ``path`` there, or give it a second name where that does: it must not be written to afterwards.

        What belongs to serving it is in the link, not in the folder.
        """
        del media_type, disposition
        target = self.root / key
        folder = self.root / _PARTS / new_id()
        part = folder / "file"
        with told():
            held = locks.new_folder(folder)
            try:
                _bring(path, part)
                os.utime(part)  # sweeps go by when it was stored, not by when it was made
                part.chmod(0o600)
                _sync(part)
                _place(part, target)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
                held.release()

    def path(self, key: str) -> Path | None:
        return self.root / key

    def sign(self, key: str, seconds: int) -> str | None:
        """A folder answers nobody."""
        del key, seconds
        return None

    def size(self, key: str) -> int | None:
        with told():
            try:
                return (self.root / key).stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return None

    def delete(self, key: str) -> None:
        """Idempotent. Folders that are empty then go, too, up to the root."""
        target = self.root / key
        with told(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            target.unlink()
        for folder in target.parents:
            if folder == self.root:
                return
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return

    def entries(self, prefix: str) -> Iterator[StoredFile]:
        with told():
            for folder, folders, names in os.walk(self.root / prefix):
                folders[:] = sorted(name for name in folders if name != _PARTS)
                for name in sorted(names):
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):
                        facts = path.stat()
                        key = path.relative_to(self.root).as_posix()
                        yield StoredFile(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def read(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        with told(), (self.root / key).open("rb") as file:
            file.seek(start)
            left = float("inf") if end is None else end - start
            while left > 0 and (chunk := file.read(int(min(_CHUNK, left)))):
                left -= len(chunk)
                yield chunk

    def tidy(self) -> int:
        """Remove what writers left that were killed; how many files there were."""
        with told():
            return locks.sweep(self.root / _PARTS)


def _bring(path: Path, part: Path) -> None:
    """A film of gigabytes is not copied when it lies on the same disk already."""
    try:
        part.hardlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, part)


def _place(part: Path, target: Path) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.replace(target)
            break
        except (FileNotFoundError, FileExistsError):  # the latter when it goes while mkdir looks what is there
            if attempt == _TRIES or not part.exists():
                raise
    with contextlib.suppress(OSError):  # some file systems cannot sync folders; the file itself is on the disk
        _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
