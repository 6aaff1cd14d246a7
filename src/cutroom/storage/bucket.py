"""An S3 bucket as a store, over obstore. The media type and the name to save under go up with the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from cutroom.storage.backend import StoredFile
from cutroom.storage.failures import told, unusable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config  # types alone: they do not exist at run time

# With four parts of 8 MiB on the way an upload takes 32 MiB of memory, and may be 80 GB large.
_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 4
_CHUNK = 1024 * 1024
# The longest time for which S3 accepts a signature.
MAX_LINK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class BucketConfig:
    """Which bucket, and how to reach it. Without keys those of the environment or of the machine are used."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    """None: that of the region at AWS."""
    public_endpoint: str | None = None
    """As clients reach it, for links; None where that is the same."""
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    virtual_hosted: bool = False
    """The endpoint's host name already names the bucket."""


class Bucket:
    """Files in a bucket. Keys were checked by whoever calls."""

    def __init__(self, config: BucketConfig) -> None:
        self._store = _open(config, config.endpoint)
        self._signer = _open(config, config.public_endpoint) if config.public_endpoint else self._store

    def put(self, key: str, path: Path, *, media_type: str, disposition: str) -> None:
        attributes = {"Content-Type": media_type, "Content-Disposition": disposition}
        with _told():
            try:
                self._store.put(
                    key, path, attributes=attributes, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
                )
            except FileNotFoundError as error:
                raise unusable(str(error)) from error  # there is no such bucket

    def size(self, key: str) -> int | None:
        with _told():
            try:
                return int(self._store.head(key)["size"])
            except FileNotFoundError:
                return None

    def delete(self, key: str) -> None:
        with _told(), contextlib.suppress(FileNotFoundError):
            self._store.delete(key)

    def entries(self, prefix: str) -> Iterator[StoredFile]:
        with _told():
            for chunk in self._store.list(prefix or None):
                for facts in chunk:
                    yield StoredFile(facts["path"], int(facts["size"]), facts["last_modified"])

    def read(self, key: str, start: int, end: int | None) -> Iterator[bytes]:
        """The bytes from ``start`` up to, not including, ``end``; in pieces."""
        with _told():
            if end is not None:
                reply = self._store.get(key, options={"range": (start, end)})
            elif start:
                reply = self._store.get(key, options={"range": {"offset": start}})
            else:
                reply = self._store.get(key)
            for chunk in reply.stream(min_chunk_size=_CHUNK):
                yield bytes(chunk)

    def path(self, key: str) -> Path | None:
        del key
        return None

    def tidy(self) -> int:
        """Parts of uploads that were broken off are invisible; the bucket's own lifecycle rules remove them."""
        return 0

    def sign(self, key: str, seconds: int) -> str | None:
        """For GET, at most for seven days."""
        with _told():
            lifetime = timedelta(seconds=max(1, min(seconds, MAX_LINK_SECONDS)))
            return obstore.sign(self._signer, "GET", key, lifetime)


def _open(config: BucketConfig, endpoint: str | None) -> S3Store:
    client: ClientConfig = {
        "allow_http": bool(endpoint and endpoint.startswith("http://")),
        "connect_timeout": "5s",
        # Not a bound for a whole file, which may take long, but for silence.
        "timeout": "6h",
        "read_timeout": "30s",
    }
    settings: S3Config = {
        "region": config.region,
        "virtual_hosted_style_request": config.virtual_hosted,
        "disable_bulk_delete": True,  # not every store that speaks S3 knows it
    }
    if config.access_key and config.secret_key:
        settings |= {"access_key_id": config.access_key, "secret_access_key": config.secret_key}
    if endpoint:
        settings["endpoint"] = endpoint
    with _told():
        return S3Store(
            config.bucket,
            prefix=config.prefix or None,
            config=settings,
            client_options=client,
            retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
        )


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        with told():
            yield
    except BaseError as error:
        raise unusable(str(error)) from error
