"""The source of a job, whatever kind it is: a link of somewhere, or a file that its account has uploaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.library import UPLOAD_SCHEME, Upload
from cutroom.sources.resolve import Resolved
from cutroom.storage.keys import content_key
from cutroom.workflows.workbench import Workbench


@contextlib.contextmanager
def open_source(bench: Workbench, account_id: str, address: str, cancel: CancelToken) -> Iterator[Resolved]:
    """The source at ``address`` for the work of one account, until the end of the block.

    Raises what ``Sources.resolve`` raises; ``SOURCE_NOT_FOUND`` for an upload that is over or belongs to others.
    """
    if not address.startswith(UPLOAD_SCHEME):
        with bench.sources.resolve(address, cancel) as resolved:
            yield resolved
        return
    upload = _find(bench, account_id, address.removeprefix(UPLOAD_SCHEME))
    # Asked for by its account, kept by its content: whoever has uploaded the same bytes gets the same bytes.
    with (
        bench.source_cache.get(content_key(upload.digest), lambda path: _bring(bench, upload, path), cancel) as lease,
        bench.sources.stored(lease.path, Path(upload.name).stem or None) as resolved,
    ):
        yield resolved


def _find(bench: Workbench, account_id: str, upload_id: str) -> Upload:
    try:
        with bench.database.read() as tx:
            return bench.uploads.find(tx, account_id, upload_id)
    except CutroomError as error:
        raise _gone() from error


def _bring(bench: Workbench, upload: Upload, path: Path) -> None:
    """The upload's bytes at ``path``: as a second name of the stored file where that is possible."""
    stored = bench.store.local_path(upload.file_key)
    if stored is not None:
        with contextlib.suppress(OSError):
            path.hardlink_to(stored)
            return
    try:
        bench.store.fetch(upload.file_key, path)
    except CutroomError as error:
        if error.code is ErrorCode.NOT_FOUND:
            raise _gone() from error
        raise


def _gone() -> CutroomError:
    return CutroomError(
        ErrorCode.SOURCE_NOT_FOUND,
        "The uploaded file is not there any more.",
        next_step="Upload it again; uploads are kept for a limited time.",
    )
