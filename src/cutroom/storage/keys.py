"""Names of files in the store and in the source cache.

A key of the store is a path of plain segments: lower-case letters, digits, ``.``, ``_`` and ``-``, none beginning with
a dot. So it means the same on every file system and in every bucket, needs no escaping, and leads nowhere else.

Keys name their content: a step that is done twice puts the same file in the same place. They also name their owner,
so that no two clips ever share a file and one clip's end never takes another's file along.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode

# The columns that hold keys are as wide.
MAX_LENGTH = 300
CLIPS = "clips"
UPLOADS = "uploads"
RUNS = "runs"
PERCEPTS = "percepts"
"""What was perceived in a content: ``percepts/<sha256>/...``; owned by whoever analyses that content."""
_SEGMENT = r"[a-z0-9][a-z0-9._-]{0,127}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*", re.ASCII)
_SUFFIX = re.compile(r"[a-z0-9]{1,8}", re.ASCII)
_CHUNK = 1024 * 1024


def check_key(key: str) -> str:
    """``key`` itself, or ``CutroomError(INVALID_REQUEST)``: nothing else may come near a path or a bucket."""
    if len(key) > MAX_LENGTH or not _KEY.fullmatch(key):
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, "This is not the name of a stored file.", detail=f"key {ascii(key)[:200]}"
        )
    return key


def clip_key(clip_id: str, digest: str, suffix: str) -> str:
    """Where a clip's file (or its thumbnail) lies. ``digest`` is the SHA-256 of the content, ``suffix`` e.g. ``mp4``.

    >>> clip_key("k3v9", "ab" * 32, "mp4")
    'clips/k3/k3v9/abababababababababababababababab.mp4'
    """
    return _owned(CLIPS, clip_id, digest, suffix)


def upload_key(upload_id: str, digest: str, suffix: str) -> str:
    """Where an uploaded source lies until it is no longer needed."""
    return _owned(UPLOADS, upload_id, digest, suffix)


def run_key(job_id: str, digest: str, suffix: str) -> str:
    """Where the result of a job lies that is no clip: of a tool, or of a download."""
    return _owned(RUNS, job_id, digest, suffix)


def run_input_key(job_id: str, digest: str, suffix: str) -> str:
    """Where a file lies that was sent for one job. It has a name of its own: the result may be the same bytes.

    >>> run_input_key("k3v9", "ab" * 32, "mp4")
    'runs/k3/k3v9/in-abababababababababababababababab.mp4'
    """
    return _owned(RUNS, job_id, digest, suffix, "in-")


def owner_of(key: str) -> str | None:
    """The id in a key made by one of the above; None for any other key."""
    parts = key.split("/")
    return parts[2] if len(parts) == 4 and parts[0] in {CLIPS, UPLOADS, RUNS} else None


def _owned(kind: str, owner: str, digest: str, suffix: str, before: str = "") -> str:
    if not _SUFFIX.fullmatch(suffix):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "This is not the suffix of a stored file.", detail=suffix[:40])
    return check_key(f"{kind}/{owner[:2]}/{owner}/{before}{digest[:32]}.{suffix}")


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal. Reads the whole file."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def content_key(digest: str) -> str:
    """The cache key of a source known by the SHA-256 of its content."""
    return f"content:{digest}"
