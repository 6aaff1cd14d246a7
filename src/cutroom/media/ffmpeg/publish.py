"""Moving a finished file into place: all of it or nothing, and never over a file that is not to be replaced."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id

# What file systems answer that know no hard links (exFAT, some network disks).
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


def publish(path: Path, target: Path, *, overwrite: bool) -> None:
    """Move ``path`` to ``target`` atomically, its bytes safely on the disk first.

    Without ``overwrite`` an existing target is never replaced, not even one that appears at the last moment. Across
    file systems the file is copied next to the target first. Raises ``CutroomError``: TARGET_EXISTS,
    TARGET_NOT_WRITABLE or DISK_FULL; the target is then as it was.
    """
    _check(target, overwrite=overwrite)
    try:
        _sync(path)
        try:
            _place(path, target, overwrite=overwrite)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_over(path, target, overwrite=overwrite)
        _sync(target.parent)
    except OSError as error:
        raise target_error(error) from error


def target_error(error: OSError) -> CutroomError:
    """The sentence for what the system said about the target."""
    detail = str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        again = "Make room and try again."
        return CutroomError(ErrorCode.DISK_FULL, "The disk is full.", next_step=again, detail=detail)
    if error.errno == errno.EEXIST:
        return _exists(detail)
    reason, step = "The target cannot be written.", "Choose a folder that you may write to."
    if error.errno == errno.ENOENT:
        reason, step = "The folder for the target does not exist.", "Create it, or choose another."
    elif error.errno == errno.ENOTDIR:
        reason, step = "The folder for the target is not a folder.", "Choose another."
    elif error.errno == errno.EROFS:
        reason = "The target is on a read-only disk."
    elif error.errno == errno.ENAMETOOLONG:
        reason, step = "The name of the target is too long.", "Choose a shorter name."
    return CutroomError(ErrorCode.TARGET_NOT_WRITABLE, reason, next_step=step, detail=detail)


def _exists(detail: str) -> CutroomError:
    return CutroomError(
        ErrorCode.TARGET_EXISTS, "The target exists already.", next_step="Choose another name, or allow overwriting.",
        detail=detail,
    )  # fmt: skip


def _check(target: Path, *, overwrite: bool) -> None:
    try:
        mode = target.lstat().st_mode
    except OSError:
        return
    # Replacing a device would, for an administrator, succeed: /dev/null would become a video.
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)) or target.is_dir():
        raise CutroomError(
            ErrorCode.TARGET_NOT_WRITABLE, "The target is a folder or a device, not a file.",
            next_step="Choose a file name.", detail=str(target),
        )  # fmt: skip
    if not overwrite:
        raise _exists(str(target))


def _place(path: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        path.replace(target)
        return
    try:
        # Unlike renaming, linking fails when the name is taken.
        os.link(path, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Take the name for ourselves (this fails when it is taken), then replace our own empty file.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            path.replace(target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    else:
        path.unlink()


def _copy_over(path: Path, target: Path, *, overwrite: bool) -> None:
    beside = target.with_name(f".cutroom-{new_id()}.part")
    try:
        shutil.copyfile(path, beside)
        shutil.copymode(path, beside)
        _sync(beside)
        _place(beside, target, overwrite=overwrite)
        path.unlink()
    finally:
        beside.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        # Some file systems cannot sync folders; the file itself has been synced then.
        with contextlib.suppress(OSError) if path.is_dir() else contextlib.nullcontext():
            os.fsync(handle)
    finally:
        os.close(handle)
