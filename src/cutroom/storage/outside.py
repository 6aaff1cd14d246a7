"""Files that others have put into a bucket, read by path: ``s3://bucket/key``. Never our own files.

Only buckets that the operator has named are read, with the store's own credentials; whoever has an account here could
otherwise read whatever those open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.storage.failures import told
from cutroom.storage.keys import CLIPS, PERCEPTS, RUNS, UPLOADS

if TYPE_CHECKING:
    from cutroom.storage.bucket import Bucket, BucketConfig

_PATH = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([^\x00-\x1f\x7f]{1,1024})", re.ASCII)
_OURS = (CLIPS, UPLOADS, RUNS, PERCEPTS)


class OutsideBuckets:
    """``config`` is that of the store's bucket, None where the store is a folder; ``others`` name further buckets.

    Each of ``others`` is ``bucket`` or ``bucket/prefix``, below which everything may be read. ``most`` in bytes.
    """

    def __init__(self, config: BucketConfig | None, others: Sequence[str] = (), *, most: int = 50 * 1024**3) -> None:
        self._config = config
        self._others = tuple(other.strip("/") for other in others)
        self._most = most

    def check(self, path: str) -> None:
        """``INVALID_REQUEST`` with ``field`` for a path that is none, or that is not read here. Asks nobody."""
        self._parts(path)

    def fetch(self, path: str, target: Path, cancel: CancelToken) -> int:
        """Copy the file to ``target``; its size in bytes.

        ``SOURCE_NOT_FOUND``, ``LIMIT_EXCEEDED``, ``DISK_FULL``; ``SOURCE_UNREACHABLE`` where the bucket does not
        answer, or does not let us.
        """
        name, key = self._parts(path)
        try:
            return self._copy(self._bucket(name), key, target, cancel)
        except CutroomError as error:
            if error.code is not ErrorCode.INTERNAL:
                raise
            raise CutroomError(
                ErrorCode.SOURCE_UNREACHABLE,
                "The bucket could not be read.",
                next_step="Check that the server may read it.",
                detail=error.detail,
            ) from error

    def _copy(self, bucket: Bucket, key: str, target: Path, cancel: CancelToken) -> int:
        size = bucket.size(key)
        if size is None:
            raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "There is no such file in the bucket.")
        if size > self._most:
            raise CutroomError(
                ErrorCode.LIMIT_EXCEEDED, "The source is larger than may be fetched for one piece of work."
            )
        written = 0
        with told(), target.open("wb") as file:
            for chunk in bucket.read(key, 0, None):
                cancel.check()
                written += file.write(chunk)
        return written

    def _parts(self, path: str) -> tuple[str, str]:
        if self._config is None:
            raise _refused("storage_path cannot be used: this server has no bucket.")
        match = _PATH.fullmatch(path.strip())
        if match is None or any(part in {"", ".", ".."} for part in match[2].split("/")):
            raise _refused("storage_path must be written as s3://bucket/key.")
        name, key = match[1], match[2]
        if not self._may_read(name, key):
            raise _refused("storage_path names a place that this server does not read from.")
        return name, key

    def _may_read(self, name: str, key: str) -> bool:
        """Of the store's own bucket everything but what is our own; of others what was named."""
        named = any(f"{name}/{key}".startswith(f"{other}/") for other in self._others)
        config = self._config
        if config is None or name != config.bucket:
            return named
        prefix = f"{config.prefix.strip('/')}/" if config.prefix.strip("/") else ""
        return not any(key.startswith(f"{prefix}{ours}/") for ours in _OURS)

    def _bucket(self, name: str) -> Bucket:
        from cutroom.storage.bucket import Bucket

        assert self._config is not None  # noqa: S101 - the path was checked
        return Bucket(replace(self._config, bucket=name, prefix=""))


def _refused(sentence: str) -> CutroomError:
    return CutroomError(ErrorCode.INVALID_REQUEST, sentence, field="storage_path")
