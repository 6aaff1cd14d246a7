"""The store of results: one face for a folder and for a bucket.

Putting is all or nothing, and doing it again changes nothing. Links are the bucket's own, or ours, which the server
answers at ``/files/<token>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cutroom.kernel.clock import Clock, utc_now
from cutroom.kernel.disposition import content_disposition
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.storage.backend import Backend, StoredFile
from cutroom.storage.failures import missing, told
from cutroom.storage.folder import Folder
from cutroom.storage.keys import check_key
from cutroom.storage.links import Links, LinkTarget

if TYPE_CHECKING:
    from cutroom.storage.bucket import BucketConfig

__all__ = ["Store", "StoreConfig", "StoredFile"]


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where files stay. Without S3 keys those of the environment or of the machine are used."""

    url: str
    """``file:///folder`` or ``s3://bucket/prefix``"""
    secret: str = field(repr=False)
    """Signs links; at least 16 characters."""
    endpoint: str | None = None
    """Of the S3 service; None for AWS."""
    public_endpoint: str | None = None
    """Of the S3 service as clients reach it, for links; None where that is the same."""
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    virtual_hosted: bool = False
    """The endpoint's host name already names the bucket."""


class Store:
    """Files by key (``storage.keys``). Thread-safe; every method may take as long as a disk or a network does.

    Raises ``CutroomError``: INVALID_REQUEST for what is no key, DISK_FULL, INTERNAL when the store does not work.
    """

    def __init__(self, config: StoreConfig, clock: Clock = utc_now) -> None:
        self.links = Links(config.secret, clock)
        self._backend = _open(config)
        self._config = config

    @property
    def bucket(self) -> BucketConfig | None:
        """How its bucket is reached; None of a folder."""
        return _bucket_of(self._config)

    def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> int:
        """Copy the file at ``path`` to ``key``; its size in bytes.

        Keys name their content, so a file of that size which is already there is the one meant. The file at ``path``
        may go, but must not be written to: in a folder on the same disk it is the same file under two names.
        """
        size = path.stat().st_size
        if self._backend.size(check_key(key)) != size:
            disposition = content_disposition(file_name, inline=False)
            self._backend.put(key, path, media_type=media_type, disposition=disposition)
        return size

    def local_path(self, key: str) -> Path | None:
        """Where the file lies on this machine; None when it is in a bucket or not there at all."""
        path = self._backend.path(check_key(key))
        return path if path is not None and path.is_file() else None

    def exists(self, key: str) -> bool:
        return self.size(key) is not None

    def size(self, key: str) -> int | None:
        """Bytes; None when there is no such file."""
        return self._backend.size(check_key(key))

    def delete(self, key: str) -> None:
        """Idempotent."""
        self._backend.delete(check_key(key))

    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys below a folder of keys (``clips``, ``clips/k3``); all of them without one."""
        return (entry.key for entry in self.entries(prefix))

    def entries(self, prefix: str = "") -> Iterator[StoredFile]:
        """As ``list``, with size and time."""
        return self._backend.entries(check_key(prefix) if prefix else "")

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` up to, not including, ``end``; in pieces. NOT_FOUND when there is no such file."""
        check_key(key)
        try:
            yield from self._backend.read(key, start, end)
        except FileNotFoundError as error:
            raise missing(key) from error

    def fetch(self, key: str, target: Path) -> int:
        """Copy the file to ``target`` on this machine; its size in bytes. NOT_FOUND when there is no such file."""
        size = 0
        with told(), target.open("wb") as file:
            for chunk in self.read(key):
                size += file.write(chunk)
        return size

    def link(self, key: str, *, base_url: str, file_name: str, media_type: str, inline: bool, seconds: int) -> str:
        """A link for anybody, absolute, for so many seconds (a bucket's own: at most seven days).

        A bucket answers with the headers that went up with the file, which say "attachment". A link for showing
        (``inline``) is therefore always ours, at ``base_url``; ``read`` gives the server the bytes.
        """
        signed = None if inline else self._backend.sign(check_key(key), seconds)
        if signed is not None:
            return signed
        token = self.links.sign(LinkTarget(key, file_name, media_type, inline), seconds=seconds)
        return f"{base_url.rstrip('/')}/files/{token}"

    def tidy(self) -> int:
        """Remove what killed writers left in a folder; how many files there were."""
        return self._backend.tidy()


def _open(config: StoreConfig) -> Backend:
    parts = urlsplit(config.url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path.startswith("/"):
        return Folder(Path(unquote(parts.path)))
    bucket = _bucket_of(config)
    if bucket is not None:
        from cutroom.storage.bucket import Bucket

        return Bucket(bucket)
    raise CutroomError(
        ErrorCode.INVALID_REQUEST,
        "The storage URL names no folder and no S3 bucket.",
        next_step="Set CUTROOM_STORAGE__URL to file:///path/to/folder or s3://bucket/prefix.",
    )


def _bucket_of(config: StoreConfig) -> BucketConfig | None:
    parts = urlsplit(config.url)
    if parts.scheme != "s3" or not parts.hostname:
        return None
    from cutroom.storage.bucket import BucketConfig

    return BucketConfig(
        bucket=parts.netloc,
        prefix=unquote(parts.path).strip("/"),
        endpoint=config.endpoint,
        public_endpoint=config.public_endpoint,
        region=config.region,
        access_key=config.access_key,
        secret_key=config.secret_key,
        virtual_hosted=config.virtual_hosted,
    )
